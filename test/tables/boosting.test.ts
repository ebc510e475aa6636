// Boosted trees on tables as people have them: gaps and names stay as they are.
import { expect, test } from 'vitest';
import figures from '../fixtures/boosting.json' with { type: 'json' };
import type { Dataset, TargetKind } from '../../src/core/data/dataset.ts';
import type { Features } from '../../src/core/data/features.ts';
import type { Estimator, Predictor } from '../../src/dsl/estimator.ts';
import { histGradientBoostingClassifier } from '../../src/estimators/boosting/histGradientBoostingClassifier.ts';
import { histGradientBoostingRegressor } from '../../src/estimators/boosting/histGradientBoostingRegressor.ts';
import { scoreOf, type Scoring } from '../../src/metrics/scorers.ts';
import { foldsOf, type PartitionPlan } from '../../src/validation/folding.ts';
import { foldJobs } from '../../src/validation/heldOut.ts';
import { ReferenceCompute } from '../../src/testing/referenceCompute.ts';
import { stageContext } from '../support/smallSets.ts';
import { cars, penguins, trainOf } from './penguins.ts';

const context = stageContext(new ReferenceCompute());
const FOLDS = 5;

async function sameScores<T extends TargetKind, M extends Predictor>(
  expected: Readonly<Record<string, readonly number[]>>,
  train: Dataset<'train', Features, T>,
  estimator: Estimator<M, never, T>,
  names: Readonly<Record<string, Scoring>>,
  plan: PartitionPlan,
): Promise<void> {
  const trained = await estimator.train(train, foldJobs(FOLDS), { folds: foldsOf(train, plan), need: 'decisions' }, context);
  for (const [theirs, ours] of Object.entries(names))
    trained.forEach(({ heldOut }, fold) => expect(scoreOf(ours, heldOut! as never), `${theirs} of fold ${fold + 1}`).toBeCloseTo(expected[theirs]![fold]!, 8));
}

test('the sex of penguins', async () => {
  const train = await trainOf(penguins.target('sex', { missing: 'drop' }));
  const names = { accuracy: 'accuracy', roc_auc: 'rocAuc', neg_log_loss: 'negLogLoss' } as const;
  await sameScores(figures.folds[0] as never, train, histGradientBoostingClassifier({ maxIter: 20 }) as never, names, { folds: FOLDS, stratified: true });
});

test('how far cars go', async () => {
  const names = { r2: 'r2', neg_mean_squared_error: 'negMeanSquaredError' } as const;
  const plan = { folds: FOLDS, stratified: false, shuffleSeed: 0 };
  await sameScores(figures.folds[1] as never, await trainOf(cars), histGradientBoostingRegressor({ maxIter: 20 }) as never, names, plan);
});
