// Scorers against scikit-learn 1.9 (fixtures/scorers.json): of values, several labels, clusters and several classes.
import { expect, test } from 'vitest';
import figures from '../fixtures/scorers.json' with { type: 'json' };
import type { AnyEvaluation } from '../../src/dsl/estimator.ts';
import { evaluationOf } from '../../src/metrics/evaluation.ts';
import { scoreOf, scorersOf, undefinedScore, type Scoring } from '../../src/metrics/scorers.ts';
import { thirds } from '../support/figures.ts';

/** Null where scikit-learn has no number. */
function expectScores(evaluation: AnyEvaluation, scores: Readonly<Record<string, number | null>>): void {
  for (const [name, expected] of Object.entries(scores)) {
    const found = scoreOf(name as Scoring, evaluation);
    if (expected === null) expect(found, name).toBeNaN();
    else expect(Math.abs(found - expected), `${name}: ${found} and ${expected}`).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(expected)));
  }
}

test.each(figures.values.map((row) => [`${row.name}${row.weighted ? ', weights' : ''}`, row] as const))('values: %s', (_, row) => {
  const { outputs, weighted, scores } = row;
  const weights = weighted ? { weights: thirds(row.truth.length / outputs) } : {};
  expectScores({ of: 'values', outputs, truth: Float64Array.from(row.truth), predicted: Float64Array.from(row.said), ...weights }, scores);
});

test.each(figures.labels.map((row) => [row.name, row] as const))('several labels: %s', (_, { labels, truth, said, scores }) =>
  expectScores({ of: 'indicators', labels, truth: Uint8Array.from(truth), predicted: Uint8Array.from(said) }, scores),
);

test.each(figures.clusters.map((row) => [row.name, row] as const))('clusters: %s', (_, { contingency, adjustedRand }) =>
  expectScores({ of: 'clusters', sizes: [], inertia: 2.5, contingency }, { adjustedRand, negInertia: -2.5 }),
);

test.each(figures.classes.map((row) => [row.name, row] as const))('classes: %s', (_, { truth, decisions, proba, scores }) => {
  const said = { decisions: Float64Array.from(decisions), probabilities: Float64Array.from(proba) };
  expectScores(evaluationOf([0, 1, 2, 3], Uint8Array.from(truth), said), scores);
});

test('every scorer of values has figures', () => {
  expect([...new Set(figures.values.flatMap(({ scores }) => Object.keys(scores)))].toSorted()).toEqual([...scorersOf('regressor')].toSorted());
});

test('scores of no rows are not defined, and say so', () => {
  const none = [
    evaluationOf([0, 1], new Uint8Array(0), { decisions: new Float64Array(0), probabilities: new Float64Array(0) }),
    { of: 'values', outputs: 1, truth: new Float64Array(0), predicted: new Float64Array(0) },
    { of: 'indicators', labels: 2, truth: new Uint8Array(0), predicted: new Uint8Array(0), decisions: new Float64Array(0) },
    { of: 'clusters', sizes: [0, 0], inertia: 0 },
    { of: 'outliers', decisions: new Float64Array(0) },
  ] as const satisfies readonly AnyEvaluation[];
  for (const [i, kind] of (['classifier', 'regressor', 'multilabel', 'clusterer', 'outlierDetector'] as const).entries())
    for (const name of scorersOf(kind)) {
      expect(scoreOf(name, none[i]!), name).toBeNaN();
      expect(undefinedScore(name, none[i]!)).toMatchObject({ why: 'there are no rows to score' });
    }
});

test('a constant that no sum of float64 holds has no spread', () => {
  const truth = new Float64Array(3).fill(0.1);
  const [off, exact] = [truth.map((value) => value + 1), truth].map((predicted) => scoreOf('r2', { of: 'values', outputs: 1, truth, predicted }));
  expect([off, exact]).toEqual([0, 1]);
  const shares = [truth.map((value, i) => value + i), truth.map((value) => value + 0.2)].map((predicted) =>
    scoreOf('explainedVariance', { of: 'values', outputs: 1, truth, predicted }),
  );
  expect(shares).toEqual([0, 1]);
  const weighed = {
    of: 'values',
    outputs: 1,
    truth: Float64Array.of(7, 0.1, 0.1, 0.1),
    predicted: Float64Array.of(7, 1, 1, 1),
    weights: Float32Array.of(0, 1, 1, 1),
  } as const;
  expect(scoreOf('r2', weighed)).toBe(0);
});
