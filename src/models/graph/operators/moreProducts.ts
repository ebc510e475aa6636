// Products that few models ask for: distances between all pairs of rows, convolutions and what is pooled behind them, Einsum.
import { spend } from '../budget.ts';
import type { GraphTensor } from '../graph.ts';
import { elements, filled, given, numbers, sizeOf, stridesOf, walk, type Call, type Numbers, type Operators } from '../tensors.ts';

type Inputs = readonly (GraphTensor | undefined)[];

/** The distance of each row of one table from each of another: com.microsoft's. */
function distances([left, right]: Inputs, { attributes }: Call): GraphTensor {
  const [a, b] = [given(left), given(right)];
  const metric = attributes['metric']?.string ?? 'sqeuclidean';
  if (!['euclidean', 'sqeuclidean'].includes(metric)) throw new Error(`metric '${metric}' is not among what this program runs`);
  const [[rows, width], [others]] = [a.dims as [number, number], b.dims as [number, number]];
  const [x, y] = [numbers(a), numbers(b)];
  if (a.dims.length !== 2 || b.dims.length !== 2 || b.dims[1] !== width) throw new Error(`rows of ${width} are compared with rows of ${b.dims[1]}`);
  spend(rows * others * width);
  return filled(a.type, [rows, others], (i) => {
    const [row, other] = [Math.floor(i / others) * width, (i % others) * width];
    let sum = 0;
    for (let k = 0; k < width; k++) sum += (x[row + k]! - y[other + k]!) ** 2;
    return metric === 'euclidean' ? Math.sqrt(sum) : sum;
  });
}

/** Sums of products over the letters that the result does not have. */
function einsum(inputs: Inputs, { attributes }: Call): GraphTensor {
  const [from = '', to] = (attributes['equation']?.string ?? '').replaceAll(' ', '').split('->');
  const terms = from.split(',');
  if (to === undefined || terms.length !== inputs.length || /[^a-zA-Z,]/.test(from + to))
    throw new Error(`equation '${attributes['equation']?.string}' is not among what this program runs`);
  const all = inputs.map(given);
  const sizes = new Map<string, number>();
  terms.forEach((term, i) => {
    const { dims } = all[i]!;
    if (term.length !== dims.length) throw new Error(`'${term}' names the axes of [${dims.join(', ')}]`);
    [...term].forEach((letter, axis) => {
      const size = sizes.get(letter) ?? dims[axis]!;
      if (size !== dims[axis]) throw new Error(`axes '${letter}' of ${size} and of ${dims[axis]}`);
      sizes.set(letter, size);
    });
  });
  const summed = [...sizes.keys()].filter((letter) => !to.includes(letter));
  const dimsOf = (letters: readonly string[]): number[] => letters.map((letter) => sizes.get(letter)!);
  const out = dimsOf([...to]);
  // Where each input is, for places of the result and for those that are summed over.
  const places = all.map((tensor, i) => {
    const strides = stridesOf(tensor.dims);
    const strideOf = (letter: string): number => [...terms[i]!].reduce((sum, one, axis) => (one === letter ? sum + strides[axis]! : sum), 0);
    return [walk(out, [...to].map(strideOf)), walk(dimsOf(summed), summed.map(strideOf))] as const;
  });
  const data = all.map(numbers);
  const inner = sizeOf(dimsOf(summed));
  spend(sizeOf(out) * inner);
  return filled(all[0]!.type, out, (i) => {
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += data.reduce((product, list, n) => product * list[places[n]![0][i]! + places[n]![1][k]!]!, 1);
    return sum;
  });
}

interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly before: readonly [number, number];
  readonly out: readonly [number, number];
}

/** How a window moves over pictures of two dimensions. */
function windowOf(dims: readonly number[], kernel: readonly number[], { attributes }: Call): Window {
  if (dims.length !== 4) throw new Error(`pictures of ${dims.length - 2} dimensions are not among what this program runs`);
  const pair = (name: string): readonly [number, number] => (attributes[name]?.ints ?? [1, 1]) as unknown as readonly [number, number];
  const [stride, dilation] = [pair('strides'), pair('dilations')];
  const same = (attributes['auto_pad']?.string ?? 'NOTSET').startsWith('SAME_');
  const pads = attributes['pads']?.ints ?? [0, 0, 0, 0];
  const reach = [0, 1].map((i) => (kernel[i]! - 1) * dilation[i]! + 1);
  const needed = [0, 1].map((i) =>
    same ? Math.max(0, (Math.ceil(dims[2 + i]! / stride[i]!) - 1) * stride[i]! + reach[i]! - dims[2 + i]!) : pads[i]! + pads[i + 2]!,
  );
  const before = [0, 1].map((i) =>
    same ? (attributes['auto_pad']!.string === 'SAME_LOWER' ? Math.ceil(needed[i]! / 2) : Math.floor(needed[i]! / 2)) : pads[i]!,
  );
  const out = [0, 1].map((i) => {
    const steps = (dims[2 + i]! + needed[i]! - reach[i]!) / stride[i]!;
    if (!attributes['ceil_mode']?.int) return Math.floor(steps) + 1;
    // A last window that begins behind the picture is left out.
    const last = Math.ceil(steps);
    return last * stride[i]! >= dims[2 + i]! + before[i]! ? last : last + 1;
  });
  return { kernel, stride, dilation, before, out } as unknown as Window;
}

