// Naive Bayes with a normal distribution for each column of each class. As scikit-learn 1.9's GaussianNB (Chan, Golub and
// LeVeque 1979 for the variances).
import { weightsOf } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Folds } from '../../dsl/estimator.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { throwIfCancelled, type StageContext } from '../../dsl/stage/context.ts';
import { probabilities } from '../../metrics/probability.ts';
import { pointDistances } from '../centroids/pointDistances.ts';
import { meant } from '../centroids/points.ts';
import { defineEstimator, type PlannedModel, type TrainingRows } from '../define/define.ts';
import { byRow } from '../linear/byRow.ts';
import { classMoments, meanOf, squaresAround, type ClassMoments } from '../nearestCentroid/classMoments.ts';
import { affinesOf, type Affine } from '../rows/frame.ts';
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
  readonly progress: {
    /** Of the rows of each class, `[classes]`. */
    readonly weight: Float64Array;
    /** To all variances. */
    readonly added: number;
    /** Of all rows, each counting once. */
    readonly all: Moments;
  };
}

interface Moments {
  readonly weight: number;
  /** `[cols]` */
  readonly mean: Float64Array;
  /** Sums of squares around it, `[cols]`. */
  readonly squares: Float64Array;
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
  sumsByFold: true,
  shards: true,
  async trainTogether(rows, models, folds, context): Promise<readonly GaussianNBFields[]> {
    const momentsOf = await momentsIn(rows, models, folds, context);
    return models.map((model, i) => {
      throwIfCancelled(context.signal);
      return fieldsOf(momentsOf(i), model.params, rows, model.name);
    });
  },
  async partialFit({ theta, var: variances, progress: { weight, added, all } }, rows, params, context) {
    const momentsOf = await momentsIn(rows, [{ heldOut: undefined, scaling: rows.scaling }], undefined, context);
    const more = momentsOf(0);
    const before = theta.map((mean, c) => ({ weight: weight[c]!, mean, squares: variances[c]!.map((value) => Math.max(0, value - added) * weight[c]!) }));
    const classes = before.map((own, c) => together(own, more.classes[c]!));
    return fieldsOf({ classes, all: together(all, more.all) }, params, rows, 'partialFit');
  },
  async scores({ theta, var: variances, classPrior }, rows, context) {
    const likelihoods: Float64Array[] = [];
    for (const [c, own] of variances.entries()) {
      const [distances] = await pointDistances([theta[c]!], rows, context, { by: own.map((value) => 1 / Math.sqrt(value)) });
      const level = Math.log(classPrior[c]!) - own.reduce((sum, value) => sum + Math.log(2 * Math.PI * value), 0) / 2;
      likelihoods.push(distances!.map((value) => level - value ** 2 / 2));
    }
    return byRow(likelihoods);
  },
  response: 'probabilities',
  probabilities: (scores, { classPrior }) => probabilities(scores, classPrior.length),
});

/** Of each model: moments of its classes, and of all rows, each counting once. */
async function momentsIn(
  rows: TrainingRows<'classifier'>,
  models: readonly Pick<PlannedModel<unknown>, 'heldOut' | 'scaling'>[],
  folds: Folds | undefined,
  context: StageContext,
): Promise<(model: number) => { readonly classes: readonly Moments[]; readonly all: Moments }> {
  const grouping = { codes: rows.codes, classes: rows.classes.length, folds };
  const weights = weightsOf(rows);
  const { momentsOf: counted, frame } = await classMoments(context, rows, grouping);
  const weighted = weights ? (await classMoments(context, rows, { ...grouping, weights })).momentsOf : counted;
  const affines = affinesOf(frame, models);
  return (model) => {
    const { heldOut } = models[model]!;
    const meantOf = (own: ClassMoments): Moments => momentsAs(affines[model]!, own);
    return { classes: weighted(heldOut).map(meantOf), all: counted(heldOut).map(meantOf).reduce(together) };
  };
}

/** As features are meant. */
function momentsAs(affine: Affine, own: ClassMoments): Moments {
  const { weight } = own;
  if (weight === 0) return { weight, mean: new Float64Array(affine.scale.length), squares: new Float64Array(affine.scale.length) };
  const mean = meanOf(own);
  const squares = squaresAround(own, mean);
  return { weight, mean: meant(mean, affine), squares: affine.scale.map((scale, j) => scale * scale * squares[j]!) };
}

/** Of the rows of both (Chan, Golub and LeVeque 1979). */
function together(one: Moments, other: Moments): Moments {
  if (one.weight === 0 || other.weight === 0) return one.weight === 0 ? other : one;
  const weight = one.weight + other.weight;
  const away = one.mean.map((value, j) => other.mean[j]! - value);
  return {
    weight,
    mean: one.mean.map((value, j) => value + (away[j]! * other.weight) / weight),
    squares: one.squares.map((value, j) => value + other.squares[j]! + (away[j]! ** 2 * one.weight * other.weight) / weight),
  };
}

function fieldsOf(
  { classes, all }: { readonly classes: readonly Moments[]; readonly all: Moments },
  { priors, varSmoothing }: z.output<typeof params>,
  rows: TrainingRows<'classifier'>,
  job: string,
): GaussianNBFields {
  const weight = classes.map((own) => own.weight);
  const classPrior = priorsOf('gaussianNB', priors, weight, rows, job);
  const added = varSmoothing * all.squares.reduce((most, own) => Math.max(most, own / all.weight), 0);
  const variances = classes.map((own) => own.squares.map((value) => value / own.weight + added));
  checkVariances(rows.name, variances, varSmoothing);
  return { theta: classes.map(({ mean }) => mean), var: variances, classPrior, progress: { weight: Float64Array.from(weight), added, all } };
}

function checkVariances(name: string, variances: readonly Float64Array[], varSmoothing: number): void {
  if (variances.every((own) => own.every((value) => value > 0))) return;
  throw new PipelineError('E_DATA', `gaussianNB: a column of ${name} has no variance within a class, and varSmoothing ${varSmoothing} adds none to it.`, {
    hint: varSmoothing > 0 ? 'Give features that differ between rows.' : 'Give varSmoothing a number above 0, such as its default of 1e-9.',
  });
}
