// Rows as the kernels of this package read them: tiles of bytes or of f32 around a frame (kernels/lib/tiles.ts).
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { takeBlocks } from '../../core/data/features.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { packTiles, tileShape, type Part, type TileShape } from '../../kernels/lib/tiles.ts';
import { frameOf, type MeasuredFrame } from './frame.ts';
import { BLOCK_BYTES, eachBlock, hold, tilesIn, type Layout } from './held.ts';
import { shiftedOnDevice } from './shiftedOnDevice.ts';

/** A block of whole tiles, among all. */
export interface TileRange {
  readonly quads: number;
  /** Quads before it. */
  readonly offset: number;
}

export interface TileBlock extends TileRange {
  readonly x: DeviceBuffer;
  /** What the features have beyond f32, where asked for and not bytes. */
  readonly xLow: DeviceBuffer | undefined;
}

/** Rows on the device, as tiles, until they are released. */
export interface TiledRows {
  readonly shape: TileShape;
  /** What rows on the device mean. */
  readonly frame: MeasuredFrame;
  readonly blocks: readonly TileRange[];
  /** One pass: a block is there until what `use` returns is done. @param wanted which blocks; all by default */
  each(use: (block: TileBlock) => Promise<void>, wanted?: (block: TileRange) => boolean): Promise<void>;
  release(): void;
}

/** Of tiles that are packed before they go to the device: as much as stays in a cache. */
const STEP_BYTES = 2e6;

/** Rows that have a tile of their own size, where that costs nothing. */
const FEW_ROWS = 32;

type Rows = Pick<RowsOf, 'x' | 'rows' | 'name' | 'columns'>;

interface Tiles extends Layout {
  readonly shape: TileShape;
  readonly frame: MeasuredFrame;
}

export interface Whole {
  readonly frame: MeasuredFrame;
  readonly tileQuads: number;
  /** What errors call each row of `x`; by default its position. */
  readonly named?: Uint32Array | undefined;
}

export interface TileOptions {
  /** With what features that are no bytes have beyond f32. */
  readonly low?: boolean;
  /** As all the rows stand that these are part of. */
  readonly as?: Whole;
}

/** The rows of `data`, in its order. */
export async function tilesOnDevice(compute: Compute, data: Rows, { low = false, as }: TileOptions = {}): Promise<TiledRows> {
  const kind = as ? `part of tiles of ${as.tileQuads}` : 'tiles';
  const high = await hold(compute, data, kind, async () => tilesOf(compute, data, as?.frame ?? (await frameOf(data)), 'high', as));
  const { shape, frame } = high.layout;
  const parts = [high];
  const release = (): void => parts.forEach((part) => part.release());
  try {
    if (low && shape.dtype === 'f32') parts.push(await hold(compute, data, `low ${kind}`, () => tilesOf(compute, data, frame, 'low', as), { idles: false }));
  } catch (error) {
    release();
    throw error;
  }
  const blocks = high.blocks.map(({ from, rows }): TileRange => ({ quads: partOf(shape, rows).quads, offset: from / 4 }));
  const each: TiledRows['each'] = (use, wanted = () => true) =>
    eachBlock(
      compute,
      parts,
      ([x, xLow], at) => use({ ...blocks[at]!, x: x!, xLow }),
      (at) => wanted(blocks[at]!),
    );
  return { shape, frame, blocks, each, release };
}

function tilesOf(compute: Compute, data: Rows, frame: MeasuredFrame, part: Part, { tileQuads, named }: Partial<Whole> = {}): Tiles {
  const { x, rows, columns } = data;
  // Loops on the host go over all of a tile, and have nothing to compile for another size of it.
  const shape = tileShape(rows.length, x.cols, x.dtype, tileQuads ?? (compute.onHost && rows.length <= FEW_ROWS ? FEW_ROWS / 4 : undefined));
  const tileBytes = (shape.sizeBytes / shape.quads) * shape.tileQuads;
  const blockRows = tilesIn(Math.min(compute.limits.maxBindingBytes, BLOCK_BYTES), tileBytes) * shape.tileQuads * 4;
  return {
    shape,
    frame,
    blockRows,
    stepRows: Math.max(1, Math.floor(STEP_BYTES / tileBytes)) * shape.tileQuads * 4,
    bytesOf: (count) => partOf(shape, count).sizeBytes,
    fill: (ids, target) => fill(x, ids, frame, partOf(shape, ids.length), target, { part, columns, ...(named ? { named: ids.map((id) => named[id]!) } : {}) }),
    make: shiftedOnDevice(compute, data, shape, frame),
  };
}

/** The shape of so many of the rows. */
function partOf({ cols, dtype, tileQuads }: TileShape, rows: number): TileShape {
  return tileShape(rows, cols, dtype, tileQuads);
}

/** Packs rows a few tiles at a time, so that stored and sparse rows never need more than that in memory. */
async function fill(
  x: Rows['x'],
  ids: Uint32Array,
  frame: MeasuredFrame,
  shape: TileShape,
  target: ArrayBuffer,
  options: { readonly part: Part; readonly columns: readonly string[] | undefined; readonly named?: Uint32Array },
): Promise<void> {
  if ('data' in x) return packTiles(x, ids, frame, shape, target, options);
  for await (const block of takeBlocks(x, ids, shape.tileQuads * 4)) {
    const all = Uint32Array.from({ length: block.rows }, (_, i) => i);
    packTiles(block, all, frame, shape, target, { ...options, offset: block.from, named: ids.subarray(block.from) });
  }
}
