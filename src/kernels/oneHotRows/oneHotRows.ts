// Launch description of one_hot_rows.wgsl.
import type { Kernel } from '../../core/compute.ts';

export const oneHotRows = {
  name: 'one_hot_rows',
  source: new URL('./one_hot_rows.wgsl', import.meta.url),
  params: { quads: 'u32' },
  bindings: { codes: 'read', weights: 'read', columns: 'write' },
  sizes: { WORKGROUP: 64 },
  reference: async () => (await import('./oneHotRows.host.ts')).oneHotRowsOnHost,
} as const satisfies Kernel;