/** For one place of the window, each pixel that it covers: where it is, or -1 outside. */
function covered(
  { kernel, stride, dilation, before }: Window,
  height: number,
  width: number,
  y: number,
  x: number,
  visit: (pixel: number, at: number) => void,
): void {
  for (let i = 0; i < kernel[0]; i++) {
    for (let k = 0; k < kernel[1]; k++) {
      const [row, column] = [y * stride[0] - before[0] + i * dilation[0], x * stride[1] - before[1] + k * dilation[1]];
      const inside = row >= 0 && row < height && column >= 0 && column < width;
      visit(inside ? row * width + column : -1, i * kernel[1] + k);
    }
  }
}

function convolve([input, weights, shifts]: Inputs, call: Call): GraphTensor {
  const [x, w] = [given(input), given(weights)];
  const group = call.attributes['group']?.int ?? 1;
  const [images, channels, height, width] = x.dims as [number, number, number, number];
  const [filters, own, ...kernel] = w.dims as [number, number, number, number];
  if (own * group !== channels) throw new Error(`filters of ${own} channels in ${group} groups meet pictures of ${channels}`);
  const window = windowOf(x.dims, kernel, call);
  const [data, factors] = [numbers(x), numbers(w)];
  const area = kernel[0]! * kernel[1]!;
  spend(images * filters * sizeOf(window.out) * own * area);
  return filled(x.type, [images, filters, ...window.out], (i) => {
    const [column, row] = [i % window.out[1], Math.floor(i / window.out[1]) % window.out[0]];
    const filter = Math.floor(i / (window.out[0] * window.out[1])) % filters;
    const image = Math.floor(i / (window.out[0] * window.out[1] * filters));
    const first = Math.floor(filter / (filters / group)) * own;
    let sum = shifts ? numbers(shifts)[filter]! : 0;
    covered(window, height, width, row, column, (pixel, at) => {
      if (pixel < 0) return;
      for (let channel = 0; channel < own; channel++) {
        sum += data[(image * channels + first + channel) * height * width + pixel]! * factors[(filter * own + channel) * area + at]!;
      }
    });
    return sum;
  });
}

/** One number from the pixels that a window covers. */
const pooled =
  (average: boolean): Operators[string] =>
  ([input], call) => {
    const x = given(input);
    const [height, width] = x.dims.slice(2) as [number, number];
    const window = windowOf(x.dims, call.attributes['kernel_shape']?.ints ?? [1, 1], call);
    const data = numbers(x);
    const all = call.attributes['count_include_pad']?.int === 1;
    return filled(x.type, [x.dims[0]!, x.dims[1]!, ...window.out], (i) => {
      const [column, row] = [i % window.out[1], Math.floor(i / window.out[1]) % window.out[0]];
      const plane = Math.floor(i / (window.out[0] * window.out[1])) * height * width;
      let [total, count] = [average ? 0 : -Infinity, 0];
      covered(window, height, width, row, column, (pixel) => {
        if (pixel >= 0) total = average ? total + data[plane + pixel]! : Math.max(total, data[plane + pixel]!);
        if (pixel >= 0 || all) count++;
      });
      return average ? total / count : total;
    });
  };

/** All pixels of a plane as one. */
const whole =
  (average: boolean): Operators[string] =>
  ([input]) => {
    const { dims, type } = given(input);
    const data = numbers(input);
    const area = sizeOf(dims.slice(2));
    return filled(type, [dims[0]!, dims[1]!, ...dims.slice(2).map(() => 1)], (i) => {
      const plane = Array.from(data.subarray(i * area, (i + 1) * area));
      return average ? plane.reduce((sum, value) => sum + value, 0) / area : plane.reduce((most, value) => Math.max(most, value), -Infinity);
    });
  };

function batchNormalization([input, scale, shift, mean, variance]: Inputs, { attributes }: Call): GraphTensor {
  const x = given(input);
  if (attributes['training_mode']?.int) throw new Error('training is not among what this program runs');
  const inner = sizeOf(x.dims.slice(2));
  const [data, epsilon] = [numbers(x), attributes['epsilon']?.float ?? 1e-5];
  const out = elements(x.type, data.length) as Numbers;
  for (let i = 0; i < out.length; i++) {
    const at = Math.floor(i / inner) % x.dims[1]!;
    out[i] = ((data[i]! - numbers(mean)[at]!) / Math.sqrt(numbers(variance)[at]! + epsilon)) * numbers(scale)[at]! + numbers(shift)[at]!;
  }
  return { type: x.type, dims: x.dims, data: out };
}

export const furtherProducts: Operators = {
  AveragePool: pooled(true),
  BatchNormalization: batchNormalization,
  Conv: convolve,
  'com.microsoft:CDist': distances,
  Einsum: einsum,
  GlobalAveragePool: whole(true),
  GlobalMaxPool: whole(false),
  MaxPool: pooled(false),
};
