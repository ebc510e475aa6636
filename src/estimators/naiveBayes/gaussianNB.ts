// Naive Bayes with a normal distribution for each column of each class. As scikit-learn 1.9's GaussianNB (Chan, Golub and
// LeVeque 1979 for the variances).
import { weightsOf } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { throwIfCancelled } from '../../dsl/stage/context.ts';
import { probabilities } from '../../metrics/probability.ts';
import { distancesTo } from '../centroids/distancesTo.ts';
import { framed, meant } from '../centroids/points.ts';
import { defineEstimator } from '../define/define.ts';
import { byRow } from '../linear/byRow.ts';
import { classMoments, meanOf, squaresAround, type ClassMoments } from '../nearestCentroid/classMoments.ts';
import { affineOf, affinesOf, type Affine } from '../rows/frame.ts';
import { tilesOnDevice } from '../rows/tilesOnDevice.ts';
import { priorsOf, priorsParam } from './priors.ts';

export interface GaussianNBOptions {
  /** Added to every variance: this share of the largest variance of any column over all rows. Default 1e-9. */
  readonly varSmoothing?: number | undefined;
  /** Prior probability of each class, in the order of the labels. Default: its share of the rows. */
  readonly priors?: readonly number[] | undefined;
}

const params = z.strictObject({
  varSmoothing: z.number().min(0).default(1e-9).describe('share of the largest variance of a column that is added to all variances'),
  priors: priorsParam,
} satisfies ShapeOf<GaussianNBOptions>);
export interface GaussianNBFields {
  /** Means, `[classes][cols]`. */
  readonly theta: readonly Float64Array[];
  /** Variances, with what was added to all of them, `[classes][cols]`. */
  readonly var: readonly Float64Array[];
  /** `[classes]` */
  readonly classPrior: Float64Array;
}

/**
 * `sklearn.naive_bayes.GaussianNB`: predicts the most likely class of a row, where columns are independent and normally distributed
 * within a class. Weights count rows: a row of weight 2 counts as two rows. What is added to the variances ignores weights, as in
 * scikit-learn.
 *
 * Rows `[rows, cols]` with classes. `decisionFunction` is the logarithm of the joint likelihood, `[rows][classes]`, or its difference
 * between two classes, `[rows]`; a model has `fields.theta` and `fields.var`, `[classes][cols]`, and `fields.classPrior`, `[classes]`.
 *
 * @throws E_PARAMS for invalid options; when training, E_CLASS for fewer than two classes or a class whose rows all have
 *   weight 0, E_DATA for a column without variance in a class where nothing is added to it
 * @example
 * fit(gaussianNB({ varSmoothing: 1e-3 }));
 */
export const gaussianNB = defineEstimator<GaussianNBOptions>()({
  name: 'gaussianNB',
  kind: 'classifier',
  params,
  scales: true,
  async trainTogether(rows, models, folds, context): Promise<readonly GaussianNBFields[]> {
    const compute = await context.compute();
    const held = await tilesOnDevice(compute, rows);
    try {
      const grouping = { codes: rows.codes, classes: rows.classes.length, folds };
      const weights = weightsOf(rows);
      const counted = await classMoments(compute, held, grouping);
      const weighted = weights ? await classMoments(compute, held, { ...grouping, weights }) : counted;
      const affines = affinesOf(held.frame, models);
      return models.map(({ name, heldOut, params }, i) => {
        throwIfCancelled(context.signal);
        const moments = weighted(heldOut);
        const classPrior = priorsOf(
          'gaussianNB',
          params.priors,
          moments.map(({ weight }) => weight),
          rows,
          name,
        );
        const added = params.varSmoothing * largestVariance(counted(heldOut), affines[i]!);
        const means = moments.map(meanOf);
        const variances = moments.map((own, c) => {
          const squares = squaresAround(own, means[c]!);
          return affines[i]!.scale.map((scale, j) => (scale * scale * squares[j]!) / own.weight + added);
        });
        checkVariances(rows.name, variances, params.varSmoothing);
        return { theta: means.map((mean) => meant(mean, affines[i]!)), var: variances, classPrior };
      });
    } finally {
      held.release();
    }
  },
  async scores({ theta, var: variances, classPrior }, rows, context) {
    if (rows.rows.length === 0) return new Float64Array(0);
    const compute = await context.compute();
    const held = await tilesOnDevice(compute, rows);
    try {
      const affine = affineOf(held.frame, rows.scaling);
      const likelihoods: Float64Array[] = [];
      for (const [c, own] of variances.entries()) {
        const scale = affine.scale.map((factor, j) => factor / Math.sqrt(own[j]!));
        const [squares] = await distancesTo(compute, held, [framed(theta[c]!, affine)], { scale });
        const level = Math.log(classPrior[c]!) - own.reduce((sum, value) => sum + Math.log(2 * Math.PI * value), 0) / 2;
        likelihoods.push(squares!.map((value) => level - value / 2));
      }
      return byRow(likelihoods);
    } finally {
      held.release();
    }
  },
  response: 'probabilities',
  probabilities: (scores, { classPrior }) => probabilities(scores, classPrior.length),
});

/** Of a column over the rows of all classes, as features are meant. */
function largestVariance(moments: readonly ClassMoments[], { scale }: Affine): number {
  const count = moments.reduce((sum, { weight }) => sum + weight, 0);
  const means = moments.map(meanOf);
  const middle = scale.map((_, j) => moments.reduce((sum, { weight }, c) => sum + weight * means[c]![j]!, 0) / count);
  const squares = moments.map((own) => squaresAround(own, middle));
  return scale.reduce((most, factor, j) => Math.max(most, (factor * factor * squares.reduce((sum, own) => sum + own[j]!, 0)) / count), 0);
}

function checkVariances(name: string, variances: readonly Float64Array[], varSmoothing: number): void {
  if (variances.every((own) => own.every((value) => value > 0))) return;
  throw new PipelineError('E_DATA', `gaussianNB: a column of ${name} has no variance within a class, and varSmoothing ${varSmoothing} adds none to it.`, {
    hint: varSmoothing > 0 ? 'Give features that differ between rows.' : 'Give varSmoothing a number above 0, such as its default of 1e-9.',
  });
}
