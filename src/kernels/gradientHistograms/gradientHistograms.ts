// Launch description of gradient_histograms.wgsl.
import type { Kernel } from '../../core/compute.ts';

export const gradientHistograms = {
  name: 'gradient_histograms',
  source: new URL('./gradient_histograms.wgsl', import.meta.url),
  params: { rows: 'u32', words: 'u32', cols: 'u32' },
  bindings: { x: 'read', members: 'read', derivatives: 'read', offsets: 'read', stretches: 'read', histograms: 'write' },
  sizes: { PARTS: 2, WORKGROUP: 32 },
  reference: async () => (await import('./gradientHistograms.host.ts')).gradientHistogramsOnHost,
} as const satisfies Kernel;
