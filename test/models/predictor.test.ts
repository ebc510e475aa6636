// The predictor of pages: what it says of rows is what the model says, whatever the rows hold; and what it refuses, by column.
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import * as api from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import type { FileStore } from '../../src/core/files.ts';
import type { Estimator, Predictor, RowsOf } from '../../src/dsl/estimator.ts';
import { logisticModel } from '../../src/estimators/logisticRegression/model.ts';
import type { GraphTensor } from '../../src/models/graph/graph.ts';
import { modelToJson, modelToOnnx } from '../../src/models/export/export.ts';
import { predictor, type Row } from '../../src/predictor.ts';
import { testCompute } from '../support/compute.ts';
import { outputsOfModel, rowsFrom } from '../support/graphOutputs.ts';
import { runWithOnnxRuntime } from '../support/onnxRuntime.ts';
import { smallSet, stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);

async function fitted(estimator: unknown, data: Dataset): Promise<Predictor> {
  const [{ model }] = (await (estimator as Estimator<Predictor>).train(data as never, [{ name: 'fit' }], {}, context)) as [{ readonly model: Predictor }];
  return model;
}

/** As a page gets it. */
const predictorOf = async (model: object) => predictor(JSON.parse(JSON.stringify(await modelToJson(model))) as object);

/** Largest difference, as a share of what the model says, or of 1. */
function farthest(own: readonly number[], others: ArrayLike<number>): number {
  expect(own).toHaveLength(others.length);
  return own.reduce((most, value, at) => {
    if (Object.is(value, others[at])) return most;
    const off = Math.abs(value - others[at]!) / Math.max(1, Math.abs(others[at]!));
    return off <= most ? most : off;
  }, 0);
}

const KEYS = { probabilities: 'probabilities', scores: 'scores', variable: 'value', transformed: 'features' } as const;

async function differences(model: Predictor, rows: RowsOf, given: readonly Row[]): Promise<number> {
  const said = await outputsOfModel(model, rows, context);
  const predicted = (await predictorOf(model))(given);
  expect(Object.keys(said.numbers)).not.toEqual([]);
  const each = Object.entries(said.numbers).map(([name, values]) => farthest(predicted.flatMap((one) => one[KEYS[name as 'scores']]!) as number[], values));
  if (said.label) {
    const own = predicted.map(({ label }) => label);
    expect(own.filter((label, row) => label !== said.label![row]).length, 'labels').toBe(0);
  }
  return Math.max(...each);
}

