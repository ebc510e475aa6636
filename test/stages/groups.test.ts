// Groups of rows stay whole in the folds that are asked for, as scikit-learn's GroupKFold keeps them, and are told of where they do not.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import fixture from '../fixtures/groupFolds.json' with { type: 'json' };
import {
  binarize,
  chain,
  crossValidate,
  fetch,
  fit,
  gridSearch,
  matrix,
  nearestCentroid,
  pca,
  pipeline,
  shuffle,
  split,
  stage,
  standardize,
  type Dataset,
  type DatasetSource,
  type RunEvent,
  type Split,
} from '../../src/api.ts';
import { cutGroups, groupFolds, groupsOf } from '../../src/core/folds/groups.ts';
import type { RunResult } from '../../src/runtime/run.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';
import { foldsOf } from '../../src/validation/folding.ts';
import { runSmall } from '../support/smallData.ts';

test.each(fixture.cases)('GroupKFold $name k=$k seed=$seed', ({ groups, k, seed, test_fold }) => {
  expect([...groupFolds(Uint32Array.from(groups), k, { seed: seed ?? undefined })]).toEqual(test_fold);
});

test('every row is held out once, no group in two folds, and no fold is larger than the others by more than a group', () => {
  const given = fc
    .array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 4, maxLength: 12 })
    .chain((ids) =>
      fc.tuple(
        fc.array(fc.constantFrom(...ids), { minLength: 12, maxLength: 100 }),
        fc.integer({ min: 2, max: 5 }),
        fc.option(fc.integer({ min: 0, max: 99 }), { nil: undefined }),
      ),
    );
  fc.assert(
    fc.property(given, ([list, count, seed]) => {
      const groups = Uint32Array.from(list);
      fc.pre(new Set(groups).size >= count);
      const folds = groupFolds(groups, count, { seed });
      expect(cutGroups(groups, folds)).toEqual([]);
      expect(new Set(folds)).toEqual(new Set(Array.from({ length: count }, (_, fold) => fold)));
      const sizes = Array.from({ length: count }, (_, fold) => folds.filter((own) => own === fold).length);
      const largest = Math.max(...[...new Set(groups)].map((group) => groups.filter((own) => own === group).length));
      if (seed === undefined) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(largest);
    }),
  );
});

const ROWS = 40;
/** Four rows a group, and one group more in the test rows. */
const groups = Uint32Array.from({ length: ROWS }, (_, row) => Math.floor(row / 4));
const x = matrix(
  ROWS,
  2,
  Float64Array.from({ length: ROWS * 2 }, (_, at) => ((at >> 1) % 2) * 2 + Math.sin(at * at)),
);
const visits: Dataset<'all'> = {
  name: 'visits',
  role: 'all',
  x,
  labels: Uint8Array.from({ length: ROWS }, (_, row) => row % 2),
  rows: Uint32Array.from({ length: ROWS }, (_, row) => row),
  groups,
  groupNames: ['ann', 'bob', 'cid', 'dan', 'eve', 'fay', 'gus', 'hal', 'ida', 'jon'],
};
const source = (more: object = {}): DatasetSource => ({ name: 'visits', load: async () => ({ ...visits, ...more }) });
const ranges = { train: [0, 32], test: [32, ROWS] } satisfies Parameters<typeof split>[0];
const warnings = ({ events }: { readonly events: readonly RunEvent[] }) =>
  events.flatMap((event) => (event.type === 'warning' ? [`${event.stage} ${event.code} ${event.message}`] : []));
const ok = <R extends RunResult>(result: R): R => (expect(result.error).toBeUndefined(), result);

test.each<[string, object, string]>([
  ['too few', { groups: Uint32Array.of(1, 2) }, 'visits: 2 values arrived as groups; 40, one for each row of x, are needed.'],
  ['texts', { groups: visits.groupNames }, 'visits: a value of type Array arrived as groups; a Uint32Array is needed.'],
  ['names that lack a group', { groupNames: ['ann'] }, 'visits: 1 names arrived as groupNames; 10, one for each group from 0 to 9, are needed.'],
])('fetch refuses groups: %s', async (_, wrong, message) => {
  const { error } = await runSmall(pipeline('wrong', fetch(source(wrong))));
  expect(error).toMatchObject({ code: 'E_DATA', message });
});

