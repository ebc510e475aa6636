// elasticNet and lasso against scikit-learn 1.9 (fixtures/leastSquares.json), and by what must hold of any rows.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/leastSquares.json' with { type: 'json' };
import { elasticNet, lasso, matrix, ridge } from '../../src/api.ts';
import type { Compute } from '../../src/core/compute.ts';
import { RandomState } from '../../src/core/data/random.ts';
import type { RunEvent } from '../../src/core/events.ts';
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

describe.each(figures.nets.map((row) => [`${row.data}, ${row.label}`, row] as const))('scikit-learn: %s', (_, row) => {
  const { alpha, l1Ratio, positive, fitIntercept } = row;
  const data = valuedSet(row.data);
  const train = half({ ...data, ...(row.weighted ? { weights: thirds(data.x.rows) } : {}) }, 0);
  const odd = half(data, 1);
  const net = (tol: number, maxIter: number) =>
    l1Ratio === 1 ? lasso({ alpha, positive, fitIntercept, tol, maxIter }) : elasticNet({ alpha, l1Ratio, positive, fitIntercept, tol, maxIter });

  test('at the optimum', async () => {
    const model = await fitted(net(1e-14, 1e6), train, compute);
    row.coef.forEach((own, output) => expectClose(model.fields.coef[output]!, own, 1e-6));
    expectClose(model.fields.intercept, row.intercept, 1e-6);
    expectClose((await model.predict(odd, context)).subarray(0, row.predict_first5.length), row.predict_first5, 1e-6);
    expect(Math.abs((await model.score(odd, context)) - row.r2)).toBeLessThan(1e-6);
  });

  test('where it stops', async () => {
    const { fields } = await fitted(net(1e-4, 1000), train, compute);
    expect(fields.nIter).toEqual(row.n_iter);
    row.stopped.forEach((own, output) => expectClose(fields.coef[output]!, own, 1e-6));
    row.gap.forEach((gap, output) => expect(Math.abs(fields.dualGap[output]! - gap)).toBeLessThan(1e-6 * Math.abs(gap) + 1e-9));
  });
});

describe('of any rows', () => {
  const estimator = elasticNet({ alpha: 0.01, l1Ratio: 0.7, tol: 1e-10 });
  const at = (data: object, on: Compute = compute) => fitted(estimator, data, on);

  test('folds that share a pass give the models of folds alone', () =>
    expectFolds(estimator, { ...diabetes, weights: thirds(diabetes.x.rows) } as never, compute, coefOf as never, 1e-7));

  test('penalties of a grid give the models of each alone', async () => {
    const alphas = [0.01, 0.1, 1, 100];
    const jobs = alphas.map((alpha) => ({ name: `alpha ${alpha}`, params: { alpha } }));
    const together = await lasso().train(diabetes, jobs, {}, context);
    for (const [i, alpha] of alphas.entries()) expect(together[i]!.model.fields).toEqual((await fitted(lasso({ alpha }), diabetes, compute)).fields);
    expect(coefOf(together[3]!.model)).toEqual(new Array(10).fill(0));
  });

  test('a weight of 2 is a row twice, and of 0 none; order does not matter; all weights times a number change nothing', async () => {
    const weights = Float32Array.from({ length: diabetes.x.rows }, (_, row) => (row >> 2) % 3);
    const twice = new RandomState(1).shuffle(Uint32Array.from([...diabetes.rows].flatMap((id) => new Array<number>(weights[id]!).fill(id))));
    const model = await at({ ...diabetes, weights });
    expectClose(coefOf(await at({ ...diabetes, rows: twice })), coefOf(model), 1e-7);
    expectClose(coefOf(await at({ ...diabetes, weights: weights.map((weight) => 8 * weight) })), coefOf(model), 1e-7);
  });

  test('sparse and dense, on a device or not, give one model; without an L1 penalty it is a ridge', async () => {
    const model = await at(diabetes);
    expectClose(coefOf(await at({ ...diabetes, x: sparseOf(diabetes.x) })), coefOf(model), 1e-7);
    expectClose(coefOf(await at(diabetes, new ReferenceCompute())), coefOf(model), 1e-7);
    const plain = await fitted(elasticNet({ alpha: 0.1, l1Ratio: 0, tol: 1e-14, maxIter: 1e5 }), diabetes, compute);
    expectClose(coefOf(plain), coefOf(await fitted(ridge({ alpha: 0.1 * 442 }), diabetes, compute)), 1e-6);
  });

  test('says where it did not converge, and refuses what cannot be', async () => {
    const events: RunEvent[] = [];
    await lasso({ alpha: 1e-4, tol: 1e-12, maxIter: 2 }).train(diabetes, [{ name: 'fit' }], {}, stageContext(compute, events));
    expect(events).toMatchObject([{ type: 'warning', code: 'W_CONVERGENCE', message: 'lasso: fit of diabetes did not converge within maxIter passes.' }]);
    expect(() => elasticNet({ l1Ratio: 1.5 })).toThrow('l1Ratio');
    const folds = { fold: Uint8Array.from(diabetes.rows, (row) => row & 1), count: 2 };
    const data = { ...diabetes, weights: Float32Array.from(diabetes.rows, (row) => row & 1) };
    await expect(lasso().train(data, [{ name: 'fold 2', heldOut: 1 }], { folds }, context)).rejects.toMatchObject({
      code: 'E_DATA',
      message: 'lasso: the rows of diabetes that fold 2 trains on have a total weight of 0.',
    });
    const constant = { ...diabetes, x: matrix(442, 1, new Float64Array(442).fill(3)) };
    expect(coefOf(await at(constant))).toEqual([0]);
  });
});
