// Classifiers of the same kind, each of rows and columns drawn by chance, and the mean of their probabilities. Source:
// sklearn/ensemble/_bagging.py.
import { checkTarget } from '../../core/data/checkDataset.ts';
import { labelsOf, type Dataset } from '../../core/data/dataset.ts';
import type { Device, Estimator, RowsOf } from '../../dsl/estimator.ts';
import { predictedCodes } from '../../metrics/evaluation.ts';
import { combinationOf, type MemberParams } from '../combined/members.ts';
import { combinedClassifier, knownClasses, type Combined, type KnownClasses } from '../combined/models.ts';
import { asDecisions, inTurn, meanOf, spread, votesOf } from '../combined/responses.ts';
import type { FittedClassifier, Says } from '../define/models.ts';
import { shares } from '../trees/shares.ts';
import { baggingParams, rowsFor, summaryOf, trainBags, type BagFields, type BaggingOptions } from './bags.ts';
import type { Bag } from './draw.ts';
import { leftOut } from './outOfBag.ts';

interface Bags<M> extends BagFields<M> {
  /** Mean probabilities, or shares of votes, of the bags that left a training row out, `[rows][classes]`; NaN where none did. */
  readonly oobDecisionFunction?: Float64Array | undefined;
}

/** Fitted bags, with a model of each in `fields.models`. Decisions are the mean of theirs, where they have some beside probabilities. */
export type BaggingClassifierModel<M> = Combined<FittedClassifier & { readonly predictProba: Says }, Bags<M> & KnownClasses>;

const baggingModel = combinedClassifier<Bags<FittedClassifier>, BaggingClassifierModel<FittedClassifier>>('baggingClassifier', (fields) => {
  const { models, classes } = fields;
  const ask = async (rows: RowsOf, of: (model: FittedClassifier, own: RowsOf) => Promise<Float64Array>): Promise<Float64Array> =>
    meanOf(await inTurn(models, async (model, bag) => of(model, await rowsFor(rows, fields, bag))));
  // A bag may have no row of a class.
  const meanShares = (rows: RowsOf, context?: Device): Promise<Float64Array> => ask(rows, (model, own) => sharesOf(model, own, classes, context));
  const summary = summaryOf(fields);
  if (models.some((model) => model.response === 'probabilities' || model.classes.length < classes.length)) {
    return {
      decisionFunction: async (rows, context) => asDecisions(await meanShares(rows, context), classes.length),
      response: 'probabilities',
      probabilities: (decisions) => shares(decisions, { classes }),
      summary,
    };
  }
  return {
    decisionFunction: (rows, context) => ask(rows, (model, own) => model.decisionFunction(own, context)),
    predictions: async (rows, context) => predictedCodes(asDecisions(await meanShares(rows, context), classes.length), classes.length),
    probabilities: (_decisions, rows, context) => meanShares(rows, context),
    summary,
  };
});

/** `[rows][classes]`: probabilities, or one for the class predicted where the model has none. */
async function sharesOf(model: FittedClassifier, rows: RowsOf, classes: readonly number[], context?: Device): Promise<Float64Array> {
  if (!model.predictProba) return votesOf(await model.predict(rows, context), classes);
  return spread(await model.predictProba(rows, context), model.classes, classes);
}

/**
 * `BaggingClassifier(estimator)`: a model for each bag of rows, and of columns, drawn by chance, and the class with the largest mean of
 * their probabilities; of their votes, where the estimator has no probabilities. A seed draws the rows and columns that it draws in
 * scikit-learn. Weights of rows are how likely they are drawn. With `oobScore`, rows that are in every bag are not scored.
 *
 * In a grid and in `--set`, parameters of the estimator are prefixed: `estimator.maxDepth`.
 *
 * @throws E_PARAMS for more rows or columns than there are; when training, E_CLASS for a bag with rows of one class alone
 * @example
 * fit(baggingClassifier(decisionTreeClassifier(), { nEstimators: 20, maxFeatures: 0.5, seed: 1 }));
 */
export function baggingClassifier<M extends FittedClassifier, P>(
  estimator: Estimator<M, P>,
  options: BaggingOptions = {},
): Estimator<BaggingClassifierModel<M>, Required<BaggingOptions> & MemberParams<{ readonly estimator: Estimator<M, P> }>> {
  const name = 'baggingClassifier';
  const inner = estimator as Estimator<FittedClassifier, never>;
  const { estimator: described, told } = combinationOf({ name, schema: baggingParams, options }, inner, baggingClassifier);
  const bagging: Estimator<BaggingClassifierModel<FittedClassifier>, never> = {
    ...(described as Estimator<BaggingClassifierModel<FittedClassifier>, never>),
    async train(data, jobs, given, context) {
      checkTarget(name, data, 'classes');
      const scoreLeftOut = async (
        rows: Dataset<'train'>,
        bags: readonly Bag[],
        models: readonly FittedClassifier[],
      ): Promise<Pick<Bags<never>, 'oobScore' | 'oobDecisionFunction'>> => {
        const { classes } = knownClasses(name, rows, described.takes);
        const { mean, rows: scored } = await leftOut(
          name,
          rows,
          bags,
          models,
          classes.length,
          (model, own) => sharesOf(model, own, classes, context),
          context.signal,
        );
        const labels = labelsOf(rows);
        const said = predictedCodes(asDecisions(mean, classes.length), classes.length);
        const right = scored.reduce((sum, at) => sum + Number(classes[said[at]!] === labels[at]), 0);
        return { oobDecisionFunction: mean, oobScore: right / scored.length };
      };
      const make = (rows: Dataset<'train'>, fields: Bags<FittedClassifier>) => baggingModel({ ...knownClasses(name, rows, described.takes), ...fields });
      return trainBags(name, inner, data, jobs, told, given, context, make, scoreLeftOut);
    },
  };
  return bagging as never;
}
