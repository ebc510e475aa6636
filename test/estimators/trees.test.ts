// Trees and forests against scikit-learn's figures, and what must hold of any rows.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/trees.json' with { type: 'json' };
import {
  chain,
  crossValidate,
  decisionTreeClassifier,
  extraTreesClassifier,
  fetch,
  fit,
  gridSearch,
  matrix,
  modelFromBytes,
  modelToBytes,
  pipeline,
  randomForestClassifier,
  score,
  split,
  standardize,
  type Dataset,
  type Features,
} from '../../src/api.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { bootstrap, treeSeed } from '../../src/estimators/trees/draw.ts';
import { runPipeline } from '../../src/node.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { testCompute } from '../support/compute.ts';
import { thirds } from '../support/figures.ts';
import { everySecond, rawSet, stageContext, type SetName } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const context = stageContext(compute);
type TreeOptions = Parameters<typeof decisionTreeClassifier>[0];
type ForestOptions = Parameters<typeof randomForestClassifier>[0];

const [iris, digits] = [rawSet('iris'), rawSet('digits')];

const oneColumn = (data: typeof iris): typeof iris => ({
  ...data,
  x: matrix(
    data.x.rows,
    1,
    Float64Array.from({ length: data.x.rows }, (_, row) => data.x.data[row * data.x.cols + 2]!),
  ),
});

async function tree(data: Dataset<'train'>, options: TreeOptions = {}, on = context) {
  const [trained] = await decisionTreeClassifier(options).train(data, [{ name: 'fit' }], {}, on);
  return trained!.model;
}

async function forest(data: Dataset<'train'>, options: ForestOptions = {}, on = context) {
  const [trained] = await randomForestClassifier(options).train(data, [{ name: 'fit' }], {}, on);
  return trained!.model;
}

async function extraTrees(data: Dataset<'train'>, options: ForestOptions = {}, on = context) {
  const [trained] = await extraTreesClassifier(options).train(data, [{ name: 'fit' }], {}, on);
  return trained!.model;
}

function logLossOf(shares: Float64Array, { rows, labels }: Dataset<'train'>, classes: number): number {
  return rows.reduce((sum, id, row) => sum - Math.log(Math.max(Number.EPSILON, shares[row * classes + labels[id]!]!)), 0) / rows.length;
}

describe('trees on which seeds of scikit-learn agree', () => {
  test.each(figures.trees.map((one) => [one.data, JSON.stringify(one.options), one] as const))('%s, %s', async (name, _options, expected) => {
    const data = rawSet(name as SetName);
    const model = await tree(everySecond(data, 0), expected.options as TreeOptions);
    const test = everySecond(data, 1);
    expect([...(await model.predict(test, context))]).toEqual(expected.predict);
    const { feature, threshold, featureImportances } = model.fields;
    expect(feature).toHaveLength(expected.nodes);
    expect(feature.filter((own) => own < 0)).toHaveLength(expected.leaves);
    expect(logLossOf((await model.predictProba!(test, context))!, test, model.classes.length)).toBeCloseTo(expected.logLoss, 9);
    if (!expected.importances) return;
    expect({ feature: feature[0], threshold: threshold[0] }).toEqual(expected.root);
    featureImportances.forEach((share, j) => expect(share).toBeCloseTo(expected.importances![j]!, 9));
  });
});

test('a tree to the last row does as well as those of scikit-learn', async () => {
  for (const { data, options, accuracies, leaves } of figures.spread) {
    const [train, test] = [0, 1].map((from) => everySecond(rawSet(data as SetName), from)) as [Dataset<'train', Matrix>, Dataset<'train', Matrix>];
    const model = await tree(train, options as TreeOptions);
    const accuracy = await model.score(test, context);
    expect(accuracy).toBeGreaterThanOrEqual(Math.min(...accuracies) - 0.003);
    expect(accuracy).toBeLessThanOrEqual(Math.max(...accuracies) + 0.003);
    const own = model.fields.feature.filter((feature) => feature < 0).length;
    expect(own).toBeGreaterThanOrEqual(Math.min(...leaves));
    expect(own).toBeLessThanOrEqual(Math.max(...leaves));
    if (!('maxDepth' in options)) expect(await model.score(train, context)).toBe(1);
  }
});

