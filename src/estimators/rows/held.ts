// Rows of datasets on a device, a block after the other. A block either stays, however many stages and passes go over the rows,
// or is brought in again for each pass. What stays is bounded by what the device may keep; rows that nobody uses make place.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { isStored, type Features } from '../../core/data/features.ts';
import type { RowsOf } from '../../dsl/estimator.ts';

/** How rows stand in a buffer. */
export interface Layout {
  /** Rows of each block but the last. */
  readonly blockRows: number;
  /** @param from position of the first of them */
  readonly bytesOf: (rows: number, from: number) => number;
  /** Rows that may be filled by themselves, where a block need not be filled as a whole: as many whole ones of its bytes. */
  readonly stepRows?: number;
  /** Writes rows `ids` into zeroed memory. */
  readonly fill: (ids: Uint32Array, target: ArrayBuffer, from: number) => Promise<void>;
  /** In its place, where the device makes rows `ids` by itself: launches what writes them into a buffer of zeros. */
  readonly make?: ((ids: Uint32Array, target: DeviceBuffer) => Promise<void>) | undefined;
}

export interface Block {
  /** Position of its first row. */
  readonly from: number;
  readonly rows: number;
  /** Where it stays. */
  readonly buffer: DeviceBuffer | undefined;
  /** Brings it in; whoever calls this releases it. */
  readonly bring: () => Promise<DeviceBuffer>;
}

/** Rows in one layout, there until whoever asked for them is done. */
export interface Held<L extends Layout> {
  readonly layout: L;
  readonly blocks: readonly Block[];
  release(): void;
}

/** While a block is uploaded it is there twice, in memory that the host writes and on the device. */
export const BLOCK_BYTES = 64e6;
/** Whole tiles in so many bytes, a power of two: sums over blocks of any device then end at the same rows. */
export function tilesIn(bytes: number, tileBytes: number): number {
  return 2 ** Math.max(0, Math.floor(Math.log2(bytes / tileBytes)));
}

/** Datasets that stay although nobody uses them, for the next stage: the parts of a split, and one more. */
const IDLE_KEPT = 3;

interface Upload {
  readonly ready: Promise<Pick<Held<Layout>, 'layout' | 'blocks'>>;
  users: number;
  /** What stays of it. */
  readonly buffers: DeviceBuffer[];
  /** Makes place, once nobody uses it. */
  readonly drop: () => void;
}

/** What is on one device. Rows are known by their matrix, their order and their layout: each may change alone. */
interface Residents {
  readonly uploads: WeakMap<Features, WeakMap<Uint32Array, Map<string, Upload>>>;
  /** The longest idle first. */
  readonly idle: Set<Upload>;
  bytes: number;
}

const devices = new WeakMap<Compute, Residents>();

/**
 * Holds rows on the device, in their order.
 *
 * @param kind names the layout, among all of the same rows
 * @param options.idles whether they stay for the next one who asks, when nobody uses them
 */
export async function hold<L extends Layout>(
  compute: Compute,
  data: Pick<RowsOf, 'x' | 'rows' | 'name'>,
  kind: string,
  layoutOf: () => L | Promise<L>,
  { idles = true }: { readonly idles?: boolean } = {},
): Promise<Held<L>> {
  let residents = devices.get(compute);
  if (!residents) devices.set(compute, (residents = { uploads: new WeakMap(), idle: new Set(), bytes: 0 }));
  const { uploads, idle } = residents;
  let ofMatrix = uploads.get(data.x);
  if (!ofMatrix) uploads.set(data.x, (ofMatrix = new WeakMap()));
  let kinds = ofMatrix.get(data.rows);
  if (!kinds) ofMatrix.set(data.rows, (kinds = new Map()));
  let upload = kinds.get(kind);
  if (!upload) kinds.set(kind, (upload = startUpload(compute, data, residents, layoutOf, () => kinds.delete(kind))));
  const own = upload;
  own.users++;
  idle.delete(own);
  try {
    const { layout, blocks } = await own.ready;
    return { layout: layout as L, blocks, release: once(() => leave(own, idle, idles)) };
  } catch (error) {
    if (kinds.get(kind) === own) kinds.delete(kind); // the next try uploads anew
    throw error;
  }
}

