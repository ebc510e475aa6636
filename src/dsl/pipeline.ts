// A pipeline is a name and a graph of stages. Declaring one runs nothing.
import { PipelineError } from '../core/errors.ts';
import type { Start } from './context.ts';
import { graphOf, type Graph } from './graph.ts';
import type { After, Checked } from './order.ts';
import { callerPlace } from './place.ts';
import type { AnyStage } from './stage.ts';

export interface Pipeline<Out = unknown> {
  readonly kind: 'pipeline';
  readonly name: string;
  readonly stages: readonly AnyStage[];
  readonly graph: Graph;
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
  return pipelineOf(name, stages as never as readonly AnyStage[]);
}

/** A pipeline of stages that the compiler did not check. @throws E_ORDER */
export function pipelineOf<Out>(name: string, stages: readonly AnyStage[]): Pipeline<Out> {
  return { kind: 'pipeline', name, stages, graph: graphOf(stages) };
}
