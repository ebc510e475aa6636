// Logistic regression that goes on from another model, against scikit-learn 1.9 (fixtures/warmStart.json).
import { expect, test } from 'vitest';
import figures from '../fixtures/warmStart.json' with { type: 'json' };
import { logisticRegression } from '../../src/api.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();

const optionsOf = ({ C, tol, max_iter = 5000 }: { readonly C: number; readonly tol: number; readonly max_iter?: number }) => ({ C, tol, maxIter: max_iter });

test.each(figures.rows.map((row) => [`${row.data}, ${row.label}${row.weighted ? ', weighted' : ''}`, row] as const))('scikit-learn: %s', async (_, row) => {
  const all = figureSet(row.data);
  const data = row.weighted ? { ...all, weights: thirds(150) } : all;
  const start = await fitted(logisticRegression(optionsOf(row.first)), half(data, 0), compute);
  const model = await fitted(logisticRegression({ ...optionsOf(row.second), warmStart: start }), half(data, 0), compute);
  const ended = row.label === 'C=1';
  // f32 losses decide where a search ends by tol, most of all where columns that say the same leave it flat.
  if (!ended || row.data !== 'iris with odd columns') expect(Math.abs(model.nIter - row.n_iter)).toBeLessThanOrEqual(ended ? 0.1 * row.n_iter : 0);
  expectClose(
    [...model.coef].flatMap((column) => [...column]),
    row.coef.flat(),
    ended ? 2e-3 : 1e-4,
  );
  expectClose(model.intercept, row.intercept, ended ? 2e-3 : 1e-4);
  expect([...(await model.predict(half(data, 1), stageContext(compute)))]).toEqual(row.predict);
});