function leave(upload: Upload, idle: Set<Upload>, idles: boolean): void {
  if (--upload.users > 0) return;
  if (!idles) return upload.drop();
  idle.add(upload);
  const [oldest] = idle;
  if (idle.size <= IDLE_KEPT) return;
  idle.delete(oldest!);
  oldest!.drop();
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

function startUpload(
  compute: Compute,
  data: Pick<RowsOf, 'x' | 'rows' | 'name'>,
  residents: Residents,
  layoutOf: () => Layout | Promise<Layout>,
  forget: () => void,
): Upload {
  const buffers: DeviceBuffer[] = [];
  const drop = (): void => {
    forget();
    compute.release(...buffers);
    for (const { sizeBytes } of buffers.splice(0)) residents.bytes -= sizeBytes;
  };
  const upload = async (): Promise<Pick<Held<Layout>, 'layout' | 'blocks'>> => {
    const layout = await layoutOf();
    const { residentBytes, residentStoredBytes } = compute.limits;
    const most = isStored(data.x) ? Math.min(residentBytes, residentStoredBytes) : residentBytes;
    const blocks: Block[] = [];
    try {
      for (let from = 0; from < data.rows.length; from += layout.blockRows) {
        const ids = data.rows.subarray(from, from + layout.blockRows);
        const sizeBytes = layout.bytesOf(ids.length, from);
        const bring = async (): Promise<DeviceBuffer> => {
          const buffer = await filled(compute, `${data.name} rows ${from}`, sizeBytes, ids, layout, from);
          await compute.settle(); // frees the host's half
          return buffer;
        };
        let buffer: DeviceBuffer | undefined;
        if (makesRoom(residents, sizeBytes, most)) {
          residents.bytes += sizeBytes;
          try {
            buffers.push((buffer = await bring()));
          } catch (error) {
            residents.bytes -= sizeBytes;
            throw error;
          }
        }
        blocks.push({ from, rows: ids.length, buffer, bring });
      }
    } catch (error) {
      drop();
      throw error;
    }
    return { layout, blocks };
  };
  return { ready: upload(), users: 0, buffers, drop };
}

/** A few rows at a time where the layout lets, in memory that stays in the cache: no page of a second copy is ever touched. */
async function filled(compute: Compute, label: string, sizeBytes: number, ids: Uint32Array, layout: Layout, from: number): Promise<DeviceBuffer> {
  const { stepRows = ids.length, make } = layout;
  if (stepRows >= ids.length && !make) return compute.uploadFrom(label, sizeBytes, (target) => layout.fill(ids, target, from));
  const buffer = compute.create(label, sizeBytes);
  try {
    if (make) {
      await make(ids, buffer);
      return buffer;
    }
    const step = new Uint32Array(layout.bytesOf(stepRows, from) / 4);
    for (let [first, at] = [0, 0]; first < ids.length; first += stepRows) {
      const own = ids.subarray(first, first + stepRows);
      const bytes = layout.bytesOf(own.length, from + first);
      if (own.length < stepRows) step.fill(0);
      await layout.fill(own, step.buffer, from + first);
      compute.write(buffer, step.subarray(0, bytes / 4), at);
      await compute.settle(); // frees the host's half
      at += bytes;
    }
    return buffer;
  } catch (error) {
    compute.release(buffer);
    throw error;
  }
}

/** Whether so many bytes more may stay; rows that nobody uses go first. */
function makesRoom(residents: Residents, bytes: number, most: number): boolean {
  if (bytes > most) return false;
  for (const oldest of residents.idle) {
    if (residents.bytes + bytes <= most) return true;
    residents.idle.delete(oldest);
    oldest.drop();
  }
  return residents.bytes + bytes <= most;
}

/**
 * One pass over rows. A block that does not stay comes, is used, and goes before the next one.
 *
 * @param parts the same rows in several layouts of equal blocks: block by block together
 * @param use is given the block's buffers, and where it stands among the blocks
 * @param wanted which of the blocks, by where they stand; all by default
 */
export async function eachBlock(
  compute: Compute,
  parts: readonly Held<Layout>[],
  use: (x: readonly DeviceBuffer[], at: number) => Promise<void>,
  wanted: (at: number) => boolean = () => true,
): Promise<void> {
  for (const at of parts[0]!.blocks.keys()) {
    if (!wanted(at)) continue;
    const brought: DeviceBuffer[] = [];
    try {
      const buffers: DeviceBuffer[] = [];
      for (const { blocks } of parts) {
        const { buffer, bring } = blocks[at]!;
        buffers.push(buffer ?? (await bring()));
        if (!buffer) brought.push(buffers.at(-1)!);
      }
      await use(buffers, at);
    } finally {
      if (brought.length > 0) await compute.settle(); // the memory of a block is free only then
      compute.release(...brought);
    }
  }
}
