// Launch description of random_splits.wgsl.
import type { Kernel } from '../../core/compute.ts';

export const randomSplits = {
  name: 'random_splits',
  source: new URL('./random_splits.wgsl', import.meta.url),
  preludes: [new URL('../classSplits/wide.wgsl', import.meta.url)],
  params: { nodes: 'u32', slots: 'u32', words: 'u32', least: 'u32' },
  bindings: { x: 'read', members: 'read', nodes: 'read', features: 'read', positions: 'read', terms: 'read', counts: 'write', splits: 'write' },
  sizes: { CLASSES: 2, ENTROPY: 0, WORKGROUP: 32 },
  reference: async () => (await import('./randomSplits.host.ts')).randomSplitsOnHost,
} as const satisfies Kernel;

/** Where between two positions what is drawn stands: its share of 2^32 of the way. */
export function placeOf(draw: number, low: number, high: number): number {
  return low + Number((BigInt(draw) * BigInt(high - low)) >> 32n);
}
