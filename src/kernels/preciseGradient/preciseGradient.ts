// Launch description of precise_gradient.wgsl. Its reference is that of gradient.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { rowsPrelude, TILE_QUADS, type RowDtype } from '../lib/tiles.ts';
import { twofoldPreludes } from '../lib/twofold.ts';

const description = {
  name: 'precise_gradient',
  source: new URL('./precise_gradient.wgsl', import.meta.url),
  params: { zero: 'u32', words: 'u32', quads: 'u32', offset: 'u32', stride: 'u32', block: 'u32', blocks: 'u32', tiles: 'u32' },
  bindings: { x: 'read', residuals: 'read', partials: 'write' },
  sizes: { WORKGROUP: 32, TILE_QUADS },
} as const satisfies Kernel;

const of = (dtype: RowDtype) => ({
  preludes: [rowsPrelude[dtype], ...twofoldPreludes[dtype]],
  reference: async () => (await import('./preciseGradient.host.ts')).preciseGradientOnHost(dtype),
});

export const preciseGradient = {
  u8: { ...description, ...of('u8') },
  f32: { ...description, bindings: { ...description.bindings, xLow: 'read' }, ...of('f32') },
} as const satisfies Record<RowDtype, Kernel>;
