// Least squares of columns that nearly make each other up, against scikit-learn's SVD of the rows: sums of products alone lose what tells
// the columns apart.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/nearlyEqual.json' with { type: 'json' };
import { linearRegression, matrix, ridge } from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { testCompute } from '../support/compute.ts';
import { expectFolds, fitted } from '../support/figures.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const [ROWS, COLS] = [150, 4];

type Row = (typeof figures.rows)[number];

function setOf({ seed, apart, level, size, weighted }: Row) {
  const random = new RandomState(seed);
  const drawn = Float64Array.from({ length: ROWS * (COLS + 1) }, () => random.double());
  const at = (row: number, j: number): number => drawn[row * (COLS + 1) + j]!;
  const x = Float64Array.from({ length: ROWS * COLS }, (_, i) => {
    const [row, j] = [Math.floor(i / COLS), i % COLS];
    return (j === 1 ? at(row, 0) + apart * at(row, 1) : at(row, j)) * size + level;
  });
  const y = Float64Array.from({ length: ROWS }, (_, row) => 3 * at(row, 0) - 2 * at(row, 2) + at(row, 1) + 0.1 * at(row, COLS));
  const rows = Uint32Array.from({ length: ROWS }, (_, row) => row);
  const weights = weighted ? { weights: Float32Array.from(rows, (row) => row % 3) } : {};
  return { name: 'nearly equal', role: 'train', x: matrix(ROWS, COLS, x), values: matrix(ROWS, 1, y), rows, ...weights } as const;
}

const estimatorOf = ({ alpha, constant }: Row) => (alpha === 0 ? linearRegression({ fitIntercept: constant }) : ridge({ alpha, fitIntercept: constant }));

describe("scikit-learn's weights", () => {
  test.each(
    figures.rows.map((row) => [`${row.apart} apart, at ${row.level}, of ${row.size}${row.weighted ? ', weights' : ''}, alpha ${row.alpha}`, row] as const),
  )('%s', async (_, row) => {
    const { fields } = await fitted(estimatorOf(row), setOf(row), compute);
    const most = Math.max(...row.coef.map(Math.abs));
    // What float64 holds of a column: at a level of 1e5 few digits of what tells the two apart.
    const allowed = 1e-9 + (1e-16 * row.level) / row.size / row.apart;
    row.coef.forEach((weight, j) => expect(Math.abs(fields.coef[0]![j]! - weight) / most, `column ${j}`).toBeLessThan(allowed));
    expect(Math.abs(fields.intercept[0]! - row.intercept) / (1 + most * row.level)).toBeLessThan(allowed);
  });
});

test('folds that share a pass, scaled or not, give the models of folds alone, and rows without their zeros the same', async () => {
  const row = figures.rows.find((own) => own.apart === 1e-5 && own.weighted && own.alpha === 0)!;
  const data = setOf(row);
  const coefOf = ({ fields }: { readonly fields: { readonly coef: readonly Float64Array[] } }): number[] => [...fields.coef[0]!];
  await expectFolds(linearRegression(), data as never, compute, coefOf as never, 1e-9);
  const [model, sparse] = [await fitted(linearRegression(), data, compute), await fitted(linearRegression(), { ...data, x: sparseOf(data.x) }, compute)];
  const factor = Float64Array.of(2, 2, 1, 5);
  const scaled = await fitted(linearRegression(), { ...data, scaling: { shift: Float64Array.of(0.5, 0.5, 0, 1), factor } }, compute);
  const most = Math.max(...coefOf(model).map(Math.abs));
  coefOf(model).forEach((weight, j) => {
    expect(Math.abs(coefOf(sparse)[j]! - weight) / most).toBeLessThan(1e-9);
    expect(Math.abs(coefOf(scaled)[j]! * factor[j]! - weight) / most).toBeLessThan(1e-9);
  });
});
