// Labels that are names: coded as numpy's unique codes them, and said again by models.
import { expect, test } from 'vitest';
import {
  chain,
  fetch,
  fit,
  logisticRegression,
  matrix,
  oneVsRest,
  pipeline,
  predict,
  score,
  split,
  standardize,
  type Estimator,
  type NamedSource,
} from '../../src/api.ts';
import { codedLabels, type NamedRows } from '../../src/core/data/classNames.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { runPipeline } from '../../src/node.ts';
import { nearestMean } from '../fixtures/own/nearestMean.ts';

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
  expect(() => coded(Array.from({ length: 300 }, (_, i) => i / 7))).toThrow('300 different labels arrived; at most 256 classes');
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
