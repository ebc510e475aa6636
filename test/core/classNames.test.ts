// Labels that are names: coded as numpy's unique codes them, and said again by models.
import { describe, expect, test } from 'vitest';
import {
  binarize,
  chain,
  fetch,
  fit,
  logisticRegression,
  matrix,
  nearestCentroid,
  oneVsRest,
  pipeline,
  PipelineError,
  predict,
  score,
  split,
  standardize,
  type Estimator,
  type LogisticModel,
  type NamedSource,
} from '../../src/api.ts';
import { checkDataset } from '../../src/core/data/checkDataset.ts';
import { codedLabels, labelsFor, lookAlikes, type NamedRows } from '../../src/core/data/classNames.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { pipelineOf } from '../../src/dsl/graph/pipeline.ts';
import type { AnyStage } from '../../src/dsl/stage/stage.ts';
import { runPipeline } from '../../src/node.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';
import { ReferenceCompute } from '../../src/testing.ts';
import { nearestMean } from '../fixtures/own/nearestMean.ts';
import { runSmall } from '../support/smallData.ts';
import { stageContext } from '../support/smallSets.ts';

const ROWS = 60;
const base = { name: 'named', role: 'all', rows: Uint32Array.from({ length: ROWS }, (_, i) => i) } as const;
const x = matrix(
  ROWS,
  2,
  Float64Array.from({ length: ROWS * 2 }, (_, at) => ((at >> 1) % 3) + Math.sin(at * at) / 5),
);

const coded = (labels: NamedRows['labels'], classNames?: NamedRows['classNames']): Dataset =>
  codedLabels({ ...base, x, labels, ...(classNames ? { classNames } : {}) }) as Dataset;

test.each<[string, NamedRows['labels'], unknown, number[]]>([
  ['texts', ['pear', 'Apple', 'fig', 'pear'], ['Apple', 'fig', 'pear'], [2, 0, 1, 2]],
  ['booleans', [true, false, true], [false, true], [1, 0, 1]],
  ['numbers below 0', Int32Array.of(1, -1, 1), [-1, 1], [1, 0, 1]],
  ['numbers that are not whole', [0.5, 0.25], [0.25, 0.5], [1, 0]],
  ['numbers above 255', [1000, 2, 1000], [2, 1000], [1, 0, 1]],
  ['whole numbers', [3, 1, 255], undefined, [3, 1, 255]],
  ['whole numbers of another type', Float64Array.of(3, 1), undefined, [3, 1]],
])('%s', (_, labels, classNames, codes) => {
  expect(coded(labels)).toMatchObject({ labels: Uint8Array.from(codes) });
  expect(coded(labels).classNames).toEqual(classNames);
});

test('names keep the order that classNames gives, and are refused where it lacks them', () => {
  expect(coded(['b', 'a'], ['b', 'a', 'c'])).toMatchObject({ labels: Uint8Array.of(0, 1), classNames: ['b', 'a', 'c'] });
  expect(() => coded(['b', 'd'], ['b'])).toThrow('row 1 has label "d", which classNames does not list');
  expect(() => coded(Array.from({ length: 300 }, (_, i) => i / 7))).toThrow('300 different numbers arrived as labels, and not all of them are whole');
});

const NAMES = ['setosa', 'virginica', 'versicolor'];
const source = (names: readonly (string | boolean)[]): NamedSource => ({
  name: 'named',
  load: async () => ({ ...base, x, labels: Array.from({ length: ROWS }, (_, row) => names[row % 3]!) }),
});

test.each([
  ['logisticRegression', () => chain(standardize(), logisticRegression())],
  ['oneVsRest', () => oneVsRest(logisticRegression())],
  ['one of your own', () => nearestMean()],
] as const)('models say names: %s', async (_, estimator) => {
  const parts = { train: [0, 40], test: [40, ROWS] } satisfies Parameters<typeof split>[0];
  const made = pipeline('named', fetch(source(NAMES)), split(parts), fit(estimator() as Estimator), score({ on: 'test' }), predict({ row: 1 }));
  const { outputs, error } = await runPipeline(made, {});
  expect(error).toBeUndefined();
  expect(outputs['predict']).toMatchObject({ row: 1, label: 'virginica', prediction: 'virginica' });
  expect(outputs['score']).toMatchObject({ testAccuracy: 1, classes: ['setosa', 'versicolor', 'virginica'] });
});

test('booleans', async () => {
  const made = pipeline(
    'named',
    fetch(source([true, false, true])),
    split({ train: [0, 40], test: [40, ROWS] }),
    fit(logisticRegression()),
    predict({ row: 0 }),
  );
  expect((await runPipeline(made, {})).outputs['predict']).toMatchObject({ label: true, prediction: true });
});

