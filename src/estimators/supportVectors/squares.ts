// Squared distances between the rows of a training, found once for all models that ask: whatever their C and gamma. In float64 on the
// host where there are few, or where f32 does not tell rows apart; else on the device, where those of bytes are exact. Where the rows
// of two groups fit, all distances between them are found at once; else those of the rows that are asked for, many rows at a time.
import type { Compute } from '../../core/compute.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { eachPair } from '../pairs/eachPair.ts';
import { place, standingFor, type Standing, type Tiles } from '../pairs/place.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';
import { BLOCK_BYTES, type Held } from '../rows/held.ts';
import { ofGiven } from './given.ts';
import { commonFactor } from './kernel.ts';
import { Recent } from './recent.ts';

type Numbers = Float64Array | Float32Array | Uint32Array;

/** Distances of a row to the rows of a group: one every `step`, from `at` on. */
export interface Stretch {
  readonly numbers: Numbers;
  readonly at: number;
  readonly step: number;
}

/** Fewer products than these are made here before the rows are on the device. */
export const FEW_PRODUCTS = 1e8;
/** Of distances kept. */
const KEPT_BYTES = 256e6;
/** Rows whose distances are found at once where not all are, since a search asks for few: a quarter of what is kept at most, and a block of rows on the device. */
const BATCH = 64;

export interface Squares {
  /** Of a squared distance, as features are meant. */
  readonly unit: number;
  /** Rows to ask for at once. */
  readonly batch: number;
  has(row: number, group: number): boolean;
  /** Squared distances of a row, by its position, to the rows of a group, where they are known. */
  get(row: number, group: number): Stretch | undefined;
  /** Finds those of some rows of these groups to all rows of them. */
  bring(rows: readonly number[], groups: readonly number[]): Promise<void>;
  release(): void;
}

/**
 * @param groups positions among the rows, group by group: each row is in one
 * @param options.given whether features are no coordinates but what is found in place of distances: kernels of rows
 * @param options.keptBytes of distances at most
 */
export async function squaresOf(
  compute: Compute,
  rows: RowsOf,
  groups: readonly Uint32Array[],
  { given = false, keptBytes = KEPT_BYTES }: { readonly given?: boolean; readonly keptBytes?: number } = {},
): Promise<Squares> {
  const count = rows.rows.length;
  const stood = given || count ** 2 * rows.x.cols < FEW_PRODUCTS ? undefined : await standingOf(rows, rows);
  const exact = !stood || stood.standing.coarse;
  const finder = await (given ? ofGiven(rows, groups) : exact ? onHost(rows, groups) : onDevice(compute, rows, groups, stood));
  const kept = new Recent<Numbers>(keptBytes);
  const keyOf = (a: number, group: number): number => a * groups.length + group;
  const { unit, release } = finder;
  const [largest = 0, next = 0] = groups.map(({ length }) => length).toSorted((a, b) => b - a);
  if ((largest + next) ** 2 * (exact ? 8 : 4) <= keptBytes) {
    const groupOf = new Uint32Array(count);
    const within = new Uint32Array(count);
    groups.forEach((group, g) => group.forEach((row, at) => ((groupOf[row] = g), (within[row] = at))));
    const blockOf = (a: number, b: number): number => keyOf(Math.min(a, b), Math.max(a, b));
    return {
      unit,
      batch: 1,
      has: (row, group) => kept.has(blockOf(groupOf[row]!, group)),
      get(row, group) {
        const own = groupOf[row]!;
        const numbers = kept.get(blockOf(own, group));
        if (!numbers) return undefined;
        const others = groups[group]!.length;
        return own <= group ? { numbers, at: within[row]! * others, step: 1 } : { numbers, at: within[row]!, step: groups[own]!.length };
      },
      async bring(_, of) {
        for (const a of of) for (const b of of) if (a <= b && !kept.has(keyOf(a, b))) kept.set(keyOf(a, b), await finder.find(groups[a]!, b));
      },
      release,
    };
  }
  const blockRows = Math.floor(Math.min(BLOCK_BYTES, compute.limits.maxBindingBytes) / (4 * rows.x.cols + 16)) & ~31;
  return {
    unit,
    batch: Math.max(2, Math.min(BATCH, Math.max(32, blockRows), Math.floor(keptBytes / ((largest + next) * 16)))),
    has: (row, group) => kept.has(keyOf(row, group)),
    get(row, group) {
      const numbers = kept.get(keyOf(row, group));
      return numbers && { numbers, at: 0, step: 1 };
    },
    async bring(wanted, of) {
      for (const group of of) {
        const missing = Uint32Array.from(wanted.filter((row) => !kept.has(keyOf(row, group))));
        if (missing.length === 0) continue;
        const numbers = await finder.find(missing, group);
        const each = groups[group]!.length;
        // Copies of their own: one row that stays would else keep all of them.
        missing.forEach((row, i) => kept.set(keyOf(row, group), numbers.slice(i * each, (i + 1) * each)));
      }
    },
    release,
  };
}

