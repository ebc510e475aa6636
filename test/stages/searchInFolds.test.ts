// Searches as estimators: nested cross-validation against scikit-learn 1.9 (fixtures/search.json), and other places for an estimator.
import { expect, test } from 'vitest';
import figures from '../fixtures/search.json' with { type: 'json' };
import {
  chain,
  crossValidate,
  crossValPredict,
  fit,
  gaussianNB,
  gridSearch,
  logisticRegression,
  modelFromBytes,
  modelToBytes,
  oneVsRest,
  randomSearch,
  score,
  split,
  standardize,
  type Classifier,
} from '../../src/api.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { memoryCacheStore } from '../../src/runtime/keys/cache.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { expectNear } from '../support/figures.ts';
import { camel, camelKeys, MODELS, ranOn, selectionSet, type Output } from '../support/selection.ts';

const iris = selectionSet('iris');
const searching = (grid = [1e-9, 1e-3, 0.1], folds = 3) => gridSearch(gaussianNB(), { varSmoothing: grid }, { folds, scoring: 'negLogLoss' });

test.each(figures.nested.map((row) => [`${row.data}, ${row.label}, ${row.inner} in ${row.outer} folds, ${row.scoring}`, row] as const))(
  'cross_validate of a search: %s',
  async (_, { data, label, grid, inner, outer, scoring, weighted, drawn, scores, best, bestScores }) => {
    const [estimator, values] = [MODELS[label as 'gaussianNB'], camelKeys<unknown>(grid) as never];
    const options = { folds: inner, scoring: camel<'accuracy'>(scoring) };
    const search = drawn ? randomSearch(estimator, values, { ...options, nIter: drawn.count, seed: drawn.seed }) : gridSearch(estimator, values, options);
    const { outputs } = await ranOn(selectionSet(data, weighted), [crossValidate(search, { folds: outer, scoring: camel(scoring) })]);
    const { foldScores, fits } = outputs['cross-validate'] as { foldScores: number[]; fits: { bestParams: Record<string, unknown>; bestScore: number }[] };
    expectNear(foldScores, scores, 2e-5);
    fits.forEach(({ bestParams }, fold) => {
      const wanted = camelKeys<unknown>(best[fold]!);
      for (const [key, value] of Object.entries(bestParams))
        expect(value).toEqual(typeof value === 'number' ? expect.closeTo(wanted[key] as number, 9) : wanted[key]);
    });
    expectNear(
      fits.map(({ bestScore }) => bestScore),
      bestScores,
      2e-5,
    );
  },
);

test('another grid, other folds inside and another scorer are other results', async () => {
  const store = memoryCacheStore();
  const validated = async (search: ReturnType<typeof searching>) =>
    (await ranOn(iris, [crossValidate(search, { folds: 3 })], { store })).outputs['cross-validate'] as { fits: Output[] };
  const bests = [];
  for (const search of [searching(), searching([10]), searching([10, 0.1], 2), searching()]) bests.push((await validated(search)).fits);
  expect(bests[3]).toEqual(bests[0]);
  expect(new Set(bests.map((fits) => JSON.stringify(fits))).size).toBe(3);
});

test('what was found comes back from the cache with the models', async () => {
  const store = memoryCacheStore();
  const first = await ranOn(iris, [crossValidate(searching(), { folds: 3 })], { store });
  const again = await ranOn(iris, [crossValidate(searching(), { folds: 3, scoring: 'balancedAccuracy' })], { store });
  const fits = ({ outputs }: typeof first) => outputs['cross-validate'] as { fits: Output[]; modelsFromCache?: number };
  expect(fits(again).modelsFromCache).toBe(3);
  expect(fits(again).fits).toEqual(fits(first).fits);
});

test('one that was killed goes on', async () => {
  const search = () => gridSearch(logisticRegression({ tol: 1e-3 }), { C: [0.01, 1] }, { folds: 2 });
  const store = memoryCacheStore();
  const whole = (await ranOn(iris, [crossValidate(search(), { folds: 2 })])).outputs['cross-validate'];
  expect((await ranOn(iris, [crossValidate(search(), { folds: 2 })], { store, cutAt: 20 })).error).toBeDefined();
  const resumed = await ranOn(iris, [crossValidate(search(), { folds: 2 })], { store });
  expect(resumed.events.some(({ type }) => type === 'fit-resumed')).toBe(true);
  expect(resumed.outputs['cross-validate']).toEqual(whole);
});

test('wherever an estimator stands a search may: in fit, chains, models of models, and around another', async () => {
  const parts = split({ test: 50, seed: 1, stratify: true });
  const search = () => gridSearch(gaussianNB(), { varSmoothing: [10, 1e-9] }, { folds: 2 });
  const scored = (...stages: readonly unknown[]) => ranOn(iris, [parts, ...stages, score({ on: 'test' })], { values: ['model'] });
  const asStage = await scored(search());
  const fitted = await scored(fit(search()));
  expect(fitted.outputs['score']).toEqual(asStage.outputs['score']);
  const { bestScore } = asStage.outputs['grid-search'] as { bestScore: number };
  expect(fitted.outputs['fit']).toMatchObject({ bestParams: { varSmoothing: 1e-9 }, bestScore });
  const model = fitted.values['model'] as Classifier;
  const { model: read } = await modelFromBytes<Classifier>('m', await modelToBytes(model));
  expect(read.summary).toEqual(model.summary);

  const inChain = await scored(fit(chain(standardize(), search())), crossValPredict({ folds: 3 }));
  expect(inChain.outputs['cross-val-predict']).toMatchObject({ trainedWithFit: true });
  const oneEach = await scored(fit(oneVsRest(gridSearch(logisticRegression({ tol: 1e-2 }), { C: [1, 10] }, { folds: 2 }))));
  expect((oneEach.outputs['score'] as { testAccuracy: number }).testAccuracy).toBeGreaterThan(0.9);
  const twice = await scored(gridSearch(chain(standardize(), search()), {}, { folds: 2 }));
  expect(twice.outputs['grid-search']).toMatchObject({ points: [{ params: {} }] });
});

test('a search has no parameters of its own to search, and a warning says of which fold it is', async () => {
  expect(() => gridSearch(searching(), { varSmoothing: [1] } as never)).toThrow(
    expect.objectContaining({
      code: 'E_PARAMS',
      message: "gridSearch: 'varSmoothing' cannot be searched: gridSearch(gaussianNB) has no parameters that may differ.",
    }),
  );
  const { warnings } = await ranOn(iris, [crossValidate(searching([0.1, 0.1]), { folds: 2 })]);
  expect(warnings.flatMap((one) => /^Of fold [12]: 2 of 2 points share the best mean score/.exec(one) ?? [])).toEqual([
    'Of fold 1: 2 of 2 points share the best mean score',
    'Of fold 2: 2 of 2 points share the best mean score',
  ]);
  const { graph } = pipeline('p', fetch({ name: 'rows', load: async () => iris as never }), crossValidate(searching(), { folds: 4 }));
  expect(graph.nodes[1]!.stage.spec.params).toMatchObject({ folds: 4, estimator: 'gridSearch(gaussianNB)', gridSearch: { folds: 3, estimator: 'gaussianNB' } });
});
