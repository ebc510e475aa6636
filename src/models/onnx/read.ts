// An ONNX file as a graph. A file is data that anything may have happened to: what is cut off, refers to other files or is of a kind
// that graphs do not have is refused by name; nothing is allocated that the file does not hold.
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import type { Attribute, Elements, ElementType, Graph, GraphNode, GraphTensor, GraphValue } from '../graph/graph.ts';
import { elements, sizeOf, type Numbers } from '../graph/tensors.ts';
import { BYTES, TYPES } from '../graph/types.ts';
import { doublesOf, fieldsOf, floatsOf, intsOf, large, OutsideError, textOf, view, WireError, type Field } from './wire.ts';

export interface OnnxFile {
  readonly graph: Graph;
  /** What wrote it, such as `skl2onnx 1.21.0`. */
  readonly producer: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A file with more graphs within graphs was made to exhaust the stack. */
const DEEPEST = 20;

/**
 * Reads an ONNX file.
 *
 * @param name of the file, for errors
 * @throws E_DATA for a file that is cut off, is no ONNX model, or holds what graphs here do not have
 */
export function readOnnx(name: string, bytes: Uint8Array): OnnxFile {
  try {
    return modelOf(bytes);
  } catch (cause) {
    if (cause instanceof PipelineError) throw cause;
    const whole = cause instanceof OutsideError;
    throw new PipelineError('E_DATA', `${name} ${whole ? 'cannot be used' : 'is no ONNX model, or is cut off'}: ${reasonOf(cause)}.`, {
      hint: whole ? cause.cure : 'Name a file that skl2onnx or another exporter wrote, and copy it again.',
      cause,
    });
  }
}

function modelOf(bytes: Uint8Array): OnnxFile {
  if (bytes.length === 0) throw new WireError('it is empty');
  const versions = named<number>();
  const metadata = named<string>();
  let [producer, version, ir]: [string, string, number] = ['', '', 0];
  let body: Uint8Array | undefined;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) ir = field.int;
    else if (field.number === 2) producer = textOf(field.bytes);
    else if (field.number === 3) version = textOf(field.bytes);
    else if (field.number === 7) body = field.bytes;
    else if (field.number === 8) {
      const { domain, version } = operatorSet(field.bytes);
      versions[domain] = Math.max(version, versions[domain] ?? 0);
    } else if (field.number === 14) {
      const [key, value] = entryOf(field.bytes);
      metadata[key] = value;
    }
  }
  if (!body || ir === 0) throw new WireError('it holds no graph');
  return { graph: graphOf(body, versions, 0), producer: `${producer} ${version}`.trim(), metadata };
}

/** A record under names of a file, which may be any: `__proto__`, too. */
const named = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;

function operatorSet(bytes: Uint8Array): { readonly domain: string; readonly version: number } {
  let [domain, version] = ['', 0];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) domain = textOf(field.bytes);
    else if (field.number === 2) version = field.int;
  }
  return { domain: domain === 'ai.onnx' ? '' : domain, version };
}

function entryOf(bytes: Uint8Array): readonly [key: string, value: string] {
  let [key, value] = ['', ''];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) key = textOf(field.bytes);
    else if (field.number === 2) value = textOf(field.bytes);
  }
  return [key, value];
}

function graphOf(bytes: Uint8Array, versions: Graph['versions'], depth: number): Graph {
  if (depth > DEEPEST) throw new OutsideError(`it nests more than ${DEEPEST} graphs`, 'Export a model with fewer graphs within graphs.');
  const nodes: GraphNode[] = [];
  const tensors = named<GraphTensor>();
  const inputs: Uint8Array[] = [];
  const outputs: Uint8Array[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) nodes.push(nodeOf(field.bytes, versions, depth));
    else if (field.number === 5) {
      const { name, tensor } = tensorOf(field.bytes);
      tensors[name] = tensor;
    } else if (field.number === 11) inputs.push(field.bytes);
    else if (field.number === 12) outputs.push(field.bytes);
    else if (field.number === 15) throw new OutsideError('it holds sparse weights', 'Export the model with dense weights.');
  }
  const value = (bytes: Uint8Array): readonly GraphValue[] => valuesOf(bytes, nodes);
  // Files of the first versions list their weights among their inputs, too.
  return { inputs: inputs.flatMap(value).filter(({ name }) => !Object.hasOwn(tensors, name)), outputs: outputs.flatMap(value), nodes, tensors, versions };
}

