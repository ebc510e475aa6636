// Products of features with each other, summed over rows on the device, for each fold apart: blocks of rows there, spans of them in
// float64 (core/shards/spans.ts). Where both end follows from all rows, so that rows which are part of them add up alike.
import type { Compute, DeviceBuffer, Kernel } from '../../core/compute.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { SpanTree, type Branch, type SpanRange } from '../../core/shards/spans.ts';
import { EXACT_ROWS, gram, gramGrid, PAIR_FLOATS, PAIR_SUMS, pairAt, pairsOf } from '../../kernels/gram/gram.ts';
import type { TileShape } from '../../kernels/lib/tiles.ts';
import { residualBranches } from '../linear/precise/preciseProducts.ts';
import { BLOCK_BYTES, tilesIn } from '../rows/held.ts';
import { SPAN_ROWS, spansOf, type PartOfRows } from '../rows/sharded/parts.ts';
import type { TiledRows } from '../rows/tilesOnDevice.ts';

/** Rows on the device, those of a fold side by side. */
export interface FoldedRows {
  readonly rows: TiledRows;
  /** Where these rows stand among all; absent for all. */
  readonly part?: PartOfRows | undefined;
  /** Where folds begin, and behind them where the last one ends. */
  readonly bounds: readonly number[];
  /** Of every row; 1 each by default. */
  readonly weights?: Float32Array | undefined;
}

/** Bytes of sums that are read back at once, unless two blocks take more. */
const PARTIALS_BYTES = 5e6;
/** Most blocks of a launch. */
const MOST_BLOCKS = 1024;
/** Rows of a block, in powers of two; of bytes that are summed exactly up to EXACT_ROWS. */
const [LEAST_ROWS, MOST_ROWS] = [256, 2048];
/** Narrower subgroups, such as the four lanes of SwiftShader, sum products of bytes faster as floats and each for itself. */
const LEAST_LANES = 8;

/** Whether products of rows are summed as whole numbers, which are the same in any order: bytes that count once each. */
function isExact({ dtype }: Pick<TileShape, 'dtype'>, weights: Float32Array | undefined): boolean {
  return dtype === 'u8' && weights === undefined;
}

/** Rows of one launch, in blocks. */
interface Launched {
  readonly from: number;
  readonly end: number;
  readonly block: number;
}

/** Blocks of bytes: as many as are read back at once, whatever spans they are of. */
function exactLaunch(from: number, end: number, most: number): Launched {
  return { from, end, block: Math.min(EXACT_ROWS, Math.max(LEAST_ROWS, Math.ceil((end - from) / most / 4) * 4)) };
}

/**
 * Blocks that end where spans do. What there is of a span that is not whole is cut into an even number of equal blocks: processors of few
 * cores share the blocks of a launch by halves.
 *
 * @param blockRows of whole spans
 */
function launches(from: number, end: number, blockRows: number, most: number): readonly Launched[] {
  const found: Launched[] = [];
  for (let at = from; at < end;) {
    const behindWhole = at % SPAN_ROWS === 0 ? end - (end % SPAN_ROWS) : at;
    const until = behindWhole > at ? behindWhole : Math.min(end, at - (at % SPAN_ROWS) + SPAN_ROWS);
    const block = behindWhole > at ? blockRows : Math.ceil((until - at) / (8 * Math.ceil((until - at) / (2 * blockRows)))) * 4;
    for (; at < until; at += most * block) found.push({ from: at, end: Math.min(until, at + most * block), block });
    at = until;
  }
  return found;
}

/** A power of two, from all rows: few rows of few columns are cut into many blocks. */
function blockRowsOf({ rows, quads, tileQuads, sizeBytes, words }: TileShape): number {
  const held = tilesIn(BLOCK_BYTES, (sizeBytes / quads) * tileQuads) * tileQuads * 4;
  const each = Math.min(rows, held) / Math.min(MOST_BLOCKS, PARTIALS_BYTES / (pairsOf(words) * PAIR_FLOATS * 4));
  return Math.min(MOST_ROWS, Math.max(LEAST_ROWS, 2 ** Math.round(Math.log2(each))));
}

