// Launch description of keep_nearest.wgsl.
import type { Kernel } from '../../core/compute.ts';

/** What stands for a distance and a position where no row was found yet. */
export const NONE = 0xffffffff;

export const keepNearest = {
  name: 'keep_nearest',
  source: new URL('./keep_nearest.wgsl', import.meta.url),
  params: { rows: 'u32', first: 'u32', asked: 'u32', stride: 'u32', count: 'u32' },
  bindings: { distances: 'read', nearest: 'write' },
  sizes: { WORKGROUP: 64 },
  reference: async () => (await import('./keepNearest.host.ts')).keepNearestOnHost,
} as const satisfies Kernel;
