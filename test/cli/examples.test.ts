// The other examples, from the command line, on the real digits. The grid over C trains too long: it is checked here, and runs with the
// long tests.
import { expect, test } from 'vitest';
import { cli } from '../support/cli.ts';
import { outputsOf } from '../support/outputsOf.ts';
import { mnistFile } from '../support/mnistFiles.ts';

test('ten digits by softmax: the accuracy of scikit-learn', { timeout: 300_000 }, async () => {
  const { fit, predict, score } = await outputsOf('mnist-ten-digits');
  expect(fit!['nIter']).toBe(100);
  expect(predict!['prediction']).toBe(2);
  // LogisticRegression() of scikit-learn 1.9 on x / 255: 0.9257 on the test rows, 0.93505 on the training rows.
  expect(Math.abs((score!['testAccuracy'] as number) - 0.9257)).toBeLessThanOrEqual(0.001);
  expect(Math.abs((fit!['trainAccuracy'] as number) - 0.93505)).toBeLessThanOrEqual(0.001);
});

test('ten detectors and their folds', { timeout: 300_000 }, async () => {
  const { predict, score, 'cross-validate': cv } = await outputsOf('mnist-ten-detectors');
  expect(predict!['prediction']).toBe(2);
  expect(score!['testAccuracy'] as number).toBeGreaterThan(0.91);
  expect(cv).toMatchObject({ trainedWithFit: true });
  expect(Math.abs((cv!['meanScore'] as number) - (score!['testAccuracy'] as number))).toBeLessThan(0.02);
});

test('three models side by side, and a stage that ranks them', { timeout: 300_000 }, async () => {
  const { best, 'plain/score': plain, 'tame/score': tame, 'level/score': level } = await outputsOf('mnist-compare');
  const rocAuc = (score: Record<string, unknown> | undefined): number => score!['rocAuc'] as number;
  const ranked = Object.entries({ plain, tame, level }).toSorted(([, a], [, b]) => rocAuc(b) - rocAuc(a));
  expect(best).toEqual({
    best: ranked[0]![0],
    ranked: ranked.map(([name, score]) => ({ name, rocAuc: rocAuc(score), accuracy: score!['testAccuracy'] })),
  });
  for (const score of [plain, tame, level]) expect(rocAuc(score)).toBeGreaterThan(0.97);
});

test('cross-validation over five seeds, and the spread of its means', { timeout: 300_000 }, async () => {
  const { spread, ...outputs } = await outputsOf('mnist-seeds');
  const means = [1, 2, 3, 4, 5].map((seed) => outputs[`seeds/=${seed}/cross-validate`]!['meanScore']);
  expect(new Set(means).size).toBeGreaterThan(1);
  expect(spread).toEqual({ mean: expect.closeTo(0.956, 2), deviation: expect.any(Number), means });
  expect(spread!['deviation'] as number).toBeLessThan(0.01);
});

test('ink of each digit by a shader of its own, against the bytes of the files', { timeout: 300_000 }, async () => {
  const { 'ink-by-digit': ink } = await outputsOf('mnist-ink');
  const sums = Array.from({ length: 10 }, () => ({ ink: 0, rows: 0 }));
  for (const part of ['train', 't10k']) {
    const [pixels, labels] = [mnistFile(`${part}-images-idx3-ubyte`).subarray(16), mnistFile(`${part}-labels-idx1-ubyte`).subarray(8)];
    labels.forEach((label, row) => {
      sums[label]!.ink += pixels.subarray(row * 784, (row + 1) * 784).reduce((sum, pixel) => sum + pixel, 0) / 784;
      sums[label]!.rows++;
    });
  }
  expect(ink!['inkByDigit']).toEqual(sums.map(({ ink, rows }) => expect.closeTo(ink / rows, 3)));
});

test('the grid over C fits together', async () => {
  const { code, stdout, stderr } = await cli(['check', 'mnist-c-grid']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('mnist-c-grid');
});
