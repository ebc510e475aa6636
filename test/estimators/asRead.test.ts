// What transformers make of more rows than there is room for: made a block at a time, and equal to what they make of all rows at once.
import { expect, test } from 'vitest';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { takeRows, type Features, type StoredMatrix } from '../../src/core/data/features.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import { encode } from '../../src/core/encoding/encoding.ts';
import { isLarge } from '../../src/estimators/chain/asRead.ts';
import { chain } from '../../src/estimators/chain/chain.ts';
import { through } from '../../src/estimators/chain/transformers.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { standardize } from '../../src/stages/scale.ts';
import { columns } from '../../src/transforms/columns/columns.ts';
import { impute } from '../../src/transforms/impute/impute.ts';
import { oneHot } from '../../src/transforms/oneHot/oneHot.ts';
import { testCompute } from '../support/compute.ts';
import { stageContext } from '../support/smallSets.ts';

const [ROWS, COLS] = [33_000, 64];
const NAMES = ['a', 'b', 'c', 'd', 'e'];

/** Numbers, one of them with gaps, and a column of names; in an order that is not that of the ids. */
function inMemory(): Dataset<'train', Matrix> {
  const data = new Float64Array(ROWS * COLS);
  let state = 7;
  for (let at = 0; at < data.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const column = at % COLS;
    data[at] = column === COLS - 1 ? state % 5 : column === 0 && state % 9 === 0 ? NaN : state / 2 ** 28 + column;
  }
  const x = { ...matrix(ROWS, COLS, data), categories: [...Array.from({ length: COLS - 1 }, () => null), NAMES] };
  const labels = Uint8Array.from({ length: ROWS }, (_, row) => Number(data[row * COLS + 1]! + data[row * COLS + 2]! > 18));
  return { name: 'many', role: 'train', x, labels, rows: Uint32Array.from({ length: ROWS }, (_, i) => (i * 7919) % ROWS) };
}

test('a chain of many stored rows is that of rows in memory, bit by bit, and never has them all', async () => {
  const memory = inMemory();
  let most = 0;
  const readRows = async (ids: Uint32Array, target: Float64Array): Promise<void> => {
    most = Math.max(most, ids.length);
    target.set((await takeRows(memory.x, ids)).data);
  };
  const x: StoredMatrix<'f64'> = { rows: ROWS, cols: COLS, dtype: 'f64', categories: memory.x.categories, readRows };
  const stored: Dataset<'train', Features> = { ...memory, x };
  expect([isLarge(memory), isLarge(stored), isLarge({ ...stored, rows: stored.rows.subarray(0, 1000) })]).toEqual([false, true, false]);
  const estimator = chain(
    columns({ numbers: [impute(), standardize()], categories: [impute({ strategy: 'mostFrequent' }), oneHot()] }),
    standardize(),
    logisticRegression({ maxIter: 3, tol: 1e-9 }),
  );
  const context = stageContext(await testCompute());
  const trainedOn = async (data: Dataset<'train', Features>) => (await estimator.train(data as never, [{ name: 'fit' }], {}, context))[0]!.model;
  const [own, other] = [await trainedOn(memory), await trainedOn(stored)];
  expect((await encode(other)).digest).toBe((await encode(own)).digest);
  expect(await other.evaluate(stored as never, 'counts', context)).toEqual(await own.evaluate(memory as never, 'counts', context));
  const { transformers } = own as never as { transformers: Parameters<typeof through>[0] };
  const [all, asRead] = [await through(transformers, memory, context), await through(transformers, stored, context)];
  const some = Uint32Array.of(ROWS - 1, 0, 5, 5, 7000);
  expect(await takeRows(asRead.x, some)).toEqual(await takeRows(all.x, some));
  expect(most).toBeLessThanOrEqual(4096);
});
