// Rows for your own kernels: f32, row after row, scaled.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { featureBlocks } from './featureBlocks.ts';
import { BLOCK_BYTES, eachBlock, hold, type Layout } from './held.ts';

/** A block of rows on the device. */
export interface DeviceBlock {
  /** Position of its first row. */
  readonly from: number;
  readonly rows: number;
  readonly cols: number;
  /** `array<f32>`, `[rows][cols]`: features as they are meant, minus `center`. */
  readonly x: DeviceBuffer;
}

/** Rows on the device until they are released. */
export interface DeviceRows {
  /** One pass over the rows, in order. A block stays until the promise that `use` returns is settled. */
  each(use: (block: DeviceBlock) => Promise<void>): Promise<void>;
  release(): void;
}

/** A workgroup a row is still a grid that every device takes. */
const MOST_ROWS = 32_768;

/**
 * Holds rows on the device, however they are stored. Blocks that fit stay there, for later passes and for the next stage that asks for
 * the same rows. The others are brought in again for each pass.
 *
 * @param options.center subtracted in float64, `[cols]`, zeros by default: features far from zero keep their digits in f32 only
 *   around a point near them
 * @throws E_DATA for a feature that is not a finite number
 * @example
 * const held = await rowsOnDevice(compute, train);
 * try {
 *   await held.each(async ({ x, rows, from }) => console.log(x.label, from, rows)); // x of each block goes into launches
 * } finally {
 *   held.release();
 * }
 */
export async function rowsOnDevice(compute: Compute, data: RowsOf, options: { readonly center?: ArrayLike<number> | undefined } = {}): Promise<DeviceRows> {
  const { cols } = data.x;
  const around = options.center && Float64Array.from(options.center);
  const kind = ['f32', around, data.scaling?.shift, data.scaling?.factor].join(' ');
  const held = await hold(compute, data, kind, () => plain(compute, data, around));
  return {
    each: (use) =>
      eachBlock(compute, [held], ([x], at) => {
        const { from, rows } = held.blocks[at]!;
        return use({ from, rows, cols, x: x! });
      }),
    release: () => held.release(),
  };
}

function plain({ limits }: Compute, data: RowsOf, center: Float64Array | undefined): Layout {
  const { cols } = data.x;
  return {
    blockRows: Math.max(1, Math.min(MOST_ROWS, Math.floor(Math.min(limits.maxBindingBytes, BLOCK_BYTES) / (cols * 4)))),
    bytesOf: (rows) => rows * cols * 4,
    async fill(ids, target) {
      for await (const { from, rows, x } of featureBlocks({ ...data, rows: ids })) {
        const values = new Float32Array(target, from * cols * 4, rows * cols);
        for (let at = 0; at < values.length; at++) values[at] = center ? x[at]! - center[at % cols]! : x[at]!;
      }
    },
  };
}
