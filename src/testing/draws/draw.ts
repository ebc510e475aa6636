// What draws of launches are made of: small shapes, odd and at their ends more often than by chance, and numbers to fill buffers with. All of
// it follows from one seed.
import type { Compute, Kernel, Launch } from '../../core/compute.ts';
import { RandomState } from '../../core/data/random.ts';
import { variantsOf } from '../../core/tuning/variants.ts';
import type { RowDtype } from '../../kernels/lib/tiles.ts';
import { piecesOf } from '../../kernels/lib/twofold.ts';
import { encodeWeightColumns, NO_FOLD } from '../../kernels/lib/weightColumn.ts';

/** One launch of a kernel, with what its buffers hold before it. */
export interface DrawnLaunch {
  readonly kernel: Kernel;
  /** The kernel of which it is a variant. */
  readonly of?: Kernel;
  readonly launch: Pick<Launch<string, string, string>, 'params' | 'sizes' | 'grid'>;
  readonly buffers: Readonly<Record<string, Float32Array | Uint32Array>>;
  /** Allowed between device and reference, by output: f32 rounds what float64 does not. */
  readonly allowed: Readonly<Record<string, number>>;
  /** Outputs of high and low parts, compared as their sums. */
  readonly twofold?: boolean;
  /** What the bytes of an output mean, where they are more than numbers of one type. */
  readonly numbers?: (output: ArrayBuffer, name: string) => ArrayLike<number>;
}

/** What decides which kernels run, and in which sizes. */
export type Device = Pick<Compute, 'features' | 'subgroupLanes'> & { readonly limits: Pick<Compute['limits'], 'maxStorageBuffers'> };

/** Something to be drawn. */
export class Draw<T> {
  readonly from: (random: RandomState) => T;

  constructor(from: (random: RandomState) => T) {
    this.from = from;
  }

  map<U>(made: (drawn: T) => U): Draw<U> {
    return new Draw((random) => made(this.from(random)));
  }
}

/** By the name of a kernel and of the way in which it runs. */
export type Draws = Readonly<Record<string, Draw<DrawnLaunch>>>;

/** A whole number, every fourth time the least or the most: where kernels go wrong. */
export const natural = (min: number, max: number): Draw<number> =>
  new Draw((random) => (random.interval(3) === 0 ? [min, max][random.interval(1)]! : min + random.interval(max - min)));
export const oneOf = <T>(...values: readonly T[]): Draw<T> => new Draw((random) => values[random.interval(values.length - 1)]!);
export const seeds: Draw<number> = new Draw((random) => random.uint32());

type Drawn<D> = { [K in keyof D]: D[K] extends Draw<infer T> ? T : never };
export const record = <const D extends Readonly<Record<string, Draw<unknown>>>>(draws: D): Draw<Drawn<D>> =>
  new Draw((random) => Object.fromEntries(Object.entries(draws).map(([name, draw]) => [name, draw.from(random)])) as Drawn<D>);
export const tuple = <const D extends readonly Draw<unknown>[]>(...draws: D): Draw<Drawn<D>> =>
  new Draw((random) => draws.map((draw) => draw.from(random)) as Drawn<D>);

export const DTYPES: readonly RowDtype[] = ['u8', 'f32'];
export type Form = 'plain' | 'subgroups';
export const formsOf = ({ subgroupLanes }: Device): readonly Form[] => (subgroupLanes > 0 ? ['plain', 'subgroups'] : ['plain']);
/** The first variant of a form. */
export const formOf = (kernel: Kernel, form: Form): Kernel => variantsOf(kernel).find(({ enable }) => (enable !== undefined) === (form === 'subgroups'))!;
/** Of whole subgroups. @param wide how many of the narrowest; no device refuses 256 invocations */
export const workgroupOf = ({ subgroupLanes }: Device, wide = 1): number => Math.min(256, Math.max(32, subgroupLanes) * wide);

export const uniform =
  (random: RandomState) =>
  (count: number, scale = 1): Float32Array =>
    Float32Array.from({ length: count }, () => (random.uint32() / 2 ** 31 - 1) * scale);

/** Blocks of `words` words a row and `quads` quads, every byte of them drawn. */
export function tiles(random: RandomState, dtype: RowDtype, words: number, quads: number): Uint32Array | Float32Array {
  return dtype === 'u8' ? Uint32Array.from({ length: words * quads * 4 }, () => random.uint32()) : uniform(random)(words * quads * 16);
}

export const largest = (dtype: RowDtype): number => (dtype === 'u8' ? 255 : 1);

/** Columns in slots of their own, in another order than theirs. */
export function columnsIn(random: RandomState, count: number, classes = 1): Uint32Array {
  const order = random.permutation(count / classes);
  return encodeWeightColumns(
    Array.from({ length: count }, (_, i) => ({
      slot: order[Math.floor(i / classes)]! * classes + (i % classes),
      positive: random.interval(2),
      heldOut: random.interval(1) === 0 ? NO_FOLD : random.interval(2),
      step: random.interval(8) / 4 - 1,
      trial: random.interval(8) / 4 - 1,
      positiveWeight: 0.5 + random.interval(4) / 4,
      negativeWeight: 0.5 + random.interval(4) / 4,
    })),
  );
}

/** A chunk of `tilesHere` tiles behind `offset` quads, of rows of `words` words. */
export const chunks = record({
  seed: seeds,
  words: natural(1, 70),
  tilesHere: natural(1, 5),
  tileQuads: oneOf(8, 32),
  offset: natural(0, 9),
  models: oneOf(1, 2, 4),
  groups: natural(1, 3),
  first: natural(0, 2),
  /** Quads an invocation, where it may own several. */
  owned: oneOf(1, 2, 4),
  /** Workgroups of so many of the narrowest. */
  wide: oneOf(1, 2, 4, 8),
});

/** Tiles a block of a gradient, and blocks before the chunk. */
export const blocksOf = record({ perBlock: natural(1, 3), block: natural(0, 2) });

/** Whole numbers below 16, whose sums and products f32 holds exactly: the device and the host say the same to the bit. */
export const small = (random: RandomState, count: number): Float32Array => Float32Array.from({ length: count }, () => random.interval(15));
export const smallTiles = (random: RandomState, dtype: RowDtype, words: number, quads: number): Uint32Array | Float32Array => {
  const values = small(random, words * quads * 16);
  return dtype === 'f32' ? values : new Uint32Array(Uint8Array.from(values).buffer);
};
/** float64 numbers in [-1, 1) as four pieces each. */
export function pieces(random: RandomState, count: number): Float32Array {
  const out = new Float32Array(count * 4);
  for (let i = 0; i < count; i++) piecesOf(random.uint32() / 2 ** 31 - 1 + random.uint32() / 2 ** 63, out, i * 4);
  return out;
}

export function preciseTiles(random: RandomState, dtype: RowDtype, words: number, quads: number): Readonly<Record<string, Uint32Array | Float32Array>> {
  const x = tiles(random, dtype, words, quads);
  if (dtype === 'u8') return { x };
  // Less than half of what f32 can still tell from the features.
  return { x, xLow: Float32Array.from(x, (value) => value * 2 ** -25 * (random.uint32() / 2 ** 31 - 1)) };
}
