// Launch description of patches.wgsl.
import type { Kernel } from '../../core/compute.ts';

export const patches = {
  name: 'patches',
  source: new URL('./patches.wgsl', import.meta.url),
  params: {
    rows: 'u32',
    firstRow: 'u32',
    rowFloats: 'u32',
    lineFloats: 'u32',
    channels: 'u32',
    kernelHeight: 'u32',
    kernelWidth: 'u32',
    placesHigh: 'u32',
    placesWide: 'u32',
    patchFloats: 'u32',
  },
  bindings: { pictures: 'read', seen: 'write' },
  sizes: { WORKGROUP: 64 },
  reference: async () => (await import('./patches.host.ts')).patchesOnHost,
} as const satisfies Kernel;
