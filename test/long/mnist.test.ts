// Models of all of MNIST that no other file here has, against scikit-learn's figures.
import { expect, test } from 'vitest';
import figures from '../fixtures/mnist.json' with { type: 'json' };
import {
  bernoulliNB,
  dummyClassifier,
  gaussianNB,
  histGradientBoostingClassifier,
  logisticRegression,
  multinomialNB,
  pca,
  ridgeClassifier,
  type Dataset,
  type Estimator,
} from '../../src/api.ts';
import { stratifiedFolds } from '../../src/core/folds/folds.ts';
import type { FittedClassifier } from '../../src/estimators/define/models.ts';
import { logLoss, probabilities } from '../../src/metrics/probability.ts';
import { averagePrecision, rocAuc } from '../../src/metrics/ranking.ts';
import { thresholdFor } from '../../src/estimators/threshold/wanted.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, fitted } from '../support/figures.ts';
import { mnistRows } from '../support/mnistFiles.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);
const { train, test: asked } = mnistRows();
const DIGIT = 5;
const fives = train.labels.map((label) => Number(label === DIGIT));
const detected = fives.subarray(0, 60_000);

/** With the seconds that it took, for notes. */
async function timed<T>(name: string, of: Promise<T>): Promise<T> {
  const started = performance.now();
  const found = await of;
  console.log(`${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return found;
}

const scaling = { shift: new Float64Array(784), factor: new Float64Array(784).fill(1 / 255) };
const CLASSIFIERS: readonly (readonly [string, Estimator<FittedClassifier, never>, readonly number[], Dataset<'train'>])[] = [
  ['gaussianNB', gaussianNB() as never, figures.gaussianNB, train],
  ['bernoulliNB', bernoulliNB({ binarize: 127 }) as never, figures.bernoulliNB, train],
  ['multinomialNB', multinomialNB() as never, figures.multinomialNB, train],
  ['ridgeClassifier', ridgeClassifier() as never, figures.ridgeClassifier, { ...train, scaling }],
];

test.each(CLASSIFIERS)('%s', async (name, estimator, [accuracy], rows) => {
  const model = await timed(name, fitted(estimator, rows, compute));
  expect(await model.score(asked, context)).toBe(accuracy);
});

test('pca', async () => {
  const { labels: _, ...rows } = train;
  const { fields } = await timed('pca', fitted(pca({ nComponents: 50 }), rows, compute));
  fields.explainedVariance.forEach((value, k) => expect(Math.abs(value / figures.pca.explained_variance[k]! - 1)).toBeLessThan(1e-5));
  expectClose(fields.explainedVarianceRatio, figures.pca.ratio, 1e-5);
});

test('boosting that detects fives in 20 000 rows', async () => {
  const { rows: count, test_accuracy: accuracy, auc, log_loss: loss, decision_first10: first } = figures.boosting;
  const rows = { ...train, labels: fives, rows: train.rows.subarray(0, count) };
  const model = await timed('boosting', fitted(histGradientBoostingClassifier({ maxIter: 20, earlyStopping: false }), rows, compute));
  const decisions = await model.decisionFunction(asked, context);
  const truth = fives.subarray(60_000);
  first.forEach((decision, i) => expect(Math.abs(decisions[i]! - decision)).toBeLessThan(1e-4));
  expect(decisions.filter((decision, i) => decision > 0 === (truth[i] === 1)).length / truth.length).toBe(accuracy);
  expect(rocAuc(truth, decisions)).toBeCloseTo(auc, 8);
  expect(logLoss(truth, probabilities(decisions, 2), 2)).toBeCloseTo(loss, 8);
});

/** What models of three folds that detect fives say of the rows held out from them. */
async function saidOfFolds(
  estimator: Estimator<FittedClassifier, never>,
): Promise<{ readonly decisions: Float64Array; readonly accuracies: readonly number[] }> {
  const fold = stratifiedFolds(detected, 3);
  const jobs = [0, 1, 2].map((heldOut) => ({ name: `fold ${heldOut + 1}`, heldOut, positive: DIGIT }));
  const trained = await estimator.train(train, jobs, { folds: { count: 3, fold }, need: 'decisions' }, context);
  const decisions = new Float64Array(fold.length);
  for (const [own, { heldOut }] of trained.entries()) {
    let at = 0;
    fold.forEach((held, row) => held === own && (decisions[row] = (heldOut!.decisions ?? [])[at++] ?? 0));
  }
  const accuracies = trained.map(({ heldOut }) => heldOut!.confusion!.reduce((sum, counts, code) => sum + counts[code]!, 0) / 20_000);
  return { decisions, accuracies };
}

test('a baseline that detects fives, three folds', async () => {
  const { accuracies } = await saidOfFolds(dummyClassifier() as never);
  expect(accuracies).toEqual(figures.dummy);
});

test('logistic regression that detects fives with nine of ten right, three folds', async () => {
  const expected = figures.logisticThreshold;
  const { decisions } = await timed('logistic', saidOfFolds(logisticRegression({ tol: 0.1 }) as never));
  const told = decisions.map((decision) => Number(decision > 0));
  const counts = [0, 1].map((code) => [0, 1].map((said) => told.filter((own, row) => own === said && detected[row] === code).length));
  const found = thresholdFor('test', 'MNIST', detected, decisions, { precision: 0.9 });
  console.log(JSON.stringify({ counts, found, auc: rocAuc(detected, decisions), ap: averagePrecision(detected, decisions) }));
  counts.flat().forEach((count, i) => expect(Math.abs(count - expected.confusion_at_0.flat()[i]!)).toBeLessThanOrEqual(30));
  expect(Math.abs(found.threshold - expected.threshold_for_90_precision)).toBeLessThan(0.02);
  expect(found.precision).toBeGreaterThanOrEqual(0.9);
  expect(Math.abs(found.recall - expected.recall)).toBeLessThan(0.003);
  expect(Math.abs(rocAuc(detected, decisions) - expected.auc)).toBeLessThan(0.0005);
  expect(Math.abs(averagePrecision(detected, decisions) - expected.ap)).toBeLessThan(0.001);
});
