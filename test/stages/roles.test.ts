// Three parts of a split: what is done to training rows is done to validation rows too, and scores say which rows they are of.
import { describe, expect, test } from 'vitest';
import {
  binarize,
  branch,
  compose,
  fetch,
  fit,
  matrix,
  nearestCentroid,
  pipeline,
  scale,
  score,
  split,
  stage,
  standardize,
  type Dataset,
  type DatasetSource,
  type RunEvent,
  type Split,
  type SplitInThree,
} from '../../src/api.ts';
import { inferGraph } from '../../src/dsl/graph/infer.ts';
import { pipelineOf } from '../../src/dsl/graph/pipeline.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';
import { checkStage } from '../../src/testing.ts';
import { runSmall, smallData, smallSource } from '../support/smallData.ts';

const two = { train: [0, 10], test: [15, 20] } as const;
const three = { train: [0, 10], validation: [10, 15], test: [15, 20] } as const;
const seen: SplitInThree[] = [];
const peek = stage({ id: 'peek', needs: ['train', 'validation', 'test'], provides: [], run: (state: SplitInThree) => (seen.push(state), {}) });

test('split makes the parts that it is told of', async () => {
  const { outputs } = await runSmall(pipeline('three', fetch(smallSource()), split(three), peek));
  const state = seen.pop()!;
  expect([state.train, state.validation, state.test].map(({ role, rows }) => [role, ...rows])).toEqual([
    ['train', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    ['validation', 10, 11, 12, 13, 14],
    ['test', 15, 16, 17, 18, 19],
  ]);
  expect(outputs['split']).toEqual({ trainRows: 10, validationRows: 5, testRows: 5 });
  const { graph } = pipeline('facts', fetch({ ...smallSource(), facts: { rows: 20, cols: 4 } }), split(three));
  expect(inferGraph(graph).facts.get(graph.nodes[1]!)).toMatchObject({ validation: { role: 'validation', rows: 5, cols: 4 } });
});

test.each([
  [
    'train and validation',
    { ...three, validation: [8, 15] },
    /2 rows \(8 to 9\) are in both train \[0, 10\] and validation \[8, 15\]\. .* fitted on/,
    'validation: [10, 15]',
  ],
  [
    'validation and test',
    { ...three, validation: [10, 16] },
    /1 rows \(15 to 15\) are in both validation .* and test .*\. A model scored on rows it was chosen by looks/,
    'test: [16, 20]',
  ],
  ['train and test', { ...three, train: [0, 16], validation: [16, 18], test: [15, 16] }, /both train .* and test/, 'train: [0, 15]'],
] as const)('rows of both %s are refused', async (_, wrong, message, cure) => {
  const { error } = await runSmall(pipeline('overlap', fetch(smallSource()), split(wrong)));
  expect(error).toMatchObject({ code: 'E_OVERLAP', message: expect.stringMatching(message), hint: `Make the ranges disjoint, for example ${cure}.` });
});

test('rows that the list has in several parts are warned of, pair by pair', async () => {
  const rows = Uint32Array.from({ length: 20 }, (_, i) => (i === 10 || i === 15 ? 3 : i));
  const source: DatasetSource = { name: 'small', load: async () => ({ ...smallData(), rows }) };
  const { events } = await runSmall(pipeline('again', fetch(source), split(three)));
  expect(events.flatMap((event) => (event.type === 'warning' ? [event.message] : []))).toEqual([
    '1 row of small (id 3) is in both train and validation. A model scored on rows it was fitted on looks better than it is.',
    '1 row of small (id 3) is in both train and test. A model scored on rows it was fitted on looks better than it is.',
    '1 row of small (id 3) is in both validation and test. A model scored on rows it was chosen by looks better than it is.',
    'No row of small in validation has label 0, 5, 6, 7, 8, ... (6 in all), and 10 rows in other parts do: its scores say nothing of them.',
    'No row of small in test has label 0, 1, 2, 4, 5, and 8 rows in other parts do: its scores say nothing of them.',
  ]);
});

describe('stages change validation rows as they change test rows', () => {
  const own = stage({
    id: 'own',
    needs: ['validation'],
    provides: ['validation'],
    run: ({ validation }: Pick<SplitInThree, 'validation'>) => ({ validation: { ...validation, labels: validation.labels.slice() } }),
  });

  test.each([
    ['scale', [scale({ factor: 2, shift: 1 })]],
    ['standardize', [standardize()]],
    ['binarize', [binarize({ positive: 2 })]],
    ['labels of its own', [own, binarize({ positive: 2 })]],
    ['a row of stages', [compose('prepared', binarize({ positive: 2 }), standardize())]],
  ])('%s', async (_, stages) => {
    const { error } = await runSmall(pipelineOf('changed', [fetch(smallSource()), split(three), ...stages, peek]));
    expect(error).toBeUndefined();
    const { validation, test } = seen.pop()!;
    expect(validation).toEqual({ ...test, role: 'validation', rows: Uint32Array.of(10, 11, 12, 13, 14) });
    expect(validation.scaling ?? validation.positive).toBeDefined();
  });

  test('in a branch, which hands them on; and the part stays away where split makes none', async () => {
    const made = pipeline('branches', fetch(smallSource()), split(three), branch({ a: [binarize({ positive: 2 })], b: [standardize()] }), peek);
    const { events, error } = await runSmall(made);
    expect(error).toBeUndefined();
    expect(seen.pop()!.validation.positive).toBeUndefined();
    expect(events.filter((event) => event.type === 'warning' && event.code !== 'W_CLASS')).toEqual([]);
    const { facts } = inferGraph(made.graph);
    expect(Object.fromEntries([...facts].map(([{ path }, provided]) => [path, Object.keys(provided)]))).toMatchObject({
      'a/binarize': ['train', 'test', 'validation'],
    });
    const without = pipeline('two', fetch(smallSource()), split(two), standardize());
    expect([...inferGraph(without.graph).facts.values()].at(-1)).not.toHaveProperty('validation');
    await checkStage(standardize(), { ...dataOf(two) });
    await checkStage(standardize(), { ...dataOf(two), validation: { ...smallData(), role: 'validation' } });
  });

  function dataOf({ train, test }: typeof two): Split {
    const part = <R extends 'train' | 'test'>(role: R, [from, to]: readonly [number, number]): Dataset<R> => ({
      ...smallData(),
      role,
      rows: Uint32Array.from({ length: to - from }, (_, i) => from + i),
    });
    return { train: part('train', train), test: part('test', test) };
  }
});

describe('scores say which rows they are of', () => {
  const x = matrix(
    30,
    2,
    Float64Array.from({ length: 60 }, (_, at) => ((at >> 1) % 2) * 3 + Math.sin(at * at)),
  );
  // Of the validation rows one in five is labelled wrong, of the test rows none.
  const labels = Uint8Array.from({ length: 30 }, (_, row) => (row >= 15 && row < 20 && row % 5 === 0 ? 1 - (row % 2) : row % 2));
  const source: DatasetSource = {
    name: 'points',
    load: async () => ({ name: 'points', role: 'all', x, labels, rows: Uint32Array.from({ length: 30 }, (_, row) => row) }),
  };
  const parts = { train: [0, 15], validation: [15, 20], test: [20, 30] } as const;

  test('validation and test, one after the other', async () => {
    const found: unknown[] = [];
    const took = stage({
      id: 'took',
      needs: ['score'],
      provides: [],
      run: ({ score }: { readonly score: { readonly on: string } }) => (found.push(score), {}),
    });
    const made = pipeline('both', fetch(source), split(parts), fit(nearestCentroid()), score({ on: 'validation' }), took, score({ on: 'test' }), took);
    const { outputs, error } = await runSmall(made, openNodeCompute);
    expect(error).toBeUndefined();
    expect(outputs['score']).toMatchObject({ validationAccuracy: 0.8, confusion: [[2, 1], [0, 2]] }); // oxfmt-ignore
    expect(outputs['score']).not.toHaveProperty('testAccuracy');
    expect(outputs['score-2']).toMatchObject({ testAccuracy: 1 });
    expect(found).toMatchObject([
      { on: 'validation', validationAccuracy: 0.8, score: 0.8 },
      { on: 'test', testAccuracy: 1 },
    ]);
  });

  test('and warnings do', async () => {
    const odd: DatasetSource = {
      ...source,
      load: async (...given) => ({ ...(await source.load(...given)), labels: labels.map((label, row) => (row === 17 ? 9 : label)) }),
    };
    const { events } = await runSmall(
      pipeline('warned', fetch(odd), split(parts), fit(nearestCentroid()), score({ on: 'validation', scoring: 'recall' })),
      openNodeCompute,
    );
    const warnings = events.filter((event: RunEvent) => event.type === 'warning').map(({ message }) => message);
    expect(warnings).toEqual([
      'No row of points in train has label 9, and 1 row in other parts does: a model predicts them wrong.',
      'No row of points in test has label 9, and 1 row in other parts does: its scores say nothing of them.',
      '1 row of validation of points has label 9, which no row had that the model was fitted on: all of them count as wrong.',
      expect.stringMatching(/^recall of validation of points is not defined/),
    ]);
  });
});

test('what split does not make is missed before anything runs, and rows of another role are refused', async () => {
  const stages = [fetch(smallSource()), split(two), fit(nearestCentroid()), score({ on: 'validation' })];
  expect(() => pipelineOf('missing', stages)).toThrow(
    expect.objectContaining({
      code: 'E_ORDER',
      message: "Stage 'score' needs 'validation', which no stage before it provides.",
      hint: 'Put split({ train, validation, test }) before it.',
    }),
  );
  const leak = stage({ id: 'leak', needs: ['train'], provides: ['validation'], run: ({ train }: Pick<Split, 'train'>) => ({ validation: train }) });
  const { error } = await runSmall(pipelineOf('leak', [fetch(smallSource()), split(two), leak]));
  expect(error).toMatchObject({ code: 'E_ORDER', message: "Stage 'leak' provides train rows as 'validation'; validation rows are needed there." });
});
