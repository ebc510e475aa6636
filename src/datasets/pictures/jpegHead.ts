// What a JPEG picture says of itself before its pixels, and whether its end is there. Decoders pass over much of it without a word.
import { Damaged } from '../../formats/bytes/damaged.ts';
import { Refused } from './raster.ts';

export interface JpegHead {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly grey: boolean;
  /** How the picture is to be turned, 1 to 8 as EXIF numbers it. */
  readonly orientation: number;
  /** Of three components: whether they are red, green and blue, not luminance and two differences. */
  readonly rgb: boolean;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP14 = 0xee;
const RGB_IDS = 'RGB';

/** Of frames that are not decoded, by their markers. */
const FRAMES: Readonly<Record<number, string>> = { 0xc3: 'lossless', 0xc9: 'arithmetic', 0xca: 'arithmetic', 0xcb: 'lossless' };

const USUAL = 'Save it as a usual JPEG, baseline or progressive, or as PNG.';

/** @throws Damaged for what is cut off, Refused for kinds of JPEG that are not read */
export function jpegHead(bytes: Uint8Array): JpegHead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let frame: Pick<JpegHead, 'width' | 'height' | 'components'> & { readonly ids: string } = { width: 0, height: 0, components: 0, ids: '' };
  let orientation = 1;
  let jfif = false;
  let transform: number | undefined;
  for (let at = 2; ;) {
    // Between segments; fill bytes may stand before a marker.
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    if (at + 4 > bytes.length && bytes[at + 1] !== EOI) throw new Damaged(frame.width === 0 ? 'it ends before its pixels' : 'its pixels end too early');
    const marker = bytes[at + 1]!;
    if (bytes[at] !== 0xff || marker === 0) throw new Damaged(`a segment is to begin at byte ${at}`);
    if (marker === EOI) break;
    if (marker === SOI || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2;
      continue;
    }
    const from = at + 4;
    const to = at + 2 + view.getUint16(at + 2);
    if (to > bytes.length || to < from) throw new Damaged('it ends before its pixels');
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) frame = frameOf(marker, bytes.subarray(from, to));
    else if (marker === APP0) jfif ||= textAt(bytes, from, 5) === 'JFIF\0';
    else if (marker === APP1 && textAt(bytes, from, 6) === 'Exif\0\0') orientation = orientationOf(bytes.subarray(from + 6, to));
    else if (marker === APP14 && textAt(bytes, from, 5) === 'Adobe' && to - from >= 12) transform = bytes[from + 11]!;
    at = to;
    if (marker !== SOS) continue;
    // Pixels go on to the next marker that is neither a byte of theirs nor a place to start again.
    while (at + 1 < bytes.length && (bytes[at] !== 0xff || bytes[at + 1] === 0 || (bytes[at + 1]! >= 0xd0 && bytes[at + 1]! <= 0xd7))) at++;
    if (at + 1 >= bytes.length) throw new Damaged('its pixels end too early');
  }
  const { width, height, components, ids } = frame;
  if (components === 0) throw new Damaged('it has no pixels');
  if (components === 4) throw new Refused('is in the colors of ink (CMYK)', 'Save it in RGB.');
  if (components !== 1 && components !== 3) throw new Damaged(`it has ${components} components`);
  return { width, height, components, grey: components === 1, orientation, rgb: transform === undefined ? !jfif && ids === RGB_IDS : transform === 0 };
}

function frameOf(marker: number, body: Uint8Array): { readonly width: number; readonly height: number; readonly components: number; readonly ids: string } {
  if (marker > 0xc2) throw new Refused(`is a JPEG of another kind (${FRAMES[marker] ?? 'hierarchical'}), which is not read`, USUAL);
  if (body.length < 6) throw new Damaged('its head is cut off');
  if (body[0] !== 8) throw new Refused(`is a JPEG of ${body[0]} bits a channel, which is not read`, USUAL);
  const components = body[5]!;
  const ids = String.fromCharCode(...Array.from({ length: components }, (_, i) => body[6 + 3 * i] ?? 0));
  return { height: (body[1]! << 8) | body[2]!, width: (body[3]! << 8) | body[4]!, components, ids };
}

/** What is no orientation is none. */
function orientationOf(tiff: Uint8Array): number {
  const little = textAt(tiff, 0, 2) === 'II';
  if (tiff.length < 14 || (!little && textAt(tiff, 0, 2) !== 'MM')) return 1;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.length);
  const list = view.getUint32(4, little);
  const count = list + 2 > tiff.length ? 0 : view.getUint16(list, little);
  for (let at = list + 2, i = 0; i < count && at + 12 <= tiff.length; i++, at += 12) {
    if (view.getUint16(at, little) !== 0x0112) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
