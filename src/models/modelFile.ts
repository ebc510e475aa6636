// A model as a file: its typed arrays are tensors under their names, and all else is JSON in the header, with what the model
// was fitted on. Data only: reading a file runs no code of it, and a type that no code here registered is refused.
import { sha256 } from '../core/encoding/digest.ts';
import { encodeAs, makerOf, type Encodable } from '../core/encoding/encoding.ts';
import { PipelineError, reasonOf } from '../core/errors/errors.ts';
import type { JsonRecord } from '../core/events.ts';
import * as estimators from '../estimators/all.ts';
import { isOnnx, modelOfOnnx, type OnnxModelOptions } from './onnx/asModel.ts';
import { readSafetensors, tensorType, writeSafetensors, type Tensor, type TensorData } from './safetensors.ts';

/** Goes up when a file of the version before could no longer be read. */
const VERSION = 1;
const FORMAT = 'pipeline-gpu';

/** What a file says beside the model: the dataset, names of classes, scores. */
export interface ModelFile<M> {
  readonly model: M;
  readonly about: JsonRecord;
}

/**
 * A model as bytes of a safetensors file. The same model always gives the same bytes.
 *
 * @param about what else the file says
 * @throws E_ENCODE for a model that is no data
 * @example
 * const { status, values } = await runPipeline(detector, { values: ['model'] });
 * if (status === 'ok') localStorage.setItem('model', (await modelToBytes(values.model)).join());
 */
export async function modelToBytes(model: object, about: JsonRecord = {}): Promise<Uint8Array<ArrayBuffer>> {
  const tensors = new Map<string, Tensor>();
  const text = JSON.stringify(packed(model, '', tensors));
  const metadata = { format: FORMAT, version: String(VERSION), model: text, about: JSON.stringify(about) };
  return writeSafetensors({ tensors, metadata: { ...metadata, digest: await digestOf(metadata, tensors) } });
}

/**
 * The model that {@link modelToBytes} wrote, or that an ONNX file (`.onnx`) holds.
 *
 * @param name of the file, for errors
 * @param options of an ONNX file
 * @throws E_DATA for a file of another kind or version, or cut off; E_DIGEST for one that was changed
 * @example
 * const bytes = new Uint8Array(await (await globalThis.fetch('two.safetensors')).arrayBuffer());
 * const { model } = await modelFromBytes<LogisticModel>('two.safetensors', bytes);
 */
export async function modelFromBytes<M = unknown>(name: string, bytes: Uint8Array, options: OnnxModelOptions = {}): Promise<ModelFile<M>> {
  if (isOnnx(name)) return { model: modelOfOnnx<M>(name, bytes, options), about: {} };
  const { tensors, metadata } = readSafetensors(name, bytes);
  if (metadata['format'] !== FORMAT) {
    throw new PipelineError('E_DATA', `${name} holds tensors but no model of ${FORMAT}.`, {
      hint: "Name a file that save('model.safetensors') or saveModel wrote.",
    });
  }
  const version = Number(metadata['version']);
  if (version !== VERSION) {
    throw new PipelineError('E_DATA', `${name} is a model file of version ${metadata['version']}; this ${FORMAT} reads version ${VERSION}.`, {
      hint: version > VERSION ? `Update ${FORMAT}.` : 'Save the model again.',
    });
  }
  if (metadata['digest'] !== (await digestOf(metadata, tensors))) {
    throw new PipelineError('E_DIGEST', `${name} was changed after it was saved: its digest differs.`, {
      hint: 'Copy it again, or save the model again.',
    });
  }
  try {
    const model = unpacked(JSON.parse(metadata['model']!), name, tensors) as M;
    return { model, about: JSON.parse(metadata['about']!) as JsonRecord };
  } catch (cause) {
    if (cause instanceof PipelineError) throw cause;
    throw new PipelineError('E_DATA', `${name} does not hold a model that can be loaded: ${reasonOf(cause)}`, { hint: 'Save the model again.', cause });
  }
}

