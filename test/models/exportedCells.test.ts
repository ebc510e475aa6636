// Exported models on rows that are hard to carry: fractions that float32 does not hold, numbers above 2^24, columns named like values of
// the graph, names that fill gaps, scalings that the data bring. What a file cannot say rightly, it is not written for.
import { describe, expect, test } from 'vitest';
import * as api from '../../src/api.ts';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import type { Estimator, Predictor, RowsOf } from '../../src/dsl/estimator.ts';
import type { GraphTensor } from '../../src/models/graph/graph.ts';
import { modelToJson, modelToOnnx } from '../../src/models/export/export.ts';
import { modelFromBytes, modelToBytes } from '../../src/models/modelFile.ts';
import { predictor, type Cell } from '../../src/predictor.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { outputsOfModel, rowsFrom } from '../support/graphOutputs.ts';
import { runWithOnnxRuntime } from '../support/onnxRuntime.ts';
import { stageContext } from '../support/smallSets.ts';

const context = stageContext(new ReferenceCompute());
const TOLERANCE = 1e-5;
const KEYS: Readonly<Record<string, string>> = { variable: 'value', transformed: 'features' };

interface Asked {
  readonly columns?: readonly string[];
  readonly categories?: readonly (readonly string[] | null)[];
  readonly scaling?: Dataset['scaling'];
  readonly classNames?: readonly number[];
}

function dataOf(lists: readonly (readonly number[])[], target: readonly number[], { categories, ...more }: Asked = {}): Dataset<'train', Matrix> {
  const x = matrix(lists.length, lists[0]!.length, Float64Array.from(lists.flat()));
  const rows = Uint32Array.from(lists.keys());
  const values = matrix(lists.length, 1, Float64Array.from(target));
  const labels = Uint8Array.from(target, Number);
  return { name: 'the rows', role: 'train', x: categories ? { ...x, categories } : x, rows, labels, values, ...more } as never;
}

/** On the target that the estimator takes. */
async function fitted(estimator: unknown, data: object): Promise<Predictor> {
  const { labels, values, ...rows } = data as { readonly labels: unknown; readonly values: unknown };
  const one = estimator as Estimator<Predictor>;
  const target = one.kind === 'regressor' ? { values } : one.kind === 'transformer' ? {} : { labels };
  const [{ model }] = (await one.train({ ...rows, ...target } as never, [{ name: 'fit' }], {}, context)) as [{ readonly model: Predictor }];
  return model;
}

const json = async (model: object) => JSON.parse(JSON.stringify(await modelToJson(model))) as Awaited<ReturnType<typeof modelToJson>>;

/** Rows as cells, given to model, predictor and onnxruntime: all say the same. @param numbers of the ONNX file; by default both */
async function expectSame(
  model: Predictor,
  lists: readonly (readonly number[])[],
  asked: Asked = {},
  numbers: readonly ('float' | 'double')[] = ['float', 'double'],
) {
  const [{ categories }, cols] = [asked, lists[0]!.length];
  const flat = Float64Array.from(lists.flat());
  const rows: RowsOf = rowsFrom(flat, cols, {
    ...(asked.columns ? { columns: asked.columns } : {}),
    ...(categories ? { x: { ...matrix(lists.length, cols, flat), categories } as never } : {}),
  });
  const said = await outputsOfModel(model, rows, context);
  const cells = lists.map((list) => list.map((value, j): Cell => (value !== value ? null : categories?.[j] ? categories[j][value]! : value)));
  const predicted = predictor(await json(model))(cells) as unknown as readonly Readonly<Record<string, unknown>>[];
  const same = (own: ArrayLike<unknown>, name: string, who: string): void => {
    const others = said.numbers[name]!;
    expect(own.length, who).toBe(others.length);
    const off = Array.from(own, (value, at) => Math.abs((value as number) - others[at]!) / Math.max(1, Math.abs(others[at]!)));
    expect.soft(Math.max(...off), `${name} of ${who}`).toBeLessThanOrEqual(TOLERANCE);
  };
  for (const name of Object.keys(said.numbers))
    same(
      predicted.flatMap((one) => one[KEYS[name] ?? name] as number[]),
      name,
      'JSON',
    );
  if (said.label)
    expect
      .soft(
        predicted.map(({ label }) => label),
        'labels of JSON',
      )
      .toEqual([...said.label]);
  for (const type of numbers) {
    const listOf = (values: readonly number[]) => (type === 'float' ? Float32Array : Float64Array).from(values);
    const column = (j: number): GraphTensor =>
      categories?.[j]
        ? { type: 'string', dims: [lists.length, 1], data: cells.map((row) => (row[j] ?? '') as string) }
        : { type, dims: [lists.length, 1], data: listOf(lists.map((row) => row[j]!)) };
    const inputs = categories
      ? Object.fromEntries(asked.columns!.map((name, j) => [name, column(j)]))
      : { X: { type, dims: [lists.length, cols], data: listOf([...flat]) } as GraphTensor };
    const outputs = await runWithOnnxRuntime(await modelToOnnx(model, { numbers: type }), inputs);
    const named = Object.entries(outputs).map(([name, tensor]) => [name.replace(/_+$/, ''), tensor] as const);
    for (const name of Object.keys(said.numbers)) same(named.find(([own]) => own === name)![1].data, name, `ONNX of ${type}`);
    if (said.label)
      expect.soft(Array.from(named.find(([own]) => own === 'label')![1].data as ArrayLike<unknown>), `labels of ONNX of ${type}`).toEqual([...said.label]);
  }
}

