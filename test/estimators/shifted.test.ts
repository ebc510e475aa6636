// Columns far from zero, such as times: f32 holds differences between rows, not levels, and where it does not hold those, float64 does.
// All numbers here are multiples of 1/64, so a level is added without rounding, and whatever goes by differences stays as it is.
import { expect, test } from 'vitest';
import * as api from '../../src/api.ts';
import type { Dataset, Matrix } from '../../src/api.ts';
import { csr } from '../../src/core/data/csr.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { linearValues } from '../../src/estimators/linear/linearValues.ts';
import { coarseColumns } from '../../src/estimators/rows/frame.ts';
import { squaresOf } from '../../src/estimators/supportVectors/squares.ts';
import { testCompute } from '../support/compute.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);

const COUNT = 96;
const COLS = 3;
type Table = Dataset<'train', Matrix<'f64'>> & { readonly values: Matrix<'f64'> };

/** @param level added to the first column, by row and class */
function tableOf(seed: number, level: (row: number, label: number) => number, count = COUNT): Table {
  const random = new RandomState(seed);
  const labels = Uint8Array.from({ length: count }, (_, row) => row % 3);
  const noise = (): number => Math.round(64 * 20 * (random.double() + random.double() - 1)) / 64;
  const data = Float64Array.from({ length: count * COLS }, (_, at) => {
    const [row, column] = [Math.floor(at / COLS), at % COLS];
    return noise() + 24 * Number(column === labels[row]) + (column === 0 ? level(row, labels[row]!) : 0);
  });
  const values = Float64Array.from(labels, (label, row) => label + data[row * COLS + 1]! / 8);
  return {
    name: 'table',
    role: 'train',
    x: api.matrix(count, COLS, data),
    labels,
    values: api.matrix(count, 1, values),
    rows: Uint32Array.from(labels.keys()),
  };
}

const clusters = (table: Table): number[][] => [0, 1, 2, 5].map((row) => [...table.x.data.subarray(row * COLS, (row + 1) * COLS)]);

/** What goes by differences between rows alone. */
const ESTIMATORS: Readonly<Record<string, (table: Table) => unknown>> = {
  'kMeans from given centers': (table) => api.kMeans({ nClusters: 4, init: clusters(table), tol: 0 }),
  'kMeans from k-means++': () => api.kMeans({ nClusters: 4, seed: 3 }),
  miniBatchKMeans: () => api.miniBatchKMeans({ nClusters: 4, seed: 3, batchSize: 32 }),
  nearestCentroid: () => api.nearestCentroid(),
  'nearestCentroid by medians': () => api.nearestCentroid({ metric: 'manhattan' }),
  kNeighborsClassifier: () => api.kNeighborsClassifier({ weights: 'distance' }),
  kNeighborsRegressor: () => api.kNeighborsRegressor(),
  gaussianNB: () => api.gaussianNB(),
  linearDiscriminantAnalysis: () => api.linearDiscriminantAnalysis(),
  quadraticDiscriminantAnalysis: () => api.quadraticDiscriminantAnalysis(),
  svc: () => api.svc({ gamma: 0.01 }),
  svr: () => api.svr({ gamma: 0.01 }),
  oneClassSVM: () => api.oneClassSVM({ gamma: 0.01 }),
  nystroem: () => api.chain(api.nystroem({ gamma: 0.001, nComponents: 8, seed: 1 }), api.ridge()),
  pca: () => api.chain(api.pca({ nComponents: 2 }), api.kNeighborsClassifier()),
  ridge: () => api.ridge(),
  linearRegression: () => api.linearRegression(),
  lasso: () => api.lasso({ alpha: 0.1 }),
  standardize: () => api.chain(api.standardize(), api.logisticRegression({ tol: 1e-8 })),
  minMax: () => api.chain(api.minMax(), api.kNeighborsClassifier()),
  robust: () => api.chain(api.robust(), api.ridge()),
  quantile: () => api.chain(api.quantile({ nQuantiles: 20 }), api.ridge()),
  kBins: () => api.chain(api.kBins({ nBins: 4 }), api.ridge()),
  histGradientBoostingClassifier: () => api.histGradientBoostingClassifier({ maxIter: 4, minSamplesLeaf: 4 }),
  histGradientBoostingRegressor: () => api.histGradientBoostingRegressor({ maxIter: 4, minSamplesLeaf: 4 }),
};

interface Fitted {
  readonly fields: object;
  predict(rows: Dataset, on: typeof context): Promise<ArrayLike<number>>;
}

async function fitted(name: string, table: Table): Promise<Fitted> {
  const estimator = ESTIMATORS[name]!(table) as ReturnType<typeof api.ridge>;
  const { labels, values, ...rest } = table;
  const target = (estimator.kind as string) === 'regressor' ? { values } : { labels };
  const [trained] = await estimator.train({ ...rest, ...target } as never, [{ name: 'fit' }], {}, context);
  return trained!.model as unknown as Fitted;
}

