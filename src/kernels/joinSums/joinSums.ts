// Launch description of join_sums.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { activationSource } from '../lib/activation.ts';

export const joinSums = {
  name: 'join_sums',
  source: new URL('./join_sums.wgsl', import.meta.url),
  preludes: [activationSource],
  params: { quads: 'u32', outQuads: 'u32', units: 'u32', activation: 'u32', parts: 'u32', constantsAt: 'u32' },
  bindings: { parts: 'read', weights: 'read', outputs: 'write' },
  sizes: { EACH: 8, WORKGROUP: 64 },
  reference: async () => (await import('./joinSums.host.ts')).joinSumsOnHost,
} as const satisfies Kernel;