describe('warnings and refusals say names', () => {
  const parts = { train: [0, 40], test: [40, ROWS] } satisfies Parameters<typeof split>[0];
  /** Names by row; a class may stand in some rows alone. */
  const of = (name: (row: number) => string, more: object = {}): NamedSource => ({
    name: 'named',
    load: async () => ({ ...base, x, labels: Array.from({ length: ROWS }, (_, row) => name(row)), ...more }),
  });
  const told = async (given: NamedSource, ...stages: readonly AnyStage[]): Promise<readonly string[]> => {
    const { events, error } = await runSmall(pipelineOf('named', [fetch(given), split(parts), ...stages]), openNodeCompute);
    const warnings = events.flatMap((event) => (event.type === 'warning' ? [`${event.message} ${event.hint}`] : []));
    return error instanceof PipelineError ? [...warnings, `${error.message} ${error.hint}`] : warnings;
  };
  const two = (row: number): string => ['no', 'yes'][row % 2]!;

  test.each<[string, NamedSource, readonly AnyStage[], string]>([
    [
      'a score that rows of one class do not define',
      of((row) => (row < 40 ? two(row) : 'no')),
      [fit(logisticRegression()), score({ on: 'test', scoring: 'rocAuc' })],
      'rocAuc of test of named is not defined: all its rows have class no. It counts as NaN, as does a mean with it.',
    ],
    [
      'a score of a class that no row has',
      of((row) => (row < 40 ? two(row) : 'no')),
      [fit(logisticRegression()), score({ on: 'test', scoring: 'recall' })],
      'recall of test of named is not defined: none of its rows has class yes.',
    ],
    [
      'a class that was never seen',
      of((row) => (row < 50 ? two(row) : 'maybe')),
      [fit(logisticRegression()), score({ on: 'test' })],
      '10 rows of test of named have class maybe, which no row had that the model was fitted on: all of them count as wrong. Fit on rows of class maybe too, or leave its rows out.',
    ],
    [
      'a probability of a class that was never seen',
      of((row) => (row < 50 ? two(row) : 'maybe')),
      [fit(logisticRegression()), score({ on: 'test', scoring: 'negLogLoss' })],
      'negLogLoss of test of named is not defined: the model has no probability of class maybe, which it never saw.',
    ],
    [
      'rows of one class',
      of((row) => (row < 40 ? 'no' : two(row))),
      [fit(logisticRegression())],
      'logisticRegression needs at least two classes; all 40 training rows of named have class no.',
    ],
    [
      'rows of one class, of any estimator',
      of((row) => (row < 40 ? 'no' : two(row))),
      [fit(nearestCentroid())],
      'nearestCentroid needs at least two classes; fit of named trains only on rows of class no.',
    ],
    [
      'a class without weight',
      of(two, { weights: Float32Array.from({ length: ROWS }, (_, row) => row % 2) }),
      [fit(nearestCentroid())],
      'All rows of named with class no have weight 0: nothing is learned of them, but they are scored.',
    ],
    [
      'binarized rows, all of the class',
      of((row) => (row < 40 ? two(row) : 'yes')),
      [binarize({ positive: 'yes' }), fit(logisticRegression()), score({ on: 'test', scoring: 'rocAuc' })],
      'rocAuc of test of named is not defined: all its rows have class yes.',
    ],
  ])('%s', async (_, given, stages, message) => {
    expect((await told(given, ...stages)).join('\n')).toContain(message);
  });

  test('a model to start from was fitted on classes of the same names', async () => {
    const train = (classNames: readonly string[]): Dataset<'train'> => ({
      ...coded(Array.from({ length: ROWS }, (_, row) => two(row))),
      role: 'train',
      classNames,
    });
    const context = stageContext(new ReferenceCompute());
    const [{ model }] = (await logisticRegression().train(train(['no', 'yes']), [{ name: 'fit' }], {}, context)) as [{ model: LogisticModel }];
    const again = (classNames: readonly string[]) => logisticRegression({ warmStart: model }).train(train(classNames), [{ name: 'fit' }], {}, context);
    expect(await again(['no', 'yes'])).toHaveLength(1);
    await expect(again(['yes', 'no'])).rejects.toThrow('was fitted on 2 columns and classes no, yes; named has 2 columns and classes yes, no.');
  });
});

test.each<[readonly unknown[], string]>([
  [['a', 'b'], 'named: 2 names arrived as classNames; 3, one for each label from 0 to 2, are needed.'],
  [['a', 'b', 'a'], 'named: "a" for two labels arrived as classNames; a name of its own for each is needed.'],
])('names %j are refused', (classNames, message) => {
  const labels = Uint8Array.from({ length: ROWS }, (_, row) => row % 3);
  expect(() => checkDataset({ ...base, x, labels, classNames: classNames as string[] })).toThrow(message);
});

