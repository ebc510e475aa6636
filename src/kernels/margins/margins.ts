// Launch description of margins.wgsl.
import type { Kernel, Variant } from '../../core/compute.ts';
import { weightColumnPrelude } from '../lib/weightColumn.ts';
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

/** For adapters with subgroups. An invocation may own several quads: each weight is used more often, until registers run out. */
const subgroups = {
  name: 'margins_subgroups',
  source: new URL('./margins_subgroups.wgsl', import.meta.url),
  enable: ['subgroups'],
  sizes: { WORKGROUP: 32, QUADS: 1 },
  unroll: ['MODELS', 'QUADS'],
} as const satisfies Variant;

const of = (dtype: RowDtype) => ({
  ...description,
  preludes: [rowsPrelude[dtype], weightColumnPrelude, bindings],
  variants: { form: [subgroups], WORKGROUP: [32, 64, 128, 256], QUADS: [1, 2, 4] },
  reference: async () => (await import('./margins.host.ts')).marginsOnHost(dtype),
});

/** The kernel for rows of either dtype. */
export const margins = { u8: of('u8'), f32: of('f32') } as const satisfies Record<RowDtype, Kernel>;
