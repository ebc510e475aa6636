// Pictures as PNG files.
import { encode } from 'fast-png';
import type { Picture } from '../core/events.ts';
import { colorAt } from './colormap.ts';

/** @param scale pixels of the file a pixel of the picture, each way */
export function png(picture: Picture, scale = 1): Uint8Array {
  const { width, height } = picture;
  const data = new Uint8Array(width * scale * height * scale * 3);
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      data.set(colorAt(picture, Math.floor(y / scale) * width + Math.floor(x / scale)), (y * width * scale + x) * 3);
    }
  }
  return encode({ width: width * scale, height: height * scale, data, channels: 3 });
}
