// Ridge regression on classes written as -1 and 1.
import { defineEstimator, type TrainingRows } from '../define/define.ts';
import { classWeightParam, weightsByCode } from '../linear/classWeights.ts';
import { linearValues, type LinearFields } from '../linear/linearValues.ts';
import { ridgeModels } from './models.ts';
import { ridgeParams, type RidgeOptions } from './ridge.ts';

export interface RidgeClassifierOptions extends RidgeOptions {
  /** Weight of the rows of each class, by label or class name, or 'balanced' for inverse class frequencies. Default 1 each. Models with different class weights, as 'balanced' gives in each fold, each take a separate pass over the rows. */
  readonly classWeight?: 'balanced' | Readonly<Record<string, number>> | undefined;
}

const params = ridgeParams.extend({
  classWeight: classWeightParam,
});

/**
 * `sklearn.linear_model.RidgeClassifier`: ridge regression on 1 for rows of a class and -1 for all others; the class with the largest
 * value wins. Two classes need one column. There are no probabilities.
 *
 * Rows `[rows, cols]` with classes; a model has `coef`, `[classes][cols]`, or one row for two classes, and `intercept`.
 *
 * @throws E_PARAMS for invalid parameters; when training, E_CLASS for rows of one class, E_DATA as for `ridge`
 * @example
 * fit(ridgeClassifier({ alpha: 10 }));
 */
export const ridgeClassifier = defineEstimator<RidgeClassifierOptions>()({
  name: 'ridgeClassifier',
  kind: 'classifier',
  params,
  scales: true,
  shards: true,
  sumsByFold: true,
  async trainTogether(rows, models, folds, context) {
    const { classes, codes } = rows;
    const columns = classes.length === 2 ? [1] : [...classes.keys()];
    const targets = columns.map((own) => Float64Array.from(codes, (code) => (code === own ? 1 : -1)));
    const trained: LinearFields[] = [];
    // As in scikit-learn, 'balanced' counts rows, whatever they weigh.
    const byCode = models.map(({ heldOut, params: { classWeight } }) => weightsByCode(classWeight, rows, { folds, heldOut }));
    for (const written of new Set(byCode.map(String))) {
      const members = [...models.keys()].filter((i) => String(byCode[i]) === written);
      const weights = rowWeights(rows, byCode[members[0]!]!);
      const own = members.map((i) => models[i]!);
      const some = await ridgeModels('ridgeClassifier', rows, own, { targets, weights, folds }, context);
      members.forEach((i, at) => (trained[i] = some[at]!));
    }
    return trained;
  },
  scores: linearValues,
});

/** Undefined where every row counts once. */
function rowWeights({ rows, weights, codes }: TrainingRows<'classifier'>, byCode: readonly number[]): Float32Array | undefined {
  if (!weights && byCode.every((weight) => weight === 1)) return undefined;
  return Float32Array.from(rows, (id, row) => (weights?.[id] ?? 1) * byCode[codes[row]!]!);
}
