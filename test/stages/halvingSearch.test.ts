// Successive halving against scikit-learn 1.9 (fixtures/halving.json), and what it refuses.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/halving.json' with { type: 'json' };
import {
  crossValidate,
  gaussianNB,
  halvingGridSearch,
  halvingRandomSearch,
  kNeighborsClassifier,
  logisticRegression,
  type Distribution,
} from '../../src/api.ts';
import { memoryCacheStore } from '../../src/runtime/keys/cache.ts';
import { best, schedule } from '../../src/stages/search/resources.ts';
import { searchOf } from '../../src/report/search.ts';
import { expectNear } from '../support/figures.ts';
import { camel, camelKeys, MODELS, ranOn, selectionSet, type Output } from '../support/selection.ts';

type Values = Readonly<Record<string, unknown>>;
interface Point {
  readonly params: Values;
  readonly iter: number;
  readonly nResources: number;
  readonly foldScores: readonly (number | null)[];
}

const equal = (found: Values, wanted: Values): void => {
  expect(Object.keys(found).toSorted()).toEqual(Object.keys(wanted).toSorted());
  for (const [key, value] of Object.entries(found))
    expect(value, key).toEqual(typeof value === 'number' ? expect.closeTo(wanted[key] as number, 9) : wanted[key]);
};

test.each(figures.rows.map((row, i) => [`${i}: ${row.data}, ${row.label}, ${row.scoring}`, row] as const))(
  'scikit-learn: %s',
  async (_, { data, label, given, drawn, options, folds, scoring, weighted, params, iter, resources, scores, best: bestParams, score }) => {
    const { random_state: seed = 0, n_candidates, resource, ...rest } = options as Readonly<Record<string, never>>;
    const asked = {
      ...camelKeys(rest),
      seed,
      folds,
      ...(typeof folds === 'object' && folds.shuffleSplit ? { shuffleSeed: 1 } : {}),
      scoring: camel(scoring),
      ...(resource ? { resource: camel<string>(resource) } : {}),
      ...(n_candidates ? { nCandidates: n_candidates } : {}),
    };
    const make = (drawn ? halvingRandomSearch : halvingGridSearch) as typeof halvingGridSearch;
    const search = make(
      MODELS[label as 'gaussianNB'],
      camelKeys(given as Readonly<Record<string, readonly unknown[] | Distribution>>) as never,
      asked as never,
    );
    const { outputs } = await ranOn(selectionSet(data, weighted), [search]);
    const found = Object.values(outputs).at(-1) as { points: Point[]; bestParams: Values; bestScore: number };
    expect(found.points.map((point) => [point.iter, point.nResources])).toEqual(iter.map((one, i) => [one, resources[i]]));
    found.points.forEach((point, i) => {
      equal(point.params, camelKeys(params[i] as Values));
      const wanted = scores[i] as (number | null)[];
      expect(point.foldScores.map((score) => score === null)).toEqual(wanted.map((score) => score === null));
      expectNear(point.foldScores.map(Number), wanted.map(Number), scoring === 'neg_mean_absolute_error' ? 1e-2 : 2e-4);
    });
    equal(found.bestParams, camelKeys(bestParams as Values));
    expect(found.bestScore).toBeCloseTo(score, scoring === 'neg_mean_absolute_error' ? 1 : 3);
  },
);

test('the best of a schedule: undefined scores go first, and of equal ones the later stay', () => {
  expect(best([1, NaN, 3, 3, 2], 2)).toEqual([2, 3]);
  expect(best([1, 1, 1], 2)).toEqual([1, 2]);
  expect(best([NaN, NaN], 1)).toEqual([1]);
  expect(schedule(9, { factor: 3, minResources: 'smallest', aggressiveElimination: false }, { min: 10, max: 100 })).toEqual([10, 30, 90]);
  expect(schedule(9, { factor: 3, minResources: 'exhaust', aggressiveElimination: false }, { min: 10, max: 100 })).toEqual([11, 33, 99]);
  expect(schedule(9, { factor: 3, minResources: 10, aggressiveElimination: true }, { min: 10, max: 30 })).toEqual([10, 10, 30]);
});

