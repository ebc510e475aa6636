// Launch description of nearest_of_bytes.wgsl, for adapters with subgroups.
import type { Compute, Kernel } from '../../core/compute.ts';
import { fitsSubgroups } from '../lib/subgroups.ts';
import { TILE_QUADS } from '../lib/tiles.ts';

/** Added to the code of a row for which another center may be as near. */
export const UNSURE = 2 ** 31;

export const nearestOfBytes = {
  name: 'nearest_of_bytes',
  source: new URL('./nearest_of_bytes.wgsl', import.meta.url),
  enable: ['subgroups'],
  params: { words: 'u32', quads: 'u32', offset: 'u32', stride: 'u32', centers: 'u32' },
  bindings: { x: 'read', weights: 'read', biases: 'read', nearest: 'write' },
  // Four quads save a twentieth, and take twice as long to compile.
  sizes: { MODELS: 10, QUADS: 2, WORKGROUP: 64, TILE_QUADS },
  unroll: ['MODELS', 'QUADS'],
  reference: async () => (await import('./nearestOfBytes.host.ts')).nearestOfBytesOnHost,
} as const satisfies Kernel;

/** Whether it runs here. */
export function runsNearestOfBytes(compute: Pick<Compute, 'subgroupLanes'>): boolean {
  return fitsSubgroups(nearestOfBytes.sizes, compute);
}
