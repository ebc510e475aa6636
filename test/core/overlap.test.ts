import { expect, test } from 'vitest';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { newOverlap } from '../../src/core/leaks/overlap.ts';
import { table } from '../support/table.ts';

const data = table([0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 0, 1, 0, 1, 0, 1]);
const fitted = (rows: number[], more: Partial<Dataset> = {}): Dataset => ({ ...data, ...more, role: 'train', rows: Uint32Array.from(rows) });
const scored = (rows: number[], more: Partial<Dataset> = {}): Dataset => ({ ...data, ...more, role: 'test', rows: Uint32Array.from(rows) });

test('rows are the same by their ids, and each is counted once', async () => {
  expect(await newOverlap(fitted([0, 1, 2, 3]), scored([4, 5, 6]))).toBeUndefined();
  expect(await newOverlap(fitted([0, 1, 1, 2, 3]), scored([4, 3, 3, 1]))).toEqual({
    ids: Uint32Array.of(3, 1),
    message: '2 rows of table (ids 3, 1) are in both train and test. A model scored on rows it was fitted on looks better than it is.',
  });
  expect((await newOverlap(fitted([0]), scored([0])))!.message).toContain('1 row of table (id 0) is in both');
  expect((await newOverlap(fitted([0, 1, 2, 3, 4, 5, 6]), scored([6, 5, 4, 3, 2, 1, 7])))!.message).toContain('6 rows of table (ids 6, 5, 4, 3, 2, ...) are');
});

test('the same overlap is told once, one that grew again', async () => {
  const rows = scored([2, 3]);
  expect(await newOverlap(fitted([0, 2]), rows)).toBeDefined();
  expect(await newOverlap(fitted([2, 0]), { ...rows, name: 'scaled' })).toBeUndefined();
  expect(await newOverlap(fitted([0, 2, 3]), rows)).toBeDefined();
});

test('a copy of the features is the same rows, as one that comes back from a cache is; other features are not', async () => {
  const copied = matrix(8, 1, Float32Array.from(data.x.data));
  expect(await newOverlap(fitted([0, 1], { x: copied }), scored([1]))).toBeDefined();
  const other = matrix(
    8,
    1,
    Float32Array.from(data.x.data, (value) => value + 10),
  );
  expect(await newOverlap(fitted([0, 1], { x: other }), scored([1]))).toBeUndefined();
  expect(await newOverlap(fitted([0, 1], { x: matrix(2, 1, Float32Array.of(0, 1)) }), scored([1]))).toBeUndefined();
});
