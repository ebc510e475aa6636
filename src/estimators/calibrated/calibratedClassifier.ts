// Probabilities from what a classifier says, learned from rows that it was not trained on. Source: sklearn/calibration.py.
import { checkTarget } from '../../core/data/checkDataset.ts';
import { called } from '../../core/data/classNames.ts';
import { labelsOf, weightsOf, type Dataset } from '../../core/data/dataset.ts';
import { distinctLabels, type Labels } from '../../core/data/labels.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Device, Estimator, Job, RowsOf } from '../../dsl/estimator.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { foldsOf, partitionParams, type PartitionOptions, type PartitionPlan } from '../../validation/folding.ts';
import { settingKey } from '../chain/params.ts';
import { combinationOf, type MemberParams, type Told } from '../combined/members.ts';
import { combinedClassifier, knownClasses, type Combined, type KnownClasses } from '../combined/models.ts';
import { inRowOrder, trainFolds, type Folded } from '../combined/parts.ts';
import { trainParts } from '../../validation/trainParts.ts';
import { asDecisions, inTurn, meanOf, responseIn, responseOf } from '../combined/responses.ts';
import type { FittedClassifier, Says } from '../define/models.ts';
import { shares } from '../trees/shares.ts';
import { isotonicOf, onLine, type Isotonic } from './isotonic.ts';
import { onSigmoid, sigmoidOf, type Sigmoid } from './sigmoid.ts';

export interface CalibratedClassifierOptions extends PartitionOptions {
  /** `sigmoid`: Platt's, for few rows; `isotonic`: a line that never falls, for a thousand rows and more. Default `sigmoid`. */
  readonly method?: 'sigmoid' | 'isotonic' | undefined;
  /** True: a model and its calibration for each fold, of which the mean is taken. False: one model of all rows, calibrated by what models of folds say. Default true. */
  readonly ensemble?: boolean | undefined;
}

const params = z.strictObject({
  ...partitionParams,
  method: z.enum(['sigmoid', 'isotonic']).default('sigmoid').describe('how probabilities are made'),
  ensemble: z.boolean().default(true).describe('the mean of a calibrated model for each fold, or one model of all rows'),
} satisfies ShapeOf<CalibratedClassifierOptions>);

type Settings = z.output<typeof params>;
type Calibrator = Sigmoid | Isotonic;

interface Calibrated<M = FittedClassifier> {
  readonly model: M;
  /** One for each class; for two classes one, of the second. */
  readonly calibrators: readonly Calibrator[];
}

export interface Fields<M = FittedClassifier> {
  /** One for each fold, or a single one. */
  readonly calibrated: readonly Calibrated<M>[];
}

/** A fitted calibration, with the models and what they are calibrated by in `fields.calibrated`. */
export type CalibratedModel<M> = Combined<FittedClassifier & { readonly predictProba: Says }, Fields<M> & KnownClasses>;

const calibratedModel = combinedClassifier<Fields, CalibratedModel<FittedClassifier>>('calibratedClassifier', ({ calibrated, classes }) => ({
  decisionFunction: async (rows, context) =>
    asDecisions(meanOf(await inTurn(calibrated, (one) => sharesOf(one, classes.length, rows, context))), classes.length),
  response: 'probabilities',
  probabilities: (decisions) => shares(decisions, { classes }),
}));

/** `[rows][classes]` */
async function sharesOf({ model, calibrators }: Calibrated, classes: number, rows: RowsOf, context?: Device): Promise<Float64Array> {
  const said = await responseOf(model, rows, context);
  const own = said.map((value, at) => {
    const calibrator = calibrators[at % calibrators.length]!;
    return 'a' in calibrator ? onSigmoid(calibrator, value) : onLine(calibrator, value);
  });
  if (classes === 2) return Float64Array.from({ length: own.length * 2 }, (_, at) => (at % 2 === 1 ? own[at >> 1]! : 1 - own[at >> 1]!));
  for (let begin = 0; begin < own.length; begin += classes) {
    const row = own.subarray(begin, begin + classes);
    const sum = row.reduce((a, b) => a + b, 0);
    row.forEach((share, c) => (row[c] = sum === 0 ? 1 / classes : share / sum));
  }
  return own;
}

/**
 * `CalibratedClassifierCV(estimator)`: makes probabilities of what a classifier says, or better ones of its own. They are learned in
 * folds of the training rows, from what models say of the rows held out from them. It goes by decisions, and by probabilities where an
 * estimator has no others, such as trees and naive Bayes.
 *
 * In a grid and in `--set`, parameters of the estimator are prefixed: `estimator.C`.
 *
 * @throws E_CLASS for a class with fewer rows than there are folds
 * @example
 * fit(calibratedClassifier(linearSVC(), { method: 'sigmoid', folds: 3 }));
 */
