// The main job, from the command line, on the real 70 000 digits, against scikit-learn 1.9.
import { expect, test } from 'vitest';
import fixture from '../fixtures/mnist-2detector.json' with { type: 'json' };
import { cli, jsonLines } from '../support/cli.ts';

const expected = fixture.rows.find(({ tol }) => tol === 0.1)!;

test('mnist-2detector gives the figures of scikit-learn', { timeout: 180_000 }, async () => {
  const { code, stdout, stderr } = await cli(['run', 'mnist-2detector.ts', '--json', '--no-cache']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const events = jsonLines(stdout);
  const last = events.at(-1) as { status: string; outputs: Record<string, Record<string, never>> };
  expect(last.status).toBe('ok');
  const { fetch, binarize, fit, predict, score, 'cross-validate': cv } = last.outputs as Record<string, Record<string, unknown>>;

  expect(fetch).toMatchObject({ x: [70_000, 784], y: [70_000] });
  expect(binarize).toMatchObject({ trainPositives: fixture.positives_train, testPositives: fixture.positives_test });
  expect(Math.abs((fit!['nIter'] as number) - expected.n_iter[0]!)).toBeLessThanOrEqual(2);
  expect(fit!['objective']).toBeLessThanOrEqual(expected.objective * (1 + 1e-4));
  expect(fit!['trainAccuracy']).toBeCloseTo(expected.train_accuracy, 3);
  expect(predict).toMatchObject({ row: fixture.digit.row, label: fixture.digit.label, prediction: expected.predict_digit });
  expect(Math.abs((score!['testAccuracy'] as number) - expected.test_accuracy)).toBeLessThanOrEqual(0.0003);
  expect(score!['majorityBaseline']).toBe(0.8968);
  const scores = cv!['foldScores'] as number[];
  expect(scores).toHaveLength(3);
  scores.forEach((foldScore, fold) => expect(Math.abs(foldScore - expected.cv3_accuracy[fold]!)).toBeLessThanOrEqual(0.0003));
  expect(Math.abs((cv!['meanScore'] as number) - expected.cv3_mean)).toBeLessThanOrEqual(0.0002);

  const progress = events.filter(({ type }) => type === 'fit-progress') as { models: { iteration: number; loss: number; gradient: number }[] }[];
  expect(progress.some(({ models }) => models.length === 4 && models.every(({ iteration }) => iteration > 0))).toBe(true);
  const picture = (events.find(({ type }) => type === 'picture') as { picture: { width: number; pixels: string } }).picture;
  expect(picture).toMatchObject({ width: 28 });
  expect(Buffer.from(picture.pixels, 'base64')).toHaveLength(784);
});
