// What join_sums.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { activate } from '../lib/activation.ts';

type Params = 'quads' | 'outQuads' | 'units' | 'activation' | 'parts' | 'constantsAt';
type JoinSums = HostLaunch<Params, 'parts' | 'weights' | 'outputs', 'EACH' | 'WORKGROUP'>;

export function joinSumsOnHost({ params, buffers, sizes, grid }: JoinSums): void {
  const { quads, outQuads, units, activation, parts: count, constantsAt } = params;
  const [parts, weights, outputs] = [new Float32Array(buffers.parts), new Float32Array(buffers.weights), new Float32Array(buffers.outputs)];
  for (let at = 0; at < Math.min(quads, grid[0] * sizes.EACH * sizes.WORKGROUP) * 4; at++) {
    const unit = at % (outQuads * 4);
    let sum = weights[constantsAt * 4 + unit]!;
    for (let part = 0; part < count; part++) sum += parts[part * quads * 4 + at]!;
    outputs[at] = unit < units ? activate(activation, sum) : 0;
  }
}