const random = new RandomState(3);
/** Tenths, of which float32 holds one in five; and what is learned of them. */
const TENTHS = Array.from({ length: 60 }, (_, i) => [((i * 7) % 20) / 10, (1 + random.interval(4)) / 10]);
const target = TENTHS.map(([one], i) => (Math.round(one! * 10) + (i % 2)) % 3);
const IDS = Array.from({ length: 48 }, (_, i) => [123_456_789 + (i % 3)]);
const IDS_TARGET = IDS.map(([id]) => (id! * 7) % 3);

const COMPARING: Readonly<Record<string, () => unknown>> = {
  'a column a level': () => api.chain(api.oneHot({ handleUnknown: 'ignore' }) as never, api.logisticRegression()),
  'levels as numbers': () => api.ordinal({ unknownValue: -1 }),
  'levels behind a scaling': () => api.chain(api.standardize(), api.ordinal({ unknownValue: -1 }) as never, api.ridge()),
  'boosted categories': () => api.histGradientBoostingRegressor({ maxIter: 5, minSamplesLeaf: 1, categoricalFeatures: [0] }),
  'boosted numbers': () => api.histGradientBoostingRegressor({ maxIter: 5, minSamplesLeaf: 1 }),
  'a threshold': () => api.aboveThreshold({ threshold: 0.1 }),
  'a threshold of bits': () => api.bernoulliNB({ binarize: 0.1 }),
  bins: () => api.kBins({ nBins: 4, encode: 'ordinal' }),
  'bins behind a scaling': () => api.chain(api.minMax(), api.kBins({ nBins: 4, encode: 'ordinal' }), api.ridge()),
  quantiles: () => api.quantile({ nQuantiles: 12 }),
  'normal quantiles': () => api.quantile({ nQuantiles: 12, outputDistribution: 'normal' }),
  'a tree': () => api.decisionTreeClassifier(),
};

test.each(Object.keys(COMPARING))('fractions that float32 does not hold: %s', async (name) => {
  await expectSame(await fitted(COMPARING[name]!(), dataOf(TENTHS, target)), TENTHS);
});

test('thresholds that arithmetic made of one number stay apart', async () => {
  const rows = Array.from({ length: 30 }, (_, i) => [[0.1 + 0.2, 0.3, 0.7, 1, 1.4, 2.9][i % 6]!]);
  await expectSame(await fitted(api.quantile({ nQuantiles: 17 }), dataOf(rows, target.slice(0, 30))), [[0.3], [0.7], [1], [1.4], [2.9]]);
});

test('what fills gaps is compared as rows are', async () => {
  const gaps = TENTHS.map((row, i) => (i % 5 === 0 ? [NaN, row[1]!] : row));
  const model = await fitted(
    api.chain(api.impute({ strategy: 'constant', fillValue: 0.7 }), api.oneHot({ handleUnknown: 'ignore' }) as never, api.ridge()),
    dataOf(gaps, target),
  );
  await expectSame(model, gaps);
});

test.each(['a column a level', 'levels as numbers', 'levels behind a scaling', 'boosted categories', 'bins', 'quantiles'])(
  'numbers that become one in float32 are refused, and right in float64: %s',
  async (name) => {
    const estimator =
      name === 'quantiles' ? api.quantile({ nQuantiles: 6 }) : name === 'bins' ? api.kBins({ nBins: 3, encode: 'ordinal' }) : COMPARING[name]!();
    const model = await fitted(estimator, dataOf(IDS, IDS_TARGET));
    await expect(modelToOnnx(model)).rejects.toThrow(/^The model compares column 'x0' with .*1234567.*, which float32 cannot tell from /);
    await expectSame(model, IDS, {}, ['double']);
  },
);

