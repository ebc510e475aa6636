// Normally distributed classes that all have the same covariance: the boundaries between them are linear. As scikit-learn 1.9's
// LinearDiscriminantAnalysis(solver='svd') (Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 4.3).
import { weightsOf } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { throwIfCancelled, type StageContext } from '../../dsl/stage/context.ts';
import { probabilities } from '../../metrics/probability.ts';
import { defineEstimator } from '../define/define.ts';
import { linearValues } from '../linear/linearValues.ts';
import { priorsOf, priorsParam } from '../naiveBayes/priors.ts';
import { eigenOf } from '../pca/eigen.ts';
import { sumsWithout } from '../ridge/moments.ts';
import { sumsByFold } from '../ridge/sums.ts';
import { affinesOf } from '../rows/frame.ts';
import { varyingOnHost } from './onHost.ts';
import { withinClasses, withinOf, type Within } from './within.ts';

export interface LinearDiscriminantAnalysisOptions {
  /** Prior probability of each class, in the order of the labels. Default: its share of the rows. */
  readonly priors?: readonly number[] | undefined;
  /** Leave out directions in which rows of a class vary by no more than this, in standard deviations of the columns. Default 1e-4. */
  readonly tol?: number | undefined;
}

const params = z.strictObject({
  priors: priorsParam,
  tol: z.number().min(0).default(1e-4).describe('least that rows of a class vary in a direction that counts'),
} satisfies ShapeOf<LinearDiscriminantAnalysisOptions>);
export interface LinearDiscriminantFields {
  /** One list of weights for two classes, otherwise one per class, `[cols]` each. */
  readonly coef: readonly Float64Array[];
  readonly intercept: Float64Array;
  /** `[classes][cols]` */
  readonly means: readonly Float64Array[];
  /** `[classes]` */
  readonly priors: Float64Array;
}

/**
 * `sklearn.discriminant_analysis.LinearDiscriminantAnalysis(solver='svd')`: predicts the most likely class of a row, where classes are
 * normally distributed and share one covariance. Weights count rows: a row of weight 2 counts as two rows.
 * Variances are divided by the rows less the classes, as scikit-learn does up to 1.9.0; since 1.9.1 it divides by all rows.
 *
 * Rows `[rows, cols]` with classes; a model has `coef`, `[classes][cols]`, or one row for two classes, and `intercept`.
 *
 * @throws E_PARAMS for invalid options; when training, E_CLASS for fewer than two classes or a class whose rows all have weight 0,
 *   E_DATA for no more rows than classes, rows that do not vary within classes, and too many columns for their pairs to fit on the
 *   device
 * @example
 * fit(linearDiscriminantAnalysis());
 */
export const linearDiscriminantAnalysis = defineEstimator<LinearDiscriminantAnalysisOptions>()({
  name: 'linearDiscriminantAnalysis',
  kind: 'classifier',
  params,
  scales: true,
  shards: true,
  sumsByFold: true,
  async trainTogether(rows, models, folds, context): Promise<readonly LinearDiscriminantFields[]> {
    const owner = 'linearDiscriminantAnalysis';
    const compute = await context.compute();
    const targets = rows.classes.map((_, c) => Float64Array.from(rows.codes, (code) => Number(code === c)));
    const { frame, sums } = await sumsByFold(owner, context, rows, { weights: weightsOf(rows), targets, folds });
    const affines = affinesOf(frame, models);
    const trained: LinearDiscriminantFields[] = [];
    for (const [i, { name, heldOut, scaling, params }] of models.entries()) {
      await compute.settle(); // lets a cancel in, between models that each take a moment
      throwIfCancelled(context.signal);
      const left = sumsWithout(sums, heldOut);
      const priors = priorsOf(
        owner,
        params.priors,
        left.targets.map((own) => own.at(-1)!),
        rows,
        name,
      );
      const found = withinClasses(left, affines[i]!);
      // Bytes are whole numbers, and lose none.
      const within = found.lost && rows.x.dtype !== 'u8' ? withinOf(await varyingOnHost({ ...rows, scaling }, folds, heldOut, { together: true })) : found;
      if (!(within.weight > rows.classes.length)) {
        throw new PipelineError(
          'E_DATA',
          `${owner}: ${name} of ${rows.name} has ${within.weight} rows; more than its ${rows.classes.length} classes are needed.`,
          {
            hint: 'Train on more rows. Weights count rows here.',
          },
        );
      }
      const fields = fieldsOf(rows.name, within, priors, params.tol);
      warnOfFarApart(fields, name, rows, context);
      trained.push(fields);
    }
    return trained;
  },
  scores: linearValues,
  probabilities: (scores, { classes }) => probabilities(scores, classes.length),
});

