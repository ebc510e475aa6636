// Tensors of a graph: made, measured, and walked through by strides. A `float` is rounded when it is stored, never before.
import { spend } from './budget.ts';
import type { Attribute, Elements, ElementType, Graph, GraphTensor } from './graph.ts';

export type Numbers = Exclude<Elements, readonly string[]>;

/** What an operator is told beside its inputs. */
export interface Call {
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Of the operators of its domain. */
  readonly version: number;
  /** How many values it is asked for. */
  readonly outputs: number;
  /** Runs a graph that is an attribute, which sees the values around the node. */
  readonly run: (body: Graph, inputs: readonly GraphTensor[]) => readonly GraphTensor[];
}

/** From tensors to tensors; an input that is left out is undefined. */
export type Operator = (inputs: readonly (GraphTensor | undefined)[], call: Call) => GraphTensor | readonly GraphTensor[];

/** By name, with the domain and a colon before those that are not ONNX's own: `ai.onnx.ml:Scaler`. */
export type Operators = Readonly<Record<string, Operator>>;

export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, size) => product * size, 1);

/** Whether these can be sizes: whole numbers from 0 up. */
export const areSizes = (dims: readonly number[]): boolean => dims.every((size) => Number.isSafeInteger(size) && size >= 0);

/** Zeros, or empty texts. */
export function elements(type: ElementType, count: number): Elements {
  spend(count);
  switch (type) {
    case 'float':
      return new Float32Array(count);
    case 'int32':
      return new Int32Array(count);
    case 'uint8':
    case 'bool':
      return new Uint8Array(count);
    case 'string':
      return new Array<string>(count).fill('');
    default:
      return new Float64Array(count);
  }
}

export function filled(type: ElementType, dims: readonly number[], element: (i: number) => number | string): GraphTensor {
  const data = elements(type, sizeOf(dims)) as (number | string)[];
  for (let i = 0; i < data.length; i++) data[i] = element(i);
  return { type, dims, data: data as unknown as Elements };
}

/** A tensor that an operator cannot do without. */
export function given(tensor: GraphTensor | undefined): GraphTensor {
  if (!tensor) throw new Error('an input is missing');
  return tensor;
}

export function numbers(tensor: GraphTensor | undefined): Numbers {
  const { data, type } = given(tensor);
  if (type === 'string') throw new Error('texts came where numbers are needed');
  return data as Numbers;
}

/** From the beginning where it counts from the end. */
export function axisOf(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= Math.max(rank, 1)) throw new Error(`axis ${axis} of a tensor of ${rank} dimensions`);
  return at;
}

/** The three factors of a tensor along an axis: what is before, the axis, what is behind. */
export function around(dims: readonly number[], axis: number): readonly [outer: number, size: number, inner: number] {
  return [sizeOf(dims.slice(0, axis)), dims[axis] ?? 1, sizeOf(dims.slice(axis + 1))];
}

/** How far apart neighbours along each axis are. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = dims.map(() => 1);
  for (let i = dims.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * dims[i + 1]!;
  return strides;
}

/** The dims that tensors have together, by ONNX's (and numpy's) rule. */
export function together(all: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...all.map(({ length }) => length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = all.map((dims) => dims[i - rank + dims.length] ?? 1);
    const size = sizes.find((one) => one !== 1) ?? 1;
    if (sizes.some((one) => one !== 1 && one !== size)) throw new Error(`sizes ${all.map((dims) => `[${dims.join(', ')}]`).join(' and ')} do not fit together`);
    return size;
  });
}

/** For each element of `dims`, in order, where it is by the strides given. */
export function walk(dims: readonly number[], strides: readonly number[], start = 0): Int32Array {
  const count = sizeOf(dims);
  spend(count);
  const at = new Int32Array(count);
  if (at.length === 0) return at;
  at[0] = start;
  // Axis by axis from the last: what is known is repeated, one stride further on.
  let known = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    for (let i = 1; i < dims[axis]!; i++) {
      for (let k = 0; k < known; k++) at[i * known + k] = at[k]! + i * strides[axis]!;
    }
    known *= dims[axis]!;
  }
  return at;
}

/** Where each element of `dims` is found in a tensor that is repeated along axes of size 1; undefined where it is the same place. */
export function spread(own: readonly number[], dims: readonly number[]): Int32Array | undefined {
  if (sizeOf(own) === sizeOf(dims)) return undefined;
  const strides = stridesOf(own);
  const lead = dims.length - own.length;
  return walk(
    dims,
    dims.map((_, i) => (i < lead || own[i - lead] === 1 ? 0 : strides[i - lead]!)),
  );
}

/** The elements at these places. */
export function pick({ type, data }: GraphTensor, dims: readonly number[], at: ArrayLike<number>): GraphTensor {
  return filled(type, dims, (i) => data[at[i]!]!);
}

/** What is worked out once for a node and kept as long as the node. */
export function prepared<T>(cache: WeakMap<object, T>, { attributes }: Call, make: () => T): T {
  let found = cache.get(attributes);
  if (found === undefined) cache.set(attributes, (found = make()));
  return found;
}
