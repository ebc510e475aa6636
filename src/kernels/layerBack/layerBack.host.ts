// What layer_back.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { slope } from '../lib/activation.ts';

type Bindings = 'deltas' | 'weights' | 'inputs' | 'before';
type LayerBack = HostLaunch<'rows' | 'inQuads' | 'outQuads' | 'activation', Bindings, 'ACROSS' | 'WORKGROUP'>;

export function layerBackOnHost({ params: { rows, inQuads, outQuads, activation }, buffers, sizes, grid }: LayerBack): void {
  const [deltas, weights, inputs, before] = [buffers.deltas, buffers.weights, buffers.inputs, buffers.before].map((bytes) => new Float32Array(bytes));
  const [cols, units] = [inQuads * 4, outQuads * 4];
  for (let row = 0; row < Math.min(rows, (grid[1] ?? 1) * sizes.WORKGROUP * 4); row++) {
    for (let j = 0; j < Math.min(cols, grid[0] * sizes.ACROSS * 4); j++) {
      let sum = 0;
      for (let unit = 0; unit < units; unit++) sum += deltas![row * units + unit]! * weights![j * units + unit]!;
      before![row * cols + j] = sum * slope(activation, inputs![row * cols + j]!);
    }
  }
}