const FOREST_ROWS: Readonly<Record<string, typeof iris>> = { digits, iris, 'iris, one column': oneColumn(iris) };

test.each(figures.forests.map((row) => [`${row.kind} of ${row.data}, ${JSON.stringify(row.options)}`, row] as const))(
  '%s lies among those of scikit-learn',
  async (_, { data, kind, options: given, weighted, accuracies, logLosses, oobScores, nodes, importances }) => {
    const rows = FOREST_ROWS[data]!;
    const weights = weighted ? { weights: thirds(rows.x.rows) } : {};
    const [train, test] = [everySecond({ ...rows, ...weights }, 0), everySecond(rows, 1)];
    const options = { ...given, nEstimators: 200, seed: 1 } as ForestOptions;
    const model = await (kind === 'randomForestClassifier' ? forest : extraTrees)(train, options);
    const within = (value: number, values: readonly number[], wider: number): void => {
      expect(value).toBeGreaterThanOrEqual(Math.min(...values) - wider);
      expect(value).toBeLessThanOrEqual(Math.max(...values) + wider);
    };
    within(await model.score(test, context), accuracies, 0.003);
    within(logLossOf(await model.predictProba!(test, context), test, model.classes.length), logLosses, 0.01);
    if (oobScores) within(model.fields.oobScore!, oobScores, 0.003);
    within(model.fields.feature.length, nodes, 0.01 * nodes[0]!);
    // Seeds of scikit-learn are up to 0.015 from their mean on digits.
    model.fields.featureImportances.forEach((share, j) => expect(Math.abs(share - importances[j]!)).toBeLessThan(data === 'digits' ? 0.02 : 0.05));
  },
);

test('rows are drawn as scikit-learn draws them', () => {
  const { seed, rows, first, third } = figures.bootstrap;
  const root = new RandomState(seed);
  const drawn = Array.from({ length: 3 }, () => bootstrap(new RandomState(treeSeed(root)), rows));
  expect([...drawn[0]!]).toEqual(first);
  expect([...drawn[2]!]).toEqual(third);
});

test('rows are drawn by their weights and those of their classes, and count once for each time', async () => {
  const weights = Float32Array.from(iris.labels, (label) => [3, 1, 0][label]!);
  const roots = { nEstimators: 40, minSamplesSplit: 1000, seed: 1 };
  const { roots: trees, values, next } = (await forest({ ...iris, weights }, { ...roots, classWeight: { 0: 2, 1: 2, 2: 9 } })).fields;
  const shares = [0, 1, 2].map((label) => [...trees].map((node) => values[next[node]! * 3 + label]!));
  const means = shares.map((own) => own.reduce((sum, share) => sum + share, 0) / 40);
  expect(means[0]).toBeCloseTo(0.75, 1);
  expect(means[2]).toBe(0);
  for (const share of shares.flat()) expect(share * 150).toBeCloseTo(Math.round(share * 150), 10);
  await expect(forest(iris, { ...roots, classWeight: { 0: 0, 1: 0, 2: 0 } })).rejects.toMatchObject({ message: expect.stringContaining('weight 0') });
});

const few = { ...digits, rows: digits.rows.subarray(0, 300) };

test('one seed is one forest, another seed another; without a device it is the same to the bit', async () => {
  const options = { nEstimators: 7, seed: 3, maxDepth: 6 };
  const bytes = await modelToBytes(await forest(few, options));
  expect(await modelToBytes(await forest(few, options))).toEqual(bytes);
  expect(await modelToBytes(await forest(few, options, stageContext(new ReferenceCompute())))).toEqual(bytes);
  expect(await modelToBytes(await forest(few, { ...options, seed: 4 }))).not.toEqual(bytes);
});

test('trees that do not fit the device together are those that do', async () => {
  const small = stageContext(new ReferenceCompute({ limits: { maxBindingBytes: 262_144 } }));
  const some = { ...iris, rows: iris.rows.filter((id) => id % 3 > 0) };
  const options = { nEstimators: 400, maxDepth: 2, seed: 5 };
  expect((await forest(some, options, small)).fields).toEqual((await forest(some, options)).fields);
});

