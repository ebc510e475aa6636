// Rows on their way to the device, so many at once: the host puts them into their order while the device works on those before. Bytes
// become floats on the device, if at all: a quarter of the memory to copy. Of bytes it is known, too, which quads of features a batch has:
// pictures are empty at their edges.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import type { Scaling } from '../../core/data/dataset.ts';
import { byteStride } from '../../kernels/byteStep/byteStep.ts';
import { scaleBytes, scaleBytesGrid } from '../../kernels/scaleBytes/scaleBytes.ts';
import { copyRow, type RowsToCopy } from '../rows/rowsOnHost.ts';
import type { ByteRows, Present } from './layers/network.ts';

export interface Chunk {
  /** `[row][width]` */
  readonly x: DeviceBuffer | ByteRows;
  /** Copies rows to where they are sent from. @param order their positions */
  fill(order: Uint32Array): void;
  /** Sends what `fill` copied. */
  send(): Promise<void>;
  /** Quads of features that a batch of what was sent has, where that is known. */
  present(batch: number): Present | undefined;
}

/** Rows of a chunk and of a batch, and floats of a row, in whole quads. */
interface Sizes {
  readonly rows: number;
  readonly batch: number;
  readonly width: number;
  /** Whether the first layer takes bytes as they are. */
  readonly takesBytes: boolean;
}

/** @param create makes a buffer; whoever gives it releases them */
export function chunkOf(compute: Compute, create: Compute['create'], rows: RowsToCopy, sizes: Sizes): Chunk {
  const { width } = sizes;
  const { dense } = rows;
  if (dense?.values instanceof Uint8Array) return sendingBytes(compute, create, { ...dense, values: dense.values }, sizes);
  const x = create('rows', sizes.rows * width * 4);
  const features = new Float32Array(sizes.rows * width);
  let many = 0;
  return {
    x,
    fill(order) {
      many = order.length;
      features.fill(0);
      for (let i = 0; i < many; i++) copyRow(rows, order[i]!, features, i * width);
    },
    send() {
      compute.write(x, features.subarray(0, many * width));
      return Promise.resolve();
    },
    present: () => undefined,
  };
}

interface BytesOnHost {
  readonly cols: number;
  readonly values: Uint8Array;
  readonly ids?: Uint32Array | undefined;
  readonly scaling: Scaling | undefined;
}

function sendingBytes(compute: Compute, create: Compute['create'], rows: BytesOnHost, { rows: most, batch, width: floats, takesBytes }: Sizes): Chunk {
  const { cols, ids, scaling } = rows;
  // A shift makes something of nothing.
  const keepsZeros = !scaling || scaling.shift.every((shift) => shift === 0);
  const asBytes = takesBytes && keepsZeros;
  const width = asBytes ? byteStride(floats / 4) * 16 : floats;
  const quads = width / 4;
  const source = quadsOf(rows, width);
  const words = new Uint32Array(most * quads);
  const packed = create('bytes of rows', words.byteLength);
  const scale = create('scaling', 3 * width * 4);
  const numbers = new Float32Array(3 * width);
  for (let j = 0; j < cols; j++) {
    const [shift, factor] = scaling ? [scaling.shift[j]!, scaling.factor[j]!] : [0, 1];
    const whole = Math.round(shift);
    numbers[j] = whole;
    numbers[width + j] = shift - whole;
    numbers[2 * width + j] = factor;
  }
  compute.write(scale, numbers);
  const x = asBytes ? { bytes: packed, scaling: scale } : create('rows', most * width * 4);
  // Of each batch: those present, then the others.
  const lists = new Uint32Array(Math.ceil(most / batch) * quads);
  const present = create('quads present', lists.byteLength);
  const counts = new Uint32Array(Math.ceil(most / batch));
  let many = 0;
  return {
    x,
    fill(order) {
      many = order.length;
      const placeOf = (row: number): number => (ids ? ids[row]! : row) * quads;
      if ('bytes' in x) {
        for (let i = 0; i < many; i++) words.set(source.subarray(placeOf(order[i]!), placeOf(order[i]!) + quads), i * quads);
        return;
      }
      for (let begin = 0; begin < many; begin += batch) {
        const some = new Uint32Array(quads);
        for (let i = begin; i < Math.min(begin + batch, many); i++) copyQuads(source, placeOf(order[i]!), words, i * quads, some);
        const list = lists.subarray((begin / batch) * quads);
        let [next, last] = [0, quads];
        for (let quad = 0; quad < quads; quad++) list[some[quad] === 0 ? --last : next++] = quad;
        counts[begin / batch] = next;
      }
    },
    async send() {
      compute.write(packed, words.subarray(0, many * quads));
      if ('bytes' in x) return;
      compute.write(present, lists);
      const bindings = { bytes: packed, scaling: scale, x };
      await compute.launch(scaleBytes, { params: { rows: many, quads }, bindings, grid: scaleBytesGrid(many, quads) });
    },
    present: (own) => (keepsZeros ? { quads: present, at: own * quads, count: counts[own]! } : undefined),
  };
}

/** Copies a row, and notes what it has in `some`. */
function copyQuads(source: Uint32Array, from: number, into: Uint32Array, to: number, some: Uint32Array): void {
  for (let quad = 0; quad < some.length; quad++) {
    const word = source[from + quad]!;
    into[to + quad] = word;
    some[quad] = some[quad]! | word;
  }
}

/** Rows as words of four bytes: as they are, or with bytes between them. */
function quadsOf({ cols, values }: BytesOnHost, width: number): Uint32Array {
  if (cols === width && values.byteOffset % 4 === 0) return new Uint32Array(values.buffer, values.byteOffset, values.length / 4);
  const padded = new Uint8Array((values.length / cols) * width);
  for (let from = 0, to = 0; from < values.length; from += cols, to += width) padded.set(values.subarray(from, from + cols), to);
  return new Uint32Array(padded.buffer);
}
