// Grid search as a stage, on a real adapter: against scikit-learn 1.9's GridSearchCV, and what it refuses.
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/core/events.ts';
import type { Classifier, Estimator } from '../../src/dsl/estimator.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { reconfigure } from '../../src/dsl/graph/reconfigure.ts';
import { logisticRegression, type LogisticRegressionOptions } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { oneVsRest } from '../../src/estimators/oneVsRest/oneVsRest.ts';
import { crossValidate } from '../../src/stages/selection/crossValidate.ts';
import { fit } from '../../src/stages/fit.ts';
import { evaluationOf } from '../../src/metrics/evaluation.ts';
import { probabilities } from '../../src/metrics/probability.ts';
import { gridSearch } from '../../src/stages/search/gridSearch.ts';
import { gridSearchEquals, outputsOf, trainOn } from '../suites/gridSearchFigures.ts';
import { runSmall } from '../support/smallData.ts';
import { smallSet } from '../support/smallSets.ts';

const HERE = import.meta.filename;

gridSearchEquals('iris');

test('every one of several scorers is computed for every point, and the first decides', async () => {
  const train = smallSet('digits', 2);
  const grid = { C: [1e-6, 1] };
  const scoring = ['negLogLoss', 'accuracy', 'rocAuc'] as const;
  const estimator = (C: number) => logisticRegression({ C, tol: 1e-3 });
  const { outputs } = await outputsOf(
    pipeline(
      'several',
      trainOn(train),
      gridSearch(estimator(1), grid, { folds: 3, scoring: [...scoring] }),
      fit(estimator(1e-6)),
      crossValidate({ folds: 3, scoring: [...scoring] }),
    ),
  );
  const { 'grid-search': search, 'cross-validate': validated } = outputs as never as Record<string, Record<string, unknown>>;
  const [first, second] = search!['points'] as {
    params: object;
    foldScores: number[];
    meanScore: number;
    scores: Record<string, number[]>;
    means: Record<string, number>;
  }[];
  for (const name of scoring) {
    (validated!['scores'] as Record<string, number[]>)[name]!.forEach((score, fold) => expect(first!.scores[name]![fold], name).toBeCloseTo(score, 5));
    expect(first!.means[name]).toBeCloseTo(first!.scores[name]!.reduce((a, b) => a + b, 0) / 3, 12);
  }
  expect(first!.foldScores).toEqual(first!.scores['negLogLoss']);
  expect(second!.meanScore).toBeGreaterThan(first!.meanScore);
  expect(search).toMatchObject({
    scoring: 'negLogLoss',
    bestParams: { C: 1 },
    bestScore: second!.meanScore,
    meanAccuracy: second!.means['accuracy'],
    majorityBaseline: expect.closeTo(1 - 177 / 1797, 3),
  });
});

test('without accuracy there is no baseline but that of the training rows', async () => {
  const { outputs } = await outputsOf(
    pipeline('ranked', trainOn(smallSet('digits', 2)), gridSearch(logisticRegression({ tol: 1e-2 }), { C: [1] }, { folds: 3, scoring: 'rocAuc' })),
  );
  expect(Object.keys(outputs['grid-search']!).filter((key) => /accuracy|baseline/i.test(key))).toEqual(['trainAccuracy', 'trainMajorityBaseline']);
});

test('a fold without a class is told of once for all points, and the first of them is fitted', async () => {
  const iris = smallSet('iris', 1);
  const labels = iris.labels.map((_, row) => (row === 3 || row === 50 ? 1 : 0));
  const search = gridSearch(logisticRegression({ tol: 1e-2 }), { C: [1, 10] }, { folds: 3, scoring: ['rocAuc', 'accuracy'] });
  const { outputs, events } = await outputsOf(pipeline('rare', trainOn({ ...iris, labels }), search));
  expect(outputs['grid-search']).toMatchObject({ bestParams: { C: 1 }, bestScore: null, points: [{ meanScore: null }, { meanScore: null }] });
  expect(events.flatMap((event) => (event.type === 'warning' ? [event.code] : []))).toEqual(['W_FOLDS', 'W_SCORE']);
});

