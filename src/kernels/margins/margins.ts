// Launch description of margins.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { columnPrelude } from '../lib/column.ts';
import { TILE_QUADS } from '../lib/tiles.ts';

export const margins = {
  name: 'margins',
  source: new URL('./margins.wgsl', import.meta.url),
  preludes: [columnPrelude],
  params: { words: 'u32', quads: 'u32', offset: 'u32', stride: 'u32', first: 'u32', weight: 'u32' },
  bindings: { x: 'read', weights: 'read', columns: 'read', direction: 'write', margins: 'write' },
  sizes: { MODELS: 1, WORKGROUP: 64, TILE_QUADS },
} as const satisfies Kernel;
