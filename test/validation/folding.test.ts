// Which rows each kind of fold holds out and trains on, as scikit-learn has them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import fixture from '../fixtures/splits.json' with { type: 'json' };
import type { Dataset } from '../../src/core/data/dataset.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { stratifiedGroupFolds } from '../../src/core/folds/stratifiedGroups.ts';
import { cutGroups } from '../../src/core/folds/groups.ts';
import { timeSeriesFolds } from '../../src/core/folds/timeSeries.ts';
import { batchesOf, foldsAtOnce, type FoldBatch, type FoldPlan } from '../../src/validation/folding.ts';
import { group, label } from '../../src/tables/columns.ts';
import { csv } from '../../src/formats/csv/csv.ts';
import { number } from '../../src/tables/columns.ts';
import { table as read } from '../../src/tables/table.ts';
import { fixture as tableFile, trainOf } from '../tables/penguins.ts';

function rowsOf({ y, groups }: { readonly y: readonly number[]; readonly groups: readonly number[] }): Dataset<'train'> {
  const count = y.length;
  // Ids are not positions.
  const rows = Uint32Array.from({ length: count }, (_, i) => count + 1 - i);
  const byId = (values: readonly number[]): number[] => Array.from({ length: count + 2 }, (_, id) => values[count + 1 - id] ?? 0);
  return {
    name: 'table',
    role: 'train',
    x: matrix(count + 2, 1, new Float64Array(count + 2)),
    labels: Uint8Array.from(byId(y)),
    groups: Uint32Array.from(byId(groups)),
    rows,
  };
}

/** Positions of rows, by fold. */
function listed(batches: readonly FoldBatch[], rows: number): { readonly held: number[][]; readonly train: number[][] } {
  const lists: { readonly held: number[][]; readonly train: number[][] } = { held: [], train: [] };
  for (const { rows: some = Uint32Array.from({ length: rows }, (_, i) => i), fold, held, count } of batches) {
    expect(fold.length).toBe(some.length);
    expect(Math.max(...fold)).toBe(count - 1);
    for (let own = 0; own < held; own++) {
      lists.held.push([...some].filter((_, i) => fold[i] === own));
      lists.train.push([...some].filter((_, i) => fold[i] !== own));
    }
  }
  return lists;
}

const planOf = (plan: object): FoldPlan => plan as FoldPlan;

describe.each([...new Set(fixture.folds.map(({ kind }) => kind))])('%s', (kind) => {
  test.each(fixture.folds.filter((one) => one.kind === kind))('$table $plan', ({ table, plan, held, train }) => {
    const { y, groups } = fixture.tables.find(({ name }) => name === table)!;
    const batches = batchesOf(rowsOf({ y, groups }), planOf(plan));
    const found = listed(batches, y.length);
    expect(found.held).toEqual(held);
    const all = Array.from({ length: y.length }, (_, row) => row);
    expect(found.train).toEqual(train.map((one, i) => one ?? all.filter((row) => !(held[i] as number[]).includes(row))));
    expect(batches[0]!.held).toBe(foldsAtOnce(planOf(plan), y.length));
  });
});

test.each(fixture.penguins)('penguins $plan', async ({ plan, held }) => {
  const birds = await trainOf(read(csv(tableFile('penguins.csv')), { bill_length: number(), island: group(), species: label() }));
  expect(listed(batchesOf(birds, planOf(plan)), birds.rows.length).held).toEqual(held);
});

test('folds that hold out each row once are one batch; more than a byte tells apart are several', () => {
  const labels = { y: Array.from({ length: 600 }, (_, i) => i % 2), groups: Array.from({ length: 600 }, (_, i) => i % 20) };
  const sizes = (plan: object): number[] => batchesOf(rowsOf(labels), planOf(plan)).map(({ held }) => held);
  expect(sizes({ folds: 7 })).toEqual([7]);
  expect(sizes({ folds: { groups: 7 } })).toEqual([7]);
  expect(sizes({ folds: 7, repeats: 3, shuffleSeed: 1 })).toEqual([7, 7, 7]);
  expect(sizes({ folds: { timeSeries: 3 } })).toEqual([1, 1, 1]);
  expect(sizes({ folds: 'leaveOneOut' })).toEqual([254, 254, 92]);
  // Rows that are all held out or trained on are the list that is there.
  expect(batchesOf(rowsOf(labels), planOf({ folds: { shuffleSplit: 1, test: 0.5 }, shuffleSeed: 1 }))[0]!.rows).toBeUndefined();
});

