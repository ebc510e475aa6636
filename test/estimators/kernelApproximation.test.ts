// Approximations of kernels against scikit-learn's figures (fixtures/kernelApproximation.json), and what must hold of any rows.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/kernelApproximation.json' with { type: 'json' };
import { chain, fit, linearSVC, matrix, ridgeClassifier, modelFromBytes, modelToBytes, nystroem, rbfSampler, type NystroemOptions } from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { normalsOf } from '../../src/estimators/kernelApproximation/normals.ts';
import { testCompute } from '../support/compute.ts';
import { expectNear, figureSet, fitted, half } from '../support/figures.ts';
import { rawSet, stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const context = stageContext(compute);
const all = (rows: number): Uint32Array => Uint32Array.from({ length: rows }, (_, i) => i);
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);

function dataOf(name: string) {
  const set = figureSet(name === 'the same' ? 'iris' : name);
  return name === 'the same' ? { ...set, rows: new Uint32Array(30) } : half(set, 0);
}

function askedOf(name: string, count: number) {
  const set = figureSet(name === 'the same' ? 'iris' : name);
  return name === 'the same' ? { ...set, rows: new Uint32Array(count) } : { ...set, rows: half(set, 1).rows.subarray(0, count) };
}

const SETTINGS: Readonly<Record<string, NystroemOptions>> = {
  'iris rbf': { nComponents: 8, seed: 0 },
  'iris gamma 2': { gamma: 2, nComponents: 12, seed: 3 },
  'iris cosine': { kernel: 'cosine', nComponents: 3, seed: 1 },
  'iris linear': { kernel: 'linear', nComponents: 4, seed: 1 },
  'iris with odd columns poly': { kernel: 'poly', gamma: 0.01, degree: 2, coef0: 0.5, nComponents: 5, seed: 2 },
  'iris sigmoid': { kernel: 'sigmoid', gamma: 0.02, coef0: -0.5, nComponents: 3, seed: 4 },
  'digits rbf': { gamma: 0.001, nComponents: 40, seed: 0 },
  'digits poly': { kernel: 'poly', gamma: 0.001, nComponents: 30, seed: 5 },
  'the same rbf': { nComponents: 6, seed: 0 },
};

describe("scikit-learn's figures", () => {
  test.each(figures.nystroem)('nystroem: $data, $label', async ({ data, label, indices, diagonal, made }) => {
    const model = await fitted(nystroem(SETTINGS[`${data} ${label}`]!), dataOf(data), compute);
    expect([...model.fields.componentIndices]).toEqual(indices);
    if (data !== 'the same') {
      const largest = Math.max(...diagonal);
      expectNear(
        model.fields.normalization.map((own, i) => own[i]! / largest),
        diagonal.map((value) => value / largest),
        1e-6,
      );
    }
    const { data: found } = await model.transform(askedOf(data, made.length), context);
    expectNear(found, made.flat(), 1e-5);
  });

  test.each([
    ['iris', 'defaults', { nComponents: 10, seed: 0 }],
    ['iris', 'scale', { gamma: 'scale', nComponents: 7, seed: 42 }],
    ['digits', 'gamma 0.001', { gamma: 0.001, nComponents: 12, seed: 1 }],
    ['digits', 'large angles', { gamma: 50, nComponents: 5, seed: 1 }],
    ['the same', 'scale', { gamma: 'scale', nComponents: 4, seed: 0 }],
  ] as const)('rbfSampler: %s, %s', async (data, label, options) => {
    const { gamma, weights_first3, offset_first3, made } = figures.sampler.find((row) => row.data === data && row.label === label)!;
    const model = await fitted(rbfSampler(options), dataOf(data), compute);
    expect(model.fields.gamma / gamma).toBeCloseTo(1, 12);
    weights_first3.forEach((own, i) => expectNear(model.fields.randomWeights[i]!, own, 1e-12));
    expectNear(model.fields.randomOffset.subarray(0, 3), offset_first3, 1e-15);
    const { data: found } = await model.transform(askedOf(data, made.length), context);
    expectNear(found, made.flat(), 1e-5);
  });

  test('draws of a normal distribution are those of numpy', () => {
    const { seed, draws, then_uniform } = figures.normals;
    const random = new RandomState(seed);
    const normal = normalsOf(random);
    expectNear(
      draws.map(() => normal()),
      draws,
      1e-15,
    );
    expect(random.double()).toBe(then_uniform); // the spare eighth is not taken from what follows
  });
});

