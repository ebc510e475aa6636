// How long values are needed: until the last stage that reads them is done. A stage that came from the cache may have to
// run again to bring its values back, so it holds what it reads until its own readers are done.
import { nodesOf, type GraphNode } from '../../dsl/graph/graph.ts';

export class Lifetimes {
  /** How many nodes still need the values of each. */
  readonly #needed = new Map<GraphNode, number>();
  /** Nodes whose values each reads. */
  readonly #reads = new Map<GraphNode, ReadonlySet<GraphNode>>();
  readonly #drop: (node: GraphNode) => void;
  /** Done, and may run again. */
  readonly #holding = new Set<GraphNode>();

  /**
   * @param nodes all that will be run
   * @param drop called once for each node, when nothing needs its values any more
   * @param kept nodes whose values are needed at the end, and so what they read
   */
  constructor(nodes: readonly GraphNode[], drop: (node: GraphNode) => void, kept: readonly GraphNode[] = []) {
    this.#drop = drop;
    for (const node of kept) this.#needed.set(node, (this.#needed.get(node) ?? 0) + 1);
    for (const node of nodes) {
      this.#needed.set(node, this.#needed.get(node) ?? 0);
      const reads = readBy(node);
      this.#reads.set(node, reads);
      for (const read of reads) this.#needed.set(read, (this.#needed.get(read) ?? 0) + 1);
    }
  }

  done(node: GraphNode, how: 'ran' | 'cached'): void {
    if (how === 'cached') this.#holding.add(node);
    else this.#leave(node);
    if (this.#needed.get(node) === 0) this.#end(node);
  }

  #leave(node: GraphNode): void {
    for (const read of this.#reads.get(node) ?? []) {
      const left = this.#needed.get(read)! - 1;
      this.#needed.set(read, left);
      if (left === 0) this.#end(read);
    }
  }

  #end(node: GraphNode): void {
    this.#drop(node);
    if (this.#holding.delete(node)) this.#leave(node);
  }
}

/** Each node whose values this one reads, once. */
function readBy({ inputs }: GraphNode): ReadonlySet<GraphNode> {
  return new Set(Object.values(inputs).flatMap(nodesOf));
}
