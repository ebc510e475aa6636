// Features as bytes on the device: what splits are looked for in. Bytes are their own bins; of other features each distinct value
// is one, and beyond 256 of them, neighbouring values share one.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { columnCalled } from '../../core/data/columns.ts';
import { takeBlocks, type Block } from '../../core/data/features.ts';
import { notFinite, tooFar } from '../../core/data/notFinite.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { BINS } from '../../kernels/classSplits/classSplits.ts';

/** Columns are sorted so many bytes at a time. */
const COLUMN_BYTES = 256e6;
const TILE_ROWS = 64;
/** The device packs a row's position beside its class. */
const MOST_ROWS = 2 ** 24;

/** Of a column's values, as many as trees are to tell apart. */
const FEW_HELD = 0.75;

/** The greatest position. */
const WHOLE = 2 ** 32 - 1;

/** Smallest and largest value of each bin of a column. */
interface Edges {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

export interface Binned {
  /** `[col][word]`, four rows a word. */
  readonly buffer: DeviceBuffer;
  /** Words of a column. */
  readonly words: number;
  /** Between two bins of a column: rows up to it are in the lower one or below. */
  threshold(column: number, lower: number, upper: number): number;
  /** Where the values of bins stand between the least and the greatest of their column, `[cols][256]`. */
  positions(): Uint32Array;
  /** The value at such a place, between a bin and the next: rows up to it are in that bin or below. */
  thresholdAt(column: number, place: number, lower: number): number;
}

/**
 * Rows in their order. Bins, and so thresholds, are of features as they are stored, whatever their scaling, in 32 bits.
 *
 * @param name of the estimator, for errors
 * @param counts whether a row weighs anything; what does not makes no bins
 * @throws E_DATA for features that are not finite, and for more rows than the device takes at once
 */
export async function binned(
  compute: Compute,
  name: string,
  { x, rows: ids, name: dataset, columns }: RowsOf,
  counts: (row: number) => boolean,
  { emit, stage }: Pick<StageContext, 'emit' | 'stage'>,
): Promise<Binned> {
  const words = Math.ceil(ids.length / 4);
  const sizeBytes = x.cols * words * 4;
  const most = Math.min(MOST_ROWS, Math.floor(compute.limits.maxBindingBytes / (x.cols * 4)) * 4);
  if (ids.length > most) {
    throw new PipelineError('E_DATA', `${name}: ${dataset} has ${ids.length} rows of ${x.cols} features; this device takes ${most} at once.`, {
      hint: 'Train on fewer rows or features, or on another adapter.',
    });
  }
  if (x.dtype === 'u8') {
    const buffer = await compute.uploadFrom(`${dataset} bins`, sizeBytes, async (target) => {
      const out = new Uint32Array(target);
      for await (const block of takeBlocks(x, ids, 4)) packColumns(block, out, words);
    });
    return {
      buffer,
      words,
      threshold: (_, lower, upper) => (lower + upper) / 2,
      positions: () => Uint32Array.from({ length: x.cols * BINS }, (_, at) => (at % BINS) * 2 ** 24),
      thresholdAt: (_, place) => place / 2 ** 24,
    };
  }
  const edges: Edges[] = [];
  const buffer = await compute.uploadFrom(`${dataset} bins`, sizeBytes, async (target) => {
    const out = new Uint8Array(target);
    const at = Math.max(1, Math.floor(COLUMN_BYTES / (8 * ids.length)));
    for (let first = 0; first < x.cols; first += at) {
      for (const [i, values] of (await columnsOf({ x, rows: ids, name: dataset, columns }, first, Math.min(x.cols, first + at))).entries()) {
        const sorted = values.filter((_, row) => counts(row)).sort();
        const held = distinct(sorted.map(Math.fround));
        const there = distinct(sorted).length;
        // A few close pairs are in any column of measures; one of which many values fall together is another one.
        if (held.length < FEW_HELD * there) {
          const message = `${name}: trees hold features as 32-bit floats, which tell only ${held.length} of the ${there} values of ${columnCalled(first + i, columns)} of ${dataset} apart.`;
          emit({ type: 'warning', stage, code: 'W_PRECISION', message, hint: 'Take its smallest value from it first, or count in larger units.' });
        }
        const own = edgesOf(held);
        edges[first + i] = own;
        for (let row = 0; row < values.length; row++) out[(first + i) * words * 4 + row] = lastUpTo(own.low, Math.fround(values[row]!));
      }
    }
  });
  return {
    buffer,
    words,
    threshold: (column, lower, upper) => edges[column]!.high[lower]! / 2 + edges[column]!.low[upper]! / 2,
    positions: () => positionsOf(edges),
    thresholdAt(column, place, lower) {
      const { low, high } = edges[column]!;
      const value = Math.max(high[lower]!, low[0]! + (place / WHOLE) * (low.at(-1)! - low[0]!));
      return value < low[lower + 1]! ? value : high[lower]!;
    },
  };
}

/** Four rows of a column are a word; some rows after the other, which stay in the caches from one column to the next. */
function packColumns({ data, rows, cols, from }: Block, out: Uint32Array, words: number): void {
  const whole = rows - (rows % 4);
  for (let first = 0; first < whole; first += TILE_ROWS) {
    const last = Math.min(whole, first + TILE_ROWS) * cols;
    for (let j = 0; j < cols; j++) {
      let to = j * words + (from + first) / 4;
      for (let at = first * cols + j; at < last; at += 4 * cols) {
        out[to++] = data[at]! | (data[at + cols]! << 8) | (data[at + 2 * cols]! << 16) | (data[at + 3 * cols]! << 24);
      }
    }
  }
  for (let r = whole; r < rows; r++) for (let j = 0; j < cols; j++) out[j * words + (from + whole) / 4]! |= data[r * cols + j]! << (8 * (r % 4));
}

/** Trees hold features in 32 bits, as scikit-learn's: a row halfway between two others goes to the same side. @throws E_DATA for one that is not finite there */
export function checkF32(value: number, row: number, column: number, columns: RowsOf['columns']): void {
  if (Number.isFinite(Math.fround(value))) return;
  throw Number.isFinite(value) ? tooFar(value, row, column, columns) : notFinite(value, row, column, columns);
}

async function columnsOf({ x, rows: ids, columns: names }: RowsOf, first: number, end: number): Promise<readonly Float64Array[]> {
  const columns = Array.from({ length: end - first }, () => new Float64Array(ids.length));
  for await (const { data, rows, cols, from } of takeBlocks(x, ids)) {
    for (let r = 0; r < rows; r++) {
      for (let j = first; j < end; j++) {
        const value = data[r * cols + j]!;
        checkF32(value, ids[from + r]!, j, names);
        columns[j - first]![from + r] = value;
      }
    }
  }
  return columns;
}

function distinct(sorted: Float64Array): Float64Array {
  return sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
}

/** Of distinct values. */
function edgesOf(values: Float64Array): Edges {
  if (values.length <= BINS) return { low: values, high: values };
  const begins = Uint32Array.from({ length: BINS + 1 }, (_, bin) => Math.floor((bin * values.length) / BINS));
  return {
    low: Float64Array.from({ length: BINS }, (_, bin) => values[begins[bin]!]!),
    high: Float64Array.from({ length: BINS }, (_, bin) => values[begins[bin + 1]! - 1]!),
  };
}

function positionsOf(edges: readonly Edges[]): Uint32Array {
  const positions = new Uint32Array(edges.length * BINS).fill(WHOLE);
  for (const [column, { low }] of edges.entries()) {
    const [least, range] = [low[0]!, low.at(-1)! - low[0]!];
    for (const [bin, value] of low.entries()) positions[column * BINS + bin] = range > 0 ? Math.floor(((value - least) / range) * WHOLE) : 0;
  }
  return positions;
}

/** Position of the last that is not above `value`, or 0. */
function lastUpTo(ascending: Float64Array, value: number): number {
  let [low, high] = [0, ascending.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! <= value) low = middle;
    else high = middle;
  }
  return low;
}
