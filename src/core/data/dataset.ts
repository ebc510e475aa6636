// A dataset is a matrix, what is to be learned of each of its rows, and which rows are meant: a split or a shuffle makes a new
// list of row ids and never copies a row. The role is part of the type, so that a model cannot be fitted on test rows by mistake;
// so is the target, so that a regressor cannot be fitted on classes.
import { PipelineError } from '../errors/errors.ts';
import { labelArray, largestOf, type Labels } from './labels.ts';
import { takeRows, type Features } from './features.ts';
import type { Dtype, FeatureArray, Matrix } from './matrix.ts';

/**
 * `all`: as fetched. `train`: may be fitted on. `validation`: may only be scored on, to choose between models. `test`: may only be
 * scored on, to tell how good the one chosen is.
 */
export type Role = 'all' | 'train' | 'validation' | 'test';

/** Roles of rows that no model was fitted on. */
export type ScoredRole = Exclude<Role, 'all' | 'train'>;

/** Features are meant as `(x - shift) * factor`, `[cols]` each; x itself stays as fetched. */
export interface Scaling {
  readonly shift: Float64Array;
  readonly factor: Float64Array;
  /** Set when the figures were learned from rows, and so belong to those. */
  readonly fromRows?: true | undefined;
}

/** Of rows that are pictures, line by line from the top. */
export interface PictureShape {
  readonly width: number;
  readonly height: number;
  /**
   * What the numbers mean: light, of grey or of red, green and blue in turn; without it ink, 0 for paper, as the pictures of MNIST are.
   */
  readonly colors?: 'grey' | 'rgb' | undefined;
  /** The number of full ink, or of full light, where that is not 255. */
  readonly full?: number | undefined;
}

/** What rows have beside their features. */
export interface Rows<R extends Role = Role, X extends Features = Features> {
  readonly name: string;
  readonly role: R;
  /** Every row as fetched, `[rows, cols]`. */
  readonly x: X;
  /** Ids into `x` and the target, in this dataset's order. */
  readonly rows: Uint32Array;
  /** What the columns of `x` are called, `[cols]`. */
  readonly columns?: readonly string[] | undefined;
  /** One weight for each row of `x`; 1 each where there are none. */
  readonly weights?: Float32Array | undefined;
  /** A group for each row of `x`, such as the patient that a row is of: rows of one group tell of each other. */
  readonly groups?: Uint32Array | undefined;
  /** What groups are called, `groupNames[group]`, where they have names. */
  readonly groupNames?: readonly (string | number)[] | undefined;
  readonly scaling?: Scaling | undefined;
  readonly picture?: PictureShape | undefined;
  /** Texts that stood for no value where the rows were read, if not the empty one alone: a model is asked of such cells, too. */
  readonly missing?: readonly string[] | undefined;
}

/** What a class is called. */
export type ClassName = string | number | boolean;

/** One class a row. */
export interface Classes {
  /** One label for each row of `x` (not of `rows`): whole numbers from 0 to 16 777 215. */
  readonly labels: Labels;
  /** What label values are called, where they have names. */
  readonly classNames?: readonly ClassName[] | undefined;
  /** Set when labels were turned into 1 = this label of the data as fetched, 0 = any other. */
  readonly positive?: number | undefined;
}

/** One number a row, or several. */
export interface Values {
  /** For each row of `x` (not of `rows`), `[rows, outputs]`. */
  readonly values: Matrix<'f64'>;
}

/** Any number of labels a row. */
export interface Indicators {
  /** 1 where a row of `x` has a label and 0 where it has not, `[rows, labels]`. */
  readonly indicators: Matrix<'u8'>;
  /** What the labels are called, where they have names. */
  readonly labelNames?: readonly string[] | undefined;
}

/** Targets by the kind of them; `none` says nothing of them, so any dataset is one of kind `none`. */
export interface Targets {
  readonly classes: Classes;
  readonly values: Values;
  readonly indicators: Indicators;
  readonly none: {};
}
export type TargetKind = keyof Targets;

/**
 * Rows with their target.
 *
 * @typeParam X in memory (`Matrix`), without its zeros (`CsrMatrix`), or stored
 * @typeParam T kind of the target
 */
export type Dataset<R extends Role = Role, X extends Features = Features, T extends TargetKind = 'classes'> = Rows<R, X> & Targets[T];

/** The kind of a dataset's target. */
export type TargetOf<D> = D extends Classes ? 'classes' : D extends Values ? 'values' : D extends Indicators ? 'indicators' : 'none';

