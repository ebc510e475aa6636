// Bags against scikit-learn 1.9 (fixtures/bagging.json), and by what must hold of any rows.
import { describe, expect, test, vi } from 'vitest';
import figures from '../fixtures/bagging.json' with { type: 'json' };
import {
  baggingClassifier,
  baggingRegressor,
  chain,
  decisionTreeClassifier,
  gaussianNB,
  logisticRegression,
  matrix,
  modelFromBytes,
  modelToBytes,
  pca,
  ridge,
  ridgeClassifier,
  standardize,
  votingClassifier,
  type BaggingOptions,
} from '../../src/api.ts';
import { bagsOf } from '../../src/estimators/bagging/draw.ts';
import { nearestMean } from '../fixtures/own/nearestMean.ts';
import { expectApart, expectFoldsAlone, expectNames, saidOf, searched } from '../support/combined.ts';
import { testCompute } from '../support/compute.ts';
import { expectNear, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { stageContext } from '../support/smallSets.ts';
import { sparseOf } from '../support/sparse.ts';

const compute = await testCompute();
const context = stageContext(compute);
const iris = figureSet('iris');
const ESTIMATORS = {
  gaussianNB: gaussianNB(),
  ridgeClassifier: ridgeClassifier(),
  logisticRegression: logisticRegression({ C: 0.1, tol: 1e-9, maxIter: 5000 }),
} as const;

interface Params {
  readonly max_samples?: number;
  readonly max_features?: number;
  readonly bootstrap?: boolean;
  readonly bootstrap_features?: boolean;
}
const optionsOf = (params: Params): BaggingOptions => ({
  maxSamples: params.max_samples,
  maxFeatures: params.max_features,
  bootstrap: params.bootstrap,
  bootstrapFeatures: params.bootstrap_features,
});
const drawing = { bootstrap: true, bootstrapFeatures: false } as const;

describe('baggingClassifier', () => {
  test.each(figures.classifiers.map((row) => [`${row.data}, ${row.label}, ${JSON.stringify(row.params)} ${row.weighted ? 'weights' : ''}`, row] as const))(
    'scikit-learn: %s',
    async (_, { data, label, seed, params, weighted, predict, proba, said }) => {
      const set = { ...figureSet(data), ...(weighted ? { weights: thirds(150) } : {}) };
      const estimator = baggingClassifier(ESTIMATORS[label as 'gaussianNB'], { nEstimators: 5, seed, ...optionsOf(params as Params) });
      const model = await fitted(estimator, half(set, 0), compute);
      expect([...(await model.predict(half(set, 1), context))]).toEqual(predict);
      const asked = { ...set, rows: half(set, 1).rows.subarray(0, 20) };
      expectNear(await model.predictProba(asked, context), proba, 1e-4);
      if (said) expectNear(await model.decisionFunction(asked, context), said, 1e-3);
    },
  );

  test('each model is that of its rows and columns alone', async () => {
    const model = await fitted(baggingClassifier(gaussianNB(), { nEstimators: 3, maxFeatures: 2, maxSamples: 50, seed: 8 }), iris, compute);
    const bags = bagsOf('', 3, 8, { rows: 150, cols: 4 }, { ...drawing, maxFeatures: 2, maxSamples: 50 });
    for (const [i, { rows, features }] of bags.entries()) {
      expect([rows.length, features!.length]).toEqual([50, 2]);
      const x = matrix(
        150,
        2,
        Float64Array.from({ length: 300 }, (_, at) => iris.x.data[(at >> 1) * 4 + features![at % 2]!]!),
      );
      const alone = await fitted(gaussianNB(), { ...iris, x, rows }, compute);
      expect(await model.fields.models[i]!.predictProba!({ ...iris, x }, context)).toEqual(await alone.predictProba!({ ...iris, x }, context));
    }
  });

  test('a bag without a class gives it no share, and the seed of the run draws where none is given', async () => {
    const rare = { ...iris, rows: iris.rows.slice(0, 101) };
    const model = await fitted(baggingClassifier(gaussianNB(), { nEstimators: 8, seed: 2 }), rare, compute);
    expect(new Set(model.fields.models.map(({ classes }) => classes.join()))).toEqual(new Set(['0,1', '0,1,2']));
    const shares = await model.predictProba(iris, context);
    for (let row = 0; row < 150; row++) expect(shares[3 * row]! + shares[3 * row + 1]! + shares[3 * row + 2]!).toBeCloseTo(1, 12);
    const drawn = await baggingClassifier(gaussianNB()).train(iris, [{ name: 'fit' }], {}, { ...context, seed: () => 77 });
    expect(drawn[0]!.model.fields.seed).toBe(77);
    const one = { ...iris, rows: Uint32Array.of(0, 1, 2, 50) };
    await expect(fitted(baggingClassifier(gaussianNB(), { maxSamples: 1, seed: 1 }), one, compute)).rejects.toMatchObject({ code: 'E_CLASS' });
  });

  test('trees of a bag draw from its seed, chains too', async () => {
    const tree = decisionTreeClassifier({ maxFeatures: 1 });
    const { models } = (await fitted(baggingClassifier(tree, { nEstimators: 4, seed: 3 }), iris, compute)).fields;
    expect(new Set(models.map(({ fields }) => fields.seed)).size).toBe(4);
    expect(baggingClassifier(tree, { seed: 3 }).seeded).toBe(true);
    expect(baggingClassifier(decisionTreeClassifier({ seed: 1 }), { seed: 3 }).seeded).toBeUndefined();
    const again = (await fitted(baggingClassifier(chain(standardize(), tree), { nEstimators: 4, seed: 3 }), iris, compute)).fields.models;
    expect(again.map(({ fields }) => fields.seed)).toEqual(models.map(({ fields }) => fields.seed));
  });

  test('settings of the estimator share its bags, one call for each', async () => {
    const train = vi.fn(ESTIMATORS.gaussianNB.train.bind(ESTIMATORS.gaussianNB));
    const jobs = [1e-9, 1].map((value) => ({ name: String(value), params: { 'estimator.varSmoothing': value } }));
    const trained = await baggingClassifier({ ...ESTIMATORS.gaussianNB, train }, { nEstimators: 3, seed: 1 }).train(iris, jobs, {}, context);
    expect(train.mock.calls.map(([, own]) => own.length)).toEqual([2, 2, 2]);
    expect(await saidOf(trained[0]!.model, iris, compute)).not.toEqual(await saidOf(trained[1]!.model, iris, compute));
  });

  test('folds, names, sparse rows, chains, votes, an estimator of a user, a grid, and back from a file', async () => {
    const columns = { nEstimators: 4, maxFeatures: 3, seed: 4 } as const;
    await expectFoldsAlone(baggingClassifier(gaussianNB(), columns), iris, compute, 1e-9);
    await expectNames(baggingClassifier(gaussianNB(), columns), iris, compute);
    await expectNames(baggingClassifier(gaussianNB(), { ...columns, bootstrapFeatures: true }), iris, compute);
    const dense = await fitted(baggingClassifier(gaussianNB(), columns), iris, compute);
    const sparse = await fitted(baggingClassifier(gaussianNB(), columns), { ...iris, x: sparseOf(iris.x) }, compute);
    expect(await saidOf(sparse, iris, compute)).toEqual(await saidOf(dense, iris, compute));
    const { model } = await modelFromBytes<typeof dense>('bags', await modelToBytes(dense));
    expect(await saidOf(model, iris, compute)).toEqual(await saidOf(dense, iris, compute));
    const around = await fitted(chain(standardize(), pca({ nComponents: 3 }), baggingClassifier(nearestMean(), { ...columns, maxFeatures: 2 })), iris, compute);
    expect(await around.score(iris, context)).toBeGreaterThan(0.8);
    const votes = await fitted(votingClassifier({ a: baggingClassifier(gaussianNB()), b: gaussianNB() }, { voting: 'soft' }), iris, compute);
    expect(await votes.score(iris, context)).toBeGreaterThan(0.9);
    const { points } = await searched(baggingClassifier(gaussianNB(), { seed: 1 }), { 'estimator.varSmoothing': [1e-9, 100], nEstimators: [2, 3] }, iris);
    expect(points).toHaveLength(4);
    expect(points[0]!.meanScore).toBeGreaterThan(points[2]!.meanScore);
  });

  test('columns that a chain around scales are scaled in each bag', async () => {
    const scaled = { ...iris, x: { ...iris.x, data: iris.x.data.map((value) => value * 1000 + 5000) } as typeof iris.x };
    const estimator = chain(standardize(), baggingClassifier(ESTIMATORS.logisticRegression, { nEstimators: 3, maxFeatures: 2, seed: 1 }));
    expectApart(
      await saidOf(await fitted(estimator, iris, compute), iris, compute),
      await saidOf(await fitted(estimator, scaled, compute), scaled, compute),
      1e-4,
    );
  });

  test('what it refuses', async () => {
    expect(() => baggingClassifier(ridge() as never)).toThrow('baggingClassifier: ridge is a regressor; a classifier is needed.');
    expect(() => baggingClassifier(gaussianNB(), { maxSamples: 1.5 })).toThrow('maxSamples: a share below 1 or a whole number from 1 is needed');
    const many = baggingClassifier(gaussianNB(), { maxSamples: 151, bootstrap: false });
    await expect(fitted(many, iris, compute)).rejects.toMatchObject({
      code: 'E_PARAMS',
      message: 'baggingClassifier: maxSamples is 151; there are 150 rows to draw from.',
    });
    const wide = baggingClassifier(gaussianNB(), { maxFeatures: 5 });
    await expect(fitted(wide, iris, compute)).rejects.toMatchObject({
      code: 'E_PARAMS',
      message: 'baggingClassifier: maxFeatures is 5; there are 4 columns to draw from.',
    });
  });
});

describe('rows that bags left out', () => {
  const LEARN = { ...ESTIMATORS, ridge: ridge({ alpha: 0.5 }) };

  test.each(figures.oob.map((row) => [`${row.data}, ${row.label}, ${row.bags} bags, ${JSON.stringify(row.params)}`, row] as const))(
    'scikit-learn: %s',
    async (_, { data, label, bags, params, weighted, score, missing, said }) => {
      const options = { nEstimators: bags, seed: 5, oobScore: true, ...optionsOf(params as Params) };
      const set = label === 'ridge' ? valuedSet(data) : figureSet(data);
      const rows = { ...set, ...(weighted ? { weights: thirds(set.x.rows) } : {}) };
      const { fields, summary } =
        label === 'ridge'
          ? await fitted(baggingRegressor(LEARN.ridge, options), rows, compute)
          : await fitted(baggingClassifier(LEARN[label as 'gaussianNB'], options), rows, compute);
      const found = 'oobPrediction' in fields ? fields.oobPrediction! : (fields as { readonly oobDecisionFunction: Float64Array }).oobDecisionFunction;
      const width = found.length / rows.rows.length;
      expect([...new Set([...found.keys()].filter((at) => Number.isNaN(found[at])).map((at) => Math.floor(at / width)))]).toEqual(missing);
      expectNear(
        found.filter((value) => !Number.isNaN(value)),
        said,
        label === 'ridge' ? 0.02 : 1e-4,
      );
      expect(Math.abs(fields.oobScore! - score)).toBeLessThan(label === 'ridge' ? 1e-4 : 1e-12);
      expect(summary['oobScore']).toBe(fields.oobScore);
    },
  );

  test('none is asked for, none is left out, folds, several outputs, and back from a file', async () => {
    const plain = await fitted(baggingClassifier(gaussianNB(), { nEstimators: 3, seed: 1 }), iris, compute);
    expect([plain.fields.oobScore, plain.summary['oobScore']]).toEqual([undefined, undefined]);
    const all = baggingRegressor(ridge(), { bootstrap: false, oobScore: true, seed: 1 });
    await expect(fitted(all, valuedSet('diabetes'), compute)).rejects.toMatchObject({
      code: 'E_PARAMS',
      message: expect.stringContaining('every bag has all rows'),
    });
    const estimator = baggingClassifier(gaussianNB(), { nEstimators: 8, seed: 1, oobScore: true });
    const scored = await fitted(estimator, iris, compute);
    const { model } = await modelFromBytes<typeof scored>('bags', await modelToBytes(scored));
    expect([model.fields.oobScore, model.fields.oobDecisionFunction]).toEqual([scored.fields.oobScore, scored.fields.oobDecisionFunction]);
    const fold = Uint8Array.from(iris.rows, (_, row) => row % 3);
    const [first] = await estimator.train(iris, [{ name: 'fold', heldOut: 0 }], { folds: { count: 3, fold } }, context);
    const alone = await fitted(estimator, { ...iris, rows: iris.rows.filter((_, row) => fold[row] !== 0) }, compute);
    expect(first!.model.fields.oobDecisionFunction).toEqual(alone.fields.oobDecisionFunction);
    const two = await fitted(
      baggingRegressor(ridge({ alpha: 0.5 }), { nEstimators: 30, seed: 5, oobScore: true }),
      valuedSet('diabetes with two outputs'),
      compute,
    );
    const one = await fitted(baggingRegressor(ridge({ alpha: 0.5 }), { nEstimators: 30, seed: 5, oobScore: true }), valuedSet('diabetes'), compute);
    expectNear(
      two.fields.oobPrediction!.filter((_, at) => at % 2 === 0),
      one.fields.oobPrediction!,
      0.02,
    );
  });
});

test.each(figures.drawn.map((row) => [`${row.rows} rows, ${row.cols} columns`, row] as const))(
  'what is drawn, of %s',
  (_, { rows, cols, params, samples, features }) => {
    const { maxSamples, maxFeatures } = optionsOf(params);
    const bags = bagsOf('', 3, 9, { rows, cols }, { maxSamples, maxFeatures, bootstrap: false, bootstrapFeatures: false });
    expect(bags.map((bag) => [...bag.rows])).toEqual(samples);
    if (maxFeatures! < cols) expect(bags.map((bag) => [...bag.features!])).toEqual(features);
    else expect(bags.map((bag) => bag.features)).toEqual([undefined, undefined, undefined]);
  },
);

test('a weight of 2 is drawn twice as often, and of 0 never', () => {
  const weights = Float32Array.of(0, 1, 2, 1);
  const [bag] = bagsOf('', 1, 5, { rows: 4, cols: 1, weights }, { ...drawing, maxSamples: 8000 });
  const counts = [0, 0, 0, 0];
  bag!.rows.forEach((row) => counts[row]!++);
  expect(counts[0]).toBe(0);
  expect(Math.abs(counts[2]! / 8000 - 0.5)).toBeLessThan(0.02);
  const [all] = bagsOf('', 1, 5, { rows: 4, cols: 1, weights }, { ...drawing, bootstrap: false, maxSamples: 3 });
  expect([...all!.rows]).toEqual([1, 2, 3]);
  expect(() => bagsOf('bags', 1, 5, { rows: 4, cols: 1, weights }, { ...drawing, bootstrap: false, maxSamples: 4 })).toThrow(
    'maxSamples is 4; there are 3 rows',
  );
});

describe('baggingRegressor', () => {
  test.each(figures.regressors.map((row) => [`${row.data}, ${JSON.stringify(row.params)} ${row.weighted ? 'weights' : ''}`, row] as const))(
    'scikit-learn: %s',
    async (_, { data, seed, params, weighted, predict, r2 }) => {
      const set = valuedSet(data);
      const weights = weighted ? { weights: thirds(set.x.rows) } : {};
      const estimator = baggingRegressor(ridge({ alpha: 0.5 }), { nEstimators: 5, seed, ...optionsOf(params as Params) });
      const model = await fitted(estimator, half({ ...set, ...weights }, 0), compute);
      expectNear(await model.predict(half(set, 1), context), predict, 0.02);
      expect(Math.abs((await model.score(half(set, 1), context)) - r2)).toBeLessThan(1e-4);
    },
  );

  test('several outputs, folds, a grid', async () => {
    const two = valuedSet('diabetes with two outputs');
    const estimator = baggingRegressor(ridge(), { nEstimators: 4, maxFeatures: 0.5, seed: 6 });
    expect(await (await fitted(estimator, two, compute)).score(two, context)).toBeGreaterThan(0.2);
    await expectFoldsAlone(estimator, two, compute, 0.02);
    const { points } = await searched(estimator, { 'estimator.alpha': [0.1, 1e6] }, two);
    expect(points[0]!.meanScore).toBeGreaterThan(points[1]!.meanScore);
  });
});
