// Operators on sizes and places that few models ask for.
import type { GraphTensor } from '../graph.ts';
import { areSizes, around, axisOf, filled, given, numbers, pick, sizeOf, stridesOf, together, walk, type Call, type Operators } from '../tensors.ts';
import { expanded, typeOf, unary } from './elementwise.ts';
import { listOf, resized } from './shapes.ts';

type Inputs = readonly (GraphTensor | undefined)[];

function constant(_: Inputs, { attributes }: Call): GraphTensor {
  const { value, value_float, value_int, value_string, value_floats, value_ints, value_strings } = attributes;
  if (value?.tensor) return value.tensor;
  const one = value_float?.float ?? value_int?.int ?? value_string?.string;
  const list = value_floats?.floats ?? value_ints?.ints ?? value_strings?.strings;
  const type = value_float || value_floats ? 'float' : value_string || value_strings ? 'string' : 'int64';
  if (one === undefined && !list) throw new Error('its value is of a kind that this program does not read');
  return filled(type, list ? [list.length] : [], (i) => (list ? list[i]! : one!));
}

function squeeze([x, axes]: Inputs, call: Call): GraphTensor {
  const { dims } = given(x);
  const named = listOf(axes, call, 'axes')?.map((axis) => axisOf(axis, dims.length));
  return resized(
    x!,
    dims.filter((size, i) => (named ? !named.includes(i) : size !== 1)),
  );
}

function unsqueeze([x, axes]: Inputs, call: Call): GraphTensor {
  const { dims } = given(x);
  const named = listOf(axes, call, 'axes') ?? [];
  const at = new Set(named.map((axis) => axisOf(axis, dims.length + named.length)));
  const rest = [...dims];
  return resized(
    x!,
    Array.from({ length: dims.length + at.size }, (_, i) => (at.has(i) ? 1 : rest.shift()!)),
  );
}

/** An element along the axis for each place given. */
function gatherElements([x, places]: Inputs, { attributes }: Call): GraphTensor {
  const { dims } = given(x);
  const axis = axisOf(attributes['axis']?.int ?? 0, dims.length);
  const out = given(places).dims;
  const strides = stridesOf(dims);
  const base = walk(out, strides.with(axis, 0));
  const indices = numbers(places);
  const size = dims[axis]!;
  return pick(
    x!,
    out,
    base.map((at, i) => at + place(indices[i]!, size) * strides[axis]!),
  );
}

function place(at: number, size: number): number {
  if (at < -size || at >= size) throw new Error(`element ${at} of ${size}`);
  return at < 0 ? at + size : at;
}

function gatherND([x, places]: Inputs, { attributes }: Call): GraphTensor {
  if (attributes['batch_dims']?.int) throw new Error('batch_dims other than 0 is not among what this program runs');
  const { dims } = given(x);
  const to = given(places).dims;
  const depth = to.at(-1)!;
  const strides = stridesOf(dims);
  const rest = dims.slice(depth);
  const inner = sizeOf(rest);
  const indices = numbers(places);
  const from = new Int32Array((indices.length / Math.max(depth, 1)) * inner);
  for (let i = 0; i < from.length; i++) {
    const entry = Math.floor(i / inner);
    from[i] = i % inner;
    for (let k = 0; k < depth; k++) from[i]! += place(indices[entry * depth + k]!, dims[k]!) * strides[k]!;
  }
  return pick(x!, [...to.slice(0, -1), ...rest], from);
}

function scatterElements([x, places, updates]: Inputs, { attributes }: Call): GraphTensor {
  const { dims, type, data } = given(x);
  const how = attributes['reduction']?.string ?? 'none';
  if (!['none', 'add'].includes(how)) throw new Error(`reduction '${how}' is not among what this program runs`);
  const axis = axisOf(attributes['axis']?.int ?? 0, dims.length);
  const strides = stridesOf(dims);
  const base = walk(given(places).dims, strides.with(axis, 0));
  const out = filled(type, dims, (i) => data[i]!);
  const [to, more, indices] = [out.data as Float64Array, numbers(updates), numbers(places)];
  base.forEach((at, i) => {
    const target = at + place(indices[i]!, dims[axis]!) * strides[axis]!;
    to[target] = how === 'add' ? to[target]! + more[i]! : more[i]!;
  });
  return out;
}

function split([x, sizes]: Inputs, call: Call): readonly GraphTensor[] {
  const { dims } = given(x);
  const axis = axisOf(call.attributes['axis']?.int ?? 0, dims.length);
  const [outer, length, inner] = around(dims, axis);
  const part = Math.ceil(length / call.outputs);
  const each = listOf(sizes, call, 'split') ?? Array.from({ length: call.outputs }, (_, i) => Math.max(0, Math.min(part, length - i * part)));
  const total = each.reduce((sum, size) => sum + size, 0);
  if (total !== length || each.length !== call.outputs || !areSizes(each))
    throw new Error(`${length} are split into ${call.outputs} parts: ${each.join(', ')}`);
  let begin = 0;
  return each.map((size) => {
    const start = begin;
    begin += size;
    const strides = [length * inner, inner, 1];
    return pick(x!, dims.with(axis, size), walk([outer, size, inner], strides, start * inner));
  });
}

