// What both kinds of AdaBoost share: the options, and rounds, each a model of rows by how hard they were to those before. Source:
// sklearn/ensemble/_weight_boosting.py.
import { weightsOf, type Dataset, type TargetKind } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import { RandomState } from '../../core/data/random.ts';
import type { JsonRecord } from '../../core/events.ts';
import type { Estimator, Job, Predictor, Trained, TrainOptions } from '../../dsl/estimator.ts';
import { seedParam, z, type ShapeOf } from '../../dsl/params.ts';
import { throwIfCancelled, type StageContext } from '../../dsl/stage/context.ts';
import { eachInTurn, within } from '../../dsl/stage/progress.ts';
import { trainParts } from '../../validation/trainParts.ts';
import { contextFor, seedsFrom, type Told } from '../combined/members.ts';

export interface AdaBoostOptions {
  /** Most rounds, each with a model of its own; a model that is right about every row is the last. Default 50. */
  readonly nEstimators?: number | undefined;
  /** Factor on what each model counts, and so on how much rows change their weight. Default 1. */
  readonly learningRate?: number | undefined;
  /** What models draw from; by default the seed of the run. */
  readonly seed?: number | undefined;
}

export const adaBoostParams = z.strictObject({
  nEstimators: z.int().min(1).default(50).describe('most rounds'),
  learningRate: z.number().gt(0).default(1).describe('factor on what each model counts'),
  seed: seedParam,
} satisfies ShapeOf<AdaBoostOptions>);

export interface RoundFields<M> {
  /** One for each round. */
  readonly models: readonly M[];
  /** What each of them counts, `[models]`. */
  readonly estimatorWeights: Float64Array;
  /** Weighted mean of what each lost on the rows that it was trained on, `[models]`. */
  readonly estimatorErrors: Float64Array;
  readonly seed: number;
}

export function summaryOf({ models, seed }: RoundFields<unknown>): JsonRecord {
  return { rounds: models.length, seed };
}

/** What sums of weights may be off by: a model that is as good as chance is no better. */
const ROUNDING = 1e-12;

type Training<T extends TargetKind> = Dataset<'train', Features, T>;

/** How models are made to differ from round to round, and what they are held against. */
export interface Rule<M, P, T extends TargetKind> {
  /** Rows of a round. @param weights share of each row, `[rows]` */
  weighted(rows: Training<T>, weights: Float64Array, random: RandomState): Training<T>;
  /** From 0 for a row that a model is right about to 1, `[rows]`. @param weights rows of weight 0 have no say in what is 1 */
  losses(model: M, rows: Training<T>, context: StageContext, weights: Float64Array, params: P): Promise<Float64Array>;
  /** The weighted mean of losses from which on a model is no better than none. */
  worst(rows: Training<T>): number;
  /** What a model with this error counts, and how its rows change their weight, by their losses. */
  boost(error: number, rows: Training<T>, params: P): { readonly counts: number; readonly factor: (loss: number) => number };
  /** Whether the first model is kept though it is no better than none; else @throws why not */
  keepFirst(rows: Training<T>, error: number): void;
}

export async function trainRounds<M extends Predictor, B extends Predictor, P extends z.output<typeof adaBoostParams>, T extends TargetKind>(
  estimator: Estimator<M, never, T>,
  rule: Rule<M, P, T>,
  data: Training<T>,
  jobs: readonly Job<never>[],
  told: (job: Job<never>) => Told<P>,
  options: TrainOptions,
  context: StageContext,
  making: (rows: Training<T>) => (fields: RoundFields<M>) => B,
): Promise<readonly Trained<B>[]> {
  return trainParts(data, jobs, options, context, async ({ rows, at }, here) => {
    const make = making(rows); // refuses rows before they are trained on
    return eachInTurn(at, 'models', here, async (i, here) => {
      const { own, ofMembers } = told(jobs[i]!);
      const seed = own.seed ?? context.seed();
      const train = async (round: number, some: Training<T>, drawn: object, here: StageContext): Promise<M> => {
        const job = { name: `${jobs[i]!.name} round ${round + 1}`, params: { ...ofMembers['estimator'], ...drawn } as never };
        return (await estimator.train(some, [job], {}, contextFor(`round ${round + 1}`, { ...here, seed: () => seed })))[0]!.model;
      };
      return make({ ...(await roundsOf(estimator, rule, rows, own, seed, train, here)), seed });
    });
  });
}

async function roundsOf<M extends Predictor, P extends z.output<typeof adaBoostParams>, T extends TargetKind>(
  estimator: Estimator<M, never, T>,
  rule: Rule<M, P, T>,
  rows: Training<T>,
  params: P,
  seed: number,
  train: (round: number, rows: Training<T>, drawn: object, context: StageContext) => Promise<M>,
  context: StageContext,
): Promise<Omit<RoundFields<M>, 'seed'>> {
  const random = new RandomState(seed);
  const [models, counted, errors]: [M[], number[], number[]] = [[], [], []];
  let weights = shares(Float64Array.from(weightsOf(rows) ?? new Float64Array(rows.rows.length).fill(1)));
  const nothing = weights.map((weight) => Number(weight === 0));
  for (let round = 0; ; round++) {
    throwIfCancelled(context.signal);
    weights = weights.map((weight, row) => (nothing[row] ? 0 : Math.max(weight, Number.EPSILON)));
    const drawn = seedsFrom(estimator, random);
    const here = within(context, round, params.nEstimators, 'rounds');
    const model = await train(round, rule.weighted(rows, weights, random), drawn, here);
    const losses = await rule.losses(model, rows, here, weights, params);
    const error = losses.reduce((sum, loss, row) => sum + weights[row]! * loss, 0) / sumOf(weights);
    const useless = error >= rule.worst(rows) - ROUNDING;
    if (useless && round > 0) break;
    if (useless) rule.keepFirst(rows, error);
    const perfect = error <= 0;
    const { counts, factor } = perfect || useless ? { counts: Number(perfect), factor: () => 1 } : rule.boost(error, rows, params);
    models.push(model);
    counted.push(counts);
    errors.push(Math.max(0, error));
    if (perfect || useless || models.length === params.nEstimators) break;
    weights = weights.map((weight, row) => (weight === 0 ? 0 : weight * factor(losses[row]!)));
    const sum = sumOf(weights);
    if (sum === Infinity) {
      context.emit({
        type: 'warning',
        stage: context.stage,
        code: 'W_CONVERGENCE',
        message: `${estimator.name} boosted: weights of rows became too large for numbers in round ${round + 1}, which is the last.`,
        hint: 'Set learningRate lower.',
      });
    }
    if (!(sum > 0 && sum < Infinity)) break;
    weights = shares(weights);
  }
  context.progress?.(models.length, models.length, 'rounds');
  return { models, estimatorWeights: Float64Array.from(counted), estimatorErrors: Float64Array.from(errors) };
}

const sumOf = (weights: Float64Array): number => weights.reduce((sum, weight) => sum + weight, 0);

function shares(weights: Float64Array): Float64Array {
  const sum = sumOf(weights);
  return weights.map((weight) => weight / sum);
}
