// Files in a zip archive, one at a time and by name: the archive is never read as a whole.
import type { Slices } from '../../core/files.ts';
import { crc32 } from './crc32.ts';
import { Damaged } from './damaged.ts';
import { unpack } from './unpack.ts';

/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly packed: boolean;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  /** Of its own head. */
  readonly at: number;
}

const END = 0x06054b50;
const END_BYTES = 22;
const END_64 = 0x06064b50;
const LISTED = 0x02014b50;
const LOCAL = 0x04034b50;
/** A comment may follow the end. */
const MOST_TAIL = END_BYTES + 20 + 0xffff;
/** Of the list of files. */
const MOST_LIST = 2 ** 26;

/** The bytes of a file, unpacked. @throws Damaged */
export async function zipBytes(slices: Slices, { name, packed, crc, packedSize, size, at }: ZipEntry): Promise<Uint8Array> {
  const head = viewOf(await slices.slice(at, at + 30));
  if (head.byteLength < 30 || head.getUint32(0, true) !== LOCAL) throw new Damaged(`'${name}' is not where the list says`);
  const from = at + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const bytes = await slices.slice(from, from + packedSize);
  if (bytes.length < packedSize) throw new Damaged(`'${name}' is cut off`);
  const whole = packed ? await unpack('deflate', bytes, size) : bytes;
  if (whole.length !== size || crc32(whole) !== crc) throw new Damaged(`'${name}' has another checksum than the list says`);
  return whole;
}

/** What a zip archive lists. @throws Damaged */
export async function zipEntries(slices: Slices): Promise<readonly ZipEntry[]> {
  const { size } = slices;
  const tailAt = Math.max(0, size - MOST_TAIL);
  const tail = viewOf(await slices.slice(tailAt, size));
  let end = tail.byteLength - END_BYTES;
  while (end >= 0 && tail.getUint32(end, true) !== END) end--;
  if (end < 0) throw new Damaged('it is cut off: its list of files is missing');
  let [count, length, at] = [tail.getUint16(end + 10, true), tail.getUint32(end + 12, true), tail.getUint32(end + 16, true)];
  if (at === 0xffffffff || count === 0xffff || length === 0xffffffff) {
    // Beyond 4 GB the figures stand in a record before this one.
    const locator = end - 20;
    const found = locator < 0 ? 0 : Number(tail.getBigUint64(locator + 8, true));
    const record = viewOf(await slices.slice(found, found + 56));
    if (record.byteLength < 56 || record.getUint32(0, true) !== END_64) throw new Damaged('its list of files is missing');
    [count, length, at] = [32, 40, 48].map((field) => Number(record.getBigUint64(field, true))) as [number, number, number];
  }
  if (length > MOST_LIST || at + length > size) throw new Damaged('its list of files is beyond its end');
  return listed(await slices.slice(at, at + length), count);
}

function listed(bytes: Uint8Array, count: number): readonly ZipEntry[] {
  const view = viewOf(bytes);
  const entries: ZipEntry[] = [];
  for (let at = 0; entries.length < count;) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== LISTED) throw new Damaged('its list of files is cut off');
    const [nameLength, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [number, number, number];
    const method = view.getUint16(at + 10, true);
    const end = at + 46 + nameLength + extra + comment;
    if (end > bytes.length) throw new Damaged('its list of files is cut off');
    if ((view.getUint16(at + 8, true) & 1) !== 0 || (method !== 0 && method !== 8)) throw new Damaged(`a file is encrypted, or packed by method ${method}`);
    const sizes = [24, 20, 42].map((field) => view.getUint32(at + field, true));
    const [size, packedSize, from] = longSizes(view, at + 46 + nameLength, extra, sizes);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    entries.push({ name, packed: method === 8, crc: view.getUint32(at + 16, true), size: size!, packedSize: packedSize!, at: from! });
    at = end;
  }
  return entries;
}

/** Figures that need more than 32 bits stand in a field of their own, in their order. */
function longSizes(view: DataView, from: number, length: number, sizes: readonly number[]): readonly number[] {
  for (let at = from; at + 4 <= from + length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let next = at + 4;
    const end = Math.min(from + length, next + view.getUint16(at + 2, true));
    return sizes.map((size) => {
      if (size !== 0xffffffff || next + 8 > end) return size;
      next += 8;
      return Number(view.getBigUint64(next - 8, true));
    });
  }
  return sizes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
