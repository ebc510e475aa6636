// Launch description of value_splits.wgsl.
import type { Kernel } from '../../core/compute.ts';

/** Words of a row's target of so many outputs: which values it has, its weight, and the sums that it adds. */
export const targetWords = (outputs: number): number => 2 + 2 * outputs;
/** Words of a split: which bins, the weight on the right, and the sums there. */
export const valueSplitWords = (outputs: number): number => 2 + 2 * outputs;

export const valueSplits = {
  name: 'value_splits',
  source: new URL('./value_splits.wgsl', import.meta.url),
  preludes: [new URL('../classSplits/wide.wgsl', import.meta.url)],
  params: { nodes: 'u32', slots: 'u32', words: 'u32', drawn: 'u32', least: 'u32' },
  bindings: { x: 'read', members: 'read', targets: 'read', nodes: 'read', features: 'read', counts: 'write', splits: 'write' },
  sizes: { OUTPUTS: 1, WORKGROUP: 32 },
  reference: async () => (await import('./valueSplits.host.ts')).valueSplitsOnHost,
} as const satisfies Kernel;