test('a threshold above 2^24 that float32 does not hold is refused', async () => {
  const model = await fitted(api.aboveThreshold({ threshold: 123_456_789.5 }), dataOf(IDS, IDS_TARGET));
  await expect(modelToOnnx(model)).rejects.toThrow("The model compares column 'x0' with 123456789.5, which float32 cannot tell from its neighbours.");
  await expectSame(model, IDS, {}, ['double']);
});

describe('columns of names', () => {
  const CATEGORIES = [null, ['a', 'b'], null];
  const LISTS = [
    [1, 0, 10],
    [2, 1, 20],
    [3, 0, 35],
    [4, 1, 40],
    [5, 0, 10],
  ];
  const Y = [10, 20, 33, 41, 7];
  const encoded = () =>
    api.chain(api.columns({ numbers: [api.standardize()], categories: [api.oneHot({ handleUnknown: 'ignore' })] } as never) as never, api.ridge());

  test.each(['cast1', 'labelencoder2', 'given5', 'gather7', 'variable', 'label', 'X'])('a column may be called %s', async (name) => {
    for (const columns of [
      ['x', 'c', name],
      [name, 'c', 'x'],
    ]) {
      const asked = { columns, categories: CATEGORIES };
      await expectSame(await fitted(encoded(), dataOf(LISTS, Y, asked)), LISTS, asked);
    }
  });

  test('a name that fills gaps is one that rows may have', async () => {
    const asked = { columns: ['x', 'c', 'z'], categories: CATEGORIES };
    const gaps = LISTS.map((row, i) => (i % 2 === 1 ? row : [row[0]!, i === 0 ? 0 : NaN, row[2]!]));
    const filled = (fillValue: string) => [api.impute({ strategy: 'constant', fillValue }), api.oneHot()];
    const model = await fitted(api.chain(api.columns({ numbers: [], categories: filled('missing') } as never) as never, api.ridge()), dataOf(gaps, Y, asked));
    await expectSame(model, [...gaps, [1, 2, 10]], { ...asked, categories: [null, ['a', 'b', 'missing'], null] });
    expect((await json(model)).columns[1]).toMatchObject({ levels: ['a', 'b', 'missing'], unknown: 'refused', gaps: true });
  });

  test("'' is a gap as null is, unless it is a name", async () => {
    const columns = ['x', 'c', 'z'];
    const predict = predictor(await json(await fitted(encoded(), dataOf(LISTS, Y, { columns, categories: CATEGORIES }))));
    for (const c of ['', null]) expect(() => predict({ x: 1, c, z: 10 })).toThrow("'c' is missing, and the model takes no gaps there.");
    const named = predictor(await json(await fitted(encoded(), dataOf(LISTS, Y, { columns, categories: [null, ['', 'b'], null] }))));
    expect(named({ x: 1, c: '', z: 10 }).value).toBeTypeOf('number');
    const taking = api.chain(api.columns({ categories: [api.impute({ strategy: 'mostFrequent' }), api.oneHot()] } as never) as never, api.ridge());
    const taken = predictor(await json(await fitted(taking, dataOf(LISTS, Y, { columns, categories: CATEGORIES }))));
    expect(taken({ x: 1, c: '', z: 10 })).toEqual(taken({ x: 1, c: null, z: 10 }));
  });
});

describe('levels that a model refuses', () => {
  const scaling = { shift: Float64Array.of(2.1, 0.3), factor: Float64Array.of(0.37, 1 / 3) };
  const LISTS = [
    [1.1, 0.1],
    [2.2, 0.7],
    [3.3, 1.4],
    [1.1, 0.7],
  ];
  const refusing = () => api.chain(api.oneHot() as never, api.ridge());

  test('are in the units of the rows, where the data bring a scaling', async () => {
    const model = await fitted(refusing(), dataOf(LISTS, [1, 2, 3, 4], { scaling }));
    expect((await json(model)).columns.map(({ levels }) => levels)).toEqual([
      [1.1, 2.2, 3.3],
      [0.1, 0.7, 1.4],
    ]);
    await expectSame(model, LISTS);
  });

  test('are those that all encoders of a column know', async () => {
    const both = api.columns({ x0: [api.oneHot()], x1: [api.oneHot()] } as never);
    const twice = api.chain(both as never, api.ridge());
    expect((await json(await fitted(twice, dataOf(LISTS, [1, 2, 3, 4])))).columns.map(({ levels }) => levels)).toEqual([
      [1.1, 2.2, 3.3],
      [0.1, 0.7, 1.4],
    ]);
    const apart = api.baggingRegressor(refusing(), { nEstimators: 4, seed: 1 });
    const model = await fitted(apart, dataOf([...LISTS, ...LISTS, ...LISTS], [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]));
    const [{ levels }] = (await json(model)).columns as unknown as [{ readonly levels: readonly number[] }];
    await expectSame(
      model,
      LISTS.filter(([x]) => levels.includes(x!)),
    );
  });
});

