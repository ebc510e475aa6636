// Launch description of gradient.wgsl.
import type { Kernel, Variant } from '../../core/compute.ts';
import { weightColumnPrelude } from '../lib/weightColumn.ts';
import { rowsPrelude, TILE_QUADS, type RowDtype } from '../lib/tiles.ts';

const bindings = new URL('./bindings.wgsl', import.meta.url);

const description = {
  name: 'gradient',
  source: new URL('./gradient.wgsl', import.meta.url),
  params: { words: 'u32', quads: 'u32', offset: 'u32', stride: 'u32', first: 'u32', columns: 'u32', block: 'u32', tiles: 'u32' },
  bindings: { x: 'read', columns: 'read', residuals: 'read', partials: 'write' },
  sizes: { MODELS: 1, WORKGROUP: 64, TILE_QUADS },
  unroll: ['MODELS'],
} as const satisfies Kernel;

/** For adapters with subgroups. */
const subgroups = {
  name: 'gradient_subgroups',
  source: new URL('./gradient_subgroups.wgsl', import.meta.url),
  enable: ['subgroups'],
} as const satisfies Variant;

const of = (dtype: RowDtype) => ({
  ...description,
  preludes: [rowsPrelude[dtype], weightColumnPrelude, bindings],
  variants: { form: [subgroups], WORKGROUP: [32, 64, 128, 224] },
  reference: async () => (await import('./gradient.host.ts')).gradientOnHost(dtype),
});

/** The kernel for rows of either dtype. */
export const gradient = { u8: of('u8'), f32: of('f32') } as const satisfies Record<RowDtype, Kernel>;
