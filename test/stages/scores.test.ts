// Scores of ordinary tables against scikit-learn's, from the data to the record of the run.
import { expect, test } from 'vitest';
import figures from '../fixtures/scores.json' with { type: 'json' };
import type { RunEvent } from '../../src/core/events.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import type { Split } from '../../src/dsl/stage/state.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { oneVsRest } from '../../src/estimators/oneVsRest/oneVsRest.ts';
import { scorersOf } from '../../src/metrics/scorers.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';
import { crossValidate } from '../../src/stages/selection/crossValidate.ts';
import { fit } from '../../src/stages/fit.ts';
import { gridSearch } from '../../src/stages/search/gridSearch.ts';
import { score } from '../../src/stages/score.ts';
import { split } from '../../src/stages/split/split.ts';
import { runSmall } from '../support/smallData.ts';
import { rawSet } from '../support/smallSets.ts';
import { fetchTable, table, whole } from '../support/table.ts';

async function ran(made: Parameters<typeof runSmall>[0]) {
  const { outputs, events, error } = await runSmall(made, () => openNodeCompute());
  expect(error).toBeUndefined();
  return { outputs, events, warnings: warningsOf(events) };
}

function warningsOf(events: readonly RunEvent[]) {
  return events.flatMap((event) => (event.type === 'warning' ? [`${event.stage} ${event.code} ${event.message}`] : []));
}

/** Of every scorer of the cross-validation, by fold. */
function foldScores(outputs: Awaited<ReturnType<typeof ran>>['outputs']) {
  return outputs['cross-validate']!['scores'] as Readonly<Record<string, readonly number[]>>;
}

function close(actual: readonly number[], expected: readonly number[], digits: number): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(actual[i], `fold ${i + 1}`).toBeCloseTo(value, digits));
}

const { x: flowers, labels } = rawSet('iris');
const iris = Array.from({ length: 150 }, (_, row) => [...flowers.data.subarray(row * 4, row * 4 + 4)]);
const species = [...labels];
const tight = { tol: 1e-6, maxIter: 1000 };

test('a row that is surely wrong counts as 36 in the log loss, not as its distance', async () => {
  const { x, y, negLogLoss, accuracy } = figures.wide;
  const validate = crossValidate({ folds: 3, stratified: false, shuffleSeed: 3, scoring: ['negLogLoss', 'accuracy'] });
  const { outputs } = await ran(pipeline('wide', fetchTable(table(x, y)), whole, fit(logisticRegression({ ...tight, C: 1e6 })), validate));
  const scores = foldScores(outputs);
  close(scores['negLogLoss']!, negLogLoss, 3);
  close(scores['accuracy']!, accuracy, 12);
});

test('the log loss of oneVsRest is that of its own probabilities', async () => {
  const { accuracy, negLogLoss, folds } = figures.irisOneVsRest;
  const scoring = ['accuracy', 'negLogLoss'] as ['accuracy', 'negLogLoss'];
  const stages = [fit(oneVsRest(logisticRegression(tight))), score({ on: 'test', scoring }), crossValidate({ folds: 5, scoring })] as const;
  const { outputs } = await ran(pipeline('iris', fetchTable(table(iris, species)), whole, ...stages));
  expect(outputs['score']!['testAccuracy']).toBeCloseTo(accuracy, 12);
  expect(outputs['score']!['negLogLoss']).toBeCloseTo(negLogLoss, 3);
  const scores = foldScores(outputs);
  close(scores['accuracy']!, folds.accuracy, 12);
  close(scores['negLogLoss']!, folds.negLogLoss, 3);
});

test.each(['oneVsRest', 'plain'] as const)('every score of two classes equals scikit-learn: %s', async (name) => {
  const { x, y, [name]: expected } = figures.cloud;
  const estimator = name === 'plain' ? logisticRegression(tight) : oneVsRest(logisticRegression(tight));
  const stages = [
    fit(estimator as ReturnType<typeof logisticRegression>),
    score({ on: 'test', scoring: scorersOf().filter((one) => one !== 'balancedAccuracy') }),
    crossValidate({ folds: 4, scoring: ['rocAuc', 'averagePrecision', 'negLogLoss'] }),
  ] as const;
  const { outputs, events, warnings } = await ran(pipeline('cloud', fetchTable(table(x, y)), whole, ...stages));
  const { testAccuracy, ...scores } = outputs['score']!;
  expect(testAccuracy).toBeCloseTo(expected.accuracy, 12);
  for (const one of ['precision', 'recall', 'f1', 'rocAuc', 'averagePrecision'] as const) expect(scores[one], one).toBeCloseTo(expected[one], 10);
  expect(scores['negLogLoss']).toBeCloseTo(expected.negLogLoss, 5);
  const folds = foldScores(outputs);
  for (const one of ['rocAuc', 'averagePrecision'] as const) close(folds[one]!, expected.folds[one], 10);
  close(folds['negLogLoss']!, expected.folds.negLogLoss, 5);
  // A table has no pictures and was not binarized; its curve is there all the same.
  const curve = events.find((event) => event.type === 'curve');
  expect(curve).toMatchObject({
    stage: 'score',
    positives: y.filter((one) => one === 1).length,
    rocAuc: expect.closeTo(expected.rocAuc, 10),
    averagePrecision: expect.closeTo(expected.averagePrecision, 10),
  });
  const { edges, ...counts } = (curve as Extract<RunEvent, { type: 'curve' }>).spread!;
  expect(edges.length).toBe(counts.positives.length + 1);
  expect(counts.positives.concat(counts.negatives).reduce((a, b) => a + b)).toBe(y.length);
  expect(warnings.filter((text) => text.includes('W_SCORE'))).toEqual([]);
});

