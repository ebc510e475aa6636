// What the nearest of the rows trained on have. They are all in the graph.
import type { Matrix } from '../../../core/data/matrix.ts';
import type { CsrMatrix } from '../../../core/data/csr.ts';
import type { Scaling } from '../../../core/data/dataset.ts';
import type { GraphBuilder, Value } from '../builder.ts';
import { byShares, meant, squaresTo } from '../operators.ts';
import type { Exporter, Features, KnownClasses } from '../said.ts';
import { denseRows, meantPoints, nearestOf } from '../points.ts';

interface Neighbors {
  readonly x: Matrix | CsrMatrix;
  readonly rows?: Uint32Array | undefined;
  readonly nNeighbors: number;
  readonly weights: 'uniform' | 'distance';
  readonly scaling?: Scaling | undefined;
}

/** Weighted mean of what the nearest rows have, `[rows, width]`. @param said of each row of `x` */
function meanOfNearest(
  b: GraphBuilder,
  given: Features,
  { x, rows, nNeighbors: k, weights, scaling }: Neighbors,
  width: number,
  said: (row: number) => ArrayLike<number>,
): Value {
  const ids = rows ?? Uint32Array.from({ length: x.rows }, (_, row) => row);
  const points = meantPoints(denseRows(x, ids), scaling);
  const cols = given.columns.length;
  const features = meant(b, given.x, scaling);
  const [, nearest] = b.ops('TopK', [squaresTo(b, features, points, nearestOf(points)), b.ints([k])], 2, {
    axis: { int: 1 },
    largest: { int: 0 },
    sorted: { int: 1 },
  });
  const all = Float64Array.from(Array.from(ids, (row) => Array.from({ length: width }, (_, c) => said(row)[c]!)).flat());
  const theirs = b.op('Gather', [b.numbers(all, [ids.length, width]), nearest!], { axis: { int: 0 } }); // [rows, k, width]
  const sum = (value: Value): Value => b.op('ReduceSum', [value, b.ints([1])], { keepdims: { int: 0 } });
  if (weights === 'uniform') return b.op('Div', [sum(theirs), b.number(k)]);
  // Their distances once more, exactly: a row that is at the very place counts alone.
  const there = b.op(
    'Gather',
    [
      b.numbers(
        points.flatMap((own) => [...own]),
        [ids.length, cols],
      ),
      nearest!,
    ],
    { axis: { int: 0 } },
  );
  const away = b.op('Sub', [b.op('Reshape', [features, b.ints([-1, 1, cols])]), there]);
  const distances = b.op('Sqrt', [b.op('ReduceSum', [b.op('Mul', [away, away]), b.ints([2])], { keepdims: { int: 1 } })]); // [rows, k, 1]
  const onTop = b.cast(b.op('Equal', [distances, b.number(0)]), 'double');
  const anyOnTop = b.op('Greater', [b.op('ReduceSum', [onTop, b.ints([1])], { keepdims: { int: 1 } }), b.number(0)]);
  const counts = b.op('Where', [anyOnTop, onTop, b.op('Div', [b.number(1), distances])]);
  return b.op('Div', [sum(b.op('Mul', [theirs, counts])), sum(counts)]);
}

export const neighborsClassifier: Exporter<Neighbors & KnownClasses & { readonly codes: ArrayLike<number> }> = ({ b, ...to }, fields, rows) => {
  to.needsValues(rows);
  const count = fields.classes.length;
  return byShares(
    b,
    fields,
    meanOfNearest(b, rows, fields, count, (row) => Float64Array.from({ length: count }, (_, c) => Number(fields.codes[row] === c))),
  );
};

export const neighborsRegressor: Exporter<Neighbors & { readonly outputs: number; readonly values: Float64Array }> = ({ b, ...to }, fields, rows) => {
  to.needsValues(rows);
  const { outputs, values } = fields;
  return { kind: 'regressor', values: meanOfNearest(b, rows, fields, outputs, (row) => values.subarray(row * outputs, (row + 1) * outputs)), outputs };
};

export const neighborsMultilabel: Exporter<Neighbors & { readonly labels: number; readonly indicators: Uint8Array }> = ({ b, ...to }, fields, rows) => {
  to.needsValues(rows);
  const { labels, indicators } = fields;
  const decisions = meanOfNearest(b, rows, fields, labels, (row) =>
    Float64Array.from(indicators.subarray(row * labels, (row + 1) * labels), (bit) => 2 * bit - 1),
  );
  return { kind: 'multilabel', labels, decisions, bits: b.cast(b.op('Greater', [decisions, b.number(0)]), 'int64') };
};
