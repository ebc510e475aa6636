// Launch description of group_sums.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { rowsPrelude, TILE_QUADS, type RowDtype } from '../lib/tiles.ts';

/** Code of a row that belongs to no group. */
export const NO_GROUP = 0xffffffff;

const description = {
  name: 'group_sums',
  source: new URL('./group_sums.wgsl', import.meta.url),
  params: { words: 'u32', quads: 'u32', offset: 'u32', stride: 'u32', groups: 'u32', first: 'u32', tiles: 'u32' },
  bindings: { x: 'read', codes: 'read', weights: 'read', centers: 'read', partials: 'write' },
  sizes: { MOMENTS: 1, WORKGROUP: 64, TILE_QUADS },
} as const satisfies Kernel;

const of = (dtype: RowDtype) => ({
  ...description,
  preludes: [rowsPrelude[dtype]],
  reference: async () => (await import('./groupSums.host.ts')).groupSumsOnHost(dtype),
});

/** The kernel for rows of either dtype. */
export const groupSums = { u8: of('u8'), f32: of('f32') } as const satisfies Record<RowDtype, Kernel>;
