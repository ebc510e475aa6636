// Calibration against scikit-learn 1.9 (fixtures/calibrated.json), and by what must hold of any rows.
import { describe, expect, test, vi } from 'vitest';
import figures from '../fixtures/calibrated.json' with { type: 'json' };
import {
  calibratedClassifier,
  chain,
  dummyClassifier,
  gaussianNB,
  linearSVC,
  logisticRegression,
  matrix,
  modelFromBytes,
  modelToBytes,
  oneVsRest,
  ridge,
  ridgeClassifier,
  stackingClassifier,
  standardize,
  votingClassifier,
} from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { isotonicOf, onLine } from '../../src/estimators/calibrated/isotonic.ts';
import { onSigmoid, sigmoidOf } from '../../src/estimators/calibrated/sigmoid.ts';
import { nearestMean } from '../fixtures/own/nearestMean.ts';
import { expectApart, expectFoldsAlone, expectNames, saidOf, searched } from '../support/combined.ts';
import { testCompute } from '../support/compute.ts';
import { expectNear, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);
const iris = figureSet('iris');
const sepals = {
  ...iris,
  name: 'sepals',
  x: matrix(
    150,
    2,
    iris.x.data.filter((_, at) => at % 4 < 2),
  ),
};
const SETS = { iris, sepals, digits: figureSet('digits'), 'two sepals': { ...sepals, rows: sepals.rows.subarray(50) } } as const;
const ESTIMATORS = {
  ridgeClassifier: ridgeClassifier({ alpha: 2 }),
  gaussianNB: gaussianNB(),
  logisticRegression: logisticRegression({ C: 0.1, tol: 1e-9, maxIter: 5000 }),
  dummyClassifier: dummyClassifier(),
} as const;

test.each(
  figures.rows.map(
    (row) => [`${row.data}, ${row.label}, ${row.method}, ${row.folds} folds${row.ensemble ? ' each' : ''}${row.weighted ? ', weights' : ''}`, row] as const,
  ),
)('scikit-learn: %s', async (_, { data, label, method, folds, ensemble, weighted, predict, proba }) => {
  const set = SETS[data as 'iris'];
  // Weights go by the position of a row in the set.
  const weights = new Float32Array(set.x.rows);
  set.rows.forEach((id, i) => (weights[id] = thirds(set.rows.length)[i]!));
  const estimator = calibratedClassifier(ESTIMATORS[label as 'gaussianNB'], { method: method as 'sigmoid', folds, ensemble });
  const model = await fitted(estimator, half(weighted ? { ...set, weights } : set, 0), compute);
  const asked = { ...set, rows: half(set, 1).rows.subarray(0, 40) };
  expectNear(await model.predictProba(asked, context), proba, 2e-4);
  // Of equal shares, rounding decides which is larger.
  const sure = predict.map((_, row) => {
    const [first, second] = proba.slice(row * model.classes.length, (row + 1) * model.classes.length).toSorted((a, b) => b - a);
    return first! - second! > 1e-3;
  });
  const found = [...(await model.predict(asked, context))];
  expect(found.filter((_, row) => sure[row])).toEqual(predict.filter((_, row) => sure[row]));
});

describe('the two calibrations', () => {
  const random = new RandomState(4);
  const said = Float64Array.from({ length: 300 }, () => (random.uint32() / 2 ** 32 - 0.5) * 6);
  const positive = Uint8Array.from(said, (value) => Number(random.uint32() / 2 ** 32 < 1 / (1 + Math.exp(-value))));
  const weights = Float32Array.from(said, (_, row) => row % 3);
  const repeats = [...said.keys()].flatMap((row) => new Array<number>(row % 3).fill(row));

  test('a sigmoid is where the likelihood has no slope, in any unit, and weights are repeats', () => {
    const { a, b } = sigmoidOf(said, positive);
    const ones = positive.reduce((sum, bit) => sum + bit, 0);
    const slope = [0, 0];
    said.forEach((value, row) => {
      const target = positive[row] === 1 ? (ones + 1) / (ones + 2) : 1 / (said.length - ones + 2);
      const pull = target - onSigmoid({ a, b }, value);
      slope[0]! += pull * value;
      slope[1]! += pull;
    });
    expectNear(slope, [0, 0], 1e-5);
    const large = sigmoidOf(
      said.map((value) => value * 1e9),
      positive,
    );
    expect(large.a * 1e9).toBeCloseTo(a, 6);
    const weighted = sigmoidOf(said, positive, weights);
    const repeated = sigmoidOf(
      Float64Array.from(repeats, (row) => said[row]!),
      Uint8Array.from(repeats, (row) => positive[row]!),
    );
    expectNear([weighted.a, weighted.b], [repeated.a, repeated.b], 1e-6);
  });

  test('what says nothing gets the share of the class', () => {
    const same = new Float64Array(10).fill(7);
    const bits = Uint8Array.of(1, 1, 1, 0, 0, 0, 0, 0, 0, 0);
    expect(onLine(isotonicOf(same, bits), 3)).toBeCloseTo(0.3, 12);
    // Of targets a little inside 0 and 1.
    expect(onSigmoid(sigmoidOf(same, bits), 7)).toBeCloseTo((3 * (4 / 5) + 7 * (1 / 9)) / 10, 5);
  });

  test('a line never falls, keeps the mean, is nearest of all, and stays beyond its ends', () => {
    const line = isotonicOf(said, positive);
    line.y.forEach((value, at) => at > 0 && expect(value).toBeGreaterThanOrEqual(line.y[at - 1]!));
    const on = said.map((value) => onLine(line, value));
    expect(on.reduce((a, b) => a + b, 0)).toBeCloseTo(
      positive.reduce((a, b) => a + b, 0),
      8,
    );
    const distance = (values: Float64Array): number => values.reduce((sum, value, row) => sum + (value - positive[row]!) ** 2, 0);
    const order = [...said.keys()].sort((i, j) => said[i]! - said[j]!);
    for (let trial = 0; trial < 50; trial++) {
      const other = on.slice();
      const from = random.interval(299);
      const by = (random.uint32() / 2 ** 32) * 0.2;
      order.slice(from).forEach((row) => (other[row]! += by));
      expect(distance(other)).toBeGreaterThanOrEqual(distance(on) - 1e-9);
    }
    expect([onLine(line, -1e9), onLine(line, 1e9)]).toEqual([line.y[0], line.y.at(-1)]);
    const weighted = isotonicOf(said, positive, weights);
    const repeated = isotonicOf(
      Float64Array.from(repeats, (row) => said[row]!),
      Uint8Array.from(repeats, (row) => positive[row]!),
    );
    expect(weighted.x).toEqual(repeated.x);
    expectNear(weighted.y, repeated.y, 1e-12);
  });
});