test('labels may be any: three classes 3, 7 and 200', async () => {
  const { confusion, negLogLoss } = figures.labels;
  const order = [...species.keys()].toSorted((a, b) => Number(isTest(a)) - Number(isTest(b)) || a - b);
  const data = table(
    order.map((row) => iris[row]!),
    order.map((row) => [3, 7, 200][species[row]!]!),
  );
  const { outputs, events } = await ran(
    pipeline(
      'labels',
      fetchTable(data),
      split({ train: [0, 115], test: [115, 150] }),
      fit(logisticRegression(tight)),
      score({ on: 'test', scoring: 'negLogLoss' }),
    ),
  );
  expect(outputs['score']).toMatchObject({ classes: [3, 7, 200], confusion });
  expect(outputs['score']!['negLogLoss']).toBeCloseTo(negLogLoss, 3);
  // Each class against the others has a curve, too.
  const found = events.flatMap((event) => (event.type === 'curve' ? [{ positive: event.positive, positives: event.positives }] : []));
  expect(found).toEqual([
    { positive: '3', positives: 20 },
    { positive: '7', positives: 10 },
    { positive: '200', positives: 5 },
  ]);
});

/** Rows that the figures of three labels leave out of training. */
function isTest(row: number): boolean {
  return row % 50 >= [30, 40, 45][Math.floor(row / 50)]!;
}

test('rows of a label that training never saw are predicted wrong, with a warning; scores that cannot be are NaN, with the reason', async () => {
  const { confusion, accuracy, balancedAccuracy } = figures.unseen;
  const data = table(
    iris,
    species.map((one) => [3, 7, 200][one]!),
  );
  // Setosa and versicolor are the first hundred rows.
  const known = stage({
    id: 'known',
    needs: ['train'],
    provides: ['train'],
    run: ({ train }: Pick<Split, 'train'>) => ({ train: { ...train, rows: train.rows.slice(0, 100) } }),
  });
  const made = pipeline('unseen', fetchTable(data), whole, known, fit(logisticRegression(tight)), score({ on: 'test', scoring: [...scorersOf()] }));
  const { outputs, events, warnings } = await ran(made);
  expect(outputs['score']).toMatchObject({
    classes: [3, 7, 200],
    confusion,
    testAccuracy: accuracy,
    balancedAccuracy,
    rocAuc: null,
    f1: null,
    negLogLoss: null,
  });
  expect(events.some(({ type }) => type === 'curve')).toBe(false);
  expect(warnings).toContain(
    'score W_CLASS 50 rows of test of table have label 200, which no row had that the model was fitted on: all of them count as wrong.',
  );
  const why = 'some of its rows have label 200, which the model never saw';
  expect(warnings).toContain(
    `score W_SCORE rocAuc of test of table is not defined: it is of two classes, and ${why}. It counts as NaN, as does a mean with it.`,
  );
  expect(warnings).toContain(
    'score W_SCORE negLogLoss of test of table is not defined: the model has no probability of label 200, which it never saw. It counts as NaN, as does a mean with it.',
  );
});

test('precision, recall and f1 that are not defined are 0, told once a stage however many folds', async () => {
  const { x, y, accuracy } = figures.rare;
  const scoring = ['accuracy', 'precision', 'recall', 'f1'] as ['accuracy', 'precision', 'recall', 'f1'];
  const stages = [fit(logisticRegression(tight)), score({ on: 'test', scoring }), crossValidate({ folds: 3, stratified: false, scoring })] as const;
  const { outputs, warnings } = await ran(pipeline('rare', fetchTable(table(x, y)), whole, ...stages));
  expect(outputs['score']).toMatchObject({ testAccuracy: accuracy, precision: 0, recall: 0, f1: 0 });
  const scored = warnings.filter((text) => text.includes('W_SCORE'));
  expect(scored).toContain('score W_SCORE precision of test of table is not defined: none of its rows is predicted as label 1. It counts as 0.');
  expect(scored.filter((text) => text.startsWith('cross-validate W_SCORE precision'))).toEqual([
    'cross-validate W_SCORE precision of fold 1, fold 2, fold 3 is not defined: none of its rows is predicted as label 1. It counts as 0.',
  ]);
  // Recall is defined wherever there are positives.
  expect(scored.filter((text) => text.startsWith('score W_SCORE recall'))).toEqual([]);
});

