// Rows held back by chance, row for row as scikit-learn's train_test_split holds them back.
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import fixture from '../fixtures/train-test-split.json' with { type: 'json' };
import { labelsOf, type Dataset } from '../../src/core/data/dataset.ts';
import { drawnByClass, drawnRows } from '../../src/core/folds/trainTest.ts';
import { inferGraph } from '../../src/dsl/graph/infer.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { split } from '../../src/stages/split.ts';
import { runSmall, smallData, smallSource } from '../support/smallData.ts';
import { smallSet } from '../support/smallSets.ts';
import { penguins, trainOf } from '../tables/penguins.ts';

const dataOf = async (name: string): Promise<Dataset> => (name === 'penguins' ? trainOf(penguins.target('species')) : smallSet(name as 'iris'));
const label = String;

test.each(fixture.rows)('$data, stratified: $stratify', async ({ data: name, stratify, test: expected, train_first10: first }) => {
  const data = await dataOf(name);
  const held = Math.ceil(data.rows.length * fixture.share);
  const { train, test } = stratify ? drawnByClass(labelsOf(data), held, fixture.seed, label) : drawnRows(data.rows.length, held, fixture.seed);
  expect([...test]).toEqual(expected);
  expect([...train.subarray(0, first.length)]).toEqual(first);
});

test('every row is on one side, and classes keep their shares', () => {
  const labels = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 12, maxLength: 60 }).map((some) => Uint8Array.from([0, 0, 1, 1, 2, 2, 3, 3, ...some]));
  fc.assert(
    fc.property(labels, fc.integer({ min: 4, max: 12 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }), (all, held, seed) => {
      const { train, test } = drawnByClass(all, held, seed, label);
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
    [{ train: [0, 1], test: [1, 2], stratify: true }, /stratify is of rows that are held back by chance/],
    [{ test: 0.5, stratify: true, shuffle: false }, /stratify draws rows, and shuffle: false takes the last ones/],
  ])('%j does not fit together', (options, message) => {
    expect(() => split(options as never)).toThrow(expect.objectContaining({ code: 'E_PARAMS', message: expect.stringMatching(message) }));
  });
});