export interface Finder {
  readonly unit: number;
  /** Distances of some rows to those of a group, `[rows][group]`. */
  find(rows: Uint32Array, group: number): Promise<Numbers>;
  release(): void;
}

async function onHost(rows: RowsOf, groups: readonly Uint32Array[]): Promise<Finder> {
  const x = await denseRows(rows);
  const { cols } = rows.x;
  return {
    unit: 1,
    async find(wanted, group) {
      const others = groups[group]!;
      const out = new Float64Array(wanted.length * others.length);
      let at = 0;
      for (const row of wanted) for (const other of others) out[at++] = squareOf(x, row * cols, x, other * cols, cols);
      return out;
    },
    release: () => {},
  };
}

/** Features as they are meant, `[rows][cols]`. */
export async function denseRows(rows: RowsOf): Promise<Float64Array> {
  const x = new Float64Array(rows.rows.length * rows.x.cols);
  for await (const block of featureBlocks(rows)) x.set(block.x, block.from * block.cols);
  return x;
}

export function squareOf(a: Float64Array, atA: number, b: Float64Array, atB: number, cols: number): number {
  let sum = 0;
  for (let j = 0; j < cols; j++) {
    const away = a[atA + j]! - b[atB + j]!;
    sum += away * away;
  }
  return sum;
}

async function onDevice(compute: Compute, rows: RowsOf, groups: readonly Uint32Array[], { data, standing, unit }: Stood): Promise<Finder> {
  const placed = (positions: Uint32Array): Promise<Held<Tiles>> =>
    place(compute, { ...data, rows: positions.map((row) => rows.rows[row]!) }, standing, { idles: false });
  const held = new Map<Uint32Array, Held<Tiles>>();
  const release = (): void => held.forEach((group) => group.release());
  try {
    for (const group of groups) held.set(group, await placed(group));
  } catch (error) {
    release();
    throw error;
  }
  const As = standing.dtype === 'u8' ? Uint32Array : Float32Array;
  return {
    unit,
    release,
    async find(wanted, group) {
      const each = groups[group]!.length;
      const found = new As(wanted.length * each);
      const few = held.get(wanted) ?? (await placed(wanted));
      try {
        // The rows of the group are those asked of: what comes of one row then stands together.
        await eachPair(compute, held.get(groups[group]!)!, few, ({ distances, stride, first, rows: here, askedFrom, asked }) =>
          compute.lend(distances, { sizeBytes: here * stride * 4 }, (bytes) => {
            for (let row = 0; row < here; row++) found.set(new As(bytes, row * stride * 4, asked), (first + row) * each + askedFrom);
          }),
        );
      } finally {
        if (!held.has(wanted)) few.release();
      }
      return found;
    },
  };
}

/** How rows stand on the device, as which data they are brought there, and what a squared distance there is worth as features are meant. */
export interface Stood {
  readonly data: RowsOf;
  readonly standing: Standing;
  readonly unit: number;
}

/** Where all columns have one factor, bytes stay bytes. */
export async function standingOf(among: RowsOf, asked: RowsOf): Promise<Stood> {
  const common = commonFactor(among.scaling);
  const data = common === undefined ? among : { ...among, scaling: undefined };
  const standing = await standingFor(data, asked);
  if (standing.dtype === 'u8') return { data, standing, unit: common! ** 2 };
  // The device's unit is the same size in every column whose factor is not 0.
  const factors = data.scaling?.factor;
  const at = factors
    ? Math.max(
        0,
        factors.findIndex((factor) => factor !== 0),
      )
    : 0;
  const size = standing.frame.unit[at]! * Math.abs(factors?.[at] ?? 1) * (common ?? 1);
  return { data, standing, unit: Number.isFinite(size) ? size ** 2 : 0 };
}