const iris = selectionSet('iris');

test('the report has the points of the last iteration first; each is kept, and halving is an estimator too', async () => {
  const store = memoryCacheStore();
  const search = () => halvingGridSearch(gaussianNB(), { varSmoothing: [10, 1, 0.1, 1e-9] }, { factor: 2, folds: 2, scoring: 'negLogLoss' });
  const { outputs } = await ranOn(iris, [search()], { store });
  const output = outputs['halving-grid-search'] as never;
  const { points } = searchOf({ path: 'halving', output })!;
  expect(points.map(({ iter }) => iter)).toEqual([2, 1, 1, 0, 0, 0, 0]);
  expect(points[0]!.name).toMatch(/^varSmoothing=.*, 148 resources$/);
  expect(points[0]!.params).toEqual((output as { bestParams: object }).bestParams);
  const again = await ranOn(
    iris,
    [halvingGridSearch(gaussianNB(), { varSmoothing: [10, 1, 0.1, 1e-9] }, { factor: 2, folds: 2, scoring: ['negLogLoss', 'accuracy'] })],
    { store },
  );
  expect(again.outputs['halving-grid-search']).toMatchObject({ pointsFromCache: 7 });
  const nested = (await ranOn(iris, [crossValidate(search(), { folds: 2 })])).outputs['cross-validate'] as { fits: Output[] };
  expect(nested.fits).toEqual([expect.objectContaining({ bestParams: { varSmoothing: expect.any(Number) } }), expect.anything()]);
});

test('lists with fewer points than are asked for are tried once each, with a warning', async () => {
  const few = (given: Readonly<Record<string, unknown>>, options: object) =>
    ranOn(iris, [halvingRandomSearch(gaussianNB(), given as never, { folds: 2, ...options } as never)]).then(({ events }) =>
      events.flatMap((event) => (event.type === 'warning' && event.message.startsWith('The lists') ? [[event.code, event.message, event.hint]] : [])),
    );
  const given = { varSmoothing: [0.1, 1e-9] };
  expect(await few(given, { nCandidates: 9 })).toEqual([
    [
      'W_SEARCH',
      'The lists have 2 points, fewer than nCandidates, 9: each is tried once.',
      'Lower nCandidates, use halvingGridSearch, or give a parameter a range to draw from.',
    ],
  ]);
  expect(await few(given, {})).toEqual([
    [
      'W_SEARCH',
      "The lists have 2 points, fewer than nCandidates 'exhaust', 12: each is tried once.",
      'Use halvingGridSearch, or give a parameter a range to draw from.',
    ],
  ]);
  expect(await few(given, { nCandidates: 2 })).toEqual([]);
  expect(await few({ varSmoothing: { uniform: [0, 1] } }, { nCandidates: 3 })).toEqual([]);
});

test('an end that is not drawn need not be allowed', () => {
  expect(() => halvingRandomSearch(logisticRegression(), { C: { uniform: [0, 1] } })).not.toThrow();
});

test('the help of a seed says what it draws', () => {
  const helpOf = ({ configurable }: Pick<ReturnType<typeof halvingGridSearch>, 'configurable'>) => configurable!.schema.shape['seed'].description;
  expect(helpOf(halvingGridSearch(gaussianNB(), { varSmoothing: [1] }))).toBe('what rows are drawn from');
  expect(helpOf(halvingRandomSearch(gaussianNB(), { varSmoothing: [1] }))).toBe('what points and rows are drawn from');
});

