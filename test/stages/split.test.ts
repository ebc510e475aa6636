// Rows held back by chance, row for row as scikit-learn's train_test_split holds them back.
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import splits from '../fixtures/splits.json' with { type: 'json' };
import fixture from '../fixtures/train-test-split.json' with { type: 'json' };
import { labelsOf, type Dataset } from '../../src/core/data/dataset.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { drawnByClass, drawnRows } from '../../src/core/folds/trainTest.ts';
import { inferGraph } from '../../src/dsl/graph/infer.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import type { Split } from '../../src/dsl/stage/state.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { split } from '../../src/stages/split/split.ts';
import { runSmall, smallData, smallSource } from '../support/smallData.ts';
import { smallSet } from '../support/smallSets.ts';
import { penguins, trainOf } from '../tables/penguins.ts';

const dataOf = async (name: string): Promise<Dataset> => (name === 'penguins' ? trainOf(penguins.target('species')) : smallSet(name as 'iris'));
const label = String;

test.each(fixture.rows)('$data, stratified: $stratify', async ({ data: name, stratify, test: expected, train_first10: first }) => {
  const data = await dataOf(name);
  const held = Math.ceil(data.rows.length * fixture.share);
  const sides = { train: data.rows.length - held, test: held };
  const random = new RandomState(fixture.seed);
  const { train, test } = stratify ? drawnByClass('split', labelsOf(data), sides, random, label) : drawnRows(data.rows.length, sides, random);
  expect([...test]).toEqual(expected);
  expect([...train.subarray(0, first.length)]).toEqual(first);
});

/** Positions by part, and the warnings on the way. */
async function partsOf(data: Dataset<'all'>, options: object): Promise<Readonly<Record<string, readonly number[]>>> {
  const seen: Record<string, readonly number[]> = {};
  const has = 'validation' in options;
  const parts = has ? (['train', 'validation', 'test'] as const) : (['train', 'test'] as const);
  const peek = stage({
    id: 'peek',
    needs: parts as never,
    provides: [],
    run: (state: Split) => {
      const position = new Map([...data.rows].map((id, at) => [id, at]));
      for (const part of parts) seen[part] = [...(state as never as Record<string, Dataset>)[part]!.rows].map((id) => position.get(id)!);
      return {};
    },
  });
  const { error } = await runSmall(pipeline('p', fetch({ name: 'table', load: async () => data }), split(options as { test: number }), peek));
  if (error) throw error;
  return seen;
}

/** Ids are not positions. */
function tableOf({ y, groups }: { readonly y: readonly number[]; readonly groups: readonly number[] }, x = new Float64Array(y.length + 1)): Dataset<'all'> {
  const count = y.length;
  const byId = (values: readonly number[]): number[] => Array.from({ length: count + 1 }, (_, id) => values[count - id] ?? 0);
  const rows = Uint32Array.from({ length: count }, (_, i) => count - i);
  return {
    name: 'table',
    role: 'all',
    x: matrix(count + 1, 1, x),
    columns: ['day'],
    labels: Uint8Array.from(byId(y)),
    groups: Uint32Array.from(byId(groups)),
    rows,
  };
}

