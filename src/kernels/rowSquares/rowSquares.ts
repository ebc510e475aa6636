// Launch description of row_squares.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { TILE_QUADS } from '../lib/tiles.ts';

export const rowSquares = {
  name: 'row_squares',
  source: new URL('./row_squares.wgsl', import.meta.url),
  params: { words: 'u32', quads: 'u32', offset: 'u32' },
  bindings: { x: 'read', squares: 'write' },
  sizes: { WORKGROUP: 64, TILE_QUADS },
  reference: async () => (await import('./rowSquares.host.ts')).rowSquaresOnHost,
} as const satisfies Kernel;
