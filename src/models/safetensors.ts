// The safetensors format: the length of a header (u64), the header as JSON, and the bytes of the tensors behind it without
// gaps. Any program that reads the format finds the weights of a model by name. A file is data that anything may have
// happened to: whatever is not as the header says is refused.
import { PipelineError } from '../core/errors/errors.ts';

const ARRAYS = {
  F64: Float64Array,
  F32: Float32Array,
  U32: Uint32Array,
  I32: Int32Array,
  U16: Uint16Array,
  I16: Int16Array,
  U8: Uint8Array,
  I8: Int8Array,
} as const;

type TensorType = keyof typeof ARRAYS;
export type TensorData = InstanceType<(typeof ARRAYS)[TensorType]>;

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What the header says of a tensor. */
interface Entry {
  readonly dtype: TensorType;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [begin: number, end: number];
}

/** Undefined for an array that the format has no type for. */
export function tensorType(data: ArrayBufferView): TensorType | undefined {
  return (Object.keys(ARRAYS) as TensorType[]).find((type) => Object.getPrototypeOf(data) === ARRAYS[type].prototype);
}

/** The same tensors and metadata always give the same bytes. */
export function writeSafetensors({ tensors, metadata }: Safetensors): Uint8Array<ArrayBuffer> {
  const entries: Record<string, Entry> = {};
  // Larger elements first, so that each tensor stands at a multiple of its element's size.
  const ordered = [...tensors].toSorted(([, { data: a }], [, { data: b }]) => b.BYTES_PER_ELEMENT - a.BYTES_PER_ELEMENT);
  let end = 0;
  for (const [name, { shape, data }] of ordered) {
    entries[name] = { dtype: tensorType(data)!, shape, data_offsets: [end, (end += data.byteLength)] };
  }
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...entries }));
  const begin = Math.ceil((8 + header.length) / 8) * 8;
  const bytes = new Uint8Array(begin + end).fill(0x20, 8, begin);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(begin - 8), true);
  bytes.set(header, 8);
  for (const [name, { data }] of ordered) bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), begin + entries[name]!.data_offsets[0]);
  return bytes;
}

/**
 * @param name of the file, for errors
 * @throws E_DATA for a file that was cut off, that goes on behind its end, or that is no such file
 */
export function readSafetensors(name: string, file: Uint8Array): Safetensors {
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength); // of a Buffer, `slice` would be no copy
  const refuse = (what: string, hint = 'Save the model again.'): PipelineError => new PipelineError('E_DATA', `${name} ${what}.`, { hint });
  const cut = (whole: number): PipelineError => refuse(`is cut off: it has ${bytes.length} of ${whole} bytes`, 'Copy it again, or save the model again.');
  const noFile = (): PipelineError => refuse('is not a safetensors file', "Name a file that save('model.safetensors') or saveModel wrote.");
  if (bytes.length < 8) throw bytes.length === 0 ? refuse('is empty') : noFile();
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (bytes[8] !== 0x7b) throw noFile();
  if (8 + length > bytes.length) throw length < 100e6 ? cut(8 + length) : noFile();
  let header: Readonly<Record<string, unknown>>;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length))) as Readonly<Record<string, unknown>>;
  } catch {
    throw noFile();
  }
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = new Map<string, Tensor>();
  const begin = 8 + length;
  let end = 0;
  for (const [tensor, entry] of Object.entries(entries)) {
    if (!isEntry(entry)) throw refuse(`describes its tensor '${tensor}' in a way that cannot be`);
    const [from, to] = entry.data_offsets;
    if (begin + to > bytes.length) throw cut(begin + Math.max(...Object.values(entries).map((one) => (isEntry(one) ? one.data_offsets[1] : 0))));
    // A copy: whoever holds one weight should not hold the file, and elements are aligned in it.
    tensors.set(tensor, { shape: entry.shape, data: new ARRAYS[entry.dtype](bytes.slice(begin + from, begin + to).buffer) });
    end = Math.max(end, to);
  }
  const more = bytes.length - begin - end;
  if (more > 0) throw refuse(`has ${more} ${more === 1 ? 'byte' : 'bytes'} more than its header says`);
  return { tensors, metadata: metadata as Readonly<Record<string, string>> };
}

function isEntry(entry: unknown): entry is Entry {
  if (entry === null || typeof entry !== 'object') return false;
  const { dtype, shape, data_offsets: offsets } = entry as Partial<Record<keyof Entry, unknown>>;
  if (typeof dtype !== 'string' || !Object.hasOwn(ARRAYS, dtype) || !Array.isArray(shape) || !Array.isArray(offsets) || offsets.length !== 2) return false;
  if (![...shape, ...offsets].every((value) => Number.isSafeInteger(value) && value >= 0)) return false;
  const size = (shape as number[]).reduce((product, length) => product * length, ARRAYS[dtype as TensorType].BYTES_PER_ELEMENT);
  return offsets[1] - offsets[0] === size;
}
