// Rows that are mostly zeros, without the zeros: words of texts, one-hot codes. What they hold is checked when they are made and
// when they arrive with a dataset, so that whoever gathers them need not look.
import { PipelineError } from '../errors/errors.ts';
import { dtypeOf, FEATURE_ARRAYS, type DataOf, type Dtype, type FeatureArray } from './matrix.ts';

/** Row r has `values[k]` in column `indices[k]` for k from `indptr[r]` to `indptr[r + 1]`, and 0 in every other. */
export interface CsrMatrix<D extends Dtype = Dtype> {
  readonly rows: number;
  readonly cols: number;
  readonly dtype: D;
  /** `[rows + 1]` */
  readonly indptr: Uint32Array;
  /** Ascending within a row. */
  readonly indices: Uint32Array;
  /** As many as `indices`. */
  readonly values: DataOf<D>;
}

/** As scipy's `csr_matrix` has them, whatever its integers are. */
export interface CsrParts<A extends FeatureArray = FeatureArray> {
  readonly indptr: ArrayLike<number>;
  readonly indices: ArrayLike<number>;
  readonly data: A;
}

/**
 * Sparse features, in the compressed rows of scipy's `csr_matrix`, wherever `x` of a dataset goes. Models are those of the same rows
 * as a `matrix`. Linear models and the scalings before them never fill in the zeros of more than a million values of which less than a
 * sixteenth is there. Other estimators do on the device, so what fits it is `rows * cols`; the host never holds all rows dense.
 * `standardize` centers too: scikit-learn's StandardScaler needs `with_mean=False` for sparse rows, since it would fill them, whereas
 * here a scaling is folded into the weights and the zeros stay zeros.
 *
 * @param parts.indptr where each row begins, and the end, `[rows + 1]`
 * @param parts.indices columns, ascending within a row
 * @param parts.data their values; finite. Its type is the dtype
 * @throws E_SHAPE for parts that do not fit together; E_DATA for a value that is not finite. Both name row and column
 * @example
 * csr(2, 3, { indptr: [0, 2, 3], indices: [0, 2, 1], data: Float32Array.of(1, 2, 3) }); // 1 0 2 / 0 3 0
 */
export function csr(rows: number, cols: number, parts: CsrParts<Uint8Array>): CsrMatrix<'u8'>;
export function csr(rows: number, cols: number, parts: CsrParts<Uint16Array>): CsrMatrix<'u16'>;
export function csr(rows: number, cols: number, parts: CsrParts<Float32Array>): CsrMatrix<'f32'>;
export function csr(rows: number, cols: number, parts: CsrParts<Float64Array>): CsrMatrix<'f64'>;
export function csr(rows: number, cols: number, parts: CsrParts): CsrMatrix;
export function csr(rows: number, cols: number, { indptr, indices, data }: CsrParts): CsrMatrix {
  const dtype = dtypeOf(data);
  if (dtype === undefined) {
    const kind = (data as object | null | undefined)?.constructor.name ?? String(data);
    throw shape(`data of type ${kind} arrived; ${FEATURE_ARRAYS} is needed`, 'Use Float64Array.from(data).');
  }
  const made = { rows, cols, dtype, indptr: wholeNumbers('indptr', indptr), indices: wholeNumbers('indices', indices), values: data };
  checkCsr(made);
  return made;
}

/** As Uint32Array would take them, -1 is 4 294 967 295. */
function wholeNumbers(what: string, values: ArrayLike<number>): Uint32Array {
  if (values instanceof Uint32Array) return values;
  const list = values as ArrayLike<number> | null | undefined;
  if (typeof list?.length !== 'number') throw shape(`${what} is not a list of numbers`, `Give ${what} as an array, a Uint32Array or an Int32Array.`);
  for (let at = 0; at < list.length; at++) {
    if (!(Number.isInteger(list[at]) && list[at]! >= 0 && list[at]! < 2 ** 32))
      throw shape(`${what}[${at}] is ${list[at]}; whole numbers from 0 are needed`, `Correct ${what}.`);
  }
  return Uint32Array.from(list);
}

