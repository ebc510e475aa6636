// Operators that make one number, or a place, of all along some axes.
import type { GraphTensor } from '../graph.ts';
import { around, axisOf, elements, filled, given, numbers, sizeOf, stridesOf, walk, type Call, type Operator, type Operators } from '../tensors.ts';

/** Of the numbers along the axes, in their order. */
type Reduction = (values: Float64Array) => number;

/** @param since the version at which the axes became an input */
export function reduction(reduce: Reduction, since = 18): Operator {
  return ([x, list], call) => {
    const { attributes, version } = call;
    const data = numbers(x);
    const { dims, type } = given(x);
    const named = version >= since ? list && [...numbers(list)] : attributes['axes']?.ints;
    if (!named?.length && attributes['noop_with_empty_axes']?.int) return x!;
    const axes = new Set(named?.length ? named.map((axis) => axisOf(axis, dims.length)) : dims.keys());
    const strides = stridesOf(dims);
    const kept = dims.map((size, i) => (axes.has(i) ? 1 : size));
    const starts = walk(kept, strides);
    const steps = walk(
      dims.map((size, i) => (axes.has(i) ? size : 1)),
      strides,
    );
    const values = new Float64Array(steps.length);
    const out = (attributes['keepdims']?.int ?? 1) ? kept : dims.filter((_, i) => !axes.has(i));
    const stored = type === 'int64' ? Math.trunc : (value: number): number => value;
    return filled(type, out, (i) => {
      for (let k = 0; k < steps.length; k++) values[k] = data[starts[i]! + steps[k]!]!;
      return stored(reduce(values));
    });
  };
}

export const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
export const largest = (values: Float64Array): number => values.reduce((most, value) => (value > most || Number.isNaN(value) ? value : most), -Infinity);

function logSumExp(values: Float64Array): number {
  const most = largest(values);
  return Number.isFinite(most) ? most + Math.log(values.reduce((total, value) => total + Math.exp(value - most), 0)) : most;
}

/** The place of the first, or with `select_last_index` of the last, that `better` prefers to all before. */
export function place(better: (value: number, best: number) => boolean): Operator {
  return ([x], { attributes }) => {
    const data = numbers(x);
    const { dims } = given(x);
    const axis = axisOf(attributes['axis']?.int ?? 0, dims.length);
    const [, size, inner] = around(dims, axis);
    const last = attributes['select_last_index']?.int === 1;
    const out = dims.flatMap((one, i) => (i === axis ? ((attributes['keepdims']?.int ?? 1) ? [1] : []) : [one]));
    if (size === 0) throw new Error('no element to choose from');
    return filled('int64', out, (i) => {
      const start = Math.floor(i / inner) * size * inner + (i % inner);
      let best = 0;
      for (let k = 1; k < size; k++) {
        const [value, before] = [data[start + k * inner]!, data[start + best * inner]!];
        if (better(value, before) || (last && value === before)) best = k;
      }
      return best;
    });
  };
}

/** Lines along an axis, each made anew. */
export function alongAxis(x: GraphTensor | undefined, axis: number, change: (line: Float64Array) => void): GraphTensor {
  const data = numbers(x);
  const { dims, type } = given(x);
  const [outer, size, inner] = around(dims, axis);
  const out = elements(type, sizeOf(dims)) as Float64Array;
  const line = new Float64Array(size);
  for (let i = 0; i < outer; i++) {
    for (let k = 0; k < inner; k++) {
      const start = i * size * inner + k;
      for (let at = 0; at < size; at++) line[at] = data[start + at * inner]!;
      change(line);
      for (let at = 0; at < size; at++) out[start + at * inner] = line[at]!;
    }
  }
  return { type, dims, data: out };
}

/** To numbers that sum to one; before version 13 over all axes from `axis` on. */
export function normalized(change: (line: Float64Array) => void): Operator {
  return ([x], { attributes, version }: Call) => {
    const { dims } = given(x);
    const axis = axisOf(attributes['axis']?.int ?? (version < 13 ? 1 : -1), dims.length);
    if (version >= 13) return alongAxis(x, axis, change);
    const flat = [sizeOf(dims.slice(0, axis)), sizeOf(dims.slice(axis))];
    return { ...alongAxis({ ...x!, dims: flat }, 1, change), dims };
  };
}

export function softmax(line: Float64Array): void {
  const most = largest(line);
  let total = 0;
  for (let i = 0; i < line.length; i++) total += line[i] = Math.exp(line[i]! - most);
  for (let i = 0; i < line.length; i++) line[i]! /= total;
}

export const basicReductions: Operators = {
  ArgMax: place((value, best) => value > best),
  ReduceLogSumExp: reduction(logSumExp),
  ReduceMax: reduction(largest),
  ReduceSum: reduction(sum, 13),
  Softmax: normalized(softmax),
};
