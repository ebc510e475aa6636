// What leaves.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { leafReference } from './leaves.reference.ts';

type Leaves = HostLaunch<'rows' | 'words', 'x' | 'nodes' | 'roots' | 'leaves', 'PER_WORD' | 'WORKGROUP'>;

export function leavesOnHost({ params, buffers, sizes, grid }: Leaves): void {
  const x = sizes.PER_WORD === 2 ? new Uint16Array(buffers.x) : new Uint32Array(buffers.x);
  const [nodes, roots, out] = [new Uint32Array(buffers.nodes), new Uint32Array(buffers.roots), new Uint32Array(buffers.leaves)];
  const trees = grid[1];
  for (let row = 0; row < Math.min(params.rows, grid[0] * sizes.WORKGROUP); row++) {
    const code = (feature: number): number => x[row * params.words * sizes.PER_WORD + feature]!;
    for (let tree = 0; tree < trees; tree++) out[row * trees + tree] = leafReference(code, nodes, roots[tree]!);
  }
}
