// What models say on average by a feature, against scikit-learn 1.9 (fixtures/curves.json), and what must hold of any model.
import { expect, test } from 'vitest';
import figures from '../fixtures/curves.json' with { type: 'json' };
import { gaussianNB, kMeans, logisticRegression, matrix, partialDependence, ridge, type Dataset } from '../../src/api.ts';
import type { Predictor } from '../../src/dsl/estimator.ts';
import { testCompute } from '../support/compute.ts';
import { expectNear, figureSet, fitted, thirds } from '../support/figures.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);
const ESTIMATORS = { gaussianNB: gaussianNB(), logisticRegression: logisticRegression({ tol: 1e-9, maxIter: 5000 }), ridge: ridge() } as const;
const iris = figureSet('iris');

test.each(figures.dependence.map((row) => [`${row.data}, ${row.label}, ${row.features.join(' and ')}`, row] as const))(
  'scikit-learn: %s',
  async (_, { data, label, features, resolution, percentiles, method, weighted, values, average }) => {
    const set = label === 'ridge' ? valuedSet(data) : figureSet(data);
    const rows = weighted ? { ...set, weights: thirds(set.x.rows) } : set;
    const model = await fitted(ESTIMATORS[label as 'gaussianNB'], rows, compute);
    const options = {
      gridResolution: resolution,
      percentiles: percentiles as [number, number],
      ...(method === 'auto' ? {} : { responseMethod: 'decisionFunction' as const }),
    };
    const found = await partialDependence(model, rows, features as [number, number], options, context);
    found.gridValues.forEach((own, i) => expectNear(own, values[i]!, 1e-12));
    expect(found.gridValues).toHaveLength(values.length);
    expect(found.average).toHaveLength(average.length);
    found.average.forEach((own, i) => expectNear(own, average[i]!, label === 'ridge' ? 1e-2 : 1e-3));
  },
);

test('shares of all classes add up to 1; a feature that is not used changes nothing; names stand for columns; bytes may have values between', async () => {
  const columns = ['a', 'b', 'c', 'd'];
  const named = { ...iris, columns };
  const model = await fitted(gaussianNB(), named, compute);
  const { average, gridValues } = await partialDependence(model, named, ['c', 'a'], { gridResolution: 3 }, context);
  expect(gridValues.map((own) => own.length)).toEqual([3, 3]);
  for (let at = 0; at < 9; at++) expect(average.reduce((sum, own) => sum + own[at]!, 0)).toBeCloseTo(1, 6);
  const byNumber = await partialDependence(model, named, [2, 0], { gridResolution: 3 }, context);
  expect(byNumber).toEqual({ average, gridValues });

  const bytes = {
    ...iris,
    x: matrix(
      150,
      4,
      Uint8Array.from(iris.x.data as Float64Array, (value) => value * 10),
    ),
  };
  const { gridValues: between, average: ofBytes } = await partialDependence(
    await fitted(gaussianNB(), bytes, compute),
    bytes,
    2,
    { gridResolution: 6 },
    context,
  );
  expect(between[0]!.some((value) => !Number.isInteger(value))).toBe(true);
  const floats = { ...iris, x: matrix(150, 4, Float64Array.from(bytes.x.data)) };
  const same = await partialDependence(await fitted(gaussianNB(), floats, compute), floats, 2, { gridResolution: 6 }, context);
  ofBytes.forEach((own, i) => expectNear(own, same.average[i]!, 1e-6));

  const odd = figureSet('iris with odd columns');
  const { average: still } = await partialDependence(
    await fitted(ESTIMATORS.logisticRegression, odd, compute),
    { ...odd, rows: odd.rows.toReversed() },
    4,
    {},
    context,
  );
  expect(still.map((own) => own.length)).toEqual([1, 1, 1]);
});

test('what cannot be is refused', async () => {
  const model = await fitted(gaussianNB(), iris, compute);
  const of = (features: unknown, options = {}, data: object = iris) => partialDependence(model, data as Dataset, features as number, options, context);
  await expect(of(4)).rejects.toThrow('partialDependence: iris has no column 4: it has 4.');
  await expect(of('a')).rejects.toThrow("partialDependence: columns of iris have no names; 'a' arrived.");
  await expect(of('sepals', {}, { ...iris, columns: ['sepal', 'b', 'c', 'd'] })).rejects.toMatchObject({
    code: 'E_PARAMS',
    hint: expect.stringContaining('sepal'),
  });
  await expect(of([0, 1, 2])).rejects.toThrow('3 features arrived; one or two are needed.');
  await expect(of(0, { percentiles: [0.9, 0.1] })).rejects.toThrow('the first must be below the second');
  await expect(of(0, { percentiles: [0.5, 0.5000001], gridResolution: 5 })).rejects.toMatchObject({
    code: 'E_DATA',
    message: expect.stringContaining('are both'),
  });
  const gaps = Float64Array.from(iris.x.data);
  gaps[4] = NaN;
  await expect(of(0, {}, { ...iris, x: matrix(150, 4, gaps) })).rejects.toThrow('partialDependence: column 0 of iris has gaps.');
  const clusters = await fitted(kMeans({ nClusters: 2 }), iris, compute);
  await expect(partialDependence(clusters as never, iris, 0, {}, context)).rejects.toThrow('the model is a clusterer; a classifier or a regressor is needed.');
  const values = await fitted(ridge(), valuedSet('diabetes'), compute);
  await expect(partialDependence(values, valuedSet('diabetes'), 0, { responseMethod: 'predictProba' }, context)).rejects.toThrow(
    'a regressor has predictions alone',
  );
});

test('rows that all weigh nothing have no average', async () => {
  const model = await fitted(gaussianNB(), iris, compute);
  await expect(partialDependence(model, { ...iris, weights: new Float32Array(150) }, 0, {}, context)).rejects.toMatchObject({
    code: 'E_DATA',
    message: 'partialDependence: the weights of iris add up to 0, and there is no average by such.',
  });
});

test('a run that is to stop is not asked of more values', async () => {
  const abort = new AbortController();
  let asked = 0;
  const model = {
    kind: 'regressor',
    outputs: 1,
    predict: async ({ rows }: Dataset) => {
      asked++;
      setTimeout(() => abort.abort()); // as a signal arrives: while others have their turn
      await new Promise((done) => void setTimeout(done, 60));
      return new Float64Array(rows.length);
    },
  };
  // So many rows that the model is asked of one value at a time.
  const rows = Uint32Array.from({ length: 140_000 }, (_, i) => i % 150);
  const many = partialDependence(model as never as Predictor, { ...iris, rows }, 0, {}, { ...context, signal: abort.signal });
  await expect(many).rejects.toMatchObject({ code: 'E_CANCELLED' });
  expect(asked).toBe(1);
});
