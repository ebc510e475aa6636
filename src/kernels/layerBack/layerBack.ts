// Launch description of layer_back.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { activationSource } from '../lib/activation.ts';

export const layerBack = {
  name: 'layer_back',
  source: new URL('./layer_back.wgsl', import.meta.url),
  preludes: [activationSource],
  params: { rows: 'u32', inQuads: 'u32', outQuads: 'u32', activation: 'u32' },
  bindings: { deltas: 'read', weights: 'read', inputs: 'read', before: 'write' },
  sizes: { WORKGROUP: 64 },
  reference: async () => (await import('./layerBack.host.ts')).layerBackOnHost,
} as const satisfies Kernel;
