// Classifiers of the same kind, each of rows weighted by how often those before were wrong about them; each votes by how right it was.
// Source: sklearn/ensemble/_weight_boosting.py (SAMME: Zhu, Zou, Rosset and Hastie 2009).
import { checkTarget } from '../../core/data/checkDataset.ts';
import { labelsOf, type Dataset } from '../../core/data/dataset.ts';
import { distinctLabels } from '../../core/data/labels.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Device, Estimator, RowsOf } from '../../dsl/estimator.ts';
import type { z } from '../../dsl/params.ts';
import { probabilities } from '../../metrics/probability.ts';
import { combinationOf, type MemberParams } from '../combined/members.ts';
import { combinedClassifier, knownClasses, type Combined, type KnownClasses } from '../combined/models.ts';
import { votesOf } from '../combined/responses.ts';
import type { FittedClassifier, Says } from '../define/models.ts';
import { decisionTreeClassifier } from '../trees/decisionTreeClassifier.ts';
import { adaBoostParams, summaryOf, trainRounds, type AdaBoostOptions, type RoundFields, type Rule } from './rounds.ts';

export type Fields<M = FittedClassifier> = RoundFields<M> & KnownClasses;

/** Fitted rounds, with a model of each in `fields.models` and what it counts in `fields.estimatorWeights`. */
export type AdaBoostClassifierModel<M> = Combined<FittedClassifier & { readonly predictProba: Says }, Fields<M>>;

const adaBoostModel = combinedClassifier<RoundFields<FittedClassifier>, AdaBoostClassifierModel<FittedClassifier>>('adaBoostClassifier', (fields) => ({
  async decisionFunction(rows, context) {
    let decisions: Float64Array = new Float64Array();
    for await (const after of decisionsInTurn(fields, rows, context)) decisions = after;
    return decisions;
  },
  staged: (rows, context) => decisionsInTurn(fields, rows, context),
  probabilities: (decisions) =>
    probabilities(
      decisions.map((one) => one / (fields.classes.length - 1)),
      fields.classes.length,
    ),
  summary: summaryOf(fields),
}));

/** After each round. A model gives what it counts to the class that it predicts, and takes as much from the others together. */
async function* decisionsInTurn({ models, estimatorWeights, classes }: Fields, rows: RowsOf, context?: Device): AsyncGenerator<Float64Array> {
  const others = classes.length - 1;
  const sums = new Float64Array(rows.rows.length * classes.length);
  let total = 0;
  for (const [i, model] of models.entries()) {
    const counts = estimatorWeights[i]!;
    total += counts;
    const votes = votesOf(await model.predict(rows, context), classes);
    for (let at = 0; at < sums.length; at++) sums[at]! += votes[at] === 1 ? counts : (-1 / others) * counts;
    const decisions = sums.map((sum) => sum / total);
    yield others > 1 ? decisions : Float64Array.from(rows.rows, (_, row) => decisions[2 * row + 1]! - decisions[2 * row]!);
  }
}

const rule: Rule<FittedClassifier, z.output<typeof adaBoostParams>, 'classes'> = {
  weighted: (rows, shares) => {
    const weights = new Float32Array(rows.x.rows);
    rows.rows.forEach((id, row) => (weights[id] = shares[row]!));
    return { ...rows, weights };
  },
  async losses(model, rows, context) {
    const labels = labelsOf(rows);
    return Float64Array.from(await model.predict(rows, context), (label, row) => Number(label !== labels[row]));
  },
  worst: (rows) => 1 - 1 / classesOf(rows),
  boost(error, rows, { learningRate }) {
    const counts = learningRate * (Math.log((1 - error) / error) + Math.log(classesOf(rows) - 1));
    return { counts, factor: (loss) => Math.exp(counts * loss) };
  },
  keepFirst(rows, error) {
    throw new PipelineError(
      'E_DATA',
      `adaBoostClassifier: its first model is wrong about ${(100 * error).toFixed(1)} percent of ${rows.name} by weight; with ${classesOf(rows)} classes, less than ${(100 * rule.worst(rows)).toFixed(1)} is needed.`,
      { hint: 'Give it an estimator that tells these rows apart better than chance, such as a deeper tree.' },
    );
  },
};

const classesOf = (rows: Dataset): number => distinctLabels(labelsOf(rows)).length;

type Stump = ReturnType<typeof decisionTreeClassifier>;
type ModelOf<E> = E extends Estimator<infer M extends FittedClassifier, infer _P> ? M : never;

/**
 * `AdaBoostClassifier(estimator)`: a model in each round, of rows whose weight grew where the one before was wrong, and the class with the
 * most votes, where a model's vote counts more the fewer of its rows it was wrong about. Rounds end early with a model that is right
 * about every row, or one that is no better than chance. Weights of rows are where the first round begins.
 *
 * Estimators see weights that add up to 1, so that penalties count for more than they do in a fit of their own.
 *
 * In a grid and in `--set`, parameters of the estimator are prefixed: `estimator.maxDepth`.
 *
 * @param estimator takes weights of rows; by default a tree of a single split
 * @throws E_PARAMS for invalid options; when training, E_CLASS for rows of one class, E_DATA for a first model that is no better than chance
 * @example
 * pipeline('p', fetch(iris()), split({ test: 0.25, seed: 42, stratify: true }), fit(adaBoostClassifier()), score({ on: 'test' }));
 * fit(adaBoostClassifier(decisionTreeClassifier({ maxDepth: 2 }), { nEstimators: 100, learningRate: 0.5, seed: 1 }));
 */
export function adaBoostClassifier<M extends FittedClassifier = ModelOf<Stump>, P = Stump extends Estimator<infer _M, infer Q> ? Q : never>(
  estimator: Estimator<M, P> = decisionTreeClassifier({ maxDepth: 1 }) as never,
  options: AdaBoostOptions = {},
): Estimator<AdaBoostClassifierModel<M>, Required<AdaBoostOptions> & MemberParams<{ readonly estimator: Estimator<M, P> }>> {
  const name = 'adaBoostClassifier';
  const inner = estimator as Estimator<FittedClassifier, never>;
  const { estimator: described, told } = combinationOf({ name, schema: adaBoostParams, options }, inner, adaBoostClassifier);
  const boosting: Estimator<AdaBoostClassifierModel<FittedClassifier>, never> = {
    ...(described as Estimator<AdaBoostClassifierModel<FittedClassifier>, never>),
    async train(data, jobs, given, context) {
      checkTarget(name, data, 'classes');
      return trainRounds(inner, rule, data, jobs, told, given, context, (rows) => {
        const known = knownClasses(name, rows, described.takes);
        return (fields) => adaBoostModel({ ...known, ...fields });
      });
    },
  };
  return boosting as never;
}
