// What both kinds of voting share: the options, and the training of all members on the same rows.
import { PipelineError } from '../../core/errors/errors.ts';
import type { Dataset, TargetKind } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import type { Job, Predictor, Trained, TrainOptions } from '../../dsl/estimator.ts';
import { z } from '../../dsl/params.ts';
import { callerPlace } from '../../dsl/place.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { eachInTurn } from '../../dsl/stage/progress.ts';
import { contextFor, type Members, type Told } from '../combined/members.ts';
import { trainDistinct } from '../combined/parts.ts';
import { trainParts } from '../../validation/trainParts.ts';

/** How much each estimator counts. */
export interface Weighted {
  /** In the order of the estimators; one of them above 0. Absent for 1 each. */
  readonly weights?: readonly number[] | undefined;
}

export const weightsParam = z.array(z.number().min(0)).optional().describe('how much each estimator counts, in their order; default 1 each');

/** @throws E_PARAMS for another number of weights than of estimators, and for none above 0 */
export function checkWeights(owner: string, { weights }: Weighted, members: object): void {
  const needed = Object.keys(members).length;
  if (!weights || (weights.length === needed && weights.some((one) => one > 0))) return;
  const arrived = weights.length === needed ? '0 for every estimator' : `${weights.length} ${weights.length === 1 ? 'number' : 'numbers'}`;
  throw new PipelineError('E_PARAMS', `${owner}: ${arrived} arrived as weights; ${needed}, one for each estimator and one of them above 0, are needed.`, {
    at: callerPlace(),
    hint: `Give weights in the order ${Object.keys(members).join(', ')}, or leave them out.`,
  });
}

/** Every member trains all jobs in one go. @param make the model of a job, of those of the members */
export async function trainVoters<M extends Predictor, V extends Predictor, P extends Weighted, T extends TargetKind>(
  owner: string,
  members: Members<M, T>,
  data: Dataset<'train', Features, T>,
  jobs: readonly Job<never>[],
  told: (job: Job<never>) => Told<P>,
  options: TrainOptions,
  context: StageContext,
  make: (rows: Dataset<'train', Features, T>, own: P, models: Readonly<Record<string, M>>) => V,
): Promise<readonly Trained<V>[]> {
  const asked = jobs.map(told);
  for (const { own } of asked) checkWeights(owner, own, members);
  const trained = await eachInTurn(Object.entries(members), 'estimators', context, async ([member, estimator], here) => {
    const own = jobs.map(({ start: _, ...job }, i): Job<never, M> => ({ ...job, name: `${job.name} ${member}`, params: asked[i]!.ofMembers[member] as never }));
    return [member, await trainDistinct(estimator, data, own, { folds: options.folds }, contextFor(member, here))] as const;
  });
  return trainParts(data, jobs, options, context, async ({ rows, at }) =>
    at.map((i) => make(rows, asked[i]!.own, Object.fromEntries(trained.map(([member, models]) => [member, models[i]!.model])))),
  );
}
