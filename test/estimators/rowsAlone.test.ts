// What a model says of a row does not go by the rows that it is asked of along with: on the host to the last bit, as requests to `serve`
// are answered whatever else waits. On a device rows stand in f32 around the middle of all that are there, and agree to f32.
import { expect, test } from 'vitest';
import { matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { targetByKind } from '../../src/dsl/kind.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { answersOf } from '../../src/testing/answers.ts';
import { tablesOf } from '../../src/testing/tables.ts';
import { exportedEstimators, ON_TEXTS } from '../support/exportedEstimators.ts';
import { stageContext } from '../support/smallSets.ts';

/** What is not that of every estimator of its kind. */
const TABLES: Readonly<Record<string, object>> = {
  fixedThresholdClassifier: tablesOf('classes')[1]!, // they are of two classes
  tunedThresholdClassifier: tablesOf('classes')[1]!,
  selectKBest: tablesOf('classes')[0]!, // it learns from classes
};
const PART = 23;

test.each(exportedEstimators().filter(([name]) => !ON_TEXTS.has(name)))('%s', async (name, estimator) => {
  const context = stageContext(new ReferenceCompute({ loops: true }));
  const own = (TABLES[name] ?? tablesOf(targetByKind[estimator.kind ?? 'classifier'])[0]!) as ReturnType<typeof tablesOf>[number];
  const random = new RandomState(5);
  // Columns of several sizes and levels, of which f32 holds no value.
  const x = Float64Array.from(own.x.data, (value, at) => (value + random.double() / 3) * [1, 3, 0.01, 1][at % 4]! + [0, 5, 0, 100][at % 4]!);
  const table = { ...own, x: matrix(own.x.rows, own.x.cols, x) };
  const [trained] = await estimator.train(table as never, [{ name: 'fit' }], {}, context);
  const model = trained!.model as Parameters<typeof answersOf>[1] &
    Partial<Record<'predict' | 'predictProba', (...asked: unknown[]) => Promise<ArrayLike<number>>>>;
  const asked = async (rows: Uint32Array): Promise<readonly (readonly number[])[]> => {
    const data = { ...table, rows };
    const all = [await answersOf(name, model, data, context)];
    for (const says of ['predict', 'predictProba'] as const) if (model[says]) all.push(Float64Array.from(await model[says](data, context)));
    return Array.from(rows, (_, row) =>
      all.flatMap((numbers) => [...numbers.subarray((row * numbers.length) / rows.length, ((row + 1) * numbers.length) / rows.length)]),
    );
  };
  const { rows } = table;
  const together = await asked(rows);
  expect(together[0]!.length).toBeGreaterThan(0);
  expect((await asked(rows.toReversed())).toReversed()).toEqual(together);
  expect(await asked(rows.slice(0, PART))).toEqual(together.slice(0, PART));
  for (const row of [0, 20, rows.length - 1]) expect(await asked(rows.slice(row, row + 1)), `row ${row} alone`).toEqual([together[row]]);
});
