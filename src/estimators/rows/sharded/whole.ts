// Rows of a fit whose shards are elsewhere: their shape and frame, from a look at a few of them.
import { isSparse } from '../../../core/data/csr.ts';
import { PipelineError } from '../../../core/errors/errors.ts';
import type { RowsOf } from '../../../dsl/estimator.ts';
import { tileShape, type TileShape } from '../../../kernels/lib/tiles.ts';
import { frameOf, type MeasuredFrame } from '../frame.ts';
import type { TiledRows } from '../tilesOnDevice.ts';

/** @throws E_USAGE for sparse rows */
export async function rowsElsewhere(data: RowsOf): Promise<TiledRows> {
  const { shape } = rowsUnframed(data);
  return {
    shape,
    frame: await frameOf(data),
    blocks: [{ quads: shape.quads, offset: 0 }],
    each: () => Promise.reject(new PipelineError('E_STAGE', `Rows of ${data.name} are in shards.`)),
    release: () => {},
  };
}

/** Of what takes features as they are stored. @throws E_USAGE for sparse rows */
export function rowsUnframed(data: RowsOf): { readonly shape: TileShape; readonly frame: MeasuredFrame } {
  if (isSparse(data)) {
    throw new PipelineError('E_USAGE', `${data.name} has sparse rows, and those do not shard.`, { hint: 'Train them on one machine.' });
  }
  const { rows, x } = data;
  const none = new Float64Array();
  return { shape: tileShape(rows.length, x.cols, x.dtype), frame: { center: none, unit: none, rms: none, mean: none, coarse: new Uint8Array() } };
}
