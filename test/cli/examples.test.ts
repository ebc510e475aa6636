// The other examples, from the command line, on the real digits.
import { expect, test } from 'vitest';
import { cli, jsonLines } from '../support/cli.ts';

type Outputs = Record<string, Record<string, unknown>>;

async function outputsOf(name: string): Promise<Outputs> {
  const { code, stdout, stderr } = await cli(['run', name, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return (jsonLines(stdout).at(-1) as { outputs: Outputs }).outputs;
}

test('ten digits by softmax: the accuracy of scikit-learn', { timeout: 300_000 }, async () => {
  const { fit, predict, score } = await outputsOf('mnist-ten-digits');
  expect(fit!['nIter']).toBe(100);
  expect(predict!['prediction']).toBe(2);
  // LogisticRegression() of scikit-learn 1.9 on x / 255: 0.9257 on the test rows, 0.93505 on the training rows.
  expect(Math.abs((score!['testAccuracy'] as number) - 0.9257)).toBeLessThanOrEqual(0.001);
  expect(Math.abs((fit!['trainAccuracy'] as number) - 0.93505)).toBeLessThanOrEqual(0.001);
});

test('a grid of 24 C walked by warm starts', { timeout: 300_000 }, async () => {
  const { 'grid-search': search, score } = await outputsOf('mnist-c-grid');
  expect(search!['points']).toHaveLength(24);
  expect(Math.abs((search!['bestScore'] as number) - 0.979)).toBeLessThanOrEqual(0.001);
  expect(search!['majorityBaseline'] as number).toBeCloseTo(0.9007, 4);
  expect(Math.abs((score!['testAccuracy'] as number) - 0.9808)).toBeLessThanOrEqual(0.001);
});

test('ten detectors and their folds', { timeout: 300_000 }, async () => {
  const { predict, score, 'cross-validate': cv } = await outputsOf('mnist-ten-detectors');
  expect(predict!['prediction']).toBe(2);
  expect(score!['testAccuracy'] as number).toBeGreaterThan(0.91);
  expect(cv).toMatchObject({ trainedWithFit: true });
  expect(Math.abs((cv!['meanScore'] as number) - (score!['testAccuracy'] as number))).toBeLessThan(0.02);
});
