import { describe, expect, test } from 'vitest';
import fixture from '../fixtures/random-state.json' with { type: 'json' };
import type { Classes, ClassName } from '../../src/core/data/dataset.ts';
import type { DatasetSource } from '../../src/datasets/source.ts';
import { inferGraph } from '../../src/dsl/graph/infer.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import type { Split } from '../../src/dsl/stage/state.ts';
import { binarize } from '../../src/stages/binarize.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { score } from '../../src/stages/score.ts';
import { show } from '../../src/stages/show.ts';
import { shuffle } from '../../src/stages/shuffle.ts';
import { split } from '../../src/stages/split/split.ts';
import { runSmall, smallData, smallSource } from '../support/smallData.ts';

const HERE = import.meta.filename;
const ranges = { train: [0, 10], test: [10, 20] } satisfies Parameters<typeof split>[0];
const peek = (seen: Split[]) => stage({ id: 'peek', needs: ['train', 'test'], provides: [], run: (state: Split) => (seen.push(state), {}) });

test.each<[string, object, string]>([
  ['labels of another type', { labels: new Map() }, 'small: a value of type Map arrived as labels; a Uint8Array, Uint16Array or Uint32Array is needed.'],
  ['too few names', { labels: ['a', 'b'] }, 'small: 2 values arrived as labels; 20, one for each row of x, are needed.'],
  ['no labels', { labels: undefined }, 'small: a value of type nothing arrived as labels; a Uint8Array, Uint16Array or Uint32Array is needed.'],
  ['too few labels', { labels: Uint8Array.of(1) }, 'small: 1 values arrived as labels; 20, one for each row of x, are needed.'],
  ['weights of too few rows', { weights: Float32Array.of(1, 2) }, 'small: 2 values arrived as weights; 20, one for each row of x, are needed.'],
  ['rows of another type', { rows: [0, 1] }, 'small: a value of type Array arrived as rows; a Uint32Array is needed.'],
  ['a row that is not there', { rows: Uint32Array.of(0, 20) }, 'small: row 20 arrived as rows; ids from 0 to 19 are needed.'],
])('fetch refuses a source with %s', async (_, wrong, message) => {
  const source = { name: 'small', load: async () => ({ ...smallData(), ...wrong }) };
  const { error, exitCode } = await runSmall(pipeline('wrong', fetch(source as never)));
  expect(error).toMatchObject({ code: 'E_DATA', message, stage: 'fetch', at: { file: HERE }, hint: expect.stringContaining('in the source of small') });
  expect(exitCode).toBe(3);
});