describe('wide ranges', () => {
  const wide = Array.from({ length: 40 }, (_, i) => [(i % 2) * 1.7e9 + i * 0.25, (i * 7) % 5]);
  const y = wide.map((_, i) => i + (i % 2) * 100);
  const between = Array.from({ length: 20 }, (_, i) => [(i % 2) * 1.7e9 + i * 0.45 + 0.05, (i * 3) % 5]);
  const of = (list: readonly (readonly number[])[]) => list.map(([, second]) => (second! > 2 ? 1 : 0));

  test.each([
    ['the nearest row', api.kNeighborsRegressor({ nNeighbors: 1 }), y],
    ['near rows by distance', api.kNeighborsRegressor({ nNeighbors: 3, weights: 'distance' }), y],
    ['a kernel', api.svc({ gamma: 1 }), of(wide)],
  ] as const)('%s', async (_, estimator, own) => {
    await expectSame(await fitted(estimator, dataOf(wide, own)), between, {}, ['double']);
  });

  test('a row next to a centre is that near to it', async () => {
    const lists = [0, 1e4, 3e4].flatMap((x) => [
      [x, 5],
      [x, 5],
      [x, 5],
    ]);
    const model = await fitted(
      api.kMeans({ nClusters: 3, seed: 1 }),
      dataOf(
        lists,
        lists.map(() => 0),
      ),
    );
    await expectSame(
      model,
      [
        [3e4, 5.0001],
        [1e4, 4.9999],
        [0, 5],
      ],
      {},
      ['double'],
    );
  });

  test('many points of many columns are compared exactly where a product would lose them', async () => {
    const draw = new RandomState(9);
    const many = Array.from({ length: 30 }, (_, i) => Array.from({ length: 20 }, () => draw.double() + (i % 2) * 1e9));
    const model = await fitted(
      api.kNeighborsRegressor({ nNeighbors: 1 }),
      dataOf(
        many,
        many.map((_, i) => i),
      ),
    );
    await expectSame(
      model,
      many.map((row) => row.map((value) => value + 1e-3)),
      {},
      ['double'],
    );
  });

  test('leaves of trees keep what 32 bits would lose', async () => {
    const times = wide.map((_, i) => 1.7e9 + 10 * i);
    for (const estimator of [api.randomForestRegressor({ nEstimators: 7, seed: 1 }), api.decisionTreeRegressor()]) {
      const data = dataOf(wide, times);
      const model = await fitted(estimator, data);
      const said = await outputsOfModel(model, rowsFrom(Float64Array.from(wide.flat()), 2), context);
      const own = predictor(await json(model))(wide).map(({ value }) => value as number);
      const X: GraphTensor = { type: 'double', dims: [wide.length, 2], data: Float64Array.from(wide.flat()) };
      const { variable } = await runWithOnnxRuntime(await modelToOnnx(model, { numbers: 'double' }), { X });
      const farthest = (list: ArrayLike<unknown>) => Math.max(...Array.from(list, (value, i) => Math.abs((value as number) - said.numbers['variable']![i]!)));
      expect(farthest(own)).toBeLessThan(1e-3);
      expect(farthest(variable!.data)).toBeLessThan(1e-3);
    }
  });
});

test.each([
  ['power', api.power()],
  ['log', api.chain(api.log({ offset: 1 }), api.standardize(), api.ridge())],
] as const)('small numbers keep their digits: %s', async (_, estimator) => {
  const small = [1, 2, 4, 8, 3, 5, -0.5, 0].map((value) => [value * 1e-13]);
  await expectSame(await fitted(estimator, dataOf(small, [0, 1, 2, 0, 1, 2, 0, 1])), small, {}, ['double']);
});

