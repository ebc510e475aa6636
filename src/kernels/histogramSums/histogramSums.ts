// Launch description of histogram_sums.wgsl.
import type { Kernel } from '../../core/compute.ts';

export const histogramSums = {
  name: 'histogram_sums',
  source: new URL('./histogram_sums.wgsl', import.meta.url),
  params: { bins: 'u32' },
  bindings: { histograms: 'read', nodes: 'read', sums: 'write' },
  sizes: { PARTS: 2, WORKGROUP: 64 },
  unroll: ['PARTS'],
  reference: async () => (await import('./histogramSums.host.ts')).histogramSumsOnHost,
} as const satisfies Kernel;
