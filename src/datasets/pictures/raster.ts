// A decoded picture, and what is done to it before it is a row: what shows through, colours, a turn.
import { Damaged } from '../../formats/bytes/damaged.ts';

/** How many numbers a pixel of a row has. */
export type Colors = 'grey' | 'rgb';

export const CHANNELS = { grey: 1, rgb: 3 } as const;

/** What is behind pixels that are not opaque. */
export type Background = 'white' | 'black';

export interface Raster {
  readonly width: number;
  readonly height: number;
  /** Grey, grey and alpha, RGB, or RGB and alpha. */
  readonly channels: 1 | 2 | 3 | 4;
  /** `[height * width * channels]` */
  readonly data: Uint8Array;
}

/** Most pixels of one picture: decoding takes up to 20 bytes for each. */
const MOST_PIXELS = 1e8;

/** A picture that may be whole and is not read. The message ends a sentence that begins with its name. */
export class Refused extends Error {
  readonly cure: string;

  constructor(message: string, cure: string) {
    super(message);
    this.cure = cure;
  }
}

/** @throws Damaged, Refused for what nobody would want to decode */
export function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw new Damaged(`it is ${width} x ${height} pixels`);
  if (width * height > MOST_PIXELS)
    throw new Refused(`has ${width} x ${height} pixels, and no more than ${MOST_PIXELS / 1e6} million are read`, 'Make it smaller, or leave it out.');
}

/**
 * The same without alpha: each value is `(a * value + (255 - a) * background) / 255`, rounded, as Pillow pastes.
 *
 * @throws Refused for pixels that are not opaque, without a background
 */
export function opaque(raster: Raster, background: Background | undefined): Raster {
  const { channels, data } = raster;
  if (channels === 1 || channels === 3) return raster;
  const own = channels - 1;
  const behind = background === 'white' ? 255 : 0;
  const out = new Uint8Array((data.length / channels) * own);
  for (let from = 0, to = 0; from < data.length; from += channels) {
    const alpha = data[from + own]!;
    if (alpha < 255 && background === undefined)
      throw new Refused(
        'has pixels that are not opaque, and nobody knows what is behind them',
        "Say background: 'white' or 'black', or save it without transparency.",
      );
    for (let c = 0; c < own; c++) out[to++] = Math.floor((2 * (alpha * data[from + c]! + (255 - alpha) * behind) + 255) / 510);
  }
  return { ...raster, channels: own as 1 | 3, data: out };
}

/** An opaque picture with one number a pixel, or three; a grey made of colours is Pillow's `L`: 0.299 R + 0.587 G + 0.114 B. */
export function inColors(raster: Raster, colors: Colors): Raster {
  const { channels, data } = raster;
  if (channels === CHANNELS[colors]) return raster;
  if (colors === 'rgb') {
    const out = new Uint8Array(3 * data.length);
    for (let i = 0; i < data.length; i++) out.fill(data[i]!, 3 * i, 3 * i + 3);
    return { ...raster, channels: 3, data: out };
  }
  const out = new Uint8Array(data.length / 3);
  for (let i = 0; i < out.length; i++) out[i] = (data[3 * i]! * 19595 + data[3 * i + 1]! * 38470 + data[3 * i + 2]! * 7471 + 0x8000) >> 16;
  return { ...raster, channels: 1, data: out };
}

/** Turned as a camera says: 1 for as it is, 2 to 8 as EXIF numbers turns and mirrors. */
export function turned(raster: Raster, orientation: number): Raster {
  if (orientation === 1) return raster;
  const { width, height, channels, data } = raster;
  const [w, h] = orientation > 4 ? [height, width] : [width, height];
  const out = new Uint8Array(data.length);
  for (let y = 0, to = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [across, down] = orientation > 4 ? [y, x] : [x, y];
      // The right edge comes first in 2, 3, 7 and 8, the lower one in 3, 4, 6 and 7.
      const sx = [2, 3, 7, 8].includes(orientation) ? width - 1 - across : across;
      const sy = [3, 4, 6, 7].includes(orientation) ? height - 1 - down : down;
      const from = (sy * width + sx) * channels;
      for (let c = 0; c < channels; c++) out[to++] = data[from + c]!;
    }
  }
  return { ...raster, width: w, height: h, data: out };
}
