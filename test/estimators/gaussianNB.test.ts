// gaussianNB against scikit-learn 1.9 (fixtures/naiveBayes.json), and by what must hold of any rows.
import { describe, expect, test } from 'vitest';
import all from '../fixtures/naiveBayes.json' with { type: 'json' };
import { gaussianNB, matrix, type Dataset, type GaussianNBOptions } from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, expectFigures, expectFolds, figureSet, fitted, thirds } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const context = stageContext(compute);

const optionsOf = (label: string, classes: number): GaussianNBOptions =>
  label.startsWith('varSmoothing') ? { varSmoothing: 0.1, priors: Array.from({ length: classes }, (_, c) => (2 * (c + 1)) / (classes * (classes + 1))) } : {};

test.each(all.gaussian.map((row) => [`${row.data}, ${row.label}`, row] as const))('scikit-learn: %s', async (_, row) => {
  const model = await expectFigures(gaussianNB(optionsOf(row.label, row.proba_first5[0]!.length)), row, compute, 1e-5);
  row.theta?.forEach((own, c) => expectClose(model.fields.theta[c]!, own, 1e-7));
  row.var?.forEach((own, c) => own.forEach((value, j) => expect(Math.abs(model.fields.var[c]![j]! / value - 1)).toBeLessThan(1e-5)));
  if (row.class_prior) expectClose(model.fields.classPrior, row.class_prior, 1e-15);
});

const random = new RandomState(3);
const noise = (): number => random.uint32() / 2 ** 32 - 0.5;
const ROWS = 600;
const labels = Uint8Array.from({ length: ROWS }, (_, row) => (row * 7) % 3);
/** Times with a spread of seconds, prices, grams. */
const x = Float64Array.from({ length: ROWS * 3 }, (_, at) => {
  const label = labels[Math.floor(at / 3)]!;
  return [1.7e9 + 3 * label + noise(), 2e6 * label + 1e6 * noise(), 1e-3 * label + 1e-3 * noise()][at % 3]!;
});
const scales: Dataset<'train'> = { name: 'scales', role: 'train', x: matrix(ROWS, 3, x), labels, rows: Uint32Array.from(labels.keys()) };

describe('of any rows', () => {
  test('columns of any scale keep their digits', async () => {
    const { theta, var: variances } = (await fitted(gaussianNB({ varSmoothing: 0 }), scales, compute)).fields;
    for (const c of [0, 1, 2]) {
      const own = [...scales.rows].filter((id) => labels[id] === c);
      for (let j = 0; j < 3; j++) {
        const first = x[own[0]! * 3 + j]!;
        const mean = first + own.reduce((sum, id) => sum + x[id * 3 + j]! - first, 0) / own.length;
        const variance = own.reduce((sum, id) => sum + (x[id * 3 + j]! - mean) ** 2, 0) / own.length;
        expect(Math.abs(theta[c]![j]! - mean) / Math.sqrt(variance)).toBeLessThan(1e-5);
        expect(Math.abs(variances[c]![j]! / variance - 1)).toBeLessThan(1e-5);
      }
    }
  });

  test('a weight of 2 is a row twice, and of 0 none; order does not matter', async () => {
    const weights = Float32Array.from(labels, (_, row) => (row >> 2) % 3);
    const twice = new RandomState(1).shuffle(Uint32Array.from([...scales.rows].flatMap((id) => new Array<number>(weights[id]!).fill(id))));
    const estimator = gaussianNB({ varSmoothing: 0 });
    const [model, repeated] = [await fitted(estimator, { ...scales, weights }, compute), await fitted(estimator, { ...scales, rows: twice }, compute)];
    for (const c of [0, 1, 2]) for (let j = 0; j < 3; j++) expect(Math.abs(model.fields.var[c]![j]! / repeated.fields.var[c]![j]! - 1)).toBeLessThan(1e-5);
    expectClose(await model.decisionFunction(scales, context), await repeated.decisionFunction(scales, context), 1e-5);
  });

  test('folds that share passes give the models of folds alone', async () => {
    const say = ({ fields }: Awaited<ReturnType<typeof first>>): number[] => fields.var.flatMap((own) => [own[0]!, own[2]! * 1e6]);
    const first = () => fitted(gaussianNB(), scales, compute);
    await expectFolds(gaussianNB({ varSmoothing: 0 }), { ...scales, weights: thirds(ROWS) } as never, compute, say, 1e-5);
  });

  test('a row far away takes nothing from models of folds that hold it out', async () => {
    const far = Float64Array.from({ length: 240 }, (_, at) => (at < 2 ? 1e7 : (at % 4) + noise()));
    const rows = Uint32Array.from({ length: 120 }, (_, row) => row);
    const data = { name: 'far', role: 'train', x: matrix(120, 2, far), labels: Uint8Array.from(rows, (row) => row % 2), rows } as const;
    const folds = { fold: Uint8Array.from(rows, (row) => row % 3), count: 3 };
    const [held] = await gaussianNB().train(data, [{ name: 'fold 0', heldOut: 0 }], { folds }, context);
    const alone = await fitted(gaussianNB(), { ...data, rows: rows.filter((row) => row % 3 !== 0) }, compute);
    for (const [c, own] of alone.fields.var.entries()) {
      expectClose(held!.model.fields.theta[c]!, [...alone.fields.theta[c]!], 1e-5);
      own.forEach((value, j) => expect(Math.abs(held!.model.fields.var[c]![j]! / value - 1)).toBeLessThan(1e-5));
    }
  });

  test('bytes, their floats and sparse rows give one model; without a device it is the same', async () => {
    const digits = figureSet('digits');
    const few = { ...digits, rows: digits.rows.subarray(0, 300) };
    const model = await fitted(gaussianNB({ varSmoothing: 1e-3 }), few, compute);
    const expected = await model.decisionFunction(few, context);
    for (const form of [matrix(digits.x.rows, 64, Float64Array.from(digits.x.data)), sparseOf(digits.x)]) {
      const other = await fitted(gaussianNB({ varSmoothing: 1e-3 }), { ...few, x: form }, compute);
      expectClose(await other.decisionFunction({ ...few, x: form }, context), expected, 1e-5);
    }
    const host = new ReferenceCompute();
    expectClose(await (await fitted(gaussianNB({ varSmoothing: 1e-3 }), few, host)).decisionFunction(few, stageContext(host)), expected, 1e-5);
  });

  test('what cannot be is refused by name', async () => {
    expect(() => gaussianNB({ priors: [0.5, 0.6] })).toThrow('add up to 1');
    await expect(fitted(gaussianNB({ priors: [0.5, 0.5] }), scales, compute)).rejects.toMatchObject({
      code: 'E_PARAMS',
      message: 'gaussianNB: priors has 2 shares; scales has 3 classes: label 0, 1, 2.',
    });
    const weights = Float32Array.from(labels, (label) => Number(label !== 1));
    await expect(fitted(gaussianNB(), { ...scales, weights }, compute)).rejects.toMatchObject({ code: 'E_CLASS', message: expect.stringContaining('label 1') });
    const constant = { ...scales, x: matrix(ROWS, 1, Float64Array.from(labels)) };
    await expect(fitted(gaussianNB({ varSmoothing: 0 }), constant, compute)).rejects.toMatchObject({
      code: 'E_DATA',
      hint: expect.stringContaining('1e-9'),
    });
  });
});
