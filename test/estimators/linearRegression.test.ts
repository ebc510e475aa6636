// linearRegression against scikit-learn 1.9 (fixtures/leastSquares.json), and by what must hold of any rows.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/leastSquares.json' with { type: 'json' };
import { linearRegression, matrix } from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, expectFolds, fitted, half, thirds } from '../support/figures.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const context = stageContext(compute);
const diabetes = valuedSet('diabetes');
const coefOf = ({ fields }: { readonly fields: { readonly coef: readonly Float64Array[] } }): number[] => fields.coef.flatMap((own) => [...own]);

test.each(figures.plain.map((row) => [`${row.data}, ${row.label}`, row] as const))('scikit-learn: %s', async (_, row) => {
  const data = valuedSet(row.data);
  const weights = row.weighted ? { weights: thirds(data.x.rows) } : {};
  const model = await fitted(linearRegression({ fitIntercept: row.label !== 'no intercept' }), half({ ...data, ...weights }, 0), compute);
  const odd = half(data, 1);
  row.coef.forEach((own, output) => expectClose(model.fields.coef[output]!, own, 1e-8));
  expectClose(model.fields.intercept, row.intercept, 1e-8);
  expectClose((await model.predict(odd, context)).subarray(0, row.predict_first5.length), row.predict_first5, 1e-6);
  expect(Math.abs((await model.score(odd, context)) - row.r2)).toBeLessThan(1e-6);
});

describe('of any rows', () => {
  test('folds that share a pass give the models of folds alone', () =>
    expectFolds(linearRegression(), { ...diabetes, weights: thirds(diabetes.x.rows) } as never, compute, coefOf as never, 1e-9));

  test('a weight of 2 is a row twice, and of 0 none; order does not matter', async () => {
    const weights = Float32Array.from({ length: diabetes.x.rows }, (_, row) => (row >> 2) % 3);
    const twice = new RandomState(1).shuffle(Uint32Array.from([...diabetes.rows].flatMap((id) => new Array<number>(weights[id]!).fill(id))));
    const [model, repeated] = [
      await fitted(linearRegression(), { ...diabetes, weights }, compute),
      await fitted(linearRegression(), { ...diabetes, rows: twice }, compute),
    ];
    expectClose(coefOf(model), coefOf(repeated), 1e-9);
  });

  test('the scale and the place of a column change nothing, sparse or dense, on a device or not', async () => {
    const said = await (await fitted(linearRegression(), diabetes, compute)).predict(diabetes, context);
    const { rows, cols, data } = diabetes.x;
    const moved = matrix(
      rows,
      cols,
      Float64Array.from(data, (value, at) => value * [1e-6, 1, 1e5, 1, 1][at % 5]! + [0, 1e3, 0, 3, 0][at % 5]!),
    );
    for (const [x, on] of [
      [moved, compute],
      [sparseOf(diabetes.x), compute],
      [diabetes.x, new ReferenceCompute()],
    ] as const) {
      const other = await fitted(linearRegression(), { ...diabetes, x }, on);
      expectClose(await other.predict({ ...diabetes, x }, stageContext(on)), said, 1e-6);
    }
  });

  test('rows of folds that weigh nothing are refused', async () => {
    const folds = { fold: Uint8Array.from(diabetes.rows, (row) => row & 1), count: 2 };
    const data = { ...diabetes, weights: Float32Array.from(diabetes.rows, (row) => row & 1) };
    await expect(linearRegression().train(data, [{ name: 'fold 2', heldOut: 1 }], { folds }, context)).rejects.toMatchObject({
      code: 'E_DATA',
      message: 'linearRegression: the rows of diabetes that fold 2 trains on have a total weight of 0.',
    });
  });
});
