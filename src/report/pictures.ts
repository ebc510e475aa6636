// Pictures of what a run found that is no picture itself, for PNG files: a confusion matrix, losses, a grid of digits.
import type { Picture } from '../core/events.ts';
import type { History } from './html/data.ts';

/** Columns of a grid, and pixels between its pictures. */
const ACROSS = 8;
const GAP = 2;
const LOSS = { width: 240, height: 120 } as const;

/** A pixel a cell, darker for a larger share of its true class. */
export function confusionPicture(path: string, confusion: readonly (readonly number[])[]): Picture {
  const totals = confusion.map((row) =>
    Math.max(
      1,
      row.reduce((a, b) => a + b, 0),
    ),
  );
  const pixels = Uint8Array.from(confusion.flatMap((row, i) => row.map((count) => Math.round((255 * count) / totals[i]!))));
  return {
    kind: 'ink',
    width: confusion.length,
    height: confusion.length,
    pixels,
    caption: `confusion of ${path}: rows are true classes, columns predicted ones`,
  };
}

/** One line a model from the first iteration to the last of any, the largest loss on top. */
export function lossPicture({ stage, models }: History): Picture {
  const { width, height } = LOSS;
  const pixels = new Uint8Array(width * height);
  const values = models.flatMap(({ loss }) => loss).filter(Number.isFinite);
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const span = values.reduce((a, b) => Math.max(a, b), -Infinity) - low || 1;
  const last = Math.max(1, ...models.map(({ loss }) => loss.length - 1));
  for (const { loss } of models) {
    let before: number | undefined;
    for (let x = 0; x < width; x++) {
      const at = (x / (width - 1)) * last;
      const [left, right] = [loss[Math.floor(at)], loss[Math.min(Math.ceil(at), loss.length - 1)]];
      if (left === undefined || right === undefined || at > loss.length - 1) break;
      const y = Math.round((height - 1) * (1 - (left + (right - left) * (at % 1) - low) / span));
      for (let filled = Math.min(before ?? y, y); filled <= Math.max(before ?? y, y); filled++) pixels[filled * width + x] = 255;
      before = y;
    }
  }
  return { kind: 'ink', width, height, pixels, caption: `loss of ${stage}, ${low.toPrecision(3)} to ${(low + span).toPrecision(3)}, ${last} iterations` };
}

/** Pictures of one size side by side, row by row; undefined for none. */
export function gridPicture(pictures: readonly Picture[], caption: string, columns = ACROSS): Picture | undefined {
  const first = pictures[0];
  if (!first) return undefined;
  const [cellWidth, cellHeight] = [first.width + GAP, first.height + GAP];
  const across = Math.min(columns, pictures.length);
  const [width, height] = [across * cellWidth - GAP, Math.ceil(pictures.length / across) * cellHeight - GAP];
  const channels = first.kind === 'rgb' ? 3 : 1;
  const between = { ink: 0, signed: 128, grey: 255, rgb: 255 }[first.kind];
  const pixels = new Uint8Array(width * height * channels).fill(between);
  pictures.forEach((picture, i) => {
    const corner = Math.floor(i / across) * cellHeight * width + (i % across) * cellWidth;
    const line = picture.width * channels;
    for (let y = 0; y < picture.height; y++) pixels.set(picture.pixels.subarray(y * line, (y + 1) * line), (corner + y * width) * channels);
  });
  return { kind: first.kind, width, height, pixels, caption };
}