function nodeOf(bytes: Uint8Array, versions: Graph['versions'], depth: number): GraphNode {
  const [inputs, outputs]: readonly [string[], string[]] = [[], []];
  const attributes = named<Attribute>();
  let [op, domain] = ['', ''];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) inputs.push(textOf(field.bytes));
    else if (field.number === 2) outputs.push(textOf(field.bytes));
    else if (field.number === 4) op = textOf(field.bytes);
    else if (field.number === 5) {
      const [name, attribute] = attributeOf(field.bytes, versions, depth);
      attributes[name] = attribute;
    } else if (field.number === 7) domain = textOf(field.bytes);
  }
  if (op === '') throw new WireError('a node has no operator');
  return { op, ...(domain === '' || domain === 'ai.onnx' ? {} : { domain }), inputs, outputs, attributes };
}

function attributeOf(bytes: Uint8Array, versions: Graph['versions'], depth: number): readonly [name: string, attribute: Attribute] {
  const [floats, ints, strings]: readonly [number[], number[], string[]] = [[], [], []];
  const single: { -readonly [K in keyof Attribute]: Attribute[K] } = {};
  let [name, type] = ['', 0];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) name = textOf(field.bytes);
    else if (field.number === 20) type = field.int;
    else if (field.number === 2) single.float = floatsOf(field)[0] ?? 0;
    else if (field.number === 3) single.int = field.int;
    else if (field.number === 4) single.string = textOf(field.bytes);
    else if (field.number === 5) single.tensor = tensorOf(field.bytes).tensor;
    else if (field.number === 6) single.graph = graphOf(field.bytes, versions, depth + 1);
    else if (field.number === 7) append(floats, floatsOf(field));
    else if (field.number === 8) append(ints, intsOf(field));
    else if (field.number === 9) strings.push(textOf(field.bytes));
    else if (field.number === 21)
      throw new OutsideError(`it calls functions of its own, by the attribute '${name}'`, 'Export the model with its functions inlined.');
  }
  if (type === 6 || floats.length > 0) return [name, { floats }];
  if (type === 7 || ints.length > 0) return [name, { ints }];
  if (type === 8 || strings.length > 0) return [name, { strings }];
  // What is zero or empty need not be written.
  if (type === 1) return [name, { float: single.float ?? 0 }];
  if (type === 2) return [name, { int: single.int ?? 0 }];
  if (type === 3) return [name, { string: single.string ?? '' }];
  return [name, single];
}

function append(list: number[], more: readonly number[]): void {
  for (const value of more) list.push(value);
}

function tensorOf(bytes: Uint8Array): { readonly name: string; readonly tensor: GraphTensor } {
  const [dims, list, texts]: readonly [number[], number[], string[]] = [[], [], []];
  let [name, code] = ['', 0];
  let raw: Uint8Array | undefined;
  let outside = false;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) append(dims, intsOf(field));
    else if (field.number === 2) code = field.int;
    else if (field.number === 4) append(list, floatsOf(field));
    else if (field.number === 5 || field.number === 7) append(list, intsOf(field));
    else if (field.number === 6) texts.push(textOf(field.bytes));
    else if (field.number === 8) name = textOf(field.bytes);
    else if (field.number === 9) raw = field.bytes;
    else if (field.number === 10) append(list, doublesOf(field));
    else if (field.number === 13 || (field.number === 14 && field.int === 1)) outside = true;
  }
  if (outside)
    throw new OutsideError(`its tensor '${name}' is kept in another file`, 'Save the model in one file: onnx.save(model, path) without save_as_external_data.');
  const type = typeOf(code, `its tensor '${name}'`);
  if (dims.some((size) => size < 0)) throw new WireError(`its tensor '${name}' has the sizes [${dims.join(', ')}]`);
  const count = sizeOf(dims);
  const held = type === 'string' ? texts.length : raw ? raw.length / BYTES[type] : list.length;
  if (held !== count) throw new WireError(`its tensor '${name}' holds ${held} elements of [${dims.join(', ')}]`);
  return { name, tensor: { type, dims, data: type === 'string' ? texts : raw ? rawElements(type, raw, count) : numbersOf(type, list) } };
}

