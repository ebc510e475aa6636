// dummyClassifier and dummyRegressor against scikit-learn 1.9 (fixtures/dummy.json), and by what must hold of any rows.
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/dummy.json' with { type: 'json' };
import { dummyClassifier, dummyRegressor, matrix, type DummyClassifierOptions, type DummyRegressorOptions } from '../../src/api.ts';
import { testCompute } from '../support/compute.ts';
import { expectClose, expectFigures, expectFolds, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);
const iris = figureSet('iris');

describe('dummyClassifier', () => {
  test.each(figures.classifiers.map((row) => [`${row.data}, ${row.label}, ${row.weighted ? 'weights' : ''}`, row] as const))(
    'scikit-learn: %s',
    async (_, row) => {
      const strategy = (row.label === 'most_frequent' ? 'mostFrequent' : row.label) as DummyClassifierOptions['strategy'];
      await expectFigures(dummyClassifier({ strategy, seed: 7, ...(strategy === 'constant' ? { constant: 1 } : {}) }), row, compute, 1e-12);
    },
  );

  test('draws as often as the shares say, and other classes for another seed', async () => {
    const rows = Uint32Array.from({ length: 6000 }, () => 0);
    const model = await fitted(
      dummyClassifier({ strategy: 'stratified', seed: 1 }),
      { ...iris, weights: Float32Array.from(iris.labels, (label) => [6, 3, 1][label]!) },
      compute,
    );
    const said = await model.predict({ ...iris, rows }, context);
    const shares = [0, 1, 2].map((label) => said.filter((own) => own === label).length / 6000);
    [0.6, 0.3, 0.1].forEach((share, c) => expect(Math.abs(shares[c]! - share)).toBeLessThan(0.03));
    const other = await fitted(dummyClassifier({ strategy: 'uniform', seed: 2 }), iris, compute);
    expect(await other.predict({ ...iris, rows }, context)).not.toEqual(said);
    expect((await other.predictRow(Float64Array.of(1, 2, 3, 4), context)).probability).toBeCloseTo(1 / 3, 12);
  });

  test('a constant is a class by its name', async () => {
    const named = { ...iris, classNames: ['setosa', 'versicolor', 'virginica'] };
    const model = await fitted(dummyClassifier({ strategy: 'constant', constant: 'virginica' }), named, compute);
    expect(await model.predictRow(Float64Array.of(1, 2, 3, 4), context)).toMatchObject({ prediction: 'virginica', probability: 1 });
    await expect(fitted(dummyClassifier({ strategy: 'constant', constant: 2 }), named, compute)).rejects.toMatchObject({
      code: 'E_PARAMS',
      message: 'dummyClassifier: constant 2 is no class of iris.',
      hint: 'Classes are "setosa", "versicolor", "virginica".',
    });
    await expect(fitted(dummyClassifier({ strategy: 'constant' }), iris, compute)).rejects.toMatchObject({ code: 'E_PARAMS' });
  });

  test('folds give the models of folds alone; features may be absent, not infinite', async () => {
    await expectFolds(dummyClassifier(), { ...iris, weights: thirds(150) } as never, compute, ({ fields }) => fields.classPrior, 1e-15);
    const gaps = matrix(150, 1, new Float64Array(150).fill(NaN));
    expect((await fitted(dummyClassifier(), { ...iris, x: gaps }, compute)).fields.classPrior).toEqual(Float64Array.of(1 / 3, 1 / 3, 1 / 3));
    const infinite = matrix(150, 1, new Float64Array(150).fill(Infinity));
    await expect(fitted(dummyClassifier(), { ...iris, x: infinite }, compute)).rejects.toMatchObject({ code: 'E_DATA' });
  });
});

describe('dummyRegressor', () => {
  test.each(figures.regressors.map((row) => [`${row.data}, ${row.strategy} ${row.quantile ?? ''}, ${row.weighted ? 'weights' : ''}`, row] as const))(
    'scikit-learn: %s',
    async (_, row) => {
      const data = valuedSet(row.data);
      const strategy = row.strategy as DummyRegressorOptions['strategy'];
      const estimator = dummyRegressor({ strategy, quantile: row.quantile ?? undefined });
      const model = await fitted(estimator, half({ ...data, ...(row.weighted ? { weights: thirds(data.x.rows) } : {}) }, 0), compute);
      expectClose(model.fields.constant, row.constant, 1e-12);
      expect(Math.abs((await model.score(half(data, 1), context)) - row.r2)).toBeLessThan(1e-9);
    },
  );

  test('constants, one an output', async () => {
    const two = valuedSet('diabetes with two outputs');
    const model = await fitted(dummyRegressor({ strategy: 'constant', constant: [3, 4] }), two, compute);
    expect(await model.predict({ ...two, rows: two.rows.subarray(0, 2) }, context)).toEqual(Float64Array.of(3, 4, 3, 4));
    await expect(fitted(dummyRegressor({ strategy: 'constant', constant: 3 }), two, compute)).rejects.toMatchObject({
      code: 'E_PARAMS',
      message: 'dummyRegressor: constant has 1 numbers; rows have 2 values.',
    });
    await expect(fitted(dummyRegressor({ strategy: 'quantile' }), two, compute)).rejects.toMatchObject({ code: 'E_PARAMS' });
  });

  test('rows of no weight are not there; order does not matter', async () => {
    const data = valuedSet('counts');
    const weights = Float32Array.from(data.rows, (row) => Number(row % 3 > 0));
    for (const strategy of ['mean', 'median'] as const) {
      const { fields } = await fitted(dummyRegressor({ strategy }), { ...data, weights }, compute);
      const kept = { ...data, weights, rows: data.rows.filter((row) => row % 3 > 0).toReversed() };
      expectClose(fields.constant, (await fitted(dummyRegressor({ strategy }), kept, compute)).fields.constant, 1e-12);
    }
  });
});
