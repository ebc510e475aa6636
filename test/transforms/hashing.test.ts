// hashing against scikit-learn 1.9 (fixtures/transforms.json), and by what must hold of any names.
import { expect, test } from 'vitest';
import fixture from '../fixtures/transforms.json' with { type: 'json' };
import { chain, hashing, multinomialNB, nearestCentroid } from '../../src/api.ts';
import { takeRows } from '../../src/core/data/features.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import type { Predictor, Transformer } from '../../src/dsl/estimator.ts';
import { modelToBytes } from '../../src/models/modelFile.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { expectNear, fitted } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = new ReferenceCompute();
const context = stageContext(compute);

/** Rows of a city and of half the number of its row. @param names codes by this order */
function rowsOf(cities: readonly string[], names: readonly string[] = [...new Set(cities)].sort()) {
  const x = { ...matrix(cities.length, 2, Float64Array.from(cities.flatMap((city, i) => [names.indexOf(city), i / 2]))), categories: [names, null] };
  return { name: 'cities', role: 'train' as const, x, rows: Uint32Array.from(cities.keys()), columns: ['city', 'size'] };
}

const { cities } = fixture.hashing;

test.each(fixture.hashing.rows.map((row) => [JSON.stringify(row.options), row] as const))('scikit-learn: %s', async (_, { options, out }) => {
  const rows = rowsOf(cities);
  const model = await fitted<Transformer>(hashing(options), rows, compute);
  const dense = await model.transform(rows, context);
  expectNear(dense.data, out.flat(), 1e-15);
  expect((await takeRows(await model.sparse!(rows, context), rows.rows)).data).toEqual(dense.data);
});

test('a name has its feature whatever its code and whichever names there are, in training rows or not', async () => {
  const model = await fitted<Transformer>(hashing(), rowsOf(['Ulm', 'Bonn']), compute);
  const [some, others] = [await model.transform(rowsOf(cities), context), await model.transform(rowsOf(cities, ['Bonn', ...cities.toReversed()]), context)];
  expect(some.data).toEqual(others.data);
  // A model keeps no names.
  expect(Buffer.from(await modelToBytes(model)).includes('Bonn')).toBe(false);
});

test('in a chain with names that no training row has; a gap is refused', async () => {
  const rows = { ...rowsOf(cities), labels: Uint8Array.from(cities, (_, i) => i % 2) };
  const model = await fitted<Predictor>(
    chain(hashing({ alternateSign: false }), multinomialNB()) as never,
    { ...rows, rows: rows.rows.subarray(0, 6) },
    compute,
  );
  expect(model.model!.columns!.slice(0, 2)).toEqual(['hashing0', 'hashing1']);
  const row = await model.predictRow(Float64Array.of(0, 1), context, [['Oslo'], null]);
  expect(row).toMatchObject({ prediction: expect.any(Number) });
  await expect(model.predictRow(Float64Array.of(0, 1), context)).rejects.toMatchObject({
    hint: 'Give the names with the codes: predictRow(row, context, categories).',
  });
  const gap = { ...rows, x: { ...rows.x, data: rows.x.data.map((value, at) => (at === 2 ? NaN : value)) } };
  await expect(fitted(chain(hashing(), nearestCentroid()) as never, gap, compute)).rejects.toMatchObject({
    code: 'E_DATA',
    message: expect.stringContaining('NaN in column 0 (city)'),
  });
});