/** The same, of a dataset that is there. */
export function targetKindOf(data: Rows): TargetKind {
  return 'labels' in data ? 'classes' : 'values' in data ? 'values' : 'indicators' in data ? 'indicators' : 'none';
}

/** Whether each row has one class. */
export function hasClasses<R extends Role>(data: Rows<R>): data is Dataset<R> {
  return 'labels' in data;
}

/** Weights in this dataset's row order, `[rows]`; undefined for 1 each. */
export function weightsOf({ rows, weights }: Pick<Rows, 'rows' | 'weights'>): Float32Array | undefined {
  return weights && Float32Array.from(rows, (id) => weights[id]!);
}

/**
 * Target values in this dataset's row order, `[rows, outputs]`.
 *
 * @example
 * valuesOf({ values: matrix(2, 1, Float64Array.of(1.5, 7)), rows: Uint32Array.of(1, 0) }); // 7 1.5
 */
export function valuesOf({ rows, values: { cols, data } }: Pick<Dataset<Role, Features, 'values'>, 'rows' | 'values'>): Float64Array {
  const out = new Float64Array(rows.length * cols);
  for (let i = 0; i < rows.length; i++) for (let j = 0; j < cols; j++) out[i * cols + j] = data[rows[i]! * cols + j]!;
  return out;
}

/** What a source knows of its rows before they are loaded. */
export interface RowsFact {
  /** Of `x`; of a source whose `rows` leave some out, or repeat them, it is not known. */
  readonly rows?: number | undefined;
  readonly cols?: number | undefined;
  readonly dtype?: Dtype | undefined;
  /** What the columns are called, `[cols]`. */
  readonly columns?: readonly string[] | undefined;
  /** Which of them hold names, not numbers. */
  readonly categories?: readonly string[] | undefined;
  /** Labels that rows may have, ascending. */
  readonly classes?: readonly number[] | undefined;
  /** What labels are called, `classNames[label]`, as the rows will have it. */
  readonly classNames?: readonly ClassName[] | undefined;
  readonly picture?: PictureShape | undefined;
}

/**
 * Labels in this dataset's row order, `[rows]`.
 *
 * @example
 * labelsOf({ labels: Uint8Array.of(0, 1), rows: Uint32Array.of(1, 0) }); // 1 0
 */
export function labelsOf({ rows, labels }: Pick<Dataset, 'rows' | 'labels'>): Labels {
  const out = labelArray(rows.length, 2 ** (8 * labels.BYTES_PER_ELEMENT) - 1);
  for (let i = 0; i < out.length; i++) out[i] = labels[rows[i]!]!; // a tenth of the time of Uint8Array.from
  return out;
}

/**
 * Counts by label value, `[max label + 1]`.
 *
 * @example
 * countLabels({ name: 'points', role: 'all', x: matrix(2, 1, Float32Array.of(5, 6)), labels: Uint8Array.of(0, 1), rows: Uint32Array.of(1, 1) }); // 0 2
 */
export function countLabels(data: Dataset): Uint32Array {
  const labels = labelsOf(data);
  const counts = new Uint32Array(labels.length === 0 ? 0 : largestOf(labels) + 1);
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]!++;
  return counts;
}

/** @param rows rows as fetched @throws E_SHAPE for a row that is none of them */
export function checkRow(name: string, rows: number, row: number): void {
  if (Number.isInteger(row) && row >= 0 && row < rows) return;
  if (rows === 0) throw new PipelineError('E_SHAPE', `Row ${row} does not exist: ${name} has no rows.`, { hint: `Look at what the source of ${name} reads.` });
  throw new PipelineError('E_SHAPE', `Row ${row} does not exist: ${name} has rows 0 to ${rows - 1}.`, { hint: `Ask for a row from 0 to ${rows - 1}.` });
}

/**
 * The pixels or features of one fetched row. `row` is an id into `x`, as a user reads it off the data.
 *
 * @throws E_SHAPE for a row that does not exist
 * @example
 * const first = stage({
 *   id: 'first', needs: ['data'], provides: ['first'],
 *   run: async ({ data }: Fetched) => ({ first: await fetchedRow(data, 0) }),
 * });
 */
export async function fetchedRow(data: Pick<Rows, 'name' | 'x'>, row: number): Promise<FeatureArray> {
  checkRow(data.name, data.x.rows, row);
  return (await takeRows(data.x, Uint32Array.of(row))).data;
}
