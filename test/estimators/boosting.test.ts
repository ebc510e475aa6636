// Boosted trees against scikit-learn's figures, and what must hold of any rows.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/boosting.json' with { type: 'json' };
import {
  crossValidate,
  diabetes,
  fetch,
  fit,
  gridSearch,
  histGradientBoostingClassifier,
  histGradientBoostingRegressor,
  matrix,
  modelFromBytes,
  modelToBytes,
  pipeline,
  score,
  split,
  type Dataset,
} from '../../src/api.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import type { BoostedFields } from '../../src/estimators/boosting/model.ts';
import { amountsOf, rowsToCut, thresholdsOf } from '../../src/estimators/boosting/columns/thresholds.ts';
import { scoreOf } from '../../src/metrics/scorers.ts';
import { runPipeline } from '../../src/node.ts';
import { testCompute } from '../support/compute.ts';
import { everySecond, rawSet, stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const context = stageContext(compute);

type Classes = Dataset<'train', Matrix>;
type Values = Dataset<'train', Matrix, 'values'>;
type ClassifierOptions = Parameters<typeof histGradientBoostingClassifier>[0];
type RegressorOptions = Parameters<typeof histGradientBoostingRegressor>[0];

async function classifier(data: Dataset<'train'>, options: ClassifierOptions, on = context) {
  const [trained] = await histGradientBoostingClassifier({ seed: 0, ...options }).train(data, [{ name: 'fit' }], {}, on);
  return trained!.model;
}

async function regressor(data: Dataset<'train', Matrix, 'values'>, options: RegressorOptions, on = context) {
  const [trained] = await histGradientBoostingRegressor({ seed: 0, ...options }).train(data, [{ name: 'fit' }], {}, on);
  return trained!.model;
}

const rowsOf = (name: string, x: Matrix) => ({ name, role: 'train', x, rows: Uint32Array.from({ length: x.rows }, (_, row) => row) }) as const;
const withClasses = (name: string, x: Matrix, y: ArrayLike<number>): Classes => ({ ...rowsOf(name, x), labels: Uint8Array.from(y) });
const withValues = (name: string, x: Matrix, y: ArrayLike<number>): Values => ({ ...rowsOf(name, x), values: matrix(x.rows, 1, Float64Array.from(y)) });

/** As make_boosting.py draws them. */
function drawnSet(count = 1200, seed = 3): { readonly x: Matrix<'f64'>; readonly y: Float64Array; readonly classes: Float64Array } {
  const cols = 5;
  const random = new RandomState(seed);
  const x = Float64Array.from({ length: count * cols }, () => random.interval(2 ** 20 - 1));
  const y = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    const own = x.subarray(row * cols, (row + 1) * cols);
    own[1]! %= 23;
    if (own[2]! % 3 > 0) own[2] = 0;
    y[row] = Math.floor(own[0]! / 2 ** 12) + 40 * Number(own[1]! % 7 > 3) + Math.floor(own[2]! / 2 ** 13) * (own[1]! % 2);
  }
  for (let row = 0; row < count; row++) y[row]! += random.interval(2 ** 10 - 1) / 2 ** 4;
  for (let row = 0; row < count; row++) {
    if (x[row * cols + 3]! % 5 === 0) x[row * cols + 3] = NaN;
    if (y[row]! % 3 > 1.5) x[row * cols + 4] = NaN;
  }
  const sorted = y.toSorted();
  const middle = (sorted[count / 2 - 1]! + sorted[count / 2]!) / 2;
  return { x: matrix(count, cols, x), y, classes: y.map((own) => Number(own > middle) + Number(own > 200)) };
}

const numbersIn = (x: readonly (readonly (number | null)[])[]): Matrix =>
  matrix(
    x.length,
    x[0]!.length,
    Float64Array.from(x.flat(), (value) => value ?? NaN),
  );