describe('of any rows', () => {
  test('folds, names, an estimator without probabilities, one of a user, and back from a file', async () => {
    await expectFoldsAlone(calibratedClassifier(ridgeClassifier(), { folds: 3 }), sepals, compute, 1e-4);
    await expectNames(calibratedClassifier(gaussianNB()), iris, compute);
    const model = await fitted(calibratedClassifier(linearSVC(), { ensemble: false }), iris, compute);
    expect(await model.score(iris, context)).toBeGreaterThan(0.9);
    const own = await fitted(calibratedClassifier(nearestMean(), { method: 'isotonic' }), iris, compute);
    const { model: loaded } = await modelFromBytes<typeof own>('calibrated', await modelToBytes(own));
    expect(await saidOf(loaded, iris, compute)).toEqual(await saidOf(own, iris, compute));
    const rows = await own.predictProba(iris, context);
    for (let row = 0; row < 150; row++) expect(rows[3 * row]! + rows[3 * row + 1]! + rows[3 * row + 2]!).toBeCloseTo(1, 12);
  });

  test('all folds and settings are trained in one call, and methods share them', async () => {
    const nb = gaussianNB();
    const train = vi.fn(nb.train.bind(nb));
    const jobs = [1e-9, 0.1].flatMap((s) =>
      ['sigmoid', 'isotonic'].map((method) => ({ name: `${s} ${method}`, params: { 'estimator.varSmoothing': s, method: method as 'sigmoid' } })),
    );
    const trained = await calibratedClassifier({ ...nb, train }, { folds: 3 }).train(iris, jobs, {}, context);
    expect(train.mock.calls.map(([, own]) => own.length)).toEqual([6]);
    expect(new Set(await Promise.all(trained.map(async ({ model }) => String(await saidOf(model, iris, compute))))).size).toBe(4);
  });

  test('in a chain, of a chain, in other combinations, and in a grid', async () => {
    const inside = await fitted(calibratedClassifier(chain(standardize(), ESTIMATORS.logisticRegression)), iris, compute);
    const around = await fitted(chain(standardize(), calibratedClassifier(ESTIMATORS.logisticRegression)), iris, compute);
    // Each fold is scaled by its own rows, or by all.
    expectApart(await saidOf(inside, iris, compute), await saidOf(around, iris, compute), 0.02);
    const votes = votingClassifier({ a: calibratedClassifier(linearSVC()), b: gaussianNB() }, { voting: 'soft' });
    expect(await (await fitted(votes, iris, compute)).score(iris, context)).toBeGreaterThan(0.9);
    expect(await (await fitted(calibratedClassifier(votes), iris, compute)).score(iris, context)).toBeGreaterThan(0.9);
    const stack = stackingClassifier({ a: calibratedClassifier(ridgeClassifier()) }, { folds: 3 });
    expect(await (await fitted(stack, iris, compute)).score(iris, context)).toBeGreaterThan(0.8);
    expect(
      await ((await fitted(oneVsRest(calibratedClassifier(linearSVC()) as never), iris, compute)) as never as typeof inside).score(iris, context),
    ).toBeGreaterThan(0.9);
    const { points } = await searched(calibratedClassifier(gaussianNB()), { 'estimator.varSmoothing': [1e-9, 10], method: ['sigmoid'] }, iris);
    expect(points[0]!.meanScore).toBeGreaterThan(points[1]!.meanScore);
  });

  test('what it refuses', async () => {
    expect(() => calibratedClassifier(ridge() as never)).toThrow('calibratedClassifier: ridge is a regressor; a classifier is needed.');
    expect(() => calibratedClassifier(gaussianNB(), { method: 'temperature' as never })).toThrow("method: 'temperature' is none of sigmoid, isotonic");
    const few = { ...iris, classNames: ['a', 'b', 'c'], rows: iris.rows.slice(0, 103) };
    await expect(fitted(calibratedClassifier(gaussianNB()), few, compute)).rejects.toMatchObject({
      code: 'E_CLASS',
      message: 'calibratedClassifier: class c of iris has 3 rows; 5 folds need as many of each class.',
      hint: 'Use fewer folds: folds: 3.',
    });
    await expect(fitted(calibratedClassifier(gaussianNB(), { stratified: false, folds: 3 }), iris, compute)).rejects.toMatchObject({ code: 'E_CLASS' });
  });
});