test('stages keep groups, and a chain hands them on by row', async () => {
  const seen: Split[] = [];
  const peek = stage({ id: 'peek', needs: ['train', 'test'], provides: [], run: (state: Split) => (seen.push(state), {}) });
  const spy = { ...nearestCentroid(), train: async (data: Dataset<'train'>) => (seen.push({ train: data } as Split), []) };
  ok(await runSmall(pipeline('kept', fetch(source()), split(ranges), shuffle({ seed: 1 }), standardize(), binarize({ positive: 1 }), peek)));
  const { train, test: held } = seen.pop()!;
  expect([groupsOf(train), groupsOf(held)]).toEqual([Uint32Array.from(train.rows, (id) => groups[id]!), groups.slice(32)]);
  const context = { stage: 'test', emit: () => {}, signal: new AbortController().signal, compute: async () => (await openNodeCompute()).compute };
  await chain(pca(), spy as never)
    .train(train, [{ name: 'fit' }], {}, context as never)
    .catch(() => {});
  expect(groupsOf(seen.pop()!.train)).toEqual(groupsOf(train));
});

describe('folds that keep groups whole', () => {
  const counted = (groups: number) => ({ folds: { groups } }) as const;

  test('in crossValidate, alone and with its fit, and in gridSearch: the same scores, and no warning', async () => {
    const fold = foldsOf({ ...visits, role: 'train', rows: visits.rows.slice(0, 32) }, { folds: { groups: 4 } }).fold;
    expect(cutGroups(groups.slice(0, 32), fold)).toEqual([]);
    const folded = pipeline('folded', fetch(source()), split(ranges), fit(nearestCentroid()), crossValidate(counted(4)));
    const searched = pipeline('searched', fetch(source()), split(ranges), gridSearch(nearestCentroid(), { metric: ['euclidean'] }, counted(4)));
    const apart = pipeline('apart', fetch(source()), split(ranges), fit(nearestCentroid()), shuffle({ seed: 3 }), crossValidate(counted(4)));
    const found = ok(await runSmall(folded, openNodeCompute));
    const { foldScores } = found.outputs['cross-validate'] as { foldScores: number[] };
    expect(found.outputs['cross-validate']).toMatchObject({ trainedWithFit: true });
    expect(foldScores).toHaveLength(4);
    const grid = ok(await runSmall(searched, openNodeCompute));
    expect(grid.outputs['grid-search']).toMatchObject({ points: [{ foldScores }] });
    // Groups of one size go to folds by their ids, wherever their rows stand.
    const shuffled = ok(await runSmall(apart, openNodeCompute));
    expect(shuffled.outputs['cross-validate']).toMatchObject({ trainedWithFit: false, foldScores });
    expect([found, grid, shuffled].flatMap(warnings)).toEqual([]);
  });

  test.each([
    ['rows without groups', source({ groups: undefined, groupNames: undefined }), 4, 'E_DATA', 'folds is { groups: 4 }; the rows of visits have no groups.'],
    ['more folds than groups', source(), 9, 'E_PARAMS', 'folds is { groups: 9 }; the rows have 8 groups.'],
  ] as const)('%s are refused', async (_, given, count, code, message) => {
    const { error } = await runSmall(pipeline('wrong', fetch(given), split(ranges), fit(nearestCentroid()), crossValidate(counted(count))), openNodeCompute);
    expect(error).toMatchObject({ code, message });
  });
});

test('groups that folds or a split cut apart are told of', async () => {
  const stratified = await runSmall(
    pipeline('cut', fetch(source()), split(ranges), gridSearch(nearestCentroid(), { metric: ['euclidean'] }, { folds: 3 })),
    openNodeCompute,
  );
  expect(warnings(ok(stratified))).toEqual([
    'grid-search W_GROUPS 2 groups of visits (cid, fay) have rows in several folds, so that folds are scored on groups that they are fitted on.',
  ]);
  const parts = ok(
    await runSmall(pipeline('cut', fetch(source({ groupNames: undefined })), split({ train: [0, 30], validation: [30, 33], test: [33, ROWS] }))),
  );
  expect(warnings(parts)).toEqual([
    'split W_GROUPS 1 group of visits (7) has rows in both train and validation. A model scored on groups it was fitted on looks better than it is.',
    'split W_GROUPS 1 group of visits (8) has rows in both validation and test. A model scored on groups it was chosen by looks better than it is.',
  ]);
});
