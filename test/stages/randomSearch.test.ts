// Points that are drawn by chance, against scikit-learn 1.9 (fixtures/search.json), and by what must hold of any draw.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/search.json' with { type: 'json' };
import { chain, gaussianNB, logisticRegression, randomSearch, standardize, type Distribution } from '../../src/api.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { reconfigure } from '../../src/dsl/graph/reconfigure.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { drawPoints } from '../../src/stages/search/distributions.ts';
import { memoryCacheStore } from '../../src/runtime/keys/cache.ts';
import { expectNear } from '../support/figures.ts';
import { camel, camelKeys, MODELS, ranOn, selectionSet, type Output } from '../support/selection.ts';

type Given = Readonly<Record<string, readonly unknown[] | Distribution>>;
interface Point {
  readonly params: Readonly<Record<string, unknown>>;
  readonly foldScores: readonly number[];
}

test.each(figures.draws.map((row) => [`${row.count} of ${Object.keys(row.given).join(', ')}, seed ${row.seed}`, row] as const))(
  'ParameterSampler draws the same: %s',
  (_, { given, count, seed, points }) => {
    const drawn = drawPoints<Record<string, unknown>>(given as never, count, seed);
    expect(drawn).toHaveLength(points.length);
    drawn.forEach((point, i) =>
      Object.entries(points[i]!).forEach(([key, value]) => {
        if (typeof value === 'number') expect(point[key], `${i} ${key}`).toBeCloseTo(value, 10);
        else expect(point[key], `${i} ${key}`).toBe(value);
      }),
    );
  },
);

test.each(figures.searches.map((row) => [`${row.data}, ${row.label}, ${row.scoring}, seed ${row.seed}`, row] as const))(
  'RandomizedSearchCV: %s',
  async (_, { data, label, given, count, seed, folds, scoring, weighted, params, scores, best, score }) => {
    const search = randomSearch(MODELS[label as 'gaussianNB'], camelKeys(given as Given) as never, { nIter: count, seed, folds, scoring: camel(scoring) });
    const { outputs } = await ranOn(selectionSet(data, weighted), [search]);
    const { points, bestParams, bestScore } = outputs['random-search'] as { points: Point[]; bestParams: Point['params']; bestScore: number };
    expect(points).toHaveLength(params.length);
    points.forEach((point, i) => {
      expect(Object.keys(point.params)).toEqual(Object.keys(camelKeys(given as Given)));
      const wanted = camelKeys(params[i] as Record<string, unknown>);
      for (const [key, value] of Object.entries(point.params))
        expect(value).toEqual(typeof value === 'number' ? expect.closeTo(wanted[key] as number, 10) : wanted[key]);
      expectNear(point.foldScores, scores[i]!, scoring === 'neg_mean_absolute_error' ? 1e-3 : 2e-5);
    });
    expect(bestScore).toBeCloseTo(score, 3);
    const found = camelKeys(best as unknown as Record<string, unknown>);
    for (const [key, value] of Object.entries(bestParams))
      expect(value).toEqual(typeof value === 'number' ? expect.closeTo(found[key] as number, 10) : found[key]);
  },
);

