// The neighbours themselves: those of scikit-learn's kneighbors, by whichever model, on rows of bytes and others.
import { expect, test } from 'vitest';
import { kNeighbors, kNeighborsClassifier, kNeighborsRegressor, matrix } from '../../src/api.ts';
import { testCompute } from '../support/compute.ts';
import { fitted, half } from '../support/figures.ts';
import { rawSet, stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);
const digits = rawSet('digits');

/** Distances of a row to all others, worked out one by one. */
function byHand(row: number, among: Uint32Array): readonly { readonly position: number; readonly distance: number }[] {
  const { cols, data } = digits.x;
  const all = Array.from(among, (id, position) => {
    let sum = 0;
    for (let j = 0; j < cols; j++) sum += (data[row * cols + j]! - data[id * cols + j]!) ** 2;
    return { position, distance: Math.sqrt(sum) };
  });
  return all.toSorted((a, b) => a.distance - b.distance || a.position - b.position);
}

test('positions and distances of the nearest rows', async () => {
  const [even, odd] = [half(digits, 0), half(digits, 1)];
  const { labels: _, ...rows } = even;
  const values = matrix(digits.x.rows, 1, Float64Array.from(digits.labels));
  const models = [
    await fitted(kNeighborsClassifier({ nNeighbors: 3 }), even, compute),
    await fitted(kNeighborsRegressor({ nNeighbors: 7, weights: 'distance' }), { ...rows, values }, compute),
  ];
  for (const model of models) {
    const { nNeighbors } = model.fields;
    const { indices, distances } = await kNeighbors(model, odd, context);
    expect(indices).toHaveLength(odd.rows.length * nNeighbors);
    for (const at of [0, 17, odd.rows.length - 1]) {
      const wanted = byHand(odd.rows[at]!, even.rows).slice(0, nNeighbors);
      expect([...indices.subarray(at * nNeighbors, (at + 1) * nNeighbors)]).toEqual(wanted.map(({ position }) => position));
      expect([...distances.subarray(at * nNeighbors, (at + 1) * nNeighbors)]).toEqual(wanted.map(({ distance }) => distance));
    }
  }
});

test('of several models of one search, each has as many as it takes; other columns are refused', async () => {
  const rows = half(digits, 0);
  const jobs = [2, 5].map((nNeighbors) => ({ name: `${nNeighbors}`, params: { nNeighbors } }));
  const [two, five] = (await kNeighborsClassifier().train({ ...rows, role: 'train' }, jobs, {}, context)).map(({ model }) => model);
  const asked = { ...digits, rows: digits.rows.subarray(1, 4) };
  const [few, more] = [await kNeighbors(two!, asked, context), await kNeighbors(five!, asked, context)];
  expect([few.indices.length, more.indices.length]).toEqual([6, 15]);
  for (const row of [0, 1, 2]) expect([...few.indices.subarray(row * 2, row * 2 + 2)]).toEqual([...more.indices.subarray(row * 5, row * 5 + 2)]);
  await expect(kNeighbors(two!, { ...asked, x: matrix(1, 2, Uint8Array.of(1, 2)), rows: Uint32Array.of(0) }, context)).rejects.toMatchObject({
    code: 'E_SHAPE',
  });
});
