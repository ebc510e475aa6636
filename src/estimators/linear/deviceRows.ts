// Rows of a dataset on the device, uploaded once however many stages use them. Rows that do not fit one binding are cut
// into chunks of whole gradient blocks.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import type { Dataset } from '../../core/dataset.ts';
import { packTiles, TILE_QUADS, TILE_ROWS, tileShape, type TileShape } from '../../kernels/lib/tiles.ts';

export interface Chunk {
  readonly x: DeviceBuffer;
  readonly quads: number;
  /** Quads before this chunk. */
  readonly offset: number;
}

export interface DeviceRows {
  readonly shape: TileShape;
  readonly chunks: readonly Chunk[];
  /** Tiles a gradient block. */
  readonly blockTiles: number;
}

/** Most gradient blocks: their sums are read back and finished on the host. */
const MAX_BLOCKS = 128;
const resident = new WeakMap<Compute, WeakMap<Uint32Array, DeviceRows>>();

/** The rows of `data`, in its order, as tiles. Kept until the device is closed. */
export function rowsOnDevice(compute: Compute, data: Pick<Dataset, 'x' | 'rows' | 'name'>): DeviceRows {
  let byRows = resident.get(compute);
  if (!byRows) resident.set(compute, (byRows = new WeakMap()));
  let rows = byRows.get(data.rows);
  if (!rows) byRows.set(data.rows, (rows = upload(compute, data)));
  return rows;
}

function upload(compute: Compute, { x, rows, name }: Pick<Dataset, 'x' | 'rows' | 'name'>): DeviceRows {
  const shape = tileShape(rows.length, x.cols, x.dtype);
  const blockTiles = Math.ceil(shape.quads / TILE_QUADS / MAX_BLOCKS);
  const chunkRows = rowsPerChunk(compute.limits.maxBindingBytes, shape, blockTiles);
  const chunks: Chunk[] = [];
  for (let from = 0; from < rows.length; from += chunkRows) {
    const ids = rows.subarray(from, from + chunkRows);
    const part = tileShape(ids.length, x.cols, x.dtype);
    const buffer = compute.upload(`${name} rows ${from}`, part.sizeBytes, (target) => packTiles(x, ids, target));
    chunks.push({ x: buffer, quads: part.quads, offset: from / 4 });
  }
  return { shape, chunks, blockTiles };
}

/** Whole gradient blocks, so that every block lies in one chunk. */
function rowsPerChunk(maxBytes: number, { sizeBytes, quads }: TileShape, blockTiles: number): number {
  const blockBytes = (sizeBytes / quads) * TILE_QUADS * blockTiles;
  return Math.max(1, Math.floor(maxBytes / blockBytes)) * blockTiles * TILE_ROWS;
}

/** Gradient blocks of a chunk. */
export function blocksOf({ blockTiles }: Pick<DeviceRows, 'blockTiles'>, { quads }: Pick<Chunk, 'quads'>): number {
  return Math.ceil(quads / (TILE_QUADS * blockTiles));
}
