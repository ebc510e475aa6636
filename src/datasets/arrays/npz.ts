// Several arrays in one file, as numpy.savez writes them: a zip archive with a .npy file for each.
import { didYouMean } from '../../core/errors/didYouMean.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Slices } from '../../core/files.ts';
import { crc32 } from '../../formats/bytes/crc32.ts';
import { COPY, Damaged } from '../../formats/bytes/damaged.ts';
import { placeOf, type FileLike } from '../../formats/bytes/open.ts';
import { openSlices, otherKind } from '../../formats/bytes/slices.ts';
import { unpack } from '../../formats/bytes/unpack.ts';
import { readNpy } from './npy.ts';
import type { ArrayFile } from './ndArray.ts';

/**
 * One array of a `.npz` file of numpy, packed (`numpy.savez_compressed`) or not.
 *
 * @param file path relative to the source file that names it, a URL, bytes, or in a page a `File`
 * @param name of the array, as `numpy.savez(file, x=x)` calls it
 * @throws when it is read: E_FETCH, or E_DATA for a name that is not there, and for what {@link npy} refuses
 * @example
 * fetch(arrays({ x: npz('digits.npz', 'x'), labels: npz('digits.npz', 'y') }));
 */
export function npz(file: FileLike, name: string): ArrayFile {
  const place = placeOf('npz', file);
  const called = `${place.name}, array '${name}',`;
  return {
    name: place.name,
    params: { format: 'npz', name },
    ...(place.at instanceof URL && place.at.protocol === 'file:' ? { files: [place.at] } : {}),
    async read(options) {
      const slices = await openSlices(place, options);
      try {
        return readNpy(called, await entryOf(place.name, slices, name));
      } catch (error) {
        if (!(error instanceof Damaged)) throw error;
        throw new PipelineError('E_DATA', `${place.name} is damaged: ${error.message}.`, { hint: COPY, cause: error });
      } finally {
        await slices.close();
      }
    },
  };
}

interface Entry {
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

async function entryOf(file: string, slices: Slices, name: string): Promise<Uint8Array> {
  const entries = await entriesOf(file, slices);
  const entry = entries.find((one) => one.name === `${name}.npy`);
  if (!entry) {
    const names = entries.map((one) => one.name.replace(/\.npy$/, ''));
    throw new PipelineError('E_DATA', `${file} has no array '${name}'.`, { hint: didYouMean(name, names.slice(0, 50), 'Arrays') });
  }
  const head = viewOf(await slices.slice(entry.at, entry.at + 30));
  if (head.byteLength < 30 || head.getUint32(0, true) !== LOCAL) throw new Damaged(`array '${name}' is not where the list says`);
  const from = entry.at + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const bytes = await slices.slice(from, from + entry.packedSize);
  if (bytes.length < entry.packedSize) throw new Damaged(`array '${name}' is cut off`);
  const whole = entry.packed ? await unpack('deflate', bytes, entry.size) : bytes;
  if (whole.length !== entry.size || crc32(whole) !== entry.crc) throw new Damaged(`array '${name}' has another checksum than the list says`);
  return whole;
}

async function entriesOf(file: string, slices: Slices): Promise<readonly Entry[]> {
  const { size } = slices;
  const first = await slices.slice(0, 4);
  if (String.fromCharCode(...first.subarray(0, 2)) !== 'PK') {
    if (size === 0) throw new PipelineError('E_DATA', `${file} is empty.`, { hint: 'Name a file that numpy.savez wrote.' });
    throw otherKind(file, first, 'archive of arrays', first[0] === 0x93 ? 'Read it with npy(file).' : 'Save it by numpy.savez.');
  }
  const tailAt = Math.max(0, size - MOST_TAIL);
  const tail = viewOf(await slices.slice(tailAt, size));
  let end = tail.byteLength - END_BYTES;
  while (end >= 0 && tail.getUint32(end, true) !== END) end--;
  if (end < 0) throw new Damaged('it is cut off: its list of arrays is missing');
  let [count, length, at] = [tail.getUint16(end + 10, true), tail.getUint32(end + 12, true), tail.getUint32(end + 16, true)];
  if (at === 0xffffffff || count === 0xffff || length === 0xffffffff) {
    // Beyond 4 GB the figures stand in a record before this one.
    const locator = end - 20;
    const found = locator < 0 ? 0 : Number(tail.getBigUint64(locator + 8, true));
    const record = viewOf(await slices.slice(found, found + 56));
    if (record.byteLength < 56 || record.getUint32(0, true) !== END_64) throw new Damaged('its list of arrays is missing');
    [count, length, at] = [32, 40, 48].map((field) => Number(record.getBigUint64(field, true))) as [number, number, number];
  }
  if (length > MOST_LIST || at + length > size) throw new Damaged('its list of arrays is beyond its end');
  return listed(await slices.slice(at, at + length), count);
}

function listed(bytes: Uint8Array, count: number): readonly Entry[] {
  const view = viewOf(bytes);
  const entries: Entry[] = [];
  for (let at = 0; entries.length < count;) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== LISTED) throw new Damaged('its list of arrays is cut off');
    const [nameLength, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [number, number, number];
    const method = view.getUint16(at + 10, true);
    const end = at + 46 + nameLength + extra + comment;
    if (end > bytes.length) throw new Damaged('its list of arrays is cut off');
    if ((view.getUint16(at + 8, true) & 1) !== 0 || (method !== 0 && method !== 8)) throw new Damaged(`an array is encrypted, or packed by method ${method}`);
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
