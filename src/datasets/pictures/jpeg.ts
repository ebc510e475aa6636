// JPEG pictures. The one file that names the package which decodes them; it is loaded when such a picture is read.
import jpeg from 'jpeg-js';
import { reasonOf } from '../../core/errors/errors.ts';
import { jpegHead } from './jpegHead.ts';
import { checkSize, Refused, turned, type Raster } from './raster.ts';

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
      tolerantDecoding: true, // else it refuses whole pictures whose last interval is longer than what is left
      maxResolutionInMP: 100,
      maxMemoryUsageInMB: MOST_MEMORY,
      ...(components === 3 ? { colorTransform: !rgb } : {}),
    });
    return turned({ width, height, channels: 3, data }, orientation);
  } catch (cause) {
    throw new Refused(`is damaged, or a JPEG of a rare kind: ${reasonOf(cause)}`, 'Copy or download it again, or save it as PNG.');
  }
}
