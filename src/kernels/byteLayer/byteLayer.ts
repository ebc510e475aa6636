// Launch description of byte_layer.wgsl, for processors, and the sizes of what goes over rows in the same way.
import type { Compute, Kernel } from '../../core/compute.ts';

/** Lanes of a processor's vector of f32. */
const LANES = 8;
/** Words of a row that an invocation looks at, and units it has at most: a list of 784 numbers takes a second to compile, twice as many take four. */
const [WORDS, MOST] = [28, 7] as const;

export const bytesPrelude = new URL('./bytes.wgsl', import.meta.url);

export const byteSizes = { WORDS, VECTORS: Math.ceil(WORDS / LANES), FOUR: 4, ACROSS: MOST, WORKGROUP: LANES } as const;

export const byteLayer = {
  name: 'byte_layer',
  source: new URL('./byte_layer.wgsl', import.meta.url),
  preludes: [bytesPrelude],
  enable: ['subgroups'],
  params: { rows: 'u32', firstRow: 'u32', inQuads: 'u32', outQuads: 'u32' },
  bindings: { bytes: 'read', scaling: 'read', weights: 'read', parts: 'write' },
  sizes: byteSizes,
  unroll: ['WORDS', 'VECTORS', 'FOUR', 'ACROSS'],
  reference: async () => (await import('./byteLayer.host.ts')).byteLayerOnHost,
} as const satisfies Kernel;

/** Whether it pays: what an invocation keeps is in the cache of a processor, and would be in the memory of a GPU. */
export const paysByteLayer = ({ subgroupLanes }: Pick<Compute, 'subgroupLanes'>): boolean => subgroupLanes === LANES;

/** Parts of so many quads of inputs, each of which has sums of its own. */
export const byteParts = (inQuads: number): number => Math.ceil(inQuads / WORDS);

/** Sizes and grid of a launch for so many quads of inputs and of units. */
export function byteLaunch(inQuads: number, outQuads: number) {
  const vectors = Math.ceil((outQuads * 4) / LANES);
  const ACROSS = Math.ceil(vectors / Math.ceil(vectors / MOST));
  return { sizes: { ACROSS }, grid: [Math.ceil(vectors / ACROSS), byteParts(inQuads)] } as const;
}
