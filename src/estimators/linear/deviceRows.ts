// Rows of a dataset on the device, uploaded once however many stages use them. Rows that do not fit one binding are cut
// into chunks of whole tiles; chunks beyond what the device may keep are brought in again for each pass.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import type { Dataset } from '../../core/dataset.ts';
import { takeRows } from '../../core/matrix.ts';
import { packTiles, TILE_QUADS, TILE_ROWS, tileShape, type TileShape } from '../../kernels/lib/tiles.ts';

export interface Chunk {
  /** The chunk's rows, when they stay on the device. */
  readonly resident?: DeviceBuffer | undefined;
  /** Uploads the chunk's rows; whoever calls this releases them. */
  readonly load: () => Promise<DeviceBuffer>;
  readonly quads: number;
  /** Quads before this chunk. */
  readonly offset: number;
}

export interface DeviceRows {
  readonly shape: TileShape;
  readonly chunks: readonly Chunk[];
}

type Rows = Pick<Dataset, 'x' | 'rows' | 'name'>;

/** While a chunk is uploaded it is there twice, in memory that the host writes and on the device. */
const CHUNK_BYTES = 64e6;
/** Rows gathered at a time; whole tiles. */
const GATHERED_ROWS = 8 * TILE_ROWS;

const resident = new WeakMap<Compute, WeakMap<Uint32Array, Promise<DeviceRows>>>();

/** The rows of `data`, in its order, as tiles. Kept until the device is closed. */
export function rowsOnDevice(compute: Compute, data: Rows): Promise<DeviceRows> {
  let byRows = resident.get(compute);
  if (!byRows) resident.set(compute, (byRows = new WeakMap()));
  let rows = byRows.get(data.rows);
  if (!rows) byRows.set(data.rows, (rows = upload(compute, data)));
  return rows;
}

async function upload(compute: Compute, { x, rows, name }: Rows): Promise<DeviceRows> {
  const shape = tileShape(rows.length, x.cols, x.dtype);
  const { maxBindingBytes, residentBytes } = compute.limits;
  const chunkRows = rowsPerChunk(Math.min(maxBindingBytes, CHUNK_BYTES), shape);
  const chunks: Chunk[] = [];
  let kept = 0;
  for (let from = 0; from < rows.length; from += chunkRows) {
    const ids = rows.subarray(from, from + chunkRows);
    const { quads, sizeBytes } = tileShape(ids.length, x.cols, x.dtype);
    const load = async (): Promise<DeviceBuffer> => {
      const buffer = await compute.uploadFrom(`${name} rows ${from}`, sizeBytes, (target) => fill(x, ids, target));
      await compute.settle(); // frees the host's half
      return buffer;
    };
    kept += sizeBytes;
    chunks.push({ load, resident: kept <= residentBytes ? await load() : undefined, quads, offset: from / 4 });
  }
  return { shape, chunks };
}

/** Packs rows a few tiles at a time, so that stored rows never need more than that in memory. */
async function fill(x: Dataset['x'], ids: Uint32Array, target: ArrayBuffer): Promise<void> {
  if (!('readRows' in x)) return packTiles(x, ids, target);
  const rowBytes = tileShape(TILE_ROWS, x.cols, x.dtype).sizeBytes / TILE_ROWS;
  for (let from = 0; from < ids.length; from += GATHERED_ROWS) {
    const part = await takeRows(x, ids.subarray(from, from + GATHERED_ROWS));
    packTiles(
      part,
      Uint32Array.from({ length: part.rows }, (_, i) => i),
      target,
      from * rowBytes,
    );
  }
}

function rowsPerChunk(maxBytes: number, { sizeBytes, quads }: TileShape): number {
  const tileBytes = (sizeBytes / quads) * TILE_QUADS;
  return Math.max(1, Math.floor(maxBytes / tileBytes)) * TILE_ROWS;
}
