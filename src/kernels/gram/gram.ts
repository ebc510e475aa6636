// Launch descriptions of gram.wgsl and exact_gram.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { rowsPrelude, TILE_QUADS, type RowDtype } from '../lib/tiles.ts';
import { twofoldPreludes } from '../lib/twofold.ts';

const sizes = { SIDE: 8, TILE_QUADS, FOUR: 4 } as const;

const precise = {
  name: 'gram',
  source: new URL('./gram.wgsl', import.meta.url),
  params: { zero: 'u32', words: 'u32', offset: 'u32', first: 'u32', end: 'u32', block: 'u32' },
  bindings: { x: 'read', weights: 'read', partials: 'write' },
  sizes,
  unroll: ['FOUR'],
} as const satisfies Kernel;

const pairs = new URL('./pairs.wgsl', import.meta.url);
const of = (dtype: RowDtype) => ({
  preludes: [rowsPrelude[dtype], ...twofoldPreludes[dtype], pairs],
  reference: async () => (await import('./gram.host.ts')).gramOnHost(dtype),
});

const exact = {
  name: 'exact_gram',
  source: new URL('./exact_gram.wgsl', import.meta.url),
  preludes: [rowsPrelude.u8, pairs],
  params: { words: 'u32', first: 'u32', end: 'u32', block: 'u32' },
  bindings: { x: 'read', partials: 'write' },
  sizes: { ...sizes, ACROSS: 2 },
  unroll: ['FOUR', 'ACROSS'],
  reference: async () => (await import('./gram.host.ts')).gramOnHost('u8', true),
} as const satisfies Kernel;

/** Of weighted bytes, of f32 and float64 rows, and of bytes that count once each, on adapters without and with subgroups. */
export const gram = {
  u8: { ...precise, ...of('u8') },
  f32: { ...precise, bindings: { ...precise.bindings, xLow: 'read' }, ...of('f32') },
  exact,
  exactSubgroups: {
    ...exact,
    name: 'exact_gram_subgroups',
    source: new URL('./exact_gram_subgroups.wgsl', import.meta.url),
    enable: ['subgroups'],
    bindings: { x: 'read', order: 'read', partials: 'write' },
    sizes: { ACROSS: 6, DOWN: 2, WORKGROUP: 32, TILE_QUADS, FOUR: 4 },
    unroll: ['FOUR', 'ACROSS', 'DOWN'],
  },
} as const satisfies Record<RowDtype | 'exact' | 'exactSubgroups', Kernel>;

/** Workgroups in x and y that reach every pair. */
export function gramGrid({ sizes }: Kernel, words: number): readonly [number, number] {
  const { SIDE, ACROSS = 1, DOWN = 1, WORKGROUP = 1 } = sizes;
  if (SIDE === undefined) return [Math.ceil(words / ACROSS), Math.ceil(words / (WORKGROUP * DOWN))];
  const side = Math.ceil(words / (SIDE * ACROSS));
  return [side, side];
}

/** Pairs of words, of which the second is not before the first. */
export function pairsOf(words: number): number {
  return (words * (words + 1)) / 2;
}

/** f32 of a pair in `partials`: sixteen sums in two parts. Exact ones are u32, one each. */
export const PAIR_FLOATS = 32;
export const PAIR_SUMS = 16;

/** Most rows of a block of exact sums: 65 536 * 255 * 255 < 2^32. */
export const EXACT_ROWS = 65_536;

/** The place of a pair among those of a block. */
export function pairAt(words: number, a: number, b: number): number {
  return a * words - (a * (a - 1)) / 2 + b - a;
}