test('points are called by their parameters, in progress and in what is kept of their losses', async () => {
  const grid = { C: [0.1, 1 / 3], tol: [1e-2] };
  const { events } = await outputsOf(pipeline('names', trainOn(smallSet('iris', 1)), gridSearch(logisticRegression(), grid, { folds: 2 })));
  const models = events.flatMap((event) => (event.type === 'history' ? event.models.map(({ model }) => model) : []));
  expect(models).toEqual([
    ...['C=0.1', 'C=0.333'].flatMap((point) => [1, 2].map((fold) => `${point} tol=0.01 fold ${fold}`)),
    expect.stringMatching(/^C=0\.(1|333) tol=0\.01 all rows$/),
  ]);
});

test('a point without a penalty is called and kept as one', async () => {
  const { outputs, events } = await outputsOf(
    pipeline('no-penalty', trainOn(smallSet('iris', 1)), gridSearch(logisticRegression({ tol: 1e-2 }), { C: [Infinity] }, { folds: 2 })),
  );
  const kept = JSON.parse(JSON.stringify(outputs['grid-search'])) as unknown;
  expect(kept).toMatchObject({ bestParams: { C: 'Infinity' }, points: [{ params: { C: 'Infinity' } }] });
  expect(events).toContainEqual(expect.objectContaining({ type: 'history', models: [expect.objectContaining({ model: 'C=Infinity all rows' })] }));
});

const searchWarnings = (events: readonly RunEvent[]) => events.flatMap((event) => (event.type === 'warning' && event.code === 'W_SEARCH' ? [event] : []));

test('points that never moved from the one before, and share the best score with it, are warned of once', async () => {
  const train = trainOn(smallSet('digits', 2));
  const C = [1e-6, 1e-3, 1, 10];
  const { outputs, events } = await outputsOf(pipeline('stuck', train, gridSearch(logisticRegression({ tol: 0.1 }), { C }, { folds: 3, warmStart: true })));
  const { points, pointsWithBestScore } = outputs['grid-search'] as never as { points: { nIter: number[]; meanScore: number }[]; pointsWithBestScore: number };
  const still = points.flatMap(({ nIter }) => nIter).filter((count) => count === 0).length;
  expect(still).toBeGreaterThan(0);
  expect(pointsWithBestScore).toBeGreaterThan(1);
  expect(searchWarnings(events)).toEqual([
    expect.objectContaining({
      stage: 'grid-search',
      message: expect.stringMatching(
        new RegExp(
          `^${still} of 12 fits took 0 iterations: .* point before .* ${pointsWithBestScore} of 4 points share the best mean score; the first of them, C=`,
        ),
      ),
      hint: expect.stringMatching(/Lower tol, or leave out warmStart/),
    }),
  ]);
});

test('of points that were trained to their end nothing is warned, unless they tie', async () => {
  const iris = trainOn(smallSet('iris', 1));
  const apart = await outputsOf(pipeline('apart', iris, gridSearch(logisticRegression({ tol: 1e-4 }), { C: [1e-4, 1] }, { folds: 3, scoring: 'negLogLoss' })));
  expect(searchWarnings(apart.events)).toEqual([]);
  expect(apart.outputs['grid-search']).not.toHaveProperty('pointsWithBestScore');
  const twice = await outputsOf(pipeline('twice', iris, gridSearch(logisticRegression({ tol: 1e-4 }), { C: [1, 1 + 1e-9] }, { folds: 3 })));
  expect(searchWarnings(twice.events)).toEqual([
    expect.objectContaining({
      message: '2 of 2 points share the best mean score; the first of them, C=1, is taken.',
      hint: expect.stringMatching(/negLogLoss/),
    }),
  ]);
  expect(twice.outputs['grid-search']).toMatchObject({ bestParams: { C: 1 }, pointsWithBestScore: 2 });
});

