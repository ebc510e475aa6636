// PNG pictures: all depths, palettes and kinds of transparency as 8 bits a channel. One of the two files that name the package which
// decodes PNG; it is loaded when such a picture is read.
import { decode, type DecodedPng } from 'fast-png';
import { reasonOf } from '../../core/errors/errors.ts';
import { Damaged } from '../../formats/bytes/damaged.ts';
import { pngHead } from './pngHead.ts';
import { checkSize, Refused, type Raster } from './raster.ts';

/** @throws Damaged, Refused */
export function decodePng(bytes: Uint8Array): Raster {
  const { width, height, depth, interlaced } = pngHead(bytes);
  checkSize(width, height);
  // The package takes a byte for a pixel there.
  if (interlaced && depth < 8)
    throw new Refused(`is interlaced with ${depth} ${depth === 1 ? 'bit' : 'bits'} a pixel, which is not read`, 'Save it without interlacing.');
  let png: DecodedPng;
  try {
    png = decode(bytes, { checkCrc: true });
  } catch (cause) {
    throw new Damaged(cause instanceof RangeError ? 'it ends too early' : reasonOf(cause), { cause });
  }
  const samples = samplesOf(png);
  if (png.channels === 1 && png.palette) return fromPalette(png, samples);
  const most = 2 ** depth - 1;
  const scaled = (value: number): number => (depth === 8 ? value : Math.round((value * 255) / most));
  const { transparency } = png;
  const channels = png.channels as Raster['channels'];
  if (!transparency) return { width, height, channels, data: depth === 8 ? (samples as Uint8Array) : Uint8Array.from(samples, scaled) };
  // One colour is not there.
  const out = new Uint8Array(width * height * (channels + 1));
  for (let from = 0, to = 0; from < samples.length; from += channels) {
    let alpha = 0;
    for (let c = 0; c < channels; c++) {
      out[to++] = scaled(samples[from + c]!);
      if (samples[from + c] !== transparency[c]) alpha = 255;
    }
    out[to++] = alpha;
  }
  return { width, height, channels: (channels + 1) as Raster['channels'], data: out };
}

/** A number for each channel of each pixel: of less than 8 bits, lines of pixels are packed into bytes. */
function samplesOf({ width, height, channels, depth, data }: DecodedPng): Uint8Array | Uint16Array {
  const count = width * height * channels;
  const line = Math.ceil((width * channels * depth) / 8);
  if (data.length !== (depth < 8 ? line * height : count)) throw new Damaged(`it has ${data.length} values in place of ${count}`);
  if (depth >= 8) return data as Uint8Array | Uint16Array;
  const out = new Uint8Array(count);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      out[to++] = (data[y * line + (bit >> 3)]! >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
    }
  }
  return out;
}

function fromPalette({ width, height, palette = [] }: DecodedPng, samples: Uint8Array | Uint16Array): Raster {
  const channels = palette.some(([, , , alpha = 255]) => alpha < 255) ? 4 : 3;
  const out = new Uint8Array(samples.length * channels);
  samples.forEach((code, i) => {
    const color = palette[code];
    if (!color) throw new Damaged(`a pixel has color ${code} of a palette of ${palette.length}`);
    for (let c = 0; c < channels; c++) out[i * channels + c] = color[c] ?? 255;
  });
  return { width, height, channels, data: out };
}
