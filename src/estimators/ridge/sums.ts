// Sums over rows from which least squares and principal components follow: weights, features, their products with each other
// and with targets, for each fold apart. One pass on the device gives them all; models of any folds and penalties are then a
// matter of the columns alone.
import type { Compute, DeviceBuffer, Kernel } from '../../core/compute.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { EXACT_ROWS, gram, gramGrid, PAIR_FLOATS, PAIR_SUMS, pairsOf } from '../../kernels/gram/gram.ts';
import type { Frame } from '../../kernels/lib/tiles.ts';
import { residualSums } from '../linear/precise/preciseProducts.ts';
import { tilesOnDevice, type TiledRows } from '../rows/tilesOnDevice.ts';

/** Of the rows of a fold, in the device's frame, where a constant 1 stands behind the features. */
export interface Sums {
  /** weight * z_i * z_j, `[cols + 1][cols + 1]`. */
  readonly products: Float64Array;
  /** weight * z_i * target, `[outputs][cols + 1]`. */
  readonly targets: readonly Float64Array[];
}

export interface SummedRows {
  /** Of every row, in row order; 1 each by default. */
  readonly weights?: Float32Array | undefined;
  /** `[outputs][rows]`, around zero. */
  readonly targets?: readonly Float64Array[] | undefined;
  readonly folds?: { readonly fold: Uint8Array; readonly count: number } | undefined;
}

/** Bytes of sums that are read back at once, unless blocks of EXACT_ROWS take more. */
const PARTIALS_BYTES = 5e6;
/** Most blocks of a range of rows, and fewest rows of one. */
const MOST_BLOCKS = 256;
const LEAST_ROWS = 256;
/** Narrower subgroups, such as the four lanes of SwiftShader, sum products of bytes faster as floats and each for itself. */
const LEAST_LANES = 8;

/**
 * Bytes without weights are summed exactly; all else in about float64.
 *
 * @param owner the estimator, for the error
 * @returns by fold, or one where there are no folds
 * @throws E_DATA for more columns than the device has room for the pairs of
 */
export async function sumsByFold(
  owner: string,
  compute: Compute,
  data: RowsOf,
  { weights, targets = [], folds }: SummedRows,
): Promise<{ readonly frame: Frame; readonly sums: readonly Sums[] }> {
  checkPairs(owner, compute, data);
  // Rows of a fold stand side by side on the device, so that each is a range and no row is visited twice.
  const order = folds && positionsBy(folds.fold, folds.count);
  const bounds = folds ? boundsOf(folds.fold, folds.count) : [0, data.rows.length];
  const inOrder = { ...data, rows: order ? order.map((at) => data.rows[at]!) : data.rows };
  const ofRow = (i: number): number => (order ? order[i]! : i);
  const weightOf = (i: number): number => (weights ? weights[ofRow(i)]! : 1);
  const held = await tilesOnDevice(compute, inOrder, { low: true });
  try {
    const exact = held.shape.dtype === 'u8' && weights === undefined;
    const products = await productsOf(compute, held, bounds, exact ? undefined : weightOf);
    const count = bounds.length - 1;
    const columns = Array.from({ length: count * targets.length }, (_, at) => {
      const [fold, target] = [Math.floor(at / targets.length), targets[at % targets.length]!];
      const own = new Float64Array(data.rows.length);
      for (let i = bounds[fold]!; i < bounds[fold + 1]!; i++) own[i] = weightOf(i) * target[ofRow(i)]!;
      return own;
    });
    const crossed = await residualSums(compute, held, columns);
    const sums = products.map((own, fold) => ({ products: own, targets: crossed.slice(fold * targets.length, (fold + 1) * targets.length) }));
    return { frame: held.frame, sums };
  } finally {
    held.release();
  }
}

/** @param weightOf undefined for bytes that count once each */
async function productsOf(
  compute: Compute,
  rows: TiledRows,
  bounds: readonly number[],
  weightOf: ((row: number) => number) | undefined,
): Promise<readonly Float64Array[]> {
  const { shape, frame } = rows;
  const { words, cols } = shape;
  const kernel: Kernel = weightOf ? gram[shape.dtype] : exactOn(compute);
  const ordered = 'order' in kernel.bindings;
  const order = ordered ? byFilling(frame.rms, words) : Uint32Array.from({ length: words }, (_, word) => word);
  const numbers = pairsOf(words) * (weightOf ? PAIR_FLOATS : PAIR_SUMS);
  const blockBytes = numbers * 4;
  const totals = bounds.slice(1).map(() => new Float64Array(numbers));
  const mostBlocks = Math.min(MOST_BLOCKS, Math.max(1, Math.floor(Math.min(PARTIALS_BYTES, compute.limits.maxBindingBytes) / blockBytes)));
  const shared: Readonly<Record<string, DeviceBuffer>> = {
    ...(ordered && { order: compute.upload('order of words', words * 4, (target) => new Uint32Array(target).set(order)) }),
    ...(weightOf && {
      weights: compute.upload('row weights', shape.quads * 16, (target) => {
        const out = new Float32Array(target, 0, shape.rows);
        for (let row = 0; row < out.length; row++) out[row] = weightOf(row);
      }),
    }),
  };
  try {
    await rows.each(async ({ x, xLow, quads, offset }) => {
      for (const [fold, own] of totals.entries()) {
        const first = Math.max(bounds[fold]! - offset * 4, 0);
        const end = Math.min(bounds[fold + 1]! - offset * 4, quads * 4);
        if (first >= end) continue;
        const block = Math.min(EXACT_ROWS, Math.max(LEAST_ROWS, Math.ceil((end - first) / mostBlocks / 4) * 4));
        const blocks = Math.ceil((end - first) / block);
        const partials = compute.create('products of features', blocks * blockBytes);
        try {
          await compute.launch(kernel, {
            params: { words, first, end, block, ...(weightOf ? { zero: 0, offset } : {}) },
            bindings: { x, ...shared, partials, ...(xLow ? { xLow } : {}) },
            sizes: { TILE_QUADS: shape.tileQuads },
            grid: [...gramGrid(kernel, words), blocks],
          });
          await compute.lend(partials, { sizeBytes: blocks * blockBytes }, (bytes) =>
            addBlocks(own, weightOf ? new Float32Array(bytes) : new Uint32Array(bytes)),
          );
        } finally {
          compute.release(partials);
        }
      }
    });
  } finally {
    compute.release(...Object.values(shared));
  }
  return totals.map((own) => inPlace(own, order, cols + 1, weightOf !== undefined));
}

