// What output_delta.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { LOSS_KINDS } from './outputDelta.ts';

type OutputDelta = HostLaunch<'rows' | 'firstRow' | 'outputs' | 'outQuads' | 'kind', 'sums' | 'targets' | 'weights' | 'deltas' | 'losses', 'WORKGROUP'>;

/** No loss of a class is larger: -log(2^-52). */
const MOST = 36.04365;

export function outputDeltaOnHost({ params: { rows, firstRow, outputs, outQuads, kind }, buffers, sizes, grid }: OutputDelta): void {
  const [sums, targets, weights] = [new Float32Array(buffers.sums), new Float32Array(buffers.targets), new Float32Array(buffers.weights)];
  const [deltas, losses] = [new Float32Array(buffers.deltas), new Float32Array(buffers.losses)];
  const units = outQuads * 4;
  for (let i = 0; i < Math.min(rows, grid[0] * sizes.WORKGROUP); i++) {
    const own = sums.subarray(i * units, i * units + outputs);
    const row = firstRow + i;
    const off = new Float64Array(units);
    if (kind === LOSS_KINDS.classes) {
      const code = targets[row]!;
      const largest = Math.max(...own);
      const total = own.reduce((sum, value) => sum + Math.exp(value - largest), 0);
      for (let k = 0; k < outputs; k++) off[k] = Math.exp(own[k]! - largest) / total - Number(k === code);
      losses[row] = Math.min(MOST, Math.log(total) + largest - own[code]!);
    } else if (kind === LOSS_KINDS.twoClasses) {
      const sum = own[0]!;
      off[0] = 1 / (1 + Math.exp(-sum)) - targets[row]!;
      losses[row] = Math.min(MOST, Math.max(sum, 0) + Math.log1p(Math.exp(-Math.abs(sum))) - targets[row]! * sum);
    } else {
      for (let k = 0; k < outputs; k++) off[k] = own[k]! - targets[row * outputs + k]!;
      losses[row] = off.reduce((sum, value) => sum + value * value, 0) / (2 * outputs);
    }
    for (let k = 0; k < units; k++) deltas[i * units + k] = off[k]! * weights[row]!;
  }
}
