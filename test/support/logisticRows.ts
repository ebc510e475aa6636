// Logistic regression on a real adapter against scikit-learn 1.9's figures: shared by the quick tests and the long ones.
import { expect, test } from 'vitest';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import type { LogisticModel } from '../../src/estimators/logisticRegression/model.ts';
import type { LogisticParams } from '../../src/estimators/logisticRegression/params.ts';
import { logLoss } from '../../src/metrics/probability.ts';
import { testCompute } from './compute.ts';
import { dataOf, fits, optionsOf, type FitRow } from './logisticFits.ts';
import { stageContext } from './smallSets.ts';

const context = stageContext(await testCompute());

const tight = (row: FitRow): boolean => (row.params.tol ?? 1) <= 1e-8;

/** The objective of scikit-learn at some weights, in float64: weighted mean loss, and the penalty over the sum of weights. */
function objectiveAt(
  row: FitRow,
  data: ReturnType<typeof dataOf>,
  classes: readonly number[],
  coef: readonly ArrayLike<number>[],
  intercept: readonly number[],
): number {
  const { C = 1, class_weight } = row.params;
  const { cols } = data.x;
  const weights = Float64Array.from(data.labels, (_, i) => data.weights?.[i] ?? 1);
  if (class_weight === 'balanced') {
    const sums = classes.map((label) => weights.reduce((sum, weight, i) => sum + (data.labels[i] === label ? weight : 0), 0));
    const total = sums.reduce((a, b) => a + b, 0);
    weights.forEach((weight, i) => (weights[i] = (weight * total) / (sums.length * sums[classes.indexOf(data.labels[i]!)]!)));
  }
  const weightSum = weights.reduce((a, b) => a + b, 0);
  let loss = 0;
  data.labels.forEach((label, i) => {
    const scores = coef.map((column, c) => Array.from(column).reduce((sum, weight, j) => sum + weight * data.x.data[i * cols + j]!, intercept[c]!));
    // One column of scores is that of the second of two classes; the first has 0.
    const all = scores.length === 1 ? [0, scores[0]!] : scores;
    const largest = Math.max(...all);
    const own = all[classes.indexOf(label)]!;
    loss += weights[i]! * (largest - own + Math.log(all.reduce((sum, score) => sum + Math.exp(score - largest), 0)));
  });
  const squares = coef.reduce((sum, column) => sum + Array.from(column).reduce((inner, weight) => inner + weight * weight, 0), 0);
  return (loss + squares / (2 * C)) / weightSum;
}

/** Rows over the same data and intercept train in one batch, each with its own C, tol, maxIter and class weights. */
const batchKey = ({ data, target, weighted, params }: FitRow): string => [data, target, weighted, params.fit_intercept].join();
const models = new Map<FitRow, Promise<LogisticModel>>();

function modelOf(row: FitRow): Promise<LogisticModel> {
  if (!models.has(row)) {
    const long = row.n_iter[0]! > 1000;
    const batch = fits.filter((other) => batchKey(other) === batchKey(row) && other.n_iter[0]! > 1000 === long);
    const { fitIntercept } = optionsOf(row.params);
    const jobs = batch.map(({ label, params }) => {
      const { fitIntercept: _, ...own } = optionsOf(params);
      return { name: label, params: own as Partial<LogisticParams> };
    });
    const training = logisticRegression(fitIntercept === undefined ? {} : { fitIntercept }).train(dataOf(row), jobs, {}, context);
    batch.forEach((one, i) =>
      models.set(
        one,
        training.then((trained) => trained[i]!.model),
      ),
    );
  }
  return models.get(row)!;
}

/** Asserts that rows of the fixture are met: those of thousands of iterations where `long`, all others where not. */
export function equalsSklearn(long: boolean): void {
  test.each(fits.filter(({ n_iter }) => long === n_iter[0]! > 1000))('equals scikit-learn: $data, $target, $label', { timeout: 600_000 }, async (row) => {
    const data = dataOf(row);
    const model = await modelOf(row);
    const codes = data.labels.map((label) => model.classes.indexOf(label));
    const loss = logLoss(codes, await model.predictProba(data, context), model.classes.length);
    const shares = await model.predictProba(data, context);
    const norm = Math.hypot(...row.coef.flat());
    const away = Math.hypot(...row.coef.flatMap((column, c) => column.map((value, j) => value - model.coef[c]![j]!)));

    if (tight(row)) {
      expect(away / norm, 'coefficients').toBeLessThan(1e-3);
      const objective = objectiveAt(row, data, model.classes, row.coef, row.intercept);
      const own = objectiveAt(row, data, model.classes, model.coef, model.intercept);
      expect(Math.abs(own - objective) / objective, 'objective').toBeLessThan(1e-5);
      expect(Math.abs((model.summary['objective'] as number) - objective), 'objective as reported').toBeLessThan(1e-5);
      expect(Math.abs(loss - row.log_loss), 'log loss').toBeLessThan(1e-5);
      row.proba_first5.flat().forEach((p, i) => expect(Math.abs(shares[i]! - p), 'probabilities').toBeLessThan(1e-3));
    } else {
      // A loose stop is reached on the same path: the iteration count is the figure that shows it.
      expect(Math.abs(model.nIter - row.n_iter[0]!), 'iterations').toBeLessThanOrEqual(0.1 * row.n_iter[0]!);
      expect(Math.abs(loss - row.log_loss), 'log loss').toBeLessThan(2e-3);
      expect(away / norm, 'coefficients').toBeLessThan(0.05);
    }
    expect(Math.abs((model.summary['trainAccuracy'] as number) - row.train_accuracy) * data.labels.length, 'rows predicted otherwise').toBeLessThanOrEqual(1);
    if (model.classes.length > 2 && row.params.class_weight === undefined) {
      // From zeros, under an L2 penalty, the columns of a symmetric softmax sum to zero.
      model.coef[0]!.forEach((_, j) => expect(Math.abs(model.coef.reduce((sum, column) => sum + column[j]!, 0))).toBeLessThan(1e-4 * norm));
    }
  });
}
