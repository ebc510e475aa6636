// Multi-layer perceptrons against scikit-learn's figures, gradients against differences of the loss, and what must hold of any rows.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/mlp.json' with { type: 'json' };
import {
  chain,
  crossValidate,
  fetch,
  fit,
  matrix,
  mlpClassifier,
  mlpRegressor,
  modelFromBytes,
  modelToBytes,
  pipeline,
  score,
  split,
  standardize,
  type Dataset,
  type MlpOptions,
} from '../../src/api.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { Estimator, Predictor } from '../../src/dsl/estimator.ts';
import { firstWeights, type Weights } from '../../src/estimators/multilayerPerceptron/layers/network.ts';
import type { Trained } from '../../src/estimators/multilayerPerceptron/progress.ts';
import { denseShapes } from '../../src/estimators/multilayerPerceptron/layers/shapes.ts';
import { ACTIVATIONS, activate, type Activation } from '../../src/kernels/lib/activation.ts';
import { probabilities } from '../../src/metrics/probability.ts';
import { runPipeline } from '../../src/node.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, expectNear, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { optionsOf, scalingOf } from '../support/gradients.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { rawSet, stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const context = stageContext(compute);

interface FittedNetwork extends Predictor {
  readonly fields: Trained;
  predict?(rows: object, context: object): Promise<Float64Array>;
  predictProba?(rows: object, context: object): Promise<Float64Array>;
  score(rows: object, context: object): Promise<number>;
}

/** Each within a share of itself. */
function expectAlike(found: Iterable<number>, expected: readonly number[], allowed: number): void {
  const values = [...found];
  expect(values).toHaveLength(expected.length);
  values.forEach((value, i) => expect(Math.abs(value / expected[i]! - 1), `[${i}] ${value} and ${expected[i]}`).toBeLessThan(allowed));
}

describe("scikit-learn's losses", () => {
  test.each(figures.classifiers.map((row) => [`${row.data}, ${JSON.stringify(row.params)}${row.weighted ? ', weights' : ''}`, row] as const))(
    '%s',
    async (_, { data, weighted, params, ...expected }) => {
      const rows = figureSet(data);
      const even = half({ ...rows, ...(weighted ? { weights: thirds(rows.x.rows) } : {}) }, 0);
      const model = await fitted(mlpClassifier(optionsOf<MlpOptions>(params)), { ...even, scaling: scalingOf(data) }, compute);
      expect(model.fields.nIter).toBe(expected.n_iter);
      expectAlike(model.fields.lossCurve, expected.loss_curve, 1e-4);
      expectNear(model.fields.validationScores, expected.validation_scores ?? [], 1e-9);
      if (expected.first_coefs) expectClose(model.fields.coefs[0]!, expected.first_coefs.flat(), 1e-5);
      const odd = half(rows, 1);
      expectNear(await model.predictProba!({ ...odd, rows: odd.rows.subarray(0, 5) }, context), expected.said_first5, 1e-3);
      expectNear([await model.score(odd, context)], [expected.score], 1e-9);
    },
  );

  test.each(figures.regressors.map((row) => [`${row.data}, ${JSON.stringify(row.params)}${row.weighted ? ', weights' : ''}`, row] as const))(
    '%s',
    async (_, { data, weighted, params, ...expected }) => {
      const { values, ...rest } = valuedSet(data);
      const rows = { ...rest, values: matrix(values.rows, values.cols, values.data.map((value) => value / 64) as Float64Array) };
      const even = half({ ...rows, ...(weighted ? { weights: thirds(rows.x.rows) } : {}) }, 0);
      const model = await fitted(mlpRegressor(optionsOf<MlpOptions>(params)), { ...even, scaling: scalingOf(data) }, compute);
      expect(model.fields.nIter).toBe(expected.n_iter);
      expectAlike(model.fields.lossCurve, expected.loss_curve, 1e-4);
      expectNear(model.fields.validationScores, expected.validation_scores ?? [], 1e-4);
      const odd = half(rows, 1);
      expectClose(await model.predict({ ...odd, rows: odd.rows.subarray(0, 5) }, context), expected.said_first5, 1e-3);
      expectNear([await model.score(odd as never, context)], [expected.score], 1e-3);
    },
  );
});

describe("scikit-learn's losses of models that go on", () => {
  test.each(figures.going_on.map((row) => [`${row.data}, ${row.parts}, ${JSON.stringify(row.params)}${row.weighted ? ', weights' : ''}`, row] as const))(
    '%s',
    async (_, { data, weighted, parts, params, ...expected }) => {
      const values = data.startsWith('diabetes');
      const plain = values ? valuedSet(data) : figureSet(data);
      const scaled =
        'values' in plain ? { values: matrix(plain.values.rows, plain.values.cols, plain.values.data.map((value) => value / 64) as Float64Array) } : {};
      const rows = { ...plain, ...scaled, scaling: scalingOf(data), ...(weighted ? { weights: thirds(plain.x.rows) } : {}) } as unknown as Dataset<
        'train',
        Matrix
      >;
      const even = half(rows, 0);
      const those = (of: (i: number) => boolean) => ({ ...even, rows: even.rows.filter((_, i) => of(i)) });
      const [first, ...others] = [0, 1, 2].map((k) => those((i) => i % 3 === k));
      const next =
        parts === 'thirds' ? others : [those((i) => rows.labels[even.rows[i]!] === rows.labels[even.rows[0]!]), those((i) => i === even.rows.length - 1)];
      const estimator = (values ? mlpRegressor : mlpClassifier)(optionsOf<MlpOptions>(params)) as unknown as Estimator<FittedNetwork, never>;
      let model = await fitted(estimator, first!, compute);
      for (const part of next) model = await estimator.partialFit!(model, part, context);
      expect(model.fields.nIter).toBe(expected.n_iter);
      expectAlike(model.fields.lossCurve, expected.loss_curve, 2e-4);
      const odd = half({ ...rows, weights: undefined }, 1);
      const few = { ...odd, rows: odd.rows.subarray(0, 5) };
      const said = await (values ? model.predict!(few, context) : model.predictProba!(few, context));
      expectClose(said, expected.said_first5, 2e-3);
      expectNear([await model.score(odd, context)], [expected.score], values ? 1e-3 * Math.abs(expected.score) + 1e-3 : 1e-9);
    },
  );
});

test('a pass more is as one pass of the same rows; a model from a file goes on as the one that was saved', async () => {
  const iris = figureSet('iris');
  for (const options of [{ batchSize: 40 }, { batchSize: 30, solver: 'sgd', learningRate: 'invscaling', learningRateInit: 0.3 }] as const) {
    const estimator = mlpClassifier({ hiddenLayerSizes: [5], seed: 3, maxIter: 2, ...options });
    const before = await fitted(estimator, iris, compute);
    const bytes = await modelToBytes(before);
    const after = await estimator.partialFit!(before, iris, context);
    expect(await modelToBytes(before)).toEqual(bytes);
    expect(after.fields.lossCurve.subarray(0, 2)).toEqual(before.fields.lossCurve);
    const { model } = await modelFromBytes<typeof before>('before', bytes);
    expect(await modelToBytes(await estimator.partialFit!(model, iris, context))).toEqual(await modelToBytes(after));
    // A batch of all rows has them in any order: passes by themselves are those of one training.
    const whole = { ...options, batchSize: 150 };
    const [one, three] = [
      mlpClassifier({ hiddenLayerSizes: [5], seed: 3, maxIter: 1, ...whole }),
      mlpClassifier({ hiddenLayerSizes: [5], seed: 3, maxIter: 3, ...whole }),
    ];
    let going = await fitted(one, iris, compute);
    for (let pass = 0; pass < 2; pass++) going = await one.partialFit!(going, iris, context);
    expectAlike(going.fields.lossCurve, [...(await fitted(three, iris, compute)).fields.lossCurve], 1e-5);
  }
});

test('models that go on otherwise than they were made are refused', async () => {
  const iris = figureSet('iris');
  const model = await fitted(mlpClassifier({ hiddenLayerSizes: [4], maxIter: 1, seed: 1 }), iris, compute);
  for (const [options, hint] of [
    [{ hiddenLayerSizes: [4], earlyStopping: true }, 'Leave earlyStopping out'],
    [{ hiddenLayerSizes: [4, 2] }, 'Set hiddenLayerSizes to [4]'],
    [{ hiddenLayerSizes: [4], activation: 'tanh' }, 'Set activation to "relu"'],
    [{ hiddenLayerSizes: [4], solver: 'sgd' }, 'Set solver to "adam"'],
  ] as const) {
    await expect(mlpClassifier(options).partialFit!(model, iris, context)).rejects.toMatchObject({ code: 'E_PARAMS', hint: expect.stringContaining(hint) });
  }
  const values = await fitted(mlpRegressor({ hiddenLayerSizes: [3], maxIter: 1, seed: 1 }), valuedSet('diabetes'), compute);
  await expect(mlpRegressor({ hiddenLayerSizes: [3] }).partialFit!(values, valuedSet('diabetes with two outputs'), context)).rejects.toMatchObject({
    code: 'E_SHAPE',
  });
});

/** Sums of the last layer for a row, in float64. */
function says({ coefs, intercepts }: Weights, activation: Activation, row: readonly number[]): number[] {
  return coefs.reduce((inputs, coef, layer) => {
    const units = intercepts[layer]!.length;
    return Array.from(intercepts[layer]!, (constant, unit) => {
      const sum = inputs.reduce((all, input, j) => all + input * coef[j * units + unit]!, constant);
      return layer === coefs.length - 1 ? sum : activate(ACTIVATIONS[activation], sum);
    });
  }, row as number[]);
}

describe('the gradient of each layer is what the loss does', () => {
  const iris = { ...rawSet('iris'), rows: Uint32Array.from({ length: 21 }, (_, i) => i * 7) };
  const scaling = scalingOf('iris');
  const features = Array.from(iris.rows, (id) => Array.from({ length: 4 }, (_, j) => (iris.x.data[id * 4 + j]! - scaling.shift[j]!) * scaling.factor[j]!));
  const weights = thirds(150);
  const alpha = 0.3;

  const losses = {
    classes: (sums: number[], id: number) => -Math.log(probabilities(sums, 3)[iris.labels[id]!]!),
    values: (sums: number[], id: number) => sums.reduce((sum, said, k) => sum + (said - id / (50 * (k + 1))) ** 2 / 2, 0),
  };

  test.each([
    ['classes', 'relu'],
    ['classes', 'tanh'],
    ['values', 'logistic'],
    ['values', 'identity'],
  ] as const)('%s, %s', async (kind, activation) => {
    const outputs = kind === 'classes' ? 3 : 2;
    // A step of length 1 of all rows at once.
    const options = {
      hiddenLayerSizes: [6, 5],
      activation,
      solver: 'sgd',
      momentum: 0,
      learningRateInit: 1,
      alpha,
      maxIter: 1,
      batchSize: 21,
      seed: 4,
    } as const;
    const values = matrix(
      150,
      2,
      Float64Array.from({ length: 300 }, (_, at) => (at >> 1) / (50 * ((at % 2) + 1))),
    );
    const rows = { ...iris, weights, scaling };
    const { coefs, intercepts } =
      kind === 'classes'
        ? (await fitted(mlpClassifier(options), rows, compute)).fields
        : (await fitted(mlpRegressor(options), { name: 'values', role: 'train', x: rows.x, rows: rows.rows, weights, scaling, values }, compute)).fields;
    const first = firstWeights(denseShapes([4, 6, 5, outputs]), activation, new RandomState(4));
    const wide: Weights = {
      coefs: first.coefs.map((own) => Float64Array.from(own) as never),
      intercepts: first.intercepts.map((own) => Float64Array.from(own) as never),
    };
    const all = iris.rows.reduce((sum, id) => sum + weights[id]!, 0);
    const loss = (): number => {
      const data = iris.rows.reduce((sum, id, i) => sum + weights[id]! * losses[kind](says(wide, activation, features[i]!), id), 0);
      return (data + (alpha / 2) * wide.coefs.reduce((sum, coef) => sum + coef.reduce((own, weight) => own + weight * weight, 0), 0)) / all;
    };
    const step = 1e-6;
    for (const [own, before, after] of [
      ...wide.coefs.map((one, i) => [one, first.coefs[i]!, coefs[i]!] as const),
      ...wide.intercepts.map((one, i) => [one, first.intercepts[i]!, intercepts[i]!] as const),
    ]) {
      for (let at = 0; at < own.length; at++) {
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
  const rows = { ...digits, rows: digits.rows.subarray(0, 130) };
  const options = { hiddenLayerSizes: [9], maxIter: 3, batchSize: 31, seed: 3 } as const;

  test('floats and sparse rows give one model, and bytes, of which sums may be made in another order, one as near as f32 tells', async () => {
    const floats = matrix(digits.x.rows, 64, Float32Array.from(digits.x.data));
    const { fields } = await fitted(mlpClassifier(options), { ...rows, x: floats }, compute);
    expect((await fitted(mlpClassifier(options), { ...rows, x: sparseOf(digits.x) }, compute)).fields).toEqual(fields);
    const { coefs } = (await fitted(mlpClassifier(options), rows, compute)).fields;
    for (const [i, coef] of coefs.entries()) expectNear(coef, fields.coefs[i]!, 1e-5);
  });

  test.each([
    { hiddenLayerSizes: [] },
    { hiddenLayerSizes: [6, 5], activation: 'tanh' },
    { hiddenLayerSizes: [30], activation: 'logistic' },
    { hiddenLayerSizes: [3], solver: 'sgd', nesterovsMomentum: false, batchSize: 130 },
  ] as const)('bytes and floats give one model: %o', async (own) => {
    const floats = matrix(digits.x.rows, 64, Float32Array.from(digits.x.data));
    const all = { ...options, learningRateInit: 0.01, ...own };
    const [one, other] = [await fitted(mlpClassifier(all), rows, compute), await fitted(mlpClassifier(all), { ...rows, x: floats }, compute)];
    for (const [i, coef] of one.fields.coefs.entries()) expectNear(coef, other.fields.coefs[i]!, 1e-5);
    expectAlike(one.fields.lossCurve, [...other.fields.lossCurve], 1e-5);
  });

  test('rows of bytes that come to the device in several chunks', async () => {
    const [cols, count] = [40_000, 130];
    const data = Uint8Array.from({ length: count * cols }, (_, at) => (at % 5 === 0 ? digits.x.data[at % digits.x.data.length]! : 0));
    const few = { ...options, hiddenLayerSizes: [2], batchSize: 25, maxIter: 1, alpha: 1 };
    const wide = { ...rows, rows: rows.rows.map((_, i) => i), labels: digits.labels.subarray(0, count) };
    const [one, other] = [
      await fitted(mlpClassifier(few), { ...wide, x: matrix(count, cols, data) }, compute),
      await fitted(mlpClassifier(few), { ...wide, x: matrix(count, cols, Float32Array.from(data)) }, compute),
    ];
    for (const [i, coef] of one.fields.coefs.entries()) expectNear(coef, other.fields.coefs[i]!, 1e-5);
    expectAlike(one.fields.lossCurve, [...other.fields.lossCurve], 1e-5);
  });

  test('bytes that are 0 in all rows of a batch, in columns that fill no quad, on any scale', async () => {
    const cols = 70;
    const data = Uint8Array.from({ length: digits.x.rows * cols }, (_, at) => {
      const [row, col] = [Math.floor(at / cols), at % cols];
      // The last columns are empty in some batches, and the first in all.
      return col < 5 || (col > 60 && row % 7 > 0) ? 0 : digits.x.data[row * 64 + col - 5]!;
    });
    const bytes = matrix(digits.x.rows, cols, data);
    const floats = matrix(digits.x.rows, cols, Float32Array.from(data));
    const few = { ...options, batchSize: 3, maxIter: 1 };
    for (const shift of [undefined, 0, 7.3]) {
      const factor = Float64Array.from({ length: cols }, (_, j) => 1 / (10 + j));
      const scaling = shift === undefined ? undefined : { shift: new Float64Array(cols).fill(shift), factor };
      const [one, other] = [
        await fitted(mlpClassifier(few), { ...rows, x: bytes, scaling }, compute),
        await fitted(mlpClassifier(few), { ...rows, x: floats, scaling }, compute),
      ];
      for (const [i, coef] of one.fields.coefs.entries()) expectNear(coef, other.fields.coefs[i]!, 1e-5);
    }
  });

  test('a row of weight 2 is two rows, and one of weight 0 is none', async () => {
    const once = { ...options, batchSize: 1000, maxIter: 1 };
    const weights = Float32Array.from(digits.labels, (_, id) => id % 3);
    const model = await fitted(mlpClassifier(once), { ...rows, weights }, compute);
    const repeated = Uint32Array.from([...rows.rows].flatMap((id) => Array.from({ length: id % 3 }, () => id)));
    const other = await fitted(mlpClassifier(once), { ...rows, rows: repeated }, compute);
    expectAlike(model.fields.lossCurve, [...other.fields.lossCurve], 1e-5);
    for (const [i, coef] of model.fields.coefs.entries()) expectNear(coef, other.fields.coefs[i]!, 1e-5);
    // A whole batch of them makes no step.
    const none = Float32Array.from(digits.labels, (_, id) => Number(id < 40));
    const some = await fitted(mlpClassifier({ ...options, batchSize: 10 }), { ...rows, weights: none }, compute);
    expect(some.fields.lossCurve.every(Number.isFinite)).toBe(true);
  });

  test('weights of layers of any width lie where they belong: layers go through a file and back', async () => {
    const { fields } = await fitted(mlpClassifier({ ...options, hiddenLayerSizes: [3, 1, 6] }), rows, compute);
    expect(fields.coefs.map((coef) => coef.length)).toEqual([64 * 3, 3, 6, 60]);
    expect(fields.intercepts.map((own) => own.length)).toEqual([3, 1, 6, 10]);
    expect((await fitted(mlpClassifier({ ...options, hiddenLayerSizes: [] }), rows, compute)).fields.coefs.map((coef) => coef.length)).toEqual([640]);
  });
});

test('nothing is left on the device', async () => {
  const alive = compute.liveBytes();
  const iris = rawSet('iris');
  await (await fitted(mlpClassifier({ maxIter: 2, earlyStopping: true, seed: 1 }), iris, compute)).score(iris, context);
  expect(compute.liveBytes()).toBe(alive);
});

test('through a pipeline: chain, folds, and a warning where passes do not suffice', async () => {
  const data = rawSet('iris');
  const rows = new RandomState(1).permutation(150);
  const made = pipeline(
    'perceptron',
    fetch({ name: 'iris', load: async () => ({ ...data, rows, role: 'all' as const }) }),
    split({ train: [0, 120], test: [120, 150] }),
    fit(chain(standardize(), mlpClassifier({ hiddenLayerSizes: [10], learningRateInit: 0.05, batchSize: 20, maxIter: 20 }))),
    score({ on: 'test' }),
    crossValidate({ folds: 3 }),
  );
  const events: RunEvent[] = [];
  const { status, error, outputs } = await runPipeline(made, { onEvent: (event) => events.push(event) });
  expect({ status, error }).toEqual({ status: 'ok', error: undefined });
  expect(outputs['score']!['testAccuracy']).toBeGreaterThan(0.9);
  expect(events.filter((event) => event.type === 'warning').map(({ code }) => code)).toContain('W_CONVERGENCE');
});

test('what cannot be is refused by name', async () => {
  const iris = rawSet('iris');
  expect(() => mlpClassifier({ hiddenLayerSizes: [0] })).toThrow('hiddenLayerSizes');
  expect(() => mlpClassifier({ beta1: 1 })).toThrow('beta1');
  const large = mlpClassifier({ solver: 'sgd', learningRateInit: 1e6, seed: 1 });
  await expect(fitted(large, iris, compute)).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringContaining('became too large') });
});

describe('weights that become too large end the training in the pass where they do, on the device as on the host', () => {
  // Networks whose last layer is done at once, and by kernels of its own.
  test.each([[[10], 150, 6] as const, [[10, 10], 150, 3] as const, [[10], 100, 6] as const, [[10, 10], 100, 3] as const])(
    'hidden layers %j, %i rows',
    async (hiddenLayerSizes, count, pass) => {
      const iris = rawSet('iris');
      const rows = { ...iris, rows: iris.rows.filter((row) => row < count) };
      const large = mlpClassifier({ hiddenLayerSizes: [...hiddenLayerSizes], solver: 'sgd', learningRateInit: 1e6, maxIter: 20, seed: 1 });
      const message = `mlpClassifier: weights became too large for numbers in pass ${pass}.`;
      for (const own of [compute, new ReferenceCompute()]) await expect(fitted(large, rows, own)).rejects.toMatchObject({ code: 'E_DATA', message });
    },
  );
});

test('batches of rows that weigh nothing are not there, neither in steps nor in the loss', async () => {
  const iris = figureSet('iris');
  const weights = Float32Array.from({ length: 150 }, (_, row) => Number(row % 15 === 0));
  const estimator = mlpClassifier({ hiddenLayerSizes: [4], maxIter: 300, batchSize: 4, alpha: 0, learningRateInit: 0.01, seed: 1 });
  const model = await fitted(estimator, { ...iris, weights }, compute);
  const counting = { ...iris, rows: iris.rows.filter((row) => row % 15 === 0) };
  // Of three classes at first about log(3); with empty batches as 0 it was a quarter of that, and training soon ended.
  expect(model.fields.lossCurve[0]).toBeGreaterThan(0.7);
  expect(await model.score(counting, stageContext(compute))).toBe(1);
});
