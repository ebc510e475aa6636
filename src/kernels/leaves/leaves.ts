// Launch description of leaves.wgsl.
import type { Kernel } from '../../core/compute.ts';

/** In place of the feature of a node that is a leaf. */
export const LEAF = 0xffffffff;

export const leaves = {
  name: 'leaves',
  source: new URL('./leaves.wgsl', import.meta.url),
  params: { rows: 'u32', words: 'u32' },
  bindings: { x: 'read', nodes: 'read', roots: 'read', leaves: 'write' },
  sizes: { PER_WORD: 2, WORKGROUP: 64 },
  reference: async () => (await import('./leaves.host.ts')).leavesOnHost,
} as const satisfies Kernel;
