// Launch description of class_splits.wgsl.
import type { Compute, Kernel, Variant } from '../../core/compute.ts';
import { withSubgroups } from '../lib/subgroups.ts';

/** Bins of a feature, at most: a byte says which. */
export const BINS = 256;
/** Words of a split, as the kernel writes them. */
export const SPLIT_WORDS = 6;

/** Nodes that weigh less are light. */
export const LIGHT_UNITS = 2 ** 16;

const wide = new URL('./wide.wgsl', import.meta.url);
const subgroups = {
  name: 'class_splits_subgroups',
  enable: ['subgroups'],
  preludes: [wide, new URL('./members_subgroups.wgsl', import.meta.url)],
} as const satisfies Variant;

export const classSplits = {
  name: 'class_splits',
  source: new URL('./class_splits.wgsl', import.meta.url),
  preludes: [wide, new URL('./members.wgsl', import.meta.url)],
  params: { nodes: 'u32', slots: 'u32', words: 'u32', drawn: 'u32', least: 'u32' },
  bindings: { x: 'read', members: 'read', nodes: 'read', features: 'read', terms: 'read', counts: 'write', splits: 'write' },
  sizes: { CLASSES: 2, ENTROPY: 0, ROWS: 0, LIGHT: 0, WORKGROUP: 32 },
  unroll: ['CLASSES'],
  variants: { form: [subgroups] },
  reference: async () => (await import('./classSplits.host.ts')).classSplitsOnHost,
} as const satisfies Kernel;

/** The one to launch: with subgroups where there are any, whose lanes fit its workgroup. */
export function classSplitsOn(compute: Pick<Compute, 'subgroupLanes'>): typeof classSplits {
  return withSubgroups(classSplits, subgroups, compute);
}

/** `weight * log2(weight)` for weights up to `most`, as whole numbers of two words each, the low one first: 32 bits behind the point. */
export function entropyTerms(most: number): Uint32Array {
  const words = new Uint32Array((most + 1) * 2);
  for (let weight = 2; weight <= most; weight++) {
    const term = weight * Math.log2(weight);
    const whole = Math.floor(term);
    words[2 * weight] = (term - whole) * 2 ** 32;
    words[2 * weight + 1] = whole;
  }
  return words;
}
