// Rows of a fit whose shards are elsewhere: their shape and frame, from a look at a few of them.
import { isSparse } from '../../../core/data/csr.ts';
import { PipelineError } from '../../../core/errors/errors.ts';
import type { RowsOf } from '../../../dsl/estimator.ts';
import { tileShape } from '../../../kernels/lib/tiles.ts';
import { frameOf } from '../frame.ts';
import type { TiledRows } from '../tilesOnDevice.ts';

/** @throws E_USAGE for sparse rows */
export async function rowsElsewhere(data: RowsOf): Promise<TiledRows> {
  if (isSparse(data)) {
    throw new PipelineError('E_USAGE', `${data.name} has sparse rows, and those do not shard.`, { hint: 'Train them on one machine.' });
  }
  const { rows, x } = data;
  const shape = tileShape(rows.length, x.cols, x.dtype);
  return {
    shape,
    frame: await frameOf(data),
    blocks: [{ quads: shape.quads, offset: 0 }],
    each: () => Promise.reject(new PipelineError('E_STAGE', `Rows of ${data.name} are in shards.`)),
    release: () => {},
  };
}
