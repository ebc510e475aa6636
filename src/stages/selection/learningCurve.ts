// How much more rows would help: scores of training rows and of rows held out, for models trained on more and more rows.
import type { TargetKind } from '../../core/data/dataset.ts';
import { RandomState } from '../../core/data/random.ts';
import { checkEstimator, checkPredictor } from '../../dsl/stage/checkOwn.ts';
import { madeFor } from '../../dsl/stage/configurable.ts';
import type { Estimator, Predictor, TargetFor } from '../../dsl/estimator.ts';
import { parseParams, seedParam, z, type ShapeOf } from '../../dsl/params.ts';
import { defineStage, type Stage } from '../../dsl/stage/stage.ts';
import type { Split, TrainOrAll } from '../../dsl/stage/state.ts';
import { checkScoring, defaultScorer, needOf, type Scoring, type ScoringFor } from '../../metrics/scorers.ts';
import { apart, foldParams, sidesIn, type FoldBatch, type FoldingChoice, type FoldingOptions } from '../../validation/folding.ts';
import { batchesFor } from '../../validation/foldWarnings.ts';
import { checkPlan, plannedModel } from '../../validation/heldOut.ts';
import { trainBatches } from '../../validation/trainBatches.ts';
import { refused } from '../search/grid.ts';
import { recordedBeside, toldApart } from '../shared/overrides.ts';
import { curveOf, curveScoring, type CurveScores, type CurveScoring, type Setting } from './curves.ts';

export interface LearningCurveOptions<S extends Scoring = Scoring> extends FoldingOptions, CurveScoring<S> {
  /** How many rows models are trained on: shares of those that the first fold trains on, above 0 and up to 1, or numbers from 2. Default 0.1, 0.325, 0.55, 0.775 and 1. */
  readonly trainSizes?: readonly number[] | undefined;
  /** Shuffle the rows of each fold before the first of them are taken, as scikit-learn's `shuffle=True, random_state=seed`. By default they keep their order, or that in which `shuffleSplit` draws them. */
  readonly seed?: number | undefined;
}

const params = z.strictObject({
  ...foldParams,
  scoring: curveScoring,
  trainSizes: z
    .array(z.number().gt(0))
    .min(1)
    .refine((sizes) => sizes.every((size) => size <= 1) || sizes.every((size) => size > 1 && Number.isInteger(size)), {
      error: 'needs shares, all of them above 0 and up to 1, or numbers of rows, all of them whole and from 2',
    })
    .default([0.1, 0.325, 0.55, 0.775, 1])
    .describe('shares or numbers of rows to train on'),
  seed: seedParam.describe('shuffle the rows of each fold by this seed'),
} satisfies ShapeOf<LearningCurveOptions>);

export interface LearningCurve extends CurveScores {
  /** Rows that models were trained on, ascending. */
  readonly trainSizes: readonly number[];
}

/**
 * `learning_curve(estimator, x_train, y_train, train_sizes=trainSizes, cv=folds, scoring=scoring)`: for models trained on the first rows
 * of each fold, and on more of them, the score of those rows and of the rows held out. Where the second still rises, more rows help.
 * Adds `learningCurve`.
 *
 * Rows that stand in order of their classes need a `seed`: the first of them may have one class alone.
 *
 * @throws E_PARAMS for more rows than a fold trains on, and for `leaveOneOut` of more than 16 384 rows; E_CLASS where the rows of a size are of one class
 * @example
 * learningCurve(logisticRegression(), { trainSizes: [0.25, 0.5, 1], seed: 1, folds: 5 });
 */
