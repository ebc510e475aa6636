// Tables as people have them: columns of any scale and level, constant ones among them. Each cell of the sweep is trained on the
// device and, by the same solver over plain float64 loops, on the host.
import { matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import type { Dataset, Scaling } from '../../src/core/data/dataset.ts';
import { lbfgsb } from '../../src/estimators/solver/lbfgsb.ts';
import { minimise, type Objective } from './minimise.ts';
import { smallSet } from './smallSets.ts';

export const SETS = ['blobs', 'digits'] as const;
export type TableName = (typeof SETS)[number];

export interface Cell {
  readonly set: TableName;
  readonly classes: number;
  /** Spread of the first column. */
  readonly scale: number;
  /** Its mean over its spread. */
  readonly ratio: number;
  /** A column more with this value in every row; absent for none. */
  readonly constant?: number | undefined;
  readonly standardised: boolean;
}

const ROWS_PER_CLASS = 40;
const COLS = 5;

/** Standardised features and class codes, `[rows][COLS]` in float64. */
function base(set: TableName, classes: number): { readonly x: Float64Array; readonly labels: Uint8Array } {
  const rows = classes * ROWS_PER_CLASS;
  const x = new Float64Array(rows * COLS);
  const labels = new Uint8Array(rows);
  if (set === 'blobs') {
    const random = new RandomState(classes);
    const uniform = (): number => random.uint32() / 2 ** 32;
    const centers = Array.from({ length: classes * COLS }, () => 2.5 * uniform());
    for (let row = 0; row < rows; row++) {
      labels[row] = row % classes;
      for (let j = 0; j < COLS; j++) x[row * COLS + j] = centers[labels[row]! * COLS + j]! + uniform() + uniform() + uniform() - 1.5;
    }
  } else {
    const digits = smallSet('digits');
    const columns = [20, 28, 36, 42, 53];
    const taken = new Array<number>(classes).fill(0);
    let row = 0;
    for (let id = 0; row < rows; id++) {
      const label = digits.labels[id]!;
      if (label >= classes || taken[label]! >= ROWS_PER_CLASS) continue;
      taken[label]!++;
      labels[row] = label;
      columns.forEach((column, j) => (x[row * COLS + j] = digits.x.data[id * digits.x.cols + column]!));
      row++;
    }
  }
  for (let j = 0; j < COLS; j++) {
    const column = Float64Array.from({ length: rows }, (_, i) => x[i * COLS + j]!);
    const mean = column.reduce((a, b) => a + b, 0) / rows;
    const deviation = Math.sqrt(column.reduce((a, b) => a + (b - mean) ** 2, 0) / rows);
    for (let i = 0; i < rows; i++) x[i * COLS + j] = (column[i]! - mean) / deviation;
  }
  return { x, labels };
}

/** The table of a cell, its features as Float64Array. */
export function tableOf({ set, classes, scale, ratio, constant }: Cell): Dataset<'train'> {
  const { x, labels } = base(set, classes);
  const rows = labels.length;
  const cols = COLS + (constant === undefined ? 0 : 1);
  const data = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < COLS; j++) data[i * cols + j] = j === 0 ? scale * (x[i * COLS]! + ratio) : x[i * COLS + j]!;
    if (constant !== undefined) data[i * cols + COLS] = constant;
  }
  return { name: set, role: 'train', x: matrix(rows, cols, data), labels, rows: Uint32Array.from({ length: rows }, (_, i) => i) };
}

/** The same table, its rows stored in another order. */
export function reordered(table: Dataset<'train'>, order: Uint32Array): Dataset<'train'> {
  if (!('data' in table.x)) throw new Error('rows in memory are needed');
  const { rows, cols, data } = table.x;
  const moved = new Float64Array(data.length);
  order.forEach((row, i) => moved.set(data.subarray(row * cols, (row + 1) * cols), i * cols));
  return { ...table, x: matrix(rows, cols, moved), labels: Uint8Array.from(order, (row) => table.labels[row]!) };
}

export interface Reference {
  readonly coef: readonly Float64Array[];
  readonly status: string;
  readonly iterations: number;
  readonly largestGradient: number;
  /** `[rows][columns]`: one column for two classes. */
  readonly decisions: Float64Array;
}

export interface ReferenceSettings {
  readonly tol: number;
  readonly maxIter: number;
  /** Add up around the first row, which rounds less; the problem stays the same. */
  readonly centered?: boolean;
}

/** scikit-learn's problem in float64 on the host, features scaled before anything is added up. */
export function referenceFit({ x, labels }: Dataset<'train'>, scaling: Scaling | undefined, { tol, maxIter, centered = false }: ReferenceSettings): Reference {
  if (!('data' in x)) throw new Error('the reference needs rows in memory');
  const { rows, cols } = x;
  const features = Float64Array.from(x.data, (value, i) => (scaling ? (value - scaling.shift[i % cols]!) * scaling.factor[i % cols]! : value));
  const center = features.slice(0, cols).map((value) => (centered ? value : 0));
  features.forEach((value, i) => (features[i] = value - center[i % cols]!));
  const classes = Math.max(...labels) + 1;
  const columns = classes === 2 ? 1 : classes;
  const width = cols + 1;
  const decide = (w: Float64Array): Float64Array => {
    const out = new Float64Array(rows * columns);
    const levels = Array.from({ length: columns }, (_, c) => center.reduce((sum, value, j) => sum + value * w[c * width + j]!, w[c * width + cols]!));
    for (let i = 0; i < rows; i++) {
      for (let c = 0; c < columns; c++) {
        let sum = levels[c]!;
        for (let j = 0; j < cols; j++) sum += features[i * cols + j]! * w[c * width + j]!;
        out[i * columns + c] = sum;
      }
    }
    return out;
  };
  const objective: Objective = (w) => {
    const scores = decide(w);
    const gradient = new Float64Array(w.length);
    let value = 0;
    for (let i = 0; i < rows; i++) {
      const own = labels[i]!;
      const score = scores.subarray(i * columns, (i + 1) * columns);
      const all = columns === 1 ? [0, score[0]!] : [...score];
      const largest = Math.max(...all);
      const total = largest + Math.log(all.reduce((sum, s) => sum + Math.exp(s - largest), 0));
      value += total - all[own]!;
      for (let c = 0; c < columns; c++) {
        const code = columns === 1 ? 1 : c;
        const residual = Math.exp(all[code]! - total) - (code === own ? 1 : 0);
        for (let j = 0; j < cols; j++) gradient[c * width + j]! += residual * features[i * cols + j]!;
        gradient[c * width + cols]! += residual;
      }
    }
    value /= rows;
    for (let c = 0; c < columns; c++) {
      for (let j = 0; j < cols; j++) {
        value += w[c * width + j]! ** 2 / (2 * rows);
        gradient[c * width + j] = (gradient[c * width + j]! + center[j]! * gradient[c * width + cols]!) / rows + w[c * width + j]! / rows;
      }
      gradient[c * width + cols]! /= rows;
    }
    return { value, gradient };
  };
  const { result } = minimise(objective, columns * width, lbfgsb(new Float64Array(columns * width), { gradientTolerance: tol, maxIter }));
  return {
    coef: Array.from({ length: columns }, (_, c) => result.x.slice(c * width, c * width + cols)),
    status: result.status,
    iterations: result.iterations,
    largestGradient: result.largestGradient,
    decisions: decide(result.x),
  };
}
