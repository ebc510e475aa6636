// Launch description of patches_back.wgsl.
import type { Kernel } from '../../core/compute.ts';

export const patchesBack = {
  name: 'patches_back',
  source: new URL('./patches_back.wgsl', import.meta.url),
  params: { rows: 'u32', height: 'u32', width: 'u32', quads: 'u32', kernelHeight: 'u32', kernelWidth: 'u32' },
  bindings: { seen: 'read', before: 'write' },
  sizes: { WORKGROUP: 64 },
  reference: async () => (await import('./patchesBack.host.ts')).patchesBackOnHost,
} as const satisfies Kernel;