test.each(Object.keys(ESTIMATORS))('%s: a level added to a column changes nothing', async (name) => {
  const plain = tableOf(1, () => 0);
  const expected = Array.from(await (await fitted(name, plain)).predict(plain, context));
  for (const level of [2 ** 20, 1.7e9, 2 ** 40]) {
    const moved = tableOf(1, () => level);
    const found = Array.from(await (await fitted(name, moved)).predict(moved, context));
    expected.forEach((value, row) => expect(Math.abs(found[row]! - value), `row ${row} at ${level}`).toBeLessThan(1e-4));
  }
});

const squareOf = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, j) => sum + (value - b[j]!) ** 2, 0);
const rowsOf = ({ x }: Table): Float64Array[] => Array.from({ length: x.rows }, (_, row) => x.data.slice(row * COLS, (row + 1) * COLS));
const nearest = (row: Float64Array, points: readonly Float64Array[]): number => {
  const squares = points.map((point) => squareOf(row, point));
  return squares.indexOf(Math.min(...squares));
};
const meanOf = (rows: readonly Float64Array[]): Float64Array =>
  rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + (row[j]! - rows[0]![j]!), 0) / rows.length + rows[0]![j]!);

/** One column of a few seconds around two times that are decades apart. */
const apart = (row: number): number => 1.7e9 * Number(row % 4 < 2);

test('rows at two times that are decades apart: clusters and centroids are those of float64', async () => {
  const table = tableOf(2, apart);
  const rows = rowsOf(table);
  let points = [0, 1, 2, 5].map((row) => rows[row]!);
  for (let iteration = 0; iteration < 100; iteration++) {
    const codes = rows.map((row) => nearest(row, points));
    points = points.map((_, k) => meanOf(rows.filter((_, row) => codes[row] === k)));
  }
  const model = await fitted('kMeans from given centers', table);
  expect(Array.from(await model.predict(table, context))).toEqual(rows.map((row) => nearest(row, points)));
  expect((model as unknown as { fields: { inertia: number } }).fields.inertia).toBeCloseTo(
    rows.reduce((sum, row) => sum + squareOf(row, points[nearest(row, points)]!), 0),
    3,
  );
  const centroids = [0, 1, 2].map((label) => meanOf(rows.filter((_, row) => table.labels[row] === label)));
  expect(Array.from(await (await fitted('nearestCentroid', table)).predict(table, context))).toEqual(rows.map((row) => nearest(row, centroids)));
});

test('classes decades apart that vary by seconds keep their variances', async () => {
  const plain = tableOf(3, () => 0);
  const moved = tableOf(3, (_, label) => 1.7e9 * Number(label === 1));
  const variances = async (table: Table): Promise<readonly Float64Array[]> => {
    const { fields } = (await fitted('gaussianNB', table)) as unknown as { fields: { var: readonly Float64Array[]; progress: { added: number } } };
    return fields.var.map((own) => own.map((value) => value - fields.progress.added)); // a share of the largest of all rows
  };
  const [a, b] = [await variances(plain), await variances(moved)];
  for (const [c, own] of a.entries()) own.forEach((value, j) => expect(b[c]![j]! / value, `class ${c}, column ${j}`).toBeCloseTo(1, 5));
  const scalings = async (table: Table): Promise<readonly Float64Array[]> =>
    ((await fitted('quadraticDiscriminantAnalysis', table)) as unknown as { fields: { scalings: readonly Float64Array[] } }).fields.scalings;
  const [c, d] = [await scalings(plain), await scalings(moved)];
  c.forEach((own, at) => own.forEach((value, k) => expect(d[at]![k]! / value).toBeCloseTo(1, 6)));
});

test.each(['kMeans from given centers', 'miniBatchKMeans', 'nearestCentroid', 'nearestCentroid by medians', 'gaussianNB', 'kNeighborsClassifier'])(
  '%s says of rows together, wherever they are, what it says of each alone',
  async (name) => {
    const model = await fitted(
      name,
      tableOf(4, () => 1.7e9),
    );
    const far = tableOf(5, (row) => 1.7e9 + [0, 1e8, -1.7e9, 0][row % 4]!, 24);
    const together = Array.from(await model.predict(far, context));
    for (const row of far.rows) {
      const [alone] = Array.from(await model.predict({ ...far, rows: Uint32Array.of(row) }, context));
      expect(together[row], `row ${row}`).toBe(alone);
    }
  },
);

test('distances of rows far from all centers', async () => {
  const trained = tableOf(4, () => 1.7e9);
  const { fields, ...model } = (await fitted('kMeans from given centers', trained)) as unknown as {
    fields: { clusterCenters: readonly Float64Array[] };
    transform(rows: Dataset, on: typeof context): Promise<Float64Array>;
  };
  const far = tableOf(5, () => 1.8e9, 24);
  const distances = await model.transform(far, context);
  rowsOf(far).forEach((row, i) => fields.clusterCenters.forEach((center, k) => expect(distances[i * 4 + k]).toBeCloseTo(Math.sqrt(squareOf(row, center)), 6)));
});

