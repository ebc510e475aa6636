// Rows as bytes: a bin for each value of a column, one more for its gaps. Trees see nothing else of the rows they grow on.
import { categoriesOf } from '../../../core/data/categories.ts';
import { columnCalled } from '../../../core/data/columns.ts';
import { takeBlocks } from '../../../core/data/features.ts';
import { notFinite } from '../../../core/data/notFinite.ts';
import { PipelineError } from '../../../core/errors/errors.ts';
import type { RowsOf } from '../../../dsl/estimator.ts';
import { codesIn, type Level } from './levels.ts';
import { amountsOf, binOf, rowsToCut, thresholdsOf, type Amounts } from './thresholds.ts';

/** Columns are gathered so many bytes at a time. */
const COLUMN_BYTES = 256e6;

/** How values of a column become bins, from 0; gaps are in the bin behind them. */
export interface Column {
  /** Bins of values. */
  readonly bins: number;
  /** Whether any row trained on has a gap. */
  readonly gaps: boolean;
  /** Of numbers: what separates the bins. */
  readonly thresholds: Float64Array;
  /** Of a categorical column: what each bin stands for. */
  readonly levels?: readonly Level[] | undefined;
}

export interface Binned {
  /** `[cols][rows]`: a split looks at one column of rows in their order. */
  readonly data: Uint8Array;
  readonly rows: number;
  readonly columns: readonly Column[];
}

export interface Cutting {
  /** For errors. */
  readonly name: string;
  readonly maxBins: number;
  readonly categorical: readonly boolean[];
  /** So many rows, the first ones, are trained on. Columns are cut by those alone. */
  readonly trained: number;
  /** Of the rows trained on; absent for 1 each. */
  readonly weights: ArrayLike<number> | undefined;
  readonly seed: number;
}

/**
 * Features as they are stored, whatever their scaling.
 *
 * @throws E_DATA for a feature that is neither a finite number nor absent, and for more categories than bins
 */
export async function binned(rows: RowsOf, cutting: Cutting): Promise<Binned> {
  const { x, rows: ids } = rows;
  const data = new Uint8Array(ids.length * x.cols);
  const columns: Column[] = [];
  if (x.dtype === 'u8') await binBytes(rows, cutting, data, columns);
  else await binNumbers(rows, cutting, data, columns);
  return { data, rows: ids.length, columns };
}

/** Bytes are counted, not sorted. */
async function binBytes(rows: RowsOf, cutting: Cutting, data: Uint8Array, columns: Column[]): Promise<void> {
  const { x, rows: ids } = rows;
  const { cols } = x;
  const { trained, weights, seed } = cutting;
  const drawn = rowsToCut(trained, weights, seed);
  const amounts = new Float64Array(ids.length);
  if (drawn) for (const row of drawn) amounts[row]!++;
  else for (let row = 0; row < trained; row++) amounts[row] = weights?.[row] ?? 1;
  const sums = new Float64Array(cols * 256);
  const seen = new Uint8Array(cols * 256);
  for await (const { data: bytes, rows: count, from } of takeBlocks(x, ids)) {
    for (let j = 0; j < cols; j++) {
      for (let row = from, at = j, to = j * ids.length + from; row < from + count; row++, at += cols, to++) {
        const value = bytes[at]!;
        data[to] = value;
        sums[j * 256 + value]! += amounts[row]!;
        seen[j * 256 + value] = 1;
      }
    }
  }
  const values = Float64Array.from({ length: 256 }, (_, value) => value);
  const bins = new Uint8Array(256);
  for (let j = 0; j < cols; j++) {
    const own = sums.subarray(j * 256, (j + 1) * 256);
    const there = cutting.categorical[j] ? seen.subarray(j * 256, (j + 1) * 256) : own;
    const distinct = values.filter((value) => there[value]! > 0);
    const column = columnOf(rows, cutting, j, { values: distinct, amounts: distinct.map((value) => own[value]!) }, distinct, false, drawn !== undefined);
    const bin = binner(categoriesOf(x)?.[j], column);
    for (let value = 0; value < 256; value++) bins[value] = bin(value);
    for (let at = j * ids.length; at < (j + 1) * ids.length; at++) data[at] = bins[data[at]!]!;
    columns.push(column);
  }
}

