// Arrays as numpy saves them: a head that says type, order and shape, then the values.
import { PipelineError } from '../../core/errors/errors.ts';
import { placeOf, type FileLike } from '../../formats/bytes/open.ts';
import { otherKind, wholeOf } from '../../formats/bytes/slices.ts';
import { halves } from '../../formats/columnar/cells.ts';
import { productOf, type ArrayFile, type NdArray } from './ndArray.ts';

/**
 * An array in a `.npy` file of numpy, gzipped or not: numbers of any width, in C or Fortran order, booleans and texts.
 *
 * @param file path relative to the source file that names it, a URL, bytes, or in a page a `File`
 * @throws when it is read: E_FETCH, or E_DATA for Python objects, and for a file that is no such array or is cut off
 * @example
 * fetch(arrays({ x: npy('x.npy'), labels: npy('y.npy') }));
 */
export function npy(file: FileLike): ArrayFile {
  const place = placeOf('npy', file);
  const { name } = place;
  return {
    name,
    params: { format: 'npy' },
    ...(place.at instanceof URL && place.at.protocol === 'file:' ? { files: [place.at] } : {}),
    read: async (options) => readNpy(name, await wholeOf(place, options)),
  };
}

const MAGIC = '\x93NUMPY';
const HEAD = /^\{\s*'descr':\s*(?<descr>'[^']*'|\[.*\]),\s*'fortran_order':\s*(?<fortran>True|False),\s*'shape':\s*\((?<shape>[\d,\s]*)\),?\s*\}\s*$/s;

/** Memory for one value at a time, by numpy's kind and width. */
const TYPES = {
  b1: Uint8Array,
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  u8: BigUint64Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
  i8: BigInt64Array,
  f4: Float32Array,
  f8: Float64Array,
} as const;

/** @throws E_DATA */
export function readNpy(name: string, bytes: Uint8Array): NdArray {
  if (bytes.length === 0) throw refused(name, 'is empty', 'Name an array that numpy saved.');
  if (String.fromCharCode(...bytes.subarray(0, 6)) !== MAGIC)
    throw otherKind(
      name,
      bytes,
      'array of numpy',
      String.fromCharCode(...bytes.subarray(0, 2)) === 'PK' ? 'Read one array of it with npz(file, name).' : 'Save it by numpy.save.',
    );
  const version = bytes[6] ?? 0;
  const wide = version === 1 ? 2 : 4;
  if (version < 1 || version > 3) throw refused(name, `is of version ${version}, and 1 to 3 are known`, 'Save it by numpy.save.');
  let length = 0;
  for (let i = wide - 1; i >= 0; i--) length = length * 256 + (bytes[8 + i] ?? NaN);
  const start = 8 + wide + length;
  if (!(start <= bytes.length)) throw cutOff(name);
  const head = HEAD.exec(new TextDecoder().decode(bytes.subarray(8 + wide, start)))?.groups;
  if (!head) throw refused(name, 'has a head that is not as numpy writes it', 'Copy it again, or save it by numpy.save.');
  const dims = head['shape']!.split(',').map((dim) => dim.trim());
  const shape = dims.filter((dim) => dim !== '').map(Number);
  const array = valuesOf(name, head['descr']!.replace(/^'(.*)'$/, '$1'), bytes.subarray(start), shape);
  return head['fortran'] === 'True' && shape.length > 1 ? { ...array, data: inOrder(array) } : array;
}

function valuesOf(name: string, descr: string, bytes: Uint8Array, shape: readonly number[]): NdArray {
  const [, order, kind, digits] = /^([<>|=])([a-zA-Z])(\d+)$/.exec(descr) ?? [];
  const width = Number(digits);
  const texts = kind === 'U' || kind === 'S';
  const type = `${kind}${digits}` as keyof typeof TYPES | 'f2';
  if (kind === undefined || !(texts || type === 'f2' || Object.hasOwn(TYPES, type))) throw unknownType(name, descr);
  const count = productOf(shape);
  const needed = count * (kind === 'U' ? 4 * width : width);
  if (bytes.length < needed) throw cutOff(name);
  if (bytes.length > needed)
    throw refused(name, `has ${bytes.length} bytes of values, and shape (${shape.join(', ')}) needs ${needed}`, 'Save one array in a file.');
  // Values begin where their memory does, and in the order of this machine's bytes.
  const own = bytes.byteOffset % 8 === 0 && order !== '>' ? bytes : bytes.slice();
  const unit = kind === 'U' ? 4 : kind === 'S' ? 1 : width;
  if (order === '>' && unit > 1) for (let at = 0; at < own.length; at += unit) own.subarray(at, at + unit).reverse();
  if (texts) return { name, shape, data: textsOf(own, count, width, kind === 'U') };
  if (type === 'f2') return { name, shape, data: halves(new Uint16Array(own.buffer, own.byteOffset, count)) };
  const data = new TYPES[type](own.buffer as ArrayBuffer, own.byteOffset, count);
  return { name, shape, data, booleans: kind === 'b' ? true : undefined };
}

function unknownType(name: string, descr: string): PipelineError {
  if (descr.startsWith('['))
    return refused(name, `holds records with fields: ${descr.slice(0, 60)}`, 'Save one array for each field, or write a table as Parquet or CSV.');
  const what: Readonly<Record<string, string>> = { O: 'Python objects', c: 'complex numbers', M: 'dates', m: 'durations', V: 'raw bytes' };
  const held = what[descr.replace(/^[<>|=]/, '').charAt(0)] ?? 'values of another type';
  return refused(name, `holds ${held} (${descr})`, 'Save numbers: x.astype(numpy.float64).');
}

/** Each filled up with zeros to the same length. @param width characters of each @param wide whether a character has four bytes */
function textsOf(bytes: Uint8Array, count: number, width: number, wide: boolean): readonly string[] {
  const points = wide ? new Uint32Array(bytes.buffer, bytes.byteOffset, count * width) : bytes;
  return Array.from({ length: count }, (_, i) => {
    let end = (i + 1) * width;
    while (end > i * width && points[end - 1] === 0) end--;
    let text = '';
    for (let at = i * width; at < end; at++) text += String.fromCodePoint(Math.min(points[at]!, 0x10ffff));
    return text;
  });
}

/** Values of Fortran order, whose first dimension is the fastest, in C order. */
function inOrder({ shape, data }: NdArray): NdArray['data'] {
  const [rows = 0, ...rest] = shape;
  const cols = productOf(rest);
  const offsets = new Float64Array(cols);
  for (let col = 0; col < cols; col++) {
    let left = col;
    let step = productOf(shape.slice(0, -1));
    for (let dim = shape.length - 1; dim > 0; dim--) {
      offsets[col]! += (left % shape[dim]!) * step;
      left = Math.floor(left / shape[dim]!);
      step /= shape[dim - 1]!;
    }
  }
  if (Array.isArray(data)) return Array.from({ length: data.length }, (_, at) => data[Math.floor(at / cols) + offsets[at % cols]!] as string);
  const from = data as Exclude<NdArray['data'], readonly string[]>;
  const out = from.slice();
  for (let row = 0; row < rows; row++) for (let col = 0; col < cols; col++) out[row * cols + col] = from[row + offsets[col]!]!;
  return out;
}

function cutOff(name: string): PipelineError {
  return refused(name, 'is an array that is cut off', 'Copy or download it again.');
}

function refused(name: string, what: string, hint: string): PipelineError {
  return new PipelineError('E_DATA', `${name} ${what}.`, { hint });
}