test.each(['gini', 'entropy'] as const)('%s: order of rows, weights for repeats, other units and columns without values change nothing', async (criterion) => {
  const model = await tree(iris, { criterion });
  const shuffled = await tree({ ...iris, rows: new RandomState(1).permutation(150) }, { criterion });
  expect(shuffled.fields).toEqual(model.fields);
  const weights = Float32Array.from(iris.labels, (_, row) => row % 3);
  const twice = Uint32Array.from([...iris.rows].flatMap((id) => new Array<number>(weights[id]!).fill(id)));
  const weighted = await tree({ ...iris, weights }, { criterion });
  expect(weighted.fields).toEqual((await tree({ ...iris, rows: twice }, { criterion })).fields);
  // Weights that are no whole numbers: multiples of a power of two say the same, others nearly.
  expect((await tree({ ...iris, weights: weights.map((own) => own / 8) }, { criterion })).fields.values).toEqual(weighted.fields.values);
  const thirds = await tree({ ...iris, weights: weights.map((own) => own / 3) }, { criterion, maxDepth: 3 });
  const whole = await tree({ ...iris, weights }, { criterion, maxDepth: 3 });
  expect(thirds.fields.threshold).toEqual(whole.fields.threshold);
  thirds.fields.values.forEach((share, i) => expect(share).toBeCloseTo(whole.fields.values[i]!, 6));
  const { rows, cols, data } = iris.x as Matrix;
  const scaled = await tree(
    {
      ...iris,
      x: matrix(
        rows,
        cols,
        Float64Array.from(data, (value) => value * 1024 - 2 ** 20),
      ),
    },
    { criterion },
  );
  expect(scaled.fields.feature).toEqual(model.fields.feature);
  const flat = matrix(
    rows,
    cols + 1,
    Float64Array.from({ length: rows * (cols + 1) }, (_, at) => (at % (cols + 1) === cols ? 7 : data[Math.floor(at / (cols + 1)) * cols + (at % (cols + 1))]!)),
  );
  expect((await tree({ ...iris, x: flat }, { criterion })).fields.threshold).toEqual(model.fields.threshold);
});

test('bytes, their floats and sparse rows give one model', async () => {
  const model = await tree(few);
  const { rows, cols, data } = few.x as Matrix;
  for (const x of [
    matrix(rows, cols, Uint16Array.from(data)),
    matrix(rows, cols, Float32Array.from(data)),
    sparseOf(few.x as Matrix),
    sparseOf(matrix(rows, cols, Float64Array.from(data))),
  ] as Features[]) {
    const other = await tree({ ...few, x });
    expect(other.fields).toEqual(model.fields);
    expect(await other.predictProba!({ ...digits, x }, context)).toEqual(await model.predictProba!(digits, context));
  }
});

test('more values than bins: splits between groups of values, and each row on its side', async () => {
  const random = new RandomState(2);
  const count = 3000;
  const x = matrix(
    count,
    1,
    Float64Array.from({ length: count }, () => random.uint32() / 2 ** 32),
  );
  const labels = Uint8Array.from(x.data, (value) => Number(value > 0.3) + Number(value > 0.7));
  const data = { ...iris, x, labels, rows: Uint32Array.from({ length: count }, (_, i) => i) };
  const model = await tree(data, { maxLeafNodes: 3 });
  // A group has 12 of 3000 values.
  expect(await model.score(data, context)).toBeGreaterThan(1 - 12 / count);
  const [first, second] = [...model.fields.threshold].filter((value) => value !== 0).sort();
  expect(first!).toBeCloseTo(0.3, 2);
  expect(second!).toBeCloseTo(0.7, 2);
});