const { penguins, cars } = figures.sets;
const drawn = drawnSet();
const many = drawnSet(20_004, 8);
const CLASSES: Readonly<Record<string, Classes>> = {
  iris: rawSet('iris'),
  digits: rawSet('digits'),
  penguins: withClasses('penguins', numbersIn(penguins.x), penguins.y),
  drawnClasses: withClasses('drawn', drawn.x, drawn.classes),
};
const VALUES: Readonly<Record<string, Values>> = {
  cars: withValues('cars', numbersIn(cars.x), cars.y),
  drawn: withValues('drawn', drawn.x, drawn.y),
  diabetes: (await diabetes().load({} as never, {})) as never as Values,
  many: withValues('many', many.x, many.y),
};
const weighted = <D extends Classes | Values>(data: D): D => ({ ...data, weights: Float32Array.from({ length: data.x.rows }, (_, row) => 0.5 + (row % 3)) });

interface Node {
  readonly value?: number;
  readonly feature?: number;
  readonly threshold?: number | null;
  readonly gapsLeft?: boolean;
  readonly left?: readonly number[];
}

/** A tree in the order of scikit-learn: left sides first. */
function treeOf(model: BoostedFields, tree: number): readonly Node[] {
  const { feature, threshold, gapsLeft, next, value, levels, leftLevels } = model;
  const from = (node: number): Node[] => {
    if (feature[node]! < 0) return [{ value: value[node]! }];
    const own = { feature: feature[node]!, gapsLeft: gapsLeft[node] === 1 };
    const bits = leftLevels?.subarray(threshold[node]! * 8);
    const split = levels?.[own.feature]
      ? { left: Array.from({ length: 256 }, (_, bit) => bit).filter((bit) => (bits![bit >> 5]! >>> (bit & 31)) & 1) }
      : { threshold: threshold[node] === Infinity ? null : threshold[node]! };
    return [{ ...own, ...split }, ...from(next[node]!), ...from(next[node]! + 1)];
  };
  return from(model.roots[tree]!);
}

function near(own: number, expected: number, within: number): void {
  expect(Math.abs(own - expected), `${own}, expected ${expected}`).toBeLessThanOrEqual(within * Math.max(1, Math.abs(expected)));
}

/** Scores and losses as make_boosting.py names them. */
const SCORES = { accuracy: 'accuracy', r2: 'r2' } as const;
const LOSSES = { logLoss: 'negLogLoss', meanSquaredError: 'negMeanSquaredError', meanAbsoluteError: 'negMeanAbsoluteError' } as const;

describe('models of scikit-learn', () => {
  test.each(figures.figures.map((one) => [one.data, JSON.stringify(one.options), one] as const))('%s, %s', async (name, _options, expected) => {
    const options = { earlyStopping: false, ...expected.options } as object;
    const as = expected.weighted ? weighted : <D>(data: D) => data;
    const data = as(CLASSES[name] ?? VALUES[name]!);
    const model = 'labels' in data ? await classifier(everySecond(data, 0), options) : await regressor(everySecond(data, 0), options);
    const fields = model.fields as BoostedFields;
    const trees = fields.roots.length;
    expect({ rounds: model.summary['rounds'], nodes: fields.feature.length }).toEqual({ rounds: expected.rounds, nodes: expected.nodes });
    fields.baseline.forEach((own, k) => near(own, expected.baseline[k]!, 1e-11));
    for (const [i, tree] of (expected.trees as readonly (readonly Node[])[]).entries()) {
      const own = treeOf(fields, i === expected.trees.length - 1 ? trees - 1 : i);
      expect(own.map(({ value: _value, ...split }) => split)).toEqual(tree.map(({ value: _value, ...split }) => split));
      own.forEach(({ value }, at) => value === undefined || near(value, tree[at]!.value!, 1e-9));
    }
    const said = 'decisionFunction' in model ? await model.decisionFunction(data, context) : await model.predict(data, context);
    const each = said.length / data.rows.length;
    const count = data.rows.length;
    const every = count < 500 ? 1 : count < 1500 ? 7 : count < 2000 ? 31 : 499;
    const told = (expected.decisions as (number | number[])[]).flat();
    expect(told).toHaveLength(Math.ceil(data.rows.length / every) * each);
    told.forEach((decision, at) => near(said[Math.floor(at / each) * every * each + (at % each)]!, decision, 1e-9));
    const evaluation = await model.evaluate(everySecond(CLASSES[name] ?? VALUES[name]!, 1) as never, 'decisions', context);
    for (const [own, score] of Object.entries(SCORES)) if (own in expected.scores) near(scoreOf(score, evaluation), expected.scores[own as 'r2']!, 1e-9);
    for (const [own, loss] of Object.entries(LOSSES)) if (own in expected.scores) near(-scoreOf(loss, evaluation), expected.scores[own as 'r2']!, 1e-9);
    for (const score of ['trainScore', 'validationScore'] as const) (expected[score] ?? []).forEach((own, i) => near(fields[score]![i]!, own, 1e-9));
  });
});

