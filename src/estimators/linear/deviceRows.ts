// Rows of a dataset on the device, uploaded once however many stages use them, and released when others take their place.
// Rows that do not fit one binding are cut into chunks of whole tiles; chunks beyond what the device may keep are brought
// in again for each pass.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import type { Dataset } from '../../core/data/dataset.ts';
import { takeBlocks } from '../../core/data/features.ts';
import { packTiles, tileShape, type Part, type TileShape } from '../../kernels/lib/tiles.ts';
import { frameOf, type MeasuredFrame } from './frame.ts';

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
  /** What rows on the device mean. */
  readonly frame: MeasuredFrame;
  readonly chunks: readonly Chunk[];
}

/** Rows that stay where they are until whoever asked for them is done. */
export interface HeldRows extends DeviceRows {
  release(): void;
}

type Rows = Pick<Dataset, 'x' | 'rows' | 'name'>;

/** While a chunk is uploaded it is there twice, in memory that the host writes and on the device. */
const CHUNK_BYTES = 64e6;

/** Datasets that stay although nobody uses them, for the next stage: the parts of a split, and one more; low parts are seldom asked for. */
const IDLE_KEPT = { high: 3, low: 0 } as const;

interface Upload {
  readonly rows: Promise<DeviceRows>;
  users: number;
  /** Makes place, once nobody uses it. */
  readonly drop: () => Promise<void>;
}

/** What is on one device. Rows are known by their matrix and their order: either may change alone. */
interface Residents {
  readonly uploads: WeakMap<Rows['x'], WeakMap<Uint32Array, Upload>>;
  /** The longest idle first. */
  readonly idle: Set<Upload>;
}

const devices = { high: new WeakMap<Compute, Residents>(), low: new WeakMap<Compute, Residents>() };

/** The rows of `data`, in its order, as tiles. */
export async function rowsOnDevice(compute: Compute, data: Rows, part: Part = 'high'): Promise<HeldRows> {
  let residents = devices[part].get(compute);
  if (!residents) devices[part].set(compute, (residents = { uploads: new WeakMap(), idle: new Set() }));
  const { uploads, idle } = residents;
  let ofMatrix = uploads.get(data.x);
  if (!ofMatrix) uploads.set(data.x, (ofMatrix = new WeakMap()));
  const upload = ofMatrix.get(data.rows) ?? startUpload(compute, data, part, ofMatrix);
  upload.users++;
  idle.delete(upload);
  try {
    return { ...(await upload.rows), release: once(() => leave(upload, idle, IDLE_KEPT[part])) };
  } catch (error) {
    ofMatrix.delete(data.rows); // the next try uploads anew
    throw error;
  }
}

function startUpload(compute: Compute, data: Rows, part: Part, ofMatrix: WeakMap<Uint32Array, Upload>): Upload {
  const rows = uploadRows(compute, data, part);
  const drop = async (): Promise<void> => {
    ofMatrix.delete(data.rows);
    compute.release(...residentOf((await rows).chunks));
  };
  const started = { rows, users: 0, drop };
  ofMatrix.set(data.rows, started);
  return started;
}

function leave(upload: Upload, idle: Set<Upload>, kept: number): void {
  if (--upload.users > 0) return;
  idle.add(upload);
  const [oldest] = idle;
  if (idle.size <= kept) return;
  idle.delete(oldest!);
  void oldest!.drop();
}

function residentOf(chunks: readonly Chunk[]): readonly DeviceBuffer[] {
  return chunks.flatMap(({ resident }) => resident ?? []);
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

async function uploadRows(compute: Compute, { x, rows, name }: Rows, part: Part): Promise<DeviceRows> {
  const shape = tileShape(rows.length, x.cols, x.dtype);
  const frame = await frameOf({ x, rows });
  const { maxBindingBytes, residentBytes } = compute.limits;
  const chunkRows = rowsPerChunk(Math.min(maxBindingBytes, CHUNK_BYTES), shape);
  const chunks: Chunk[] = [];
  let kept = 0;
  try {
    for (let from = 0; from < rows.length; from += chunkRows) {
      const ids = rows.subarray(from, from + chunkRows);
      const chunk = tileShape(ids.length, x.cols, x.dtype, shape.tileQuads);
      const load = async (): Promise<DeviceBuffer> => {
        const buffer = await compute.uploadFrom(`${name} rows ${from}`, chunk.sizeBytes, (target) => fill(x, ids, frame, chunk, target, part));
        await compute.settle(); // frees the host's half
        return buffer;
      };
      kept += chunk.sizeBytes;
      chunks.push({ load, resident: kept <= residentBytes ? await load() : undefined, quads: chunk.quads, offset: from / 4 });
    }
  } catch (error) {
    compute.release(...residentOf(chunks));
    throw error;
  }
  return { shape, frame, chunks };
}

/** Packs rows a few tiles at a time, so that stored and sparse rows never need more than that in memory. */
async function fill(x: Dataset['x'], ids: Uint32Array, frame: MeasuredFrame, shape: TileShape, target: ArrayBuffer, part: Part): Promise<void> {
  if ('data' in x) return packTiles(x, ids, frame, shape, target, { part });
  for await (const block of takeBlocks(x, ids, shape.tileQuads * 4)) {
    const all = Uint32Array.from({ length: block.rows }, (_, i) => i);
    packTiles(block, all, frame, shape, target, { offset: block.from, part, named: ids.subarray(block.from) });
  }
}

function rowsPerChunk(maxBytes: number, { sizeBytes, quads, tileQuads }: TileShape): number {
  const tileBytes = (sizeBytes / quads) * tileQuads;
  return Math.max(1, Math.floor(maxBytes / tileBytes)) * tileQuads * 4;
}