function fieldsOf(name: string, { weight, means, products, std }: Within, priors: Float64Array, tol: number): LinearDiscriminantFields {
  const cols = std.length;
  const spread = products.map((value, at) => value / (std[Math.floor(at / cols)]! * std[at % cols]! * (weight - means.length)));
  const { values, vectors } = eigenOf(spread, cols);
  const sizes = values.map((value) => Math.sqrt(Math.max(0, value)));
  // Along these, rows of a class vary by 1.
  const directions = vectors.filter((_, k) => sizes[k]! > tol).map((own, k) => own.map((value, j) => value / std[j]! / sizes[k]!));
  if (directions.length === 0) {
    throw new PipelineError('E_DATA', `linearDiscriminantAnalysis: no column of ${name} varies within a class.`, {
      hint: 'Give features that differ between rows of a class, or a smaller tol.',
    });
  }
  const middle = means[0]!.map((_, j) => means.reduce((sum, mean, c) => sum + priors[c]! * mean[j]!, 0));
  const apart = means.map((mean) => {
    const away = mean.map((value, j) => value - middle[j]!);
    return directions.map((own) => dot(own, away));
  });
  const kept = betweenClasses(apart, priors, { weight, tol }).map((own) =>
    middle.map((_, j) => directions.reduce((sum, direction, k) => sum + own[k]! * direction[j]!, 0)),
  );
  const coef: Float64Array[] = [];
  const intercept: number[] = [];
  for (const [c, mean] of means.entries()) {
    const places = kept.map((axis) => dot(axis, mean) - dot(axis, middle));
    coef.push(middle.map((_, j) => kept.reduce((sum, axis, k) => sum + places[k]! * axis[j]!, 0)));
    intercept.push(Math.log(priors[c]!) - dot(places, places) / 2 - dot(coef[c]!, middle));
  }
  if (means.length > 2) return { coef, intercept: Float64Array.from(intercept), means, priors };
  return { coef: [coef[1]!.map((value, j) => value - coef[0]![j]!)], intercept: Float64Array.of(intercept[1]! - intercept[0]!), means, priors };
}

/** Scores are of the size of squared distances between classes, in which two that are near each other may be told by less than their last digit. */
const MOST_ROUNDING = 1e-3;

/** Two classes are told by a sign, which rounding leaves as it is. */
function warnOfFarApart({ coef, means }: LinearDiscriminantFields, job: string, { name }: { readonly name: string }, { emit, stage }: StageContext): void {
  if (coef.length === 1) return;
  const reach = Math.max(...means.flatMap((mean) => means.map((other, c) => Math.abs(dot(coef[c]!, mean) - dot(coef[c]!, other)))));
  if (reach * Number.EPSILON < MOST_ROUNDING) return;
  const message = `linearDiscriminantAnalysis: classes of ${name} lie so far apart, for how little rows of a class vary, that scores of ${job} are up to ${reach.toPrecision(1)}: what tells other classes from each other is lost in their last digits.`;
  emit({ type: 'warning', stage, code: 'W_PRECISION', message, hint: 'Leave out the column that sets those classes apart, or fit gaussianNB() or a tree.' });
}

/** Axes in which class means lie apart, of length 1, `[axes][directions]`: the right singular vectors of the weighted means. */
function betweenClasses(apart: readonly (readonly number[])[], priors: Float64Array, { weight, tol }: { weight: number; tol: number }): readonly number[][] {
  const count = apart.length;
  const rows = apart.map((own, c) => own.map((value) => value * Math.sqrt((weight * priors[c]!) / (count - 1))));
  const { values, vectors } = eigenOf(
    Float64Array.from({ length: count * count }, (_, at) => dot(rows[Math.floor(at / count)]!, rows[at % count]!)),
    count,
  );
  const sizes = values.map((value) => Math.sqrt(Math.max(0, value)));
  return vectors
    .filter((_, r) => sizes[r]! > tol * sizes[0]!)
    .map((own, r) => apart[0]!.map((_, k) => rows.reduce((sum, row, c) => sum + own[c]! * row[k]!, 0) / sizes[r]!));
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
