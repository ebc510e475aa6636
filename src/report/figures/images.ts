// Pictures of numbers side by side, as one picture of bytes.
import { PipelineError } from '../../core/errors/errors.ts';
import type { Picture } from '../../core/events.ts';
import { gridPicture } from '../pictures.ts';
import type { ImagesFigure } from './kinds.ts';

const KINDS = { binary: 'ink', gray: 'grey', RdBu_r: 'signed' } as const;

/** @throws E_SHAPE for numbers that are no pictures of that size, and for none */
export function imagesPicture({ title, x, width, height, columns, cmap = 'binary', vmin, vmax }: ImagesFigure): Picture {
  const data = 'data' in x ? x.data : x;
  const pixels = width * height;
  const each = 'data' in x ? x.cols : data.length % (3 * pixels) === 0 && data.length % pixels !== 0 ? 3 * pixels : pixels;
  if (!Number.isInteger(pixels) || pixels <= 0 || data.length === 0 || data.length % each !== 0 || (each !== pixels && each !== 3 * pixels)) {
    throw new PipelineError('E_SHAPE', `figure: ${data.length} numbers${'data' in x ? ` in rows of ${x.cols}` : ''} are no pictures of ${width} x ${height}.`, {
      hint: `Give ${pixels} numbers a picture, or ${3 * pixels} for colours.`,
    });
  }
  const bytes = data instanceof Uint8Array;
  const all: ArrayLike<number> = data;
  let [low, high] = bytes ? [0, 255] : [Infinity, -Infinity];
  if (!bytes) for (let i = 0; i < all.length; i++) [low, high] = [Math.min(low, all[i]!), Math.max(high, all[i]!)];
  [low, high] = [vmin ?? low, vmax ?? high];
  const scaled = Uint8Array.from(all, (value) => Math.round(Math.max(0, Math.min(1, (value - low) / (high - low || 1))) * 255));
  const kind = each === pixels ? KINDS[cmap] : 'rgb';
  const pictures = Array.from({ length: data.length / each }, (_, i): Picture => ({
    kind,
    width,
    height,
    pixels: scaled.subarray(i * each, (i + 1) * each),
    caption: title,
  }));
  return gridPicture(pictures, title, columns)!;
}
