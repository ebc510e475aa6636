// Which part of a graph a run is about: everything, or the stages that --from, --to, --only and --force name.
import { PipelineError } from '../../core/errors/errors.ts';
import { nodesAt, nodesOf, type Graph, type GraphNode } from '../../dsl/graph/graph.ts';

/** Each names a stage by its path, or a row of stages: a branch, a `compose`, a fan-out or one of its rows. */
export interface Selection {
  /** Run this stage and all that depend on it anew; what they read comes from the cache. */
  readonly from?: string | undefined;
  /** Stop behind this stage, or these: run only them and what they need. */
  readonly to?: string | readonly string[] | undefined;
  /** Run this stage alone anew; what it reads comes from the cache. */
  readonly only?: string | undefined;
  /** Run these anew, cached or not. */
  readonly force?: readonly string[] | undefined;
}

/** `normal`: from the cache or run. `run`: run in any case. `cached`: from the cache or fail. `skip`: not of interest. */
export type Mode = 'normal' | 'run' | 'cached' | 'skip';

/** @throws E_USAGE for a path that is no stage */
export function modesOf(graph: Graph, { from, to, only, force = [] }: Selection): ReadonlyMap<GraphNode, Mode> {
  const forced = new Set(force.flatMap((path) => [...nodesAt(graph, path)]));
  const until = to === undefined ? undefined : upstream(new Set([to].flat().flatMap((path) => [...nodesAt(graph, path)])));
  if (from !== undefined && only !== undefined) {
    throw new PipelineError('E_USAGE', 'Both --from and --only were given.', { hint: 'Give one of them.' });
  }
  const first = only ?? from;
  let anew: ReadonlySet<GraphNode> | undefined;
  if (first !== undefined) {
    const begin = nodesAt(graph, first);
    anew = only === undefined ? downstream(graph, begin) : begin;
  }
  const chosen = anew && new Set([...anew].filter((node) => !until || until.has(node)));
  if (chosen?.size === 0) {
    throw new PipelineError('E_USAGE', `'${[to].flat().join("', '")}' does not depend on '${first}', so nothing is left to run.`, {
      hint: 'Name a stage after it with --to.',
    });
  }
  const read = chosen && upstream(chosen);
  return new Map(
    graph.nodes.map((node) => {
      if (chosen) return [node, chosen.has(node) || (forced.has(node) && read!.has(node)) ? 'run' : read!.has(node) ? 'cached' : 'skip'];
      if (until && !until.has(node)) return [node, 'skip'];
      return [node, forced.has(node) ? 'run' : 'normal'];
    }),
  );
}

/** The nodes and all they read, directly or not. */
function upstream(nodes: ReadonlySet<GraphNode>): ReadonlySet<GraphNode> {
  const found = new Set<GraphNode>();
  const visit = (node: GraphNode): void => {
    if (found.has(node)) return;
    found.add(node);
    for (const ref of Object.values(node.inputs)) nodesOf(ref).forEach(visit);
  };
  nodes.forEach(visit);
  return found;
}

/** The nodes and all that read them, directly or not; a graph lists every node behind what it reads. */
function downstream({ nodes }: Graph, begin: ReadonlySet<GraphNode>): ReadonlySet<GraphNode> {
  const found = new Set(begin);
  for (const node of nodes) {
    if (
      Object.values(node.inputs)
        .flatMap(nodesOf)
        .some((read) => found.has(read))
    )
      found.add(node);
  }
  return found;
}

/** The error where a run needs the result of a stage that it may not compute. */
export function notCached({ path, stage }: GraphNode): PipelineError {
  return new PipelineError('E_USAGE', `The result of '${path}' is not in the cache, and this run may not compute it.`, {
    at: stage.at,
    stage: path,
    hint: 'Run the whole pipeline once, without --from and --only.',
  });
}
