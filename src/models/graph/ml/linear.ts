// Linear models: LinearClassifier and LinearRegressor of ai.onnx.ml.
import type { GraphTensor } from '../graph.ts';
import { numbers, type Call, type Operators } from '../tensors.ts';
import { argMax, chosen, floatsOf, labelsOf, numbersLike, pairOf, tableOf, transformed } from './scores.ts';

/** Weights of each score, one row of them a score. */
function scoresOf(x: GraphTensor | undefined, { attributes }: Call, scores: number): (row: number, line: Float64Array) => void {
  const { width, data } = tableOf(x);
  const weights = floatsOf(attributes, 'coefficients');
  const shifts = floatsOf(attributes, 'intercepts');
  if (weights.length !== scores * width) throw new Error(`rows have ${width} features, and the weights are for ${weights.length / scores}`);
  return (row, line) => {
    for (let i = 0; i < scores; i++) {
      let sum = shifts[i] ?? 0;
      for (let k = 0; k < width; k++) sum += data[row * width + k]! * weights[i * width + k]!;
      line[i] = sum;
    }
  };
}

function classify([x]: readonly (GraphTensor | undefined)[], call: Call): readonly GraphTensor[] {
  const { attributes } = call;
  const { rows, width } = tableOf(x);
  const labels = labelsOf(attributes, 'classlabels_ints');
  const scores = Math.max(1, floatsOf(attributes, 'coefficients').length / width);
  const score = scoresOf(x, call, scores);
  const pair = scores === 1 && labels.names.length === 2;
  const out = numbersLike(undefined, rows, pair ? 2 : scores);
  const places = new Int32Array(rows);
  const own = new Float64Array(scores);
  for (let row = 0; row < rows; row++) {
    score(row, own);
    places[row] = pair ? Number(own[0]! > 0) : argMax(own);
    const line = pair ? pairOf(own[0]!, attributes['post_transform']?.string, true) : own;
    if (!pair) transformed(line, attributes['post_transform']?.string);
    out.data.set(line, row * line.length);
  }
  return [chosen(labels, places), out];
}

function regress([x]: readonly (GraphTensor | undefined)[], call: Call): GraphTensor {
  const { rows } = tableOf(x);
  const targets = call.attributes['targets']?.int ?? 1;
  const score = scoresOf(x, call, targets);
  const out = numbersLike(undefined, rows, targets);
  const line = new Float64Array(targets);
  for (let row = 0; row < rows; row++) {
    score(row, line);
    transformed(line, call.attributes['post_transform']?.string);
    numbers(out).set(line, row * targets);
  }
  return out;
}

export const linear: Operators = { 'ai.onnx.ml:LinearClassifier': classify, 'ai.onnx.ml:LinearRegressor': regress };
