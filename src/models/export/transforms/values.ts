// Transformers that take each number by itself, or each row.
import type { Scaling } from '../../../core/data/dataset.ts';
import { linspace } from '../../../transforms/levels/percentile.ts';
import { productsOf, type WantedProducts } from '../../../transforms/polynomial/products.ts';
import { NEAR } from '../../../transforms/quantile/quantile.ts';
import { normalQuantiles, sharesBelow } from '../quantiles.ts';
import type { GraphBuilder, Value } from '../builder.ts';
import { meantFeatures } from '../columns.ts';
import { beside, expm1, log1p, picked, rowSums } from '../operators.ts';
import type { Exporter, Exporting, Features, FeaturesSaid } from '../said.ts';

interface Scaled {
  readonly scaling?: Scaling | undefined;
}

const numbers = (x: Value, count: number): FeaturesSaid => ({ kind: 'transformer', x, columns: Array.from({ length: count }, () => ({})) });

function features(to: Exporting, { scaling }: Scaled, rows: Features): Features {
  to.needsValues(rows);
  return meantFeatures(to, rows, scaling);
}

const given = (to: Exporting, fields: Scaled, rows: Features): Value => features(to, fields, rows).x;

/** Columns stay what they are: levels may still be told of them. */
export const scaling: Exporter<Scaling> = (to, { shift, factor }, rows) => ({ kind: 'transformer', ...features(to, { scaling: { shift, factor } }, rows) });

export const aboveThreshold: Exporter<Scaled & { readonly threshold: number }> = (to, fields, rows) => {
  const { b } = to;
  const { x, columns } = features(to, fields, rows);
  const least = columns.flatMap((column) => to.comparedWith(column, [fields.threshold], 'exact'));
  return numbers(b.cast(b.op('Greater', [x, b.numbers(least, [1, least.length])]), 'double'), columns.length);
};

export const log: Exporter<Scaled & { readonly offset: number }> = (to, fields, rows) => {
  const { b } = to;
  const x = given(to, fields, rows);
  return numbers(fields.offset === 1 ? log1p(b, x) : b.op('Log', [b.op('Add', [x, b.number(fields.offset)])]), rows.columns.length);
};

export const normalize: Exporter<Scaled & { readonly norm: 'l1' | 'l2' | 'max' }> = (to, fields, rows) => {
  const { b } = to;
  const x = given(to, fields, rows);
  // In units of the largest, as squares of very large or small numbers are none that float64 holds; a row of zeros stays.
  const most = b.op('ReduceMax', [b.op('Abs', [x])], { axes: { ints: [1] }, keepdims: { int: 1 } });
  const own = b.op('Div', [x, b.op('Where', [b.op('Greater', [most, b.number(0)]), most, b.number(1)])]);
  if (fields.norm === 'max') return numbers(own, rows.columns.length);
  const length = fields.norm === 'l1' ? rowSums(b, b.op('Abs', [own])) : b.op('Sqrt', [rowSums(b, b.op('Mul', [own, own]))]);
  return numbers(b.op('Div', [own, b.op('Where', [b.op('Greater', [length, b.number(0)]), length, b.number(1)])]), rows.columns.length);
};

export const polynomial: Exporter<Scaled & { readonly wanted: WantedProducts }> = (to, fields, rows) => {
  const { b } = to;
  const x = given(to, fields, rows);
  const products = productsOf(rows.columns.length, fields.wanted);
  const most = Math.max(...products.map((own) => own.length));
  // A column of ones in place of factors that are not there.
  const ones = b.op('Add', [b.op('Mul', [picked(b, x, [0]), b.number(0)]), b.number(1)]);
  const wide = beside(b, [x, ones]);
  const factors = Array.from({ length: Math.max(1, most) }, (_, k) =>
    picked(
      b,
      wide,
      products.map((own) => own[k] ?? rows.columns.length),
    ),
  );
  return numbers(
    factors.reduce((product, factor) => b.op('Mul', [product, factor])),
    products.length,
  );
};

