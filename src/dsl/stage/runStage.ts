// Runs one stage: its policy around it, and every error placed at the line where the stage was written.
import { isPipelineError, PipelineError } from '../../core/errors/errors.ts';
import { childSeed } from '../../core/seed.ts';
import { isNetworkFailure } from '../../core/errors/systemErrors.ts';
import { wholeReason } from '../../core/errors/thrown.ts';
import { contextOf, throwIfCancelled, untilCancelled, type RunContext, type StageContext } from './context.ts';
import { orderError } from '../graph/order.ts';
import { placed } from '../placed.ts';
import { progressTo } from './progress.ts';
import { concatMap, Observable, type OperatorFunction } from '../rx.ts';
import type { AnyStage, Next, Policy, Stage, StageResult } from './stage.ts';

/** A stage in a plain rxjs pipe: one state in, the state with what the stage adds out. Whoever unsubscribes stops it. */
export function stageOperator<I, A extends I, P>(stage: Stage<I, P>, id: string): OperatorFunction<A, Next<A, P>> {
  return concatMap(
    (state) =>
      new Observable((subscriber) => {
        const run = contextOf(state);
        const stop = new AbortController();
        const work = runPlain(stage, state as object, id, { ...run, signal: AbortSignal.any([run.signal, stop.signal]) });
        let running = true;
        work
          .finally(() => (running = false))
          .then(
            (after) => {
              subscriber.next(after);
              subscriber.complete();
            },
            (error: unknown) => subscriber.error(error),
          );
        return () => {
          if (running) stop.abort();
        };
      }),
  ) as OperatorFunction<A, Next<A, P>>;
}

/** A stage on a plain state record, with what stands inside it, without cache or record. */
async function runPlain(stage: AnyStage, state: object, id: string, run: RunContext): Promise<object> {
  const { parts } = stage;
  if (parts?.kind === 'row') return runRow(parts.stages, state, id, run);
  if (parts) {
    const rows: [string, object][] = [];
    for (const [name, stages] of Object.entries(parts.rows)) {
      const after: object = await runRow(stages, state, parts.as === 'record' ? name : `${id}/${name}`, run);
      const added = new Set(stages.flatMap(({ spec }) => [...spec.provides, ...(spec.optional ?? [])]));
      rows.push([name, Object.fromEntries(Object.entries(after).filter(([key]) => added.has(key)))]);
    }
    return { ...state, ...(parts.as === 'record' ? Object.fromEntries(rows) : { [stage.spec.id]: rows.map(([, row]) => row) }) };
  }
  const given = asNeeded(stage, state);
  const missing = stage.spec.needs.find((key) => !(key in given));
  if (missing !== undefined) throw orderError(id, missing, stage.at, Object.keys(state));
  run.emit({ type: 'stage-started', stage: id });
  const started = performance.now();
  const { adds, output } = await runStage(stage as Stage, given, contextFor(stage, id, run));
  run.emit({ type: 'stage-finished', stage: id, ms: performance.now() - started, output });
  return { ...state, ...(adds as object) };
}

async function runRow(stages: readonly AnyStage[], state: object, prefix: string, run: RunContext): Promise<object> {
  let current = state;
  for (const inner of stages) current = await runPlain(inner, current, `${prefix}/${inner.spec.id}`, run);
  return current;
}

/** A state with what stands in for keys that the stage needs and that are not there. */
export function asNeeded({ spec }: Pick<AnyStage, 'spec'>, state: object): object {
  const values = state as Readonly<Record<string, unknown>>;
  const taken = Object.entries(spec.orElse ?? {}).filter(([key, other]) => !(key in state) && other in state);
  return taken.length === 0 ? state : { ...state, ...Object.fromEntries(taken.map(([key, other]) => [key, values[other]])) };
}

/** The run's context as the stage at `path` sees it. */
export function contextFor(
  stage: AnyStage,
  path: string,
  run: RunContext,
  more: Partial<Pick<StageContext, 'emit' | 'requested' | 'checkpoints' | 'kept' | 'madeBy'>> = {},
): StageContext {
  const { seed: root, ...shared } = run;
  return {
    ...shared,
    compute: () => run.compute(),
    progress: progressTo(more.emit ?? run.emit, path),
    stage: path,
    seed: () => {
      if (stage.spec.seeded) return childSeed(root, path);
      throw new PipelineError('E_STAGE', `Stage '${path}' uses a seed but is not declared seeded.`, { hint: 'Add seeded: true to the stage.' });
    },
    ...more,
  };
}

/** What a stage returns for a state, under its policy. Retries never repeat what stands before the stage. */
export async function runStage<P>(stage: Stage<never, P>, state: object, context: StageContext): Promise<StageResult<P>> {
  const { id, policy = {} } = stage.spec;
  throwIfCancelled(context.signal);
  for (let tried = 1; ; tried++) {
    context.checkpoints?.rewind();
    try {
      return await attempt(stage, state, context, policy);
    } catch (error) {
      if (tried > (policy.retries ?? 0) || context.signal.aborted || !mayPass(error)) throw placed(error, stage.at, context.stage);
      const message = `${id} failed and is retried (${tried} of ${policy.retries}): ${wholeReason(error)}`;
      context.emit({ type: 'warning', stage: context.stage, code: 'W_RETRY', message });
      await untilCancelled(new Promise((resolve) => setTimeout(resolve, 100 * 2 ** (tried - 1))), context.signal);
    }
  }
}

async function attempt<P>(stage: Stage<never, P>, state: object, context: StageContext, { timeoutMs }: Policy): Promise<StageResult<P>> {
  const work = (own: StageContext): Promise<StageResult<P>> => untilCancelled(Promise.resolve(stage.spec.run(state as never, own)), own.signal);
  if (timeoutMs === undefined) return work(context);
  const deadline = new AbortController();
  const late = new PipelineError('E_TIMEOUT', `Stage '${context.stage}' took longer than ${timeoutMs} ms.`, {
    hint: 'Raise timeoutMs, or give it less to do.',
  });
  const timer = setTimeout(() => deadline.abort(late), timeoutMs);
  try {
    return await work({ ...context, signal: AbortSignal.any([context.signal, deadline.signal]) });
  } finally {
    clearTimeout(timer);
  }
}

/** A mistake in code, parameters or data will be there at the next try too. A network that failed may be a TypeError. */
function mayPass(error: unknown): boolean {
  if (isPipelineError(error)) return ['E_FETCH', 'E_TIMEOUT', 'E_DEVICE', 'E_STAGE'].includes(error.code);
  if (isNetworkFailure(error)) return true;
  return !(error instanceof TypeError || error instanceof ReferenceError || error instanceof SyntaxError || error instanceof RangeError);
}