test('columns are cut as scikit-learn cuts them: by all rows, by weights, and by some rows of many', () => {
  const random = new RandomState(4);
  const values = Float64Array.from({ length: 210_000 }, () => random.interval(2 ** 12 - 1));
  for (const { rows, weighted, maxBins, thresholds } of figures.thresholds) {
    const own = values.subarray(0, rows);
    const weights = weighted ? Float64Array.from({ length: rows }, (_, i) => 1 + (i % 4)) : undefined;
    const some = rowsToCut(rows, weights, 9);
    const amounts = some ? amountsOf(Float64Array.from(some, (row) => own[row]!)) : amountsOf(own, weights);
    expect([...thresholdsOf(amounts, maxBins, weighted && !some)]).toEqual(thresholds);
  }
});

const few = { ...CLASSES['digits']!, rows: CLASSES['digits']!.rows.subarray(0, 300) };
const bytesOf = async (model: object): Promise<Uint8Array> => modelToBytes(model);
const quick = { maxIter: 5, minSamplesLeaf: 5, maxLeafNodes: 6 } as const;

/** The same rows with other columns: `columns` of the old ones, in their order. */
function withColumns<D extends Classes | Values>(data: D, columns: readonly number[], of = (value: number, _column: number): number => value): D {
  const { rows, cols, data: old } = data.x;
  const values = Float64Array.from({ length: rows * columns.length }, (_, at) => {
    const column = columns[at % columns.length]!;
    return of(old[Math.floor(at / columns.length) * cols + column]!, column);
  });
  return { ...data, x: matrix(rows, columns.length, values) };
}

test('bytes, their floats and sparse rows give one model, whatever their scaling and order', async () => {
  const model = await classifier(few, quick);
  const { rows, cols, data } = few.x;
  for (const x of [
    matrix(rows, cols, Uint16Array.from(data)),
    matrix(rows, cols, Float64Array.from(data)),
    sparseOf(few.x),
    sparseOf(matrix(rows, cols, Float32Array.from(data))),
  ]) {
    const other = await classifier({ ...few, x }, quick);
    expect(other.fields).toEqual(model.fields);
    expect(await other.decisionFunction({ ...few, x }, context)).toEqual(await model.decisionFunction(few, context));
  }
  const scaling = { shift: new Float64Array(cols).fill(3), factor: new Float64Array(cols).fill(1 / 7) };
  const { scaling: _scaling, ...scaled } = (await classifier({ ...few, scaling }, quick)).fields;
  expect(scaled).toEqual(model.fields);
  const shuffled = await classifier({ ...few, rows: new RandomState(1).shuffle(few.rows.slice()) }, quick);
  expect(await bytesOf(shuffled)).toEqual(await bytesOf(model));
});

