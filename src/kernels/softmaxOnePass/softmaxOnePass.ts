// Launch description of softmax_one_pass.wgsl, for processors.
import type { Kernel } from '../../core/compute.ts';
import { lossChangePrelude } from '../lib/lossChange.ts';
import { TILE_QUADS, rowsPrelude, type TileShape } from '../lib/tiles.ts';
import { weightColumnPrelude } from '../lib/weightColumn.ts';
import { PASS_BINDINGS, PASS_PARAMS } from '../onePass/onePass.ts';

/** Blocks of words times classes at most: code is as long as that, and takes ten seconds to compile at the most. */
const MOST_PRODUCTS = 256;
/** Tiles whose sums are added in f32 before they are written. */
const RUN = 2;

export const softmaxOnePass = {
  name: 'softmax_in_one_pass',
  source: new URL('./softmax_one_pass.wgsl', import.meta.url),
  enable: ['subgroups'],
  preludes: [rowsPrelude.u8, weightColumnPrelude, lossChangePrelude],
  params: { ...PASS_PARAMS, columns: 'u32', allTiles: 'u32' },
  bindings: PASS_BINDINGS,
  sizes: { CLASSES: 3, VECTORS: 2, BLOCKS: 1, FOUR: 4, TILE_QUADS, RUN, WORKGROUP: 8 },
  unroll: ['BLOCKS', 'CLASSES', 'FOUR', 'VECTORS'],
  reference: async () => (await import('./softmaxOnePass.host.ts')).softmaxOnePassOnHost,
} as const satisfies Kernel;

export type OnePassOfColumns = typeof softmaxOnePass;

/** @param lanes of a subgroup: those of a processor's vector by default */
export function softmaxOnePassSizes(
  { words, tileQuads }: Pick<TileShape, 'words' | 'tileQuads'>,
  classes: number,
  lanes: number = softmaxOnePass.sizes.WORKGROUP,
) {
  return { CLASSES: classes, VECTORS: Math.ceil((classes * 4) / lanes), BLOCKS: Math.ceil(words / lanes), TILE_QUADS: tileQuads, WORKGROUP: lanes };
}

/** Whether it is short enough, where one pass pays. */
export function isShort(shape: Pick<TileShape, 'words' | 'tileQuads'>, classes: number): boolean {
  return softmaxOnePassSizes(shape, classes).BLOCKS * classes <= MOST_PRODUCTS;
}
