// Estimators that learn from sums of products, over shards: the same to the bit as on one machine, and scikit-learn's figures.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import figures from '../fixtures/ridge.json' with { type: 'json' };
import { testCompute } from '../support/compute.ts';
import { expectClose } from '../support/figures.ts';
import { fleet, unbalanced, type Fleet } from '../support/shardedFits.ts';
import { stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';
import {
  chain,
  elasticNet,
  lasso,
  linearDiscriminantAnalysis,
  linearRegression,
  matrix,
  pca,
  quadraticDiscriminantAnalysis,
  ridge,
  ridgeClassifier,
  standardize,
  type Dataset,
  type Estimator,
  type Features,
  type Matrix,
} from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { encode } from '../../src/core/encoding/encoding.ts';
import type { Shards } from '../../src/core/shards/shards.ts';
import type { StageContext } from '../../src/dsl/stage/context.ts';
import { storedMatrix } from '../../src/runtime/node/storedMatrix.ts';
import { sumsByFold, type Sums } from '../../src/estimators/ridge/sums.ts';

const compute = await testCompute();
/** Three whole spans and a part of one. */
const [ROWS, COLS] = [3 * 4096 + 1301, 9];
const open: Fleet[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
const fleetOf = async (...options: Parameters<typeof fleet> extends [unknown, ...infer R] ? R : never): Promise<Fleet> => {
  const made = await fleet(compute, ...options);
  open.push(made);
  return made;
};
const contextWith = (shards?: Shards): StageContext => ({ ...stageContext(compute), ...(shards ? { shards } : {}) });

type Values = Dataset<'train', Features, 'values'> & { readonly labels: Uint8Array };

/** Numbers of float64 a way from zero, or bytes, in no order, with two values each. */
function table(dtype: 'u8' | 'f64', rows = ROWS): Values {
  const bytes = unbalanced(rows, COLS, { classes: 3 });
  const data = (bytes.x as Matrix).data;
  const random = new RandomState(8);
  const noise = (): number => random.uint32() / 2 ** 31 - 1;
  const x =
    dtype === 'u8'
      ? matrix(rows, COLS, data)
      : matrix(
          rows,
          COLS,
          Float64Array.from(data, (value, at) => 1e3 * (at % COLS) + value / 7 + noise() / 100),
        );
  const values = Float64Array.from({ length: rows * 2 }, (_, at) => x.data[(at >> 1) * COLS]! - x.data[(at >> 1) * COLS + 1 + (at % 2)]! + noise());
  return { ...bytes, x, values: matrix(rows, 2, values) } as unknown as Values;
}

const [bytes, numbers] = [table('u8'), table('f64')];
const plain = (data: Values): Values => ({ ...data, weights: undefined }) as Values;
const FOLDS = { count: 3, fold: Uint8Array.from({ length: ROWS }, (_, i) => (i * 7) % 3) };
const JOBS = [{ name: 'fit' }, ...[0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut}`, heldOut }))];

/** All that is learned, to the bit. */
async function trained(estimator: Estimator, data: Values, shards?: Shards, jobs = JOBS): Promise<readonly string[]> {
  const { labels, values, ...rows } = data;
  const found = await estimator.train(
    { ...rows, ...(estimator.kind === 'regressor' ? { values } : { labels }) } as never,
    jobs,
    { folds: FOLDS },
    contextWith(shards),
  );
  return Promise.all(found.map(async ({ model }) => (await encode(model)).digest));
}
const one = ridge() as unknown as Estimator;
const alone = await trained(one, numbers);

test('sums of one machine are those of its rows, each fold apart, and tell folds from each other', async () => {
  const { frame, sums } = await sumsByFold('ridge', contextWith(), plain(numbers), { folds: FOLDS, targets: [new Float64Array(ROWS).fill(2)] });
  const { data } = numbers.x as Matrix;
  const z = (row: number, j: number): number => (j === COLS ? 1 : (data[row * COLS + j]! - frame.center[j]!) / frame.unit[j]!);
  for (const [fold, { products, targets }] of sums.entries()) {
    const own = numbers.rows.filter((_, i) => FOLDS.fold[i] === fold);
    const expected = Array.from({ length: (COLS + 1) ** 2 }, (_, at) =>
      own.reduce((sum, row) => sum + z(row, Math.floor(at / (COLS + 1))) * z(row, at % (COLS + 1)), 0),
    );
    expectClose(products, expected, 1e-12);
    expectClose(
      targets[0]!,
      expected.slice(-COLS - 1).map((sum) => 2 * sum),
      1e-12,
    );
  }
  expect(new Set(alone).size).toBe(4);
});

test.each([1, 2, 3, 5])('%d shards, a worker each', async (count) => {
  const { driver } = await fleetOf({ count });
  expect(await trained(one, numbers, driver)).toEqual(alone);
});

test.each<readonly [string, Estimator, Values]>([
  ['bytes that count once, whose words stand in another order', one, plain(bytes)],
  ['bytes with weights', one, bytes],
  ['numbers without weights', one, plain(numbers)],
  ['scaled numbers', one, { ...numbers, scaling: { shift: new Float64Array(COLS).fill(1.5), factor: new Float64Array(COLS).fill(0.7) } }],
  ['linearRegression', linearRegression() as never, numbers],
  ['lasso', lasso({ alpha: 0.1 }) as never, numbers],
  ['elasticNet', elasticNet({ alpha: 0.1 }) as never, bytes],
  ['ridgeClassifier', ridgeClassifier({ classWeight: 'balanced' }) as never, numbers],
  ['linearDiscriminantAnalysis', linearDiscriminantAnalysis() as never, numbers],
  ['quadraticDiscriminantAnalysis', quadraticDiscriminantAnalysis() as never, numbers],
  ['a chain whose step is scaled', chain(standardize(), ridge()) as never, numbers],
  ['a chain whose step shards too', chain(pca({ nComponents: 3 }), ridge()) as never, bytes],
])('%s', async (_, estimator, data) => {
  const { driver } = await fleetOf({ count: 3 }, 2);
  expect(await trained(estimator, data, driver)).toEqual(await trained(estimator, data));
});

test('pca', async () => {
  const { driver } = await fleetOf({ count: 3 });
  const learned = async (shards?: Shards): Promise<string> => {
    const [found] = await pca().train({ ...numbers, values: undefined } as never, [{ name: 'fit' }], {}, contextWith(shards));
    return (await encode(found!.model)).digest;
  };
  expect(await learned(driver)).toBe(await learned());
});

test('rows that are stored, and rows that a worker has of the fit before', async () => {
  const { driver, folder } = await fleetOf({ count: 2 });
  const path = join(folder, 'rows.f64');
  writeFileSync(path, new Uint8Array((numbers.x as Matrix).data.buffer));
  const x = await storedMatrix(path, { rows: ROWS, cols: COLS, dtype: 'f64' });
  expect(await trained(one, { ...numbers, x }, driver)).toEqual(alone);
  for (let i = 0; i < 2; i++) expect(await trained(one, numbers, driver)).toEqual(alone);
});

test('columns that nearly make each other up, told apart by the rows themselves', async () => {
  const { data } = numbers.x as Matrix;
  const x = matrix(
    ROWS,
    3,
    Float64Array.from({ length: ROWS * 3 }, (_, at) => {
      const [a, b] = [data[Math.floor(at / 3) * COLS]!, data[Math.floor(at / 3) * COLS + 1]!];
      return [a, b, a + 1e-4 * b][at % 3]!;
    }),
  );
  const { driver } = await fleetOf({ count: 2 });
  const exact = linearRegression() as unknown as Estimator;
  expect(await trained(exact, { ...numbers, x }, driver)).toEqual(await trained(exact, { ...numbers, x }));
});

test('a round after the other, where all spans of a shard at once would take long', async () => {
  const { driver } = await fleetOf({ count: 2 });
  const summed = { weights: numbers.weights && numbers.rows.map((id) => id) && Float32Array.from(numbers.rows, (id) => numbers.weights![id]!), folds: FOLDS };
  const told = ({ sums }: { readonly sums: readonly Sums[] }): readonly number[][] => sums.map(({ products }) => [...products]);
  expect(told(await sumsByFold('ridge', contextWith(driver), numbers, summed, { roundProducts: 1 }))).toEqual(
    told(await sumsByFold('ridge', contextWith(), numbers, summed)),
  );
});

describe('faults', () => {
  test.each([0, 1])('a worker that is lost after %d answers', async (answers) => {
    const { driver, add } = await fleetOf({ count: 3, least: 2 }, 1);
    let left = answers;
    add((frame, pass, line) => (frame.kind === 'answer' && left-- === 0 ? void line.destroy() : pass(frame)));
    expect(await trained(one, numbers, driver)).toEqual(alone);
    expect(driver.workers).toBe(1);
  });

  test('sparse rows are refused, unless they are full; a row that is no number is named as on one machine', async () => {
    const { driver } = await fleetOf({ count: 2 });
    const few = sparseOf(
      matrix(
        ROWS,
        100,
        Float32Array.from({ length: ROWS * 100 }, (_, at) => Number(at % 100 === Math.floor(at / 100) % 99)),
      ),
    );
    await expect(trained(one, { ...numbers, x: few }, driver)).rejects.toThrow(/sparse rows, and those do not shard/);
    const full = { ...numbers, x: sparseOf(numbers.x as Matrix) };
    expect(await trained(one, full, driver)).toEqual(await trained(one, full));
    const data = (numbers.x as Matrix).data.slice() as Float64Array<ArrayBuffer>;
    data[9000 * COLS + 4] = Infinity;
    const reason = (shards?: Shards): Promise<unknown> =>
      trained(one, { ...numbers, x: matrix(ROWS, COLS, data) }, shards).catch((error: Error) => error.message);
    expect(await reason()).toMatch(/9000/);
    expect(await reason(driver)).toBe(await reason());
  });
});

test("scikit-learn's figures, by a shard", async () => {
  const { rows, cols, x, y } = figures.diabetes;
  const { coef, intercept } = figures.regressors.find(({ label }) => label === 'ridge alpha=1')!;
  const half = Uint32Array.from({ length: (rows + 1) >> 1 }, (_, i) => 2 * i);
  const data = {
    name: 'diabetes',
    role: 'train',
    x: matrix(rows, cols, Float64Array.from(x.flat())),
    values: matrix(rows, 1, Float64Array.from(y)),
    rows: half,
  } as const;
  const { driver } = await fleetOf({ count: 2 }, 1);
  const [found] = await ridge().train(data, [{ name: 'fit' }], {}, contextWith(driver));
  expectClose(found!.model.fields.coef[0]!, coef, 1e-9);
  expectClose(found!.model.fields.intercept, [intercept], 1e-12);
});