describe('parts by shares, groups and validation', () => {
  test.each(splits.splits)('$table $options', async ({ table, options, train, test: held, validation }) => {
    const found = await partsOf(tableOf(splits.tables.find(({ name }) => name === table)!), options);
    expect(found).toEqual({ train, test: held, ...(validation ? { validation } : {}) });
  });

  test('by time: the latest rows are the test part, and rows of one time keep their order', async () => {
    const day = [5, 3, 9, 3, 1, 7, 2, 9, 4, 6];
    // By id: the list is the other way round.
    const data = tableOf({ y: day.map((one) => one % 2), groups: day.map(() => 0) }, Float64Array.of(0, ...day.toReversed()));
    const order = [4, 6, 1, 3, 8, 0, 9, 5, 2, 7];
    for (const time of ['day', 0]) {
      expect(await partsOf(data, { test: 0.2, time })).toEqual({ train: order.slice(0, 8), test: order.slice(8) });
      expect(await partsOf(data, { test: 0.2, validation: 3, time })).toEqual({
        train: order.slice(0, 5),
        validation: order.slice(5, 8),
        test: order.slice(8),
      });
    }
    const stored = {
      ...data,
      x: {
        rows: 11,
        cols: 1,
        dtype: 'f64' as const,
        readRows: async (ids: Uint32Array, target: Float64Array) => ids.forEach((id, i) => (target[i] = (data.x as never as { data: Float64Array }).data[id]!)),
      },
    };
    expect(await partsOf(stored, { test: 0.2, time: 'day' })).toEqual({ train: order.slice(0, 8), test: order.slice(8) });
  });

  test.each<[object, object, string, string]>([
    [{}, { test: 0.2, time: 'dya' }, 'E_PARAMS', "split: time is 'dya'; no column of table is called so."],
    [{}, { test: 0.2, time: 1 }, 'E_PARAMS', 'split: time is 1; table has columns 0 to 0.'],
    [{ columns: undefined }, { test: 0.2, time: 'day' }, 'E_PARAMS', "split: time is 'day'; no column of table is called so."],
    [
      { x: matrix(5, 1, Float64Array.of(0, 1, NaN, 3, 4)) },
      { test: 1, time: 'day' },
      'E_DATA',
      'split: row 2 of table has no value in column 0 (day), so it is not known when it was.',
    ],
    [
      { x: { ...matrix(5, 1, Float64Array.of(0, 1, 1, 0, 1)), categories: [['a', 'b']] } },
      { test: 1, time: 0 },
      'E_DATA',
      'split: column 0 (day) of table holds names, which have no order in time.',
    ],
    [{ groups: undefined }, { test: 0.5, groups: true, seed: 1 }, 'E_DATA', 'split: groups stay whole; the rows of table have no groups.'],
    [{}, { test: 2, groups: true, seed: 1 }, 'E_PARAMS', 'split: test is 2, which leaves 0 of 2 groups to train on.'],
    [{}, { test: 2, validation: 0.5, seed: 1 }, 'E_PARAMS', 'split: validation is 0.5, which takes all of the 2 rows that test leaves.'],
    [{ labels: undefined }, { test: 2, stratify: true, seed: 1 }, 'E_DATA', 'split: stratify keeps the shares of classes; the rows of table have no classes.'],
  ])('%j by %j', async (more, options, code, message) => {
    const given = { ...tableOf({ y: [0, 1, 0, 1], groups: [1, 1, 2, 2] }), ...more };
    const data = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never as Dataset<'all'>;
    await expect(partsOf(data, options)).rejects.toMatchObject({ code, message });
  });
});

test('every row is on one side, and classes keep their shares', () => {
  const labels = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 12, maxLength: 60 }).map((some) => Uint8Array.from([0, 0, 1, 1, 2, 2, 3, 3, ...some]));
  fc.assert(
    fc.property(labels, fc.integer({ min: 4, max: 12 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }), (all, held, seed) => {
      const { train, test } = drawnByClass('split', all, { train: all.length - held, test: held }, new RandomState(seed), label);
      expect([...train, ...test].sort((a, b) => a - b)).toEqual([...all.keys()]);
      expect(test.length).toBe(held);
      for (let one = 0; one < 4; one++) {
        const count = all.filter((own) => own === one).length;
        const there = test.filter((row) => all[row] === one).length;
        expect(Math.abs(there - (count / all.length) * held)).toBeLessThan(1 + 1e-9);
      }
    }),
  );
});

