// Trains the folds of a cross-validation, or of each point of a search: all folds of a batch, of all points, in one go.
import type { Dataset, TargetKind } from '../core/data/dataset.ts';
import type { Features } from '../core/data/features.ts';
import { isPipelineError, PipelineError } from '../core/errors/errors.ts';
import type { Estimator, Job, Model, Need, Trained } from '../dsl/estimator.ts';
import type { Progress, StageContext } from '../dsl/stage/context.ts';
import type { FoldBatch } from './folding.ts';
import { trainKept, type TrainedOrKept } from './trainKept.ts';

/** A setting of an estimator's parameters that is trained in every fold. */
export interface Point<P, M> {
  /** Stands before the names of its folds. */
  readonly name?: string | undefined;
  readonly params?: Partial<P> | undefined;
  /** What each fold starts from. */
  readonly start?: readonly Trained<M>[] | undefined;
}

export interface TrainedBatches<M> {
  /** By point, then by fold. */
  readonly points: readonly (readonly TrainedOrKept<M>[])[];
  /** Of the job on all rows that was trained along. */
  readonly along: TrainedOrKept<M> | undefined;
}

/**
 * @param options.along a job on all rows: it shares the passes of the first batch that has all of them
 * @param options.cure of folds that train on rows of one class alone
 */
export async function trainBatches<M extends Model, P, T extends TargetKind>(
  estimator: Estimator<M, P, T>,
  train: Dataset<'train', Features, T>,
  batches: readonly FoldBatch[],
  points: readonly Point<P, M>[],
  { need, along, cure }: { readonly need: Need; readonly along?: Job<P, M> | undefined; readonly cure?: string | undefined },
  context: StageContext,
): Promise<TrainedBatches<M>> {
  const all = batches.reduce((sum, { held }) => sum + held * points.length, along ? 1 : 0);
  const byPoint = points.map((): TrainedOrKept<M>[] => []);
  const shared = along && batches.findIndex(({ rows }) => !rows);
  let whole = along && shared === -1 ? (await trainKept(estimator, train, [along], {}, context))[0] : undefined;
  let from = 0;
  for (const [at, { rows, held, count, fold }] of batches.entries()) {
    const folds = { count, fold };
    const first = from;
    const jobs = points.flatMap(({ name, params, start }) =>
      Array.from({ length: held }, (_, fold): Job<P, M> => {
        const own = `fold ${first + fold + 1}`;
        return {
          name: name === undefined ? own : `${name} ${own}`,
          heldOut: fold,
          ...(params ? { params } : {}),
          ...(start ? { start: start[first + fold]!.model } : {}),
        };
      }),
    );
    const some = rows ? { ...train, rows: rows.map((position) => train.rows[position]!) } : train;
    const asked = [...(at === shared ? [along!] : []), ...jobs];
    const here = { ...context, progress: inFolds(context, { asked: asked.length, before: byPoint[0]!.length * points.length, all, held, along: !!along }) };
    const trained = [...(await trainKept(estimator, some, asked, { folds, need }, here, rows).catch((error: unknown) => throwCured(error, cure)))];
    if (at === shared) whole = trained.shift();
    byPoint.forEach((own, point) => own.push(...trained.slice(point * held, (point + 1) * held)));
    from += held;
  }
  return { points: byPoint, along: whole };
}

/**
 * Models that are trained one after the other are told of as what they are here: folds, of points where there are several. What trains
 * all of them together tells of itself.
 */
function inFolds(
  { progress }: Pick<StageContext, 'progress'>,
  {
    asked,
    before,
    all,
    held,
    along,
  }: { readonly asked: number; readonly before: number; readonly all: number; readonly held: number; readonly along: boolean },
): Progress | undefined {
  if (!progress) return undefined;
  return (done, total, unit, within = []) => {
    const here = asked > 1 && unit === 'models' && total === asked;
    if (!here && asked === all) return progress(done, total, unit, within);
    if (!here) return progress(before, all, 'folds', [{ done, total, unit }, ...within]);
    if (along) return progress(before + done, all, 'models', within);
    if (asked < all || asked === held) return progress(before + done, all, 'folds', within);
    return progress(Math.floor(done / held), asked / held, 'points', [{ done: done % held, total: held, unit: 'folds' }, ...within]);
  };
}

function throwCured(error: unknown, hint: string | undefined): never {
  if (hint === undefined || !isPipelineError(error) || error.code !== 'E_CLASS') throw error;
  throw new PipelineError(error.code, error.message, { hint, at: error.at, stage: error.stage, cause: error });
}
