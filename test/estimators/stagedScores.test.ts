// Scores after each round against scikit-learn 1.9 (fixtures/staged.json), and by what must hold of any model of rounds.
import { expect, test, vi } from 'vitest';
import figures from '../fixtures/staged.json' with { type: 'json' };
import {
  chain,
  gaussianNB,
  histGradientBoostingClassifier,
  histGradientBoostingRegressor,
  matrix,
  modelFromBytes,
  modelToBytes,
  oneHot,
  stagedScores,
  type Dataset,
  type HistGradientBoostingRegressorOptions,
} from '../../src/api.ts';
import { defineEstimator, z } from '../../src/estimator.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { scoresByRound } from '../../src/estimators/boosting/model.ts';
import type { Scoring } from '../../src/metrics/scorers.ts';
import { testCompute } from '../support/compute.ts';
import { expectNear, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);
const iris = figureSet('iris');

interface Params {
  readonly max_iter: number;
  readonly min_samples_leaf: number;
  readonly max_leaf_nodes?: number;
  readonly max_depth?: number;
  readonly learning_rate?: number;
  readonly loss?: string;
}
const LOSSES: Readonly<Record<string, HistGradientBoostingRegressorOptions['loss']>> = { poisson: 'poisson', absolute_error: 'absoluteError' };
const optionsOf = ({ max_iter, min_samples_leaf, max_leaf_nodes, max_depth, learning_rate, loss }: Params): HistGradientBoostingRegressorOptions => ({
  maxIter: max_iter,
  minSamplesLeaf: min_samples_leaf,
  maxLeafNodes: max_leaf_nodes,
  maxDepth: max_depth,
  learningRate: learning_rate,
  ...(loss ? { loss: LOSSES[loss] } : {}),
  earlyStopping: false,
  seed: 0,
});
const titled = <R extends { readonly data: string; readonly weighted: boolean; readonly params: object }>(rows: readonly R[]) =>
  rows.map((row) => [`${row.data}, ${JSON.stringify(row.params)} ${row.weighted ? 'weights' : ''}`, row] as const);

test.each(titled(figures.classes))('scikit-learn: %s', async (_, { data, weighted, params, scores }) => {
  const set = figureSet(data);
  const weights = weighted ? { weights: thirds(set.x.rows) } : {};
  const model = await fitted(histGradientBoostingClassifier(optionsOf(params) as object), half({ ...set, ...weights }, 0), compute);
  for (const [scoring, expected] of Object.entries(scores)) {
    const found = await stagedScores(model, half(set, 1), { scoring: scoring as Scoring }, context);
    expectNear(found, expected as number[], 1e-9);
  }
});

test.each(titled(figures.values))('scikit-learn: %s', async (_, { data, weighted, params, scores }) => {
  const set = valuedSet(data);
  const own = { ...set, ...(weighted ? { weights: thirds(set.x.rows) } : {}) };
  const model = await fitted(histGradientBoostingRegressor(optionsOf(params)), half(own, 0), compute);
  for (const [scoring, expected] of Object.entries(scores)) {
    const found = await stagedScores(model, half(own, 1), { scoring: scoring as Scoring }, context);
    (expected as number[]).forEach((score, round) => expectNear([found[round]! / Math.max(1, Math.abs(score))], [score / Math.max(1, Math.abs(score))], 1e-9));
  }
});

test('what a round says is what a model of so many rounds says; the last is the model', async () => {
  const options = { maxIter: 5, minSamplesLeaf: 5, maxLeafNodes: 5, seed: 0 } as const;
  const model = await fitted(histGradientBoostingClassifier(options), half(iris, 0), compute);
  let rounds = 0;
  for await (const said of scoresByRound(model.fields, half(iris, 1))) {
    const shorter = await fitted(histGradientBoostingClassifier({ ...options, maxIter: ++rounds }), half(iris, 0), compute);
    expect(said).toEqual(await shorter.decisionFunction(half(iris, 1), context));
  }
  expect(rounds).toBe(5);
  expect((await stagedScores(model, half(iris, 1), {}, context)).at(-1)).toBe(await model.score(half(iris, 1), context));
});

