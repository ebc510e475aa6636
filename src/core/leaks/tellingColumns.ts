// Features that tell the target: it was left among them, under another name, in other numbers or in another unit.
import { columnsEqual } from '../data/csr.ts';
import type { Classes, Indicators, Rows, Values } from '../data/dataset.ts';
import type { Matrix } from '../data/matrix.ts';

/** Where there are fewer rows, or fewer rows a class, a column may tell the target by chance. */
const LEAST_ROWS = 12;
const LEAST_A_CLASS = 3;

export interface TellingColumn {
  readonly column: number;
  /** In a sentence: `equals the label`. */
  readonly how: string;
}

/** Columns that a model can read the target off, in every row that there is. Of rows in memory. */
export function tellingColumns(data: Rows & Partial<Classes & Values & Indicators>): readonly TellingColumn[] {
  const { x, rows, labels, values, indicators } = data;
  if ('readRows' in x) return [];
  if ('indptr' in x) {
    if (!labels || rows.every((row) => labels[row] === labels[rows[0]!])) return [];
    return columnsEqual(x, rows, labels).map((column) => ({ column, how: 'equals the label' }));
  }
  const columns = Array.from({ length: x.cols }, (_, column) => column);
  if (labels) {
    return columns.flatMap((column) => {
      const how = ofClasses(x, column, rows, labels);
      return how === undefined ? [] : [{ column, how }];
    });
  }
  const target = values ?? indicators;
  if (!target || rows.length < LEAST_ROWS) return [];
  const outputs = Array.from({ length: target.cols }, (_, output) => output);
  return columns.flatMap((column) => {
    const output = outputs.find((one) => isRescaled(x, column, rows, target, one));
    if (output === undefined) return [];
    const what = values ? (target.cols === 1 ? 'the value' : `output ${output}`) : `label ${output}`;
    return [{ column, how: `is ${what} that is to be learned, or that in another unit` }];
  });
}

/** One value for each class, and another for each other class. */
function ofClasses({ data, cols }: Matrix, column: number, rows: Uint32Array, labels: ArrayLike<number>): string | undefined {
  const valueOf = new Map<number, number>();
  const taken = new Set<number>();
  let equal = true;
  for (const row of rows) {
    const label = labels[row]!;
    const value = data[row * cols + column]!;
    const had = valueOf.get(label);
    // Nearly every column ends here, after a few rows.
    if (had === undefined ? taken.has(value) : had !== value) return undefined;
    if (had === undefined) {
      valueOf.set(label, value);
      taken.add(value);
    }
    equal &&= label === value;
  }
  if (valueOf.size < 2) return undefined;
  if (equal) return 'equals the label';
  return rows.length >= Math.max(LEAST_ROWS, LEAST_A_CLASS * valueOf.size) ? 'has a value of its own for each label' : undefined;
}

/** `a * target + b` in every row, as exactly as features are held. */
function isRescaled({ data, cols, dtype }: Matrix, column: number, rows: Uint32Array, target: Matrix, output: number): boolean {
  const wanted = (row: number): number => target.data[row * target.cols + output]!;
  const value = (row: number): number => data[row * cols + column]!;
  const first = rows[0]!;
  const other = rows.find((row) => wanted(row) !== wanted(first));
  if (other === undefined) return false;
  const factor = (value(other) - value(first)) / (wanted(other) - wanted(first));
  const told = (row: number): number => factor * (wanted(row) - wanted(first));
  const near = dtype === 'f32' ? 2 ** -21 : 2 ** -46;
  let span = 0;
  let most = 0;
  for (const row of rows) {
    span = Math.max(span, Math.abs(told(row)));
    most = Math.max(most, Math.abs(value(row)));
    // Most columns differ in one of the first rows.
    if (!(Math.abs(value(row) - value(first) - told(row)) <= near * Math.max(most, span))) return false;
  }
  // Numbers that hardly vary are near any others.
  return span > 1e4 * near * most;
}