test.each([
  ['labels', { 0: 1, 1: 20 }],
  ['names', { no: 1, yes: 20 }],
])('class weights by %s are those of scikit-learn, in a fit and in a grid', async (_, classWeight) => {
  const { x, y, weighted } = figures.cloud;
  const data = table(x, y, { classNames: ['no', 'yes'] });
  const scored = score({ on: 'test', scoring: 'recall' });
  const fitted = await ran(pipeline('weighted', fetchTable(data), whole, fit(logisticRegression({ ...tight, classWeight })), scored));
  const search = gridSearch(logisticRegression(tight), { classWeight: [classWeight] }, { folds: 3 });
  const searched = await ran(pipeline('searched', fetchTable(data), whole, search, scored));
  for (const { outputs } of [fitted, searched]) {
    expect(outputs['score']!['testAccuracy']).toBeCloseTo(weighted.accuracy, 12);
    expect(outputs['score']!['recall']).toBe(weighted.recall);
  }
});

test('rows whose weights are 0 for a whole class train as in scikit-learn: every row is of the other', async () => {
  const { x, y } = figures.cloud;
  const data = table(x, y, { weights: Float32Array.from(y, (label) => 1 - label) });
  const { outputs, warnings } = await ran(pipeline('weightless', fetchTable(data), whole, fit(logisticRegression(tight)), score({ on: 'test' })));
  const negatives = y.filter((label) => label === 0).length;
  expect(outputs['score']!['confusion']).toEqual([
    [negatives, 0],
    [60 - negatives, 0],
  ]);
  expect(warnings).toContain('fetch W_WEIGHTS All rows of table with label 1 have weight 0: nothing is learned of them, but they are scored.');
});

test('a list of rows that leaves some out is split by its own length, and one that repeats rows trains on them as often', async () => {
  const { x, y } = figures.cloud;
  const filtered = table(x, y, { rows: Uint32Array.from(x.keys()).filter((row) => row % 3 > 0) });
  const scored = score({ on: 'test' });
  const { outputs } = await ran(pipeline('filtered', fetchTable(filtered), split({ train: [0, 30], test: [30, 40] }), fit(logisticRegression(tight)), scored));
  expect(outputs['split']).toEqual({ trainRows: 30, testRows: 10 });
  expect((outputs['score']!['confusion'] as number[][]).flat().reduce((a, b) => a + b, 0)).toBe(10);
  // Rows 0 to 9 three times, then others.
  const repeated = table(x, y, { rows: Uint32Array.from({ length: 80 }, (_, i) => (i < 30 ? i % 10 : i - 20)) });
  const often = table(x, y, { weights: Float32Array.from(x, (_, row) => (row < 10 ? 3 : 1)) });
  const fits = await Promise.all(
    [
      pipeline('repeated', fetchTable(repeated), split({ train: [0, 70], test: [70, 80] }), fit(logisticRegression({ ...tight, C: 100 }))),
      pipeline('often', fetchTable(often), split({ train: [0, 50], test: [50, 60] }), fit(logisticRegression({ ...tight, C: 100 }))),
    ].map(ran),
  );
  expect(fits[0]!.outputs['split']).toEqual({ trainRows: 70, testRows: 10 });
  expect(fits[0]!.outputs['fit']!['objective']).toBeCloseTo(fits[1]!.outputs['fit']!['objective'] as number, 5);
});

test('a fold that holds out the only row of a class trains no model of it, and counts the row as wrong', async () => {
  const rows = [...Array(100).keys(), 120];
  const data = table(
    rows.map((row) => iris[row]!),
    rows.map((row) => species[row]!),
  );
  const scoring = ['accuracy', 'balancedAccuracy'] as ['accuracy', 'balancedAccuracy'];
  const { outputs } = await ran(pipeline('rare', fetchTable(data), whole, fit(oneVsRest(logisticRegression(tight))), crossValidate({ folds: 5, scoring })));
  const scores = foldScores(outputs);
  close(scores['accuracy']!, figures.oneRow.accuracy, 12);
  close(scores['balancedAccuracy']!, figures.oneRow.balancedAccuracy, 12);
});