describe('numbers', () => {
  const irisSet = smallSet('iris');
  const { cols } = irisSet.x;
  const { labels, ...without } = irisSet;
  const values = {
    ...without,
    values: matrix(
      irisSet.x.rows,
      1,
      Float64Array.from(labels, (label, row) => label + irisSet.x.data[row * cols]!),
    ),
  };
  const counts = {
    ...irisSet,
    x: matrix(
      irisSet.x.rows,
      cols,
      Float64Array.from(irisSet.x.data, (value) => Math.round(Math.abs(value) * 4)),
    ),
  };
  const random = new RandomState(11);
  /** Ordinary rows, and some with values that no row trained on is near. */
  const drawn = (least: number): Float64Array =>
    Float64Array.from({ length: 200 * cols }, (_, at) => {
      const extreme = at % 31 === 0 ? [1e6, -1e6, 1e-12, 0][random.interval(3)]! : undefined;
      return Math.max(least, extreme ?? 6 * random.double() - 3);
    });

  test.each([
    ['logisticRegression', api.logisticRegression(), irisSet, 1e-6],
    ['sgdClassifier', api.sgdClassifier({ loss: 'modifiedHuber', seed: 1 }), irisSet, 1e-6],
    ['ridgeClassifier', api.ridgeClassifier(), irisSet, 1e-6],
    ['ridge', api.ridge(), values, 1e-6],
    ['poissonRegressor', api.poissonRegressor({ maxIter: 5 }), { ...values, values: matrix(150, 1, Float64Array.from(labels)) }, 1e-6],
    ['gaussianNB', api.gaussianNB(), irisSet, 1e-5], // the model adds up squares in 32 bits
    ['bernoulliNB', api.bernoulliNB(), irisSet, 1e-6],
    ['multinomialNB', api.multinomialNB(), counts, 1e-6],
    ['decisionTreeClassifier', api.decisionTreeClassifier(), irisSet, 1e-6],
    ['randomForestRegressor', api.randomForestRegressor({ nEstimators: 5, seed: 1 }), values, 1e-6],
    ['histGradientBoostingClassifier', api.histGradientBoostingClassifier({ maxIter: 10 }), irisSet, 1e-6],
    ['mlpClassifier', api.mlpClassifier({ hiddenLayerSizes: [8], activation: 'tanh', maxIter: 3, seed: 1 }), irisSet, 1e-5], // in 32 bits, too
    ['chain of standardize and pca', api.chain(api.standardize(), api.pca({ nComponents: 2 }), api.logisticRegression()), irisSet, 1e-6],
    ['chain of power and svc', api.chain(api.power(), api.svc()), irisSet, 1e-5],
  ] as const)('%s', async (name, estimator, data, tolerance) => {
    const x = drawn(name === 'multinomialNB' ? 0 : -Infinity);
    const given = Array.from({ length: 200 }, (_, row) => [...x.subarray(row * cols, (row + 1) * cols)]);
    expect(await differences(await fitted(estimator, data as never), rowsFrom(x, cols), given)).toBeLessThanOrEqual(tolerance);
  });

  test('a time in seconds loses nothing, in JSON and in ONNX that takes float64', async () => {
    const seconds = Float64Array.from({ length: 150 }, (_, row) => 1.7e9 + 7 * row);
    const data = {
      ...values,
      x: matrix(150, 1, seconds),
      values: matrix(
        150,
        1,
        seconds.map((time) => (time - 1.7e9) / 60),
      ),
    };
    const model = await fitted(api.ridge({ alpha: 0 }), data as never);
    const given = Array.from(seconds, (time) => [new Date(time * 1000)]);
    expect(await differences(model, rowsFrom(seconds, 1), given)).toBeLessThanOrEqual(1e-6);
    const { variable } = await runWithOnnxRuntime(await modelToOnnx(model, { numbers: 'double' }), { X: { type: 'double', dims: [150, 1], data: seconds } });
    const { numbers } = await outputsOfModel(model, rowsFrom(seconds, 1), context);
    expect(farthest([...(variable!.data as Float64Array)], numbers['variable']!)).toBeLessThanOrEqual(1e-6);
  });

  test('classes that were made two are booleans', async () => {
    const model = await fitted(api.logisticRegression(), smallSet('iris', 1));
    const said = (await predictorOf(model))([[...irisSet.x.data.subarray(0, cols)]]);
    expect(said).toEqual([{ label: false, probabilities: [expect.any(Number), expect.any(Number)], scores: [expect.any(Number)] }]);
    expect((await modelToJson(model)).classes).toEqual([false, true]);
  });
});

