// A fitted model, as ONNX in onnxruntime and as JSON in the predictor: what they say is what the model says.
import { expect } from 'vitest';
import type { ClassName } from '../../src/core/data/dataset.ts';
import { RandomState } from '../../src/core/data/random.ts';
import type { Device, Predictor } from '../../src/dsl/estimator.ts';
import { modelToJson, modelToOnnx } from '../../src/models/export/export.ts';
import type { GraphTensor } from '../../src/models/graph/graph.ts';
import { predictor } from '../../src/predictor.ts';
import { outputsOfModel, rowsFrom } from './graphOutputs.ts';
import { runWithOnnxRuntime } from './onnxRuntime.ts';

const ROWS = 1000;
const COLS = 4;
export const TOLERANCE = 1e-5;

const random = new RandomState(7);
/** Half on the grid of the tables, where trees split and neighbours tie, half between; all are float32. */
const data = Float64Array.from({ length: ROWS * COLS }, (_, at) => (at < 2 * ROWS ? random.interval(47) / 8 : Math.fround(random.double() * 7)));
const rows = rowsFrom(data, COLS);
const lists = Array.from({ length: ROWS }, (_, row) => [...data.subarray(row * COLS, (row + 1) * COLS)]);

/** Of a model of four columns. @param tolerance as a share of what the model says, or of 1 where that is less */
export async function checkExports(model: Predictor, context: Device, tolerance = TOLERANCE): Promise<void> {
  const said = await outputsOfModel(model, rows, context);
  const fromOnnx = await runWithOnnxRuntime(await modelToOnnx(model), { X: { type: 'float', dims: [ROWS, COLS], data: Float32Array.from(data) } });
  const predicted = predictor(JSON.parse(JSON.stringify(await modelToJson(model))) as object)(lists);
  for (const [output, values] of Object.entries(said.numbers)) {
    const key = ({ variable: 'value', transformed: 'features' } as Readonly<Record<string, string>>)[output] ?? output;
    const own = predicted.flatMap((one) => (one as Readonly<Record<string, number | readonly number[]>>)[key]!);
    expect.soft(farthest(fromOnnx[output]!.data, values), `${output} of ONNX`).toBeLessThanOrEqual(tolerance);
    expect.soft(farthest(own, values), `${output} of JSON`).toBeLessThanOrEqual(tolerance);
  }
  checkLabels(said, fromOnnx['label']);
}

/** How much numbers differ, as a share of each, or of 1 where it is smaller. */
function farthest(own: ArrayLike<unknown>, others: ArrayLike<number>): number {
  expect(own.length).toBe(others.length);
  let most = 0;
  for (let at = 0; at < own.length; at++) {
    const off = Math.abs((own[at] as number) - others[at]!) / Math.max(1, Math.abs(others[at]!));
    if (!(off <= most)) most = off; // NaN too
  }
  return most;
}

type Said = Awaited<ReturnType<typeof outputsOfModel>>;

/** Labels are equal, but of rows between two. */
function checkLabels({ label, numbers }: Said, given: GraphTensor | undefined): void {
  if (!label) return;
  const own = Array.from(given!.data as ArrayLike<ClassName>, (one) => (given!.type === 'bool' ? Boolean(one) : one));
  expect(own.length).toBe(label.length);
  const width = numbers['scores']!.length / label.length;
  const wrong = own.flatMap((one, row) => (one === label[row] || isTie(Array.from(numbers['scores']!).slice(row * width, (row + 1) * width)) ? [] : [row]));
  expect.soft(wrong, 'labels of ONNX').toEqual([]);
}

/** One decision near 0, or two that are the largest. */
function isTie(scores: readonly number[]): boolean {
  if (scores.length === 1) return Math.abs(scores[0]!) < TOLERANCE;
  const [first, second] = scores.toSorted((a, b) => b - a);
  return first! - second! < TOLERANCE * Math.max(1, Math.abs(first!));
}
