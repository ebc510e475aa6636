// The operators that graphs of models consist of, in the forms that `modelGraph` gives them, so that a page has little to carry. What
// reads graphs of other programs has all of them, in all their forms.
import type { Attribute, GraphTensor } from '../graph/graph.ts';
import { around, elements, sizeOf, spread, stridesOf, together, walk, type Numbers } from '../graph/tensors.ts';
import { TYPES } from '../graph/types.ts';

type Attributes = Readonly<Record<string, Attribute>>;
type Operator = (inputs: readonly GraphTensor[], attributes: Attributes) => GraphTensor | readonly GraphTensor[];

const tensor = (type: GraphTensor['type'], dims: readonly number[], of: (i: number) => number): GraphTensor => {
  const data = elements(type, sizeOf(dims)) as Numbers;
  for (let i = 0; i < data.length; i++) data[i] = of(i);
  return { type, dims, data };
};

const each =
  (compute: (x: number) => number, type?: GraphTensor['type']): Operator =>
  ([x]) =>
    tensor(type ?? x!.type, x!.dims, (i) => compute(x!.data[i] as number));

/** Of several, spread to each other's sizes. */
const across =
  (compute: (a: number, b: number, c: number) => number, type?: GraphTensor['type']): Operator =>
  (inputs) => {
    const dims = together(inputs.map((one) => one.dims));
    const [a, b, c] = inputs.map((one): ((i: number) => number) => {
      const [data, at] = [one.data as Numbers, spread(one.dims, dims)];
      return at ? (i) => data[at[i]!]! : (i) => data[i]!;
    });
    return tensor(type ?? inputs.at(-1)!.type, dims, (i) => compute(a!(i), b!(i), c ? c(i) : 0));
  };

/** Of all along an axis. */
const along =
  (reduce: (values: readonly number[]) => number, type?: GraphTensor['type']): Operator =>
  ([x, axes], { axes: listed, axis, keepdims }) => {
    const over = axis?.int ?? listed?.ints?.[0] ?? (axes!.data[0] as number);
    const [, size, inner] = around(x!.dims, over);
    const dims = keepdims?.int === 0 ? x!.dims.toSpliced(over, 1) : x!.dims.with(over, 1);
    return tensor(type ?? x!.type, dims, (i) => {
      const first = Math.floor(i / inner) * size * inner + (i % inner);
      return reduce(Array.from({ length: size }, (_, k) => x!.data[first + k * inner] as number));
    });
  };

const argMax = (values: readonly number[]): number => values.reduce((best, value, k) => (value > values[best]! ? k : best), 0);

const cast: Operator = ([x], { to }) => {
  const type = TYPES[to!.int!]!;
  return each(type === 'int64' ? Math.trunc : (value) => value, type)([x!], {});
};

const matMul: Operator = ([a, b]) => {
  const [rows, inner, columns] = [a!.dims[0]!, b!.dims[0]!, b!.dims[1]!];
  const [left, right, out] = [a!.data as Numbers, b!.data as Numbers, new Float64Array(rows * columns)];
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < inner; k++) for (let j = 0, factor = left[i * inner + k]!; j < columns; j++) out[i * columns + j]! += factor * right[k * columns + j]!;
  return { type: 'double', dims: [rows, columns], data: out };
};

const concat: Operator = (inputs) => {
  const [rows, widths] = [inputs[0]!.dims[0]!, inputs.map(({ dims }) => dims[1]!)];
  const width = widths.reduce((sum, own) => sum + own);
  const out = new Float64Array(rows * width);
  let start = 0;
  inputs.forEach(({ data }, k) => {
    for (let i = 0; i < rows; i++) for (let j = 0; j < widths[k]!; j++) out[i * width + start + j] = data[i * widths[k]! + j] as number;
    start += widths[k]!;
  });
  return { type: inputs[0]!.type, dims: [rows, width], data: out };
};

const gather: Operator = ([x, places], { axis }) => {
  const over = axis!.int!;
  const [outer, size, inner] = around(x!.dims, over);
  const count = places!.data.length;
  const from = (i: number) => (Math.floor(i / inner / count) * size + (places!.data[Math.floor(i / inner) % count] as number)) * inner + (i % inner);
  const dims = [...x!.dims.slice(0, over), ...places!.dims, ...x!.dims.slice(over + 1)];
  if (x!.type === 'string') return { type: 'string', dims, data: Array.from({ length: outer * count * inner }, (_, i) => x!.data[from(i)] as string) };
  return tensor(x!.type, dims, (i) => x!.data[from(i)] as number);
};

