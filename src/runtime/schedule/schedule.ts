// Starts nodes of a graph as soon as all that stands before them is done and their lane is free; of several the one that was
// written down first. A run of one row therefore goes through it in its order.
import type { GraphNode } from '../../dsl/graph/graph.ts';
import { before, laneOf, type Lane } from './lanes.ts';

/** Nodes of the lane `beside` that are ahead of the run, running or with values that wait for others to read them. */
const MOST_AHEAD = 1;

export interface Work {
  /** Does a node. */
  readonly run: (node: GraphNode) => Promise<void>;
  /** Whether what a node provides is still held in memory. */
  readonly holds: (node: GraphNode) => boolean;
  /** A node failed: those that run are to stop. */
  readonly stop: () => void;
}

/**
 * Does all nodes. After a failure it starts no other one, and waits for those that run.
 *
 * @param nodes each behind what it reads
 * @throws what the node that failed first threw
 */
export function schedule(nodes: readonly GraphNode[], { run, holds, stop }: Work): Promise<void> {
  const place = new Map(nodes.map((node, i) => [node, i]));
  const lanes = nodes.map(laneOf);
  const left: number[] = [];
  const behind: number[][] = nodes.map(() => []);
  for (const [node, first] of before(nodes)) {
    left.push(first.size);
    for (const one of first) behind[place.get(one)!]!.push(place.get(node)!);
  }
  const ready: Record<Lane, number[]> = { device: [], host: [], beside: [] };
  const begun = new Set<number>();
  const running: Record<Lane, number> = { device: 0, host: 0, beside: 0 };
  const done = nodes.map(() => false);
  /** The first that is not done. */
  let front = 0;
  const failures: unknown[] = [];
  const isFree = (lane: Lane, next: number): boolean => {
    if (lane !== 'beside') return running[lane] === 0;
    // The front itself may always go on: all before it is done.
    return next === front || [...begun].filter((i) => i > front && (!done[i] || holds(nodes[i]!))).length < MOST_AHEAD;
  };
  return new Promise((resolve, reject) => {
    const go = (): void => {
      while (done[front]) front++;
      if (running.device + running.host + running.beside === 0) {
        if (failures.length > 0) return reject(failures[0] as Error);
        if (front === nodes.length) return resolve();
      }
      for (const lane of ['beside', 'host', 'device'] as const) {
        while (failures.length === 0 && ready[lane].length > 0) {
          const next = ready[lane].reduce((a, b) => Math.min(a, b));
          if (!isFree(lane, next)) break;
          ready[lane].splice(ready[lane].indexOf(next), 1);
          begin(next, lane);
        }
      }
    };
    const begin = (i: number, lane: Lane): void => {
      running[lane]++;
      if (lane === 'beside') begun.add(i);
      run(nodes[i]!)
        .then(
          () => {
            done[i] = true;
            for (const next of behind[i]!) if (--left[next]! === 0) ready[lanes[next]!].push(next);
          },
          (error: unknown) => {
            if (failures.push(error) === 1) stop();
          },
        )
        .finally(() => {
          running[lane]--;
          go();
        });
    };
    left.forEach((count, i) => count === 0 && ready[lanes[i]!].push(i));
    go();
  });
}
