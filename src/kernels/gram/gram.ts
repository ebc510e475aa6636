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

const of = (dtype: RowDtype) => ({
  preludes: [rowsPrelude[dtype], ...twofoldPreludes[dtype], new URL('./pairs.wgsl', import.meta.url)],
  reference: async () => (await import('./gram.host.ts')).gramOnHost(dtype),
});

/** Of weighted bytes, of f32 and float64 rows, and of bytes that count once each. */
export const gram = {
  u8: { ...precise, ...of('u8') },
  f32: { ...precise, bindings: { ...precise.bindings, xLow: 'read' }, ...of('f32') },
  exact: {
    name: 'exact_gram',
    source: new URL('./exact_gram.wgsl', import.meta.url),
    params: { zero: 'u32', words: 'u32', first: 'u32', end: 'u32', block: 'u32' },
    bindings: { x: 'read', partials: 'write' },
    sizes: { ...sizes, ACROSS: 2 },
    unroll: ['FOUR', 'ACROSS'],
    ...of('u8'),
  },
} as const satisfies Record<RowDtype | 'exact', Kernel>;

/** Pairs of words, of which the second is not before the first. */
export function pairsOf(words: number): number {
  return (words * (words + 1)) / 2;
}

/** Floats of a pair in `partials`: sixteen sums in two parts. */
export const PAIR_FLOATS = 32;

/** The place of a pair among those of a block. */
export function pairAt(words: number, a: number, b: number): number {
  return a * words - (a * (a - 1)) / 2 + b - a;
}
