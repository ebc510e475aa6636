// Operators that move elements and compute none.
import type { Elements, GraphTensor } from '../graph.ts';
import { areSizes, around, axisOf, elements, given, numbers, pick, sizeOf, stridesOf, walk, type Call, type Operators } from '../tensors.ts';

type Inputs = readonly (GraphTensor | undefined)[];

/** A list of whole numbers that became an input at some version of the operator. */
export function listOf(input: GraphTensor | undefined, { attributes }: Call, name: string): readonly number[] | undefined {
  return input ? [...numbers(input)] : attributes[name]?.ints;
}

export function resized(x: GraphTensor, dims: readonly number[]): GraphTensor {
  if (sizeOf(dims) !== sizeOf(x.dims) || !areSizes(dims)) throw new Error(`[${x.dims.join(', ')}] cannot become [${dims.join(', ')}]`);
  return { ...x, dims };
}

function reshape([input, shape]: Inputs, call: Call): GraphTensor {
  const x = given(input);
  const asked = listOf(shape, call, 'shape') ?? [];
  const dims = asked.map((size, i) => (size === 0 && !call.attributes['allowzero']?.int ? x.dims[i]! : size));
  const free = dims.indexOf(-1);
  if (free >= 0) dims[free] = sizeOf(x.dims) / Math.max(1, sizeOf(dims.filter((size) => size !== -1)));
  return resized(x, dims);
}

export function transpose([input]: Inputs, { attributes }: Pick<Call, 'attributes'>): GraphTensor {
  const x = given(input);
  const order = attributes['perm']?.ints ?? [...x.dims.keys()].toReversed();
  if (order.toSorted((a, b) => a - b).join() !== [...x.dims.keys()].join()) throw new Error(`axes [${order.join(', ')}] of ${x.dims.length}`);
  const strides = stridesOf(x.dims);
  const dims = order.map((axis) => x.dims[axis]!);
  const from = walk(
    dims,
    order.map((axis) => strides[axis]!),
  );
  return pick(x, dims, from);
}

export function concat(inputs: Inputs, { attributes }: Call): GraphTensor {
  const all = inputs.map(given);
  const [first] = all as [GraphTensor];
  const axis = axisOf(attributes['axis']?.int ?? 1, first.dims.length);
  for (const { dims, type } of all) {
    const fits = dims.length === first.dims.length && dims.every((size, i) => i === axis || size === first.dims[i]);
    if (!fits || type !== first.type) throw new Error(`${type} [${dims.join(', ')}] does not go beside ${first.type} [${first.dims.join(', ')}]`);
  }
  const dims = first.dims.with(
    axis,
    all.reduce((size, one) => size + one.dims[axis]!, 0),
  );
  const [outer, size, inner] = around(dims, axis);
  const data = elements(first.type, sizeOf(dims)) as unknown as number[];
  let begin = 0;
  for (const one of all) {
    const width = one.dims[axis]! * inner;
    for (let i = 0; i < outer; i++) {
      for (let k = 0; k < width; k++) data[i * size * inner + begin + k] = one.data[i * width + k] as number;
    }
    begin += width;
  }
  return { type: first.type, dims, data: data as unknown as Elements };
}

function slice([input, from, to, along, by]: Inputs, call: Call): GraphTensor {
  const x = given(input);
  const [starts, ends] = [listOf(from, call, 'starts') ?? [], listOf(to, call, 'ends') ?? []];
  const axes = listOf(along, call, 'axes') ?? [...starts.keys()];
  const strides = stridesOf(x.dims);
  const dims = [...x.dims];
  let start = 0;
  axes.forEach((named, i) => {
    const axis = axisOf(named, dims.length);
    const size = x.dims[axis]!;
    const step = by ? numbers(by)[i]! : 1;
    if (step === 0) throw new Error('a step of 0');
    const bound = (at: number): number => Math.min(Math.max(at < 0 ? at + size : at, step < 0 ? -1 : 0), step < 0 ? size - 1 : size);
    const begin = bound(starts[i]!);
    dims[axis] = Math.max(0, Math.ceil((bound(ends[i]!) - begin) / step));
    start += begin * strides[axis]!;
    strides[axis]! *= step;
  });
  return pick(x, dims, walk(dims, strides, start));
}

function gather([input, places]: Inputs, { attributes }: Call): GraphTensor {
  const x = given(input);
  const axis = axisOf(attributes['axis']?.int ?? 0, x.dims.length);
  const [outer, size, inner] = around(x.dims, axis);
  const indices = Array.from(numbers(places), (at) => {
    if (at < -size || at >= size) throw new Error(`element ${at} of ${size} along axis ${axis}`);
    return at < 0 ? at + size : at;
  });
  const from = new Int32Array(outer * indices.length * inner);
  let to = 0;
  for (let i = 0; i < outer; i++) for (const at of indices) for (let k = 0; k < inner; k++) from[to++] = (i * size + at) * inner + k;
  return pick(x, [...x.dims.slice(0, axis), ...given(places).dims, ...x.dims.slice(axis + 1)], from);
}

export const basicShapes: Operators = { Concat: concat, Gather: gather, Reshape: reshape, Slice: slice, Transpose: transpose };
