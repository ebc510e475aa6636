// Launch description of max_pool.wgsl.
import type { Kernel } from '../../core/compute.ts';

/** Where the numbers stand that are pooled into one. */
export const windowSource = new URL('./window.wgsl', import.meta.url);

export const maxPool = {
  name: 'max_pool',
  source: new URL('./max_pool.wgsl', import.meta.url),
  preludes: [windowSource],
  params: { rows: 'u32', height: 'u32', width: 'u32', quads: 'u32' },
  bindings: { made: 'read', pooled: 'write' },
  sizes: { WORKGROUP: 64 },
  reference: async () => (await import('./maxPool.host.ts')).maxPoolOnHost,
} as const satisfies Kernel;
