// Convolutional networks against figures of numpy, gradients against differences of the loss, and what must hold of any pictures.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/convolutional.json' with { type: 'json' };
import { chain, convolutionalClassifier, matrix, mlpClassifier, scale, type ConvolutionalOptions } from '../../src/api.ts';
import type { Compute } from '../../src/core/compute.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { distinctLabels, positionsIn } from '../../src/core/data/labels.ts';
import { labelsOf } from '../../src/core/data/dataset.ts';
import { classLearning } from '../../src/estimators/multilayerPerceptron/classLearning.ts';
import { firstWeights, type Weights } from '../../src/estimators/multilayerPerceptron/layers/network.ts';
import { mlpParams } from '../../src/estimators/multilayerPerceptron/params.ts';
import { convolutionalShapes, pooledOf, type LayerShape } from '../../src/estimators/multilayerPerceptron/layers/shapes.ts';
import { trained } from '../../src/estimators/multilayerPerceptron/train.ts';
import { probabilities } from '../../src/metrics/probability.ts';
import { ReferenceCompute } from '../../src/testing.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, expectNear, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { scalingOf } from '../support/gradients.ts';
import { rawSet, stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);
const DEVICES: readonly (readonly [string, Compute])[] = [
  ['the device', compute],
  ['references', new ReferenceCompute()],
];

test.each(figures.figures.map((row) => [`${row.data}, ${JSON.stringify(row.params)}${row.weighted ? ', weights' : ''}`, row] as const))(
  "numpy's figures: %s",
  async (_, { data, weighted, params, ...expected }) => {
    const rows = figureSet(data);
    const even = half({ ...rows, ...(weighted ? { weights: thirds(rows.x.rows) } : {}) }, 0);
    const model = await fitted(convolutionalClassifier(params as ConvolutionalOptions), { ...even, scaling: scalingOf(data) }, compute);
    expectClose(model.fields.lossCurve, expected.loss_curve, 1e-4);
    expectClose(model.fields.coefs[0]!, expected.first_layer, 1e-3);
    const odd = half(rows, 1);
    expectNear(await model.predictProba!({ ...odd, rows: odd.rows.subarray(0, 5) }, context), expected.said_first5, 1e-3);
    expectNear([await model.score(odd, context)], [expected.score], 1e-9);
  },
);

/** Sums of the last layer for a row, in float64: each filter at each place, pooled where it is written down. */
function says(shapes: readonly LayerShape[], { coefs, intercepts }: Weights, row: readonly number[]): readonly number[] {
  return shapes.reduce<readonly number[]>((inputs, { convolution, units }, layer) => {
    const sumOf = (unit: number, seen: readonly number[]): number =>
      seen.reduce((sum, input, j) => sum + input * coefs[layer]![j * units + unit]!, intercepts[layer]![unit]!);
    const last = layer === shapes.length - 1;
    if (!convolution) return Array.from({ length: units }, (_, unit) => (last ? sumOf(unit, inputs) : Math.max(0, sumOf(unit, inputs))));
    const { width, channels, kernelHeight, kernelWidth, placesHigh, placesWide } = convolution;
    const { height: high, width: wide } = pooledOf(convolution);
    const pooled = Array.from({ length: high * wide * units }, () => 0);
    for (let y = 0; y < placesHigh; y++) {
      for (let x = 0; x < placesWide; x++) {
        const seen = Array.from({ length: kernelHeight }, (_, i) =>
          inputs.slice(((y + i) * width + x) * channels, ((y + i) * width + x + kernelWidth) * channels),
        ).flat();
        for (let unit = 0; unit < units; unit++) {
          const at = ((y >> 1) * wide + (x >> 1)) * units + unit;
          pooled[at] = Math.max(pooled[at]!, sumOf(unit, seen));
        }
      }
    }
    return pooled;
  }, row);
}

describe('the gradient of each layer is what the loss does', () => {
  const all = rawSet('digits');
  const digits = { ...all, rows: all.rows.subarray(0, 23), weights: thirds(all.x.rows) };
  const classes = distinctLabels(labelsOf(digits));
  const rows = { ...digits, classes, codes: positionsIn(classes, labelsOf(digits)) };
  const alpha = 0.3;

  test.each([
    ['the device', { height: 8, width: 8, channels: 1 }, [3, 5], [4]],
    ['references', { height: 8, width: 8, channels: 1 }, [3, 5], [4]],
    ['the device', { height: 4, width: 4, channels: 4 }, [4], []],
    ['references', { height: 2, width: 16, channels: 2 }, [2, 3], [5, 3]],
  ] as const)('%s, %o, filters %o, units %o', async (device, picture, filters, hidden) => {
    const shapes = convolutionalShapes(picture, { filters, kernelSize: 3 }, [...hidden, classes.length]);
    const scaling = { shift: new Float64Array(64).fill(5), factor: new Float64Array(64).fill(1 / 8) };
    // A step of length 1 of all rows at once.
    const params = { ...mlpParams.parse({}), solver: 'sgd', momentum: 0, learningRateInit: 1, alpha, maxIter: 1, seed: 4 } as const;
    const on = stageContext(DEVICES.find(([name]) => name === device)![1] as never);
    const { coefs, intercepts } = await trained('network', { ...rows, scaling }, shapes, classLearning({ ...rows, scaling } as never), params, on);
    const first = firstWeights(shapes, 'relu', new RandomState(4));
    const wide: Weights = {
      coefs: first.coefs.map((own) => Float64Array.from(own) as never),
      intercepts: first.intercepts.map((own) => Float64Array.from(own) as never),
    };
    const features = Array.from(rows.rows, (id) => Array.from({ length: 64 }, (_, j) => (rows.x.data[id * 64 + j]! - 5) / 8));
    const total = rows.rows.reduce((sum, id) => sum + rows.weights[id]!, 0);
    const loss = (): number => {
      const data = rows.rows.reduce((sum, id, i) => {
        const said = probabilities(Float64Array.from(says(shapes, wide, features[i]!)), classes.length);
        return sum - rows.weights[id]! * Math.log(said[rows.codes[i]!]!);
      }, 0);
      return (data + (alpha / 2) * wide.coefs.reduce((sum, coef) => sum + coef.reduce((own, weight) => own + weight * weight, 0), 0)) / total;
    };
    const step = 1e-6;
    for (const [own, before, after] of [
      ...wide.coefs.map((one, i) => [one, first.coefs[i]!, coefs[i]!] as const),
      ...wide.intercepts.map((one, i) => [one, first.intercepts[i]!, intercepts[i]!] as const),
    ]) {
      // Of large layers, some of the weights.
      for (let at = 0; at < own.length; at += Math.ceil(own.length / 40)) {
        const middle = own[at]!;
        own[at] = middle + step;
        const above = loss();
        own[at] = middle - step;
        const below = loss();
        own[at] = middle;
        expect(Math.abs(before[at]! - after[at]! - (above - below) / (2 * step))).toBeLessThan(1e-4);
      }
    }
  });
});

