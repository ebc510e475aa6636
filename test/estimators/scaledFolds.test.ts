// Folds that are scaled each by its own rows, trained at once: the models of each fold alone, of every estimator that goes by
// sums over all rows.
import { expect, test } from 'vitest';
import { elasticNet, gaussianNB, lasso, linearDiscriminantAnalysis, linearRegression, quadraticDiscriminantAnalysis } from '../../src/api.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, figureSet, fitted } from '../support/figures.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { stageContext } from '../support/smallSets.ts';
import { standardScaling } from '../support/standardScaling.ts';

const compute = await testCompute();
const context = stageContext(compute);
const [iris, counts] = [figureSet('iris'), valuedSet('counts')];

const numbersOf = (value: unknown): number[] =>
  typeof value === 'number' ? [value] : value !== null && typeof value === 'object' ? Object.values(value).flatMap(numbersOf) : [];

test.each([
  ['gaussianNB', gaussianNB({ varSmoothing: 1e-3 }), iris, ['theta', 'var']],
  ['linearDiscriminantAnalysis', linearDiscriminantAnalysis(), iris, ['coef', 'intercept']],
  ['quadraticDiscriminantAnalysis', quadraticDiscriminantAnalysis({ regParam: 0.1 }), iris, ['means', 'scalings']],
  ['linearRegression', linearRegression(), counts, ['coef', 'intercept']],
  ['lasso', lasso({ alpha: 0.01, tol: 1e-12 }), counts, ['coef', 'intercept']],
  ['elasticNet', elasticNet({ alpha: 0.01, tol: 1e-12 }), counts, ['coef', 'intercept']],
] as const)('%s', async (_, estimator, data, names) => {
  const fold = Uint8Array.from(data.rows, (_, row) => row % 3);
  const kept = [0, 1, 2].map((heldOut) => ({ ...data, rows: data.rows.filter((_, row) => fold[row] !== heldOut) }));
  const scalings = await Promise.all(kept.map((rows) => standardScaling(rows)));
  const jobs = scalings.map((scaling, heldOut) => ({ name: `fold ${heldOut}`, heldOut, scaling }));
  const together = await estimator.train(data as never, jobs as never, { folds: { fold, count: 3 } }, context);
  expect(together).toHaveLength(3);
  for (const [heldOut, { model }] of together.entries()) {
    const alone = await fitted(estimator as never, { ...kept[heldOut]!, scaling: scalings[heldOut] }, compute);
    const [found, wanted] = [model, alone].map((one) => (one as unknown as { readonly fields: Readonly<Record<string, unknown>> }).fields);
    for (const name of names) expectClose(numbersOf(found![name]), numbersOf(wanted![name]), 1e-5);
  }
});