async function binNumbers(rows: RowsOf, cutting: Cutting, data: Uint8Array, columns: Column[]): Promise<void> {
  const { x, rows: ids, columns: names } = rows;
  const { trained, weights, seed } = cutting;
  const drawn = rowsToCut(trained, weights, seed);
  const together = Math.max(1, Math.floor(COLUMN_BYTES / (8 * Math.max(1, ids.length))));
  for (let first = 0; first < x.cols; first += together) {
    const end = Math.min(x.cols, first + together);
    const gathered = Array.from({ length: end - first }, () => new Float64Array(ids.length));
    for await (const { data: block, rows: count, from } of takeBlocks(x, ids)) {
      for (let row = 0; row < count; row++) {
        for (let j = first; j < end; j++) {
          const value = block[row * x.cols + j]!;
          if (Math.abs(value) === Infinity) throw notFinite(value, ids[from + row]!, j, names);
          gathered[j - first]![from + row] = value;
        }
      }
    }
    for (const [i, values] of gathered.entries()) {
      const j = first + i;
      const own = values.subarray(0, trained);
      const amounts = cutting.categorical[j]
        ? { values: new Float64Array(), amounts: new Float64Array() }
        : drawn
          ? amountsOf(Float64Array.from(drawn, (row) => own[row]!))
          : amountsOf(own, weights);
      const distinct = cutting.categorical[j] ? amountsOf(values).values : amounts.values;
      const column = columnOf(rows, cutting, j, amounts, distinct, own.some(Number.isNaN), drawn !== undefined);
      const bin = binner(categoriesOf(x)?.[j], column);
      for (let row = 0; row < values.length; row++) data[j * values.length + row] = bin(values[row]!);
      columns.push(column);
    }
  }
}

function columnOf(rows: RowsOf, cutting: Cutting, j: number, amounts: Amounts, distinct: Float64Array, gaps: boolean, drawn: boolean): Column {
  if (cutting.categorical[j]) return categoricalColumn(rows, cutting, j, distinct, gaps);
  const thresholds = thresholdsOf(amounts, cutting.maxBins, cutting.weights !== undefined && !drawn);
  return { bins: thresholds.length + 1, gaps, thresholds };
}

/** @param distinct values, ascending @throws E_DATA for more of them than bins */
export function categoricalColumn(
  rows: RowsOf,
  { name, maxBins }: Pick<Cutting, 'name' | 'maxBins'>,
  j: number,
  distinct: Float64Array,
  gaps: boolean,
): Column {
  const names = categoriesOf(rows.x)?.[j];
  const levels = names ? Array.from(distinct, (code) => names[code]!).sort() : [...distinct];
  if (levels.length <= maxBins) return { bins: Math.max(1, levels.length), gaps, thresholds: new Float64Array(), levels };
  throw new PipelineError(
    'E_DATA',
    `${name}: ${columnCalled(j, rows.columns)} of ${rows.name} has ${levels.length} categories; ${maxBins} at most have a bin each.`,
    {
      hint: maxBins < 255 && levels.length <= 255 ? `Raise maxBins to ${levels.length}.` : 'Join rare categories, or take the column as numbers.',
    },
  );
}

/** The bin of a value. */
export function binner(names: readonly string[] | null | undefined, { bins, thresholds, levels }: Column): (value: number) => number {
  if (!levels) return (value) => (value === value ? binOf(thresholds, value) : bins);
  const code = codesIn(levels, names);
  return (value) => {
    const at = code(value);
    return at < 0 ? bins : at;
  };
}
