// Nearest neighbours on all of MNIST, against scikit-learn's figures to the last row.
import { expect, test } from 'vitest';
import figures from '../fixtures/mnist.json' with { type: 'json' };
import { kNeighborsClassifier, kNeighborsMultilabel, matrix } from '../../src/api.ts';
import { contiguousFolds } from '../../src/core/folds/folds.ts';
import type { IndicatorsEvaluation } from '../../src/dsl/estimator.ts';
import { foldsOf } from '../../src/validation/folding.ts';
import { testCompute } from '../support/compute.ts';
import { mnistRows } from '../support/mnistFiles.ts';
import { stageContext } from '../support/smallSets.ts';

const context = stageContext(await testCompute());

const { train, test: digits } = mnistRows();
const {
  x: { data: pixels },
  labels,
} = train;

test('defaults, on all test rows', async () => {
  const [one] = await kNeighborsClassifier().train(train, [{ name: 'fit' }], {}, context);
  const { accuracy, confusion, predict_first2000: first } = figures.neighbors;
  const evaluation = await one!.model.evaluate(digits, 'counts', context);
  expect(evaluation.confusion).toEqual(confusion);
  expect(await one!.model.score(digits, context)).toBe(accuracy);
  expect((await one!.model.predict(digits, context)).subarray(0, 2000).join('')).toBe(first);
});

test('a grid on 10 000 rows, and its best on all', async () => {
  const { best, params, mean_test_score: means, test_accuracy: accuracy } = figures.neighborsGrid;
  const some = { ...train, rows: train.rows.subarray(0, 10_000) };
  const folds = foldsOf(some, { folds: 5, stratified: true });
  const points = params.map(({ n_neighbors: nNeighbors, weights }) => ({ nNeighbors, weights: weights as 'uniform' }));
  const jobs = points.flatMap((point, i) => [0, 1, 2, 3, 4].map((heldOut) => ({ name: `point ${i} fold ${heldOut}`, heldOut, params: point })));
  const trained = await kNeighborsClassifier().train(some, jobs, { folds }, context);
  const right = trained.map(({ heldOut }) => heldOut!.confusion!.reduce((sum, counts, label) => sum + counts[label]!, 0));
  expect(points.map((_, i) => right.slice(i * 5, i * 5 + 5).reduce((sum, count) => sum + count, 0) / 10_000)).toEqual(
    means.map((mean) => expect.closeTo(mean, 12)),
  );
  const [refitted] = await kNeighborsClassifier({ nNeighbors: best.n_neighbors, weights: best.weights as 'distance' }).train(
    train,
    [{ name: 'fit' }],
    {},
    context,
  );
  expect(await refitted!.model.score(digits, context)).toBe(accuracy);
});

test.each([figures.neighborsMultilabel, figures.neighborsMultilabelOfAll])('several labels of $rows rows: 7 and above, odd', async (expected) => {
  const rows = train.rows.subarray(0, expected.rows);
  const indicators = matrix(
    70_000,
    2,
    Uint8Array.from({ length: 140_000 }, (_, at) => (at % 2 === 0 ? Number(labels[at >> 1]! >= 7) : labels[at >> 1]! % 2)),
  );
  const { labels: _, ...pictures } = train;
  const folds = { count: 3, fold: contiguousFolds(rows.length, 3) };
  const jobs = [0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut}`, heldOut }));
  const trained = await kNeighborsMultilabel().train({ ...pictures, rows, indicators }, jobs, { folds }, context);
  const said = trained.map(({ heldOut }) => heldOut as IndicatorsEvaluation);
  const scores = [0, 1].map((label) => {
    const of = said.flatMap(({ truth, predicted }) =>
      Array.from({ length: truth.length / 2 }, (_, i) => [truth[2 * i + label]!, predicted[2 * i + label]!] as const),
    );
    const both = of.filter(([truth, own]) => truth && own).length;
    const there = of.filter(([truth]) => truth).length;
    return { f1: (2 * both) / (there + of.filter(([, own]) => own).length), there };
  });
  const { macro_f1: macro, weighted_f1: weighted } = expected;
  expect((scores[0]!.f1 + scores[1]!.f1) / 2).toBeCloseTo(macro, 12);
  expect(scores.reduce((sum, { f1, there }) => sum + f1 * there, 0) / (scores[0]!.there + scores[1]!.there)).toBeCloseTo(weighted, 12);
});

test('four pictures more of each, moved by a pixel', async () => {
  const moved = new Uint8Array(300_000 * 784);
  const moves = [
    [0, 0],
    [-1, 0],
    [1, 0],
    [0, -1],
    [0, 1],
  ] as const;
  moves.forEach(([down, right], copy) => {
    for (let row = 0; row < 60_000; row++) {
      for (let at = 0; at < 784; at++) {
        const [y, x] = [Math.floor(at / 28) - down, (at % 28) - right];
        if (y >= 0 && y < 28 && x >= 0 && x < 28) moved[(copy * 60_000 + row) * 784 + at] = pixels[row * 784 + y * 28 + x]!;
      }
    }
  });
  const many = {
    ...train,
    x: matrix(300_000, 784, moved),
    rows: Uint32Array.from({ length: 300_000 }, (_, row) => row),
    labels: Uint8Array.from({ length: 300_000 }, (_, row) => labels[row % 60_000]!),
  };
  const [one] = await kNeighborsClassifier({ nNeighbors: 4, weights: 'distance' }).train(many, [{ name: 'fit' }], {}, context);
  expect(await one!.model.score(digits, context)).toBe(figures.neighborsShifted.test_accuracy);
});