/** @throws as {@link csr} */
export function checkCsr({ rows, cols, dtype, indptr, indices, values }: CsrMatrix): void {
  if (!(indptr instanceof Uint32Array && indices instanceof Uint32Array && dtypeOf(values) === dtype))
    throw shape('parts of other types arrived', 'Make sparse features by csr(rows, cols, { indptr, indices, data }).');
  if (indptr.length !== rows + 1)
    throw shape(
      `indptr has ${indptr.length} entries; ${rows} rows need ${rows + 1}`,
      'Give the start of each row and, at the end, the end of the last one: one more than rows.',
    );
  if (indptr[0] !== 0) throw shape(`indptr begins with ${indptr[0]}; 0 is needed`, 'Let the first row begin at 0; of a slice, subtract its start.');
  for (let row = 0; row < rows; row++) {
    const [from, to] = [indptr[row]!, indptr[row + 1]!];
    if (to < from) throw shape(`row ${row} begins at ${from} and ends at ${to}`, 'indptr must not decrease.');
    if (to > indices.length) break; // said below, of the whole
    for (let at = from; at < to; at++) {
      const column = indices[at]!;
      if (column >= cols) throw shape(`row ${row} has a value in column ${column}; there are columns 0 to ${cols - 1}`, 'Correct indices, or cols.');
      if (at > from && column <= indices[at - 1]!) {
        const what = column === indices[at - 1] ? `has column ${column} twice` : `has column ${column} after column ${indices[at - 1]}`;
        throw shape(
          `row ${row} ${what}; columns of a row ascend`,
          'Call sum_duplicates() in scipy, or sort the columns of each row and add up those that repeat.',
        );
      }
    }
  }
  const end = indptr[rows]!;
  if (end !== indices.length || end !== values.length)
    throw shape(`indptr ends with ${end}, for ${indices.length} indices and ${values.length} values`, 'Give as many indices and values as indptr ends with.');
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return;
  const row = indptr.findIndex((begin) => begin > wrong) - 1;
  throw new PipelineError('E_DATA', `Row ${row} of sparse features holds ${values[wrong]} in column ${indices[wrong]}; finite numbers are needed.`, {
    hint: 'Leave such entries out, which makes them 0, or fill them before csr.',
  });
}

function shape(what: string, hint: string): PipelineError {
  return new PipelineError('E_SHAPE', `Sparse features: ${what}.`, { hint });
}

/** Writes rows `ids` into zeroed `target`, `[ids.length, cols]`. */
export function rowsOfCsr({ cols, indptr, indices, values }: CsrMatrix, ids: Uint32Array, target: FeatureArray): void {
  ids.forEach((id, i) => {
    for (let at = indptr[id]!; at < indptr[id + 1]!; at++) target[i * cols + indices[at]!] = values[at]!;
  });
}

/** All rows with their zeros, `[rows, cols]`. */
export function denseOf(x: CsrMatrix): Float64Array {
  const out = new Float64Array(x.rows * x.cols);
  rowsOfCsr(
    x,
    Uint32Array.from({ length: x.rows }, (_, row) => row),
    out,
  );
  return out;
}

/** Columns that hold `wanted[row]` in each of some rows. */
export function columnsEqual({ cols, indptr, indices, values }: CsrMatrix, rows: Uint32Array, wanted: ArrayLike<number>): readonly number[] {
  const held = new Uint32Array(cols);
  const other = new Uint8Array(cols);
  let needed = 0;
  for (const row of rows) {
    if (wanted[row] !== 0) needed++;
    for (let at = indptr[row]!; at < indptr[row + 1]!; at++) {
      if (values[at] !== wanted[row]) other[indices[at]!] = 1;
      else if (values[at] !== 0) held[indices[at]!]!++;
    }
  }
  return [...held.keys()].filter((column) => held[column] === needed && other[column] === 0);
}

/** Size of the largest value of each column, and sums of values and of squares, over some rows. */
export function extentsOf({ cols, indptr, indices, values }: CsrMatrix, rows: Uint32Array) {
  const [most, sums, squares] = [new Float64Array(cols), new Float64Array(cols), new Float64Array(cols)];
  for (const row of rows) {
    for (let at = indptr[row]!; at < indptr[row + 1]!; at++) {
      const j = indices[at]!;
      most[j] = Math.max(most[j]!, Math.abs(values[at]!));
      sums[j]! += values[at]!;
      squares[j]! += values[at]! ** 2;
    }
  }
  return { most, sums, squares };
}

/** Rows and columns so few that they cost nothing dense, where sums are those of dense rows to the last digit. */
const FEW_VALUES = 1e6;
/** Values of dense rows that cost as much as an entry. */
const ENTRY_VALUES = 16;

/** Whether rows are better computed with without their zeros. */
export function isSparse<D extends { readonly x: { readonly rows: number; readonly cols: number } }>(data: D): data is D & { readonly x: CsrMatrix } {
  const { x } = data;
  return 'indptr' in x && x.rows * x.cols > FEW_VALUES && (x as CsrMatrix).indices.length * ENTRY_VALUES <= x.rows * x.cols;
}
