// Columns that are mixed up, against scikit-learn 1.9 (fixtures/importance.json), and by what must hold of any model.
import { expect, test } from 'vitest';
import figures from '../fixtures/importance.json' with { type: 'json' };
import {
  chain,
  classifierChain,
  gaussianNB,
  logisticRegression,
  matrix,
  oneHot,
  permutationImportance,
  ridge,
  standardize,
  votingClassifier,
  type Dataset,
} from '../../src/api.ts';
import { testCompute } from '../support/compute.ts';
import { expectNear, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const context = stageContext(compute);
const iris = figureSet('iris');
const ESTIMATORS = {
  gaussianNB: gaussianNB({ varSmoothing: 1e-3 }),
  logisticRegression: logisticRegression({ C: 0.1, tol: 1e-9, maxIter: 5000 }),
  ridge: ridge({ alpha: 0.5 }),
} as const;
const SCORING = { accuracy: 'accuracy', neg_log_loss: 'negLogLoss', r2: 'r2', neg_mean_absolute_error: 'negMeanAbsoluteError' } as const;

test.each(figures.rows.map((row) => [`${row.data}, ${row.label}, ${row.scoring}, seed ${row.seed}${row.weighted ? ', weighted' : ''}`, row] as const))(
  'scikit-learn: %s',
  async (_, { data, label, scoring, weighted, seed, repeats, importances, mean, std }) => {
    const bare = label === 'ridge' ? valuedSet(data) : figureSet(data);
    const set = weighted ? { ...bare, weights: thirds(bare.x.rows) } : bare;
    const model = await fitted(ESTIMATORS[label as 'gaussianNB'], half(set, 0), compute);
    const found = await permutationImportance(model, set, { scoring: SCORING[scoring as 'r2'], nRepeats: repeats, seed }, context);
    importances.forEach((own, column) => expectNear(found.importances[column]!, own, 1e-3));
    expectNear(found.importancesMean, mean, 1e-3);
    expectNear(found.importancesStd, std, 1e-3);
  },
);

test('a column that the model does not use loses nothing, and one of a single value neither', async () => {
  const odd = figureSet('iris with odd columns');
  const model = await fitted(ESTIMATORS.logisticRegression, odd, compute);
  const { importances, score } = await permutationImportance(model, odd, { nRepeats: 4 }, context);
  expect([...importances[4]!]).toEqual([0, 0, 0, 0]);
  expect(score).toBe(await model.score(odd, context));
  expect(importances[2]!.every((lost) => lost > 0.1)).toBe(true);
});

test('names of columns come along; rows by id, sparse rows, chains, votes and several labels', async () => {
  const columns = ['a', 'b', 'c', 'd'];
  const named = { ...iris, columns, rows: iris.rows.toReversed() };
  const vote = await fitted(votingClassifier({ a: chain(standardize(), ESTIMATORS.logisticRegression), b: gaussianNB() }), named, compute);
  const found = await permutationImportance(vote, named, {}, context);
  expect(found.columns).toEqual(columns);
  expect(Math.max(...found.importancesMean.subarray(0, 2))).toBeLessThan(Math.min(...found.importancesMean.subarray(2)));
  expect(await permutationImportance(vote, { ...named, x: sparseOf(iris.x) }, {}, context)).toEqual(found);
  // The same rows, copied so that their ids are their positions.
  const x = matrix(150, 4, Float64Array.from([...named.rows].flatMap((id) => [...iris.x.data.subarray(id * 4, id * 4 + 4)])));
  const copied: Dataset<'train'> = { ...named, x, labels: Uint8Array.from(named.rows, (id) => iris.labels[id]!), rows: iris.rows };
  expect(await permutationImportance(vote, copied, {}, context)).toEqual(found);
  const { labels, ...bare } = iris;
  const several: Dataset<'train', typeof iris.x, 'indicators'> = {
    ...bare,
    indicators: matrix(150, 2, Uint8Array.from([...labels].flatMap((label) => [Number(label === 1), Number(label === 2)]))),
  };
  const chained = await fitted(classifierChain(gaussianNB()), several, compute);
  expect((await permutationImportance(chained, several, {}, context)).importancesMean[2]).toBeGreaterThan(0.1);
});

test('columns of names are mixed up as names', async () => {
  const codes = Float64Array.from([...iris.labels].flatMap((label, row) => [label, row % 7]));
  const x = { ...matrix(150, 2, codes), categories: [['x', 'y', 'z'], null] };
  const data = { ...iris, x, columns: ['kind', 'day'] } as never as typeof iris;
  const model = await fitted(chain(oneHot(), ESTIMATORS.logisticRegression), data, compute);
  const { importancesMean } = await permutationImportance(model, data, {}, context);
  expect(importancesMean[0]).toBeGreaterThan(0.4);
  expect(importancesMean[1]).toBeLessThan(0.1);
});

test('what it refuses', async () => {
  const model = await fitted(gaussianNB(), iris, compute);
  await expect(permutationImportance(model, iris, { scoring: 'r2' }, context)).rejects.toMatchObject({ code: 'E_PARAMS' });
  await expect(permutationImportance(model, iris, { nRepeats: 0 }, context)).rejects.toMatchObject({ code: 'E_PARAMS' });
  const { labels: _labels, ...bare } = iris;
  const values = { ...bare, values: matrix(150, 1, new Float64Array(150)) } as never;
  await expect(permutationImportance(model, values, {}, context)).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringContaining('classes') });
});
