// Naive Bayes on whether each feature is there or not. As scikit-learn 1.9's BernoulliNB (Manning, Raghavan and Schütze, Introduction
// to Information Retrieval, 13.3).
import { PipelineError } from '../../core/errors/errors.ts';
import { z } from '../../dsl/params.ts';
import { probabilities } from '../../metrics/probability.ts';
import { defineEstimator, type TrainingRows } from '../define/define.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';
import { countedOf, countsOnHost, type Counted } from './counts.ts';
import { classLogPriorOf, countingParams, type CountingFields, type MultinomialNBOptions } from './multinomialNB.ts';

export interface BernoulliNBOptions extends MultinomialNBOptions {
  /** A feature above this counts as there. Default 0. */
  readonly binarize?: number | undefined;
}

const params = countingParams.extend({
  binarize: z.number().default(0).describe('a feature above this is there'),
});
export interface BernoulliNBFields extends CountingFields {
  readonly binarize: number;
}

/**
 * `sklearn.naive_bayes.BernoulliNB`: predicts the class that best explains which features a row has and which it lacks. Weights count
 * rows: a row of weight 2 counts as two rows.
 *
 * Rows `[rows, cols]` with classes. `decisionFunction` is the logarithm of the joint likelihood, `[rows][classes]`, or its difference
 * between two classes, `[rows]`; a model has `fields.featureLogProb`, `[classes][cols]`, of a feature being there, and
 * `fields.classLogPrior`, `[classes]`.
 *
 * @throws E_PARAMS for invalid options; when training, E_CLASS for fewer than two classes or a class whose rows all have
 *   weight 0
 * @example
 * fit(bernoulliNB({ binarize: 127 }));
 */
export const bernoulliNB = defineEstimator<BernoulliNBOptions>()({
  name: 'bernoulliNB',
  kind: 'classifier',
  params,
  sumsByFold: true,
  shards: true,
  async trainTogether(rows, models, folds, context): Promise<readonly BernoulliNBFields[]> {
    const trained: BernoulliNBFields[] = [];
    for (const binarize of new Set(models.map(({ params }) => params.binarize))) {
      const countsOf = await countsOnHost(context, rows, folds, { above: binarize });
      for (const [i, { name, heldOut, params }] of models.entries())
        if (params.binarize === binarize) trained[i] = fieldsOf(countedOf(countsOf(heldOut)), params, rows, name);
    }
    return trained;
  },
  async partialFit({ binarize, progress }, rows, params, context) {
    if (binarize !== params.binarize) {
      throw new PipelineError('E_PARAMS', `bernoulliNB: the model has features above ${binarize} as there, and binarize is ${params.binarize}.`, {
        hint: `Set binarize to ${binarize}, or fit a model anew.`,
      });
    }
    const countsOf = await countsOnHost(context, rows, undefined, { above: binarize });
    return fieldsOf(countedOf(countsOf(undefined), progress), params, rows, 'partialFit');
  },
  async scores({ binarize, featureLogProb, classLogPrior }, rows) {
    const count = featureLogProb.length;
    const without = featureLogProb.map((own) => own.map((value) => Math.log1p(-Math.exp(value))));
    const nothing = without.map((own, c) => own.reduce((sum, value) => sum + value, classLogPrior[c]!));
    // Most rows have few of the features: a row adds what those change, class beside class.
    const changes = Float64Array.from({ length: rows.x.cols * count }, (_, at) => {
      const [j, c] = [Math.floor(at / count), at % count];
      return featureLogProb[c]![j]! - without[c]![j]!;
    });
    const out = new Float64Array(rows.rows.length * count);
    for await (const { x, rows: there, cols, from } of featureBlocks(rows)) {
      for (let i = 0; i < there; i++) {
        const own = out.subarray((from + i) * count, (from + i + 1) * count);
        own.set(nothing);
        for (let j = 0; j < cols; j++) if (x[i * cols + j]! > binarize) for (let c = 0; c < count; c++) own[c]! += changes[j * count + c]!;
      }
    }
    return out;
  },
  response: 'probabilities',
  probabilities: (scores, { classLogPrior }) => probabilities(scores, classLogPrior.length),
});

function fieldsOf(counted: Counted, { alpha, fitPrior, binarize }: z.output<typeof params>, rows: TrainingRows<'classifier'>, job: string): BernoulliNBFields {
  const { weight, sums } = counted;
  return {
    binarize,
    featureLogProb: sums.map((own, c) => own.map((count) => Math.log((count + alpha) / (weight[c]! + 2 * alpha)))),
    classLogPrior: classLogPriorOf('bernoulliNB', counted, fitPrior, rows, job),
    progress: counted,
  };
}
