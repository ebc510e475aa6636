// Launch descriptions of pair_distances.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { TILE_QUADS, type RowDtype } from '../lib/tiles.ts';

const bindings = new URL('./bindings.wgsl', import.meta.url);

const plain = {
  name: 'pair_distances',
  source: new URL('./pair_distances.wgsl', import.meta.url),
  params: { words: 'u32', asked: 'u32', first: 'u32', end: 'u32' },
  unroll: ['QUADS', 'FOUR'],
} as const;

const subgroups = {
  ...plain,
  name: 'pair_distances_subgroups',
  source: new URL('./pair_distances_subgroups.wgsl', import.meta.url),
  enable: ['subgroups'],
} as const;

const u8 = {
  preludes: [bindings, new URL('./pairs_u8.wgsl', import.meta.url)],
  bindings: { x: 'read', rows: 'read', distances: 'write', xSquares: 'read', rowSquares: 'read' },
  sizes: { QUADS: 4, WORKGROUP: 64, X_TILE: TILE_QUADS, ROW_TILE: TILE_QUADS, FOUR: 4 },
  reference: async () => (await import('./pairDistances.host.ts')).pairDistancesOnHost('u8'),
} as const;

const f32 = {
  preludes: [bindings, new URL('./pairs_f32.wgsl', import.meta.url)],
  bindings: { x: 'read', rows: 'read', distances: 'write' },
  sizes: { ...u8.sizes, QUADS: 2 },
  reference: async () => (await import('./pairDistances.host.ts')).pairDistancesOnHost('f32'),
} as const;

/** The kernel for rows of either dtype, on adapters without and with subgroups. */
export const pairDistances = {
  u8: { plain: { ...plain, ...u8 }, subgroups: { ...subgroups, ...u8 } },
  f32: { plain: { ...plain, ...f32 }, subgroups: { ...subgroups, ...f32 } },
} as const satisfies Record<RowDtype, Record<'plain' | 'subgroups', Kernel>>;
