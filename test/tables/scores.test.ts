// What scikit-learn makes of tables as people have them: gaps, words, dates.
import { expect, test } from 'vitest';
import reference from '../fixtures/tables/scores.json' with { type: 'json' };
import { csv } from '../../src/formats/csv/csv.ts';
import type { Dataset, TargetKind } from '../../src/core/data/dataset.ts';
import type { Features } from '../../src/core/data/features.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import type { Estimator, Predictor, Transformer } from '../../src/dsl/estimator.ts';
import { chain } from '../../src/estimators/chain/chain.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { ridge } from '../../src/estimators/ridge/ridge.ts';
import { scoreOf, type Scoring } from '../../src/metrics/scorers.ts';
import { standardize } from '../../src/stages/scale.ts';
import { category, date, label, number } from '../../src/tables/columns.ts';
import { table } from '../../src/tables/table.ts';
import { columns } from '../../src/transforms/columns/columns.ts';
import { impute } from '../../src/transforms/impute/impute.ts';
import { kBins } from '../../src/transforms/kBins/kBins.ts';
import { log } from '../../src/transforms/log/log.ts';
import { oneHot } from '../../src/transforms/oneHot/oneHot.ts';
import { ordinal } from '../../src/transforms/ordinal/ordinal.ts';
import { polynomial } from '../../src/transforms/polynomial/polynomial.ts';
import { power } from '../../src/transforms/power/power.ts';
import { quantile } from '../../src/transforms/quantile/quantile.ts';
import { minMax } from '../../src/transforms/scalers/minMax.ts';
import { robust } from '../../src/transforms/scalers/robust.ts';
import { selectColumns } from '../../src/transforms/select/selectColumns.ts';
import { tfidf } from '../../src/transforms/tfidf/tfidf.ts';
import { foldsOf, type PartitionPlan } from '../../src/validation/folding.ts';
import { foldJobs } from '../../src/validation/heldOut.ts';
import { testCompute } from '../support/compute.ts';
import { stageContext } from '../support/smallSets.ts';
import { cars, fixture, penguins, trainOf } from './penguins.ts';

const context = stageContext(await testCompute(), []);
const FOLDS = 5;
const logistic = logisticRegression({ tol: 1e-8, maxIter: 5000 });
const preparing = columns({
  numbers: [impute({ strategy: 'median' }), standardize()],
  categories: [impute({ strategy: 'mostFrequent' }), oneHot({ handleUnknown: 'ignore' })],
});

interface Row {
  readonly label: string;
  readonly [score: string]: unknown;
}

function rowOf(begin: string): Row {
  const found = reference.rows.find((row) => row.label.startsWith(begin));
  if (!found) throw new Error(`no row ${begin}`);
  return found;
}

/** Scores of each fold, held against the figures: `accuracy` may differ by one row, all else by 1e-4. */
async function sameScores<T extends TargetKind, M extends Predictor>(
  begin: string,
  train: Dataset<'train', Features, T>,
  estimator: Estimator<M, never, T>,
  names: Readonly<Record<string, Scoring>>,
  plan: PartitionPlan = { folds: FOLDS, stratified: true },
): Promise<void> {
  const folds = foldsOf(train, plan);
  const trained = await estimator.train(train, foldJobs(FOLDS), { folds, need: 'decisions' }, context);
  for (const [theirs, ours] of Object.entries(names)) {
    const expected = rowOf(begin)[theirs] as readonly number[];
    trained.forEach(({ heldOut }, fold) => {
      const rows = folds.fold.filter((own) => own === fold).length;
      const tolerance = theirs === 'accuracy' ? 1 / rows + 1e-9 : 1e-4 * Math.max(1, Math.abs(expected[fold]!));
      expect(Math.abs(scoreOf(ours, heldOut! as never) - expected[fold]!), `${theirs} of fold ${fold + 1}`).toBeLessThanOrEqual(tolerance);
    });
  }
}

test('penguins: gaps filled, numbers standardised, names one-hot, inside each fold', async () => {
  const train = await trainOf(penguins.target('species'));
  await sameScores('median and most frequent', train, chain(preparing, logistic), { accuracy: 'accuracy', neg_log_loss: 'negLogLoss' });
});