describe('draws', () => {
  const ends = fc.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-6, max: 1e6, noNaN: true }));

  test('stay within their ranges, and the order in which parameters are written changes none', () => {
    fc.assert(
      fc.property(ends, ends, fc.integer({ min: 1, max: 50 }), fc.nat(2 ** 31), ([from, width], [, least], whole, seed) => {
        const given: Given = { z: { uniform: [from, from + width] }, b: { logUniform: [least, least * 10] }, y: { integers: [-whole, whole] }, a: [1, 2, 3] };
        const points = drawPoints<Record<string, number>>(given as never, 20, seed);
        for (const { z, b, y, a } of points) {
          expect(z! >= from && z! <= from + width && b! >= least * (1 - 1e-12) && b! <= least * 10 * (1 + 1e-12)).toBe(true);
          expect(Number.isInteger(y) && y! >= -whole && y! < whole && [1, 2, 3].includes(a!)).toBe(true);
        }
        const turned = Object.fromEntries(Object.entries(given).toReversed());
        expect(drawPoints<Record<string, number>>(turned as never, 20, seed)).toEqual(points);
      }),
      { numRuns: 30 },
    );
  });

  test('of lists alone give no point twice', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 400 }),
        fc.nat(2 ** 31),
        (lengths, count, seed) => {
          const given = Object.fromEntries(lengths.map((length, i) => [`p${i}`, Array.from({ length }, (_, at) => at)]));
          const points = drawPoints<Record<string, number>>(given as never, count, seed);
          expect(points).toHaveLength(
            Math.min(
              count,
              lengths.reduce((a, b) => a * b, 1),
            ),
          );
          expect(new Set(points.map((point) => JSON.stringify(point))).size).toBe(points.length);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('what is kept', () => {
  const iris = selectionSet('iris');
  const search = (nIter: number, seed = 1) =>
    randomSearch(chain(standardize(), logisticRegression({ tol: 1e-3 })), { C: { logUniform: [0.01, 10] } }, { nIter, seed, folds: 2 });

  test('of a search, a longer one of the same seed takes: its points are the first of the longer one', async () => {
    const store = memoryCacheStore();
    const short = (await ranOn(iris, [search(3)], { store })).outputs['random-search']!;
    const long = (await ranOn(iris, [search(5)], { store })).outputs['random-search']!;
    expect(long).toMatchObject({ pointsFromCache: 3 });
    expect((long['points'] as unknown[]).slice(0, 3)).toEqual(short['points']);
  });

  test('of a search that was killed, it goes on from', async () => {
    const store = memoryCacheStore();
    const whole = (await ranOn(iris, [search(4)])).outputs['random-search'] as Output;
    expect((await ranOn(iris, [search(4)], { store, cutAt: 8 })).error).toBeDefined();
    const resumed = await ranOn(iris, [search(4)], { store });
    expect(resumed.events.some(({ type }) => type === 'fit-resumed')).toBe(true);
    expect(resumed.outputs['random-search']).toEqual(whole);
  });
});

test('lists with fewer points than are asked for are tried whole, and told of', async () => {
  const { outputs, warnings } = await ranOn(selectionSet('iris'), [randomSearch(gaussianNB(), { varSmoothing: [1e-9, 0.1] }, { folds: 2, nIter: 5 })]);
  expect(outputs['random-search']!['points']).toHaveLength(2);
  expect(warnings).toContainEqual('The lists have 2 points, fewer than nIter, 5: each is tried once.');
});

describe('refused where it is written', () => {
  const refused = (make: () => unknown, message: RegExp): void =>
    expect(make).toThrow(
      expect.objectContaining({ code: 'E_PARAMS', message: expect.stringMatching(message), at: expect.objectContaining({ file: import.meta.filename }) }),
    );
  const of =
    (distributions: object, options = {}) =>
    () =>
      randomSearch(logisticRegression(), distributions as never, options);

  test.each([
    [of({ C: [] }), /^randomSearch: 'C' needs values to draw from; an empty list arrived/],
    [of({ C: 1 }), /^randomSearch: 'C' needs values to draw from; 1 arrived/],
    [of({ C: { normal: [0, 1] } }), /^randomSearch: 'C' is drawn from normal; one of uniform, logUniform and integers is needed/],
    [of({ C: { uniform: [0, 1], integers: [0, 1] } }), /^randomSearch: 'C' is drawn from uniform, integers; one of/],
    [of({ C: { uniform: [1, 1] } }), /^randomSearch: 'C' has a range uniform from 1 to 1, which is empty/],
    [of({ C: { uniform: [0, Infinity] } }), /^randomSearch: 'C' has a range uniform that is no pair of numbers/],
    [of({ C: { logUniform: [0, 1] } }), /^randomSearch: 'C' has a range logUniform from 0; a number above 0 is needed/],
    [of({ maxIter: { integers: [1.5, 3] } }), /^randomSearch: 'maxIter' has a range integers from 1.5 to 3; whole numbers are needed/],
    [of({ c: [1] }), /^randomSearch: 'c' cannot be searched/],
    [of({ C: { uniform: [-5, -1] } }), /^randomSearch: C: /],
    [of({ C: [1] }, { nIter: 0 }), /^randomSearch: nIter/],
    [of(null as never), /^randomSearch: null arrived as the distributions/],
  ])('%#', (make, message) => refused(make, message));

  test('the same by --set, which may give other ranges', () => {
    const made = pipeline('set', fetch({ name: 'rows', load: async () => ({}) as never }), randomSearch(logisticRegression(), { C: { uniform: [1, 2] } }));
    const set = (value: unknown) => reconfigure(made, [{ path: 'random-search', param: 'distributions', value, written: '--set' }]);
    expect(() => set({ C: { uniform: [2, 1] } })).toThrow(expect.objectContaining({ code: 'E_PARAMS' }));
    expect(set({ tol: { logUniform: [1e-4, 1e-2] } }).graph.nodes[1]!.stage.spec.params).toMatchObject({
      distributions: { tol: { logUniform: [1e-4, 1e-2] } },
    });
  });
});
