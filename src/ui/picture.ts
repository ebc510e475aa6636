// A picture on a canvas, each of its pixels one of the canvas's.
import { fromBase64 } from '../core/encoding/base64.ts';
import type { Picture } from '../core/events.ts';
import { colorAt } from '../report/colormap.ts';
import { h } from './dom.ts';

/** Pixels travel as base64 in JSON. */
export function pictureElement({ kind, width, height, pixels, caption }: Picture): HTMLElement {
  const values = typeof pixels === 'string' ? fromBase64(pixels) : pixels;
  const canvas = h('canvas', { width, height, role: 'img', 'aria-label': caption });
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(width, height);
  for (let at = 0; at < width * height; at++) image.data.set([...colorAt({ kind, pixels: values }, at), 255], 4 * at);
  context.putImageData(image, 0, 0);
  return h('figure', {}, canvas, h('figcaption', {}, caption));
}
