// Support vectors: SVMClassifier and SVMRegressor of ai.onnx.ml.
import type { GraphTensor } from '../graph.ts';
import type { Call, Operators } from '../tensors.ts';
import { argMax, chosen, floatsOf, labelsOf, logistic, numbersLike, pairOf, tableOf, transformed } from './scores.ts';

/** How alike a row is to each vector, by the kernel. */
export type Alike = (row: number, out: Float64Array) => void;

function kernelOf(x: GraphTensor | undefined, { attributes }: Call, vectors: ArrayLike<number>, count: number): Alike {
  const { width, data } = tableOf(x);
  const [gamma = 0, coef0 = 0, degree = 0] = attributes['kernel_params']?.floats ?? [];
  const kind = attributes['kernel_type']?.string ?? 'LINEAR';
  if (!['LINEAR', 'POLY', 'RBF', 'SIGMOID'].includes(kind)) throw new Error(`kernel_type '${kind}' is none that ONNX has`);
  if (vectors.length !== count * width) throw new Error(`rows have ${width} features, and its vectors ${vectors.length / count}`);
  return (row, out) => {
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let k = 0; k < width; k++) {
        const [a, b] = [data[row * width + k]!, vectors[i * width + k]!];
        sum += kind === 'RBF' ? (a - b) * (a - b) : a * b;
      }
      if (kind === 'RBF') sum = Math.exp(-gamma * sum);
      else if (kind === 'POLY') sum = (gamma * sum + coef0) ** degree;
      else if (kind === 'SIGMOID') sum = Math.tanh(gamma * sum + coef0);
      out[i] = sum;
    }
  };
}

/** @param alike what the kernel says, if that is known already */
export function classifyByVectors([x]: readonly (GraphTensor | undefined)[], call: Call, alike?: Alike): readonly GraphTensor[] {
  const { attributes } = call;
  const { rows } = tableOf(x);
  const labels = labelsOf(attributes, 'classlabels_ints');
  const classes = Math.max(1, labels.names.length);
  const perClass = attributes['vectors_per_class']?.ints ?? [];
  const count = perClass.reduce((sum, one) => sum + one, 0);
  const weights = floatsOf(attributes, 'coefficients');
  const rho = floatsOf(attributes, 'rho');
  const [slopes, shifts] = [floatsOf(attributes, 'prob_a'), floatsOf(attributes, 'prob_b')];
  const linear = count === 0;
  const kernel =
    alike ?? kernelOf(x, linear ? { ...call, attributes: {} } : call, linear ? weights : floatsOf(attributes, 'support_vectors'), linear ? classes : count);
  const starts = perClass.map((_, i) => perClass.slice(0, i).reduce((sum, one) => sum + one, 0));
  const pairs = linear ? classes : (classes * (classes - 1)) / 2;
  const likely = !linear && slopes.length > 0;
  const single = !linear && !likely && pairs === 1;
  const kind = attributes['post_transform']?.string;
  const out = numbersLike(undefined, rows, likely ? classes : single ? 2 : pairs);
  const places = new Int32Array(rows);
  const values = new Float64Array(linear ? classes : count);
  const scores = new Float64Array(pairs);
  const votes = new Float64Array(classes);
  for (let row = 0; row < rows; row++) {
    kernel(row, values);
    if (linear) values.forEach((value, i) => (scores[i] = value + rho[0]!));
    else {
      votes.fill(0);
      let pair = 0;
      for (let i = 0; i < classes; i++) {
        for (let j = i + 1; j < classes; j++) {
          let sum = rho[pair]!;
          for (let k = starts[i]!; k < starts[i]! + perClass[i]!; k++) sum += weights[(j - 1) * count + k]! * values[k]!;
          for (let k = starts[j]!; k < starts[j]! + perClass[j]!; k++) sum += weights[i * count + k]! * values[k]!;
          votes[sum > 0 ? i : j]! += 1;
          scores[pair++] = sum;
        }
      }
    }
    places[row] = linear && classes === 2 ? placeOfTwo(scores, weights) : argMax(linear ? scores : votes);
    const line = single ? pairOf(scores[0]!, kind, kind?.startsWith('SOFTMAX') === true) : likely ? coupled(classes, scores, slopes, shifts) : scores.slice();
    // The score of one class alone stays as it is.
    if (likely || pairs > 1 || (!single && kind === 'PROBIT')) transformed(line, kind);
    out.data.set(line, row * line.length);
  }
  return [chosen(labels, places), out];
}

