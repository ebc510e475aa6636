// The cells of one column in one row group, a page at a time: no more of it is in memory.
import type { Slices } from '../../core/files.ts';
import { crc32 } from '../bytes/crc32.ts';
import { Damaged } from '../bytes/damaged.ts';
import { unpack, type Packing } from '../bytes/unpack.ts';
import type { Cells, Valid } from '../columnar/cells.ts';
import { readRuns } from './bits.ts';
import type { Chunk, Leaf } from './footer/footer.ts';
import type { Meaning } from './meaning.ts';
import { CutOff, structOf, ThriftReader, wholeOf, type Struct } from './footer/thrift.ts';
import { countOf, gathered, IN_DICTIONARY, readValues, type Values } from './values.ts';

/** Bytes read at a time. */
const AHEAD = 1 << 20;
/** Of a page, unpacked. Writers make pages of a megabyte. */
const MOST_BYTES = 2 ** 29;
const MOST_VALUES = 2 ** 26;
const DATA = 0;
const DICTIONARY = 2;
const DATA_2 = 3;

/** By Parquet's numbers. */
const PACKINGS: readonly (Packing | string | undefined)[] = [undefined, 'snappy', 'gzip', 'LZO', 'Brotli', 'LZ4 as Hadoop writes it', 'zstd', 'lz4'];
const KNOWN: readonly unknown[] = ['snappy', 'gzip', 'zstd', 'lz4'];

/** How it is packed, or what it is called that nobody here unpacks. */
export function packingOf({ codec }: Chunk): { readonly packing: Packing | undefined } | { readonly unknown: string } {
  const packing = codec < PACKINGS.length ? PACKINGS[codec] : `codec ${codec}`;
  if (packing === undefined || KNOWN.includes(packing)) return { packing: packing as Packing | undefined };
  return { unknown: packing };
}

export class PageReader {
  readonly #file: Slices;
  readonly #chunk: Chunk;
  readonly #leaf: Leaf;
  readonly #meaning: Meaning;
  readonly #packing: Packing | undefined;
  /** Bytes from `#at` on, as far as they have been read. */
  #bytes = new Uint8Array() as Uint8Array;
  #at: number;
  #dictionary: Values | undefined;
  #values = 0;
  #nulls = 0;

  constructor(file: Slices, chunk: Chunk, leaf: Leaf, meaning: Meaning, packing: Packing | undefined) {
    this.#file = file;
    this.#chunk = chunk;
    this.#leaf = leaf;
    this.#meaning = meaning;
    this.#packing = packing;
    this.#at = chunk.from;
  }

  /** Cells of the next page. Ask no further than the rows of the group. @throws Damaged */
  async next(): Promise<Cells> {
    for (;;) {
      const header = await this.#header();
      const unpacked = wholeOf(header, 2, 'size of a page');
      const packed = await this.#take(wholeOf(header, 3, 'packed size of a page'));
      if (unpacked > MOST_BYTES) throw new Damaged(`a page has ${unpacked} bytes`);
      const crc = header.get(4);
      if (typeof crc === 'number' && crc >>> 0 !== crc32(packed)) throw new Damaged('a page has another checksum than its head says');
      const type = wholeOf(header, 1, 'type of a page');
      if (type === DICTIONARY) await this.#readDictionary(structOf(header.get(7), 'head of a dictionary'), packed, unpacked);
      else if (type === DATA) return this.#data(structOf(header.get(5), 'head of a page'), await this.#unpacked(packed, unpacked));
      else if (type === DATA_2) return this.#data2(structOf(header.get(8), 'head of a page'), packed, unpacked);
    }
  }

