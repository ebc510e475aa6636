// How pixels of a picture look: ink is black on white paper, as matplotlib's `binary`; light is as it is; signed values run from blue
// over white to red, as its `RdBu_r`.
import type { Picture } from '../core/events.ts';

export type Rgb = readonly [number, number, number];

const BLUE: Rgb = [33, 102, 172];
const WHITE: Rgb = [247, 247, 247];
const RED: Rgb = [178, 24, 43];

/** @param at number of the pixel, line by line */
export function colorAt({ kind, pixels }: Pick<Picture, 'kind' | 'pixels'>, at: number): Rgb {
  return kind === 'rgb' ? [pixels[3 * at]!, pixels[3 * at + 1]!, pixels[3 * at + 2]!] : colorOf(kind, pixels[at]!);
}

/** Of a picture with one number a pixel. */
export function colorOf(kind: Exclude<Picture['kind'], 'rgb'>, value: number): Rgb {
  if (kind === 'ink') return [255 - value, 255 - value, 255 - value];
  if (kind === 'grey') return [value, value, value];
  const size = Math.min(1, Math.abs(value - 128) / 127);
  const end = value < 128 ? BLUE : RED;
  return [mix(WHITE[0], end[0], size), mix(WHITE[1], end[1], size), mix(WHITE[2], end[2], size)];
}

function mix(from: number, to: number, share: number): number {
  return Math.round(from + (to - from) * share);
}