test.each([1, 450, 900, 1350])('rounds are read off in as many parts as %i numbers at once ask for', async (room) => {
  const model = await fitted(histGradientBoostingClassifier({ maxIter: 5, minSamplesLeaf: 5, seed: 0 }), iris, compute);
  const reads = vi.fn(async (ids: Uint32Array, into: Float64Array) => {
    for (const [i, id] of ids.entries()) into.set(iris.x.data.subarray(id * 4, id * 4 + 4), i * 4);
  });
  const stored = { ...iris, x: { rows: 150, cols: 4, dtype: 'f64', readRows: reads } } as never as typeof iris;
  const all: Float64Array[] = [];
  for await (const said of scoresByRound(model.fields, iris)) all.push(said);
  const parts: Float64Array[] = [];
  for await (const said of scoresByRound(model.fields, stored, room)) parts.push(said);
  expect(parts).toEqual(all);
  expect(reads).toHaveBeenCalledTimes(Math.ceil(5 / Math.max(1, room / 450)));
});

test('rows go through a chain first, and a model back from a file tells the same', async () => {
  const codes = Float64Array.from([...iris.labels].flatMap((label, row) => [row % 5 === 0 ? 0 : label, row % 7]));
  const data = { ...iris, x: { ...matrix(150, 2, codes), categories: [['x', 'y', 'z'], null] }, columns: ['kind', 'day'] } as Dataset<'train', Matrix>;
  const model = await fitted(chain(oneHot(), histGradientBoostingClassifier({ maxIter: 4, seed: 0 })), data, compute);
  const scores = await stagedScores(model, data, { scoring: 'negLogLoss' }, context);
  expect(scores).toHaveLength(4);
  expect([...scores.keys()].slice(1).every((round) => scores[round]! > scores[round - 1]!)).toBe(true);
  const { model: again } = await modelFromBytes<typeof model>('rounds', await modelToBytes(model));
  expect(await stagedScores(again, data, { scoring: 'negLogLoss' }, context)).toEqual(scores);
});

test('an estimator of a user says what its rounds say', async () => {
  const halves = defineEstimator({
    name: 'halves',
    kind: 'classifier',
    params: z.strictObject({}),
    train: () => ({}),
    scores: (_model, { rows }) => new Float64Array(2 * rows.length),
    async *staged(_model, { rows }) {
      for (const side of [0, 1]) yield Float64Array.from({ length: 2 * rows.length }, (_, at) => Number(at % 2 === side));
    },
  });
  const two = figureSet('iris of two classes');
  expect([...(await stagedScores(await fitted(halves(), two, compute), { ...two, rows: two.rows.subarray(0, 80) }, {}, context))]).toEqual([5 / 8, 3 / 8]);
  const refused = { name: 'both', kind: 'classifier', params: z.strictObject({}), train: () => ({}), scores: () => new Float64Array() } as const;
  expect(() => defineEstimator({ ...refused, predictions: () => new Uint8Array(), async *staged() {} } as never)).toThrow("defineEstimator 'both'");
});

test('what it refuses', async () => {
  const refused = async (work: Promise<unknown>, code: string, message: string): Promise<void> =>
    expect(work).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  await refused(stagedScores(await fitted(gaussianNB(), iris, compute), iris, {}, context), 'E_PARAMS', 'not made in rounds');
  const model = await fitted(histGradientBoostingClassifier({ maxIter: 1, seed: 0 }), iris, compute);
  await refused(stagedScores(model, iris, { scoring: 'r2' }, context), 'E_PARAMS', "scoring 'r2' is for values");
  await refused(stagedScores(model, iris, { scoring: 'rocAuc' }, context), 'E_PARAMS', 'for two classes; the model has 3');
  const { labels: _labels, ...bare } = iris;
  await refused(stagedScores(model, { ...bare, values: matrix(150, 1, new Float64Array(150)) } as never, {}, context), 'E_DATA', 'classes');
});
