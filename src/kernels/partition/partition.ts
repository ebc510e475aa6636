// Launch description of partition.wgsl.
import type { Kernel } from '../../core/compute.ts';

export const partition = {
  name: 'partition',
  source: new URL('./partition.wgsl', import.meta.url),
  params: { nodes: 'u32', words: 'u32' },
  bindings: { x: 'read', splits: 'read', members: 'write', held: 'write', left: 'write' },
  sizes: { CLASSES: 2, WORKGROUP: 32 },
  reference: async () => (await import('./partition.host.ts')).partitionOnHost,
} as const satisfies Kernel;
