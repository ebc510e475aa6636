// A pipeline is a name and a row of stages, chained as RxJS operators. Declaring one runs nothing.
import { PipelineError } from '../core/errors.ts';
import { runContext, type RunContext, type Start } from './context.ts';
import { checkOrder, type After, type Checked } from './order.ts';
import { callerPlace } from './place.ts';
import { of, type Observable } from './rx.ts';
import { stageOperator, type AnyStage, type Stage } from './stage.ts';

export interface Pipeline<Out = unknown> {
  readonly kind: 'pipeline';
  readonly name: string;
  /** The stages with the ids of this pipeline: a repeated stage gets `-2`, `-3` ... */
  readonly stages: readonly { readonly id: string; readonly stage: AnyStage }[];
  /** Phantom: the type of the final state. */
  readonly out?: Out;
}

/**
 * Declares a pipeline. A stage that stands before what it needs does not compile.
 *
 * @throws E_ORDER with the user's file and line, for callers that the compiler did not check.
 * @example
 * export default pipeline('mnist', fetch(mnist784()), split({ train: [0, 60_000], test: [60_000, 70_000] }));
 */
export function pipeline<const S extends readonly AnyStage[]>(
  name: string,
  ...stages: S extends Checked<Start, S> ? S : Checked<Start, S>
): Pipeline<After<Start, S>> {
  if (stages.length === 0) throw new PipelineError('E_USAGE', `Pipeline '${name}' has no stages.`, { at: callerPlace(), hint: 'Begin with fetch(...).' });
  const seen = new Map<string, number>();
  const named = (stages as readonly AnyStage[]).map((stage) => {
    const id = stage.spec.id;
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return { id: count === 1 ? id : `${id}-${count}`, stage };
  });
  checkOrder(named);
  return { kind: 'pipeline', name, stages: named };
}

/** The run of a pipeline as an Observable of its final state: one subscription is one run. */
export function observe<Out>(pipeline: Pipeline<Out>, context: RunContext): Observable<Out> {
  const start: Start = { [runContext]: context };
  const chained = pipeline.stages.reduce<Observable<unknown>>(
    (source, { id, stage }, i) =>
      source.pipe(
        stageOperator(
          stage as Stage,
          id,
          pipeline.stages.slice(i + 1).map((next) => next.stage),
        ),
      ),
    of(start),
  );
  return chained as Observable<Out>;
}
