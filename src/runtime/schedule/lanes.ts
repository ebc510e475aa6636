// What may run beside what. A stage that may compute on the device, as any of a user's own may, has it to itself until it is
// over: between two of its calls another one would find its memory taken and its time measured as its own.
import type { GraphNode } from '../../dsl/graph/graph.ts';
import { nodesOf } from '../../dsl/graph/graph.ts';

/**
 * `device`: one at a time. `host`: one at a time too, since they compute in this one thread, but beside the device. `beside`: they
 * wait for disks and networks, so they run beside all others. `elsewhere`: other machines run them, as many as there are.
 */
export type Lane = 'device' | 'host' | 'beside' | 'elsewhere';

export function laneOf({ stage: { spec } }: GraphNode): Lane {
  if (spec.host) return 'beside';
  return spec.kernels || spec.wgsl || spec.code === undefined ? 'device' : 'host';
}

/** Whether nothing runs beside anything, so that nodes come one after the other in the order in which they were written down. */
export function inOneLane(lanes: readonly Lane[]): boolean {
  return (lanes[0] === 'device' || lanes[0] === 'host') && lanes.every((lane) => lane === lanes[0]);
}

/**
 * By place in the list: how many nodes must be done before each one, and for which ones it stands in the way. Before a node stand
 * those that it reads, and those whose files it may read or write: what a user's stages leave on the disk tells nobody, so they
 * keep the order in which they were written down. Other machines have other disks.
 */
export function order(nodes: readonly GraphNode[], lanes: readonly Lane[]): { readonly left: number[]; readonly behind: readonly (readonly number[])[] } {
  const places = new Map(nodes.map((node, i) => [node, i]));
  const behind: number[][] = nodes.map(() => []);
  let writer: number | undefined;
  let readers: number[] = [];
  const left = nodes.map((node, i) => {
    let count = 0;
    const wait = (one: number | undefined): void => {
      if (one === undefined || behind[one]!.at(-1) === i) return;
      behind[one]!.push(i);
      count++;
    };
    for (const ref of Object.values(node.inputs)) for (const read of nodesOf(ref)) wait(places.get(read));
    const { host, code, inputs, outputs = [] } = node.stage.spec;
    if (lanes[i] === 'elsewhere') return count;
    const writes = outputs.length > 0 || (code === undefined && !host);
    if (writes || code === undefined || (inputs?.files ?? []).length > 0) {
      wait(writer);
      if (writes) {
        readers.forEach(wait);
        [writer, readers] = [i, []];
      } else readers.push(i);
    }
    return count;
  });
  return { left, behind };
}