test('a column of one value, or of gaps alone, changes nothing; nor do other units', async () => {
  const data = VALUES['drawn']!;
  const model = await regressor(data, quick);
  const columns = [0, 1, 2, 3, 4];
  const more = withColumns(data, [...columns, 0, 0], (value) => value);
  for (let row = 0; row < more.x.rows; row++) (more.x.data as Float64Array).set([7, NaN], row * 7 + 5);
  const { cols: _cols, featureImportances, ...fields } = (await regressor(more, quick)).fields;
  const { cols: _own, featureImportances: ofOwn, ...own } = model.fields;
  expect(fields).toEqual(own);
  expect(featureImportances).toEqual(Float64Array.of(...ofOwn!, 0, 0));
  const scaled = await regressor(
    withColumns(data, columns, (value) => value * 1024),
    quick,
  );
  expect(scaled.fields.threshold).toEqual(model.fields.threshold.map((value, node) => (model.fields.feature[node]! < 0 ? 0 : value * 1024)));
  expect(scaled.fields.value).toEqual(model.fields.value);
});

test('whole weights count as repeats where leaves may be of any size', async () => {
  const data = { ...VALUES['cars']!, weights: Float32Array.from(VALUES['cars']!.rows, (id) => id % 3) };
  const repeats = Uint32Array.from([...data.rows].flatMap((id) => new Array<number>(id % 3).fill(id)));
  const { weights: _weights, ...plain } = data;
  const [weighed, repeated] = [
    await regressor(data, { ...quick, minSamplesLeaf: 1 }),
    await regressor({ ...plain, rows: repeats }, { ...quick, minSamplesLeaf: 1 }),
  ];
  expect(weighed.fields.threshold).toEqual(repeated.fields.threshold);
  weighed.fields.value.forEach((value, node) => near(value, repeated.fields.value[node]!, 1e-6));
});

test('names are categories whatever their codes; a name never seen goes where gaps go', async () => {
  const own = CLASSES['drawnClasses']!;
  const names = Array.from({ length: 23 }, (_, code) => `town ${String(code).padStart(2, '0')}`);
  const named = (order: readonly string[]): Classes => {
    const x = withColumns(own, [0, 1, 2, 3, 4], (value, column) => (column === 1 ? order.indexOf(names[value]!) : value)).x;
    return { ...own, x: { ...x, categories: [null, order, null, null, null] } };
  };
  const numbered = await classifier(own, { ...quick, categoricalFeatures: [1] });
  const model = await classifier(named(names), quick);
  expect(model.fields.leftLevels!.length).toBeGreaterThan(0);
  expect(model.fields.leftLevels).toEqual(numbered.fields.leftLevels);
  expect(model.fields.value).toEqual(numbered.fields.value);
  const reversed = named(names.toReversed());
  expect((await classifier(reversed, quick)).fields.leftLevels).toEqual(model.fields.leftLevels);
  const said = await model.decisionFunction(named(names), context);
  expect(await model.decisionFunction(reversed, context)).toEqual(said);
  const unknown = named([...names, 'elsewhere']);
  const gaps = named(names);
  for (let row = 0; row < own.x.rows; row++) {
    (unknown.x.data as Float64Array)[row * 5 + 1] = 23;
    (gaps.x.data as Float64Array)[row * 5 + 1] = NaN;
  }
  expect(await model.decisionFunction(unknown, context)).toEqual(await model.decisionFunction(gaps, context));
  expect(await model.decisionFunction(gaps, context)).not.toEqual(said);
});

test('too few rows for two leaves: each row is told the mean, or the shares of the classes', async () => {
  const rows = CLASSES['iris']!.rows.filter((id) => id % 5 === 0);
  const model = await classifier({ ...CLASSES['iris']!, rows }, { maxIter: 3 });
  expect([...model.fields.feature]).toEqual(new Array(9).fill(-1));
  const shares = await model.predictProba!(CLASSES['iris']!, context);
  shares.forEach((share) => near(share, 1 / 3, 1e-12));
  const some = { ...VALUES['cars']!, rows: VALUES['cars']!.rows.subarray(0, 30) };
  const mean = [...some.rows].reduce((sum, id) => sum + some.values.data[id]!, 0) / 30;
  for (const value of await (await regressor(some, {})).predict(some, context)) near(value, mean, 1e-12);
});

