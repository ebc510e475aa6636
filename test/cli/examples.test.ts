// The other examples, from the command line, on the real digits. Those that train for minutes on software adapters are
// checked here, and run with the long tests.
import { expect, test } from 'vitest';
import { cli } from '../support/cli.ts';
import { outputsOf } from '../support/outputsOf.ts';
import { mnistFile } from '../support/mnistFiles.ts';

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

test.each(['mnist-ten-digits', 'mnist-ten-detectors', 'mnist-c-grid', 'mnist-table'])('%s fits together', async (name) => {
  const { code, stdout, stderr } = await cli(['check', name]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(name);
});
