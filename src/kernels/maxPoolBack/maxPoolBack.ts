// Launch description of max_pool_back.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { activationSource } from '../lib/activation.ts';
import { windowSource } from '../maxPool/maxPool.ts';

export const maxPoolBack = {
  name: 'max_pool_back',
  source: new URL('./max_pool_back.wgsl', import.meta.url),
  preludes: [activationSource, windowSource],
  params: { rows: 'u32', height: 'u32', width: 'u32', quads: 'u32', activation: 'u32' },
  bindings: { made: 'read', pooled: 'read', deltas: 'write' },
  sizes: { WORKGROUP: 64 },
  reference: async () => (await import('./maxPoolBack.host.ts')).maxPoolBackOnHost,
} as const satisfies Kernel;
