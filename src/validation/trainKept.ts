// Trains what was not trained before: each model of a search, of folds and of a fit is kept by itself, so that one more grid
// point costs the training of that point.
import { canonicalJson, sha256 } from '../core/encoding/digest.ts';
import { PipelineError } from '../core/errors/errors.ts';
import { encode } from '../core/encoding/encoding.ts';
import type { Dataset, Rows, TargetKind } from '../core/data/dataset.ts';
import type { Features } from '../core/data/features.ts';
import type { Json, RunEvent } from '../core/events.ts';
import type { AnyEvaluation, Estimator, Job, Model, Need, Predictor, Trained, TrainOptions } from '../dsl/estimator.ts';
import { checkShards } from '../dsl/takes.ts';
import type { StageContext } from '../dsl/stage/context.ts';

export interface TrainedOrKept<M> extends Trained<M> {
  /** True for a result of an earlier training, which was in the cache. */
  readonly fromCache: boolean;
}

/** What is kept of one job: its result, and what training it had to say. */
interface KeptJob<M> {
  readonly trained: Trained<M>;
  /** What its evaluation of held-out rows has. */
  readonly need: Need;
  /** Losses of its models; a one-vs-rest has several a job, each named by the job and more. */
  readonly history: readonly (readonly [more: string, loss: readonly number[]])[];
  /** Of the whole training that it was part of. */
  readonly warnings: readonly Warning[];
}

type Warning = Extract<RunEvent, { type: 'warning' }>;
type History = Extract<RunEvent, { type: 'history' }>['models'];

/**
 * `estimator.train`, for those jobs alone whose results are not in the cache: in one call, so in as few passes as the estimator
 * can. A model is the same to the bit in any company, so what is kept is what training it again would give.
 *
 * @param part which of the stage's rows these are, where they are not all
 * @returns in job order
 * @throws E_CANCELLED where others train the rest, and are not done with it; what was trained here is kept
 */
export async function trainKept<M extends Model, P, T extends TargetKind>(
  estimator: Estimator<M, P, T>,
  rows: Dataset<'train', Features, T>,
  jobs: readonly Job<P, M>[],
  options: TrainOptions,
  context: StageContext,
  part?: Uint32Array,
): Promise<readonly TrainedOrKept<M>[]> {
  checkShards(estimator, context);
  const { kept, checkpoints } = context;
  if (!kept) return (await estimator.train(rows, jobs, options, context)).map((one) => ({ ...one, fromCache: false }));
  const keys = await Promise.all(jobs.map((job) => keyOf(estimator, job, options, context, part)));
  const results: (TrainedOrKept<M> | undefined)[] = jobs.map(() => undefined);
  const missing = (): readonly number[] => [...jobs.keys()].filter((i) => !results[i]);
  const load = async (): Promise<void> => {
    const at = missing();
    const had = await Promise.all(at.map(async (i) => (keys[i] === undefined ? undefined : ((await kept.load(keys[i])) as KeptJob<M> | undefined))));
    tellAgain(at, jobs, had, context);
    const more = new Map<string, KeptJob<M>>();
    for (const [k, i] of at.entries()) {
      if (!had[k]) continue;
      const full = await evaluatedAs(had[k], rows, jobs[i]!, options, context);
      if (full !== had[k]) more.set(keys[i]!, full);
      results[i] = { ...full.trained, fromCache: !kept.isOfThisRun?.(keys[i]!) };
    }
    if (more.size > 0) await kept.save('evaluations', more);
  };
  const train = async (at: readonly number[]): Promise<void> => {
    const history: History[number][] = [];
    const warnings: Warning[] = [];
    const emit: StageContext['emit'] = (event) => {
      if (event.type === 'history') history.push(...event.models);
      if (event.type === 'warning') warnings.push(event);
      context.emit(event);
    };
    const asked = at.map((i) => jobs[i]!);
    // Its checkpoints are those of these jobs: another run may find others of them in the cache.
    const work = await sha256(canonicalJson(at.map((i) => keys[i] ?? jobs[i]!.name)));
    const own = checkpoints && { rewind: () => checkpoints.rewind(), next: () => checkpoints.next(work) };
    const trained = await estimator.train(rows, asked, options, { ...context, emit, checkpoints: own });
    const keep = new Map<string, KeptJob<M>>();
    for (const [k, i] of at.entries()) {
      const one = trained[k]!;
      results[i] = { ...one, fromCache: false };
      if (keys[i] !== undefined) keep.set(keys[i], { trained: one, need: options.need ?? 'counts', history: historyOf(jobs[i]!.name, history), warnings });
    }
    await kept.save(work, keep);
  };
  await load();
  if (missing().length > 0) {
    const shared = kept.share && new Set(await kept.share(missing().flatMap((i) => keys[i] ?? [])));
    const mine = missing().filter((i) => keys[i] === undefined || !shared || shared.has(keys[i]));
    if (mine.length > 0) await train(mine);
    if (missing().length > 0) await load();
  }
  if (missing().length > 0) throw new PipelineError('E_CANCELLED', `${context.stage} ends here: ${missing().length} of its models are trained elsewhere.`);
  return results as TrainedOrKept<M>[];
}

