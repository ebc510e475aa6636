// What operators of classic models share: rows of numbers, what becomes of scores, and labels.
import type { Elements, GraphTensor } from '../graph.ts';
import { elements, given, numbers, sizeOf, type Call, type Numbers } from '../tensors.ts';
import { softmax } from '../operators/reduce.ts';

export interface Table {
  readonly rows: number;
  readonly width: number;
  readonly data: Numbers;
}

/** A vector is one row. */
export function tableOf(tensor: GraphTensor | undefined): Table {
  const { dims } = given(tensor);
  const rows = dims.length < 2 ? 1 : dims[0]!;
  return { rows, width: dims.length < 2 ? sizeOf(dims) : sizeOf(dims.slice(1)), data: numbers(tensor) };
}

/** `double` where that came in, else `float`. */
export function numbersLike(x: GraphTensor | undefined, rows: number, width: number): GraphTensor & { readonly data: Numbers } {
  const type = x?.type === 'double' ? 'double' : 'float';
  return { type, dims: [rows, width], data: elements(type, rows * width) as Numbers };
}

/** Numbers of an attribute, which newer versions keep as a tensor. */
export function floatsOf(attributes: Call['attributes'], name: string): ArrayLike<number> {
  const tensor = attributes[`${name}_as_tensor`]?.tensor;
  return tensor ? numbers(tensor) : (attributes[name]?.floats ?? []);
}

export const logistic = (x: number): number => (x < 0 ? 1 - 1 / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));

/** As onnxruntime approximates it. */
function probit(x: number): number {
  const y = 2 * x - 1;
  const log = Math.log((1 - y) * (1 + y));
  const v = 2 / (Math.PI * 0.147) + 0.5 * log;
  return Math.SQRT2 * Math.sign(y) * Math.sqrt(Math.sqrt(v * v - log / 0.147) - v);
}

/** Changes the scores of one row as a `post_transform` says. */
export function transformed(line: Float64Array, kind = 'NONE'): void {
  const zero = line.map((score) => (Math.abs(score) <= 1e-7 ? 1 : 0));
  switch (kind) {
    case 'NONE':
      return;
    case 'LOGISTIC':
      line.forEach((score, i) => (line[i] = logistic(score)));
      return;
    case 'PROBIT':
      line.forEach((score, i) => (line[i] = probit(score)));
      return;
    case 'SOFTMAX':
      softmax(line);
      return;
    case 'SOFTMAX_ZERO': {
      // A score of zero stands for none at all, and stays zero.
      const most = Math.max(...line);
      const powers = line.map((score, i) => (zero[i] ? score * Math.exp(-most) : Math.exp(score - most)));
      const total = powers.reduce((sum, power) => sum + power, 0);
      line.forEach((_, i) => (line[i] = total === 0 ? 0.5 : powers[i]! / total));
      return;
    }
    default:
      throw new Error(`post_transform '${kind}' is none that ONNX has`);
  }
}

/**
 * What onnxruntime makes of the one score that two classes have: logistic shares are those of both sides; by softmax nothing changes.
 *
 * @param shares whether the score is the second's share of 1
 */
export function pairOf(score: number, kind = 'NONE', shares: boolean): Float64Array {
  if (kind === 'LOGISTIC') return Float64Array.of(logistic(-score), logistic(score));
  if (!['NONE', 'SOFTMAX', 'SOFTMAX_ZERO'].includes(kind))
    throw new Error(`post_transform '${kind}' of one score for two classes is not among what this program runs`);
  return Float64Array.of(shares ? 1 - score : -score, score);
}

/** Names of classes as whole numbers or texts. */
export interface Labels {
  readonly type: 'int64' | 'string';
  readonly names: readonly (number | string)[];
}

export function labelsOf(attributes: Call['attributes'], ints: string): Labels {
  const strings = attributes['classlabels_strings']?.strings;
  return strings?.length ? { type: 'string', names: strings } : { type: 'int64', names: attributes[ints]?.ints ?? [] };
}

/** The label of each row, by the place of its class. */
export function chosen({ type, names }: Labels, places: ArrayLike<number>): GraphTensor {
  const own = Array.from(places, (at) => {
    const name = names[at];
    if (name === undefined) throw new Error(`it names ${names.length} classes, and a row is of class ${at}, counted from 0`);
    return name;
  });
  return { type, dims: [places.length], data: (type === 'string' ? own : Float64Array.from(own as number[])) as Elements };
}

/** The place of the first of the largest. */
export function argMax(line: ArrayLike<number>, begin = 0, end = line.length): number {
  let best = begin;
  for (let i = begin + 1; i < end; i++) if (line[i]! > line[best]!) best = i;
  return best - begin;
}
