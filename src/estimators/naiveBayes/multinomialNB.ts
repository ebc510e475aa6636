// Naive Bayes for counts, such as those of the words of a text. As scikit-learn 1.9's MultinomialNB (Manning, Raghavan and Schütze,
// Introduction to Information Retrieval, 13.2).
import type { Folds } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { probabilities } from '../../metrics/probability.ts';
import { defineEstimator, type TrainingRows } from '../define/define.ts';
import { linearValues } from '../linear/linearValues.ts';
import { countedOf, countsOnDevice, countsOnHost, type Counted, type CountsOf } from './counts.ts';
import { priorsOf } from './priors.ts';

/** Options of naive Bayes for counts. */
export interface MultinomialNBOptions {
  /** Added to every count, so that a feature that a class never had is not impossible. Default 1. */
  readonly alpha?: number | undefined;
  /** Use each class's share of the rows as its prior; if false, all classes are equally likely. Default true. */
  readonly fitPrior?: boolean | undefined;
}

export const countingParams = z.strictObject({
  alpha: z
    .number()
    .positive({ error: 'alpha is what is added to every count: a number above 0' })
    .default(1)
    .describe('added to every count, so that what a class never had is not impossible'),
  fitPrior: z.boolean().default(true).describe('classes are as likely as their share of the rows; otherwise all alike'),
} satisfies ShapeOf<MultinomialNBOptions>);
export interface CountingFields {
  /** Logarithm of the probability of each column in each class, `[classes][cols]`. */
  readonly featureLogProb: readonly Float64Array[];
  /** Logarithm of the share of each class, `[classes]`. */
  readonly classLogPrior: Float64Array;
  readonly progress: Counted;
}

export function classLogPriorOf(owner: string, { weight }: Counted, fitPrior: boolean, rows: TrainingRows<'classifier'>, job: string): Float64Array {
  return priorsOf(owner, undefined, [...(fitPrior ? weight : weight.map(Math.sign))], rows, job).map(Math.log);
}

/**
 * `sklearn.naive_bayes.MultinomialNB`: predicts the class under which the counts of a row are most likely, as independent draws of
 * columns. Weights count rows: a row of weight 2 counts as two rows.
 *
 * Rows `[rows, cols]` of numbers from 0 up, with classes. `decisionFunction` is the logarithm of the joint likelihood,
 * `[rows][classes]`, or its difference between two classes, `[rows]`; a model has `fields.featureLogProb`, `[classes][cols]`, and
 * `fields.classLogPrior`, `[classes]`.
 *
 * @throws E_PARAMS for invalid options; when training, E_CLASS for fewer than two classes or a class whose rows all have
 *   weight 0, E_DATA for a feature below 0
 * @example
 * gridSearch(multinomialNB(), { alpha: [0.01, 0.1, 1] }, { folds: 5 });
 */
export const multinomialNB = defineEstimator<MultinomialNBOptions>()({
  name: 'multinomialNB',
  kind: 'classifier',
  params: countingParams,
  sumsByFold: true,
  shards: true,
  async trainTogether(rows, models, folds, context): Promise<readonly CountingFields[]> {
    const countsOf = await countsIn(rows, folds, context);
    return models.map(({ name, heldOut, params }) => fieldsOf(countedOf(countsOf(heldOut)), params, rows, name));
  },
  async partialFit({ progress }, rows, params, context) {
    const countsOf = await countsIn(rows, undefined, context);
    return fieldsOf(countedOf(countsOf(undefined), progress), params, rows, 'partialFit');
  },
  async scores({ featureLogProb, classLogPrior }, rows, context) {
    // What all classes have alike is a column of its own: differences between classes, which f32 then keeps, decide.
    const count = featureLogProb.length;
    const alike = featureLogProb[0]!.map((_, j) => featureLogProb.reduce((sum, own) => sum + own[j]!, 0) / count);
    const apart = featureLogProb.map((own) => own.map((value, j) => value - alike[j]!));
    const said = await linearValues({ coef: [...apart, alike], intercept: Float64Array.of(...classLogPrior, 0) }, rows, context);
    return Float64Array.from({ length: rows.rows.length * count }, (_, at) => {
      const row = Math.floor(at / count) * (count + 1);
      return said[row + (at % count)]! + said[row + count]!;
    });
  },
  response: 'probabilities',
  probabilities: (scores, { classLogPrior }) => probabilities(scores, classLogPrior.length),
});

async function countsIn(rows: TrainingRows<'classifier'>, folds: Folds | undefined, context: StageContext): Promise<CountsOf> {
  const bytes = rows.x.dtype === 'u8' && !rows.scaling;
  return bytes ? countsOnDevice(context, rows, folds) : countsOnHost(context, rows, folds, {});
}

function fieldsOf(counted: Counted, { alpha, fitPrior }: z.output<typeof countingParams>, rows: TrainingRows<'classifier'>, job: string): CountingFields {
  return {
    featureLogProb: counted.sums.map((sums) => {
      const total = sums.reduce((sum, count) => sum + count + alpha, 0);
      return sums.map((count) => Math.log((count + alpha) / total));
    }),
    classLogPrior: classLogPriorOf('multinomialNB', counted, fitPrior, rows, job),
    progress: counted,
  };
}
