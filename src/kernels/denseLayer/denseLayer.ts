// Launch description of dense_layer.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { activationSource } from '../lib/activation.ts';

export const denseLayer = {
  name: 'dense_layer',
  source: new URL('./dense_layer.wgsl', import.meta.url),
  preludes: [activationSource],
  params: { rows: 'u32', firstRow: 'u32', inQuads: 'u32', outQuads: 'u32', units: 'u32', activation: 'u32' },
  bindings: { inputs: 'read', weights: 'read', outputs: 'write' },
  sizes: { WORKGROUP: 64 },
  reference: async () => (await import('./denseLayer.host.ts')).denseLayerOnHost,
} as const satisfies Kernel;
