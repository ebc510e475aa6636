// A walk down one tree.
import { LEAF } from './leaves.ts';

/**
 * @param row codes by feature
 * @param nodes `[node][3]`, as leaves.wgsl has them
 * @returns what is said of the leaf
 */
export function leafReference(row: (feature: number) => number, nodes: ArrayLike<number>, root: number): number {
  let at = root * 3;
  while (nodes[at] !== LEAF) at = (nodes[at + 2]! + Number(row(nodes[at]!) > nodes[at + 1]!)) * 3;
  return nodes[at + 2]!;
}
