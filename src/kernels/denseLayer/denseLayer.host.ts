// What dense_layer.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { activate } from '../lib/activation.ts';

type Params = 'rows' | 'firstRow' | 'inQuads' | 'outQuads' | 'units' | 'activation' | 'presentAt' | 'presentQuads';
type DenseLayer = HostLaunch<Params, 'inputs' | 'weights' | 'present' | 'outputs', 'ACROSS' | 'WORKGROUP'>;

export function denseLayerOnHost({ params, buffers, sizes, grid }: DenseLayer): void {
  const { rows, firstRow, inQuads, outQuads, units: there, activation, presentAt, presentQuads } = params;
  const [inputs, weights, outputs] = [new Float32Array(buffers.inputs), new Float32Array(buffers.weights), new Float32Array(buffers.outputs)];
  const present = new Uint32Array(buffers.present).subarray(presentAt, presentAt + presentQuads);
  const [cols, units] = [inQuads * 4, outQuads * 4];
  for (let row = 0; row < Math.min(rows, (grid[1] ?? 1) * sizes.WORKGROUP * 4); row++) {
    for (let unit = 0; unit < Math.min(units, grid[0] * sizes.ACROSS * 4); unit++) {
      let sum = weights[cols * units + unit]!;
      for (const quad of present) {
        for (let j = quad * 4; j < quad * 4 + 4; j++) sum += inputs[(firstRow + row) * cols + j]! * weights[j * units + unit]!;
      }
      outputs[row * units + unit] = unit < there ? activate(activation, sum) : 0;
    }
  }
}
