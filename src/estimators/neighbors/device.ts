// Rows near others, found on the device: squared distances of a block of rows, and the nearest so far kept from them, until
// every row was looked at. Neither all distances nor all rows need fit at once.
import type { Compute } from '../../core/compute.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { Progress } from '../../dsl/stage/context.ts';
import { keepNearest, NONE } from '../../kernels/keepNearest/keepNearest.ts';
import { eachPair } from '../pairs/eachPair.ts';
import { place, type Among, type Standing } from '../pairs/place.ts';

/** Of what is kept of the rows that are asked of at once. */
const NEAREST_BYTES = 32e6;
const MOST_ASKED = 8192;

/** Positions among the rows looked among, the nearest first, and squared distances in the device's unit. */
type Use = (row: number, positions: Uint32Array, squares: Float64Array) => Promise<void> | void;

/**
 * The `count` nearest rows to each row asked of; of equal ones the first.
 *
 * @param use called of one row after another
 * @throws E_DATA for a feature that is not finite, or too far from the others for f32
 */
export async function candidatesOf(
  compute: Compute,
  among: Among,
  asked: RowsOf,
  standing: Standing,
  count: number,
  use: Use,
  progress?: Progress,
): Promise<void> {
  const rows = await place(compute, { ...among, name: 'rows looked among' }, standing, { idles: true });
  const most = Math.min(NEAREST_BYTES, compute.limits.maxBindingBytes) / (8 * count);
  const askedRows = Math.max(4, Math.floor(Math.min(MOST_ASKED, rows.layout.blockRows, most)) & ~3);
  try {
    for (let start = 0; start < asked.rows.length; start += askedRows) {
      const ids = asked.rows.subarray(start, start + askedRows);
      const quads = Math.ceil(ids.length / 4);
      const points = await place(compute, { ...asked, rows: ids }, standing, { idles: false });
      const nearest = compute.upload('nearest', count * quads * 32, (target) => new Uint32Array(target).fill(NONE));
      try {
        await eachPair(compute, points, rows, async ({ distances, first, rows: here }) => {
          await compute.launch(keepNearest, {
            params: { rows: here, first, asked: ids.length, stride: quads * 4, count },
            bindings: { distances, nearest },
            grid: [Math.ceil(ids.length / keepNearest.sizes.WORKGROUP)],
          });
          progress?.(start + Math.floor((ids.length * (first + here)) / among.rows.length), asked.rows.length, 'rows');
        });
        const bytes = await compute.read(nearest);
        const words = new Uint32Array(bytes);
        const numbers = standing.dtype === 'u8' ? words : new Float32Array(bytes);
        for (let i = 0; i < ids.length; i++) {
          const places = Uint32Array.from({ length: count }, (_, slot) => 2 * (slot * quads * 4 + i));
          await use(
            start + i,
            places.map((at) => words[at + 1]!),
            Float64Array.from(places, (at) => numbers[at]!),
          );
        }
      } finally {
        points.release();
        compute.release(nearest);
      }
    }
  } finally {
    rows.release();
  }
}
