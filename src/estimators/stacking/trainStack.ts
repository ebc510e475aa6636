// Trains a stack. The estimator above learns from what models say of rows that they were not trained on: those of folds of the training
// rows. The models that it is asked with later are trained on all rows.
import type { Dataset, TargetKind } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import { matrix } from '../../core/data/matrix.ts';
import type { Estimator, EvaluationOf, Job, Predictor, Trained, TrainOptions } from '../../dsl/estimator.ts';
import { z } from '../../dsl/params.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { eachInTurn } from '../../dsl/stage/progress.ts';
import { foldsOf, partitionParams, type PartitionOptions, type PartitionPlan } from '../../validation/folding.ts';
import { settingKey } from '../chain/params.ts';
import { chainModel } from '../chain/steps.ts';
import { remade } from '../chain/transformers.ts';
import { contextFor, type Members, type Told } from '../combined/members.ts';
import { knownOf } from '../combined/models.ts';
import { inRowOrder, trainFolds } from '../combined/parts.ts';
import { trainParts } from '../../validation/trainParts.ts';
import type { FittedClassifier, FittedRegressor } from '../define/models.ts';
import { featuresOf, sideBySide, stackModel, type Method, type Passed, type Stack } from './stack.ts';

/** `folds` are those that the estimators are trained without, so that the final one learns from what they say of other rows. */
export interface StackOptions extends PartitionOptions {
  /** Whether the final estimator sees the features too, behind what the estimators say. Default false. */
  readonly passthrough?: boolean | undefined;
}

export const stackParams = {
  ...partitionParams,
  passthrough: z.boolean().default(false).describe('the final estimator sees the features too'),
};

export interface StackSettings extends PartitionPlan {
  readonly passthrough: boolean;
}

type Training<T extends TargetKind> = Dataset<'train', Features, T>;

/** A stack before it is trained, and what differs between classes and values. */
export interface Layers<M extends Predictor, P, T extends TargetKind> {
  readonly members: Members<M, T>;
  readonly finalEstimator: Estimator<Predictor, never, T>;
  readonly takes: Estimator['takes'];
  readonly told: (job: Job<never>) => Told<P>;
  /** What a model is asked for; nothing of a regressor. @throws E_USAGE for a model that does not have it */
  readonly methodOf: (member: string, model: M, own: P) => Method | undefined;
  /** What a model of a fold said of the rows held out, `[rows][columns]`. */
  readonly heldSaid: (member: string, evaluation: EvaluationOf<M>, method: Method | undefined, rows: Training<T>) => Float64Array;
}

/** One member with one setting: what it says of all rows, and the model to ask later. */
interface Said<M> {
  readonly member: string;
  readonly model: M;
  readonly method: Method | undefined;
  /** `[rows][columns]` */
  readonly columns: Float64Array;
}

export async function trainStack<M extends FittedClassifier | FittedRegressor, P extends StackSettings, T extends TargetKind>(
  layers: Layers<M, P, T>,
  data: Training<T>,
  jobs: readonly Job<never>[],
  options: TrainOptions,
  context: StageContext,
): Promise<readonly Trained<Predictor>[]> {
  return trainParts(data, jobs, options, context, async ({ rows, at }, context) => {
    const asked = at.map((i) => ({ name: jobs[i]!.name, ...layers.told(jobs[i]!) }));
    const models: Predictor[] = [];
    const plans = asked.map(({ own }) => settingKey([own.folds, own.stratified, own.shuffleSeed]));
    for (const plan of new Set(plans)) {
      const ofPlan = [...asked.keys()].filter((k) => plans[k] === plan);
      const said = await allSaid(
        layers,
        rows,
        ofPlan.map((k) => asked[k]!),
        context,
      );
      // Settings of the final estimator alone share what it is trained on.
      const keys = ofPlan.map((k) => settingKey([asked[k]!.own, ...Object.keys(layers.members).map((member) => asked[k]!.ofMembers[member])]));
      for (const key of new Set(keys)) {
        const same = ofPlan.filter((_, i) => keys[i] === key);
        const { stack, above } = await stacked(layers, rows, asked[same[0]!]!.own, said[keys.indexOf(key)]!);
        const own = same.map((k): Job<never, Predictor> => ({
          name: `${asked[k]!.name} finalEstimator`,
          params: asked[k]!.ofMembers['finalEstimator'] as never,
        }));
        const trained = await layers.finalEstimator.train(above, own, {}, contextFor('finalEstimator', context));
        same.forEach((k, i) => (models[k] = chainModel({ transformers: [stack], model: trained[i]!.model })));
      }
    }
    return models;
  });
}

/** What every member says, for each job of one plan of folds. */
async function allSaid<M extends FittedClassifier | FittedRegressor, P extends StackSettings, T extends TargetKind>(
  { members, methodOf, heldSaid }: Layers<M, P, T>,
  rows: Training<T>,
  asked: readonly (Told<P> & { readonly name: string })[],
  context: StageContext,
): Promise<readonly (readonly Said<M>[])[]> {
  const folds = foldsOf(rows, asked[0]!.own);
  const said: Said<M>[][] = asked.map(() => []);
  await eachInTurn(Object.entries(members), 'estimators', context, async ([member, estimator], here) => {
    const jobs = asked.map(({ name, ofMembers }): Job<never> => ({ name: `${name} ${member}`, params: ofMembers[member] as never }));
    const trained = await trainFolds(estimator, rows, jobs, folds, true, contextFor(member, here));
    trained.forEach(({ whole, folds: parts }, i) => {
      const model = whole!;
      const method = methodOf(member, model, asked[i]!.own);
      const columns = inRowOrder(
        parts.map(({ heldOut }) => heldSaid(member, heldOut, method, rows)),
        folds,
      );
      said[i]!.push({ member, model, method, columns });
    });
  });
  return said;
}

/** The lower layer, and the rows that it makes of those it was trained on. */
async function stacked<M extends FittedClassifier | FittedRegressor, P extends StackSettings, T extends TargetKind>(
  { finalEstimator, takes }: Layers<M, P, T>,
  rows: Training<T>,
  { passthrough }: P,
  said: readonly Said<M>[],
): Promise<{ readonly stack: Stack; readonly above: Training<T> }> {
  const { scaling } = rows;
  const passed: Passed | undefined = passthrough ? { gaps: finalEstimator.takes?.includes('gaps') ?? false, ...(scaling ? { scaling } : {}) } : undefined;
  const count = rows.rows.length;
  const columns = [...said.map((one) => one.columns), ...(passed ? await featuresOf(rows, passed) : [])];
  const outputs = columns.reduce((sum, { length }) => sum + length / count, 0);
  const names = [
    ...said.flatMap(({ member, columns: own }) => namesOf(member, own.length / count)),
    ...(passed ? (rows.columns ?? Array.from({ length: rows.x.cols }, (_, j) => `x${j}`)) : []),
  ];
  // A member may be called as a column is.
  const outputColumns = new Set(names).size === names.length ? names : undefined;
  const stack = stackModel({
    ...knownOf(rows, takes),
    models: Object.fromEntries(said.map(({ member, model }) => [member, model])),
    methods: said.flatMap(({ method }) => method ?? []),
    outputs,
    ...(outputColumns ? { outputColumns } : {}),
    ...(passed ? { passed } : {}),
  });
  return { stack, above: remade(rows, matrix(count, outputs, sideBySide(columns, count)), outputColumns) };
}

function namesOf(member: string, count: number): readonly string[] {
  return count === 1 ? [member] : Array.from({ length: count }, (_, k) => `${member}${k}`);
}
