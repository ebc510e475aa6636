// More classes than a byte has numbers: no label wraps, whatever is done with it.
import { describe, expect, test } from 'vitest';
import {
  binarize,
  chain,
  decisionTreeClassifier,
  fetch,
  fetchedRow,
  fit,
  gaussianNB,
  kMeans,
  kNeighborsClassifier,
  labelsOf,
  logisticRegression,
  matrix,
  modelFromBytes,
  modelToBytes,
  nearestCentroid,
  oneVsRest,
  pca,
  pipeline,
  predict,
  quadraticDiscriminantAnalysis,
  score,
  split,
  type Dataset,
  type LogisticModel,
  type NamedSource,
} from '../../src/api.ts';
import { checkDataset } from '../../src/core/data/checkDataset.ts';
import { codedLabels } from '../../src/core/data/classNames.ts';
import { countLabels } from '../../src/core/data/dataset.ts';
import { distinctLabels, labelArray, positionsIn } from '../../src/core/data/labels.ts';
import { evaluationOf, predictedCodes } from '../../src/metrics/evaluation.ts';
import { scoreOf } from '../../src/metrics/scorers.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';
import { ReferenceCompute } from '../../src/testing.ts';
import { foldsOf } from '../../src/validation/folding.ts';
import { runSmall } from '../support/smallData.ts';
import { stageContext } from '../support/smallSets.ts';

const context = stageContext(new ReferenceCompute());

/** Rows whose class is one of many, on a grid: row r is of class r mod `classes`, and stands near its place. */
function many(classes: number, rows: number): NamedSource {
  const side = Math.ceil(Math.sqrt(classes));
  const data = new Float64Array(rows * 2);
  for (let row = 0; row < rows; row++) {
    const own = row % classes;
    data[row * 2] = (own % side) + ((row * 7) % 10) / 100;
    data[row * 2 + 1] = Math.floor(own / side) + ((row * 3) % 10) / 100;
  }
  return {
    name: 'many',
    load: async () => ({
      name: 'many',
      role: 'all',
      x: matrix(rows, 2, data),
      // Codes are those of names in their order: class 5 is not code 5.
      labels: Array.from({ length: rows }, (_, row) => `c${row % classes}`),
      rows: Uint32Array.from({ length: rows }, (_, row) => row),
    }),
  };
}

const loaded = async (classes: number, rows: number): Promise<Dataset<'train'>> =>
  ({ ...(codedLabels((await many(classes, rows).load({} as never, {} as never)) as never) as Dataset), role: 'train' }) as Dataset<'train'>;

test.each([
  [256, Uint8Array],
  [257, Uint16Array],
  [65_536, Uint16Array],
  [65_537, Uint32Array],
])('%i classes are kept in a %o', async (classes, type) => {
  const data = await loaded(classes, classes + 1);
  expect(data.labels).toBeInstanceOf(type);
  expect(labelsOf(data)).toBeInstanceOf(type);
  checkDataset(data);
  for (const row of [0, 1, 255, classes - 1, classes]) expect(data.classNames![data.labels[row]!]).toBe(`c${row % classes}`);
  expect(distinctLabels(data.labels)).toHaveLength(classes);
  expect(countLabels(data)).toHaveLength(classes);
  expect(positionsIn(distinctLabels(data.labels), data.labels)).toEqual(data.labels);
});

test('codes of any width are kept, labels that no kernel has room for and measured numbers are refused', async () => {
  const of = (labels: unknown): Dataset =>
    codedLabels({ ...({ name: 'wide', role: 'all', x: matrix(2, 1, new Float64Array(2)), rows: Uint32Array.of(0, 1) } as const), labels } as never) as Dataset;
  const codes = Uint32Array.of(70_000, 3);
  expect(of(codes).labels).toBe(codes);
  checkDataset(of(codes));
  expect(() => checkDataset(of(Uint32Array.of(2 ** 24, 3)))).toThrow('wide: label 16777216 arrived as labels; whole numbers from 0 to 16777215 are needed.');
  expect(of(Array.from(Uint32Array.of(2 ** 24, 3)))).toMatchObject({ labels: Uint8Array.of(1, 0), classNames: [3, 2 ** 24] });
  const prices = Array.from({ length: 300 }, (_, row) => row / 7);
  expect(() => of(prices)).toThrow('300 different numbers arrived as labels, and not all of them are whole');
  expect(of(prices.map((price) => Math.round(price * 7))).labels).toBeInstanceOf(Uint16Array);
});

test('folds keep the shares of 300 classes', async () => {
  const data = await loaded(300, 900);
  const { fold } = foldsOf(data, { folds: 3, stratified: true });
  const labels = labelsOf(data);
  for (const label of [0, 255, 256, 299]) expect(new Set(fold.filter((_, row) => labels[row] === label))).toEqual(new Set([0, 1, 2]));
});

