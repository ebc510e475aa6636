// Pictures as text: half blocks, two picture rows a line, in true colour or in xterm's 256; a ramp of ten characters
// where there is no colour, in which signed pictures show their sign.
import type { Picture } from '../../core/events.ts';
import { colorOf, type Rgb } from '../colormap.ts';
import { printable } from './format.ts';
import type { ColorDepth } from './style.ts';

const RAMP = ' .:-=+*#%@';
/** Below zero and above it, by size. */
const SIGNED = ['@=- ', ' +*#'] as const;

/** Lines of text, two picture rows each. */
export function pictureLines({ kind, width, height, pixels }: Picture, depth: ColorDepth): readonly string[] {
  const empty = kind === 'ink' ? 0 : 128;
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    let line = '';
    for (let x = 0; x < width; x++) {
      const upper = pixels[y * width + x]!;
      const lower = y + 1 < height ? pixels[(y + 1) * width + x]! : empty;
      if (depth === 'none') line += plain(kind, (upper + lower) / 2);
      else line += `\u001b[38;${code(colorOf(kind, upper), depth)};48;${code(colorOf(kind, lower), depth)}m▀`;
    }
    lines.push(depth === 'none' ? line : `${line}\u001b[0m`);
  }
  return lines;
}

/** Pictures side by side, as many as fit, each under its number; captions below. */
export function gridLines(pictures: readonly Picture[], depth: ColorDepth, columns: number): readonly string[] {
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

function plain(kind: Picture['kind'], value: number): string {
  if (kind === 'ink') return RAMP[Math.round((value / 255) * (RAMP.length - 1))]!;
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
