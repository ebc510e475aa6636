// Launch description of one_pass.wgsl, for processors: a kernel for each loss of rows that have a class.
import type { Compute, Kernel } from '../../core/compute.ts';
import { TILE_QUADS, rowsPrelude, type TileShape } from '../lib/tiles.ts';
import { weightColumnPrelude } from '../lib/weightColumn.ts';
import { codePrelude } from '../rowLoss/rowLoss.ts';
import type { RowLoss } from '../rowLoss/rowLoss.reference.ts';

/** Lanes of a processor's vector of f32. */
const LANES = 8;
/** Bits of a word, one a block. */
const MOST_BLOCKS = 32;
/** Columns of a group at most: the lists of one more do not stay in the first cache, and take long to compile. */
export const MOST_MODELS = 4;
/** A lane that has no word in a block. */
export const NONE = 0xffffffff;

const launch = {
  source: new URL('./one_pass.wgsl', import.meta.url),
  enable: ['subgroups'],
  params: {
    words: 'u32',
    quads: 'u32',
    offset: 'u32',
    stride: 'u32',
    rows: 'u32',
    block: 'u32',
    tiles: 'u32',
    known: 'u32',
    first: 'u32',
    columns: 'u32',
    allTiles: 'u32',
    losses: 'u32',
  },
  bindings: {
    x: 'read',
    rows: 'read',
    rowWeights: 'read',
    columns: 'read',
    weights: 'read',
    order: 'read',
    margins: 'write',
    direction: 'write',
    residuals: 'write',
    losses: 'write',
    partials: 'write',
    filled: 'write',
  },
  sizes: { MODELS: 1, VECTORS: 1, BLOCKS: 1, FOUR: 4, TILE_QUADS, WORKGROUP: LANES },
  unroll: ['BLOCKS', 'FOUR', 'MODELS', 'VECTORS'],
} as const;

export type OnePass = Kernel<keyof typeof launch.params, keyof typeof launch.bindings, keyof typeof launch.sizes>;

/** @param preludes WGSL of `loss_change` and `loss_slope`, and what that needs */
export function onePassOf(name: string, preludes: readonly URL[], loss: () => Promise<RowLoss>): OnePass {
  return {
    ...launch,
    name: `${name}_in_one_pass`,
    preludes: [rowsPrelude.u8, weightColumnPrelude, codePrelude, ...preludes],
    reference: async () => (await import('./onePass.host.ts')).onePassOnHost(await loss()),
  };
}

/** Whether a device binds as many buffers: it promises two thirds of them. */
export const bindsOnePass = ({ maxStorageBuffers }: Pick<Compute['limits'], 'maxStorageBuffers'>): boolean =>
  maxStorageBuffers >= Object.keys(launch.bindings).length;

/** Whether it runs, and pays: what an invocation keeps is in the cache of a processor, and would be in the memory of a GPU. */
export function paysOnePass(shape: Pick<TileShape, 'dtype' | 'words'>, { subgroupLanes, limits }: Pick<Compute, 'subgroupLanes' | 'limits'>): boolean {
  return subgroupLanes === LANES && bindsOnePass(limits) && shape.dtype === 'u8' && shape.words <= MOST_BLOCKS * LANES;
}

export function onePassSizes({ words, tileQuads }: Pick<TileShape, 'words' | 'tileQuads'>, models: number, lanes: number = LANES) {
  return { MODELS: models, VECTORS: Math.ceil((models * 4) / lanes), BLOCKS: Math.ceil(words / lanes), TILE_QUADS: tileQuads, WORKGROUP: lanes };
}

/**
 * Words that are mostly 0 side by side, so that blocks of them are branched over.
 *
 * @param size how large features are, `[cols]`; the constant is behind them
 * @returns `[blocks][lane]`
 */
export function orderOfWords(size: ArrayLike<number>, words: number, lanes: number = LANES): Uint32Array {
  const of = Array.from({ length: words }, (_, word) => {
    let sum = 0;
    for (let j = word * 4; j < word * 4 + 4; j++) sum += j === size.length ? Infinity : (size[j] ?? 0);
    return sum;
  });
  const sorted = [...of.keys()].toSorted((a, b) => of[a]! - of[b]! || a - b);
  const order = new Uint32Array(Math.ceil(words / lanes) * lanes).fill(NONE);
  order.set(sorted, order.length - words);
  return order;
}