describe('evaluations', () => {
  const classes = Array.from({ length: 2000 }, (_, label) => label * 3);

  test('say what counts say, with no room for pairs', () => {
    const truth = Uint16Array.from({ length: 6000 }, (_, row) => (row % 2000) * 3);
    // Every fourth row is predicted as the class after its own.
    const predicted = labelArray(6000, 1999).map((_, row) => ((row % 2000) + Number(row % 4 === 0)) % 2000);
    const evaluation = evaluationOf(classes, truth, { decisions: new Float64Array(), predicted }, 'counts');
    expect(evaluation.confusion).toBeUndefined();
    expect(scoreOf('accuracy', evaluation)).toBe(0.75);
    expect(scoreOf('balancedAccuracy', evaluation)).toBeCloseTo(0.75, 12);
    expect(evaluation.counts.rows).toEqual(classes.map(() => 3));
  });

  test('decisions predict classes beyond the 256th', () => {
    const decisions = new Float64Array(600);
    decisions[299] = 1;
    decisions[300 + 256] = 1;
    expect([...predictedCodes(decisions, 300)]).toEqual([299, 256]);
  });
});

test.each([
  ['logisticRegression', () => logisticRegression({ C: 1e4, maxIter: 30, tol: 1e-2 })],
  ['oneVsRest', () => oneVsRest(logisticRegression({ C: 1e4, maxIter: 5, tol: 1e-2 }))],
  ['nearestCentroid', () => nearestCentroid()],
  ['kNeighborsClassifier', () => kNeighborsClassifier({ nNeighbors: 1 })],
  ['gaussianNB', () => gaussianNB()],
  ['a chain of new features', () => chain(pca(), nearestCentroid())],
] as const)('%s tells 300 classes apart', async (name, estimator) => {
  const data = await loaded(300, 900);
  const [{ model }] = (await estimator().train(data, [{ name: 'fit' }], {}, context)) as unknown as [{ model: LogisticModel }];
  const again = (await modelFromBytes<LogisticModel>('file', await modelToBytes(model))).model;
  const predicted = await again.predict(data, context);
  expect(predicted).toBeInstanceOf(Uint16Array);
  const labels = labelsOf(data);
  const evaluation = await again.evaluate(data, 'decisions', context);
  const right = [...predicted].filter((label, row) => label === labels[row]).length;
  expect(scoreOf('accuracy', evaluation)).toBe(right / 900);
  expect(evaluation.confusion).toHaveLength(300);
  const exact = !['logisticRegression', 'oneVsRest'].includes(name);
  if (exact) expect(right).toBe(900);
  const row = 299;
  const said = await again.predictRow(await fetchedRow(data, row), context);
  expect(said.prediction).toBe(data.classNames![predicted[row]!]);
});

test.each([
  ['decisionTreeClassifier', () => decisionTreeClassifier(), 'many has 257 classes; trees tell 256 apart at most.'],
  ['quadraticDiscriminantAnalysis', () => quadraticDiscriminantAnalysis(), 'many has 257 classes; 256 at most are told apart'],
] as const)('%s, which has room for 256 classes, refuses more', async (name, estimator, message) => {
  const training = estimator().train(await loaded(257, 600), [{ name: 'fit' }], {}, context);
  await expect(training).rejects.toMatchObject({ code: 'E_CLASS', message: expect.stringContaining(`${name}: ${message}`) });
});

test('clusters are held against 300 classes', async () => {
  const data = await loaded(300, 900);
  const [trained] = await kMeans({ nClusters: 2 }).train(data, [{ name: 'fit' }], {}, context);
  const { contingency } = (await trained!.model.evaluate(data, 'counts', context)) as { contingency: readonly (readonly number[])[] };
  expect(contingency).toHaveLength(300);
  expect(contingency.flat().reduce((a, b) => a + b, 0)).toBe(900);
});

test('one of 300 classes against all others', async () => {
  const made = pipeline('one', fetch(many(300, 900)), split({ train: [0, 600], test: [600, 900] }), binarize({ positive: 'c299' }));
  expect((await runSmall(made)).outputs['binarize']).toEqual({ positive: 'c299', trainPositives: 2, testPositives: 1 });
});

test('70 000 classes of texts, from the source to the score', { timeout: 300_000 }, async () => {
  const classes = 70_000;
  const rows = 2 * classes + 200;
  const made = pipeline(
    'many',
    fetch(many(classes, rows)),
    split({ train: [0, 2 * classes], test: [2 * classes, rows] }),
    fit(nearestCentroid()),
    score({ on: 'test' }),
    predict({ row: 69_999 }),
  );
  const { outputs, error } = await runSmall(made, openNodeCompute);
  expect(error).toBeUndefined();
  expect(outputs['score']).toMatchObject({ testAccuracy: 1, classes });
  expect(outputs['score']).not.toHaveProperty('confusion');
  expect(outputs['fit']).toMatchObject({ classes });
  expect(outputs['predict']).toMatchObject({ label: 'c69999', prediction: 'c69999' });
});

test('decision values that there is no room for are refused with the limit, and scores that need none are not', async () => {
  const data = await loaded(300, 900);
  const [trained] = await nearestCentroid().train(data, [{ name: 'fit' }], {}, context);
  const wide = { ...data, rows: new Uint32Array(500_000) };
  await expect(trained!.model.evaluate(wide, 'decisions', context)).rejects.toMatchObject({
    code: 'E_SHAPE',
    message: '500000 rows of many by 300 classes are 1.1 GB of decision values; 1 GB at most are held.',
  });
});