test('values that 32 bits hardly tell apart are told, and those that none can hold refused', async () => {
  const events: RunEvent[] = [];
  const rows = Uint32Array.from({ length: 100 }, (_, i) => i);
  const data = (each: (i: number) => number) => ({
    ...iris,
    columns: ['at'],
    x: matrix(
      100,
      1,
      Float64Array.from({ length: 100 }, (_, i) => each(i)),
    ),
    labels: Uint8Array.from(rows, (i) => i % 2),
    rows,
  });
  await tree(
    data((i) => 1.7e9 + i),
    {},
    stageContext(compute, events),
  );
  expect(events.filter(({ type }) => type === 'warning')).toEqual([
    expect.objectContaining({
      code: 'W_PRECISION',
      message: 'decisionTreeClassifier: trees hold features as 32-bit floats, which tell only 2 of the 100 values of column 0 (at) of iris apart.',
    }),
  ]);
  await tree(
    data((i) => i / 3),
    {},
    stageContext(compute, events),
  );
  expect(events.filter(({ type }) => type === 'warning')).toHaveLength(1);
  await expect(tree(data((i) => (i === 7 ? 1e39 : i)))).rejects.toMatchObject({
    code: 'E_DATA',
    message: expect.stringContaining('Row 7 of the features holds 1e+39 in column 0 (at)'),
  });
});

test('a row halfway between two goes where 32 bits of its features send it', async () => {
  const { values, asked, thresholds, predict } = figures.halfway;
  const column = (own: readonly number[]): Dataset<'train', Matrix> => ({
    name: 'tenths',
    role: 'train',
    x: matrix(own.length, 1, Float64Array.from(own)),
    labels: Uint8Array.from(own, (_, row) => row % 2),
    rows: Uint32Array.from(own, (_, row) => row),
  });
  const model = await tree(column(values));
  const cuts = model.fields.threshold.filter((_, node) => model.fields.feature[node]! >= 0).sort();
  expect([...cuts]).toEqual(thresholds);
  expect([...(await model.predict(column(asked), context))]).toEqual(predict);
});

test('thresholds lie in the middle, and a row on one goes left', async () => {
  const x = matrix(4, 1, Float64Array.of(1, 2, 4, 8));
  const data = { ...iris, x, labels: Uint8Array.of(0, 0, 1, 1), rows: Uint32Array.of(0, 1, 2, 3) };
  const model = await tree(data);
  expect([...model.fields.threshold]).toEqual([3, 0, 0]);
  const asked = { name: 'asked', x: matrix(3, 1, Float64Array.of(2.999, 3, 3.001)), rows: Uint32Array.of(0, 1, 2) };
  expect([...(await model.predict(asked, context))]).toEqual([0, 0, 1]);
  const next = 1 + 2 ** -23;
  const close = await tree({ ...data, x: matrix(4, 1, Float64Array.of(1, 1, next, next)) });
  expect(close.fields.threshold[0]).toBe(1 + 2 ** -24);
});

test('a scaling changes nothing, nor does a model come back other from a file', async () => {
  const made = pipeline(
    'trees',
    fetch({
      name: 'iris',
      load: async () => ({ ...iris, role: 'all', rows: Uint32Array.from([...everySecond(iris, 0).rows, ...everySecond(iris, 1).rows]) }) as Dataset<'all'>,
    }),
    split({ train: [0, 75], test: [75, 150] }),
    fit(chain(standardize(), randomForestClassifier({ nEstimators: 20 }))),
    score({ on: 'test', scoring: ['accuracy', 'negLogLoss'] }),
    crossValidate({ folds: 3 }),
    gridSearch(decisionTreeClassifier(), { maxDepth: [1, 3], maxFeatures: [2, 'sqrt'] }, { folds: 3 }),
  );
  const { status, error, outputs, values } = await runPipeline(made, { values: ['model'] });
  expect({ status, error }).toEqual({ status: 'ok', error: undefined });
  const plain = await forest(everySecond(iris, 0), { nEstimators: 20 });
  expect(outputs['score']!['testAccuracy']).toBe(await plain.score(everySecond(iris, 1), context));
  expect(outputs['cross-validate']!['meanScore']).toBeGreaterThan(0.9);
  const again = await modelFromBytes<NonNullable<typeof values.model>>('again', await modelToBytes(values.model!));
  expect(await again.model.decisionFunction(iris, context)).toEqual(await values.model!.decisionFunction(iris, context));
});