export function learningCurve<M extends Predictor, T extends TargetKind = TargetFor<M>>(
  estimator: Estimator<M, unknown, T>,
  options: LearningCurveOptions<ScoringFor<M>> & FoldingChoice = {},
): Stage<TrainOrAll<T>, { readonly learningCurve: LearningCurve }> {
  const owner = 'learningCurve';
  checkEstimator(owner, estimator);
  checkPredictor(owner, estimator);
  const { scoring = defaultScorer(estimator.kind), trainSizes: asked, seed, ...plan } = parseParams(owner, params, options);
  checkScoring([scoring], estimator.kind);
  const stage: Stage<TrainOrAll<T>, { readonly learningCurve: LearningCurve }> = defineStage({
    id: 'learning-curve',
    needs: ['train'] as never,
    orElse: { train: 'data' },
    provides: ['learningCurve'],
    params: recordedBeside(estimator, { trainSizes: asked, ...(seed === undefined ? {} : { seed }), ...plan, scoring }, params),
    captured: estimator.captured,
    configurable: {
      schema: z.strictObject({ ...estimator.configurable?.schema.shape, ...params.shape }),
      rebuild: (overrides) => {
        const { estimator: made, own } = toldApart(estimator, params, overrides);
        return madeFor(learningCurve(made, { ...options, ...own } as typeof options), stage);
      },
    },
    code: estimator.code,
    kernels: true,
    seeded: estimator.seeded,
    infer: (facts) => {
      checkPlan(facts, plan);
      plannedModel(estimator, facts, [{ name: 'fold 1', heldOut: 0 }]);
      return {};
    },
    run: async (state, context) => {
      const train = { ...(state as Pick<Split<T>, 'train'>).train, role: 'train' } as const;
      const random = seed === undefined ? undefined : new RandomState(seed);
      const drawn = await batchesFor(train, plan, context, estimator);
      checkSize(owner, drawn, train.rows.length);
      const sides = sidesIn(drawn, train.rows.length);
      const folds = Array.from(sides, (fold) => (random ? { ...fold, train: random.shuffle(fold.train.slice()) } : fold));
      const trainSizes = sizesOf(owner, asked, folds[0]!.train.length);
      if (trainSizes.length < asked.length) {
        const message = `trainSizes has ${asked.length} sizes, of which ${trainSizes.length} differ in rows: each of these is trained once.`;
        context.emit({ type: 'warning', stage: context.stage, code: 'W_PARAMS', message, hint: `Leave out sizes that are equal: ${trainSizes.join(', ')}.` });
      }
      const cure = `Give larger trainSizes${seed === undefined ? ', or a seed, by which rows are shuffled first' : ', or another seed'}.`;
      const settings: Setting[] = [];
      for (const size of trainSizes) {
        const batches = folds.map((fold) => apart({ train: fold.train.subarray(0, size), test: fold.test }, train.rows.length));
        const { points } = await trainBatches(estimator, train, batches, [{ name: `${size} rows,` }], { need: needOf([scoring]), cure }, context);
        settings.push({ value: size, batches, folds: points[0]! });
      }
      const { scores, output } = await curveOf('trainSizes', scoring, train, settings, context);
      return { adds: { learningCurve: { trainSizes, ...scores } }, output };
    },
  });
  return stage;
}

/** Most positions of rows that are kept: about a gigabyte. */
const MOST_KEPT = 2 ** 28;

/** @throws E_PARAMS for so many folds that their rows do not fit into memory: a curve lists those of each */
function checkSize(owner: string, batches: readonly FoldBatch[], rows: number): void {
  const folds = batches.reduce((sum, { held }) => sum + held, 0);
  if (folds * rows > MOST_KEPT)
    throw refused(owner, `${folds} folds of ${rows} rows are too many to list the rows of each.`, 'Use fewer folds, such as folds: 5.');
}

/** Numbers of rows, ascending, each once. @throws E_PARAMS for more than there are */
function sizesOf(owner: string, asked: readonly number[], most: number): readonly number[] {
  const sizes = asked.map((size) => (size <= 1 ? Math.min(most, Math.max(1, Math.floor(size * most))) : size));
  const large = sizes.find((size) => size > most);
  if (large !== undefined)
    throw refused(owner, `trainSizes has ${large} rows; the first fold trains on ${most}.`, 'Give fewer, or shares of them: trainSizes: [0.5, 1].');
  return [...new Set(sizes)].toSorted((a, b) => a - b);
}