test('a chain of gaps, folds, search and saving runs as with any estimator', async () => {
  const data = { ...VALUES['cars']!, role: 'all', columns: ['cylinders', 'displacement', 'horsepower', 'weight', 'acceleration', 'origin'] } as const;
  const made = pipeline(
    'boosting',
    fetch({ name: 'cars', load: async () => data as never as Dataset<'all', Matrix, 'values'> }),
    split({ test: 0.25, seed: 1 }),
    fit(histGradientBoostingRegressor({ maxIter: 30, minSamplesLeaf: 5, categoricalFeatures: ['origin'] })),
    score({ on: 'test', scoring: ['r2'] }),
    crossValidate({ folds: 3 }),
    gridSearch(histGradientBoostingRegressor({ minSamplesLeaf: 5 }), { maxIter: [5, 10], maxLeafNodes: [4, null] }, { folds: 3 }),
  );
  const { status, error, outputs, values } = await runPipeline(made, { values: ['model'] });
  expect({ status, error }).toEqual({ status: 'ok', error: undefined });
  expect(outputs['score']!['r2']).toBeGreaterThan(0.8);
  const again = await modelFromBytes<NonNullable<typeof values.model>>('again', await modelToBytes(values.model!));
  expect(await again.model.predict(data, context)).toEqual(await values.model!.predict(data, context));
});

test('what cannot be is refused by name', async () => {
  const [iris, cars] = [CLASSES['iris']!, VALUES['cars']!];
  expect(() => histGradientBoostingClassifier({ maxBins: 256 })).toThrow('maxBins');
  expect(() => histGradientBoostingRegressor({ validationFraction: 1.5 })).toThrow('validationFraction');
  const refused = async (work: Promise<unknown>, code: string, message: string): Promise<void> =>
    expect(work).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  await refused(classifier(iris, { categoricalFeatures: [4] }), 'E_PARAMS', 'names column 4');
  await refused(classifier({ ...iris, columns: ['a', 'b', 'c', 'd'] }, { categoricalFeatures: ['e'] }), 'E_PARAMS', 'column "e"');
  await refused(classifier(iris, { categoricalFeatures: [2], maxBins: 20 }), 'E_DATA', 'column 2 of iris has 43 categories');
  await refused(classifier(iris, { classWeight: { 0: 0, 1: 0, 2: 0 } }), 'E_DATA', 'all rows of iris that it trains on weigh 0');
  const light = Float32Array.from({ length: cars.x.rows }, (_, row) => Number(row === 3));
  await refused(regressor({ ...cars, weights: light }, { earlyStopping: true, seed: 2 }), 'E_DATA', 'held back to tell when to stop weigh 0');
  await refused(classifier(iris, { earlyStopping: true, validationFraction: 150 }), 'E_PARAMS', 'holds back all 150 rows');
  await refused(classifier({ ...iris, rows: Uint32Array.of(0, 1, 2, 100) }, { earlyStopping: true }), 'E_CLASS', 'one row alone has label 2');
  await refused(
    regressor(
      {
        ...cars,
        values: matrix(
          cars.x.rows,
          1,
          cars.values.data.map((value) => -value),
        ),
      },
      { loss: 'poisson' },
    ),
    'E_DATA',
    'a value of 0 or more',
  );
  await refused(regressor({ ...cars, values: matrix(cars.x.rows, 2, new Float64Array(cars.x.rows * 2)) }, {}), 'E_DATA', '2 values a row');
  const far = withColumns(cars, [0, 1], (value, column) => (column === 1 ? Infinity : value));
  await refused(regressor(far, {}), 'E_DATA', 'column 1');
});