test('squared distances of many rows that f32 does not tell apart are found in float64', async () => {
  const count = 5800; // more are made on the device
  const table = tableOf(6, apart, count);
  const all = Uint32Array.from(table.rows);
  const squares = await squaresOf(compute, table, [all], { keptBytes: 8e6 });
  try {
    const asked = [0, 1, 2, 3];
    await squares.bring(asked, [0]);
    for (const row of asked) {
      const { numbers, at, step } = squares.get(row, 0)!;
      const own = table.x.data.subarray(row * COLS, (row + 1) * COLS);
      for (let other = 0; other < count; other += 97) {
        expect(numbers[at + other * step]! * squares.unit).toBe(squareOf(own, table.x.data.subarray(other * COLS, (other + 1) * COLS)));
      }
    }
  } finally {
    squares.release();
  }
});

test('perceptrons say which column to standardize', async () => {
  const events: RunEvent[] = [];
  const table = tableOf(8, () => 1.7e9);
  const { values: _, ...rows } = table;
  const data = { ...rows, columns: ['seen', 'a', 'b'] };
  const perceptron = { hiddenLayerSizes: [2], maxIter: 1, seed: 1 };
  const on = stageContext(compute, events);
  const precision = () => events.filter((event) => event.type === 'warning' && event.code === 'W_PRECISION');
  await api.chain(api.standardize(), api.mlpClassifier(perceptron)).train(data, [{ name: 'fit' }], {}, on);
  expect(precision()).toEqual([]);
  // Once a stage, however many it trains.
  const folds = { fold: Uint8Array.from(data.rows, (row) => row % 2), count: 2 };
  await api.mlpClassifier(perceptron).train(data, [{ name: 'fit' }, { name: 'fold 0', heldOut: 0 }, { name: 'fold 1', heldOut: 1 }], { folds }, on);
  expect(precision()).toEqual([
    {
      type: 'warning',
      stage: 'test',
      code: 'W_PRECISION',
      message: 'mlpClassifier: rows are held as 32-bit floats, which lose what tells many values of column 0 (seen) of table apart.',
      hint: 'Put standardize() before it in a chain: it takes away the mean in 64 bits.',
    },
  ]);
  await api.mlpClassifier(perceptron).train(data, [{ name: 'fit' }], {}, { ...on, stage: 'other' });
  expect(precision().map((event) => 'stage' in event && event.stage)).toEqual(['test', 'other']);
});

test.each(['quadraticDiscriminantAnalysis', 'linearDiscriminantAnalysis'] as const)(
  '%s: a column of bytes that is constant within classes takes no further passes over the rows',
  async (name) => {
    const [count, cols] = [600, 5];
    const reads = async (constant: (label: number) => number | undefined): Promise<number> => {
      const random = new RandomState(9);
      const labels = Uint8Array.from({ length: count }, (_, row) => row % 2);
      const bytes = Uint8Array.from({ length: count * cols }, (_, at) => {
        const drawn = random.interval(3);
        return at % cols === 0 ? (constant(labels[Math.floor(at / cols)]!) ?? drawn) : drawn;
      });
      let read = 0;
      const x = {
        rows: count,
        cols,
        dtype: 'u8' as const,
        readRows: async (ids: Uint32Array, target: Uint8Array) => {
          read++;
          ids.forEach((id, i) => target.set(bytes.subarray(id * cols, (id + 1) * cols), i * cols));
        },
      };
      const estimator = name === 'linearDiscriminantAnalysis' ? api.linearDiscriminantAnalysis() : api.quadraticDiscriminantAnalysis({ regParam: 0.1 });
      await estimator.train({ name: 'bits', role: 'train', x, labels, rows: Uint32Array.from(labels.keys()) }, [{ name: 'fit' }], {}, context);
      return read;
    };
    expect(await reads((label) => 1 + 2 * label)).toBe(await reads(() => undefined));
  },
);

test('sparse rows are not made dense to be looked at', async () => {
  const [count, cols] = [300, 2 ** 26];
  const indptr = Uint32Array.from({ length: count + 1 }, (_, row) => row);
  const x = csr(count, cols, { indptr, indices: indptr.slice(0, count), data: new Float32Array(count).fill(1) });
  expect(await coarseColumns({ x, rows: indptr.slice(0, count) })).toEqual([]);
});

test('weights of many rows over columns that cancel', async () => {
  const count = 120_000; // fewer are told in float64 anyway
  const random = new RandomState(7);
  const data = new Float64Array(count * 2);
  for (let row = 0; row < count; row++) {
    const begin = 1.7e9 + Math.floor(random.double() * 3e9);
    data.set([begin, begin + (row % 60)], row * 2);
  }
  const x = api.matrix(count, 2, data);
  const rows = { name: 'stays', x, rows: Uint32Array.from({ length: count }, (_, row) => row) };
  const found = await linearValues({ coef: [Float64Array.of(-1, 1)], intercept: Float64Array.of(0.5) }, rows, context);
  let worst = 0;
  for (let row = 0; row < count; row++) worst = Math.max(worst, Math.abs(found[row]! - (row % 60) - 0.5));
  expect(worst).toBeLessThan(1e-3);
});
