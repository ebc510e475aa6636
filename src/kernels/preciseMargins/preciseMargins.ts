// Launch description of precise_margins.wgsl. Its reference is that of margins.wgsl, without steps.
import type { Kernel } from '../../core/compute.ts';
import { rowsPrelude, TILE_QUADS, type RowDtype } from '../lib/tiles.ts';
import { twofoldPreludes } from '../lib/twofold.ts';

const description = {
  name: 'precise_margins',
  source: new URL('./precise_margins.wgsl', import.meta.url),
  params: { zero: 'u32', words: 'u32', quads: 'u32', offset: 'u32', stride: 'u32' },
  bindings: { x: 'read', weights: 'read', margins: 'write' },
  sizes: { WORKGROUP: 64, TILE_QUADS },
} as const satisfies Kernel;

const of = (dtype: RowDtype) => ({
  preludes: [rowsPrelude[dtype], ...twofoldPreludes[dtype]],
  reference: async () => (await import('./preciseMargins.host.ts')).preciseMarginsOnHost(dtype),
});

export const preciseMargins = {
  u8: { ...description, ...of('u8') },
  f32: { ...description, bindings: { ...description.bindings, xLow: 'read' }, ...of('f32') },
} as const satisfies Record<RowDtype, Kernel>;