/** Rows along an axis for which the condition holds. */
function compress([x, condition]: Inputs, { attributes }: Call): GraphTensor {
  const { dims } = given(x);
  const wanted = [...numbers(condition)].flatMap((yes, i) => (yes ? [i] : []));
  if (!attributes['axis']) return pick(x!, [wanted.length], wanted);
  const axis = axisOf(attributes['axis'].int ?? 0, dims.length);
  const [outer, length, inner] = around(dims, axis);
  const from = Array.from({ length: outer }, (_, i) => wanted.flatMap((at) => Array.from({ length: inner }, (_, k) => (i * length + at) * inner + k)));
  return pick(x!, dims.with(axis, wanted.length), from.flat());
}

function nonZero([x]: Inputs): GraphTensor {
  const { dims } = given(x);
  const found = [...numbers(x)].flatMap((value, i) => (value ? [i] : []));
  const strides = stridesOf(dims);
  return filled('int64', [dims.length, found.length], (i) => {
    const axis = Math.floor(i / Math.max(found.length, 1));
    return Math.floor(found[i % found.length]! / strides[axis]!) % dims[axis]!;
  });
}

function oneHot([places, depth, values]: Inputs, { attributes }: Call): GraphTensor {
  const { dims } = given(places);
  const size = numbers(depth)[0]!;
  const [off, on] = given(values).data as unknown as readonly [number, number];
  const axis = axisOf(attributes['axis']?.int ?? -1, dims.length + 1);
  const out = dims.toSpliced(axis, 0, size);
  const [, , inner] = around(out, axis);
  const indices = numbers(places);
  return filled(values!.type, out, (i) => {
    const at = indices[Math.floor(i / (size * inner)) * inner + (i % inner)]!;
    return (at < 0 ? at + size : at) === Math.floor(i / inner) % size ? on : off;
  });
}

export const furtherShapes: Operators = {
  Compress: compress,
  Constant: constant,
  ConstantOfShape: ([shape], { attributes }) => {
    const value = attributes['value']?.tensor;
    return filled(value?.type ?? 'float', [...numbers(shape)], () => value?.data[0] ?? 0);
  },
  Expand: ([x, shape]) => expanded(given(x), together([x!.dims, [...numbers(shape)]])),
  EyeLike: ([x], { attributes }) => {
    const [, width] = given(x).dims as [number, number];
    const type = attributes['dtype']?.int === undefined ? x!.type : typeOf(attributes['dtype'].int);
    return filled(type, x!.dims, (i) => Number((i % width) - Math.floor(i / width) === (attributes['k']?.int ?? 0)));
  },
  Flatten: ([x], { attributes }) => {
    const { dims } = given(x);
    const asked = attributes['axis']?.int ?? 1;
    const axis = asked < 0 ? asked + dims.length : asked;
    return resized(x!, [sizeOf(dims.slice(0, axis)), sizeOf(dims.slice(axis))]);
  },
  GatherElements: gatherElements,
  GatherND: gatherND,
  IsInf: (inputs, call) => {
    const [above, below] = [call.attributes['detect_positive']?.int ?? 1, call.attributes['detect_negative']?.int ?? 1];
    return unary((x) => (x === Infinity ? above : x === -Infinity ? below : 0), 'bool')(inputs, call);
  },
  NonZero: nonZero,
  OneHot: oneHot,
  Range: ([from, to, by]) => {
    const [start, end, step] = [numbers(from)[0]!, numbers(to)[0]!, numbers(by)[0]!];
    return filled(from!.type, [Math.max(0, Math.ceil((end - start) / step))], (i) => start + i * step);
  },
  ScatterElements: scatterElements,
  Shape: ([x], { attributes }) => {
    const dims = given(x).dims.slice(attributes['start']?.int ?? 0, attributes['end']?.int);
    return filled('int64', [dims.length], (i) => dims[i]!);
  },
  Size: ([x]) => filled('int64', [], () => given(x).data.length),
  Split: split,
  Squeeze: squeeze,
  Tile: ([x, repeats]) => {
    const { dims } = given(x);
    const times = [...numbers(repeats)];
    if (times.length !== dims.length || !areSizes(times)) throw new Error(`[${dims.join(', ')}] is repeated [${times.join(', ')}] times`);
    const strides = stridesOf(dims);
    // An axis of repeats before each axis.
    const at = walk(
      dims.flatMap((size, i) => [times[i]!, size]),
      strides.flatMap((stride) => [0, stride]),
    );
    return pick(
      x!,
      dims.map((size, i) => size * times[i]!),
      at,
    );
  },
  Unsqueeze: unsqueeze,
};
