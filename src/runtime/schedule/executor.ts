// Who runs a stage once its inputs are there. In this process by default; a queue of other machines can take its place.
import type { GraphNode } from '../../dsl/graph/graph.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { runStage } from '../../dsl/stage/runStage.ts';
import type { Stage, StageResult } from '../../dsl/stage/stage.ts';

/** One stage to run, with all that it needs. */
export interface StageJob {
  readonly node: GraphNode;
  /** What it reads, by key. */
  readonly state: Readonly<Record<string, unknown>>;
  readonly context: StageContext;
}

export interface Executor {
  /**
   * Runs a stage under its policy, and stops as soon as `context.signal` says so. Jobs that may compute on the device come one
   * after the other; others come beside them.
   *
   * @throws what the stage throws, placed at the user's line
   */
  execute(job: StageJob): Promise<StageResult<unknown>>;
}

export const inProcess: Executor = {
  execute: ({ node, state, context }) => runStage(node.stage as Stage<never, unknown>, state, context),
};
