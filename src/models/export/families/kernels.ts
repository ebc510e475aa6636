// Models that compare a row with some that they keep, by a kernel.
import type { CsrMatrix } from '../../../core/data/csr.ts';
import type { Scaling } from '../../../core/data/dataset.ts';
import type { Matrix } from '../../../core/data/matrix.ts';
import type { GraphBuilder, Value } from '../builder.ts';
import { byDecisions, largest, linear, meant, picked, product, rowSums, squaresTo } from '../operators.ts';
import { denseRows, meantPoints } from '../points.ts';
import type { Exporter, Exporting, Features, KnownClasses } from '../said.ts';
import { votesByPair } from '../votes.ts';

interface Kernel {
  readonly kernel: 'rbf' | 'linear' | 'poly' | 'sigmoid' | 'cosine' | 'precomputed';
  readonly gamma: number;
  readonly degree: number;
  readonly coef0: number;
  readonly scaling?: Scaling | undefined;
}

/** How alike rows are to those kept, `[rows, kept]`. @param kept of 'precomputed' the columns that say it */
function alike({ b, ...to }: Exporting, { kernel, gamma, degree, coef0, scaling }: Kernel, kept: Matrix | CsrMatrix, rows: Features): Value {
  to.needsValues(rows);
  const given = denseRows(kept);
  if (kernel === 'precomputed')
    return picked(
      b,
      meant(b, rows.x, scaling),
      given.map(([column]) => column!),
    );
  const x = meant(b, rows.x, scaling);
  const points = meantPoints(given, scaling);
  if (kernel === 'rbf') return b.op('Exp', [b.op('Mul', [squaresTo(b, x, points, 1 / gamma), b.number(-gamma)])]);
  const products = product(b, x, points);
  if (kernel === 'linear') return products;
  if (kernel === 'cosine') return cosines(b, x, products, points);
  const bent = b.op('Add', [b.op('Mul', [products, b.number(gamma)]), b.number(coef0)]);
  return kernel === 'poly' ? b.op('Pow', [bent, b.number(degree)]) : b.op('Tanh', [bent]);
}

function cosines(b: GraphBuilder, x: Value, products: Value, points: readonly Float64Array[]): Value {
  const lengths = points.map((own) => Math.sqrt(own.reduce((sum, value) => sum + value * value, 0)));
  const own = b.op('Sqrt', [rowSums(b, b.op('Mul', [x, x]))]);
  const both = b.op('Mul', [own, b.numbers(lengths, [1, points.length])]);
  return b.op('Where', [b.op('Greater', [both, b.number(0)]), b.op('Div', [products, both]), b.number(0)]);
}

interface Machine extends Kernel {
  readonly supportVectors: Matrix | CsrMatrix;
}

/** `[rows, 1]` */
function sumOf(to: Exporting, fields: Machine & { readonly dualCoef: Float64Array; readonly intercept: number }, rows: Features): Value {
  const { dualCoef, intercept, supportVectors } = fields;
  if (dualCoef.length > 0) return linear(to.b, alike(to, fields, supportVectors, rows), [dualCoef], [intercept]);
  return linear(to.b, rows.x, [new Float64Array(rows.columns.length)], [intercept]);
}

export const svr: Exporter<Machine & { readonly dualCoef: Float64Array; readonly intercept: number }> = (to, fields, rows) => ({
  kind: 'regressor',
  values: sumOf(to, fields, rows),
  outputs: 1,
});

export const oneClass: Exporter<Machine & { readonly dualCoef: Float64Array; readonly intercept: number }> = (to, fields, rows) => ({
  kind: 'outlierDetector',
  decisions: sumOf(to, fields, rows),
});

interface Pairs extends Machine, KnownClasses {
  readonly breakTies: boolean;
  readonly nSupport: Uint32Array;
  readonly dualCoef: readonly Float64Array[];
  readonly intercept: Float64Array;
}

export const svc: Exporter<Pairs> = (to, fields, rows) => {
  const { b } = to;
  const { classes, nSupport, dualCoef, intercept, supportVectors, breakTies } = fields;
  const count = classes.length;
  const codes = Array.from(nSupport).flatMap((own, code) => new Array<number>(own).fill(code));
  const pairs = Array.from({ length: count }, (_, one) => Array.from({ length: count - 1 - one }, (_, k) => [one, one + 1 + k] as const)).flat();
  const coef = pairs.map(([one, other]) =>
    Float64Array.from(codes, (code, v) => (code === one ? dualCoef[other - 1]![v]! : code === other ? dualCoef[one]![v]! : 0)),
  );
  const each = linear(b, alike(to, fields, supportVectors, rows), coef, intercept);
  if (count === 2) {
    const second = b.op('GreaterOrEqual', [each, b.number(0)]); // what is neither is the second's
    return byDecisions(b, fields, each, { codes: b.op('Reshape', [b.cast(second, 'int64'), b.ints([-1])]) });
  }
  const { votes, decisions } = votesByPair(b, each, pairs, count);
  return byDecisions(b, fields, decisions, { codes: largest(b, breakTies ? decisions : votes) });
};

interface Nystroem extends Kernel {
  readonly components: Matrix | CsrMatrix;
  readonly normalization: readonly Float64Array[];
}

export const nystroem: Exporter<Nystroem> = (to, fields, rows) => {
  const { normalization } = fields;
  const x = product(to.b, alike(to, fields, fields.components, rows), normalization);
  return { kind: 'transformer', x, columns: normalization.map(() => ({})) };
};

interface Sampler {
  readonly randomWeights: readonly Float64Array[];
  readonly randomOffset: Float64Array;
  readonly scaling?: Scaling | undefined;
}

export const rbfSampler: Exporter<Sampler> = ({ b, ...to }, { randomWeights, randomOffset, scaling }, rows) => {
  to.needsValues(rows);
  // The cosine as a sine: runtimes have that one in float64.
  const waves = linear(
    b,
    meant(b, rows.x, scaling),
    randomWeights,
    randomOffset.map((offset) => offset + Math.PI / 2),
  );
  const x = b.op('Mul', [b.op('Sin', [waves]), b.number(Math.sqrt(2 / randomOffset.length))]);
  return { kind: 'transformer', x, columns: Array.from(randomOffset, () => ({})) };
};
