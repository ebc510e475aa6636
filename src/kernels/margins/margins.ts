// Launch description of margins.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { columnPrelude } from '../lib/column.ts';
import { rowsPrelude, TILE_QUADS, type RowDtype } from '../lib/tiles.ts';

const bindings = new URL('./bindings.wgsl', import.meta.url);

const description = {
  name: 'margins',
  source: new URL('./margins.wgsl', import.meta.url),
  params: { words: 'u32', quads: 'u32', offset: 'u32', stride: 'u32', first: 'u32' },
  bindings: { x: 'read', weights: 'read', columns: 'read', direction: 'write', margins: 'write' },
  sizes: { MODELS: 1, WORKGROUP: 64, TILE_QUADS },
  unroll: ['MODELS'],
} as const satisfies Kernel;

const subgroups = {
  ...description,
  name: 'margins_subgroups',
  source: new URL('./margins_subgroups.wgsl', import.meta.url),
  enable: ['subgroups'],
  sizes: { ...description.sizes, WORKGROUP: 32, QUADS: 1 },
  unroll: ['MODELS', 'QUADS'],
} as const;

const of = (dtype: RowDtype) => ({
  preludes: [rowsPrelude[dtype], columnPrelude, bindings],
  reference: async () => (await import('./margins.host.ts')).marginsOnHost(dtype),
});

/** The kernel for rows of either dtype, on adapters without and with subgroups. */
export const margins = {
  u8: {
    plain: { ...description, ...of('u8') },
    subgroups: { ...subgroups, ...of('u8') },
  },
  f32: {
    plain: { ...description, ...of('f32') },
    subgroups: { ...subgroups, ...of('f32') },
  },
} as const satisfies Record<RowDtype, Record<'plain' | 'subgroups', Kernel>>;
