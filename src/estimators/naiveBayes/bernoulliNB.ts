// Naive Bayes on whether each feature is there or not. As scikit-learn 1.9's BernoulliNB (Manning, Raghavan and Schütze, Introduction
// to Information Retrieval, 13.3).
import { z } from '../../dsl/params.ts';
import { probabilities } from '../../metrics/probability.ts';
import { defineEstimator } from '../define/define.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';
import { countsOnHost } from './counts.ts';
import { countingParams, type CountingFields, type MultinomialNBOptions } from './multinomialNB.ts';
import { priorsOf } from './priors.ts';

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
  async trainTogether(rows, models, folds): Promise<readonly BernoulliNBFields[]> {
    const trained: BernoulliNBFields[] = [];
    for (const binarize of new Set(models.map(({ params }) => params.binarize))) {
      const countsOf = await countsOnHost(rows, folds, (feature) => Number(feature > binarize));
      for (const [i, { name, heldOut, params }] of models.entries()) {
        if (params.binarize !== binarize) continue;
        const { alpha, fitPrior } = params;
        const counts = countsOf(heldOut);
        const weights = counts.map(({ weight }) => weight);
        trained[i] = {
          binarize,
          featureLogProb: counts.map(({ weight, sums }) => sums.map((count) => Math.log((count + alpha) / (weight + 2 * alpha)))),
          classLogPrior: priorsOf('bernoulliNB', undefined, fitPrior ? weights : weights.map(Math.sign), rows, name).map(Math.log),
        };
      }
    }
    return trained;
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
