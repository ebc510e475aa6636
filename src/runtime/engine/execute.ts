// One stage, run on the values that it reads and no others: with the device to itself where it may compute on it, and looked
// at before and after for changes to what others handed on.
import { PipelineError } from '../../core/errors/errors.ts';
import { runContext, type RunContext, type StageContext } from '../../dsl/stage/context.ts';
import type { GraphNode } from '../../dsl/graph/graph.ts';
import { contextFor } from '../../dsl/stage/runStage.ts';
import type { StageResult } from '../../dsl/stage/stage.ts';
import { inProcess, type Executor } from '../schedule/executor.ts';
import { laneOf } from '../schedule/lanes.ts';
import type { Turn } from '../schedule/turn.ts';
import { blamed } from './blame.ts';
import type { MutationGuard } from './values/mutationGuard.ts';
import { checkProvided } from './checkProvided.ts';
import { lazyValueOf, type LazyValues } from './values/lazyValues.ts';

/** What all stages of a run share. */
export interface Together {
  readonly run: RunContext;
  /** By default this process. */
  readonly executor?: Executor | undefined;
  readonly values: LazyValues;
  readonly guard: MutationGuard;
  /** The device, which a stage that may compute has to itself. */
  readonly device: Turn;
}

export interface ExecuteOptions extends Pick<StageContext, 'checkpoints' | 'kept'> {
  readonly emit: RunContext['emit'];
  /** Called when the stage asks for the device. */
  readonly onCompute?: (() => void) | undefined;
}

/** @throws what the stage throws, placed at the user's line */
export async function execute(
  node: GraphNode,
  { run: shared, executor = inProcess, values, guard, device }: Together,
  { emit, onCompute = () => {}, checkpoints, kept }: ExecuteOptions,
): Promise<StageResult<unknown>> {
  const run = runFor(node, shared, onCompute);
  // Stages inside a user's operator find the run they belong to.
  const state: Record<string | symbol, unknown> = { [runContext]: run };
  for (const [key, ref] of Object.entries(node.inputs)) state[key] = await (await lazyValueOf(ref, values)).value();
  const madeBy = (key: string): string | undefined => {
    const ref = node.inputs[key];
    return ref && 'node' in ref ? ref.node.path : undefined;
  };
  const context = contextFor(node.stage, node.path, run, { emit, requested: node.requested, checkpoints, kept, madeBy });
  const turn = laneOf(node) === 'device' ? device : undefined;
  // Its inputs are there: it waits for nothing but the device.
  const waits = turn?.take();
  if (waits) await waits;
  try {
    guard.reads(node);
    const result = await executor.execute({ node, state, context });
    checkProvided(node, result.adds);
    guard.done(node, result.adds as Record<string, unknown>);
    return result;
  } catch (error) {
    guard.ended(node);
    throw blamed(error, node, state);
  } finally {
    turn?.free();
  }
}

/** A stage beside the device has none to compute on, however it comes by its run. */
function runFor({ path, stage }: GraphNode, run: RunContext, onCompute: () => void): RunContext {
  if (!stage.spec.host) return { ...run, compute: () => (onCompute(), run.compute()) };
  const compute = (): Promise<never> =>
    Promise.reject(
      new PipelineError('E_STAGE', `Stage '${path}' asks for the device, but is declared host: true.`, {
        at: stage.at,
        stage: path,
        hint: 'Leave out host: true.',
      }),
    );
  return { ...run, compute };
}

/** A stage that runs again only to bring its values back shows its progress and nothing else. */
export function quiet(emit: RunContext['emit']): RunContext['emit'] {
  return (event) => {
    if (event.type === 'progress' || event.type === 'fit-progress') emit(event);
  };
}