describe('of any rows', () => {
  const digits = rawSet('digits');

  test('products of rows that others are compared with are their kernel; those of waves are near it', async () => {
    const gamma = 1e-3;
    const model = await fitted(nystroem({ gamma, nComponents: 30, seed: 1 }), digits, compute);
    const chosen = { ...digits, rows: model.fields.componentIndices };
    const { data } = await model.transform(chosen, context);
    const waves = await (await fitted(rbfSampler({ gamma, nComponents: 2000, seed: 1 }), digits, compute)).transform(chosen, context);
    const pixels = (row: number): Uint8Array => digits.x.data.slice(chosen.rows[row]! * 64, (chosen.rows[row]! + 1) * 64) as Uint8Array;
    for (const [i, j] of [
      [0, 0],
      [3, 17],
      [29, 5],
    ] as const) {
      const kernel = Math.exp(-gamma * pixels(i).reduce((sum, value, at) => sum + (value - pixels(j)[at]!) ** 2, 0));
      expect(dot(data.subarray(i * 30, i * 30 + 30), data.subarray(j * 30, j * 30 + 30))).toBeCloseTo(kernel, 5);
      expect(Math.abs(dot(waves.data.subarray(i * 2000, (i + 1) * 2000), waves.data.subarray(j * 2000, (j + 1) * 2000)) - kernel)).toBeLessThan(0.1);
    }
  });

  test('rows compared on the device are those compared here, whatever they are stored as', async () => {
    const random = new RandomState(5);
    const bytes = matrix(
      1300,
      800,
      Uint8Array.from({ length: 1300 * 800 }, () => (random.interval(3) === 0 ? random.interval(255) : 0)),
    );
    const floats = matrix(1300, 800, Float64Array.from(bytes.data));
    const data = { name: 'bytes', role: 'train' as const, x: bytes, rows: all(1300) };
    const options = { gamma: 1e-7, nComponents: 100, seed: 2 }; // 1300 x 100 x 800 are too many to compare here
    const here = await (await fitted(nystroem(options), data, compute)).transform({ ...data, rows: all(60) }, context);
    for (const [x, rows] of [
      [bytes, 1300],
      [floats, 1300],
      [sparseOf(floats), 60],
    ] as const) {
      const { data: found } = await (await fitted(nystroem(options), { ...data, x }, compute)).transform({ ...data, x, rows: all(rows) }, context);
      expectNear(found.subarray(0, here.data.length), here.data, 1e-5);
    }
  });

  test('where rows are nearly alike, small differences count as they should', async () => {
    // Eigenvalues from 1e-7 up: f32 distances would make the second digit wrong.
    const flat = matrix(
      3000,
      2,
      Float64Array.from({ length: 6000 }, (_, at) => Math.sin(at * 0.7) + 5),
    );
    const data = { name: 'flat', role: 'train' as const, x: flat, rows: all(3000) };
    const model = await fitted(nystroem({ gamma: 0.5, nComponents: 12, seed: 1 }), data, compute);
    expect(model.fields.precise).toBe(true);
    const chosen = { ...data, rows: model.fields.componentIndices };
    const { data: made } = await model.transform(chosen, context);
    for (let i = 0; i < 12; i++) {
      for (let j = 0; j <= i; j++) {
        const [a, b] = [chosen.rows[i]! * 2, chosen.rows[j]! * 2];
        const kernel = Math.exp(-0.5 * ((flat.data[a]! - flat.data[b]!) ** 2 + (flat.data[a + 1]! - flat.data[b + 1]!) ** 2));
        expect(Math.abs(dot(made.subarray(i * 12, i * 12 + 12), made.subarray(j * 12, j * 12 + 12)) - kernel)).toBeLessThan(1e-6);
      }
    }
  });

  test('before another estimator; kept in a file', async () => {
    expect(fit(chain(nystroem({ nComponents: 20 }), linearSVC()))).toBeDefined();
    const model = await fitted(chain(nystroem({ gamma: 1e-3, nComponents: 100, seed: 0 }), ridgeClassifier()), half(digits, 0), compute);
    const test = half(digits, 1);
    const { confusion, ...evaluation } = await model.evaluate(test, 'counts', context);
    expect(evaluation.counts.right.reduce((sum, own) => sum + own, 0) / test.rows.length).toBeGreaterThan(0.93);
    const again = await modelFromBytes<typeof model>('again', await modelToBytes(model));
    expect((await again.model.evaluate(test, 'counts', context)).confusion).toEqual(confusion);
  });

  test('what cannot be is refused', async () => {
    expect(() => rbfSampler({ gamma: 'auto' as 'scale' })).toThrow('a number above 0');
    expect(() => rbfSampler({ gamma: 0 })).toThrow('Too small');
    expect(() => nystroem({ kernel: 'poly', degree: 0 })).toThrow();
    await expect(fitted(nystroem({ nComponents: 31 }), { ...digits, rows: all(30) }, compute)).rejects.toMatchObject({
      code: 'E_PARAMS',
      message: 'nystroem: nComponents is 31; digits has 30 rows to compare others with.',
    });
    const far = { ...digits, x: matrix(3, 1, Float64Array.of(1e160, 1, 2)), rows: all(3) };
    await expect(fitted(nystroem({ kernel: 'linear', nComponents: 3 }), far, compute)).rejects.toMatchObject({ code: 'E_DATA' });
  });
});

test('a run that is to stop does so while kernels of rows are found', async () => {
  const cancel = new AbortController();
  const running = nystroem({ nComponents: 300, seed: 1 }).train(rawSet('digits') as never, [{ name: 'fit' }], {}, { ...context, signal: cancel.signal });
  cancel.abort();
  await expect(running).rejects.toMatchObject({ code: 'E_CANCELLED' });
});
