// Starts nodes of a graph as soon as all that stands before them is done and their lane is free; of several the one that was
// written down first. A run of one row therefore goes through it in its order.
import type { GraphNode } from '../../dsl/graph/graph.ts';
import { inOneLane, laneOf, order, type Lane } from './lanes.ts';

/** Nodes of the lane `beside` that are ahead of the run, running or with values that wait for others to read them. */
const MOST_AHEAD = 1;

export interface Work {
  /** By default by what a stage says of itself. */
  readonly lane?: ((node: GraphNode) => Lane) | undefined;
  /** Does a node. */
  readonly run: (node: GraphNode) => Promise<unknown>;
  /** Whether what a node provides is still held in memory. */
  readonly holds: (node: GraphNode) => boolean;
  /** A node failed: those that run beside it are to stop. */
  readonly stop: () => void;
}

/**
 * Does all nodes. After a failure it starts no other one, and waits for those that run.
 *
 * @param nodes each behind what it reads
 * @throws what the node that failed first threw
 */
export async function schedule(nodes: readonly GraphNode[], { run, holds, stop, lane = laneOf }: Work): Promise<void> {
  const lanes = nodes.map((node) => lane(node));
  if (inOneLane(lanes)) {
    for (const node of nodes) await run(node);
    return;
  }
  const { left, behind } = order(nodes, lanes);
  const ready: Record<Lane, number[]> = { device: [], host: [], beside: [], elsewhere: [] };
  const running: Record<Lane, number> = { device: 0, host: 0, beside: 0, elsewhere: 0 };
  /** How many are ready or running. */
  let open = 0;
  const begun = new Set<number>();
  const done = nodes.map(() => false);
  /** The first that is not done. */
  let front = 0;
  const failures: unknown[] = [];
  let goOn = (): void => {};

  const mayBegin = (i: number): void => {
    ready[lanes[i]!].push(i);
    open++;
  };
  const over = (i: number): void => {
    done[i] = true;
    open--;
    while (done[front]) front++;
    for (const next of behind[i]!) if (--left[next]! === 0) mayBegin(next);
  };
  const isFree = (lane: Lane, next: number): boolean => {
    if (lane !== 'beside') return running[lane] === 0;
    // The front itself may always go on: all before it is done.
    return next === front || [...begun].filter((i) => i > front && (!done[i] || holds(nodes[i]!))).length < MOST_AHEAD;
  };
  const begin = (i: number, lane: Lane): void => {
    running[lane]++;
    if (lane === 'beside') begun.add(i);
    run(nodes[i]!)
      .then(
        () => over(i),
        (error: unknown) => {
          if (failures.push(error) === 1) stop();
        },
      )
      .finally(() => {
        running[lane]--;
        goOn();
      });
  };

  left.forEach((count, i) => count === 0 && mayBegin(i));
  while (front < nodes.length) {
    const going = running.device + running.host + running.beside + running.elsewhere;
    if (going === 0 && failures.length > 0) throw failures[0];
    if (going === 0 && open === 1) {
      // Nothing can run beside it: the front, as in most rows. One promise is all that it takes.
      ready[lanes[front]!].pop();
      try {
        await run(nodes[front]!);
      } catch (error) {
        stop();
        throw error;
      }
      over(front);
      continue;
    }
    if (failures.length === 0) for (const next of ready.elsewhere.splice(0)) begin(next, 'elsewhere');
    for (const lane of ['beside', 'host', 'device'] as const) {
      while (failures.length === 0 && ready[lane].length > 0) {
        const next = ready[lane].reduce((a, b) => Math.min(a, b));
        if (!isFree(lane, next)) break;
        ready[lane].splice(ready[lane].indexOf(next), 1);
        begin(next, lane);
      }
    }
    await new Promise<void>((resolve) => (goOn = resolve));
  }
}
