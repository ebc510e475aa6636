// Unpacks pieces of files, whose length is known. Whatever the bytes are, it ends, and takes no more memory than that length.
import { reasonOf } from '../../core/errors/errors.ts';
import { Damaged } from './damaged.ts';

/** Bytes that one byte can stand for: more was not packed this way, and no memory is reserved for it. */
const MOST_TIMES = { snappy: 32, lz4: 256 } as const;

export type Packing = 'snappy' | 'gzip' | 'deflate' | 'zstd' | 'lz4' | 'lz4Frame';

/** @param size of what was packed @throws Damaged for anything but so many bytes */
export async function unpack(packing: Packing, bytes: Uint8Array, size: number): Promise<Uint8Array> {
  switch (packing) {
    case 'snappy':
      return snappy(bytes, size);
    case 'gzip':
      return inflated('gzip', bytes, size);
    case 'deflate':
      return inflated('deflate-raw', bytes, size);
    case 'zstd':
      return unzstd(bytes, size);
    case 'lz4': {
      const out = reserved('lz4', bytes, size);
      if (lz4Block(bytes, out, 0) !== size) throw new Damaged(`lz4 gives other than ${size} bytes`);
      return out;
    }
    case 'lz4Frame':
      return lz4Frame(bytes, size);
  }
}

function reserved(packing: keyof typeof MOST_TIMES, bytes: Uint8Array, size: number): Uint8Array {
  if (size > bytes.length * MOST_TIMES[packing]) throw new Damaged(`${bytes.length} bytes of ${packing} are to hold ${size}`);
  return new Uint8Array(size);
}

function snappy(bytes: Uint8Array, size: number): Uint8Array {
  const out = reserved('snappy', bytes, size);
  let at = 0;
  let said = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++];
    if (byte === undefined || scale > 2 ** 28) throw new Damaged('snappy does not say its length');
    said += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  if (said !== size) throw new Damaged(`snappy holds ${said} bytes in place of ${size}`);
  let end = 0;
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    let length = (tag >> 2) + 1;
    if ((tag & 3) === 0) {
      if (length > 60) {
        const more = length - 60;
        length = 1 + little(bytes, at, more);
        at += more;
      }
      if (length > bytes.length - at || length > size - end) throw new Damaged('snappy ends too early');
      out.set(bytes.subarray(at, at + length), end);
      at += length;
      end += length;
      continue;
    }
    let back: number;
    if ((tag & 3) === 1) {
      length = ((tag >> 2) & 7) + 4;
      back = ((tag >> 5) << 8) | little(bytes, at, 1);
      at += 1;
    } else {
      const wide = (tag & 3) === 2 ? 2 : 4;
      back = little(bytes, at, wide);
      at += wide;
    }
    end = repeated(out, end, back, length, 'snappy');
  }
  if (end !== size) throw new Damaged(`snappy gives ${end} bytes in place of ${size}`);
  return out;
}

