// The order in which passes over rows of bytes take their words.
import type { Compute, DeviceBuffer } from '../../../core/compute.ts';
import { orderOfWords } from '../../../kernels/onePass/onePass.ts';
import type { TiledRows } from '../../rows/tilesOnDevice.ts';

export function uploadOrder(compute: Compute, { shape, frame }: TiledRows): DeviceBuffer {
  const order = orderOfWords(frame.rms, shape.words);
  return compute.upload('order of words', order.byteLength, (target) => new Uint32Array(target).set(order));
}
