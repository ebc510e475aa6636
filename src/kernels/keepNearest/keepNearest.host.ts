// What keep_nearest.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { NONE } from './keepNearest.ts';
import { keepNearestReference } from './keepNearest.reference.ts';

type KeepNearest = HostLaunch<'rows' | 'first' | 'asked' | 'stride' | 'count', 'distances' | 'nearest', 'WORKGROUP'>;

export function keepNearestOnHost({ params, buffers, sizes, grid }: KeepNearest): void {
  const { rows, first, stride, count } = params;
  const distances = new Uint32Array(buffers.distances);
  const nearest = new Uint32Array(buffers.nearest);
  for (let asked = 0; asked < Math.min(params.asked, grid[0] * sizes.WORKGROUP); asked++) {
    const places = Array.from({ length: count }, (_, slot) => 2 * (slot * stride + asked));
    const before = places.filter((at) => nearest[at] !== NONE).map((at) => ({ distance: nearest[at]!, position: nearest[at + 1]! }));
    const came = Uint32Array.from({ length: rows }, (_, row) => distances[row * stride + asked]!);
    keepNearestReference(before, came, first, count).forEach(({ distance, position }, slot) => nearest.set([distance, position], places[slot]));
  }
}