test('rows without classes are folded in order, unless they are to be stratified', () => {
  const { labels: _, ...bare } = rowsOf({ y: [0, 1, 0, 1], groups: [0, 0, 1, 1] });
  expect([...batchesOf(bare, { folds: 2 })[0]!.fold]).toEqual([0, 0, 1, 1]);
  const refused = expect.objectContaining({ code: 'E_DATA', message: 'stratified keeps the shares of classes; the rows of table have no classes.' });
  for (const folds of [2, { groups: 2 }, { shuffleSplit: 2 }]) expect(() => batchesOf(bare, { folds, stratified: true, shuffleSeed: 1 })).toThrow(refused);
  // Whoever learns no classes does not look at those that are there.
  expect([...batchesOf(rowsOf({ y: [0, 0, 1, 1], groups: [0, 0, 1, 1] }), { folds: 2 }, false)[0]!.fold]).toEqual([0, 0, 1, 1]);
});

test.each([
  [{ folds: { timeSeries: 3 }, shuffleSeed: 1 }, 'folds is { timeSeries: 3 }: shuffleSeed has no meaning there.'],
  [{ folds: 'leaveOneOut', stratified: true }, 'folds is leaveOneOut: stratified has no meaning there.'],
  [{ folds: { groups: 2 }, repeats: 2, shuffleSeed: 1 }, 'folds is { groups: 2 }: repeats is of a number of folds.'],
  [{ folds: 3, repeats: 2 }, 'folds is 3: repeats draws rows by chance, and there is no shuffleSeed.'],
  [{ folds: { shuffleSplit: 3 } }, 'folds is { shuffleSplit: 3 }: shuffleSplit draws rows by chance, and there is no shuffleSeed.'],
  [{ folds: { timeSeries: 12 } }, 'folds is { timeSeries: 12 }: 12 folds of 0 rows leave none of 12 rows to train the first one on.'],
  [
    { folds: { timeSeries: 5, testSize: 2, gap: 2 } },
    'folds is { timeSeries: 5 }: 5 folds of 2 rows, with a gap of 2, leave none of 12 rows to train the first one on.',
  ],
  [{ folds: { shuffleSplit: 3, test: 8, train: 5 }, shuffleSeed: 1 }, 'folds: test is 8 and train is 5, which are 8 and 5 of 12 rows.'],
  [{ folds: { groups: 13 } }, 'folds is 13; it needs a whole number from 2 to 12, the number of rows.'],
])('%j is refused', (plan, message) => {
  const { y, groups } = fixture.tables[0]!;
  expect(() => batchesOf(rowsOf({ y, groups }), planOf(plan))).toThrow(expect.objectContaining({ code: 'E_PARAMS', message }));
});

test('groups stay whole, and each fold gets rows', () => {
  const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 9 })), { minLength: 30, maxLength: 90 });
  fc.assert(
    fc.property(rows, fc.integer({ min: 2, max: 4 }), fc.option(fc.integer({ min: 0, max: 99 }), { nil: undefined }), (list, count, seed) => {
      const [labels, groups] = [Uint8Array.from(list, ([one]) => one), Uint32Array.from(list, ([, one]) => one)];
      fc.pre(new Set(groups).size >= count && Math.max(...[0, 1, 2].map((one) => labels.filter((own) => own === one).length)) >= count);
      const folds = stratifiedGroupFolds(labels, groups, count, { seed });
      expect(cutGroups(groups, folds)).toEqual([]);
      // Which numbers groups have decides nothing but their order.
      expect(
        stratifiedGroupFolds(
          labels,
          groups.map((one) => 7 * one + 3),
          count,
          { seed },
        ),
      ).toEqual(folds);
    }),
  );
});

test('a series trains on nothing that is not before the gap', () => {
  const given = fc.record({
    rows: fc.integer({ min: 20, max: 60 }),
    count: fc.integer({ min: 2, max: 5 }),
    gap: fc.integer({ min: 0, max: 3 }),
    maxTrainSize: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(
    fc.property(given, ({ rows, count, gap, maxTrainSize }) => {
      for (const { train, test: held } of timeSeriesFolds(rows, count, { gap, maxTrainSize })) {
        expect(train.length).toBeLessThanOrEqual(maxTrainSize);
        expect(train.at(-1)! + gap).toBe(held[0]! - 1);
      }
      expect(timeSeriesFolds(rows, count).at(-1)!.test.at(-1)).toBe(rows - 1);
    }),
  );
});