/** A number of up to four bytes. */
function little(bytes: Uint8Array, at: number, length: number): number {
  if (at + length > bytes.length) throw new Damaged('a number is cut off');
  let value = 0;
  for (let i = length - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!;
  return value;
}

/** Copies what stands `back` bytes earlier. @returns the new end */
function repeated(out: Uint8Array, end: number, back: number, length: number, packing: string): number {
  if (back === 0 || back > end || length > out.length - end) throw new Damaged(`${packing} repeats what is not there`);
  if (back >= length) out.copyWithin(end, end - back, end - back + length);
  else for (let i = 0; i < length; i++) out[end + i] = out[end + i - back]!;
  return end + length;
}

/** @param end where its bytes go in `out` @returns where they end */
function lz4Block(bytes: Uint8Array, out: Uint8Array, end: number): number {
  let at = 0;
  const longer = (least: number): number => {
    let length = least;
    for (let byte = 255; byte === 255; length += byte) {
      if (at >= bytes.length) throw new Damaged('lz4 ends too early');
      byte = bytes[at++]!;
    }
    return length;
  };
  while (at < bytes.length) {
    const token = bytes[at++]!;
    const plain = token >> 4 === 15 ? longer(15) : token >> 4;
    if (plain > bytes.length - at || plain > out.length - end) throw new Damaged('lz4 ends too early');
    out.set(bytes.subarray(at, at + plain), end);
    at += plain;
    end += plain;
    if (at === bytes.length) return end;
    const back = little(bytes, at, 2);
    at += 2;
    end = repeated(out, end, back, ((token & 15) === 15 ? longer(15) : token & 15) + 4, 'lz4');
  }
  return end;
}

function lz4Frame(bytes: Uint8Array, size: number): Uint8Array {
  const out = reserved('lz4', bytes, size);
  let end = 0;
  for (let at = 0; at < bytes.length;) {
    if (little(bytes, at, 4) !== 0x184d2204) throw new Damaged('lz4 does not begin as such');
    const flags = little(bytes, at + 4, 1);
    at += 7 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0);
    for (;;) {
      const head = little(bytes, at, 4);
      at += 4;
      if (head === 0) break;
      const length = head % 2 ** 31;
      if (length > bytes.length - at) throw new Damaged('lz4 ends too early');
      const block = bytes.subarray(at, at + length);
      if (head < 2 ** 31) end = lz4Block(block, out, end);
      else {
        if (length > size - end) throw new Damaged(`lz4 gives more than ${size} bytes`);
        out.set(block, end);
        end += length;
      }
      at += length + (flags & 16 ? 4 : 0);
    }
    at += flags & 4 ? 4 : 0;
  }
  if (end !== size) throw new Damaged(`lz4 gives ${end} bytes in place of ${size}`);
  return out;
}

async function inflated(format: 'gzip' | 'deflate-raw', bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const gathered = new Gathered(format, size);
  const reader = packed.pipeThrough(new DecompressionStream(format)).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) gathered.add(next.value);
  } catch (cause) {
    throw cause instanceof Damaged ? cause : new Damaged(`${format} is damaged: ${reasonOf(cause)}`);
  } finally {
    await reader.cancel().catch(() => {});
  }
  return gathered.whole();
}

/** What zstd may look back: 128 MiB, as its own program allows. */
const MOST_WINDOW = 2 ** 27;

async function unzstd(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  if (windowOf(bytes) > Math.max(MOST_WINDOW, size)) throw new Damaged('zstd is to look back further than 128 MiB');
  const { unzstdTo } = await import('./zstd.ts');
  const gathered = new Gathered('zstd', size);
  try {
    unzstdTo(bytes, (piece) => gathered.add(piece));
  } catch (cause) {
    throw cause instanceof Damaged ? cause : new Damaged(`zstd is damaged: ${reasonOf(cause)}`);
  }
  return gathered.whole();
}

/** Bytes that unpacking a frame keeps, by its head. */
function windowOf(bytes: Uint8Array): number {
  if (little(bytes, 0, 4) !== 0xfd2fb528) throw new Damaged('zstd does not begin as such');
  const flags = little(bytes, 4, 1);
  const single = (flags & 32) !== 0;
  if (!single) {
    const window = little(bytes, 5, 1);
    return 2 ** (10 + (window >> 3)) * (1 + (window & 7) / 8);
  }
  const at = 5 + [0, 1, 2, 4][flags & 3]!;
  const wide = flags >> 6;
  if (wide === 3) return little(bytes, at, 4) + little(bytes, at + 4, 4) * 2 ** 32;
  return wide === 0 ? little(bytes, at, 1) : wide === 1 ? little(bytes, at, 2) + 256 : little(bytes, at, 4);
}

/** Pieces that are to be so many bytes in all. */
class Gathered {
  readonly #packing: string;
  readonly #size: number;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(packing: string, size: number) {
    this.#packing = packing;
    this.#size = size;
  }

  add(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#length > this.#size) throw new Damaged(`${this.#packing} gives more than ${this.#size} bytes`);
    this.#pieces.push(piece);
  }

  whole(): Uint8Array {
    if (this.#length !== this.#size) throw new Damaged(`${this.#packing} gives ${this.#length} bytes in place of ${this.#size}`);
    if (this.#pieces.length === 1) return this.#pieces[0]!;
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
}