test('cuts that are drawn: the same without a device, in any order of rows, of bytes and of their floats; each row on its side', async () => {
  const options = { nEstimators: 7, seed: 3, minSamplesLeaf: 2 };
  const model = await extraTrees(few, options);
  const bytes = await modelToBytes(model);
  expect(await modelToBytes(await extraTrees(few, options, stageContext(new ReferenceCompute())))).toEqual(bytes);
  expect((await extraTrees({ ...few, rows: new RandomState(1).shuffle(few.rows.slice()) }, options)).fields.threshold).toEqual(model.fields.threshold);
  // Thresholds fall anywhere between two values, and no tree grows to the end if a row were told to the wrong side.
  expect(model.fields.threshold.some((value) => value % 0.5 !== 0)).toBe(true);
  const { rows, cols, data } = few.x as Matrix;
  const floats = {
    ...few,
    x: matrix(
      rows,
      cols,
      Float64Array.from(data, (value) => value / 3),
    ),
  };
  const whole = { nEstimators: 3, bootstrap: false, maxFeatures: undefined } as const;
  for (const one of [few, floats]) expect(await (await extraTrees(one, whole)).score(one, context)).toBe(1);
});

test('two classes: one number a row, and shares that add up', async () => {
  const two = { ...iris, rows: iris.rows.filter((id) => iris.labels[id]! > 0) };
  const model = await forest(two, { nEstimators: 10, minSamplesLeaf: 4 });
  const said = await model.decisionFunction(two, context);
  expect(said).toHaveLength(100);
  const shares = await model.predictProba!(two, context);
  said.forEach((own, row) => {
    expect(shares[2 * row]! + shares[2 * row + 1]!).toBeCloseTo(1, 12);
    expect(shares[2 * row + 1]! - shares[2 * row]!).toBeCloseTo(own, 12);
  });
});

test('bounds of trees hold', async () => {
  const depthOf = ({ feature, next }: { feature: Int32Array; next: Uint32Array }, at = 0): number =>
    feature[at]! < 0 ? 0 : 1 + Math.max(...[0, 1].map((side) => depthOf({ feature, next }, next[at]! + side)));
  expect(depthOf((await tree(few, { maxDepth: 4 })).fields)).toBe(4);
  expect((await tree(few, { maxLeafNodes: 7 })).fields.feature).toHaveLength(13);
  // Nodes whose drawn features are all constant draw on: the last rows are told apart by few features.
  expect(await (await tree(few, { maxFeatures: 1 })).score(few, context)).toBe(1);
});

test('what cannot be is refused by name', async () => {
  expect(() => decisionTreeClassifier({ maxFeatures: 1.5 })).toThrow('maxFeatures');
  expect(() => randomForestClassifier({ nEstimators: 0 })).toThrow('nEstimators');
  await expect(tree(iris, { maxFeatures: 9 })).rejects.toMatchObject({ code: 'E_PARAMS', message: expect.stringContaining('4 features') });
  await expect(tree(iris, { classWeight: { 0: 0, 1: 0, 2: 0 } })).rejects.toMatchObject({ code: 'E_PARAMS', message: expect.stringContaining('weight 0') });
  await expect(forest(iris, { bootstrap: false, oobScore: true, nEstimators: 3 })).rejects.toMatchObject({
    code: 'E_PARAMS',
    message: expect.stringContaining('oobScore'),
  });
  const columns = ['length', 'width', 'petal length', 'petal width'];
  const gap = {
    ...iris,
    columns,
    x: matrix(
      iris.x.rows,
      4,
      Float32Array.from(iris.x.data as Float32Array, (value, at) => (at === 9 ? NaN : value)),
    ),
  };
  const told = { code: 'E_DATA', message: 'Row 2 of the features holds NaN in column 1 (width); finite numbers are needed.' };
  await expect(tree(gap, {})).rejects.toMatchObject(told);
  const model = await tree({ ...iris, columns }, {});
  await expect(model.predict(gap, context)).rejects.toMatchObject(told);
  const narrow = stageContext(new ReferenceCompute({ limits: { maxBindingBytes: 512 } }));
  await expect(tree(iris, {}, narrow)).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringContaining('this device takes 128') });
});
