// Scores as functions of rows and of what is said of them, and as scorers, against scikit-learn 1.9 (fixtures/metricFunctions.json).
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import fc from 'fast-check';
import figures from '../fixtures/metricFunctions.json' with { type: 'json' };
import * as api from '../../src/api.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import type { AnyEvaluation, IndicatorsEvaluation, ValuesEvaluation } from '../../src/dsl/estimator.ts';
import { evaluationOf } from '../../src/metrics/evaluation.ts';
import { needOf, scoreOf, scorersOf, undefinedScore, type Scoring } from '../../src/metrics/scorers.ts';

type Found = Readonly<Record<string, unknown>>;
const close = (found: number, expected: number | null, name: string): void => {
  if (expected === null) expect(found, name).toBeNaN();
  else expect(Math.abs(found - expected) / Math.max(1, Math.abs(expected)), `${name}: ${found} and ${expected}`).toBeLessThan(1e-12);
};
const allClose = (found: ArrayLike<number>, expected: readonly (number | null)[], name: string): void => {
  expect(found.length, name).toBe(expected.length);
  expected.forEach((value, i) => close(found[i]!, value, `${name} [${i}]`));
};
const titled = <T extends { name: string; weights: unknown }>(rows: readonly T[]) =>
  rows.map((row) => [`${row.name}${row.weights ? ', weighted' : ''}`, row] as const);

/** scikit-learn's scorers see no weights. */
const untested = (_name: string, _test: () => void): void => {};

let warned: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => warned.mockRestore());