function numbersOf(type: ElementType, list: readonly number[]): Elements {
  const data = elements(type, list.length) as Numbers;
  data.set(list);
  return data;
}

function rawElements(type: ElementType, raw: Uint8Array, count: number): Elements {
  const data = elements(type, count) as Numbers;
  const from = view(raw);
  for (let i = 0; i < count; i++) {
    if (type === 'float') data[i] = from.getFloat32(4 * i, true);
    else if (type === 'double') data[i] = from.getFloat64(8 * i, true);
    else if (type === 'int64') data[i] = large(from.getBigInt64(8 * i, true));
    else if (type === 'int32') data[i] = from.getInt32(4 * i, true);
    else data[i] = raw[i]!;
  }
  return data;
}

function typeOf(code: number, of: string): ElementType {
  const type = TYPES[code];
  if (type) return type;
  throw new OutsideError(`${of} has elements of ONNX's type ${code}`, `Export the model with elements that are ${Object.values(TYPES).join(', ')}.`);
}

/** An input or output. Rows of scores under names of classes (ZipMap) and lists of tensors are what they were made from. */
function valuesOf(bytes: Uint8Array, nodes: GraphNode[]): readonly GraphValue[] {
  let name = '';
  let type: Field | undefined;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) name = textOf(field.bytes);
    else if (field.number === 2) for (const one of fieldsOf(field.bytes)) if (one.number !== 6) type = one;
  }
  if (type?.number === 1) return [{ name, ...tensorType(type.bytes, name) }];
  const zipped = nodes.find(({ op, outputs }) => op === 'ZipMap' && outputs.includes(name))?.attributes;
  const labels = zipped?.['classlabels_strings']?.strings ?? zipped?.['classlabels_int64s']?.ints;
  if (labels) return [{ name, type: 'float', dims: [undefined, labels.length] }];
  const list = nodes.findIndex(({ op, outputs }) => op === 'SequenceConstruct' && outputs.includes(name));
  if (list >= 0) return nodes.splice(list, 1)[0]!.inputs.map((one) => ({ name: one, type: 'float', dims: [undefined, undefined] }));
  // The outputs of graphs within a graph need no type, and nobody asks for it.
  if (!type) return [{ name, type: 'float', dims: [undefined, undefined] }];
  throw new OutsideError(`'${name}' is a list or a map, not a tensor`, "Export the model with options={'zipmap': False}.");
}

function tensorType(bytes: Uint8Array, name: string): Omit<GraphValue, 'name'> {
  let code = 0;
  let dims: (number | undefined)[] | undefined;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) code = field.int;
    else if (field.number === 2) {
      dims = [];
      for (const one of fieldsOf(field.bytes)) if (one.number === 1) dims.push(sizeOfDimension(one.bytes));
    }
  }
  return { type: typeOf(code, `'${name}'`), dims: dims ?? [undefined, undefined] };
}

function sizeOfDimension(bytes: Uint8Array): number | undefined {
  let size: number | undefined;
  for (const field of fieldsOf(bytes)) if (field.number === 1 && field.int > 0) size = field.int;
  return size;
}
