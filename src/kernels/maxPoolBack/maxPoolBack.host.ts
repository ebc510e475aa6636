// What max_pool_back.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { slope } from '../lib/activation.ts';
import { windowsOf } from '../maxPool/maxPool.host.ts';

type MaxPoolBack = HostLaunch<'rows' | 'height' | 'width' | 'quads' | 'activation', 'made' | 'pooled' | 'deltas', 'WORKGROUP'>;

export function maxPoolBackOnHost({ params: { rows, height, width, quads, activation }, buffers, sizes, grid }: MaxPoolBack): void {
  const [made, pooled, deltas] = [new Float32Array(buffers.made), new Float32Array(buffers.pooled), new Float32Array(buffers.deltas)];
  for (const [at, from] of windowsOf(rows, height, width, quads * 4).entries()) {
    if (at >= grid[0] * sizes.WORKGROUP * 4) continue;
    const numbers = from.map((place) => made[place]!);
    const largest = numbers.indexOf(Math.max(...numbers));
    for (const [i, place] of from.entries()) deltas[place] = i === largest ? pooled[at]! * slope(activation, numbers[largest]!) : 0;
  }
}
