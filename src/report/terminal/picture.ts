// Pictures as text: half blocks, two picture rows a line, in true colour or in xterm's 256; a ramp of ten characters
// where there is no colour, in which signed pictures show their sign.
import type { Picture } from '../../core/events.ts';
import { colorAt, colorOf, type Rgb } from '../colormap.ts';
import { printable } from './format.ts';
import type { ColorDepth } from './depth.ts';

const RAMP = ' .:-=+*#%@';
/** Below zero and above it, by size. */
const SIGNED = ['@=- ', ' +*#'] as const;

/** What is below the last line of an odd number. */
const EMPTY = { ink: 0, grey: 0, rgb: 0, signed: 128 } as const;
const BLACK: Rgb = [0, 0, 0];

/** Lines of text, two picture rows each. */
export function pictureLines(picture: Picture, depth: ColorDepth): readonly string[] {
  const { kind, width, height } = picture;
  const below = kind === 'rgb' ? BLACK : colorOf(kind, EMPTY[kind]);
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    let line = '';
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const last = y + 1 === height;
      if (depth === 'none') line += plain(kind, (valueAt(picture, at) + (last ? EMPTY[kind] : valueAt(picture, at + width))) / 2);
      else line += `\u001b[38;${code(colorAt(picture, at), depth)};48;${code(last ? below : colorAt(picture, at + width), depth)}m▀`;
    }
    lines.push(depth === 'none' ? line : `${line}\u001b[0m`);
  }
  return lines;
}

/** The picture, or a smaller one that is no wider than that: each pixel is the mean of a square of pixels. */
export function fitted(picture: Picture, columns: number): Picture {
  const side = Math.ceil(picture.width / Math.max(1, columns));
  if (side === 1) return picture;
  const channels = picture.kind === 'rgb' ? 3 : 1;
  const [width, height] = [Math.ceil(picture.width / side), Math.ceil(picture.height / side)];
  const pixels = new Uint8Array(width * height * channels);
  for (let i = 0; i < pixels.length; i++) {
    const [at, c] = [Math.floor(i / channels), i % channels];
    const [left, top] = [(at % width) * side, Math.floor(at / width) * side];
    const [right, bottom] = [Math.min(picture.width, left + side), Math.min(picture.height, top + side)];
    let sum = 0;
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += picture.pixels[(y * picture.width + x) * channels + c]!;
    pixels[i] = Math.round(sum / ((right - left) * (bottom - top)));
  }
  return { ...picture, width, height, pixels };
}

/** Pictures side by side, as many as fit, each under its number; captions below. */
export function gridLines(given: readonly Picture[], depth: ColorDepth, columns: number): readonly string[] {
  const pictures = given.map((picture) => fitted(picture, columns));
  const width = pictures[0]?.width ?? 1;
  const across = Math.max(1, Math.floor((columns + 1) / (width + 1)));
  const lines: string[] = [];
  for (let from = 0; from < pictures.length; from += across) {
    const row = pictures.slice(from, from + across);
    lines.push(
      row
        .map((_, i) => `${from + i + 1}`.padEnd(width))
        .join(' ')
        .trimEnd(),
    );
    const each = row.map((picture) => pictureLines(picture, depth));
    for (let y = 0; y < each[0]!.length; y++) lines.push(each.map((picture) => picture[y] ?? '').join(' '));
  }
  return [...lines, ...pictures.map(({ caption }, i) => `${i + 1}  ${printable(caption)}`)];
}

/** One number a pixel; of colors, how light they are. */
function valueAt({ kind, pixels }: Picture, at: number): number {
  if (kind !== 'rgb') return pixels[at]!;
  return 0.299 * pixels[3 * at]! + 0.587 * pixels[3 * at + 1]! + 0.114 * pixels[3 * at + 2]!;
}

function plain(kind: Picture['kind'], value: number): string {
  if (kind !== 'signed') return RAMP[Math.round((value / 255) * (RAMP.length - 1))]!;
  const share = Math.min(1, Math.abs(value - 128) / 127);
  return value < 128 ? SIGNED[0][3 - Math.round(share * 3)]! : SIGNED[1][Math.round(share * 3)]!;
}

function code([r, g, b]: Rgb, depth: ColorDepth): string {
  if (depth === 'true') return `2;${r};${g};${b}`;
  // xterm: 24 greys from 232 on, and a cube of 6 levels a colour from 16 on.
  if (r === g && g === b) return `5;${r < 4 ? 16 : r > 246 ? 231 : 232 + Math.round(((r - 8) / 238) * 23)}`;
  const level = (value: number): number => (value < 48 ? 0 : value < 115 ? 1 : Math.round((value - 55) / 40));
  return `5;${16 + 36 * level(r) + 6 * level(g) + level(b)}`;
}
