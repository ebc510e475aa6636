// What take_step.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { decodeWeightColumns } from '../lib/unpack.ts';

type TakeStep = HostLaunch<'quads', 'columns' | 'biases' | 'direction' | 'margins', 'WORKGROUP'>;

export function takeStepOnHost({ params, buffers, sizes, grid }: TakeStep): void {
  const numbers = Math.min(params.quads, grid[0] * sizes.WORKGROUP) * 4;
  const columns = decodeWeightColumns(buffers.columns);
  const biases = new Float32Array(buffers.biases);
  for (let column = 0; column < grid[1]; column++) {
    const { slot, step } = columns[column]!;
    const direction = new Float32Array(buffers.direction, slot * params.quads * 16, numbers);
    const margins = new Float32Array(buffers.margins, slot * params.quads * 16, numbers);
    for (let i = 0; i < numbers; i++) margins[i]! += step * direction[i]!;
    direction.fill(biases[column]!);
  }
}