const FIGURES = { precision: api.precisionScore, recall: api.recallScore, f1: api.f1Score, jaccard: api.jaccardScore } as const;
type Figure = keyof typeof FIGURES;
const AVERAGES = ['macro', 'micro', 'weighted'] as const;
const capital = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}`;

interface ClassesCase {
  readonly name: string;
  readonly y: number[];
  readonly said: number[];
  readonly scores: (number | number[])[];
  readonly shares: number[][];
  readonly weights: number[] | null;
  readonly figures: Found;
}

describe.each(titled(figures.classes as unknown as ClassesCase[]))('classes: %s', (_, { y, said, scores: nested, shares: rows, weights: given, figures }) => {
  const scores = nested.flat();
  const shares = rows.flat();
  const many = rows[0]!.length > 2;
  const weights = given ?? undefined;
  const classes = rows[0]!.map((_, c) => c);
  const of = (name: string): number | null => figures[name] as number | null;

  test('counts', () => {
    const one = { weights };
    close(api.accuracyScore(y, said, one), of('accuracy'), 'accuracy');
    close(api.balancedAccuracyScore(y, said, one), of('balancedAccuracy'), 'balancedAccuracy');
    close(api.hammingLoss(y, said, one), of('hamming'), 'hamming');
    close(api.matthewsCorrcoef(y, said, one), of('matthews'), 'matthews');
    close(api.cohenKappaScore(y, said, one), of('kappa'), 'kappa');
    close(api.cohenKappaScore(y, said, { weights, penalty: 'linear' }), of('kappaLinear'), 'linear');
    close(api.cohenKappaScore(y, said, { weights, penalty: 'quadratic' }), of('kappaQuadratic'), 'quadratic');
    expect(api.confusionMatrix(y, said, one).counts).toEqual(figures['confusion']);
    const report = api.classificationReport(y, said, one);
    (figures['report'] as number[][]).forEach((row, c) => {
      const { precision, recall, f1, support } = report.classes[c]!;
      allClose([precision, recall, f1, support], row, `report ${c}`);
    });
    for (const average of ['macro', 'weighted'] as const)
      for (const figure of ['precision', 'recall', 'f1'] as const) close(report[average][figure], of(`${figure} ${average}`), figure);
  });

  test.each(Object.keys(FIGURES) as Figure[])('averages of %s', (figure) => {
    for (const average of AVERAGES) close(FIGURES[figure](y, said, { average, weights }), of(`${figure} ${average}`), average);
    close(FIGURES[figure](y, said, { average: 'macro', weights, zeroDivision: 1 }), of(`${figure} zero 1`), 'zero 1');
    if (figures[`${figure} binary`] === undefined) return;
    close(FIGURES[figure](y, said, { weights }), of(`${figure} binary`), 'binary');
  });

  test('probabilities and rankings', () => {
    close(api.logLoss(y, shares, { classes, weights }), of('logLoss'), 'logLoss');
    close(api.brierScoreLoss(y, shares, { classes, weights }), of('brier'), 'brier');
    for (const average of ['macro', 'weighted'] as const) {
      if (figures[`auc ovr ${average}`] !== undefined)
        close(api.rocAucScore(y, shares, { multiClass: 'ovr', average, weights }), of(`auc ovr ${average}`), 'ovr');
      if (figures[`auc ovo ${average}`] !== undefined) close(api.rocAucScore(y, shares, { multiClass: 'ovo', average }), of(`auc ovo ${average}`), 'ovo');
    }
    for (const k of [1, 2]) if (figures[`top ${k}`] !== undefined) close(api.topKAccuracyScore(y, scores, { k, weights }), of(`top ${k}`), `top ${k}`);
    if (figures['averagePrecision'] !== undefined) close(api.averagePrecisionScore(y, scores, { weights }), of('averagePrecision'), 'averagePrecision');
    if (figures['auc'] !== undefined) close(api.rocAucScore(y, scores, { weights }), of('auc'), 'auc');
  });

  test('curves', () => {
    if (many) return expect(() => api.rocCurve(y, scores)).toThrow(expect.objectContaining({ code: expect.stringMatching(/E_SHAPE|E_PARAMS/) }));
    const { precision, recall, thresholds } = api.precisionRecallCurve(y, scores, { weights });
    (figures['prCurve'] as number[][]).forEach((row, i) => allClose([precision, recall, thresholds][i]!, row, `prCurve ${i}`));
    const roc = api.rocCurve(y, scores, { weights });
    (figures['rocCurve'] as (number | null)[][]).forEach((row, i) =>
      allClose([roc.falsePositiveRate, roc.truePositiveRate, roc.thresholds.subarray(1)][i]!, row, `rocCurve ${i}`),
    );
    expect(roc.thresholds[0]).toBe(Infinity);
  });

  (given ? untested : test)('and as scorers', () => {
    const evaluation = evaluationOf(classes, Uint8Array.from(y), {
      decisions: Float64Array.from(scores),
      predicted: Uint8Array.from(said),
      probabilities: Float64Array.from(shares),
    });
    const scored = (name: Scoring, expected: number | null, sign = 1): void => close(sign * scoreOf(name, evaluation), expected, name);
    scored('accuracy', of('accuracy'));
    scored('balancedAccuracy', of('balancedAccuracy'));
    scored('matthewsCorrcoef', of('matthews'));
    scored('negLogLoss', of('logLoss'), -1);
    scored('negBrierScore', of('brier'), -1);
    for (const figure of Object.keys(FIGURES) as Figure[]) {
      for (const average of AVERAGES) scored(`${figure}${capital(average)}` as Scoring, of(`${figure} ${average}`));
      if (figures[`${figure} binary`] !== undefined) scored(figure, of(`${figure} binary`));
    }
    const all = new Set(y).size === classes.length;
    for (const [name, key] of [
      ['rocAucOvr', 'auc ovr macro'],
      ['rocAucOvrWeighted', 'auc ovr weighted'],
      ['rocAucOvo', 'auc ovo macro'],
      ['rocAucOvoWeighted', 'auc ovo weighted'],
      ['averagePrecision', 'averagePrecision'],
    ] as const) {
      if (many) scored(name, all ? of(key) : null);
    }
    if (many && all) scored('topKAccuracy', of('top 2'));
    if (!many) scored('rocAuc', of('auc'));
    if (!many) scored('averagePrecision', of('averagePrecision'));
  });
});

describe.each(
  titled(figures.values as unknown as { name: string; y: (number | number[])[]; said: (number | number[])[]; weights: number[] | null; figures: Found }[]),
)('values: %s', (_, { y, said, weights: given, figures }) => {
  const outputs = [y[0]!].flat().length;
  const [truth, predicted] = [y, said].map((rows) => (outputs === 1 ? (rows as number[]) : matrix(rows.length, outputs, Float64Array.from(rows.flat()))));
  const weights = given ?? undefined;

  test('functions', () => {
    for (const [name, expected] of Object.entries(figures)) {
      const [call, alpha] = name.split(' ');
      const score = (api as unknown as Record<string, (...given: unknown[]) => number>)[call!]!;
      close(score(truth, predicted, { weights, ...(alpha === undefined ? {} : { alpha: Number(alpha) }) }), expected as number | null, name);
    }
  });

  test('scorers', () => {
    const evaluation: ValuesEvaluation = {
      of: 'values',
      outputs,
      truth: Float64Array.from(y.flat()),
      predicted: Float64Array.from(said.flat()),
      ...(given ? { weights: Float32Array.from(given) } : {}),
    };
    for (const [name, expected] of Object.entries(figures)) {
      const scorer = { r2Score: 'r2', explainedVarianceScore: 'explainedVariance' }[name] ?? `neg${capital(name)}`;
      if (!(scorersOf('regressor') as readonly string[]).includes(scorer)) expect(name).toContain('Pinball');
      else close(Math.sign(scorer.startsWith('neg') ? -1 : 1) * scoreOf(scorer as Scoring, evaluation), expected as number | null, scorer);
    }
    if (outputs > 1) expect(scoreOf('negMaxError', evaluation)).toBeNaN();
  });
});

describe.each(
  titled(figures.labels as unknown as { name: string; y: number[][]; said: number[][]; scores: number[][]; weights: number[] | null; figures: Found }[]),
)('several labels: %s', (_, { y, said, scores: nested, weights: given, figures }) => {
  const cols = y[0]!.length;
  const [truth, predicted] = [y, said].map((rows) => matrix(rows.length, cols, Uint8Array.from(rows.flat())));
  const scores = matrix(y.length, cols, Float64Array.from(nested.flat()));
  const weights = given ?? undefined;
  const of = (name: string): number | null => figures[name] as number | null;

  test('functions', () => {
    close(api.hammingLoss(truth!, predicted!, { weights }), of('hamming'), 'hamming');
    close(api.labelRankingAveragePrecisionScore(truth!, scores, { weights }), of('lrap'), 'lrap');
    close(api.labelRankingLoss(truth!, scores, { weights }), of('rankingLoss'), 'rankingLoss');
    close(api.coverageError(truth!, scores, { weights }), of('coverage'), 'coverage');
    for (const figure of Object.keys(FIGURES) as Figure[])
      for (const average of [...AVERAGES, 'samples'] as const)
        close(FIGURES[figure](truth!, predicted!, { average, weights }), of(`${figure} ${average}`), `${figure} ${average}`);
  });

  (given ? untested : test)('scorers', () => {
    const evaluation: IndicatorsEvaluation = { of: 'indicators', labels: cols, truth: truth!.data, predicted: predicted!.data, decisions: scores.data };
    const expected: Record<string, number | null> = { accuracy: of('accuracy'), rocAuc: of('auc'), averagePrecision: of('averagePrecision') };
    for (const figure of Object.keys(FIGURES))
      for (const average of [...AVERAGES, 'samples']) expected[`${figure}${capital(average)}`] = of(`${figure} ${average}`);
    for (const [name, value] of Object.entries(expected)) close(scoreOf(name as Scoring, evaluation), value, name);
    close(-scoreOf('negHammingLoss', evaluation), of('hamming'), 'negHammingLoss');
    expect(Object.keys(expected).length + 1).toBe(scorersOf('multilabel').length);
  });
});

describe('what is not defined', () => {
  test('counts as 0 and says so, unless the caller said what it counts as', () => {
    expect(api.precisionScore(['a', 'b', 'b'], ['a', 'a', 'a'], { average: 'macro' })).toBeCloseTo(1 / 6, 14);
    expect(warned).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('precisionScore is not defined: nothing is predicted as "b"'));
    warned.mockClear();
    expect(api.precisionScore(['a', 'b', 'b'], ['a', 'a', 'a'], { average: 'macro', zeroDivision: NaN })).toBeCloseTo(1 / 3, 14);
    expect(api.recallScore([0, 0], [0, 0], { zeroDivision: 1 })).toBe(1);
    expect(warned).not.toHaveBeenCalled();
  });

  test('a mean names the classes that count as 0 in it', () => {
    const evaluation = evaluationOf([0, 1, 2], Uint8Array.of(0, 0, 1), {
      decisions: new Float64Array(9),
      predicted: Uint8Array.of(0, 2, 0),
      probabilities: new Float64Array(9),
    });
    expect(undefinedScore('precisionMacro', evaluation)).toMatchObject({ partly: true, countsAs: 0, why: 'none of its rows is predicted as label 1' });
    expect(undefinedScore('recallWeighted', evaluation)).toMatchObject({ partly: true, countsAs: 0, why: 'none of its rows has label 2' });
    for (const name of ['f1Macro', 'jaccardMacro', 'precisionMicro', 'accuracy'] as const) expect(undefinedScore(name, evaluation), name).toBeUndefined();
    for (const name of ['rocAucOvr', 'rocAucOvo', 'averagePrecision'] as const) {
      expect(undefinedScore(name, evaluation), name).toMatchObject({ countsAs: NaN, why: 'none of its rows has label 2' });
      expect(scoreOf(name, evaluation)).toBeNaN();
    }
  });

  test('a score of two classes names those for more that are like it', () => {
    const counts = { rows: [1, 1, 1], predicted: [1, 1, 1], right: [1, 1, 1] };
    expect(() => scoreOf('precision', { classes: [0, 1, 2], counts })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('precisionMacro, precisionMicro, precisionWeighted') }),
    );
    expect(() => api.precisionScore([0, 1, 2], [0, 1, 2])).toThrow(expect.objectContaining({ code: 'E_PARAMS', hint: expect.stringContaining('macro') }));
  });
});

test('rows that do not fit are refused, with both numbers', () => {
  expect(() => api.accuracyScore([1, 0], [1])).toThrow('truth has 2 rows and predicted 1');
  expect(() => api.f1Score([1, 0], [1, 0], { weights: [1] })).toThrow('truth has 2 rows and weights 1');
  expect(() => api.r2Score([], [])).toThrow('there are no rows');
  expect(() => api.rocCurve([0, 1], [0.5, NaN])).toThrow('score 1 is NaN');
  expect(() => api.logLoss([0, 1, 2], [0.5, 0.5])).toThrow('2 scores arrived for 3 rows of 3 classes');
  expect(() => api.logLoss([0, 3], [0.5, 0.5, 0, 0.5, 0.5, 0], { classes: [0, 1, 2] })).toThrow('rows have 3, which is none of classes');
  expect(() => api.precisionScore(['a', 'b'], ['a', 'b'], { positive: 'c' })).toThrow('positive is "c"');
  expect(() => api.rocAucScore([0, 1, 2], new Array(9).fill(0.5))).toThrow(expect.objectContaining({ hint: expect.stringContaining('ovr') }));
  expect(() => api.logLoss(['ham', 'eggs'], [0.1, 0.2], { classes: ['ham', 'spam'] })).toThrow('rows have "eggs", which is none of classes');
  expect(() => api.topKAccuracyScore([0, 1], [0.2, 0.7])).toThrow('one score a row arrived');
  expect(() => api.topKAccuracyScore([0, 1, 2], new Array(9).fill(0.5), { k: 1.5 })).toThrow('k is 1.5');
  expect(() => api.brierScoreLoss(['ham', 'ham'], [0.1, 0.1])).toThrow('all rows have "ham", which does not tell which class the score is of');
  expect(api.brierScoreLoss(['ham', 'ham'], [0.1, 0.1], { positive: 'spam' })).toBeCloseTo(0.01, 14);
  expect(api.f1Score([-1, -1], [-1, -1])).toBe(0);
  expect(() => api.rocCurve([0, 1], [0.1, 0.2], { weights: [0, 0] })).toThrow('no row has a weight above 0');
  expect(() => api.labelRankingLoss(matrix(1, 2, Uint8Array.of(1, 0)), matrix(1, 1, Float64Array.of(1)))).toThrow('truth has 2 labels and predicted 1');
});

test('of many classes no table of pairs is made, and one class alone correlates with nothing', () => {
  const many = Array.from({ length: 30_000 }, (_, row) => row);
  expect(api.accuracyScore(many, many)).toBe(1);
  expect(api.f1Score(many, many, { average: 'macro' })).toBe(1);
  const weights = [0.1, 0.2, 0.3, 0.7, 0.05, 0.6];
  expect(api.matthewsCorrcoef([0, 1, 0, 1, 0, 1], [1, 1, 1, 1, 1, 1], { weights })).toBe(0);
  expect(api.matthewsCorrcoef([1, 1, 1, 1, 1, 1], [0, 1, 0, 1, 0, 1], { weights })).toBe(0);
});

test('weights count rows: whole ones are as many copies, in any score', () => {
  const row = fc.record({ y: fc.nat(2), said: fc.nat(2), score: fc.integer({ min: -3, max: 3 }), weight: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(row, { minLength: 4, maxLength: 20 }), (given) => {
      const rows = [...given, { y: 0, said: 1, score: 1, weight: 1 }, { y: 1, said: 0, score: 0, weight: 1 }, { y: 2, said: 2, score: 0, weight: 1 }];
      const copies = rows.flatMap((one) => new Array<typeof one>(one.weight).fill(one));
      const [y, said, weights] = [rows.map((one) => one.y), rows.map((one) => one.said), rows.map((one) => one.weight)];
      const [yCopies, saidCopies] = [copies.map((one) => one.y), copies.map((one) => one.said)];
      for (const score of [
        api.accuracyScore,
        api.matthewsCorrcoef,
        api.hammingLoss,
        api.meanAbsoluteError,
        api.medianAbsoluteError,
        api.r2Score,
        api.explainedVarianceScore,
        api.meanPinballLoss,
      ])
        close(score(y, said, { weights }), score(yCopies, saidCopies), score.name);
      for (const penalty of ['linear', 'quadratic'] as const)
        close(api.cohenKappaScore(y, said, { weights, penalty }), api.cohenKappaScore(yCopies, saidCopies, { penalty }), penalty);
      const [two, twoCopies] = [rows.map((one) => Number(one.y > 0)), copies.map((one) => Number(one.y > 0))];
      const [scores, scoreCopies] = [rows.map((one) => one.score), copies.map((one) => one.score)];
      close(api.rocAucScore(two, scores, { weights }), api.rocAucScore(twoCopies, scoreCopies), 'rocAuc');
      close(api.averagePrecisionScore(two, scores, { weights }), api.averagePrecisionScore(twoCopies, scoreCopies), 'averagePrecision');
      expect([...api.precisionRecallCurve(two, scores, { weights }).precision]).toEqual([...api.precisionRecallCurve(twoCopies, scoreCopies).precision]);
    }),
    { numRuns: 60 },
  );
});

test('what scorers need to see is what they read', () => {
  const bare: Readonly<Record<string, AnyEvaluation>> = {
    classifier: evaluationOf([0, 1], Uint8Array.of(0, 1), { decisions: Float64Array.of(-1, 1) }, 'counts'),
  };
  for (const name of scorersOf('classifier')) {
    if (needOf([name]) === 'counts') expect(scoreOf(name, bare['classifier']!), name).toBe(1);
    else expect(() => scoreOf(name, bare['classifier']!), name).toThrow(expect.objectContaining({ code: 'E_STAGE' }));
  }
});
