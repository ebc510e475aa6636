// Pictures of another size, bit for bit as `Image.resize(size, Image.Resampling.BILINEAR)` of Pillow makes them: where a picture
// becomes smaller, each new pixel is a mean of all the old ones that it covers, weighted by a triangle. Weights are whole numbers, so
// every machine gives the same pixels.
import type { Raster } from './raster.ts';

/** Bits behind the point of a weight. */
const BITS = 22;
/** Lengths of sides whose weights are kept. */
const MOST_KNOWN = 64;

/** What new pixels along one side are made of. */
interface Weights {
  /** Most old pixels that make one. */
  readonly most: number;
  /** First old pixel of each, and how many there are. */
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `[to * most]` */
  readonly weights: Int32Array;
}

function weightsOf(from: number, to: number): Weights {
  const scale = from / to;
  // Half the width of the triangle, in old pixels.
  const reach = Math.max(1, scale);
  const most = Math.ceil(reach) * 2 + 1;
  const [first, count, weights] = [new Int32Array(to), new Int32Array(to), new Int32Array(to * most)];
  const own = new Float64Array(most);
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(center - reach + 0.5));
    const length = Math.min(from, Math.trunc(center + reach + 0.5)) - begin;
    let sum = 0;
    // Pillow multiplies by what it divided once.
    const shrink = 1 / reach;
    for (let j = 0; j < length; j++) sum += own[j] = Math.max(0, 1 - Math.abs((j + begin - center + 0.5) * shrink));
    for (let j = 0; j < length; j++) weights[i * most + j] = Math.trunc((own[j]! / sum) * 2 ** BITS + 0.5);
    first[i] = begin;
    count[i] = length;
  }
  return { most, first, count, weights };
}

/** Makes pictures of one size out of pictures of any; weights are kept for the next picture of the same size. */
export class Resizer {
  readonly #width: number;
  readonly #height: number;
  readonly #known = new Map<string, Weights>();

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
  }

  resized(raster: Raster): Raster {
    const across = raster.width === this.#width ? raster : this.#across(raster);
    return across.height === this.#height ? across : this.#down(across);
  }

  #weights(from: number, to: number): Weights {
    const key = `${from} ${to}`;
    let found = this.#known.get(key);
    if (found) return found;
    if (this.#known.size === MOST_KNOWN) this.#known.clear();
    this.#known.set(key, (found = weightsOf(from, to)));
    return found;
  }

  #across({ width, height, channels, data }: Raster): Raster {
    const { most, first, count, weights } = this.#weights(width, this.#width);
    const out = new Uint8Array(this.#width * height * channels);
    for (let y = 0, to = 0; y < height; y++) {
      for (let x = 0; x < this.#width; x++) {
        const from = (y * width + first[x]!) * channels;
        for (let c = 0; c < channels; c++) {
          let sum = 1 << (BITS - 1);
          for (let j = 0; j < count[x]!; j++) sum += data[from + j * channels + c]! * weights[x * most + j]!;
          out[to++] = byteOf(sum);
        }
      }
    }
    return { width: this.#width, height, channels, data: out };
  }

  #down({ width, height, channels, data }: Raster): Raster {
    const { most, first, count, weights } = this.#weights(height, this.#height);
    const line = width * channels;
    const out = new Uint8Array(line * this.#height);
    for (let y = 0, to = 0; y < this.#height; y++) {
      const from = first[y]! * line;
      for (let at = 0; at < line; at++) {
        let sum = 1 << (BITS - 1);
        for (let j = 0; j < count[y]!; j++) sum += data[from + j * line + at]! * weights[y * most + j]!;
        out[to++] = byteOf(sum);
      }
    }
    return { width, height: this.#height, channels, data: out };
  }
}

/** Rounded weights may make a little more than 255. */
function byteOf(sum: number): number {
  return Math.min(255, sum >> BITS);
}