/** Workgroups of one subgroup: the wider they are, the more of their pairs have the second word before the first. */
export function exactOn({ subgroupLanes }: Compute): Kernel {
  const { exact, exactSubgroups } = gram;
  return subgroupLanes >= LEAST_LANES ? { ...exactSubgroups, sizes: { ...exactSubgroups.sizes, WORKGROUP: subgroupLanes } } : exact;
}

/** Words of bytes, those that are zero in most rows first, by the rows that were looked at: the device leaves out what is zero. */
export function byFilling(rms: Float64Array, words: number): Uint32Array {
  // Behind the last feature stands the constant.
  const most = Float64Array.from({ length: words }, (_, word) => Math.max(...Array.from({ length: 4 }, (_, c) => rms[word * 4 + c] ?? Infinity)));
  return Uint32Array.from(most.keys()).sort((a, b) => most[a]! - most[b]!);
}

/** @param partials as long as the total, or several times as long */
function addBlocks(total: Float64Array, partials: Float32Array | Uint32Array): void {
  const { length } = total;
  for (let i = 0; i < length; i++) {
    let sum = total[i]!;
    for (let at = i; at < partials.length; at += length) sum += partials[at]!;
    total[i] = sum;
  }
}

/**
 * Sums of pairs of words as a matrix, `[size][size]`.
 *
 * @param order words as the pairs have them
 * @param twofold whether low parts stand behind each four sums
 */
function inPlace(pairs: Float64Array, order: Uint32Array, size: number, twofold: boolean): Float64Array {
  const sums = new Float64Array(size * size);
  const words = order.length;
  for (let a = 0, at = 0; a < words; a++) {
    for (let b = a; b < words; b++, at += twofold ? PAIR_FLOATS : PAIR_SUMS) placePair(sums, order[a]! * 4, order[b]! * 4, size, pairs, at, twofold);
  }
  mirror(sums, size);
  return sums;
}

/**
 * Sums of four columns from `left` with four from `right`, in rows of the first: those of one word stay in the cache, and the entry on
 * the other side of the diagonal is 0 until it is mirrored.
 */
function placePair(sums: Float64Array, left: number, right: number, size: number, pairs: Float64Array, from: number, twofold: boolean): void {
  for (let i = left; i < left + 4 && i < size; i++) {
    // Of a word with itself both entries are there.
    for (let j = left === right ? i : right; j < right + 4 && j < size; j++) {
      const at = from + (j - right) * (twofold ? 8 : 4) + i - left;
      sums[i * size + j] = twofold ? pairs[at]! + pairs[at + 4]! : pairs[at]!;
    }
  }
}

/** Entries side by side that are mirrored together: a line of the cache in either direction. */
const MIRRORED = 8;

/** Of two entries of which one is 0 both become the other. */
function mirror(values: Float64Array, size: number): void {
  for (let first = 0; first < size; first += MIRRORED) for (let from = 0; from <= first; from += MIRRORED) mirrorBlock(values, size, first, from);
}

function mirrorBlock(values: Float64Array, size: number, first: number, from: number): void {
  for (let i = first; i < first + MIRRORED && i < size; i++) {
    for (let j = from; j < from + MIRRORED && j < i; j++) values[i * size + j] = values[j * size + i] = values[i * size + j]! + values[j * size + i]!;
  }
}

/** Positions of rows, those of fold 0 first, each fold in row order. */
function positionsBy(fold: Uint8Array, count: number): Uint32Array {
  const next = boundsOf(fold, count);
  const out = new Uint32Array(fold.length);
  fold.forEach((own, at) => (out[next[own]!++] = at));
  return out;
}

/** Where folds begin, and behind them where the last one ends. */
function boundsOf(fold: Uint8Array, count: number): number[] {
  const bounds = Array.from({ length: count + 1 }, () => 0);
  for (const own of fold) bounds[own + 1]!++;
  for (let own = 0; own < count; own++) bounds[own + 1]! += bounds[own]!;
  return bounds;
}

function checkPairs(owner: string, compute: Compute, { name, x: { cols } }: RowsOf): void {
  const bytes = pairsOf(Math.ceil((cols + 1) / 4)) * PAIR_FLOATS * 4;
  const most = Math.min(compute.limits.maxBindingBytes, compute.limits.maxBufferBytes);
  if (bytes <= most) return;
  throw new PipelineError(
    'E_DATA',
    `${owner} sums the products of all pairs of columns; for the ${cols} columns of ${name} they take ${bytes} bytes, and the device binds at most ${most}.`,
    {
      hint: `Leave columns out: about ${Math.floor(Math.sqrt(most / 4) / 100) * 100} fit here. logisticRegression takes any number.`,
    },
  );
}