describe('names and gaps', () => {
  let data: Dataset<'train', Matrix>;
  /** Rows with new names, gaps and numbers far away; and the same as objects. */
  let [asked, given]: [RowsOf, Readonly<Record<string, string | number | null>>[]] = [{} as never, []];
  beforeAll(async () => {
    const loaded = (await api.penguins().load({} as FileStore, {})) as Dataset<'all', Matrix>;
    data = { ...loaded, role: 'train' };
    const { x, columns = [] } = data;
    const categories = x.categories!.map((names) => names && [...names, 'Atlantis']);
    const random = new RandomState(5);
    const cells = Float64Array.from({ length: 200 * x.cols }, (_, at) => {
      const names = categories[at % x.cols];
      if (random.interval(9) === 0) return NaN;
      if (names) return random.interval(names.length - 1);
      return random.interval(19) === 0 ? 1e5 : x.data[random.interval(x.rows - 1) * x.cols + (at % x.cols)]!;
    });
    asked = rowsFrom(cells, x.cols, { columns, x: { ...matrix(200, x.cols, cells), categories } });
    given = Array.from({ length: 200 }, (_, row) =>
      Object.fromEntries(
        columns.map((name, j) => {
          const cell = cells[row * x.cols + j]!;
          return [name, cell !== cell ? null : categories[j] ? categories[j][cell]! : cell];
        }),
      ),
    );
  });

  const encoded = (encoder: Estimator<never, never, 'none'>) =>
    api.columns({
      numbers: [api.impute({ strategy: 'median', addIndicator: true }), api.standardize()],
      categories: [api.impute({ strategy: 'mostFrequent' }), encoder],
    } as never);
  const MODELS = {
    'one column a name': () => api.chain(encoded(api.oneHot({ handleUnknown: 'ignore' }) as never) as never, api.logisticRegression()),
    'names as numbers': () => api.chain(encoded(api.ordinal({ unknownValue: -1 }) as never) as never, api.extraTreesClassifier({ nEstimators: 5, seed: 1 })),
    'boosted trees': () => api.histGradientBoostingClassifier({ maxIter: 10 }),
  } as const;

  test.each(Object.keys(MODELS))('%s', async (name) => {
    const model = await fitted(MODELS[name as 'boosted trees'](), data);
    expect(await differences(model, asked, given)).toBeLessThanOrEqual(1e-6);
    const { x, columns } = asked as RowsOf & { readonly x: Matrix };
    const column = (j: number): GraphTensor => {
      const names = data.x.categories![j];
      const own = given.map((row) => row[columns![j]!]!);
      return names
        ? { type: 'string', dims: [200, 1], data: own.map((cell) => cell ?? '') as string[] }
        : { type: 'float', dims: [200, 1], data: Float32Array.from(own, (cell) => (cell ?? NaN) as number) };
    };
    const outputs = await runWithOnnxRuntime(await modelToOnnx(model), Object.fromEntries(columns!.map((name, j) => [name, column(j)])));
    const { numbers, label } = await outputsOfModel(model, asked, context);
    expect(x.cols).toBe(columns!.length);
    expect(farthest([...(outputs['probabilities']!.data as Float32Array)], numbers['probabilities']!)).toBeLessThanOrEqual(1e-5);
    expect(outputs['label']!.data).toEqual(label);
  });

  test('what the model refuses is refused, with the column and the row', async () => {
    const prepared = api.columns({ categories: api.oneHot() } as never);
    const whole = data.rows.filter((row) => data.x.data.subarray(row * data.x.cols, (row + 1) * data.x.cols).every((cell) => cell === cell));
    const predict = await predictorOf(await fitted(api.chain(prepared as never, api.logisticRegression({ maxIter: 5 })), { ...data, rows: whole }));
    const model = await modelToJson(await fitted(api.chain(prepared as never, api.logisticRegression({ maxIter: 5 })), { ...data, rows: whole }));
    const row = Object.fromEntries(model.columns.map(({ name, type, levels }) => [name, type === 'string' ? levels![0]! : 40])) as Record<
      string,
      string | number
    >;
    const [names, numbers] = [model.columns.find(({ type }) => type === 'string')!.name, model.columns.find(({ type }) => type === 'number')!.name];
    expect(predict(row).label).toMatch(/^[A-Z]/);
    expect(predict([row, row])).toHaveLength(2);
    expect(() => predict([row, { ...row, [names]: 'Atlantis' }])).toThrow(`'${names}' of row 1 is "Atlantis"; the rows that the model was fitted on have `);
    expect(() => predict({ ...row, [numbers]: null })).toThrow(`'${numbers}' is missing, and the model takes no gaps there.`);
    expect(() => predict({ ...row, [numbers]: '40' })).toThrow(`'${numbers}' is "40"; a number is needed.`);
    expect(() => predict({ ...row, [numbers]: Infinity })).toThrow(`'${numbers}' is Infinity; a finite number is needed.`);
    const { [numbers]: _, ...short } = row;
    expect(() => predict(short)).toThrow(`'${numbers}' is not there; the row has `);
    expect(() => predict([[1, 2]])).toThrow(`The values of row 0 are 2; the model has ${model.columns.length} columns: `);
    expect(() => predictor({ format: 'another' })).toThrow('This is no model.json of pipeline-gpu');
    expect(() => predictor({ ...model, version: 2 })).toThrow('This model.json has version 2');
  });
});