test('split keeps row ids and shares x', async () => {
  const seen: Split[] = [];
  const { outputs } = await runSmall(pipeline('split', fetch(smallSource()), split(ranges), peek(seen)));
  expect([...seen[0]!.train.rows]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect([...seen[0]!.test.rows]).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  expect(seen[0]!.train.x).toBe(seen[0]!.test.x);
  expect(outputs['split']).toEqual({ trainRows: 10, testRows: 10 });
});

test('overlapping ranges are refused: rows, reason and cure', async () => {
  const { error, exitCode } = await runSmall(pipeline('leak', fetch(smallSource()), split({ train: [0, 10], test: [6, 20] })));
  expect(exitCode).toBe(1);
  expect(error).toMatchObject({
    code: 'E_OVERLAP',
    stage: 'split',
    at: { file: HERE },
    message: 'split: 4 rows (6 to 9) are in both train [0, 10] and test [6, 20]. A model scored on rows it was fitted on looks better than it is.',
    hint: 'Make the ranges disjoint, for example test: [10, 20].',
  });
});

test.each([
  [{ train: [0, 10], test: [10, 21] }, /test \[10, 21\] goes past the last row; small has 20 rows/],
  [{ train: [5, 5], test: [10, 20] }, /train \[5, 5\] is empty/],
] satisfies [Parameters<typeof split>[0], RegExp][])('ranges %o are refused', async (wrong, message) => {
  const { error } = await runSmall(pipeline('range', fetch(smallSource()), split(wrong)));
  expect(error).toMatchObject({ code: 'E_SHAPE', message: expect.stringMatching(message), at: { file: HERE } });
});

test('a source that says it has no rows is told so before anything runs, not that it has rows 0 to -1', () => {
  const source = { ...smallSource(), facts: { rows: 0 } };
  const { problems } = inferGraph(pipeline('none', fetch(source), show({ row: 3 }), split(ranges)).graph);
  expect(problems.map(({ message }) => message)).toEqual([
    'Row 3 does not exist: small has no rows.',
    'split: train [0, 10] goes past the last row; small has no rows.',
  ]);
});

test('facts of rows are not for a source whose list leaves rows out', async () => {
  const source = { ...smallSource(), facts: { rows: 20 }, load: async () => ({ ...smallData(), rows: Uint32Array.of(1, 2, 3) }) };
  const { error } = await runSmall(pipeline('less', fetch(source)));
  expect(error).toMatchObject({
    code: 'E_DATA',
    message: 'small says that its rows are 20, but the list it loaded has 3.',
    hint: expect.stringContaining('facts.rows'),
  });
});

test("shuffle permutes training rows as numpy's RandomState does, and leaves test rows alone", async () => {
  const seen: Split[] = [];
  const { seed, n, permutation } = fixture.small[0]!;
  await runSmall(pipeline('shuffle', fetch(smallSource()), split({ train: [5, 5 + n], test: [15, 20] }), shuffle({ seed }), peek(seen)));
  expect([...seen[0]!.train.rows]).toEqual(permutation.map((position) => 5 + position));
  expect([...seen[0]!.test.rows]).toEqual([15, 16, 17, 18, 19]);
});

test('binarize relabels both parts and counts positives', async () => {
  const seen: Split[] = [];
  const { outputs } = await runSmall(pipeline('binarize', fetch(smallSource()), split(ranges), binarize({ positive: 2 }), peek(seen)));
  expect([...seen[0]!.train.labels]).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  expect(seen[0]!.test).toMatchObject({ positive: 2, classNames: ['not 2', '2'] });
  expect(outputs['binarize']).toEqual({ positive: 2, trainPositives: 1, testPositives: 1 });
});

test('a positive class that no row has is refused with the labels there are', async () => {
  const { error } = await runSmall(pipeline('absent', fetch(smallSource()), split({ train: [0, 5], test: [10, 20] }), binarize({ positive: 7 })));
  expect(error).toMatchObject({ code: 'E_CLASS', at: { file: HERE }, hint: 'Choose positive from 0, 1, 2, 3, 4.' });
});

describe('a class by its name', () => {
  const named = (classNames: Classes['classNames']): DatasetSource => ({ name: 'small', load: async () => ({ ...smallData(), classNames }) });
  const classNames = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'iota'];
  const numbers = Array.from({ length: 10 }, (_, label) => label * 100);

  test.each<[Classes['classNames'], ClassName, number]>([
    [classNames, 'c', 2],
    [classNames, 2, 2],
    [numbers, 200, 2],
    [numbers, '200', 2],
    [[...'2013456789'], 2, 0],
    [['false', 'true', ...'abcdefgh'], true, 1],
    [undefined, 2, 2],
  ])('of %j, %j is the class with label %i', async (names, positive, label) => {
    const seen: Split[] = [];
    const { outputs } = await runSmall(pipeline('named', fetch(named(names)), split(ranges), binarize({ positive }), peek(seen)));
    const name = names?.[label] ?? label;
    expect(outputs['binarize']).toEqual({ positive: name, trainPositives: 1, testPositives: 1 });
    expect(seen[0]!.train).toMatchObject({ positive: label, classNames: [`not ${name}`, String(name)] });
    expect(seen[0]!.train.labels.indexOf(1)).toBe(label);
  });

  test.each<[Classes['classNames'], ClassName, string, string]>([
    [classNames, 'jota', 'binarize: no class of small is called "jota".', 'Did you mean iota?'],
    [classNames, '2', 'binarize: no class of small is called "2".', 'Classes: a, b, c, d, e, f, g, h, i, iota.'],
    [['1.0', '2.0', ...'abcdefgh'], 1, 'binarize: no class of small is called 1.', 'Did you mean 1.0?'],
    [['01', '02', ...'abcdefgh'], 0, 'binarize: no class of small is called 0.', 'Classes: 01, 02, a, b, c, d, e, f, g, h.'],
    [numbers, 2, 'binarize: no class of small is called 2.', 'Classes: 0, 100, 200, 300, 400, 500, 600, 700, 800, 900.'],
    [undefined, '2', 'binarize: the classes of small have no names; "2" arrived as positive.', 'Choose a class by its number, or give small classNames.'],
  ])('of %j, %j is refused, before anything runs where the source tells', async (names, positive, message, hint) => {
    const { error } = await runSmall(pipeline('wrong', fetch(named(names)), split(ranges), binarize({ positive })));
    expect(error).toMatchObject({ code: 'E_CLASS', message, hint, at: { file: HERE } });
    const facts = names ? { classNames: names } : { classes: [...numbers.keys()] };
    const { problems } = inferGraph(pipeline('known', fetch({ ...named(names), facts }), split(ranges), binarize({ positive })).graph);
    expect(problems).toMatchObject([{ code: 'E_CLASS', message }]);
  });

  test('names that a source said in advance are the names that it loads', async () => {
    const facts = { classNames: classNames.toReversed() };
    const { error } = await runSmall(pipeline('other', fetch({ ...named(classNames), facts })));
    expect(error).toMatchObject({
      code: 'E_DATA',
      message: `small says that its classNames is ${facts.classNames.join()}, but ${classNames.join()} was loaded.`,
    });
  });
});