/** How many of them came from the cache, under this name in a stage's output; nothing where none did. */
export function fromCacheRecord(name: string, of: readonly { readonly fromCache: boolean }[]): Readonly<Record<string, Json>> {
  const count = of.filter(({ fromCache }) => fromCache).length;
  return count > 0 ? { [name]: count } : {};
}

/** What was kept, with what is needed of the rows held out: a model need not be trained again to be asked more of them. */
async function evaluatedAs<M extends Model, P>(
  had: KeptJob<M>,
  rows: Rows,
  { heldOut }: Job<P, M>,
  { folds, need = 'counts' }: TrainOptions,
  context: StageContext,
): Promise<KeptJob<M>> {
  if (heldOut === undefined || need === 'counts' || had.need === need || (had.trained.heldOut as AnyEvaluation | undefined)?.failed !== undefined) return had;
  const { model } = had.trained;
  const held = { ...rows, rows: rows.rows.filter((_, row) => folds!.fold[row] === heldOut) };
  const evaluation = await (model as Model as Predictor).evaluate(held, need, context);
  return { ...had, need, trained: { model, heldOut: evaluation as never } };
}

/** All that decides a job's result beside its rows and code; a start by what it is. Undefined where that has no encoding. */
function keyOf<M, P>(
  estimator: Pick<Estimator, 'name' | 'params' | 'captured' | 'seeded'>,
  job: Job<P, M>,
  { folds }: TrainOptions,
  context: Pick<StageContext, 'seed'>,
  part: Uint32Array | undefined,
): Promise<string | undefined> {
  const { heldOut, positive, params, scaling, start } = job;
  const held = heldOut === undefined ? null : [heldOut, folds!.count, folds!.fold, ...(part ? [part] : [])];
  const seed = estimator.seeded ? [context.seed()] : [];
  return encode([estimator.name, { ...estimator.params, ...params }, estimator.captured, held, positive, scaling, start, ...seed]).then(
    ({ digest }) => digest,
    () => undefined,
  );
}

function historyOf(name: string, models: History): KeptJob<unknown>['history'] {
  return models.filter(({ model }) => model === name || model.startsWith(`${name} `)).map(({ model, loss }) => [model.slice(name.length), loss]);
}

/** What was said when they were trained is as true of them now. @param had of the jobs `at` these places */
function tellAgain(
  at: readonly number[],
  jobs: readonly { readonly name: string }[],
  had: readonly (KeptJob<unknown> | undefined)[],
  { emit, stage }: StageContext,
): void {
  const models = had.flatMap((one, k) => (one?.history ?? []).map(([more, loss]) => ({ model: `${jobs[at[k]!]!.name}${more}`, loss })));
  if (models.length > 0) emit({ type: 'history', stage, models });
  const said = new Set<string>();
  for (const { message, ...warning } of had.flatMap((one) => one?.warnings ?? [])) {
    if (said.has(message)) continue;
    said.add(message);
    emit({ ...warning, stage, message: `Of models kept from an earlier training: ${message}` });
  }
}
