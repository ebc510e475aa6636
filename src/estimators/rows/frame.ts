// Where the rows of a dataset stand in f32: around a typical row, in units of about their own spread. The frame is known from
// a few rows, because it need not be exact: whatever it is, the host undoes it in float64 (Affine).
import type { Dataset, Scaling } from '../../core/data/dataset.ts';
import { extentsOf, type CsrMatrix } from '../../core/data/csr.ts';
import { takeBlocks, takeRows } from '../../core/data/features.ts';
import type { Matrix } from '../../core/data/matrix.ts';
import { isCoarse } from '../../core/numbers.ts';
import type { Frame } from '../../kernels/lib/tiles.ts';

/** Rows looked at. */
const SAMPLE = 255;

/** A frame, and how large features are in it, by the rows looked at. */
export interface MeasuredFrame extends Frame {
  /** Root mean square, and mean, `[cols]`. */
  readonly rms: Float64Array;
  readonly mean: Float64Array;
  /** Whether f32 loses what tells rows of a column apart, `[cols]`: of two times that are years apart, the seconds of one. */
  readonly coarse: Uint8Array;
}

export async function frameOf({ x, rows }: Pick<Dataset, 'x' | 'rows'>): Promise<MeasuredFrame> {
  const { cols } = x;
  const sample = await sampleOf({ x, rows });
  const center = new Float64Array(cols);
  const unit = new Float64Array(cols).fill(1);
  const coarse = new Uint8Array(cols);
  if (x.dtype === 'u8') {
    for (let j = 0; j < cols; j++) center[j] = isConstant(sample, j) ? sample.data[j]! : 0;
    await keepConstants(x, rows, center);
  } else {
    const values = new Float64Array(sample.rows);
    for (let j = 0; j < cols; j++) {
      for (let i = 0; i < values.length; i++) values[i] = sample.data[i * cols + j]!;
      values.sort();
      // The middle of the rows, not their mean: a few numbers far away leave the digits of all others alone.
      const middle = values[values.length >> 1]!;
      if (Number.isFinite(middle)) center[j] = middle; // else packing tells which row is not
      const reach = Math.max(Math.abs(values[0]! - center[j]!), Math.abs(values.at(-1)! - center[j]!));
      if (reach > 0 && Number.isFinite(reach)) unit[j] = powerOfTwo(reach);
      coarse[j] = Number(isCoarse(values, center[j]!));
    }
  }
  const frame = { center, unit, coarse, ...momentsOf(sample, center, unit) };
  if ('indptr' in x && x.dtype !== 'u8') measureRare(frame, x, rows);
  return frame;
}

export function sampleOf({ x, rows }: Pick<Dataset, 'x' | 'rows'>): Promise<Matrix> {
  const step = Math.max(1, Math.ceil(rows.length / SAMPLE));
  return takeRows(
    x,
    Uint32Array.from({ length: Math.ceil(rows.length / step) }, (_, i) => rows[i * step]!),
  );
}

/** Columns of which f32 around their shift, or else 0, loses what tells rows apart. Sparse rows have more columns than to be looked at one by one. */
export async function coarseColumns({ x, rows, scaling }: Pick<Dataset, 'x' | 'rows' | 'scaling'>): Promise<readonly number[]> {
  if (x.dtype === 'u8' || x.dtype === 'u16' || 'indptr' in x) return [];
  const { data, cols, rows: count } = await sampleOf({ x, rows });
  const sorted = (j: number): Float64Array => Float64Array.from({ length: count }, (_, i) => data[i * cols + j]!).sort();
  return Array.from({ length: cols }, (_, j) => j).filter((j) => isCoarse(sorted(j), scaling?.shift[j] ?? 0));
}

function isConstant({ data, rows, cols }: Matrix, column: number): boolean {
  for (let at = column + cols; at < rows * cols; at += cols) if (data[at] !== data[column]) return false;
  return true;
}