describe('rows', () => {
  const digits = rawSet('digits');
  const rows = { ...digits, rows: digits.rows.subarray(0, 90), picture: { width: 8, height: 8 } };
  const options = { filters: [3], hiddenLayerSizes: [5], maxIter: 2, batchSize: 31, seed: 3 } as const;

  test('two trainings are equal, and go by the size that the rows say, or by height', async () => {
    const { fields } = await fitted(convolutionalClassifier(options), rows, compute);
    expect((await fitted(convolutionalClassifier(options), rows, compute)).fields).toEqual(fields);
    expect((await fitted(convolutionalClassifier({ ...options, height: 8 }), { ...rows, picture: undefined }, compute)).fields).toEqual(fields);
    const chained = await fitted(chain(scale({ factor: 1 / 16 }), convolutionalClassifier(options)), rows, compute);
    const sixteenths = { shift: new Float64Array(64), factor: new Float64Array(64).fill(1 / 16) };
    const scaled = await fitted(convolutionalClassifier(options), { ...rows, scaling: sixteenths }, compute);
    expect(await chained.score(rows, context)).toBe(await scaled.score(rows, context));
  });

  test('a row of weight 2 is two rows, of pictures so large that a batch is several blocks', async () => {
    const large = (row: number): number[] =>
      Array.from({ length: 72 * 72 }, (_, at) => digits.x.data[row * 64 + (Math.floor(at / 648) % 8) * 8 + (Math.floor(at / 9) % 8)]! / 16);
    const x = matrix(50, 72 * 72, Float32Array.from(Array.from({ length: 50 }, (_, row) => large(row)).flat()));
    const set = { name: 'large', role: 'train', x, labels: digits.labels.slice(0, 50), picture: { width: 72, height: 72 } } as const;
    const once = { ...options, batchSize: 1000, maxIter: 1 };
    const ids = Uint32Array.from({ length: 50 }, (_, id) => id);
    const model = await fitted(convolutionalClassifier(once), { ...set, rows: ids, weights: new Float32Array(50).fill(2) }, compute);
    const other = await fitted(convolutionalClassifier(once), { ...set, rows: Uint32Array.from([...ids, ...ids]) }, compute);
    expectClose(model.fields.lossCurve, other.fields.lossCurve, 1e-5);
    for (const [i, coef] of model.fields.coefs.entries()) expectNear(coef, other.fields.coefs[i]!, 1e-4);
  });

  test('no pictures, and columns that are not so many lines, are refused', async () => {
    expect(() => convolutionalClassifier({ filters: [] })).toThrow('filters');
    const none = { ...rows, picture: undefined };
    await expect(fitted(convolutionalClassifier(options), none, compute)).rejects.toMatchObject({
      code: 'E_SHAPE',
      message: expect.stringContaining('no pictures'),
    });
    await expect(fitted(convolutionalClassifier({ ...options, height: 7 }), none, compute)).rejects.toThrow('64 columns of digits are no 7 lines');
  });
});

test.each([
  ['convolutionalClassifier', convolutionalClassifier({ height: 8, filters: [2, 2], maxIter: 1, seed: 1 })],
  ['mlpClassifier', mlpClassifier({ hiddenLayerSizes: [4], maxIter: 1, seed: 1, earlyStopping: true })],
] as const)('nothing is left on the device, wherever room ends: %s', async (_, estimator) => {
  const digits = rawSet('digits');
  const rows = { ...digits, rows: digits.rows.subarray(0, 40) };
  const alive = compute.liveBytes();
  let refusals = 0;
  for (let room = 0; ; room++) {
    let left = room;
    const refusing =
      <A extends readonly unknown[], T>(make: (...given: A) => T) =>
      (...given: A): T => {
        if (left-- === 0) throw new Error('no room');
        return make(...given);
      };
    const cramped: Compute = { ...compute, create: refusing(compute.create.bind(compute)), upload: refusing(compute.upload.bind(compute)) };
    const done = await fitted(estimator as never, rows, cramped).then(
      () => true,
      (error: Error) => {
        expect(error.message).toBe('no room');
        return false;
      },
    );
    expect(compute.liveBytes(), `refused after ${room}`).toBe(alive);
    if (done) break;
    refusals++;
  }
  expect(refusals).toBeGreaterThan(10);
});
