import { describe, expect, test } from 'vitest';
import fixture from '../fixtures/metrics.json' with { type: 'json' };
import { accuracy, balancedAccuracy, countsOf, f1, majorityBaseline, precision, recall } from '../../src/metrics/confusion.ts';
import { evaluationOf, predictedCodes } from '../../src/metrics/evaluation.ts';
import { logLoss, probabilities } from '../../src/metrics/probability.ts';
import { averagePrecision, rocAuc } from '../../src/metrics/ranking.ts';
import { scoreOf, type Scoring, undefinedScore } from '../../src/metrics/scorers.ts';

describe.each(fixture.binary.map((row, i) => ({ ...row, i, rows: row.y.length })))('binary case $i of $rows rows equals scikit-learn', (row) => {
  test('scores of the counts', () => {
    expect(accuracy(countsOf(row.confusion))).toBeCloseTo(row.accuracy, 14);
    expect(balancedAccuracy(countsOf(row.confusion))).toBeCloseTo(row.balanced_accuracy, 14);
    expect(precision(countsOf(row.confusion))).toBeCloseTo(row.precision, 14);
    expect(recall(countsOf(row.confusion))).toBeCloseTo(row.recall, 14);
    expect(f1(countsOf(row.confusion))).toBeCloseTo(row.f1, 14);
  });

  test('scores of the ranking, ties included', () => {
    expect(rocAuc(row.y, row.score)).toBeCloseTo(row.roc_auc, 14);
    expect(averagePrecision(row.y, row.score)).toBeCloseTo(row.average_precision, 14);
  });

  test('log loss', () => {
    const shares = probabilities(row.score, 2);
    expect(logLoss(row.y, shares, 2)).toBeCloseTo(row.log_loss, 12);
    row.proba.forEach((p, i) => expect(shares[2 * i + 1]).toBeCloseTo(p, 14));
  });

  test('every scorer by name', () => {
    const decisions = Float64Array.from(row.score);
    const evaluation = evaluationOf([0, 1], Uint8Array.from(row.y), { decisions, probabilities: probabilities(decisions, 2) });
    expect(evaluation.confusion).toEqual(row.confusion);
    expect(evaluation.counts).toEqual(countsOf(row.confusion));
    const expected = {
      accuracy: row.accuracy,
      balancedAccuracy: row.balanced_accuracy,
      precision: row.precision,
      recall: row.recall,
      f1: row.f1,
      rocAuc: row.roc_auc,
      averagePrecision: row.average_precision,
      negLogLoss: -row.log_loss,
    };
    for (const [name, value] of Object.entries(expected)) expect(scoreOf(name as Scoring, evaluation), name).toBeCloseTo(value, 12);
  });
});

test('four classes: accuracy, and precision, recall and f1 of each averaged, equal scikit-learn', () => {
  const { confusion, ...expected } = fixture.multiclass;
  const counts = countsOf(confusion);
  const macro = (metric: (of: typeof counts, positive: number) => number): number =>
    confusion.reduce((sum, _, c) => sum + metric(counts, c), 0) / confusion.length;
  expect(accuracy(counts)).toBeCloseTo(expected.accuracy, 14);
  expect(macro(precision)).toBeCloseTo(expected.precision_macro, 14);
  expect(macro(recall)).toBeCloseTo(expected.recall_macro, 14);
  expect(macro(f1)).toBeCloseTo(expected.f1_macro, 14);
});

test('the baseline is the share of the larger class', () => {
  expect(
    majorityBaseline(
      countsOf([
        [80, 10],
        [5, 5],
      ]),
    ),
  ).toBe(0.9);
  expect(
    majorityBaseline(
      countsOf([
        [1, 0],
        [3, 4],
      ]),
    ),
  ).toBe(7 / 8);
});

test('where a score is not defined it is 0, as zero_division=0 has it', () => {
  expect(
    precision(
      countsOf([
        [3, 0],
        [2, 0],
      ]),
    ),
  ).toBe(0);
  expect(
    recall(
      countsOf([
        [3, 1],
        [0, 0],
      ]),
    ),
  ).toBe(0);
  expect(
    f1(
      countsOf([
        [3, 0],
        [0, 0],
      ]),
    ),
  ).toBe(0);
  expect(averagePrecision([0, 0], [1, 2])).toBe(0);
  expect(rocAuc([1, 1], [1, 2])).toBeNaN();
});

