// What may run beside what. A stage that may compute on the device, as any of a user's own may, has it to itself until it is
// over: between two of its calls another one would find its memory taken and its time measured as its own.
import type { GraphNode } from '../../dsl/graph/graph.ts';
import { nodesOf } from '../../dsl/graph/graph.ts';

/**
 * `device`: one at a time. `host`: one at a time too, since they compute in this one thread, but beside the device. `beside`: they
 * wait for disks and networks, so they run beside all others.
 */
export type Lane = 'device' | 'host' | 'beside';

export function laneOf({ stage: { spec } }: GraphNode): Lane {
  if (spec.host) return 'beside';
  return spec.kernels || spec.wgsl || spec.code === undefined ? 'device' : 'host';
}

/**
 * By node: those that must be done before it. These are the nodes that it reads, and those whose files it may read or write:
 * what a user's stages leave on the disk tells nobody, so they keep the order in which they were written down.
 */
export function before(nodes: readonly GraphNode[]): ReadonlyMap<GraphNode, ReadonlySet<GraphNode>> {
  const known = new Set(nodes);
  let writer: GraphNode | undefined;
  let readers: GraphNode[] = [];
  return new Map(
    nodes.map((node) => {
      const first = new Set(
        Object.values(node.inputs)
          .flatMap(nodesOf)
          .filter((one) => known.has(one)),
      );
      const { host, code, inputs, outputs = [] } = node.stage.spec;
      const writes = outputs.length > 0 || (code === undefined && !host);
      if (writes || code === undefined || (inputs?.files ?? []).length > 0) {
        if (writer) first.add(writer);
        if (writes) {
          readers.forEach((one) => first.add(one));
          [writer, readers] = [node, []];
        } else readers.push(node);
      }
      return [node, first];
    }),
  );
}