test('shares that a calibration steps at are those of the model', async () => {
  const draw = new RandomState(2);
  const lists = Array.from({ length: 170 }, () => [draw.double(), draw.double()]);
  const labels = lists.map(([one, other]) => Number(one! + other! + draw.double() / 2 > 1.2));
  const model = await fitted(api.calibratedClassifier(api.decisionTreeClassifier({ maxDepth: 2 }), { method: 'isotonic' }), dataOf(lists, labels));
  await expectSame(model, lists, {}, ['double']);
});

test('classes that are fractions stay numbers in the predictor', async () => {
  const model = await fitted(api.decisionTreeClassifier(), dataOf([[1], [2], [3]], [0, 1, 2], { classNames: [0.5, 1.5, 2.5] }));
  expect(predictor(await json(model))([[1], [2], [3]]).map(({ label }) => label)).toEqual([0.5, 1.5, 2.5]);
});

describe('seconds since 1970 that float32 does not hold', () => {
  const draw = new RandomState(5);
  const near = Array.from({ length: 160 }, () => [1.7e9 + Math.floor(1000 * draw.double()) - 500, draw.double()]);
  const late = near.map(([time, share]) => Number(time! - 1.7e9 > 200 * share!));
  // Years apart, each lasting minutes.
  const times = Array.from({ length: 160 }, (_, i) => {
    const start = 1.4e9 + Math.floor(3e8 * draw.double());
    return [start, start + 600 + 300 * (i % 2) + Math.floor(200 * draw.double())];
  });
  const long = times.map((_, i) => i % 2);
  const behind = (estimator: Estimator<Predictor>) => api.chain(api.polynomial({ degree: 2 }), estimator as never);
  const scaled = (estimator: Estimator<Predictor>) => api.chain(api.standardize(), api.polynomial({ degree: 2 }), estimator as never);

  test.each([
    ['kMeans', api.kMeans({ nClusters: 2, seed: 1 }), near, late],
    ['nearestCentroid', api.nearestCentroid(), near, late],
    ['kNeighborsClassifier', api.kNeighborsClassifier(), near, late],
    ['gaussianNB', api.gaussianNB(), near, late],
    ['svc', api.svc({ gamma: 1e-4 }), near, late],
    ['standardize', api.chain(api.standardize(), api.logisticRegression()), near, late],
    ['a scaling before a tree', api.chain(api.standardize(), api.impute(), api.decisionTreeClassifier({ maxDepth: 3 })), near, late],
    ['polynomial and kBins', api.chain(api.polynomial({ degree: 2 }), api.kBins({ nBins: 4 }), api.logisticRegression()), near, late],
    ['polynomial and a tree', behind(api.decisionTreeClassifier({ maxDepth: 3 })), near, late],
    ['polynomial and neighbours', behind(api.kNeighborsClassifier()), near, late],
    ['polynomial and logisticRegression', scaled(api.logisticRegression()), near, late],
    ['columns', api.chain(api.columns({ x0: api.standardize() }), api.kNeighborsClassifier()), near, late],
    ['bagging', api.baggingClassifier(api.kNeighborsClassifier(), { nEstimators: 3, seed: 1 }), near, late],
    ['gaussianNB of starts and ends', api.gaussianNB(), times, long],
    ['quadraticDiscriminantAnalysis of starts and ends', api.quadraticDiscriminantAnalysis(), times, long],
    ['linearDiscriminantAnalysis of starts and ends', api.linearDiscriminantAnalysis(), times, long],
  ] as const)('are refused or come as float64: %s', async (_, estimator, lists, own) => {
    const model = await fitted(estimator, dataOf(lists, own));
    await expect(modelToOnnx(model)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: "The model goes by small differences in column 'x0', which float32 does not hold.",
    });
    await expectSame(model, lists, {}, ['double']);
    const { model: saved } = await modelFromBytes<Predictor>('a.safetensors', await modelToBytes(model));
    await expect(modelToOnnx(saved)).rejects.toThrow('small differences');
  });

  test.each([
    ['a tree, which compares what float32 holds', api.decisionTreeClassifier({ maxDepth: 3 })],
    ['a scaling that a tree does without', api.chain(api.standardize(), api.decisionTreeClassifier({ maxDepth: 3 }))],
    ['a column that is left out', api.chain(api.selectColumns({ columns: ['x1'] }), api.logisticRegression())],
  ] as const)('are no reason to refuse %s', async (_, estimator) => {
    await expectSame(await fitted(estimator, dataOf(near, late, { columns: ['x0', 'x1'] })), near, { columns: ['x0', 'x1'] });
  });
});