test('a point whose mean is not a number is never the best', async () => {
  const model = { classes: [0, 1], summary: {} } as unknown as Classifier;
  const diverging: Estimator<Classifier, { readonly C: number }> = {
    name: 'diverging',
    params: {},
    train: async (_data, jobs) =>
      jobs.map(({ params }) => {
        const decisions = Float64Array.of(-1, params?.C === 1 ? NaN : params!.C!);
        return { model, heldOut: evaluationOf([0, 1], Uint8Array.of(0, 1), { decisions, probabilities: probabilities(decisions, 2) }) };
      }),
  };
  const search = gridSearch(diverging, { C: [1, 3, 2] }, { folds: 2, scoring: 'negLogLoss' });
  const { outputs, error } = await runSmall(pipeline('diverging', trainOn(smallSet('iris')), search));
  expect(error).toBeUndefined();
  expect(outputs['grid-search']).toMatchObject({ bestParams: { C: 3 }, points: [{ foldScores: [null, null] }, {}, {}] });
});

describe('what is no grid is refused where it is written', () => {
  const refused = (make: () => unknown, message: string, hint: string): void =>
    expect(make).toThrow(
      expect.objectContaining({ code: 'E_PARAMS', message, hint: expect.stringContaining(hint), at: expect.objectContaining({ file: HERE }) }),
    );

  test('no values', () =>
    refused(() => gridSearch(logisticRegression(), { C: [] }), "gridSearch: 'C' needs values to try; an empty list arrived.", '{ C: [...] }'));

  test('one value for a list', () =>
    refused(() => gridSearch(logisticRegression(), { C: 1 as never }), "gridSearch: 'C' needs values to try; number arrived.", '{ C: [...] }'));

  const ofBatch = { fitIntercept: [true, false] } as never;
  test.each([
    [() => gridSearch(logisticRegression(), ofBatch), 'logisticRegression'],
    [() => gridSearch(oneVsRest(logisticRegression()), ofBatch), 'oneVsRest(logisticRegression)'],
  ])('a parameter that a batch shares: %#', (make, name) =>
    refused(
      make,
      `gridSearch: 'fitIntercept' cannot be searched: in a grid over ${name}, only C, l1Ratio, tol, maxIter, classWeight may differ.`,
      'To search: C, l1Ratio, tol, maxIter, classWeight.',
    ),
  );

  test('a value outside its schema', () =>
    refused(
      () => gridSearch(logisticRegression(), { C: [1, -1] }),
      'gridSearch: C: C is the inverse of the penalty: a number above 0, or Infinity for no penalty.',
      'Parameters of gridSearch: C, l1Ratio, tol, maxIter, classWeight.',
    ));

  test('the same by --set', () => {
    const made = pipeline('set', trainOn(smallSet('iris')), gridSearch(logisticRegression(), { C: [1] } satisfies { C: LogisticRegressionOptions['C'][] }));
    const set = (value: unknown) => reconfigure(made, [{ path: 'grid-search', param: 'grid', value, written: '--set grid-search.grid' }]);
    expect(() => set({ fitIntercept: [true, false] })).toThrow(
      expect.objectContaining({ code: 'E_PARAMS', message: expect.stringMatching(/^--set grid-search.grid: gridSearch: 'fitIntercept' cannot be searched/) }),
    );
    const { params } = set({ C: [1, 2], tol: [0.1] }).graph.nodes[1]!.stage.spec;
    expect(params).toMatchObject({ grid: { C: [1, 2], tol: [0.1] }, maxIter: 100 });
    // What the estimator has of its own in place of what is tried decides nothing, and is no part of the result.
    expect(Object.keys(params)).not.toEqual(expect.arrayContaining(['C']));
    expect(Object.keys(params)).not.toEqual(expect.arrayContaining(['tol']));
  });
});