  /** @throws Damaged if there are more values, or if it has other gaps than the writer counted */
  end(): void {
    const { values, nulls } = this.#chunk;
    if (this.#values !== values) throw new Damaged(`it has ${this.#values} values in place of ${values}`);
    if (nulls !== undefined && this.#nulls !== nulls) throw new Damaged(`it has ${this.#nulls} gaps, and its writer counted ${nulls}`);
  }

  async #header(): Promise<Struct> {
    for (let length = 256; ; length *= 4) {
      await this.#ahead(length);
      try {
        const reader = new ThriftReader(this.#bytes);
        const header = reader.struct();
        this.#skip(reader.at);
        return header;
      } catch (error) {
        if (!(error instanceof CutOff) || this.#bytes.length === this.#chunk.to - this.#at) throw error;
      }
    }
  }

  /** Reads on where fewer bytes are there, up to the end of the column. */
  async #ahead(length: number): Promise<void> {
    const left = this.#chunk.to - this.#at;
    if (this.#bytes.length >= Math.min(length, left)) return;
    this.#bytes = await this.#file.slice(this.#at, this.#at + Math.min(left, Math.max(length, AHEAD)));
    if (this.#bytes.length < Math.min(length, left)) throw new Damaged('the file became shorter while it was read');
  }

  #skip(length: number): void {
    this.#at += length;
    this.#bytes = this.#bytes.subarray(length);
  }

  async #take(length: number): Promise<Uint8Array> {
    if (length > this.#chunk.to - this.#at) throw new Damaged(`a page has ${length} bytes where ${this.#chunk.to - this.#at} are left`);
    await this.#ahead(length);
    const taken = this.#bytes.subarray(0, length);
    this.#skip(length);
    return taken;
  }

  async #unpacked(bytes: Uint8Array, size: number): Promise<Uint8Array> {
    if (this.#packing) return unpack(this.#packing, bytes, size);
    if (bytes.length !== size) throw new Damaged(`a page has ${bytes.length} bytes in place of ${size}`);
    return bytes;
  }

  async #readDictionary(header: Struct, packed: Uint8Array, unpacked: number): Promise<void> {
    if (this.#dictionary) throw new Damaged('it has two dictionaries');
    const encoding = wholeOf(header, 2, 'encoding');
    const count = this.#countIn(header, MOST_VALUES);
    // Its values are plain; the number that old writers give here is that of positions.
    this.#dictionary = readValues(await this.#unpacked(packed, unpacked), encoding === 2 ? 0 : encoding, count, this.#leaf);
  }

  #countIn(header: Struct, most: number): number {
    const count = wholeOf(header, 1, 'number of values');
    if (count > Math.min(most, MOST_VALUES)) throw new Damaged(`a page has ${count} values where ${most} are left`);
    return count;
  }

  #data(header: Struct, bytes: Uint8Array): Cells {
    const count = this.#countIn(header, this.#chunk.values - this.#values);
    const encoding = wholeOf(header, 2, 'encoding');
    if (this.#leaf.levels === 0) return this.#cells(bytes, encoding, count, undefined);
    if (header.get(3) !== 3) throw new Damaged(`gaps are told by encoding ${String(header.get(3))}, which writers left long ago`);
    const length = bytes.length < 4 ? Infinity : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    if (length > bytes.length - 4) throw new Damaged('a page ends too early');
    return this.#cells(bytes.subarray(4 + length), encoding, count, this.#validIn(bytes, 4, 4 + length, count));
  }

  async #data2(header: Struct, packed: Uint8Array, unpacked: number): Promise<Cells> {
    const count = this.#countIn(header, this.#chunk.values - this.#values);
    const levels = wholeOf(header, 5, 'length of levels');
    if (wholeOf(header, 6, 'length of levels') > 0 || levels > Math.min(packed.length, unpacked)) throw new Damaged('a page has other levels than its column');
    const valid = this.#leaf.levels > 0 ? this.#validIn(packed, 0, levels, count) : undefined;
    const rest = packed.subarray(levels);
    const empty = unpacked === levels;
    const bytes = header.get(7) === false || empty ? rest : await this.#unpacked(rest, unpacked - levels);
    return this.#cells(empty ? bytes.subarray(0, 0) : bytes, wholeOf(header, 4, 'encoding'), count, valid);
  }

  /** 1 where a value is there: one that no struct around it lacks. */
  #validIn(bytes: Uint8Array, from: number, to: number, count: number): Uint8Array {
    const { levels } = this.#leaf;
    const valid = new Uint8Array(count);
    readRuns(bytes, from, to, 32 - Math.clz32(levels), valid);
    if (levels === 1) return valid;
    for (let i = 0; i < count; i++) {
      if (valid[i]! > levels) throw new Damaged(`a value is in ${valid[i]} structs, and ${levels} are there`);
      valid[i] = valid[i] === levels ? 1 : 0;
    }
    return valid;
  }

  #cells(bytes: Uint8Array, encoding: number, count: number, defined: Valid): Cells {
    let there = count;
    if (defined) {
      there = 0;
      for (let i = 0; i < count; i++) there += defined[i]!;
    }
    this.#values += count;
    this.#nulls += count - there;
    const valid = there === count ? undefined : defined;
    const dictionary = IN_DICTIONARY.includes(encoding) ? this.#positions(bytes, there) : undefined;
    const values = dictionary ? this.#dictionary! : readValues(bytes, encoding, there, this.#leaf);
    if (!valid && !dictionary) return this.#meaning(values, valid, undefined);
    const index = valid ? spread(valid, dictionary) : dictionary!;
    if (dictionary && values.kind === 'pieces') return this.#meaning(values, valid, index);
    return this.#meaning(gathered(values, index), valid, undefined);
  }

  /** Positions in the dictionary. */
  #positions(bytes: Uint8Array, count: number): Int32Array {
    const positions = new Int32Array(count);
    if (count === 0 && !this.#dictionary) this.#dictionary = readValues(new Uint8Array(), 0, 0, this.#leaf);
    if (!this.#dictionary) throw new Damaged('its dictionary is missing');
    if (count === 0) return positions;
    const width = bytes[0];
    if (width === undefined || width > 32) throw new Damaged(`positions in its dictionary have ${width ?? 'no'} bits`);
    readRuns(bytes, 1, bytes.length, width, positions);
    const most = countOf(this.#dictionary);
    for (const position of positions) if (position < 0 || position >= most) throw new Damaged(`a value is number ${position} of a dictionary of ${most}`);
    return positions;
  }
}

/** Position of the value of each cell; -1 for a gap. @param positions of those that have one, where they are not in order */
function spread(valid: Uint8Array, positions: Int32Array | undefined): Int32Array {
  const index = new Int32Array(valid.length).fill(-1);
  let next = 0;
  for (let i = 0; i < index.length; i++) {
    if (valid[i] === 0) continue;
    index[i] = positions ? positions[next]! : next;
    next++;
  }
  return index;
}
