// What one_hot_rows.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';

type OneHotRows = HostLaunch<'quads', 'codes' | 'weights' | 'columns', 'WORKGROUP'>;

export function oneHotRowsOnHost({ params: { quads }, buffers, sizes, grid }: OneHotRows): void {
  const rows = Math.min(quads, grid[0] * sizes.WORKGROUP) * 4;
  const [codes, weights, columns] = [new Uint32Array(buffers.codes), new Float32Array(buffers.weights), new Float32Array(buffers.columns)];
  const [, groups, sets] = grid;
  for (let set = 0; set < sets; set++) {
    for (let group = 0; group < groups; group++) {
      const out = (set * groups + group) * quads * 4;
      for (let row = 0; row < rows; row++) columns[out + row] = codes[set * quads * 4 + row] === group ? weights[row]! : 0;
    }
  }
}
