// Launch description of random_value_splits.wgsl.
import type { Kernel } from '../../core/compute.ts';

export const randomValueSplits = {
  name: 'random_value_splits',
  source: new URL('./random_value_splits.wgsl', import.meta.url),
  preludes: [new URL('../classSplits/wide.wgsl', import.meta.url)],
  params: { nodes: 'u32', slots: 'u32', words: 'u32', least: 'u32' },
  bindings: { x: 'read', members: 'read', targets: 'read', nodes: 'read', features: 'read', positions: 'read', splits: 'write' },
  sizes: { OUTPUTS: 1, WORKGROUP: 32 },
  reference: async () => (await import('./randomValueSplits.host.ts')).randomValueSplitsOnHost,
} as const satisfies Kernel;
