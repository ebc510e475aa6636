// Trains what was not trained before: each model of a search, of folds and of a fit is kept by itself, so that one more grid
// point costs the training of that point.
import { canonicalJson, sha256 } from '../core/encoding/digest.ts';
import { encode } from '../core/encoding/encoding.ts';
import type { Dataset, TargetKind } from '../core/data/dataset.ts';
import type { Features } from '../core/data/features.ts';
import type { Json, RunEvent } from '../core/events.ts';
import type { Estimator, Job, Model, Trained, TrainOptions } from '../dsl/estimator.ts';
import type { StageContext } from '../dsl/stage/context.ts';

export interface TrainedOrKept<M> extends Trained<M> {
  /** True for a result of an earlier training, which was in the cache. */
  readonly fromCache: boolean;
}

/** What is kept of one job: its result, and what training it had to say. */
interface KeptJob<M> {
  readonly trained: Trained<M>;
  /** Losses of its models; a one-vs-rest has several a job, each named by the job and more. */
  readonly history: readonly (readonly [more: string, loss: readonly number[]])[];
  /** Of the whole training that it was part of. */
  readonly warnings: readonly Warning[];
}

type Warning = Extract<RunEvent, { type: 'warning' }>;
type History = Extract<RunEvent, { type: 'history' }>['models'];

/**
 * `estimator.train`, for those jobs alone whose results are not in the cache: in one call, so in as few passes as the estimator
 * can. What is kept is used as it is: trained in another company, a model may differ in the last bits.
 *
 * @returns in job order
 */
export async function trainKept<M extends Model, P, T extends TargetKind>(
  estimator: Estimator<M, P, T>,
  train: Dataset<'train', Features, T>,
  jobs: readonly Job<P, M>[],
  options: TrainOptions,
  context: StageContext,
): Promise<readonly TrainedOrKept<M>[]> {
  const { kept, checkpoints } = context;
  if (!kept) return (await estimator.train(train, jobs, options, context)).map((one) => ({ ...one, fromCache: false }));
  const keys = await Promise.all(jobs.map((job) => keyOf(estimator, job, options)));
  const had = await Promise.all(keys.map(async (key) => (key === undefined ? undefined : ((await kept.load(key)) as KeptJob<M> | undefined))));
  tellAgain(jobs, had, context);
  const results = had.map((one): TrainedOrKept<M> | undefined => one && { ...one.trained, fromCache: true });
  const missing = [...jobs.keys()].filter((i) => !results[i]);
  if (missing.length === 0) return results as TrainedOrKept<M>[];

  const history: History[number][] = [];
  const warnings: Warning[] = [];
  const emit: StageContext['emit'] = (event) => {
    if (event.type === 'history') history.push(...event.models);
    if (event.type === 'warning') warnings.push(event);
    context.emit(event);
  };
  const asked = missing.map((i) => jobs[i]!);
  // Its checkpoints are those of these jobs: another run may find others of them in the cache.
  const part = await sha256(canonicalJson(missing.map((i) => keys[i] ?? jobs[i]!.name)));
  const own = checkpoints && { rewind: () => checkpoints.rewind(), next: () => checkpoints.next(part) };
  const trained = await estimator.train(train, asked, options, { ...context, emit, checkpoints: own });
  const keep = new Map<string, KeptJob<M>>();
  for (const [at, i] of missing.entries()) {
    const one = trained[at]!;
    results[i] = { ...one, fromCache: false };
    if (keys[i] !== undefined) keep.set(keys[i], { trained: one, history: historyOf(jobs[i]!.name, history), warnings });
  }
  await kept.save(part, keep);
  return results as TrainedOrKept<M>[];
}

/** How many of them came from the cache, under this name in a stage's output; nothing where none did. */
export function fromCacheRecord(name: string, of: readonly { readonly fromCache: boolean }[]): Readonly<Record<string, Json>> {
  const count = of.filter(({ fromCache }) => fromCache).length;
  return count > 0 ? { [name]: count } : {};
}

/** All that decides a job's result beside its rows and code; a start by what it is. Undefined where that has no encoding. */
function keyOf<M, P>(
  estimator: Pick<Estimator, 'name' | 'params' | 'holds'>,
  job: Job<P, M>,
  { folds, need = 'counts' }: TrainOptions,
): Promise<string | undefined> {
  const { heldOut, positive, params, scaling, start } = job;
  const held = heldOut === undefined ? null : [heldOut, folds!.count, folds!.fold, need];
  return encode([estimator.name, { ...estimator.params, ...params }, estimator.holds, held, positive, scaling, start]).then(
    ({ digest }) => digest,
    () => undefined,
  );
}

function historyOf(name: string, models: History): KeptJob<unknown>['history'] {
  return models.filter(({ model }) => model === name || model.startsWith(`${name} `)).map(({ model, loss }) => [model.slice(name.length), loss]);
}

/** What was said when they were trained is as true of them now. */
function tellAgain(jobs: readonly { readonly name: string }[], had: readonly (KeptJob<unknown> | undefined)[], { emit, stage }: StageContext): void {
  const models = had.flatMap((one, i) => (one?.history ?? []).map(([more, loss]) => ({ model: `${jobs[i]!.name}${more}`, loss })));
  if (models.length > 0) emit({ type: 'history', stage, models });
  const said = new Set<string>();
  for (const { message, ...warning } of had.flatMap((one) => one?.warnings ?? [])) {
    if (said.has(message)) continue;
    said.add(message);
    emit({ ...warning, stage, message: `Of models kept from an earlier training: ${message}` });
  }
}
