// What the accuracy of folds is held against: one answer for all of them.
import { expect, test } from 'vitest';
import type { Evaluation } from '../../src/dsl/estimator.ts';
import { baselineRecord, foldScoresOf } from '../../src/validation/foldScores.ts';

/** A fold with so many rows of each label, all predicted right. */
const fold = (classes: readonly number[], rows: readonly number[]): Evaluation => ({
  classes,
  counts: { rows: [...rows], predicted: [...rows], right: [...rows] },
});

const baselineOf = (...folds: readonly Evaluation[]): unknown => baselineRecord(foldScoresOf(['accuracy'], folds), folds)['majorityBaseline'];

test('one row a fold: the share of the commonest class, not 1', () => {
  const rows = [5, 5, 7].map((label) => fold([5, 7], label === 5 ? [1, 0] : [0, 1]));
  expect(baselineOf(...rows)).toBeCloseTo(2 / 3, 12);
});

test('classes that stand together: each fold has another commonest class', () => {
  expect(baselineOf(fold([0, 1, 2], [4, 0, 0]), fold([0, 1, 2], [0, 4, 0]), fold([0, 1, 2], [1, 0, 3]))).toBeCloseTo((1 + 0 + 1 / 4) / 3, 12);
});

test('labels decide, not their places: a fold may be of a model that knows fewer classes', () => {
  expect(baselineOf(fold([1, 2], [1, 3]), fold([0, 1, 2], [0, 2, 2]))).toBeCloseTo((3 / 4 + 2 / 4) / 2, 12);
});

test('folds that were not trained count for nothing; of none there is no baseline', () => {
  const failed = { ...fold([0, 1], [9, 0]), failed: 'one class' };
  expect(baselineOf(failed, fold([0, 1], [1, 3]))).toBe(3 / 4);
  expect(baselineOf(failed)).toBeNull();
});
