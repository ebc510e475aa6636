// Classifiers with a threshold that is given, or found in folds. Source: sklearn/model_selection/_classification_threshold.py.
import { checkTarget } from '../../core/data/checkDataset.ts';
import { labelsOf, type Dataset } from '../../core/data/dataset.ts';
import { against } from '../../core/data/labels.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Estimator, Job } from '../../dsl/estimator.ts';
import { parseParams, z, type ShapeOf } from '../../dsl/params.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { foldsOf, partitionParams, type PartitionOptions } from '../../validation/folding.ts';
import { settingKey } from '../chain/params.ts';
import { combinationOf, type MemberParams, type Told } from '../combined/members.ts';
import { knownClasses, type KnownClasses } from '../combined/models.ts';
import { inRowOrder, trainDistinct, trainFolds } from '../combined/parts.ts';
import { trainParts } from '../../validation/trainParts.ts';
import { responseIn } from '../combined/responses.ts';
import type { FittedClassifier } from '../define/models.ts';
import { checkTwo, thresholdModel, type ThresholdModel } from './models.ts';
import { checkWanted, thresholdFor, wantedParams, type WantedScore } from './wanted.ts';

export interface FixedThresholdClassifierOptions {
  /** Rows with a decision of at least this are predicted as the second class; with a probability of it, where an estimator goes by these. Default 0 for decisions, 0.5 for probabilities. */
  readonly threshold?: number | undefined;
}

const fixedParams = z.strictObject({
  threshold: z.number().optional().describe('decision or probability from which the second class is predicted'),
} satisfies ShapeOf<FixedThresholdClassifierOptions>);

export type TunedThresholdClassifierOptions = PartitionOptions & WantedScore;

const tunedParams = z.strictObject({ ...partitionParams, ...wantedParams });

type OfOne<M extends FittedClassifier, P, Own> = Estimator<ThresholdModel<M>, Own & MemberParams<{ readonly estimator: Estimator<M, P> }>>;

/**
 * `FixedThresholdClassifier(estimator, threshold=threshold)`: predicts the second of two classes from a threshold up. It goes by decisions,
 * and by probabilities where an estimator has no others, such as trees and naive Bayes.
 *
 * In a grid and in `--set`, parameters of the estimator are prefixed: `estimator.C`.
 *
 * @throws E_CLASS for more than two classes
 * @example
 * fit(fixedThresholdClassifier(logisticRegression(), { threshold: 1.5 }));
 */
export function fixedThresholdClassifier<M extends FittedClassifier, P>(
  estimator: Estimator<M, P>,
  options: FixedThresholdClassifierOptions = {},
): OfOne<M, P, { readonly threshold: number }> {
  return withThresholds(
    'fixedThresholdClassifier',
    fixedParams,
    estimator,
    options,
    fixedThresholdClassifier,
    async ({ inner, rows, jobs, asked, known }, context) => {
      const trained = await trainDistinct(inner, rows, jobs, {}, context);
      return trained.map(({ model }, k) =>
        thresholdModel({ ...known, model, threshold: asked[k]!.own.threshold ?? (model.response === 'probabilities' ? 0.5 : 0) }),
      );
    },
  );
}

/**
 * As `TunedThresholdClassifierCV(estimator)`, for a wanted precision or recall: models of folds say what rows held out score, the threshold
 * is found on those scores, and a model of all rows predicts with it. {@link fixedThresholdClassifier} says what it goes by.
 *
 * @throws E_CLASS for more than two classes; E_DATA where no threshold has the precision
 * @example
 * fit(tunedThresholdClassifier(logisticRegression(), { precision: 0.9, folds: 3 }));
 */
export function tunedThresholdClassifier<M extends FittedClassifier, P>(
  estimator: Estimator<M, P>,
  options: TunedThresholdClassifierOptions,
): OfOne<M, P, PartitionOptions & { readonly precision: number; readonly recall: number }> {
  const name = 'tunedThresholdClassifier';
  checkWanted(name, parseParams(name, tunedParams, options));
  return withThresholds(name, tunedParams, estimator, options, tunedThresholdClassifier, async ({ inner, rows, jobs, asked, known }, context) => {
    for (const { own } of asked) checkWanted(name, own);
    const models: ThresholdModel[] = [];
    const plans = asked.map(({ own: { folds, stratified, shuffleSeed } }) => settingKey([folds, stratified, shuffleSeed]));
    const truth = against(labelsOf(rows), known.classes[1]!);
    for (const plan of new Set(plans)) {
      const ofPlan = [...asked.keys()].filter((k) => plans[k] === plan);
      const folds = foldsOf(rows, asked[ofPlan[0]!]!.own);
      const trained = await trainFolds(
        inner,
        rows,
        ofPlan.map((k) => jobs[k]!),
        folds,
        true,
        context,
      );
      for (const [i, k] of ofPlan.entries()) {
        const said = trained[i]!.folds.map(({ model, heldOut }, fold) => {
          if (heldOut.failed === undefined && heldOut.classes.length === 2) return responseIn(heldOut, model);
          throw new PipelineError('E_CLASS', `${name}: fold ${fold + 1} of ${rows.name} leaves rows of one class alone to train on.`, {
            hint: 'Leave stratified out, or use more rows of each class.',
          });
        });
        const found = thresholdFor(name, rows.name, truth, inRowOrder(said, folds), asked[k]!.own);
        models[k] = thresholdModel({ ...known, model: trained[i]!.whole!, ...found });
      }
    }
    return models;
  });
}

interface Asked<S> {
  readonly inner: Estimator<FittedClassifier, never>;
  readonly rows: Dataset<'train'>;
  /** Of the estimator, one for each of `asked`. */
  readonly jobs: readonly Job<never, FittedClassifier>[];
  readonly asked: readonly Told<S>[];
  readonly known: KnownClasses;
}

function withThresholds<S extends z.ZodObject>(
  name: string,
  schema: S,
  estimator: unknown,
  options: object,
  make: (estimator: never, options: never) => object,
  train: (asked: Asked<z.output<S>>, context: StageContext) => Promise<readonly ThresholdModel[]>,
): never {
  const inner = estimator as Estimator<FittedClassifier, never>;
  const { estimator: described, told } = combinationOf({ name, schema, options }, inner, make);
  const made: Estimator<ThresholdModel, never> = {
    ...(described as Estimator<ThresholdModel, never>),
    async train(data, jobs, given, context) {
      checkTarget(name, data, 'classes');
      return trainParts(data, jobs, given, context, ({ rows: part, at }, context) => {
        const rows = part as Dataset<'train'>;
        const known = knownClasses(name, rows, described.takes);
        checkTwo(name, known.classes.length);
        const asked = at.map((i) => told(jobs[i]!));
        const own = at.map((i, k): Job<never, FittedClassifier> => ({ name: jobs[i]!.name, params: asked[k]!.ofMembers['estimator'] as never }));
        return train({ inner, rows, jobs: own, asked, known }, context);
      });
    },
  };
  return made as never;
}
