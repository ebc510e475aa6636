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
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { stageContext } from '../support/smallSets.ts';
import { csv } from '../../src/formats/csv/csv.ts';
import { diabetes } from '../../src/tables/carried/tables.ts';
import { category, label, number, value } from '../../src/tables/columns.ts';
import { table } from '../../src/tables/table.ts';
import { cars, fixture, penguins, trainOf } from './penguins.ts';

const context = stageContext(new ReferenceCompute());
const FOLDS = 5;
const KFOLD = { folds: FOLDS, stratified: false };

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

test('the sex of penguins again, from species and island as they stand in this order, told as female or not', async () => {
  const numbers = { bill_length: number(), bill_depth: number(), flipper_length: number(), body_mass: number() };
  const train = await trainOf(table(csv(fixture('penguins.csv')), { ...numbers, species: category(), island: category(), sex: label({ missing: 'drop' }) }));
  const female = { ...train, classNames: train.classNames!.toReversed(), labels: train.labels.map((code) => 1 - code) };
  const names = { accuracy: 'accuracy', roc_auc: 'rocAuc', neg_log_loss: 'negLogLoss' } as const;
  await sameScores(figures.folds[2] as never, female, histGradientBoostingClassifier({ maxIter: 20 }) as never, names, { folds: FOLDS, stratified: true });
});

test('how far cars go by numbers alone, and how ill people are', async () => {
  const numbers = { cylinders: number(), displacement: number(), horsepower: number(), weight: number(), acceleration: number() };
  const bare = await trainOf(table(csv(fixture('cars.csv')), { ...numbers, mpg: value({ missing: 'drop' }) }));
  const names = { r2: 'r2', neg_mean_squared_error: 'negMeanSquaredError' } as const;
  await sameScores(figures.folds[3] as never, bare, histGradientBoostingRegressor({ maxIter: 20 }) as never, names, { ...KFOLD, shuffleSeed: 0 });
  const options = { maxIter: 20, maxLeafNodes: 15, minSamplesLeaf: 5 };
  await sameScores(figures.folds[4] as never, await trainOf(diabetes()), histGradientBoostingRegressor(options) as never, { r2: 'r2' }, KFOLD);
});

test('how far cars go', async () => {
  const names = { r2: 'r2', neg_mean_squared_error: 'negMeanSquaredError' } as const;
  const plan = { ...KFOLD, shuffleSeed: 0 };
  await sameScores(figures.folds[1] as never, await trainOf(cars), histGradientBoostingRegressor({ maxIter: 20 }) as never, names, plan);
});