const reshape: Operator = ([x, sizes]) => {
  const dims = Array.from(sizes!.data as Numbers);
  const known = dims.reduce((product, size) => (size < 0 ? product : product * size), 1);
  return { ...x!, dims: dims.map((size) => (size < 0 ? x!.data.length / known : size)) };
};

const transpose: Operator = ([x], { perm }) => {
  const [order, strides] = [perm!.ints!, stridesOf(x!.dims)];
  const dims = order.map((axis) => x!.dims[axis]!);
  const at = walk(
    dims,
    order.map((axis) => strides[axis]!),
  );
  return tensor(x!.type, dims, (i) => x!.data[at[i]!] as number);
};

/** Of pictures, `[rows, channels, high, wide]`: what is made of each window. @param of the window's place, row and channel */
function windows(
  [rows, , high, wide]: readonly number[],
  made: readonly [channels: number, high: number, wide: number],
  step: number,
  of: (each: (visit: (at: number) => void) => void, row: number, channel: number) => number,
  [kernelHigh, kernelWide]: readonly number[],
): GraphTensor {
  const [channels, placesHigh, placesWide] = made;
  return tensor('float', [rows!, ...made], (i) => {
    const [x, y] = [(i % placesWide) * step, (Math.floor(i / placesWide) % placesHigh) * step];
    const channel = Math.floor(i / placesWide / placesHigh);
    const each = (visit: (at: number) => void): void => {
      for (let h = y; h < Math.min(high!, y + kernelHigh!); h++) for (let w = x; w < Math.min(wide!, x + kernelWide!); w++) visit(h * wide! + w);
    };
    return of(each, Math.floor(channel / channels), channel % channels);
  });
}

const conv: Operator = ([x, weights, bias]) => {
  const [{ data, dims }, filters] = [x!, weights!.dims];
  const [channels, area] = [dims[1]!, dims[2]! * dims[3]!];
  const made = [filters[0]!, dims[2]! - filters[2]! + 1, dims[3]! - filters[3]! + 1] as const;
  const size = filters[2]! * filters[3]!;
  const sum = (each: (visit: (at: number) => void) => void, row: number, filter: number): number => {
    let all = bias!.data[filter] as number;
    for (let c = 0; c < channels; c++) {
      let k = (filter * channels + c) * size;
      each((at) => (all += (data[(row * channels + c) * area + at] as number) * (weights!.data[k++] as number)));
    }
    return all;
  };
  return windows(dims, made, 1, sum, filters.slice(2));
};

/** Of two by two places, or what there is of them. */
const maxPool: Operator = ([x]) => {
  const { data, dims } = x!;
  const [channels, high, wide] = [dims[1]!, dims[2]!, dims[3]!];
  const most = (each: (visit: (at: number) => void) => void, row: number, channel: number): number => {
    let all = -Infinity;
    each((at) => (all = Math.max(all, data[(row * channels + channel) * high * wide + at] as number)));
    return all;
  };
  return windows(dims, [channels, Math.ceil(high / 2), Math.ceil(wide / 2)], 2, most, [2, 2]);
};

const softmax: Operator = ([x]) => {
  const width = x!.dims[1]!;
  const data = Float64Array.from(x!.data as Numbers);
  for (let at = 0; at < data.length; at += width) {
    const row = data.subarray(at, at + width);
    const most = row.reduce((a, b) => Math.max(a, b));
    row.forEach((value, c) => (row[c] = Math.exp(value - most)));
    const sum = row.reduce((a, b) => a + b);
    row.forEach((value, c) => (row[c] = value / sum));
  }
  return { type: 'double', dims: x!.dims, data };
};

/** The smallest of each row, the first of equal ones first. */
const topK: Operator = ([x, k]) => {
  const [[rows, width], count] = [x!.dims as [number, number], k!.data[0] as number];
  const data = x!.data as Numbers;
  const order = Array.from({ length: rows }, (_, i) => {
    const row = data.subarray(i * width, (i + 1) * width);
    return [...row.keys()].sort((a, b) => row[a]! - row[b]! || a - b).slice(0, count);
  }).flat();
  const dims = [rows, count];
  return [tensor('double', dims, (i) => data[Math.floor(i / count) * width + order[i]!]!), tensor('int64', dims, (i) => order[i]!)];
};

