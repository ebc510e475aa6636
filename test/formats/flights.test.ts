// 200 000 flights as Arrow: rows as pyarrow counts them, and a model that tells late ones from others as scikit-learn's does.
import { expect, test } from 'vitest';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { arrow } from '../../src/formats/arrow/arrow.ts';
import { label, number } from '../../src/tables/columns.ts';
import { table } from '../../src/tables/table.ts';
import { flights, lateness, sumsOf } from '../support/flights.ts';
import { trainOf } from '../tables/penguins.ts';

test('200 000 flights, late ones told from others', async () => {
  const data = await trainOf(table(arrow(flights('flights-200k.arrow')), { distance: number(), time: number(), delay: label({ above: 15 }) }));
  const [distance, time] = sumsOf(data.x as Matrix);
  expect([data.x.rows, distance, data.labels.filter((late) => late === 1).length]).toEqual([200_000, 145_847_125, 43_145]);
  expect(time).toBeCloseTo(2_755_170.1662385147, 3);
  expect(data.classNames).toEqual([false, true]);
  // LogisticRegression(tol=1e-8) of scikit-learn 1.9 on standardized features.
  const expected = [0.07054488301664869, 0.36478509382623886, -1.32907201];
  for (const [i, weight] of (await lateness(data)).entries()) expect(Math.abs(weight - expected[i]!)).toBeLessThan(2e-4);
});
