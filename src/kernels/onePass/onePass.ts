// Launch description of one_pass.wgsl, for processors: a kernel for each loss of rows that have a class.
import type { Compute, Kernel } from '../../core/compute.ts';
import { TILE_QUADS, rowsPrelude, type TileShape } from '../lib/tiles.ts';
import { weightColumnPrelude } from '../lib/weightColumn.ts';
import type { RowLoss } from '../rowLoss/rowLoss.reference.ts';

/** Lanes of a processor's vector of f32. */
const LANES = 8;
/** Bits of a word, one a block. */
const MOST_BLOCKS = 32;
/** Columns of a group at most. */
export const MOST_MODELS = 8;
/** Blocks at most, by columns of a group, so that the code for a quad stays in the first cache: of a part, and of those that are loaded once. */
const MOST_IN_PART = 10;
const MOST_LAST = { 1: MOST_BLOCKS, 2: 15, 4: 7, 8: 5 } as const;
/** What is left of all blocks by parts, whatever the group. */
const MOST_REST = MOST_LAST[MOST_MODELS];
/** A lane that has no word in a block. */
export const NONE = 0xffffffff;

/** Of each pass over rows, whatever its loss: which of them it takes, */
export const PASS_PARAMS = { words: 'u32', quads: 'u32', offset: 'u32', stride: 'u32', rows: 'u32', block: 'u32', tiles: 'u32', known: 'u32' } as const;
/** and what it reads and writes. */
export const PASS_BINDINGS = {
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
} as const;

const launch = {
  source: new URL('./one_pass.wgsl', import.meta.url),
  enable: ['subgroups'],
  params: { ...PASS_PARAMS, first: 'u32', columns: 'u32', allTiles: 'u32', losses: 'u32' },
  bindings: PASS_BINDINGS,
  sizes: { MODELS: 1, VECTORS: 1, PART: 1, LAST: 1, WHOLE: 1, AHEAD: 0, SHARES: 1, MOST: 1, FOUR: 4, TILE_QUADS, WORKGROUP: LANES },
  unroll: ['PART', 'LAST', 'SHARES', 'FOUR', 'MODELS', 'VECTORS'],
} as const;

export type OnePass = Kernel<keyof typeof launch.params, keyof typeof launch.bindings, keyof typeof launch.sizes>;

/** @param preludes WGSL of `loss_change` and `loss_slope`, and what that needs */
export function onePassOf(name: string, preludes: readonly URL[], loss: () => Promise<RowLoss>): OnePass {
  return {
    ...launch,
    name: `${name}_in_one_pass`,
    preludes: [rowsPrelude.u8, weightColumnPrelude, ...preludes],
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

/**
 * @param models of a group
 * @param most blocks of a part, behind all parts, and of those that are loaded once
 */
export function onePassSizes(
  { words, tileQuads }: Pick<TileShape, 'words' | 'tileQuads'>,
  models: keyof typeof MOST_LAST,
  lanes: number = LANES,
  most: { readonly part: number; readonly rest: number; readonly last: number } = { part: MOST_IN_PART, rest: MOST_REST, last: MOST_LAST[models] },
) {
  const blocks = Math.ceil(words / lanes);
  const parts = Math.ceil(Math.max(0, blocks - most.rest) / most.part);
  const WHOLE = Math.max(1, Math.ceil((blocks - most.rest) / Math.max(1, parts)));
  const rest = blocks - parts * WHOLE;
  const AHEAD = Math.max(0, Math.min(parts, Math.floor((most.last - rest) / WHOLE)));
  const PART = AHEAD === parts ? 1 : WHOLE;
  const LAST = AHEAD * WHOLE + rest;
  return {
    MODELS: models,
    VECTORS: Math.ceil((models * 4) / lanes),
    PART,
    LAST,
    WHOLE,
    AHEAD,
    SHARES: AHEAD + 1,
    MOST: Math.max(PART, LAST),
    TILE_QUADS: tileQuads,
    WORKGROUP: lanes,
  };
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