describe('the stage', () => {
  const outputsOf = async (...given: Parameters<typeof split>): Promise<unknown> => {
    const { outputs, error } = await runSmall(pipeline('p', fetch(smallSource()), split(...given)));
    return error ?? outputs['split'];
  };

  test('shares and numbers of rows', async () => {
    expect(await outputsOf({ test: 0.25, seed: 1 })).toEqual({ trainRows: 15, testRows: 5 });
    expect(await outputsOf({ test: 0.46, seed: 1, stratify: true })).toEqual({ trainRows: 10, testRows: 10 });
    expect(await outputsOf({ test: 7, shuffle: false })).toEqual({ trainRows: 13, testRows: 7 });
  });

  test('what is known of the parts before a run', () => {
    const { facts } = inferGraph(pipeline('p', fetch({ ...smallSource(), facts: { rows: 20 } }), split({ test: 0.3 })).graph);
    expect([...facts.values()].at(-1)).toMatchObject({ train: { role: 'train', rows: 14 }, test: { role: 'test', rows: 6 } });
    expectTypeOf(split({ test: 0.3 })).toEqualTypeOf(split({ train: [0, 1], test: [1, 2] }));
    const three = inferGraph(pipeline('p', fetch({ ...smallSource(), facts: { rows: 20 } }), split({ test: 0.3, validation: 0.2 })).graph);
    expect([...three.facts.values()].at(-1)).toMatchObject({ train: { rows: 10 }, validation: { role: 'validation', rows: 4 }, test: { rows: 6 } });
    const misspelt = inferGraph(
      pipeline('p', fetch({ ...smallSource(), facts: { columns: ['day', 'b', 'c', 'd'] } }), split({ test: 0.3, time: 'dya' })).graph,
    );
    expect(misspelt.problems).toMatchObject([{ code: 'E_PARAMS', hint: 'Did you mean day?' }]);
  });

  test('without a seed the seed of the run draws', async () => {
    const stage = split({ test: 0.25 });
    expect([stage.spec.seeded, split({ test: 0.25, seed: 3 }).spec.seeded, split({ train: [0, 1], test: [1, 2] }).spec.seeded]).toEqual([true, false, false]);
    expect(await outputsOf({ test: 0.25 })).toEqual({ trainRows: 15, testRows: 5 });
  });

  test.each([
    [{ test: 20 }, 'E_PARAMS', /test is 20, which leaves 0 of 20 rows to train on/],
    [{ test: 1, stratify: true, seed: 0 }, 'E_CLASS', /classes cannot all be on both sides of 19 and 1 rows/],
  ] as const)('%j cannot be', async (options, code, message) => {
    expect(await outputsOf(options as Parameters<typeof split>[0])).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('a class of a single row', async () => {
    const source = { name: 'small', load: async () => ({ ...smallData(), labels: Uint8Array.from({ length: 20 }, (_, row) => Number(row === 3)) }) };
    const { error } = await runSmall(pipeline('p', fetch(source as never), split({ test: 0.5, stratify: true, seed: 0 })));
    expect(error).toMatchObject({ code: 'E_CLASS', message: 'split: one row alone has label 1, which cannot be on both sides.' });
  });

  test.each<[unknown, RegExp]>([
    [{ test: 1.5 }, /test: needs a share of the rows between 0 and 1/],
    [{ test: 0 }, /test: needs a share/],
    [{ test: [1, 2] }, /train is not given/],
    [{ train: [0, 1], test: 0.5 }, /test is 0.5, and train is a range/],
    [{ train: [0, 1], test: [1, 2], stratify: true }, /stratify is of rows that are held back by a share/],
    [{ test: 0.5, stratify: true, shuffle: false }, /stratify draws rows, and shuffle: false takes the last ones/],
    [{ test: 0.5, validation: [0, 1] }, /test is 0.5, and validation is a range/],
    [{ train: [0, 1], test: [1, 2], validation: 0.5 }, /test is a range, and validation is 0.5/],
    [{ test: 0.5, groups: true, stratify: true }, /groups are held back whole, at random, and stratify is given/],
    [{ test: 0.5, time: 0, seed: 1 }, /time holds back the latest rows, and seed is given/],
  ])('%j does not fit together', (options, message) => {
    expect(() => split(options as never)).toThrow(expect.objectContaining({ code: 'E_PARAMS', message: expect.stringMatching(message) }));
  });
});