test('a two-class score of three classes is refused with the ones that fit', () => {
  const counts = { rows: [1, 1, 1], predicted: [1, 1, 1], right: [1, 1, 1] };
  expect(() => scoreOf('rocAuc', { classes: [0, 1, 2], counts })).toThrow(
    expect.objectContaining({ code: 'E_PARAMS', hint: expect.stringContaining('accuracy, balancedAccuracy, negLogLoss') }),
  );
  expect(scoreOf('accuracy', { classes: [0, 1, 2], counts })).toBe(1);
});

test('a score of values that an estimator left out of its evaluation names them, and the cure', () => {
  const evaluation = evaluationOf([0, 1], Uint8Array.of(0, 1), { decisions: Float64Array.of(-1, 1) });
  expect(scoreOf('rocAuc', evaluation)).toBe(1);
  const told = (what: string) => expect.objectContaining({ code: 'E_STAGE', message: expect.stringContaining(`needs the ${what} of the rows`) });
  expect(() => scoreOf('negLogLoss', evaluation)).toThrow(told('probabilities'));
  expect(() => scoreOf('rocAuc', { classes: [0, 1], counts: evaluation.counts })).toThrow(told('decisions'));
});

test('decisions are ties only where they are equal in 64 bits: slopes may be small beside the intercept', () => {
  const truth = Uint8Array.of(0, 1, 0, 1);
  const decisions = Float64Array.from([0, 3, 1, 2], (step) => -0.2 + step * 1e-12);
  const evaluation = evaluationOf([0, 1], truth, { decisions });
  expect(scoreOf('rocAuc', evaluation)).toBe(1);
  expect(scoreOf('averagePrecision', evaluation)).toBe(1);
  expect(rocAuc(truth, Float32Array.from(decisions))).toBe(0.5);
});

describe('an evaluation', () => {
  const decisions = Float64Array.of(-1, 0, 2, 1, -3);

  test('of two classes predicts the second above 0, and the first of a tie', () => {
    const { classes, labels, confusion, truth } = evaluationOf([3, 7], Uint8Array.of(3, 7, 7, 3, 3), { decisions });
    expect({ classes, labels, confusion, truth: [...truth!] }).toEqual({
      classes: [3, 7],
      labels: undefined,
      confusion: [
        [2, 1],
        [1, 1],
      ],
      truth: [0, 1, 1, 0, 0],
    });
  });

  test('of more classes predicts the first of the largest', () => {
    const said = predictedCodes(Float64Array.of(1, 1, 0, 0, 2, 2, -1, -2, -0.5), 3);
    expect([...said]).toEqual([0, 1, 2]);
  });

  test('counts labels that the model never saw among those it knows, in ascending order', () => {
    const evaluation = evaluationOf([3, 7], Uint8Array.of(5, 7, 1, 5), { decisions: decisions.slice(1) });
    expect(evaluation.labels).toEqual([1, 3, 5, 7]);
    expect([...evaluation.truth!]).toEqual([2, 3, 0, 2]);
    expect(evaluation.confusion).toEqual([
      [0, 0, 0, 1],
      [0, 0, 0, 0],
      [0, 2, 0, 0],
      [0, 0, 0, 1],
    ]);
    expect([...evaluation.decisions!]).toEqual([0, 2, 1, -3]);
    expect(accuracy(evaluation.counts)).toBe(0.25);
    for (const name of ['precision', 'recall', 'f1', 'rocAuc', 'averagePrecision'] as const) expect(scoreOf(name, evaluation), name).toBeNaN();
    expect(undefinedScore('rocAuc', evaluation)!.why).toContain('label 1, 5, which the model never saw');
  });
});

test('softmax of large scores neither overflows nor loses its sum', () => {
  const shares = probabilities([1000, 999, -1000, 0, 0, 0], 3);
  expect([...shares.subarray(0, 3)].reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  expect(shares[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
  expect(shares[3]).toBeCloseTo(1 / 3, 12);
  expect(logLoss([0, 1], shares, 3)).toBeCloseTo((Math.log1p(Math.exp(-1)) + Math.log(3)) / 2, 12);
});