/**
 * @param spans which of those that the rows have, among spans of all rows; all by default
 * @returns by fold, of pairs of words in their order, sixteen numbers each
 */
export async function productBranches(
  compute: Compute,
  { rows, part, bounds, weights }: FoldedRows,
  spans?: SpanRange,
): Promise<readonly (readonly Branch[])[]> {
  const { shape, frame } = rows;
  const { words } = shape;
  const exact = isExact(shape, weights);
  const kernel: Kernel = exact ? exactOn(compute) : gram[shape.dtype];
  const order = 'order' in kernel.bindings ? byFilling(frame.rms, words) : undefined;
  const { first, end } = spans ?? spansOf(shape.rows, SPAN_ROWS, part);
  const before = part?.from ?? 0;
  const asked = { from: first * SPAN_ROWS - before, end: Math.min(end * SPAN_ROWS - before, shape.rows) };
  const blockRows = blockRowsOf(part?.whole ?? shape);
  const blockBytes = pairsOf(words) * (exact ? PAIR_SUMS : PAIR_FLOATS) * 4;
  const most = Math.min(MOST_BLOCKS, Math.max(2, Math.floor(PARTIALS_BYTES / blockBytes)), Math.floor(compute.limits.maxBindingBytes / blockBytes));
  const trees = bounds.slice(1).map(() => new SpanTree(pairsOf(words) * PAIR_SUMS));
  const shared: Readonly<Record<string, DeviceBuffer>> = {
    ...(order && { order: compute.upload('order of words', words * 4, (target) => new Uint32Array(target).set(order)) }),
    ...(!exact && {
      weights: compute.upload('row weights', shape.quads * 16, (target) => {
        const out = new Float32Array(target, 0, shape.rows);
        if (weights) out.set(weights);
        else out.fill(1);
      }),
    }),
  };
  try {
    await rows.each(
      async ({ x, xLow, quads, offset }) => {
        const here = offset * 4;
        for (const [fold, tree] of trees.entries()) {
          const [from, until] = [Math.max(bounds[fold]!, asked.from, here), Math.min(bounds[fold + 1]!, asked.end, here + quads * 4)];
          if (from >= until) continue;
          for (const { from: at, end: last, block } of exact ? [exactLaunch(from, until, most)] : launches(from, until, blockRows, most)) {
            const blocks = Math.ceil((last - at) / block);
            const partials = compute.create('products of features', blocks * blockBytes);
            try {
              await compute.launch(kernel, {
                params: { words, first: at - here, end: last - here, block, ...(exact ? {} : { zero: 0, offset }) },
                bindings: { x, ...shared, partials, ...(xLow ? { xLow } : {}) },
                sizes: { TILE_QUADS: shape.tileQuads },
                grid: [...gramGrid(kernel, words), blocks],
              });
              await compute.lend(partials, { sizeBytes: blocks * blockBytes }, (bytes) => {
                for (let i = 0; i < blocks; i++) {
                  if (exact) addWhole(tree.sumsOf(first), new Uint32Array(bytes, i * blockBytes, blockBytes / 4));
                  else addTwofold(tree.sumsOf(Math.floor((before + at + i * block) / SPAN_ROWS)), new Float32Array(bytes, i * blockBytes, blockBytes / 4));
                }
              });
            } finally {
              compute.release(partials);
            }
          }
        }
      },
      ({ quads, offset }) => offset * 4 < asked.end && (offset + quads) * 4 > asked.from,
    );
  } finally {
    compute.release(...Object.values(shared));
  }
  return trees.map((tree) => tree.branches().map((branch) => (order ? { ...branch, sums: inWordOrder(branch.sums, order) } : branch)));
}

/**
 * Sums of features times targets, `[folds][targets][cols + 1]`.
 *
 * @param targets of every row, `[targets][rows]`
 * @param units powers of two near the largest of each, among all rows
 */