describe('refused', () => {
  test.each<[() => unknown, RegExp]>([
    [() => halvingGridSearch(logisticRegression(), { maxIter: [5] }, { resource: 'maxIter', maxResources: 9 }), /'maxIter' is the resource, and searched too/],
    [
      () => halvingGridSearch(logisticRegression(), { C: [5] }, { resource: 'maxIters' as never, maxResources: 9 }),
      /resource 'maxIters' is no parameter of logisticRegression/,
    ],
    [() => halvingGridSearch(logisticRegression(), { C: [5] }, { resource: 'maxIter' } as never), /how much of maxIter there is at most is not said/],
    [() => halvingRandomSearch(logisticRegression(), { C: [5] }, { minResources: 'exhaust' }), /both 'exhaust'/],
    [() => halvingGridSearch(logisticRegression(), { C: [5] }, { factor: 1 }), /factor/],
    // Whichever of them may be drawn once the rows are known.
    [() => halvingRandomSearch(gaussianNB(), { varSmoothing: [1e-9, 0.1, -1, 2] }), /varSmoothing: Too small/],
    [() => halvingRandomSearch(gaussianNB(), { varSmoothing: { uniform: [-1, 1] } }), /varSmoothing: Too small/],
    [() => halvingRandomSearch(kNeighborsClassifier(), { nNeighbors: { integers: [0, 5] } }), /nNeighbors: Too small/],
  ])('%#', (make, message) =>
    expect(make).toThrow(expect.objectContaining({ code: 'E_PARAMS', message: expect.stringMatching(message), hint: expect.any(String) })),
  );

  test('more than there is, before anything is trained', async () => {
    const asked = (options: object) => ranOn(iris, [halvingGridSearch(gaussianNB(), { varSmoothing: [1] }, options)]);
    await expect(asked({ minResources: 151 })).rejects.toThrow('minResources is 151; there are 150 at most.');
    await expect(asked({ maxResources: 5000 })).rejects.toMatchObject({
      code: 'E_PARAMS',
      message: 'halvingGridSearch: maxResources is 5000; there are 150 rows.',
      hint: 'Leave maxResources out for all rows, or give fewer.',
    });
    await expect(asked({ maxResources: 150, minResources: 150 })).resolves.toBeDefined();
    await expect(asked({ folds: 30 })).rejects.toThrow("minResources, 'exhaust', is 180 rows, two of each fold and class; there are 150 at most.");
  });

  test('iterations of one class alone, with a cure', async () => {
    const small = halvingGridSearch(gaussianNB(), { varSmoothing: [1, 0.1, 1e-9] }, { folds: 5, minResources: 8, seed: 3, stratified: false });
    await expect(ranOn({ ...iris, labels: Uint8Array.from({ length: 150 }, (_, i) => Number(i === 0 || i === 149)) }, [small])).rejects.toMatchObject({
      code: 'E_CLASS',
      hint: 'Give a larger minResources.',
    });
  });

  test('resources that leave a fold no row to score', async () => {
    const asked = (options: object) => ranOn(iris, [halvingGridSearch(gaussianNB(), { varSmoothing: [1, 0.1, 1e-9] }, options)]);
    const drawn = { folds: { shuffleSplit: 3, test: 5 }, shuffleSeed: 1 };
    await expect(asked({ ...drawn, minResources: 20 })).rejects.toMatchObject({
      code: 'E_PARAMS',
      message: 'halvingGridSearch: with 20 of 150 rows, fold 1 has no row left to score, of 5.',
      hint: 'Use folds that score more rows each, such as folds: 5, or minResources: 30 or more.',
    });
    const { outputs } = await asked({ ...drawn, minResources: 30 });
    const { points } = outputs['halving-grid-search'] as never as { points: Point[] };
    for (const { foldScores } of points) expect(foldScores).toEqual([0, 1, 2].map(() => expect.any(Number)));
    await expect(asked({ folds: { shuffleSplit: 3, test: 0.9, train: 4 }, shuffleSeed: 1, minResources: 37 })).rejects.toMatchObject({
      message: 'halvingGridSearch: with 37 of 150 rows, fold 1 has no row left to train on, of 4.',
      hint: 'Use folds that train on more rows each, such as folds: 5, or minResources: 38 or more.',
    });
    await expect(asked({ folds: 'leaveOneOut', minResources: 20 })).rejects.toMatchObject({
      message: 'halvingGridSearch: with 20 of 150 rows, fold 1 has no row left to score, of 1.',
      hint: 'Use folds that score more rows each, such as folds: 5.',
    });
  });
});
