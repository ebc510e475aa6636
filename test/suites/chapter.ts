// What pipelines/mnist-classification.ts must say, step by step, and that a second run of it executes nothing.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type fixture from '../fixtures/chapter.json';
import { cli, jsonLines } from '../support/cli.ts';
import { inTerminal, tooLong } from '../support/width.ts';

type Figures = (typeof fixture)['small' | 'full'];
type Outputs = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Decisions are sums in f32 of larger numbers that cancel, and the threshold is one of them. */
const F32 = 1e-5;

type OfForest = Figures['forest'][number];

/** @param trees how far forests of other trees may be from all of scikit-learn's */
export function chapterEquals(figures: Figures, trees: OfForest): void {
  const { rows, tests, passes, detector } = figures;
  const folder = mkdtempSync(join(tmpdir(), 'chapter-'));
  const run = async () => {
    const asked = ['run', 'mnist-classification', '--json', '--rows', `${rows}`, '--tests', `${tests}`, '--passes', `${passes}`];
    const { code, stdout, stderr } = await cli(asked, { env: { PIPELINE_CACHE: folder, PIPELINE_RUNS: join(folder, 'runs') } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return jsonLines(stdout) as readonly { type: string; stage: string; ms: number; cached?: boolean; outputs: Outputs }[];
  };
  let lines: Awaited<ReturnType<typeof run>>;
  let outputs: Outputs;
  beforeAll(async () => {
    lines = await run();
    outputs = lines.at(-1)!.outputs;
    for (const { type, stage, ms } of lines) if (type === 'stage-finished' && ms >= 1000) console.log(`${stage}: ${(ms / 1000).toFixed(1)} s`);
  }, 3_600_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  test('what there is to see of it has room in 80 columns', async () => {
    const seen = await cli(['look'], { env: { ...inTerminal, PIPELINE_CACHE: folder, PIPELINE_RUNS: join(folder, 'runs') } });
    expect(seen.code).toBe(0);
    expect(tooLong(seen.stdout)).toEqual([]);
    expect(seen.stdout).toMatch(/^1 {2}show: row 0, label 5$/m);
    for (const title of ['search/grid-search: best n', 'Confusion', 'Most confident mistakes']) expect(seen.stdout).toContain(title);
  });

  const foldScores = (path: string): unknown => outputs[path]!['foldScores'];
  const near = (value: number, away = 1e-9) => expect.closeTo(value, -Math.log10(2 * away * Math.max(1, Math.abs(value))));

  describe(`${rows} rows`, () => {
    test('a baseline', () => expect(foldScores('baseline/cross-validate')).toEqual(figures.dummy));

    test('a detector of fives', () => {
      expect(foldScores('detector/cross-validate')).toEqual(detector.foldScores);
      expect(outputs['detector/predict']!['decision']).toEqual(near(detector.decisionOfRow0, F32));
    });

    test('its confusion, precision and recall', () => {
      expect(outputs['confusion/cross-val-predict']!['confusion']).toEqual(detector.confusion);
      const { precision, recall, f1 } = detector;
      expect(outputs['confusion/held-out']).toEqual({ precision: near(precision), recall: near(recall), f1: near(f1) });
    });

    test('the threshold for a precision of 90 percent', () => {
      const { threshold, precision, recall } = detector.threshold;
      expect(outputs['tradeOff/threshold']).toEqual({ threshold: near(threshold, F32), precision: near(precision), recall: near(recall) });
    });

    test('ROC curves of two models', () => {
      // Decisions that are equal in f32 may be none in float64.
      expect(outputs['curves/sgd/area']!['rocAuc']).toEqual(near(detector.rocAuc, F32));
    });

    test('a forest for the same', () => {
      const forest = { ...outputs['curves/forest/area'], ...outputs['curves/forest/held-out'], ...outputs['curves/forest/half-sure'] };
      expect(Object.keys(forest).toSorted()).toEqual(Object.keys(trees).toSorted());
      for (const key of Object.keys(trees) as (keyof OfForest)[]) {
        const theirs = figures.forest.map((own) => own[key]);
        expect(forest[key], key).toBeGreaterThanOrEqual(Math.min(...theirs) - trees[key]);
        expect(forest[key], key).toBeLessThanOrEqual(Math.max(...theirs) + trees[key]);
      }
    });

    test('support vectors, by pairs and one digit against the others', () => {
      const { decisionsOfRow0, pairsOfRow0, oneVsRest } = figures.supportVectors;
      const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 3));
      expect(outputs['supportVectors/predict']!['prediction']).toBe(5);
      expect(outputs['supportVectors/decisions']).toEqual({ decisions: close(decisionsOfRow0) });
      expect(outputs['supportVectors/pairs']).toEqual({ pairs: close(pairsOfRow0) });
      expect(outputs['oneVsRest/predict']!['prediction']).toBe(oneVsRest.prediction);
      expect(outputs['oneVsRest/fit']!['nIter']).toHaveLength(oneVsRest.estimators);
      expect(outputs['oneVsRest/decisions']).toEqual({ decisions: close(oneVsRest.decisionsOfRow0) });
    });

    test('ten digits, raw and on one scale', () => {
      expect(foldScores('raw/cross-validate')).toEqual(figures.raw);
      expect(foldScores('scaled/cross-validate')).toEqual(figures.scaled);
    });

    test('the errors of the latter, by digit: no model is trained for them', () => {
      const { confusion, accuracy, modelsFromCache } = outputs['errors/cross-val-predict'] as {
        confusion: number[][];
        accuracy: number;
        modelsFromCache: number;
      };
      expect(modelsFromCache).toBe(3);
      // Folds differ by a row, so that the mean of their scores is that of all rows but for that.
      expect(Math.abs(accuracy - figures.scaled.reduce((sum, score) => sum + score / 3, 0))).toBeLessThan(1e-5);
      if ('confused' in figures) expect(confusion).toEqual(figures.confused);
      const { ofDigit, ofTakenFor } = outputs['errors/mistakes'] as Record<'ofDigit' | 'ofTakenFor', number[][]>;
      for (const [is, counts] of confusion.entries()) {
        for (const [said, count] of counts.entries()) {
          const taken = confusion.map((own) => own[said]!);
          expect(ofDigit[is]![said]).toBe(is === said ? 0 : count / counts.reduce((a, b) => a + b));
          expect(ofTakenFor[said]![is]).toBe(is === said ? 0 : count / taken.reduce((a, b) => a + b));
        }
      }
      const shown = lines.filter(({ type, stage }) => type === 'picture' && stage === 'errors/mistakes');
      expect(shown).toHaveLength(Math.min(6, confusion[3]![5]!) + Math.min(6, confusion[5]![3]!));
    });

    test('several labels', () => {
      const { f1Macro, f1Weighted } = figures.severalLabels;
      expect(outputs['severalLabels/f1-of-labels']).toEqual({ f1Macro: near(f1Macro), f1Weighted: near(f1Weighted) });
      expect(outputs['chain/predict']!['prediction']).toEqual(figures.chainOfRow0.flatMap((bit, label) => (bit ? [label] : [])));
    });

    test('pictures without their noise', () => {
      const { meanAbsoluteError, row0Sum, largestInput } = figures.denoised;
      expect(outputs['denoising/noise']).toEqual({ largest: largestInput });
      expect(outputs['denoising/denoise']).toEqual({ meanAbsoluteError: near(meanAbsoluteError), row0Sum });
    });

    test('nearest neighbours', () => {
      const { testAccuracy, confusion } = figures.neighbors;
      expect(outputs['neighbors/score']).toMatchObject({ testAccuracy, confusion });
    });

    test('a search, and its best on all rows', () => {
      const { best, means, testAccuracy } = figures.search;
      const { bestParams, points } = outputs['search/grid-search'] as { bestParams: unknown; points: { meanScore: number }[] };
      expect(bestParams).toEqual({ nNeighbors: best.n_neighbors, weights: best.weights });
      expect(points.map(({ meanScore }) => meanScore)).toEqual(means.map((mean) => near(mean)));
      expect(outputs['search/score']!['testAccuracy']).toBe(testAccuracy);
    });

    test('pictures and their copies, moved by a pixel', () => {
      expect(outputs['shifted/augment']).toEqual({ rows: 5 * rows });
      expect(outputs['shifted/score']!['testAccuracy']).toBe(figures.shifted);
    });

    test('a second run executes no stage', async () => {
      const again = await run();
      expect(again.filter(({ type, cached }) => type === 'stage-finished' && !cached).map(({ stage }) => stage)).toEqual([]);
      expect(again.at(-1)!.outputs).toEqual(outputs);
    });
  });
}