describe('a model knows classes by their names, whatever their numbers are elsewhere', () => {
  const context = stageContext(new ReferenceCompute());
  const rows = (names: readonly string[], classNames?: readonly string[]): Dataset<'train'> => ({ ...coded([...names], classNames), role: 'train' });
  const all = Array.from({ length: ROWS }, (_, row) => NAMES[row % 3]!);

  test.each([
    ['logisticRegression', () => logisticRegression()],
    ['oneVsRest', () => oneVsRest(logisticRegression())],
    ['nearestCentroid', () => nearestCentroid()],
  ] as const)('%s', async (_, estimator) => {
    const [{ model }] = (await estimator().train(rows(all), [{ name: 'fit' }], {}, context)) as unknown as [{ model: LogisticModel }];
    const plain = await model.evaluate(rows(all), 'decisions', context);
    expect(await model.evaluate(rows(all, NAMES.toReversed()), 'decisions', context)).toMatchObject({ counts: plain.counts, truth: plain.truth });
    // Rows of two of the classes alone have other numbers for them, and one class that was never seen.
    const some = rows(all.filter((name) => name !== 'setosa').map((name, i) => (i === 5 ? 'rugosa' : name)));
    const ids = Uint32Array.from(all.keys()).filter((row) => all[row] !== 'setosa');
    const { x: own, labels } = { x: rows(all).x, labels: new Uint8Array(ROWS) };
    ids.forEach((id, i) => (labels[id] = some.labels[i]!));
    const asked = { ...some, x: own, rows: ids, labels };
    const evaluation = await model.evaluate(asked, 'counts', context);
    expect(some.classNames).toEqual(['rugosa', 'versicolor', 'virginica']);
    const codes = Object.fromEntries((evaluation.labels ?? []).map((label, code) => [String(evaluation.classNames![label]), code]));
    expect(Object.keys(codes).toSorted()).toEqual(['rugosa', 'setosa', 'versicolor', 'virginica']);
    const right = [...(await model.predict(rows(all), context))];
    const named = (name: string): number => rows(all).classNames!.indexOf(name);
    const expected = (name: string): number => ids.filter((id, i) => some.classNames![some.labels[i]!] === name && right[id] === named(name)).length;
    for (const name of ['versicolor', 'virginica']) expect(evaluation.counts.right[codes[name]!]).toBe(expected(name));
    expect(evaluation.counts.rows[codes['rugosa']!]).toBe(1);
    expect(evaluation.counts.right[codes['rugosa']!]).toBe(0);
  });
});

describe('where only the model or only the rows have names', () => {
  const told = (names: readonly (string | number)[]): Dataset => ({
    ...coded(Array.from({ length: ROWS }, (_, row) => names[row % names.length]!) as string[]),
  });

  test('numbers are the names of those that have none, in any order', () => {
    // '10' comes before '2' among texts.
    const rows = told(['2', '10', '3']);
    expect(rows.classNames).toEqual(['10', '2', '3']);
    const { labels, classNames } = labelsFor({ classes: [2, 3, 9] }, rows);
    expect([...labels.subarray(0, 3)].map((label) => classNames![label])).toEqual(['2', '10', '3']);
    expect([...labels.subarray(0, 3)].map((label) => [2, 3, 9].includes(label))).toEqual([true, false, true]);
    expect([...labelsFor({ classes: [0, 1, 2], classNames: ['10', '2', '3'] }, told([2, 10, 3])).labels.subarray(0, 3)]).toEqual([1, 0, 2]);
    expect([...labelsFor({ classes: [0, 1], classNames: ['false', 'true'] }, { ...told([0, 1]), classNames: [false, true] }).labels.subarray(0, 2)]).toEqual([
      0, 1,
    ]);
  });

  test('names of which none is known are refused, and never read by their numbers', () => {
    const refused = (model: Parameters<typeof labelsFor>[0], rows: Dataset, message: string): void =>
      expect(() => labelsFor(model, rows)).toThrow(expect.objectContaining({ code: 'E_CLASS', message }) as never);
    refused({ classes: [0, 1] }, told(['no', 'yes']), 'The model tells apart the classes 0, 1; the rows of named have no, yes.');
    refused({ classes: [0, 1], classNames: ['no', 'yes'] }, told([0, 1]), 'The model tells apart the classes no, yes; the rows of named have 0, 1.');
  });
});

test.each<[(string | number)[], unknown]>([
  [
    ['1', '1.0', '2'],
    ['1', '1.0'],
  ],
  [
    ['ulm', 'bonn', 'ulm '],
    ['ulm', 'ulm '],
  ],
  [
    ['Yes', 'no', 'yes'],
    ['Yes', 'yes'],
  ],
  [
    ['New York', 'New  York'],
    ['New York', 'New  York'],
  ],
  [['a', 'A', '', ' 0'], undefined],
  [[0, 1, 10], undefined],
])('of %j, those that look alike are %j', (names, expected) => {
  expect(lookAlikes(names)).toEqual(expected);
});