/** What is worked out of the lists of a node, once. */
const prepared = new WeakMap<Attributes, unknown>();

function once<T>(attributes: Attributes, make: () => T): T {
  if (!prepared.has(attributes)) prepared.set(attributes, make());
  return prepared.get(attributes) as T;
}

const encodeLabels: Operator = ([x], attributes) => {
  const { keys_strings: keys, values_floats: values, default_float: other } = attributes;
  const codes = once(attributes, () => new Map(keys!.strings!.map((key, i) => [key, values!.floats![i]!])));
  return tensor('double', x!.dims, (i) => codes.get(x!.data[i] as string) ?? other!.float!);
};

function treesOf(attributes: Attributes) {
  const ints = (name: string): readonly number[] => attributes[name]!.ints!;
  const trees = ints('nodes_treeids');
  const starts = new Map<number, number>();
  trees.forEach((tree, i) => starts.has(tree) || starts.set(tree, i)); // nodes of a tree are numbered in turn
  const said = trees.map((): number[] => []);
  ints('target_nodeids').forEach((node, i) => said[starts.get(ints('target_treeids')[i]!)! + node]!.push(i));
  const place = (id: number, i: number): number => starts.get(trees[i]!)! + id;
  const splits = attributes['nodes_modes']!.strings!.map((mode) => mode !== 'LEAF');
  return { roots: [...starts.values()], said, splits, left: ints('nodes_truenodeids').map(place), right: ints('nodes_falsenodeids').map(place) };
}

const sumsOfTrees: Operator = ([x], attributes) => {
  const { roots, said, splits, left, right } = once(attributes, () => treesOf(attributes));
  const [rows, width] = x!.dims as [number, number];
  const ints = (name: string): readonly number[] => attributes[name]!.ints!;
  const doubles = (name: string): Numbers => attributes[name]!.tensor!.data as Numbers;
  const [columns, gapsLeft, targets] = [ints('nodes_featureids'), ints('nodes_missing_value_tracks_true'), ints('target_ids')];
  const [values, weights, sums] = [doubles('nodes_values_as_tensor'), doubles('target_weights_as_tensor'), attributes['n_targets']!.int!];
  const out = new Float64Array(rows * sums);
  for (let i = 0; i < rows; i++) {
    for (const root of roots) {
      let at = root;
      while (splits[at]) {
        const value = x!.data[i * width + columns[at]!] as number;
        at = value <= values[at]! || (value !== value && gapsLeft[at]) ? left[at]! : right[at]!;
      }
      for (const one of said[at]!) out[i * sums + targets[one]!]! += weights[one]!;
    }
  }
  return { type: 'double', dims: [rows, sums], data: out };
};

export const operators: Readonly<Record<string, Operator>> = {
  Abs: each(Math.abs),
  Add: across((a, b) => a + b),
  ArgMax: along(argMax, 'int64'),
  Cast: cast,
  Concat: concat,
  Conv: conv,
  Div: across((a, b) => a / b),
  Equal: across((a, b) => Number(a === b), 'bool'),
  Exp: each(Math.exp),
  Gather: gather,
  Greater: across((a, b) => Number(a > b), 'bool'),
  GreaterOrEqual: across((a, b) => Number(a >= b), 'bool'),
  IsNaN: each((x) => Number(x !== x), 'bool'),
  LabelEncoder: encodeLabels,
  Less: across((a, b) => Number(a < b), 'bool'),
  LessOrEqual: across((a, b) => Number(a <= b), 'bool'),
  Log: each(Math.log),
  MatMul: matMul,
  MaxPool: maxPool,
  Mul: across((a, b) => a * b),
  Neg: each((x) => -x),
  Pow: across((a, b) => a ** b),
  ReduceMax: along((values) => Math.max(...values)),
  ReduceSum: along((values) => values.reduce((a, b) => a + b, 0)),
  Relu: each((x) => (x < 0 ? 0 : x)),
  Reshape: reshape,
  Sigmoid: each((x) => 1 / (1 + Math.exp(-x))),
  Sin: each(Math.sin),
  Softmax: softmax,
  Sqrt: each(Math.sqrt),
  Sub: across((a, b) => a - b),
  Tanh: each(Math.tanh),
  TopK: topK,
  TreeEnsembleRegressor: sumsOfTrees,
  Transpose: transpose,
  Where: across((condition, a, b) => (condition ? a : b)),
};
