// A stage is an RxJS operator with a name. It takes the state record of the stages before it and returns what it adds;
// everything else passes through. So a stage says in its type what it needs (`I`) and what it provides (`P`), which is
// all that the order check, in the compiler and at run time, has to know.
import { isPipelineError, PipelineError, type SourcePlace } from '../core/errors.ts';
import type { JsonRecord } from '../core/events.ts';
import { contextOf, throwIfCancelled, untilCancelled, type StageContext } from './context.ts';
import { callerPlace } from './place.ts';
import { orderError } from './order.ts';
import { concatMap, firstValueFrom, of, throwIfEmpty, type Observable, type OperatorFunction } from './rx.ts';

/** State after a stage: what it adds wins over what was there. */
export type Next<A, P> = { [K in keyof A | keyof P]: K extends keyof P ? P[K] : K extends keyof A ? A[K] : never };

export interface Stage<I = unknown, P = unknown> {
  <A extends I>(source: Observable<A>): Observable<Next<A, P>>;
  readonly spec: StageSpec<I, P>;
  readonly at: SourcePlace | undefined;
}

/** What is known of a stage whatever it needs and provides. */
export interface AnyStage {
  readonly spec: Pick<StageSpec<unknown, unknown>, 'id' | 'params'> & { readonly needs: readonly string[]; readonly provides: readonly string[] };
  readonly at: SourcePlace | undefined;
}

/** What a stage returns: the keys it adds to the state, and what the run records as the stage's output. */
export interface StageResult<P> {
  readonly adds: P;
  readonly output: JsonRecord;
}

export interface StageSpec<I, P> {
  /** Lower-case words joined by `-`. The engine appends `-2`, `-3` ... to repeats. */
  readonly id: string;
  /** Keys of the state this stage reads, for the order check at run time. */
  readonly needs: readonly (keyof I & string)[];
  /** Keys it adds or replaces. */
  readonly provides: readonly (keyof P & string)[];
  readonly params: JsonRecord;
  readonly run: (state: I, context: StageContext) => Promise<StageResult<P>> | StageResult<P>;
}

/** Makes a stage of a spec. Stage factories of this package and of users end here. */
export function defineStage<I, P>(spec: StageSpec<I, P>): Stage<I, P> {
  const at = callerPlace();
  const operator = <A extends I>(source: Observable<A>): Observable<Next<A, P>> => source.pipe(stageOperator<I, A, P>(stage, spec.id));
  const stage: Stage<I, P> = Object.assign(operator, { spec, at });
  return stage;
}

/** The operator of a stage under the id that a pipeline gave it. */
export function stageOperator<I, A extends I, P>(stage: Stage<I, P>, id: string, later: readonly AnyStage[] = []): OperatorFunction<A, Next<A, P>> {
  return concatMap((state) => runStage(stage, state, { ...contextOf(state), stage: id, later }));
}

/** Runs one stage on one state: events around it, and every error placed at the line where the stage was written. */
async function runStage<I, A extends I, P>(stage: Stage<I, P>, state: A, context: StageContext): Promise<Next<A, P>> {
  const id = context.stage;
  throwIfCancelled(context.signal);
  const missing = stage.spec.needs.find((key) => !((key as string) in (state as object)));
  if (missing !== undefined) throw orderError(id, missing, stage.at);
  context.emit({ type: 'stage-started', stage: id });
  const started = performance.now();
  try {
    const { adds, output } = await untilCancelled(Promise.resolve(stage.spec.run(state, context)), context.signal);
    context.emit({ type: 'stage-finished', stage: id, ms: performance.now() - started, output });
    return { ...state, ...adds } as Next<A, P>;
  } catch (error) {
    throw placed(error, stage.at, id);
  }
}

function placed(error: unknown, at: SourcePlace | undefined, stage: string): PipelineError {
  if (isPipelineError(error)) {
    error.at ??= at;
    error.stage ??= stage;
    return error;
  }
  const message = error instanceof Error ? error.message : String(error);
  return new PipelineError('E_STAGE', `Stage '${stage}' threw: ${message}`, { at, stage, cause: error });
}

/** What a stage of your own says of itself; see {@link stage}. */
export interface OwnStage<I, P> {
  readonly id: string;
  readonly needs: readonly (keyof I & string)[];
  readonly provides: readonly (keyof P & string)[];
  readonly run: (state: I, context: StageContext) => Promise<P> | P;
  /** What the run records of it, for `--json` and the report. */
  readonly output?: (added: P) => JsonRecord;
}

/**
 * A stage of your own: an async function of the state that returns what it adds. Its types come from the function.
 *
 * @example
 * const invert = stage({
 *   id: 'invert', needs: ['data'], provides: ['inverted'],
 *   run: ({ data }: Fetched) => ({ inverted: data.x.data.map((v) => 255 - v) }),
 * });
 */
export function stage<I extends object, P extends object>(own: OwnStage<I, P>): Stage<I, P> {
  return defineStage<I, P>({
    id: own.id,
    needs: own.needs,
    provides: own.provides,
    params: {},
    run: async (state, context) => {
      const adds = await own.run(state, context);
      return { adds, output: own.output?.(adds) ?? {} };
    },
  });
}

/** As {@link OwnStage}, with an rxjs operator in place of the function. */
export interface OwnOperator<I, P> extends Omit<OwnStage<I, P>, 'run'> {
  readonly operator: OperatorFunction<I, P>;
}

/**
 * A stage of any RxJS operator that turns one state into one record of what it adds.
 *
 * @throws E_STAGE when the operator completes without a value.
 */
export function operator<I extends object, P extends object>(own: OwnOperator<I, P>): Stage<I, P> {
  const empty = (): PipelineError => new PipelineError('E_STAGE', `Stage '${own.id}' completed without a value.`, { hint: 'Emit exactly one record.' });
  return stage<I, P>({ ...own, run: (state) => firstValueFrom(of(state).pipe(own.operator, throwIfEmpty(empty))) });
}