function momentsOf({ data, rows, cols }: Matrix, center: Float64Array, unit: Float64Array): Pick<MeasuredFrame, 'rms' | 'mean'> {
  const rms = new Float64Array(cols);
  const mean = new Float64Array(cols);
  for (let at = 0; at < rows * cols;) {
    for (let j = 0; j < cols; j++, at++) {
      const value = (data[at]! - center[j]!) / unit[j]!;
      rms[j]! += value ** 2;
      mean[j]! += value / rows;
    }
  }
  return { rms: rms.map((squares) => Math.sqrt(squares / rows)), mean };
}

/** A byte minus its center must not be negative, so a center is kept only where the column is constant in all rows. */
async function keepConstants(x: Dataset['x'], rows: Uint32Array, center: Float64Array): Promise<void> {
  let left = [...center.keys()].filter((j) => center[j] !== 0);
  if (left.length === 0) return;
  for await (const { data, rows: count } of takeBlocks(x, rows)) {
    left = left.filter((j) => {
      for (let i = 0; i < count; i++) {
        if (data[i * x.cols + j] === center[j]) continue;
        center[j] = 0;
        return false;
      }
      return true;
    });
    if (left.length === 0) return;
  }
}

/** Columns that hold nothing but zeros in the sample but not elsewhere, as rare words do: measured over all rows. */
function measureRare({ center, unit, rms, mean }: MeasuredFrame, x: CsrMatrix, rows: Uint32Array): void {
  const { most, sums, squares } = extentsOf(x, rows);
  for (let j = 0; j < x.cols; j++) {
    if (center[j] !== 0 || rms[j]! > 0 || most[j] === 0) continue;
    unit[j] = powerOfTwo(most[j]!);
    rms[j] = Math.sqrt(squares[j]! / rows.length) / unit[j]!;
    mean[j] = sums[j]! / rows.length / unit[j]!;
  }
}

function powerOfTwo(size: number): number {
  return 2 ** Math.round(Math.log2(size));
}

/** Features as they are meant, from features on the device: `scale * z + offset`, `[cols]` each. */
export interface Affine {
  readonly scale: Float64Array;
  readonly offset: Float64Array;
  /** Set where both say that nothing changes. */
  readonly same?: boolean;
}

export function affineOf({ center, unit }: Frame, scaling: Scaling | undefined): Affine {
  if (!scaling) return { scale: unit, offset: center, same: unit.every((value) => value === 1) && center.every((value) => value === 0) };
  const { shift, factor } = scaling;
  // Equal numbers, such as the center and the shift of a constant column, leave exactly 0.
  return { scale: unit.map((value, j) => value * factor[j]!), offset: center.map((value, j) => (value - shift[j]!) * factor[j]!) };
}

/** As {@link affineOf}, once for each scaling, however many models share it. */
export function affinesOf(frame: Frame, scaled: readonly { readonly scaling?: Scaling | undefined }[]): readonly Affine[] {
  const known = new Map<Scaling | undefined, Affine>();
  return scaled.map(({ scaling }) => {
    const affine = known.get(scaling) ?? affineOf(frame, scaling);
    known.set(scaling, affine);
    return affine;
  });
}

/** Weights over features as meant, `[cols + 1]` with the intercept last, as weights over the device's, and what each row has beside. */
export function toDevice(weights: Float64Array, { scale, offset, same }: Affine): { readonly weights: Float64Array; readonly bias: number } {
  const cols = scale.length;
  if (same) return { weights: weights.subarray(0, cols), bias: weights[cols]! };
  let bias = weights[cols]!;
  const device = new Float64Array(cols);
  for (let j = 0; j < cols; j++) {
    device[j] = weights[j]! * scale[j]!;
    bias += weights[j]! * offset[j]!;
  }
  return { weights: device, bias };
}

/** Sums of z * residual, `[cols + 1]` with the sum of the residuals last, as sums of feature * residual, in place. */
export function fromDevice(sums: Float64Array, { scale, offset, same }: Affine): void {
  if (same) return;
  const cols = scale.length;
  for (let j = 0; j < cols; j++) sums[j] = scale[j]! * sums[j]! + offset[j]! * sums[cols]!;
}
