// JPEG pictures. The one file that names the package which decodes them; it is loaded when such a picture is read.
import jpeg from 'jpeg-js';
import { reasonOf } from '../../core/errors/errors.ts';
import { Damaged } from '../../formats/bytes/damaged.ts';
import { jpegHead } from './jpegHead.ts';
import { checkSize, turned, type Raster } from './raster.ts';

/** Of memory for one picture, in MB: enough for as many pixels as are read at all. */
const MOST_MEMORY = 2048;

/** The picture as a camera meant it to be seen. @throws Damaged, Refused */
export function decodeJpeg(bytes: Uint8Array): Raster {
  const { width, height, components, orientation, rgb } = jpegHead(bytes);
  checkSize(width, height);
  try {
    const { data } = jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: 100,
      maxMemoryUsageInMB: MOST_MEMORY,
      ...(components === 3 ? { colorTransform: !rgb } : {}),
    });
    return turned({ width, height, channels: 3, data }, orientation);
  } catch (cause) {
    throw new Damaged(reasonOf(cause), { cause });
  }
}
