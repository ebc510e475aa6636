// Launch description of byte_layer_gradient.wgsl, for where byte_layer.wgsl pays.
import type { Kernel } from '../../core/compute.ts';
import { bytesPrelude, byteSizes } from '../byteLayer/byteLayer.ts';

export const byteLayerGradient = {
  name: 'byte_layer_gradient',
  source: new URL('./byte_layer_gradient.wgsl', import.meta.url),
  preludes: [bytesPrelude],
  enable: ['subgroups'],
  params: { rows: 'u32', firstRow: 'u32', inQuads: 'u32', outQuads: 'u32', partRows: 'u32', more: 'u32' },
  bindings: { bytes: 'read', scaling: 'read', deltas: 'read', parts: 'write' },
  sizes: byteSizes,
  unroll: ['WORDS', 'VECTORS', 'FOUR', 'ACROSS'],
  reference: async () => (await import('./byteLayerGradient.host.ts')).byteLayerGradientOnHost,
} as const satisfies Kernel;