describe('a model.json that somebody changed', () => {
  type Json = { [key: string]: any }; // oxlint-disable-line typescript/no-explicit-any
  const changed = async (change: (model: Json) => unknown) => {
    const coef = [Float64Array.of(1, 2)];
    const model = logisticModel({ coef, intercept: [0.5], classes: [0, 1], nIter: 1, binarized: false, summary: {} });
    const own = JSON.parse(JSON.stringify(await modelToJson(model))) as Json;
    return predictor((change(own) ?? own) as object);
  };
  const first = ({ graph }: Json): Json => graph.tensors[Object.keys(graph.tensors as object)[0]!] as Json;

  test.each<[string, (model: Json) => unknown, string]>([
    ['null for a number', (model) => void (first(model)['data'][0] = null), 'This model.json has null among its numbers.'],
    ['a text for a number', (model) => void (first(model)['data'][0] = '1,5'), 'This model.json has "1,5" among its numbers.'],
    ['nothing for a number', (model) => void (first(model)['data'][0] = ''), 'This model.json has "" among its numbers.'],
    ['a number too few', (model) => void first(model)['data'].pop(), 'A tensor of this model.json has 1 values in place of 2.'],
    ['a column more', (model) => void model['columns'].push({ name: 'q', type: 'number' }), 'This model.json lists 3 columns, and its graph takes 2.'],
    ['no graph', (model) => void delete model['graph'], 'This is no model.json of pipeline-gpu'],
    ['another name', (model) => void (model['graph'].nodes[0].inputs[0] = 'nowhere'), 'The graph of this model.json uses nowhere, which nothing in it makes.'],
    ['another operator', (model) => void (model['graph'].nodes[0].op = 'constructor'), 'This predictor has no operator constructor: run the model as ONNX.'],
    ['its text', (model) => JSON.stringify(model), 'This is a text: give what JSON.parse makes of it.'],
    ['a text for the version', (model) => void (model['version'] = '1'), 'This model.json has version "1", and this predictor reads version 1'],
    ['a list', () => [], 'This is no model.json of pipeline-gpu'],
  ])('%s', async (_, change, message) => {
    await expect(changed(change)).rejects.toThrow(message);
  });

  test('nothing at all, and cells that JSON has no word for', async () => {
    expect(() => predictor(null as never)).toThrow('This is no model.json of pipeline-gpu');
    const predict = await changed(() => undefined);
    expect(predict([[1, 2]])[0]!.label).toBe(1);
    expect(() => predict([[1n, 2]] as never)).toThrow("'x0' of row 0 is 1n; a number is needed.");
  });
});

test('the file of the predictor is small, imports nothing, and predicts a digit within milliseconds of its text', async () => {
  const { outputFiles } = await build({ entryPoints: ['src/predictor.ts'], bundle: true, minify: true, format: 'esm', target: 'es2023', write: false });
  const text = outputFiles[0]!.text;
  expect(text.length).toBeLessThanOrEqual(12_000);
  expect(text).not.toMatch(/\bimport\b/);
  const built = (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as { readonly predictor: typeof predictor };
  const coef = [Float64Array.from({ length: 784 }, (_, j) => Math.sin(j) / 100)];
  const model = logisticModel({ coef, intercept: [0.5], classes: [0, 1], nIter: 1, binarized: true, summary: {} });
  const json = JSON.stringify(await modelToJson(model));
  const digit = Array.from({ length: 784 }, (_, j) => j % 256);
  const taken: number[] = [];
  let scores: readonly number[] = [];
  for (let k = 0; k < 5; k++) {
    const begin = performance.now();
    scores = built.predictor(JSON.parse(json) as object)([digit])[0]!.scores!;
    taken.push(performance.now() - begin);
  }
  expect(Math.min(...taken)).toBeLessThan(20); // 2 on an idle machine; others work on this one
  expect(scores[0]).toBeCloseTo(
    digit.reduce((sum, value, j) => sum + value * coef[0]![j]!, 0.5),
    9,
  );
});
