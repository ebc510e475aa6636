// From the bytes of a picture to the pixels of a row. What the bytes are, they say themselves: names of files may lie.
import { PipelineError } from '../../core/errors/errors.ts';
import { COPY, Damaged } from '../../formats/bytes/damaged.ts';
import { JPEG, PNG } from '../../formats/bytes/pictureMarks.ts';
import { otherKind } from '../../formats/bytes/slices.ts';
import { inColors, opaque, Refused, type Background, type Colors, type Raster } from './raster.ts';
import type { Resizer } from './resize.ts';

export type PictureKind = 'png' | 'jpeg';

/** Makes a picture of bytes. @throws Damaged, Refused */
export type Decoder = (bytes: Uint8Array) => Raster;

const ONLY = 'Save it as PNG or JPEG, or move it elsewhere.';

/** What people keep among pictures, by how it begins; `....` stands for four bytes of any value. */
const OTHERS: readonly (readonly [mark: string, what: string, cure: string])[] = [
  ['GIF8', 'a GIF picture', ONLY],
  ['RIFF....WEBP', 'a WebP picture', ONLY],
  ['BM', 'a BMP picture', ONLY],
  ['II*\0', 'a TIFF picture', ONLY],
  ['MM\0*', 'a TIFF picture', ONLY],
  ['....ftyp', 'a HEIC or AVIF picture, or a film', ONLY],
  ['<svg', 'an SVG drawing', ONLY],
  ['<?xml', 'an SVG drawing, or another text in XML', ONLY],
  ['<!DOCTYPE', 'a web page', 'Download the picture itself.'],
  ['<html', 'a web page', 'Download the picture itself.'],
  ['PK\x03\x04', 'a zip file', 'Unpack it.'],
  ['\x1f\x8b', 'a gzip file', 'Unpack it.'],
];

/** @param name for messages @throws E_DATA for what is neither PNG nor JPEG */
export function kindOf(name: string, bytes: Uint8Array): PictureKind {
  const begins = String.fromCharCode(...bytes.subarray(0, 16));
  if (begins.startsWith(PNG)) return 'png';
  if (begins.startsWith(JPEG)) return 'jpeg';
  if (bytes.length === 0) throw new PipelineError('E_DATA', `${name} is empty.`, { hint: COPY });
  const other = OTHERS.find(([mark]) => [...mark].every((char, i) => char === '.' || char.toLowerCase() === begins[i]?.toLowerCase()));
  if (other) throw new PipelineError('E_DATA', `${name} is ${other[1]}; PNG and JPEG are read.`, { hint: other[2] });
  throw otherKind(name, bytes, 'PNG or JPEG picture', 'Move it elsewhere, or save it as PNG or JPEG.');
}

/** Loads what decodes such pictures. */
export async function decoderOf(kind: PictureKind): Promise<Decoder> {
  return kind === 'png' ? (await import('./png.ts')).decodePng : (await import('./jpeg.ts')).decodeJpeg;
}

export interface Look {
  readonly colors: Colors;
  readonly background: Background | undefined;
  /** Absent where pictures stay as large as they are. */
  readonly resizer: Resizer | undefined;
}

/** Upright, without alpha, in these colors and of this size. @param name for messages @throws E_DATA */
export function pixelsOf(name: string, bytes: Uint8Array, decode: Decoder, { colors, background, resizer }: Look): Raster {
  try {
    const raster = inColors(opaque(decode(bytes), background), colors);
    return resizer ? resizer.resized(raster) : raster;
  } catch (cause) {
    throw ofPicture(name, cause);
  }
}

/** What is wrong with a picture, with its name and a cure. */
export function ofPicture(name: string, cause: unknown): unknown {
  if (cause instanceof Refused) return new PipelineError('E_DATA', `${name} ${cause.message}.`, { hint: cause.cure, cause });
  if (cause instanceof Damaged) return new PipelineError('E_DATA', `${name} is damaged: ${cause.message}.`, { hint: COPY, cause });
  return cause;
}
