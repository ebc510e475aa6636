// Rows for estimators that read them: dense, as they are meant, a block at a time, whatever they are stored as.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { takeBlocks } from '../../core/data/features.ts';
import { notFinite } from '../../core/data/matrix.ts';
import type { RowsOf } from '../../dsl/estimator.ts';

export interface FeatureBlock {
  /** Position of its first row. */
  readonly from: number;
  readonly rows: number;
  readonly cols: number;
  /** Features as they are meant, `[rows][cols]`. */
  readonly x: Float64Array;
}

/**
 * Rows in their order, scaled, on the host.
 *
 * @throws E_DATA for a feature that is no finite number
 * @example
 * for await (const { x, rows, cols } of featureBlocks(train)) for (let i = 0; i < rows * cols; i++) sum += x[i]!;
 */
export async function* featureBlocks({ x, rows: ids, scaling }: RowsOf): AsyncGenerator<FeatureBlock, void> {
  for await (const { data, rows, cols, from } of takeBlocks(x, ids)) {
    const meant = new Float64Array(rows * cols);
    for (let at = 0; at < meant.length;) {
      for (let j = 0; j < cols; j++, at++) {
        const value = data[at]!;
        if (!Number.isFinite(value)) throw notFinite(value, ids[from + Math.floor(at / cols)]!, j);
        meant[at] = scaling ? (value - scaling.shift[j]!) * scaling.factor[j]! : value;
      }
    }
    yield { from, rows, cols, x: meant };
  }
}

/** A block on the device. */
export interface DeviceBlock {
  readonly from: number;
  readonly rows: number;
  readonly cols: number;
  /** `array<f32>`, `[rows][cols]`: features as they are meant, minus `center`. */
  readonly x: DeviceBuffer;
}

/**
 * Rows in their order on the device, for kernels of one's own: `use` is called with one block after another, and each is gone
 * behind it. Features far from zero keep their digits in f32 only around a `center` near them.
 *
 * @param options.center subtracted in float64, `[cols]`; zeros by default
 */
export async function eachDeviceBlock(
  compute: Compute,
  data: RowsOf,
  { center }: { readonly center?: Float64Array | undefined },
  use: (block: DeviceBlock) => Promise<void>,
): Promise<void> {
  for await (const { from, rows, cols, x } of featureBlocks(data)) {
    const buffer = compute.upload(`${data.name} rows ${from}`, rows * cols * 4, (target) => {
      const values = new Float32Array(target, 0, rows * cols);
      for (let at = 0; at < values.length; at++) values[at] = center ? x[at]! - center[at % cols]! : x[at]!;
    });
    try {
      await use({ from, rows, cols, x: buffer });
    } finally {
      compute.release(buffer);
    }
  }
}
