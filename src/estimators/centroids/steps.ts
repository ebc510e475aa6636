// Points as nearest_of_bytes.wgsl reads them: whole numbers of 16 bits.
import type { TileShape } from '../../kernels/lib/tiles.ts';

const MOST_I16 = 2 ** 15 - 1;
const MOST_I32 = 2 ** 31 - 1;

export interface Steps {
  /** `[point][word][feature of the word]` */
  readonly weights: Int16Array;
  /** `[point]` */
  readonly biases: Int32Array;
  readonly times: number;
}

/**
 * Steps to each point from whole numbers near their mean, times the largest power of two that 16 and 32 bits hold. Undefined where
 * they hold none: points far from all bytes.
 */
export function inSteps(points: readonly Float64Array[], { words, cols }: Pick<TileShape, 'words' | 'cols'>): Steps | undefined {
  const shared = Float64Array.from({ length: cols }, (_, j) => Math.round(points.reduce((sum, point) => sum + point[j]!, 0) / points.length));
  let [largest, reach] = [0, 0];
  // Of |x - c|^2 / 2 what differs by center is -x (c - s) - (s - c) (s + c) / 2, where s is shared.
  const biases = points.map((point) => {
    let [bias, most] = [0, 0];
    for (let j = 0; j < cols; j++) {
      const step = point[j]! - shared[j]!;
      bias -= (step * (point[j]! + shared[j]!)) / 2;
      most += 255 * Math.abs(step);
      largest = Math.max(largest, Math.abs(step));
    }
    reach = Math.max(reach, most + Math.abs(bias));
    return bias;
  });
  // Rounding adds half at most to each weight, and to the bias.
  const room = MOST_I32 - 128 * (cols + 1);
  const times = 2 ** Math.floor(Math.log2(Math.min(2 ** 15, MOST_I16 / largest, room / reach)));
  if (!(times >= 1)) return undefined;
  const weights = new Int16Array(points.length * words * 4);
  for (const [k, point] of points.entries()) {
    for (let j = 0; j < cols; j++) weights[k * words * 4 + j] = Math.round((point[j]! - shared[j]!) * times);
  }
  return { weights, biases: Int32Array.from(biases, (bias) => Math.round(bias * times)), times };
}
