// What layer_back.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { slope } from '../lib/activation.ts';

type LayerBack = HostLaunch<'rows' | 'inQuads' | 'outQuads' | 'activation', 'deltas' | 'weights' | 'inputs' | 'before', 'WORKGROUP'>;

export function layerBackOnHost({ params: { rows, inQuads, outQuads, activation }, buffers, sizes, grid }: LayerBack): void {
  const [deltas, weights, inputs, before] = [buffers.deltas, buffers.weights, buffers.inputs, buffers.before].map((bytes) => new Float32Array(bytes));
  const [cols, units] = [inQuads * 4, outQuads * 4];
  const invocations = grid[0] * sizes.WORKGROUP;
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < cols; j++) {
      if ((row >> 2) * inQuads + (j >> 2) >= invocations) continue;
      let sum = 0;
      for (let unit = 0; unit < units; unit++) sum += deltas![row * units + unit]! * weights![j * units + unit]!;
      before![row * cols + j] = sum * slope(activation, inputs![row * cols + j]!);
    }
  }
}
