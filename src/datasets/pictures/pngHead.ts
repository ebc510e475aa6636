// What a PNG picture says of itself before its pixels.
import { Damaged } from '../../formats/bytes/damaged.ts';

const HEAD_BYTES = 33;

export interface PngHead {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly interlaced: boolean;
  readonly grey: boolean;
  /** Whether pixels need not be opaque. */
  readonly alpha: boolean;
}

/** @throws Damaged */
export function pngHead(bytes: Uint8Array): PngHead {
  if (bytes.length < HEAD_BYTES) throw new Damaged(`it ends after ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (textAt(bytes, 12) !== 'IHDR') throw new Damaged('its head is missing');
  const color = bytes[25]!;
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    depth: bytes[24]!,
    interlaced: bytes[28] === 1,
    grey: color === 0 || color === 4,
    alpha: color >= 4 || hasTransparency(bytes, view),
  };
}

/** Of palettes, and of one color that is not there. */
function hasTransparency(bytes: Uint8Array, view: DataView): boolean {
  for (let at = HEAD_BYTES; at + 8 <= bytes.length && textAt(bytes, at + 4) !== 'IDAT'; at += 12 + view.getUint32(at))
    if (textAt(bytes, at + 4) === 'tRNS') return true;
  return false;
}

function textAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