test.each([
  ['score on training rows', () => score({ on: 'train' as never }), /on: scores are taken on 'test'/],
  ['a seed that is no seed', () => shuffle({ seed: -1 }), /seed/],
  ['a misspelt parameter', () => shuffle({ sed: 1 } as never), /no parameter is called 'sed'/],
])('%s is refused', (_, make, message) => {
  expect(make).toThrow(expect.objectContaining({ code: 'E_PARAMS', message: expect.stringMatching(message) }));
});

test('show emits the picture of a fetched row', async () => {
  const { events, outputs } = await runSmall(pipeline('show', fetch(smallSource()), show({ row: 12 })));
  expect(events.find((event) => event.type === 'picture' && event.of === 'row')).toEqual({
    type: 'picture',
    stage: 'show',
    of: 'row',
    picture: { kind: 'ink', width: 2, height: 2, pixels: Uint8Array.of(40, 41, 42, 43), caption: 'row 12, label 2' },
  });
  expect(outputs['show']).toEqual({ row: 12, label: 2 });
});

test('show keeps the colors of pictures', async () => {
  const source = smallSource();
  const picture = { width: 2, height: 2, colors: 'grey' } as const;
  const { events } = await runSmall(
    pipeline('show', fetch({ ...source, load: async (...args) => ({ ...(await source.load(...args)), picture }) }), show({ row: 12 })),
  );
  expect(events.find((event) => event.type === 'picture' && event.of === 'row')).toMatchObject({
    picture: { kind: 'grey', pixels: Uint8Array.of(40, 41, 42, 43) },
  });
});

test('a row that does not exist is refused with the rows there are', async () => {
  const { error } = await runSmall(pipeline('show', fetch(smallSource()), show({ row: 20 })));
  expect(error).toMatchObject({ code: 'E_SHAPE', hint: 'Ask for a row from 0 to 19.', at: { file: HERE } });
});
