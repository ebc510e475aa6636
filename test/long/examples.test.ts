// The examples that train for minutes on software adapters, on the real digits.
import { expect, test } from 'vitest';
import { outputsOf } from '../support/outputsOf.ts';

test('a grid of 9 C: each point is trained to its end, and the best lies inside', { timeout: 600_000 }, async () => {
  const { 'grid-search': search, score } = await outputsOf('mnist-c-grid');
  const points = search!['points'] as { readonly params: { readonly C: number }; readonly foldScores: readonly number[]; readonly nIter: readonly number[] }[];
  expect(points).toHaveLength(9);
  // No two points are one model under two names.
  expect(new Set(points.map(({ foldScores }) => foldScores.join())).size).toBe(9);
  expect(Math.min(...points.flatMap(({ nIter }) => nIter))).toBeGreaterThan(10);
  const { C } = search!['bestParams'] as { readonly C: number };
  expect(C).toBeGreaterThan(0.05);
  expect(C).toBeLessThan(5);
  expect(Math.abs((search!['bestScore'] as number) - 0.979)).toBeLessThanOrEqual(0.0005);
  expect(search!['majorityBaseline'] as number).toBeCloseTo(0.9007, 4);
  expect(Math.abs((score!['testAccuracy'] as number) - 0.9808)).toBeLessThanOrEqual(0.001);
});

test('ten digits by softmax: the accuracy of scikit-learn', { timeout: 600_000 }, async () => {
  const { fit, predict, score } = await outputsOf('mnist-ten-digits');
  expect(fit!['nIter']).toBe(100);
  expect(predict!['prediction']).toBe(2);
  // LogisticRegression() of scikit-learn 1.9 on x / 255: 0.9257 on the test rows, 0.93505 on the training rows.
  expect(Math.abs((score!['testAccuracy'] as number) - 0.9257)).toBeLessThanOrEqual(0.001);
  expect(Math.abs((fit!['trainAccuracy'] as number) - 0.93505)).toBeLessThanOrEqual(0.001);
});

test('ten detectors and their folds', { timeout: 600_000 }, async () => {
  const { predict, score, 'cross-validate': cv } = await outputsOf('mnist-ten-detectors');
  expect(predict!['prediction']).toBe(2);
  expect(score!['testAccuracy'] as number).toBeGreaterThan(0.91);
  expect(cv).toMatchObject({ trainedWithFit: true });
  expect(Math.abs((cv!['meanScore'] as number) - (score!['testAccuracy'] as number))).toBeLessThan(0.02);
});
