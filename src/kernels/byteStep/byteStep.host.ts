// What byte_step.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { movedOnHost } from '../weightStep/weightStep.host.ts';

type Rows = 'behind' | 'firstBehind' | 'ahead' | 'firstAhead' | 'inQuads' | 'outQuads' | 'stride';
type Params = Rows | 'squaresAt' | 'alpha' | 'weightSum' | 'rate' | 'first' | 'second' | 'epsilon';
type Bindings = 'bytes' | 'scaling' | 'deltas' | 'weights' | 'moments' | 'sums' | 'squares';
type ByteStep = HostLaunch<Params, Bindings, 'WORDS' | 'ACROSS' | 'SOLVER' | 'WORKGROUP'>;

export function byteStepOnHost({ params, buffers, sizes, grid }: ByteStep): void {
  const { behind, firstBehind, ahead, firstAhead, inQuads, outQuads, stride, squaresAt, alpha, weightSum } = params;
  const bytes = new Uint8Array(buffers.bytes);
  const [scaling, deltas, weights] = [new Float32Array(buffers.scaling), new Float32Array(buffers.deltas), new Float32Array(buffers.weights)];
  const [moments, sums, squares] = [new Float32Array(buffers.moments), new Float32Array(buffers.sums), new Float32Array(buffers.squares)];
  const [inputs, units, width] = [inQuads * 4, outQuads * 4, stride * 16];
  const inputOf = (row: number, j: number): number => (j === inputs ? 1 : bytes[row * width + j]! * scaling[2 * width + j]!);
  const [each, across] = [sizes.WORDS * 4, sizes.ACROSS * sizes.WORKGROUP * 4];
  for (let part = 0; part < grid[1]; part++) {
    const own = Array.from({ length: Math.max(0, Math.min(each, inputs - part * each)) }, (_, j) => part * each + j);
    for (let group = 0; group < grid[0]; group++) {
      let square = 0;
      for (const j of behind > 0 ? [...own, ...(part === 0 ? [inputs] : [])] : []) {
        for (let unit = group * across; unit < Math.min(units, (group + 1) * across); unit++) {
          const at = j * units + unit;
          const penalized = j === inputs ? 0 : weights[at]!;
          square += penalized ** 2;
          let sum = alpha * penalized;
          for (let row = 0; row < behind; row++) sum += inputOf(firstBehind + row, j) * deltas[row * units + unit]!;
          weights[at] = movedOnHost(sizes.SOLVER, params, moments, at, weights[at]!, sum / weightSum);
        }
      }
      if (behind > 0) squares[squaresAt + part * grid[0] + group] = square;
      for (let row = 0; row < ahead; row++) {
        for (let unit = group * across; unit < Math.min(units, (group + 1) * across); unit++) {
          sums[(part * ahead + row) * units + unit] = own.reduce((sum, j) => sum + inputOf(firstAhead + row, j) * weights[j * units + unit]!, 0);
        }
      }
    }
  }
}
