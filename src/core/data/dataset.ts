// A dataset is a matrix, labels, and which rows of them are meant: a split or a shuffle makes a new list of row ids and
// never copies a row. The role is part of the type, so that a model cannot be fitted on test rows by mistake.
import { PipelineError } from '../errors/errors.ts';
import { takeRows, type Features } from './features.ts';
import type { Dtype, FeatureArray } from './matrix.ts';

/** `all`: as fetched. `train`: may be fitted on. `test`: may only be scored on. */
export type Role = 'all' | 'train' | 'test';

/** Features are meant as `(x - shift) * factor`, `[cols]` each; x itself stays as fetched. */
export interface Scaling {
  readonly shift: Float64Array;
  readonly factor: Float64Array;
  /** Set when the figures were learned from rows, and so belong to those. */
  readonly fromRows?: true | undefined;
}

/** @typeParam X in memory (`Matrix`), without its zeros (`CsrMatrix`), or stored */
export interface Dataset<R extends Role = Role, X extends Features = Features> {
  readonly name: string;
  readonly role: R;
  /** Every row as fetched, `[rows, cols]`. */
  readonly x: X;
  /** One label for each row of `x` (not of `rows`): whole numbers from 0 to 255. */
  readonly labels: Uint8Array;
  /** Ids into `x` and `labels`, in this dataset's order. */
  readonly rows: Uint32Array;
  /** One weight for each row of `x`; 1 each where there are none. */
  readonly weights?: Float32Array | undefined;
  readonly scaling?: Scaling | undefined;
  /** What label values are called, where they have names. */
  readonly classNames?: readonly string[] | undefined;
  /** Set when labels were turned into 1 = this label of the data as fetched, 0 = any other. */
  readonly positive?: number | undefined;
  /** Width and height of a row that is a picture. */
  readonly picture?: { readonly width: number; readonly height: number } | undefined;
}

/** What a source knows of its rows before they are loaded. */
export interface RowsFact {
  /** Of `x`; of a source whose `rows` leave some out, or repeat them, it is not known. */
  readonly rows?: number | undefined;
  readonly cols?: number | undefined;
  readonly dtype?: Dtype | undefined;
  /** Labels that rows may have, ascending. */
  readonly classes?: readonly number[] | undefined;
  readonly picture?: { readonly width: number; readonly height: number } | undefined;
}

/** Labels in this dataset's row order, `[rows]`. */
export function labelsOf(data: Dataset): Uint8Array {
  const { rows, labels } = data;
  const out = new Uint8Array(rows.length);
  for (let i = 0; i < out.length; i++) out[i] = labels[rows[i]!]!; // a tenth of the time of Uint8Array.from
  return out;
}

/** Labels that stand in any of the lists, ascending. */
export function distinctLabels(...lists: readonly ArrayLike<number>[]): number[] {
  const there = new Uint8Array(256);
  for (const labels of lists) for (let i = 0; i < labels.length; i++) there[labels[i]!] = 1;
  return [...there.keys()].filter((label) => there[label] === 1);
}

/** Counts by label value, `[max label + 1]`. */
export function countLabels(data: Dataset): Uint32Array {
  const counts = new Uint32Array(256);
  for (const id of data.rows) counts[data.labels[id]!]!++;
  let length = 256;
  while (length > 0 && counts[length - 1] === 0) length--;
  return counts.slice(0, length);
}

/** @param rows rows as fetched @throws E_SHAPE for a row that is none of them */
export function checkRow(name: string, rows: number, row: number): void {
  if (Number.isInteger(row) && row >= 0 && row < rows) return;
  if (rows === 0) throw new PipelineError('E_SHAPE', `Row ${row} does not exist: ${name} has no rows.`, { hint: `Look at what the source of ${name} reads.` });
  throw new PipelineError('E_SHAPE', `Row ${row} does not exist: ${name} has rows 0 to ${rows - 1}.`, { hint: `Ask for a row from 0 to ${rows - 1}.` });
}

/** @throws E_SHAPE for columns other than those a model was fitted on */
export function checkCols(name: string, cols: number, fitted: number): void {
  if (cols === fitted) return;
  throw new PipelineError('E_SHAPE', `${name} has ${cols} columns, the model was fitted on ${fitted}.`, { hint: 'Fit and predict on the same columns.' });
}

/** The pixels or features of one fetched row. `row` is an id into `x`, as a user reads it off the data. */
export async function fetchedRow(data: Dataset, row: number): Promise<FeatureArray> {
  checkRow(data.name, data.x.rows, row);
  return (await takeRows(data.x, Uint32Array.of(row))).data;
}