async function digestOf({ version, model, about }: Readonly<Record<string, string>>, tensors: Iterable<[string, Tensor]>): Promise<string> {
  const each = [...tensors].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const digests = await Promise.all(
    each.map(async ([name, { shape, data }]) => [name, tensorType(data), shape, await sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))]),
  );
  return sha256(JSON.stringify([version, model, about, digests]));
}

/** A value as JSON, with `{ $tensor }`, `{ $rows }`, `{ $type, fields }` and `{ $number }` for what JSON lacks. */
function packed(value: unknown, path: string, tensors: Map<string, Tensor>): unknown {
  const refuse = (what: string): PipelineError =>
    new PipelineError('E_ENCODE', `The model cannot be saved: ${path || 'it'} is ${what}.`, {
      hint: 'Keep numbers, strings, lists, plain objects and typed arrays in a model.',
    });
  const under = (key: string | number): string => (path === '' ? String(key) : `${path}.${key}`);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: Object.is(value, -0) ? '-0' : String(value) };
  if (typeof value !== 'object') throw refuse(`a ${typeof value}`);
  const own = (value as Partial<Encodable>)[encodeAs];
  if (own) return { $type: own.type, fields: packed({ ...own.fields }, path, tensors) };
  if (ArrayBuffer.isView(value)) {
    if (!tensorType(value)) throw refuse(`a ${value.constructor.name}`);
    const name = freeName(path, tensors);
    tensors.set(name, { shape: [(value as TensorData).length], data: value as TensorData });
    return { $tensor: name };
  }
  if (Array.isArray(value)) {
    const rows = rowsOf(value);
    if (!rows) return value.map((item, i) => packed(item, under(i), tensors));
    const name = freeName(path, tensors);
    tensors.set(name, rows);
    return { $rows: name };
  }
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype !== null && prototype !== Object.prototype) throw refuse(`a ${value.constructor?.name ?? 'class instance'}`);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const reserved = fields.find(([key]) => key.startsWith('$'));
  if (reserved) throw refuse(`an object with a field '${reserved[0]}', and names that begin with $ are reserved`);
  return Object.fromEntries(fields.map(([key, field]) => [key, packed(field, under(key), tensors)]));
}

/** A field may be called `a.b` and stand beside a field `b` of `a`. */
function freeName(path: string, tensors: ReadonlyMap<string, Tensor>): string {
  return tensors.has(path) ? freeName(`${path}_`, tensors) : path;
}

/** Typed arrays of one type and length, one below the other. */
function rowsOf(list: readonly unknown[]): Tensor | undefined {
  const [first] = list;
  if (!ArrayBuffer.isView(first) || !tensorType(first)) return undefined;
  const { length } = first as TensorData;
  const type = tensorType(first);
  if (!list.every((row) => ArrayBuffer.isView(row) && tensorType(row) === type && (row as TensorData).length === length)) return undefined;
  const data = new (first.constructor as Float64ArrayConstructor)(list.length * length);
  list.forEach((row, i) => data.set(row as Float64Array, i * length));
  return { shape: [list.length, length], data };
}

function unpacked(value: unknown, name: string, tensors: ReadonlyMap<string, Tensor>): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => unpacked(item, name, tensors));
  const { $number, $tensor, $rows, $type, fields } = value as Readonly<Record<string, unknown>>;
  if ($number !== undefined) return Number($number);
  if ($tensor !== undefined) return tensors.get(String($tensor))!.data;
  if ($rows !== undefined) {
    const { shape, data } = tensors.get(String($rows))!;
    return Array.from({ length: shape[0]! }, (_, i) => data.slice(i * shape[1]!, (i + 1) * shape[1]!));
  }
  const inner = Object.fromEntries(
    Object.entries($type === undefined ? value : (fields as object)).map(([key, field]) => [key, unpacked(field, name, tensors)]),
  );
  if ($type === undefined) return inner;
  const make = makerOf(String($type));
  if (!make) {
    // Naming them is what keeps them in a page whose bundler leaves out what nothing names.
    const own = Object.keys(estimators).join(', ');
    throw new PipelineError('E_DATA', `${name} holds a '${String($type)}', which no loaded module defines.`, {
      hint: `Import the module that defines it, or update pipeline-gpu. This version has ${own}.`,
    });
  }
  return make(inner as never);
}
