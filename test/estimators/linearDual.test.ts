// linearSVC with the hinge loss and linearSVR against scikit-learn 1.9 (fixtures/linearDual.json), and by what must hold of any rows.
import { expect, test } from 'vitest';
import figures from '../fixtures/linearDual.json' with { type: 'json' };
import diabetesFigures from '../fixtures/ridge.json' with { type: 'json' };
import { chain, linearSVC, linearSVR, matrix, modelFromBytes, modelToBytes, standardize, type LinearSVCOptions, type LinearSVROptions } from '../../src/api.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { expectFoldsAlone, expectRepeats } from '../support/combined.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, expectNear, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);

/** Columns with a mean of 0 and a spread of 1 in the first `count` rows, constant ones with a mean of 0. */
function standardised({ rows, cols, data }: Matrix, count = rows): Matrix<'f64'> {
  const out = new Float64Array(data);
  for (let j = 0; j < cols; j++) {
    let [sum, squares] = [0, 0];
    for (let row = 0; row < count; row++) sum += out[row * cols + j]!;
    for (let row = 0; row < count; row++) squares += (out[row * cols + j]! - sum / count) ** 2;
    for (let row = 0; row < rows; row++) out[row * cols + j] = (out[row * cols + j]! - sum / count) / (Math.sqrt(squares / count) || 1);
  }
  return matrix(rows, cols, out);
}

const CLASSES: Readonly<Record<string, LinearSVCOptions>> = {
  default: {},
  'C=0.01, interceptScaling=10': { C: 0.01, interceptScaling: 10 },
  balanced: { C: 0.1, classWeight: 'balanced' },
  'class weights': { C: 0.1, classWeight: { 0: 3, 1: 0.5 } },
  'no intercept': { C: 0.1, fitIntercept: false },
};
const VALUES: Readonly<Record<string, LinearSVROptions>> = {
  default: {},
  'C=0.1 epsilon=0.2': { C: 0.1, epsilon: 0.2 },
  squared: { loss: 'squaredEpsilonInsensitive', C: 0.5, epsilon: 0.1 },
  'squared, interceptScaling=5': { loss: 'squaredEpsilonInsensitive', C: 0.01, interceptScaling: 5 },
  'no intercept': { C: 0.5, epsilon: 0.05, fitIntercept: false },
};
const TIGHT = { tol: 1e-7, maxIter: 1_000_000 };

function classesSet(name: string) {
  const set = figureSet(name);
  return name === 'iris with odd columns' ? set : { ...set, x: standardised(set.x, set.rows.length) };
}

function valuesSet(name: string) {
  const set = figureSet('iris');
  const { rows, cols, data } = set.x;
  const column = (j: number): Float64Array => Float64Array.from({ length: rows }, (_, row) => data[row * cols + j]!);
  const { labels: _, ...bare } = set;
  if (name !== 'diabetes') {
    const three = Float64Array.from({ length: rows * 3 }, (_, at) => data[Math.floor(at / 3) * cols + (at % 3)]!);
    return { ...bare, x: standardised(matrix(rows, 3, three)), values: matrix(rows, 1, name === 'iris' ? column(3) : new Float64Array(rows).fill(2.5)) };
  }
  const { x, y, rows: count, cols: width } = diabetesFigures.diabetes;
  return {
    ...bare,
    name,
    x: standardised(matrix(count, width, Float64Array.from(x.flat()))),
    rows: Uint32Array.from({ length: count }, (_, i) => i),
    values: matrix(
      count,
      1,
      Float64Array.from(y, (value) => value / 100),
    ),
  };
}

const weighted = (rows: number, given: boolean): object => (given ? { weights: thirds(rows) } : {});
const named = <R extends { readonly data: string; readonly label: string; readonly weighted: boolean }>(rows: readonly R[]) =>
  rows.map((row) => [`${row.data}, ${row.label}${row.weighted ? ', weights' : ''}`, row] as const);

test.each(named(figures.classifiers))("scikit-learn's LinearSVC: %s", async (_, row) => {
  const set = classesSet(row.data);
  const model = await fitted(
    linearSVC({ ...TIGHT, ...CLASSES[row.label], loss: 'hinge' }),
    { ...half(set, 0), ...weighted(set.x.rows, row.weighted) },
    compute,
  );
  expectNear(
    model.coef.flatMap((own) => [...own]),
    row.coef.flat(),
    1e-5,
  );
  expectNear(model.intercept, row.intercept, 1e-5);
  const odd = half(set, 1);
  const decisions = await model.decisionFunction(odd, context);
  expectNear(decisions.subarray(0, row.decision_first20.length), row.decision_first20, 1e-4);
  expect([...(await model.predict(odd, context))]).toEqual(row.predict);
});

