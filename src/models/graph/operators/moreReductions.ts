// Operators along axes that few models ask for: sums of other kinds, places in order, running sums.
import type { GraphTensor } from '../graph.ts';
import { around, axisOf, filled, given, numbers, type Call, type Operators } from '../tensors.ts';
import { alongAxis, largest, normalized, place, reduction, sum } from './reduce.ts';

const square = (values: Float64Array): number => values.reduce((total, value) => total + value * value, 0);
const size = (values: Float64Array): number => values.reduce((total, value) => total + Math.abs(value), 0);

/** The first k of each line in order, and where they were. Of equal ones the first comes first. */
function topK([x, count]: readonly (GraphTensor | undefined)[], { attributes }: Call): readonly GraphTensor[] {
  const data = numbers(x);
  const { dims, type } = given(x);
  const axis = axisOf(attributes['axis']?.int ?? -1, dims.length);
  const [, length, inner] = around(dims, axis);
  const k = count ? numbers(count)[0]! : (attributes['k']?.int ?? 1);
  if (k < 0 || k > length) throw new Error(`the first ${k} of ${length}`);
  const sign = (attributes['largest']?.int ?? 1) ? -1 : 1;
  const out = dims.with(axis, k);
  const places = filled('int64', out, () => 0);
  const lines = places.data.length / Math.max(k, 1);
  for (let line = 0; line < lines; line++) {
    const start = Math.floor(line / inner) * length * inner + (line % inner);
    const order = Array.from({ length }, (_, i) => i).toSorted((a, b) => sign * (data[start + a * inner]! - data[start + b * inner]!) || a - b);
    const to = Math.floor(line / inner) * k * inner + (line % inner);
    for (let i = 0; i < k; i++) (places.data as Float64Array)[to + i * inner] = order[i]!;
  }
  const values = filled(type, out, (i) => {
    const line = Math.floor(i / (k * inner)) * length * inner + (i % inner);
    return data[line + (places.data[i] as number) * inner]!;
  });
  return [values, places];
}

export const furtherReductions: Operators = {
  ArgMin: place((value, best) => value < best),
  CumSum: ([x, axis], { attributes }) =>
    alongAxis(x, axisOf(numbers(axis)[0]!, given(x).dims.length), (line) => {
      let total = 0;
      const reverse = attributes['reverse']?.int === 1;
      for (let i = 0; i < line.length; i++) {
        const at = reverse ? line.length - 1 - i : i;
        const value = line[at]!;
        line[at] = attributes['exclusive']?.int ? total : total + value;
        total += value;
      }
    }),
  Hardmax: normalized((line) => {
    const at = line.indexOf(largest(line));
    line.fill(0)[at] = 1;
  }),
  LogSoftmax: normalized((line) => {
    const most = largest(line);
    const total = Math.log(sum(line.map((value) => Math.exp(value - most))));
    for (let i = 0; i < line.length; i++) line[i]! -= most + total;
  }),
  LpNormalization: ([x], { attributes }) =>
    alongAxis(x, axisOf(attributes['axis']?.int ?? -1, given(x).dims.length), (line) => {
      const norm = attributes['p']?.int === 1 ? size(line) : Math.sqrt(square(line));
      for (let i = 0; i < line.length; i++) line[i] = norm === 0 ? 0 : line[i]! / norm;
    }),
  ReduceL1: reduction(size),
  ReduceL2: reduction((values) => Math.sqrt(square(values))),
  ReduceLogSum: reduction((values) => Math.log(sum(values))),
  ReduceMean: reduction((values) => sum(values) / values.length),
  ReduceMin: reduction((values) => -largest(values.map((value) => -value))),
  ReduceProd: reduction((values) => values.reduce((product, value) => product * value, 1)),
  ReduceSumSquare: reduction(square),
  TopK: topK,
};
