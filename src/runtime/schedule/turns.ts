// Stages that must not run at the same time, wherever in a run they come from: in the order of the graph, or again, to bring
// back what a cached stage provided.
import type { GraphNode } from '../../dsl/graph/graph.ts';
import { laneOf } from './lanes.ts';

export class Turns {
  /** By what they are about to give. */
  readonly #underWay = new Map<string, Promise<unknown>>();
  /** Ends when the stage that may compute on the device now does. */
  #deviceFree: Promise<unknown> = Promise.resolve();

  /** Of two that would give the same, the second one waits for the first, and can use what it gave. */
  async alone<T>(key: string | undefined, work: () => Promise<T>): Promise<T> {
    if (key === undefined) return work();
    while (this.#underWay.has(key)) await this.#underWay.get(key);
    const working = work();
    const settled = working.then(
      () => this.#underWay.delete(key),
      () => this.#underWay.delete(key),
    );
    this.#underWay.set(key, settled);
    return working;
  }

  /** Runs a stage; one that may compute on the device has it to itself. Its inputs are there: it waits for nothing but the device. */
  onLane<T>(node: GraphNode, work: () => Promise<T>): Promise<T> {
    if (laneOf(node) !== 'device') return work();
    const turn = this.#deviceFree.then(work);
    this.#deviceFree = turn.catch(() => {});
    return turn;
  }
}
