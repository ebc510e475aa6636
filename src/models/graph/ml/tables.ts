// What columns go through before a model: Scaler, Imputer, Normalizer, Binarizer, encoders, and columns put side by side.
import type { ElementType, GraphTensor } from '../graph.ts';
import { elements, filled, given, numbers, pick, sizeOf, type Call, type Numbers, type Operator, type Operators } from '../tensors.ts';
import { numbersLike, tableOf } from './scores.ts';

/** Column by column; one number serves all. */
const at = (list: ArrayLike<number>, column: number): number => list[list.length === 1 ? 0 : column]!;

function scale([x]: readonly (GraphTensor | undefined)[], { attributes }: Call): GraphTensor {
  const { rows, width, data } = tableOf(x);
  const [offset, factor] = [attributes['offset']?.floats ?? [0], attributes['scale']?.floats ?? [1]];
  for (const list of [offset, factor])
    if (list.length !== 1 && list.length !== width) throw new Error(`rows have ${width} features, and it scales ${list.length}`);
  const out = numbersLike(undefined, rows, width);
  for (let i = 0; i < data.length; i++) out.data[i] = (data[i]! - at(offset, i % width)) * at(factor, i % width);
  return { ...out, dims: x!.dims };
}

function impute([x]: readonly (GraphTensor | undefined)[], { attributes }: Call): GraphTensor {
  const { width, data } = tableOf(x);
  const floats = attributes['imputed_value_floats']?.floats ?? [];
  const values = floats.length > 0 ? floats : (attributes['imputed_value_int64s']?.ints ?? []);
  const gap = floats.length > 0 ? (attributes['replaced_value_float']?.float ?? 0) : (attributes['replaced_value_int64']?.int ?? 0);
  if (values.length !== 1 && values.length !== width) throw new Error(`rows have ${width} features, and it fills ${values.length}`);
  return filled(x!.type, x!.dims, (i) => (data[i] === gap || (Number.isNaN(gap) && Number.isNaN(data[i])) ? at(values, i % width) : data[i]!));
}

function normalize([x]: readonly (GraphTensor | undefined)[], { attributes }: Call): GraphTensor {
  const { rows, width, data } = tableOf(x);
  const norm = attributes['norm']?.string ?? 'MAX';
  const out = numbersLike(undefined, rows, width);
  for (let row = 0; row < rows; row++) {
    // The largest is with its sign, as ONNX and its runtime have it; scikit-learn takes the largest size.
    let size = norm === 'MAX' ? -Infinity : 0;
    for (let i = row * width; i < (row + 1) * width; i++) {
      const value = data[i]!;
      size = norm === 'MAX' ? Math.max(size, value) : size + (norm === 'L2' ? value * value : Math.abs(value));
    }
    if (norm === 'L2') size = Math.sqrt(size);
    // A row that has no size stays as it is.
    for (let i = row * width; i < (row + 1) * width; i++) out.data[i] = size === 0 ? data[i]! : data[i]! / size;
  }
  return { ...out, dims: x!.dims };
}

function oneHot([x]: readonly (GraphTensor | undefined)[], { attributes }: Call): GraphTensor {
  const { type, dims, data } = given(x);
  const names = (type === 'string' ? attributes['cats_strings']?.strings : attributes['cats_int64s']?.ints) ?? [];
  const places = new Map<number | string, number>(names.map((name, i) => [name, i]));
  const out = elements('float', sizeOf(dims) * names.length) as Numbers;
  for (let i = 0; i < data.length; i++) {
    const place = places.get(type === 'string' ? data[i]! : Math.trunc(data[i] as number));
    if (place !== undefined) out[i * names.length + place] = 1;
    else if (attributes['zeros']?.int === 0) throw new Error(`'${data[i]}' is none of its categories: ${names.slice(0, 8).join(', ')}`);
  }
  return { type: 'float', dims: [...dims, names.length], data: out };
}

interface Dictionary {
  readonly type: ElementType;
  readonly values: ReadonlyMap<number | string, number | string>;
  readonly other: number | string;
}

const dictionaries = new WeakMap<object, Dictionary>();