/** Of two classes with weights of their own: onnxruntime takes the second once a score is beyond its bound, whichever that is. */
function placeOfTwo(scores: Float64Array, weights: ArrayLike<number>): number {
  const most = Math.max(...scores);
  const beyond = Array.from(weights).every((weight) => weight >= 0) ? most >= 0.5 : most > 0;
  return beyond ? 1 : argMax(scores);
}

/** Probabilities of classes from those of pairs, as libsvm couples them (Wu, Lin and Weng 2004). */
function coupled(classes: number, scores: Float64Array, slopes: ArrayLike<number>, shifts: ArrayLike<number>): Float64Array {
  const share = new Float64Array(classes * classes);
  let pair = 0;
  for (let i = 0; i < classes; i++) {
    for (let j = i + 1; j < classes; j++, pair++) {
      const first = Math.min(Math.max(1 - logistic(scores[pair]! * slopes[pair]! + shifts[pair]!), 1e-7), 1 - 1e-7);
      share[i * classes + j] = first;
      share[j * classes + i] = 1 - first;
    }
  }
  const q = new Float64Array(classes * classes);
  for (let t = 0; t < classes; t++) {
    for (let j = 0; j < classes; j++) {
      if (j === t) continue;
      q[t * classes + t]! += share[j * classes + t]! ** 2;
      q[t * classes + j] = -share[j * classes + t]! * share[t * classes + j]!;
    }
  }
  const p = new Float64Array(classes).fill(1 / classes);
  const qp = new Float64Array(classes);
  for (let round = 0; round < Math.max(100, classes); round++) {
    let pqp = 0;
    for (let t = 0; t < classes; t++) {
      qp[t] = 0;
      for (let j = 0; j < classes; j++) qp[t]! += q[t * classes + j]! * p[j]!;
      pqp += p[t]! * qp[t]!;
    }
    const found = pqp;
    if (qp.every((value) => Math.abs(value - found) < 0.005 / classes)) break;
    for (let t = 0; t < classes; t++) {
      const own = q[t * classes + t]!;
      const step = (pqp - qp[t]!) / own;
      p[t]! += step;
      pqp = (pqp + step * (step * own + 2 * qp[t]!)) / (1 + step) ** 2;
      for (let j = 0; j < classes; j++) {
        qp[j] = (qp[j]! + step * q[t * classes + j]!) / (1 + step);
        p[j]! /= 1 + step;
      }
    }
  }
  return p;
}

/** @param alike what the kernel says, if that is known already */
export function regressByVectors([x]: readonly (GraphTensor | undefined)[], call: Call, alike?: Alike): GraphTensor {
  const { attributes } = call;
  const { rows } = tableOf(x);
  const count = attributes['n_supports']?.int ?? 0;
  const weights = floatsOf(attributes, 'coefficients');
  const linear = count === 0;
  const kernel =
    alike ?? kernelOf(x, linear ? { ...call, attributes: {} } : call, linear ? weights : floatsOf(attributes, 'support_vectors'), linear ? 1 : count);
  const values = new Float64Array(linear ? 1 : count);
  const out = numbersLike(undefined, rows, 1);
  const shift = floatsOf(attributes, 'rho')[0] ?? 0;
  for (let row = 0; row < rows; row++) {
    kernel(row, values);
    const sum = linear ? values[0]! + shift : values.reduce((total, value, i) => total + weights[i]! * value, shift);
    const line = Float64Array.of(attributes['one_class']?.int ? (sum > 0 ? 1 : -1) : sum);
    transformed(line, attributes['post_transform']?.string);
    out.data.set(line, row);
  }
  return out;
}

export const supportVectors: Operators = {
  'ai.onnx.ml:SVMClassifier': (inputs, call) => classifyByVectors(inputs, call),
  'ai.onnx.ml:SVMRegressor': (inputs, call) => regressByVectors(inputs, call),
};
