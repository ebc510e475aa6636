// Three million flights as Parquet, which Polars wrote: rows as pyarrow counts them, and a model as scikit-learn's.
import { expect, test } from 'vitest';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { parquet } from '../../src/formats/parquet/parquet.ts';
import { category, date, label, number, value } from '../../src/tables/columns.ts';
import { table } from '../../src/tables/table.ts';
import { flights, lateness, sumsOf } from '../support/flights.ts';
import { trainOf } from '../tables/penguins.ts';

const FILE = parquet(flights('flights-3m.parquet'));

test('3 000 000 flights, late ones told from others', async () => {
  const started = performance.now();
  const date3 = date({ parts: ['month', 'hour', 'weekday'] });
  const data = await trainOf(table(FILE, { date: date3, distance: number(), delay: label({ above: 15 }) }));
  const read = performance.now();
  expect([data.x.rows, ...sumsOf(data.x as Matrix)]).toEqual([3_000_000, 10_570_734, 39_723_002, 8_811_171, 2_194_861_208]);
  expect(data.labels.filter((late) => late === 1).length).toBe(599_055);
  // LogisticRegression(tol=1e-8) of scikit-learn 1.9 on standardized features.
  const expected = [-0.06101309718951144, 0.4078684680655752, 0.01942161725776466, 0.08299669904491466, -1.44008637];
  const weights = await lateness(data);
  const seconds = [read - started, performance.now() - read].map((ms) => (ms / 1000).toFixed(1));
  console.log(`read in ${seconds[0]} s, trained in ${seconds[1]} s, peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
  for (const [i, weight] of weights.entries()) expect(Math.abs(weight - expected[i]!)).toBeLessThan(2e-4);
});

test('all of its columns, airports by name', async () => {
  const { x, values } = await trainOf(table(FILE, { date: date(), distance: number(), origin: category(), destination: category(), delay: value() }));
  const { categories, data, cols } = x as Matrix;
  expect(categories!.map((names) => names?.length)).toEqual([undefined, undefined, 229, 228]);
  expect(data.subarray(0, cols).map((cell, j) => (j < 2 ? cell : 0))).toEqual(Float64Array.of(Date.UTC(2001, 0, 1, 0, 1) / 1000, 2176, 0, 0));
  expect(values.data.reduce((sum, delay) => sum + delay, 0)).toBe(20_003_603);
});