function dictionary({ attributes, version }: Call): Dictionary {
  // The first version knew whole numbers and names, in one list and both ways.
  if (version < 2) {
    const names = attributes['classes_strings']?.strings ?? [];
    const values = new Map<number | string, number | string>(names.flatMap((name, i) => [[name, i] as const, [i, name] as const]));
    return { type: 'string', values, other: attributes['default_string']?.string ?? '_Unused' };
  }
  const lists = (of: string): readonly [ElementType, ArrayLike<number | string>] | undefined => {
    const { tensor } = attributes[`${of}_tensor`] ?? {};
    if (tensor) return [tensor.type, tensor.data];
    const { strings } = attributes[`${of}_strings`] ?? {};
    if (strings) return ['string', strings];
    const { ints } = attributes[`${of}_int64s`] ?? {};
    if (ints) return ['int64', ints];
    const { floats } = attributes[`${of}_floats`] ?? {};
    return floats && ['float', floats];
  };
  const [keys, values] = [lists('keys'), lists('values')];
  if (!keys || !values || keys[1].length !== values[1].length) throw new Error('its keys and values are not of one length');
  const [type] = values;
  const { tensor } = attributes['default_tensor'] ?? {};
  const other =
    tensor?.data[0] ??
    (type === 'string'
      ? (attributes['default_string']?.string ?? '_Unused')
      : type === 'float'
        ? (attributes['default_float']?.float ?? -0)
        : (attributes['default_int64']?.int ?? -1));
  // Of keys that come twice the first counts. What is no number is a key since version 4.
  const known = new Map(Array.from(keys[1], (key, i) => [key, values[1][i]!] as const).toReversed());
  if (version < 4) known.delete(NaN);
  return { type, values: known, other };
}

function encodeLabels([x]: readonly (GraphTensor | undefined)[], call: Call): GraphTensor {
  const { type, dims, data } = given(x);
  let known = dictionaries.get(call.attributes);
  if (!known) dictionaries.set(call.attributes, (known = dictionary(call)));
  const { values, other } = known;
  const old = call.version < 2 && type === 'string';
  return filled(old ? 'int64' : known.type, dims, (i) => values.get(data[i]!) ?? (old ? (call.attributes['default_int64']?.int ?? -1) : other));
}

/** Columns by their places; a vector gives one row. */
const extract: Operator = ([x, places]) => {
  const { dims } = given(x);
  const width = dims.at(-1) ?? 1;
  const columns = [...numbers(places)];
  const wrong = columns.find((column) => column < 0 || column >= width);
  if (wrong !== undefined) throw new Error(`column ${wrong} of ${width}`);
  const rows = sizeOf(dims) / width;
  const from = Int32Array.from({ length: rows * columns.length }, (_, i) => Math.floor(i / columns.length) * width + columns[i % columns.length]!);
  return pick(x!, [...(dims.length === 1 ? [1] : dims.slice(0, -1)), columns.length], from);
};

function beside(inputs: readonly (GraphTensor | undefined)[]): GraphTensor {
  const tables = inputs.map(tableOf);
  const { rows } = tables[0]!;
  if (tables.some((table) => table.rows !== rows))
    throw new Error(`tables of ${tables.map((table) => table.rows).join(', ')} rows do not go beside each other`);
  const width = tables.reduce((sum, one) => sum + one.width, 0);
  const out = numbersLike(undefined, rows, width);
  let begin = 0;
  for (const table of tables) {
    for (let row = 0; row < rows; row++) for (let i = 0; i < table.width; i++) out.data[row * width + begin + i] = table.data[row * table.width + i]!;
    begin += table.width;
  }
  return out;
}

export const tables: Operators = {
  'ai.onnx.ml:ArrayFeatureExtractor': extract,
  'ai.onnx.ml:Binarizer': ([x], { attributes }) =>
    filled(given(x).type, x!.dims, (i) => ((x!.data[i] as number) > (attributes['threshold']?.float ?? 0) ? 1 : 0)),
  'ai.onnx.ml:FeatureVectorizer': beside,
  'ai.onnx.ml:Imputer': impute,
  'ai.onnx.ml:LabelEncoder': encodeLabels,
  'ai.onnx.ml:Normalizer': normalize,
  'ai.onnx.ml:OneHotEncoder': oneHot,
  'ai.onnx.ml:Scaler': scale,
  // A row of scores under names of classes is the row of scores; the names are an attribute.
  'ai.onnx.ml:ZipMap': ([x]) => given(x),
};
