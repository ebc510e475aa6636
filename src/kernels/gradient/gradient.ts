// Launch description of gradient.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { columnPrelude } from '../lib/column.ts';
import { TILE_QUADS } from '../lib/tiles.ts';

export const gradient = {
  name: 'gradient',
  source: new URL('./gradient.wgsl', import.meta.url),
  preludes: [columnPrelude],
  params: { words: 'u32', quads: 'u32', offset: 'u32', stride: 'u32', first: 'u32', columns: 'u32', block: 'u32' },
  bindings: { x: 'read', columns: 'read', residuals: 'read', partials: 'write' },
  sizes: { MODELS: 1, WORKGROUP: 64, TILE_QUADS, BLOCK_TILES: 8 },
} as const satisfies Kernel;