test.each(named(figures.regressors))("scikit-learn's LinearSVR: %s", async (_, row) => {
  const set = valuesSet(row.data);
  const model = await fitted(linearSVR({ ...TIGHT, ...VALUES[row.label] }), { ...half(set, 0), ...weighted(set.x.rows, row.weighted) }, compute);
  expectNear(model.coef[0]!, row.coef[0]!, 1e-5);
  expectNear(model.intercept, row.intercept, 1e-5);
  expectNear(await model.predict(half(set, 1), context), row.predict, 1e-4);
});

test('repeats are weights, folds are trained as if alone, each with its own scaling, and a saved model says the same', async () => {
  const [classes, values] = [classesSet('iris'), valuesSet('iris')];
  await expectRepeats(linearSVC({ ...TIGHT, loss: 'hinge' }), classes, compute, 1e-5);
  await expectRepeats(linearSVR({ ...TIGHT, epsilon: 0.1 }), values, compute, 1e-5);
  await expectFoldsAlone(linearSVC({ loss: 'hinge' }), classes, compute, 1e-9);
  await expectFoldsAlone(chain(standardize(), linearSVR({ epsilon: 0.1 })) as never, valuesSet('diabetes'), compute, 1e-9);
  const model = await fitted(linearSVR(), values, compute);
  const { model: loaded } = await modelFromBytes<typeof model>('linearSVR', await modelToBytes(model));
  expect(await loaded.predict(values, context)).toEqual(await model.predict(values, context));
});

test('points of both losses in one training are those of each alone', async () => {
  const set = classesSet('iris');
  const losses = ['hinge', 'squaredHinge', 'hinge'] as const;
  const jobs = losses.map((loss, i) => ({ name: `point ${i}`, params: { loss, C: i + 1 } }));
  const trained = await linearSVC().train(set, jobs, {}, context);
  for (const [i, { model }] of trained.entries()) {
    const alone = await fitted(linearSVC({ loss: losses[i], C: i + 1 }), set, compute);
    expectClose(model.coef[0]!, alone.coef[0]!, 1e-4);
  }
});

test('the order of rows does not matter, and no small change of the weights lowers the objective', async () => {
  const set = classesSet('iris of two classes');
  const options = { ...TIGHT, loss: 'hinge', C: 0.3, interceptScaling: 2 } as const;
  const model = await fitted(linearSVC(options), set, compute);
  const turned = await fitted(linearSVC(options), { ...set, rows: set.rows.toReversed() }, compute);
  expectClose(turned.coef[0]!, model.coef[0]!, 1e-6);
  const objective = (weights: readonly number[], c: number): number => {
    let sum = weights.reduce((all, weight) => all + weight * weight, (c / 2) ** 2) / 2;
    set.rows.forEach((row) => {
      const said = weights.reduce((all, weight, j) => all + weight * set.x.data[row * 4 + j]!, c);
      sum += 0.3 * Math.max(0, 1 - (set.labels[row] === 1 ? said : -said));
    });
    return sum;
  };
  const [weights, c] = [[...model.coef[0]!], model.intercept[0]!];
  const least = objective(weights, c);
  expect(model.fields.searches[0]!.objective * 0.3 * 100).toBeCloseTo(least, 9);
  for (const by of [-1e-3, 1e-3]) {
    expect(objective(weights, c + by)).toBeGreaterThan(least);
    for (let j = 0; j < 4; j++) expect(objective(weights.with(j, weights[j]! + by), c)).toBeGreaterThan(least);
  }
});

test('what cannot be learned from, and a search that ends early', async () => {
  const values = valuesSet('iris');
  const two = { ...values, values: matrix(150, 2, new Float64Array(300)) };
  await expect(fitted(linearSVR(), two, compute)).rejects.toMatchObject({
    code: 'E_DATA',
    message: 'linearSVR: the rows of iris have 2 values each; one is needed.',
  });
  await expect(fitted(linearSVR(), { ...values, weights: new Float32Array(150) }, compute)).rejects.toMatchObject({ code: 'E_DATA' });
  const zeros = await fitted(linearSVR({ fitIntercept: false }), { ...values, x: matrix(150, 3, new Float64Array(450)) }, compute);
  expect([...zeros.coef[0]!, ...zeros.intercept]).toEqual([0, 0, 0, 0]);
  const events: RunEvent[] = [];
  await linearSVC({ loss: 'hinge', maxIter: 2 }).train(classesSet('iris'), [{ name: 'fit' }], {}, stageContext(compute, events));
  expect(events).toMatchObject([{ type: 'warning', code: 'W_CONVERGENCE' }]);
});