export const power: Exporter<Scaled & { readonly powers: Float64Array; readonly mean: Float64Array; readonly deviation: Float64Array }> = (
  to,
  fields,
  rows,
) => {
  const { b } = to;
  const { powers, mean, deviation } = fields;
  const x = given(to, fields, rows);
  const row = (values: ArrayLike<number>): Value => b.numbers(values, [1, values.length]);
  /** Of the logarithm of what is 1 or more. */
  const bent = (size: Value, by: Float64Array): Value => {
    const straight = by.map((own) => Number(Math.abs(own) < Number.EPSILON));
    const logs = log1p(b, size);
    const raised = expm1(b, b.op('Mul', [logs, row(by)]));
    const powered = b.op('Div', [raised, row(by.map((own, j) => (straight[j] ? 1 : own)))]);
    return straight.includes(1) ? b.op('Where', [b.op('Greater', [row(straight), b.number(0)]), logs, powered]) : powered;
  };
  const up = bent(b.op('Relu', [x]), powers);
  const down = bent(
    b.op('Relu', [b.op('Neg', [x])]),
    powers.map((own) => 2 - own),
  );
  const made = b.op('Where', [b.op('GreaterOrEqual', [x, b.number(0)]), up, b.op('Neg', [down])]);
  return numbers(b.op('Div', [b.op('Sub', [made, row(mean)]), row(deviation)]), powers.length);
};

/** How many of the edges are no more than a value, `[rows, 1]`. */
function binOf(b: GraphBuilder, x: Value, j: number, edges: readonly number[]): Value {
  const reached = b.op('GreaterOrEqual', [picked(b, x, [j]), b.numbers(edges, [1, edges.length])]);
  return rowSums(b, b.cast(reached, 'double'));
}

export const kBins: Exporter<Scaled & { readonly edges: readonly Float64Array[]; readonly encode: 'oneHot' | 'ordinal' }> = (to, fields, rows) => {
  const { b } = to;
  const { x, columns } = features(to, fields, rows);
  const { encode } = fields;
  const edges = fields.edges.map((own, j) => to.comparedWith(columns[j]!, own, 'edges'));
  const zero = (j: number): Value => b.op('Mul', [picked(b, x, [j]), b.number(0)]);
  const bins = edges.map((own, j) => (own.length === 0 ? zero(j) : binOf(b, x, j, own)));
  if (encode === 'ordinal') return numbers(beside(b, bins), edges.length);
  const hot = bins.map((bin, j) => {
    const count = edges[j]!.length + 1;
    return b.cast(
      b.op('Equal', [
        bin,
        b.numbers(
          Float64Array.from({ length: count }, (_, k) => k),
          [1, count],
        ),
      ]),
      'double',
    );
  });
  return numbers(
    beside(b, hot),
    edges.reduce((sum, own) => sum + own.length + 1, 0),
  );
};

export const quantile: Exporter<Scaled & { readonly quantiles: readonly Float64Array[]; readonly outputDistribution: 'uniform' | 'normal' }> = (
  to,
  fields,
  rows,
) => {
  const { b } = to;
  const { x, columns } = features(to, fields, rows);
  const { outputDistribution } = fields;
  const quantiles = fields.quantiles.map((own, j) => Float64Array.from(to.comparedWith(columns[j]!, own, 'edges')));
  const normal = outputDistribution === 'normal';
  const count = quantiles[0]?.length ?? 1;
  const shares = count === 1 ? Float64Array.of(0) : linspace(0, 1, count);
  const below = beside(
    b,
    quantiles.map((own, j) => sharesBelow(b, picked(b, x, [j]), own, shares, normal ? NEAR : 0)),
  );
  return numbers(normal ? normalQuantiles(b, below, NEAR) : below, quantiles.length);
};
