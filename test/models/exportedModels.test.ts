// Every estimator that the package exports, as ONNX in onnxruntime and as JSON in the predictor: what they say is what the model says. An
// estimator that cannot be exported is listed here, with the reason.
import { expect, test } from 'vitest';
import { RandomState } from '../../src/core/data/random.ts';
import type { ClassName } from '../../src/core/data/dataset.ts';
import { targetByKind } from '../../src/dsl/kind.ts';
import type { Predictor } from '../../src/dsl/estimator.ts';
import { modelToJson, modelToOnnx } from '../../src/models/export/export.ts';
import type { GraphTensor } from '../../src/models/graph/graph.ts';
import { predictor } from '../../src/predictor.ts';
import { tablesOf } from '../../src/testing/tables.ts';
import { testCompute } from '../support/compute.ts';
import { exportedEstimators, ON_TEXTS } from '../support/exportedEstimators.ts';
import { outputsOfModel, rowsFrom } from '../support/graphOutputs.ts';
import { runWithOnnxRuntime } from '../support/onnxRuntime.ts';
import { stageContext } from '../support/smallSets.ts';

const NOT_EXPORTED: Readonly<Record<string, RegExp>> = {
  functionTransformer: /halves cannot be exported: it has no exporter/, // a user's own code
  hashing: /hashing cannot be exported: it hashes names/,
};

/** These are of two classes. */
const OF_TWO: ReadonlySet<string> = new Set(['fixedThresholdClassifier', 'tunedThresholdClassifier']);

const ROWS = 1000;
const COLS = 4;
const TOLERANCE = 1e-5;
/** Models of these add up squares in 32 bits on the device, and are less exact than their graphs. */
const IN_32_BITS: ReadonlySet<string> = new Set(['gaussianNB', 'nearestCentroid', 'tunedThresholdClassifier']);

const compute = await testCompute();
const context = stageContext(compute);
const random = new RandomState(7);
/** Half on the grid of the tables, where trees split and neighbours tie, half between; all are float32. */
const data = Float64Array.from({ length: ROWS * COLS }, (_, at) => (at < 2 * ROWS ? random.interval(47) / 8 : Math.fround(random.double() * 7)));
const rows = rowsFrom(data, COLS);

test.each(exportedEstimators().filter(([name]) => !ON_TEXTS.has(name)))('%s', async (name, estimator) => {
  const tables = tablesOf(name === 'selectKBest' ? 'classes' : targetByKind[estimator.kind ?? 'classifier']);
  const tolerance = IN_32_BITS.has(name) ? 5e-5 : TOLERANCE;
  for (const table of OF_TWO.has(name) ? tables.slice(1) : tables) {
    const [{ model }] = (await estimator.train(table as never, [{ name: 'fit' }], {}, context)) as [{ readonly model: Predictor }];
    const refused = NOT_EXPORTED[name];
    if (refused) {
      await expect(modelToOnnx(model)).rejects.toThrow(refused);
      continue;
    }
    const said = await outputsOfModel(model, rows, context);
    const fromOnnx = await runWithOnnxRuntime(await modelToOnnx(model), { X: { type: 'float', dims: [ROWS, COLS], data: Float32Array.from(data) } });
    const places = Object.keys(said.numbers);
    for (const output of places) expect.soft(farthest(fromOnnx[output]!.data, said.numbers[output]!), `${output} of ONNX`).toBeLessThanOrEqual(tolerance);
    checkLabels('ONNX', said, fromOnnx['label']);
    const predict = predictor(JSON.parse(JSON.stringify(await modelToJson(model))));
    const predicted = predict(Array.from({ length: ROWS }, (_, row) => [...data.subarray(row * COLS, (row + 1) * COLS)]));
    for (const output of places) {
      const key = ({ variable: 'value', transformed: 'features' } as Readonly<Record<string, string>>)[output] ?? output;
      const own = predicted.flatMap((one) => (one as Readonly<Record<string, number | readonly number[]>>)[key]!);
      expect.soft(farthest(own, said.numbers[output]!), `${output} of JSON`).toBeLessThanOrEqual(tolerance);
    }
  }
});

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
function checkLabels(of: string, { label, numbers }: Said, given: GraphTensor | undefined): void {
  if (!label) return;
  const own = Array.from(given!.data as ArrayLike<ClassName>, (one) => (given!.type === 'bool' ? Boolean(one) : one));
  expect(own.length).toBe(label.length);
  const width = numbers['scores']!.length / label.length;
  const wrong = own.flatMap((one, row) => (one === label[row] || isTie(Array.from(numbers['scores']!).slice(row * width, (row + 1) * width)) ? [] : [row]));
  expect.soft(wrong, `labels of ${of}`).toEqual([]);
}

/** One decision near 0, or two that are the largest. */
function isTie(scores: readonly number[]): boolean {
  if (scores.length === 1) return Math.abs(scores[0]!) < TOLERANCE;
  const [first, second] = scores.toSorted((a, b) => b - a);
  return first! - second! < TOLERANCE * Math.max(1, Math.abs(first!));
}