test('penguins: weights stand beside the names of the features that come out', async () => {
  const { names, classes, coef } = rowOf('the same fitted') as unknown as { names: string[]; classes: string[]; coef: number[][] };
  const train = await trainOf(penguins.target('species'));
  const [trained] = await chain(preparing, logistic).train(train, [{ name: 'all' }], {}, context);
  const model = trained!.model as Predictor & { readonly classNames?: readonly unknown[] };
  expect(model.classNames).toEqual(classes);
  expect(model.columns).toEqual(['bill_length', 'bill_depth', 'flipper_length', 'body_mass', 'island', 'sex']);
  expect(model.model!.columns).toEqual(names.map((name) => name.replace(/^(num|cat)__/, '')));
  model.model!.coef!.forEach((own, c) => own.forEach((weight, j) => expect(Math.abs(weight - coef[c]![j]!)).toBeLessThan(1e-4)));
});

test.each([
  ['robust', [impute({ strategy: 'median' }), robust()]],
  ['minmax', [impute(), minMax()]],
  ['indicator', [impute({ strategy: 'median', addIndicator: true }), standardize()]],
  ['power', [impute({ strategy: 'median' }), power()]],
  ['quantile', [impute({ strategy: 'median' }), quantile({ nQuantiles: 50 })]],
  ['bins', [impute({ strategy: 'median' }), kBins({ nBins: 4, quantileMethod: 'linear' })]],
  ['polynomial', [impute({ strategy: 'median' }), standardize(), polynomial({ includeBias: false })]],
  ['log', [impute({ strategy: 'median' }), log(), standardize()]],
] as const)('sex of penguins from %s numbers and names as positions', async (name, numbers) => {
  const train = await trainOf(penguins.target('sex', { missing: 'drop' }));
  expect(train.rows.length).toBe(333);
  const scores = { accuracy: 'accuracy', roc_auc: 'rocAuc', neg_log_loss: 'negLogLoss' } as const;
  await sameScores(`sex from ${name} numbers`, train, chain(columns({ numbers, categories: ordinal() }), logistic), scores);
});

test('cars: values, rows without one left out', async () => {
  const estimator = chain(columns({ numbers: [impute(), standardize()], categories: oneHot() }), ridge());
  const plan = { folds: FOLDS, stratified: false, shuffleSeed: 0 };
  await sameScores('mpg', await trainOf(cars), estimator, { r2: 'r2', neg_mean_squared_error: 'negMeanSquaredError' }, plan);
});

test('weather: months, days and seconds of dates', async () => {
  const weather = table(csv(fixture('weather.csv')), {
    date: date({ parts: ['month', 'dayOfYear', 'unix'] }),
    precipitation: number(),
    temp_max: number(),
    temp_min: number(),
    wind: number(),
    weather: label(),
  });
  const train = await trainOf(weather);
  expect(train.columns).toEqual(['date_month', 'date_dayOfYear', 'date_unix', 'precipitation', 'temp_max', 'temp_min', 'wind']);
  await sameScores('weather', train, chain(standardize(), logistic), { accuracy: 'accuracy', neg_log_loss: 'negLogLoss' });
});

test('cars: where they come from, by the words of their names', async () => {
  const cars = await trainOf(table(csv(fixture('cars.csv')), { name: category(), mpg: number(), origin: label() }));
  const { cols, data } = cars.x as Matrix;
  const known = { ...cars, rows: cars.rows.filter((row) => !Number.isNaN(data[row * cols + 1]!)) };
  const estimator = chain(selectColumns({ columns: ['name'] }), tfidf(), logistic);
  await sameScores('origin from the words', known, estimator, { accuracy: 'accuracy', neg_log_loss: 'negLogLoss' });
  const { terms, row0 } = rowOf('tf-idf of all names') as unknown as { readonly terms: number; readonly row0: readonly (readonly [string, number])[] };
  const [trained] = await estimator.train(known, [{ name: 'all' }], {}, context);
  const { transformers, model } = trained!.model as Predictor as Predictor & { readonly transformers: readonly Transformer[] };
  expect(model!.columns).toHaveLength(terms);
  const named = await transformers[0]!.transform({ ...known, rows: known.rows.subarray(0, 1) }, context);
  const { indices, values } = await transformers[1]!.sparse!({ name: 'the first', x: named, rows: Uint32Array.of(0) }, context);
  expect([...indices].map((term) => model!.columns![term])).toEqual(row0.map(([term]) => `name_${term}`));
  row0.forEach(([, weight], i) => expect(values[i]).toBeCloseTo(weight, 12));
});
