// Launch description of sparse_product.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { weightColumnPrelude } from '../lib/weightColumn.ts';
import { LANES } from './slices.ts';

export const sparseProduct = {
  name: 'sparse_product',
  source: new URL('./sparse_product.wgsl', import.meta.url),
  preludes: [weightColumnPrelude],
  params: { at: 'u32', runs: 'u32', first: 'u32', stride: 'u32', offset: 'u32', width: 'u32', begin: 'u32', each: 'u32' },
  bindings: { x: 'read', columns: 'read', factors: 'read', sums: 'write' },
  sizes: { MODELS: 1, WORKGROUP: 64, LANES, TRANSPOSED: 0, KEEP: 1 },
  unroll: ['MODELS'],
  reference: async () => (await import('./sparseProduct.host.ts')).sparseProductOnHost,
} as const satisfies Kernel;
