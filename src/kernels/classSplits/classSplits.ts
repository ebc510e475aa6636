// Launch description of class_splits.wgsl.
import type { Kernel } from '../../core/compute.ts';

/** Bins of a feature, at most: a byte says which. */
export const BINS = 256;
/** Words of a split, as the kernel writes them. */
export const SPLIT_WORDS = 6;

export const classSplits = {
  name: 'class_splits',
  source: new URL('./class_splits.wgsl', import.meta.url),
  preludes: [new URL('./wide.wgsl', import.meta.url)],
  params: { nodes: 'u32', slots: 'u32', words: 'u32', drawn: 'u32', least: 'u32' },
  bindings: { x: 'read', members: 'read', nodes: 'read', features: 'read', terms: 'read', counts: 'write', splits: 'write' },
  sizes: { CLASSES: 2, ENTROPY: 0, ROWS: 0, WORKGROUP: 32 },
  unroll: ['CLASSES'],
  reference: async () => (await import('./classSplits.host.ts')).classSplitsOnHost,
} as const satisfies Kernel;

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