export async function targetBranches(
  compute: Compute,
  { rows, part, bounds }: FoldedRows,
  targets: readonly Float64Array[],
  units: readonly number[],
): Promise<readonly Branch[]> {
  const folds = [...bounds.keys()].slice(1);
  const columns = folds.flatMap((fold) =>
    targets.map((target) => {
      const own = new Float64Array(target.length);
      const from = bounds[fold - 1]!;
      own.set(target.subarray(from, bounds[fold]), from);
      return own;
    }),
  );
  return residualBranches(compute, rows, columns, { units: folds.flatMap(() => units), part });
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

function addWhole(sums: Float64Array, partials: Uint32Array): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += partials[i]!;
}

/** @param partials four sums, and behind them what they have beyond f32 */
function addTwofold(sums: Float64Array, partials: Float32Array): void {
  for (let i = 0; i < sums.length; i++) {
    const at = ((i >> 2) << 3) + (i & 3);
    sums[i]! += partials[at]! + partials[at + 4]!;
  }
}

/** Sums of pairs of words as they stand in `order`, as those of pairs in the order of the words. */
function inWordOrder(sums: Float64Array, order: Uint32Array): Float64Array {
  const out = new Float64Array(sums.length);
  const words = order.length;
  for (let a = 0, at = 0; a < words; a++) {
    for (let b = a; b < words; b++, at += PAIR_SUMS) {
      const [left, right] = [order[a]!, order[b]!];
      if (left <= right) copyPair(out, pairAt(words, left, right) * PAIR_SUMS, sums, at, 1, 4);
      else copyPair(out, pairAt(words, right, left) * PAIR_SUMS, sums, at, 4, 1);
    }
  }
  return out;
}

/** A function of its own, so that it is compiled after a few pairs. */
function copyPair(out: Float64Array, to: number, sums: Float64Array, from: number, row: number, column: number): void {
  for (let c = 0; c < 4; c++) for (let i = 0; i < 4; i++) out[to + c * column + i * row] = sums[from + c * 4 + i]!;
}

/**
 * Sums of pairs of words as a matrix, `[size][size]`.
 *
 * @param pairs in the order of the words
 */
export function inPlace(pairs: Float64Array, size: number): Float64Array {
  const sums = new Float64Array(size * size);
  const words = Math.ceil(size / 4);
  for (let a = 0, at = 0; a < words; a++) for (let b = a; b < words; b++, at += PAIR_SUMS) placePair(sums, a * 4, b * 4, size, pairs, at);
  mirror(sums, size);
  return sums;
}

/**
 * Sums of four columns from `left` with four from `right`, in rows of the first: those of one word stay in the cache, and the entry on
 * the other side of the diagonal is 0 until it is mirrored.
 */
function placePair(sums: Float64Array, left: number, right: number, size: number, pairs: Float64Array, from: number): void {
  for (let i = left; i < left + 4 && i < size; i++) {
    // Of a word with itself both entries are there.
    for (let j = left === right ? i : right; j < right + 4 && j < size; j++) sums[i * size + j] = pairs[from + (j - right) * 4 + i - left]!;
  }
}

/** Entries side by side that are mirrored together: a line of the cache in either direction. */
const MIRRORED = 8;

function mirror(values: Float64Array, size: number): void {
  for (let first = 0; first < size; first += MIRRORED) for (let from = 0; from <= first; from += MIRRORED) mirrorBlock(values, size, first, from);
}

function mirrorBlock(values: Float64Array, size: number, first: number, from: number): void {
  for (let i = first; i < first + MIRRORED && i < size; i++) {
    for (let j = from; j < from + MIRRORED && j < i; j++) values[i * size + j] = values[j * size + i]!;
  }
}

/** @throws E_DATA for more columns than the device has room for the pairs of */
export function checkPairs(owner: string, { limits }: Compute, name: string, cols: number): void {
  const bytes = pairsOf(Math.ceil((cols + 1) / 4)) * PAIR_FLOATS * 4;
  const most = Math.min(limits.maxBindingBytes, limits.maxBufferBytes);
  if (bytes <= most) return;
  throw new PipelineError(
    'E_DATA',
    `${owner} sums the products of all pairs of columns; for the ${cols} columns of ${name} they take ${bytes} bytes, and the device binds at most ${most}.`,
    {
      hint: `Leave columns out: about ${Math.floor(Math.sqrt(most / 4) / 100) * 100} fit here. logisticRegression takes any number.`,
    },
  );
}