export function calibratedClassifier<M extends FittedClassifier, P>(
  estimator: Estimator<M, P>,
  options: CalibratedClassifierOptions = {},
): Estimator<CalibratedModel<M>, Required<CalibratedClassifierOptions> & MemberParams<{ readonly estimator: Estimator<M, P> }>> {
  const name = 'calibratedClassifier';
  const inner = estimator as Estimator<FittedClassifier, never>;
  const { estimator: described, told } = combinationOf({ name, schema: params, options }, inner, calibratedClassifier);
  const calibrating: Estimator<CalibratedModel<FittedClassifier>, never> = {
    ...(described as Estimator<CalibratedModel<FittedClassifier>, never>),
    async train(data, jobs, given, context) {
      checkTarget(name, data, 'classes');
      return trainParts(data, jobs, given, context, async ({ rows: part, at }, context) => {
        const rows = part as Dataset<'train'>;
        const known = knownClasses(name, rows, described.takes);
        const asked = at.map((i): Told<Settings> => told(jobs[i]!));
        const models: CalibratedModel<FittedClassifier>[] = [];
        const plans = asked.map(({ own: { folds, stratified, shuffleSeed, ensemble } }) => settingKey([folds, stratified, shuffleSeed, ensemble]));
        for (const plan of new Set(plans)) {
          const ofPlan = [...asked.keys()].filter((k) => plans[k] === plan);
          const { own } = asked[ofPlan[0]!]!;
          const folds = foldsFor(rows, own);
          const settings = ofPlan.map((k): Job<never> => ({ name: jobs[at[k]!]!.name, params: asked[k]!.ofMembers['estimator'] as never }));
          const trained = await trainFolds(inner, rows, settings, folds, !own.ensemble, context);
          ofPlan.forEach(
            (k, i) => (models[k] = calibratedModel({ ...known, calibrated: calibratedBy(trained[i]!, folds.fold, rows, known.classes, asked[k]!.own) })),
          );
        }
        return models;
      });
    },
  };
  return calibrating as never;
}

/** @throws E_CLASS for a class that cannot be in every fold */
function foldsFor(rows: Dataset<'train'>, plan: PartitionPlan): ReturnType<typeof foldsOf> {
  const folds = foldsOf(rows, plan);
  const labels = labelsOf(rows);
  for (const label of distinctLabels(labels)) {
    const count = labels.filter((own) => own === label).length;
    if (count >= folds.count) continue;
    throw new PipelineError(
      'E_CLASS',
      `calibratedClassifier: ${called(label, rows.classNames)} of ${rows.name} has ${count} ${count === 1 ? 'row' : 'rows'}; ${folds.count} folds need as many of each class.`,
      { hint: count < 2 ? 'Give the class more rows.' : `Use fewer folds: folds: ${count}.` },
    );
  }
  return folds;
}

/** The models of a fit, each with its calibration. */
function calibratedBy(
  { whole, folds }: Folded<FittedClassifier>,
  fold: Uint8Array,
  rows: Dataset<'train'>,
  classes: readonly number[],
  { method, ensemble }: Settings,
): readonly Calibrated[] {
  const labels = labelsOf(rows);
  const weights = weightsOf(rows);
  const said = folds.map(({ model, heldOut }) => {
    if (heldOut.failed === undefined && heldOut.classes.length === classes.length) return responseIn(heldOut, model);
    throw new PipelineError('E_CLASS', `calibratedClassifier: all rows of a class of ${rows.name} are in one fold.`, {
      hint: 'Leave stratified out, or use more rows of each class.',
    });
  });
  const learn = (values: Float64Array, held: Labels, own: Float32Array | undefined): readonly Calibrator[] => calibratorsOf(method, values, held, own, classes);
  if (!ensemble) return [{ model: whole!, calibrators: learn(inRowOrder(said, { count: folds.length, fold }), labels, weights) }];
  return folds.map(({ model }, k) => ({
    model,
    calibrators: learn(
      said[k]!,
      labels.filter((_, row) => fold[row] === k),
      weights?.filter((_, row) => fold[row] === k),
    ),
  }));
}

function calibratorsOf(
  method: Settings['method'],
  said: Float64Array,
  labels: Labels,
  weights: Float32Array | undefined,
  classes: readonly number[],
): readonly Calibrator[] {
  const learn = method === 'sigmoid' ? sigmoidOf : isotonicOf;
  const asked = classes.length === 2 ? classes.slice(1) : classes;
  return asked.map((label, c) =>
    learn(
      said.filter((_, at) => at % asked.length === c),
      Uint8Array.from(labels, (own) => Number(own === label)),
      weights,
    ),
  );
}
