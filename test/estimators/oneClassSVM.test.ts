// Support vectors of one class against scikit-learn 1.9 (fixtures/oneClass.json), and what any detector of outliers is good for.
import { expect, test } from 'vitest';
import figures from '../fixtures/oneClass.json' with { type: 'json' };
import {
  chain,
  crossValPredict,
  crossValidate,
  fetch,
  fit,
  gridSearch,
  iris as carriedIris,
  kernelMatrix,
  matrix,
  modelFromBytes,
  modelToBytes,
  oneClassSVM,
  pipeline,
  predict,
  score,
  split,
  standardize,
  type OneClassSVMOptions,
} from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { scoreOf } from '../../src/metrics/scorers.ts';
import { runPipeline } from '../../src/node.ts';
import { testCompute } from '../support/compute.ts';
import { expectNear, figureSet, fitted, half, thirds } from '../support/figures.ts';
import { stageContext } from '../support/smallSets.ts';

const compute = await testCompute();
const context = stageContext(compute);

const SETTINGS: Readonly<Record<string, OneClassSVMOptions>> = {
  defaults: {},
  'nu=0.1 gamma=0.05': { nu: 0.1, gamma: 0.05 },
  linear: { kernel: 'linear', nu: 0.2 },
  poly: { kernel: 'poly', degree: 2, coef0: 1, gamma: 'auto', nu: 0.3 },
  sigmoid: { kernel: 'sigmoid', gamma: 1e-3, coef0: 0.5, nu: 0.3 },
  'nu=0.95': { nu: 0.95 },
  laplacian: { kernel: 'precomputed', nu: 0.2 },
};

function rowsOf(name: string) {
  const { labels: _, ...set } = figureSet(name === 'alike' ? 'iris' : name);
  if (name !== 'alike') return set;
  return { ...set, name, x: matrix(40, 2, new Float64Array(80).fill(3)), rows: Uint32Array.from({ length: 40 }, (_, i) => i) };
}
const iris = rowsOf('iris');

test.each(figures.rows.map((row) => [`${row.data}, ${row.label}${row.weighted ? ', weights' : ''}`, row] as const))('scikit-learn: %s', async (_, row) => {
  const bare = rowsOf(row.data);
  const manhattan = (a: Float64Array, b: Float64Array): number => a.reduce((sum, own, j) => sum + Math.abs(own - b[j]!), 0);
  const set = row.label === 'laplacian' ? await kernelMatrix(bare, (a, b) => Math.exp(-0.05 * manhattan(a, b))) : bare;
  const train = { ...half(set, 0), ...(row.weighted ? { weights: thirds(set.x.rows) } : {}) };
  const model = await fitted(oneClassSVM({ ...SETTINGS[row.label], tol: 1e-6 }), train, compute);
  const odd = half(set, 1);
  const asked = { ...odd, rows: odd.rows.subarray(0, row.decisions.length) };
  const size = Math.max(1, Math.abs(row.offset));
  expect(Math.abs(model.offset - row.offset) / size).toBeLessThan(1e-3);
  const decisions = await model.decisionFunction(asked, context);
  expectNear(
    decisions.map((decision) => decision / size),
    row.decisions.map((decision) => decision / size),
    1e-3,
  );
  expectNear(
    (await model.scoreSamples(asked, context)).map((one) => one / size),
    row.scores.map((one) => one / size),
    1e-3,
  );
  const said = await model.predict(asked, context);
  row.predict.forEach((side, i) => {
    if (Math.abs(row.decisions[i]!) > 1e-5 * size) expect(said[i], `row ${i}`).toBe(side);
  });
});

test('no more than a share of nu is outside, weights are repeats, and no order matters', async () => {
  const far = (decisions: Float64Array): number => decisions.filter((decision) => decision < -1e-6).length / decisions.length;
  for (const nu of [0.05, 0.3]) {
    const model = await fitted(oneClassSVM({ nu, tol: 1e-8 }), iris, compute);
    expect(far(await model.decisionFunction(iris, context))).toBeLessThanOrEqual(nu);
    expect(model.fields.support.length / 150).toBeGreaterThanOrEqual(nu);
  }
  const options = { nu: 0.2, gamma: 0.3, tol: 1e-8 };
  const weights = Float32Array.from({ length: 150 }, (_, id) => (id >> 2) % 3);
  const repeated = new RandomState(1).shuffle(Uint32Array.from([...iris.rows].flatMap((id) => new Array<number>(weights[id]!).fill(id))));
  const model = await fitted(oneClassSVM(options), { ...iris, weights }, compute);
  const other = await fitted(oneClassSVM(options), { ...iris, rows: repeated }, compute);
  expectNear(await model.decisionFunction(iris, context), await other.decisionFunction(iris, context), 1e-4);
});

test('it is fitted, scored, searched, and predicts of a row, in a pipeline; a saved model says the same', async () => {
  const estimator = chain(standardize(), oneClassSVM({ nu: 0.1 }));
  const found = await runPipeline(
    pipeline(
      'p',
      fetch(carriedIris()),
      split({ test: 0.25, seed: 1, stratify: true }),
      fit(estimator),
      predict({ row: 3 }),
      score({ on: 'test', scoring: ['inlierShare', 'meanDecision'] }),
      crossValidate({ folds: 3 }),
      gridSearch(estimator, { nu: [0.05, 0.5] }, { folds: 3, scoring: 'inlierShare' }),
    ),
  );
  expect(found.error).toBeUndefined();
  const { score: scored, predict: predicted, 'cross-validate': validated, 'grid-search': searched } = found.outputs as Record<string, Record<string, unknown>>;
  expect(scored!['inlierShare']).toBeGreaterThan(0.7);
  expect(scored!['outliers']).toBe(Math.round((1 - (scored!['inlierShare'] as number)) * 38));
  expect(predicted).toMatchObject({ prediction: 1, decision: expect.any(Number) });
  expect(validated!['meanScore']).toBeGreaterThan(0.6);
  expect(searched!['bestParams']).toEqual({ nu: 0.05 });
  const model = await fitted(oneClassSVM(), iris, compute);
  const { model: loaded } = await modelFromBytes<typeof model>('oneClassSVM', await modelToBytes(model));
  expect(await loaded.scoreSamples(iris, context)).toEqual(await model.scoreSamples(iris, context));
});

test('scores of outliers', () => {
  const evaluation = { of: 'outliers', decisions: Float64Array.of(2, -1, 0, 5) } as const;
  expect([scoreOf('inlierShare', evaluation), scoreOf('meanDecision', evaluation)]).toEqual([0.5, 1.5]);
});

test('what it refuses', async () => {
  expect(() => gridSearch(oneClassSVM(), { nu: [0.1] })).toThrow('gridSearch: rows without labels do not say which outlier detector is better.');
  expect(() => oneClassSVM({ nu: 0 })).toThrow('nu is the largest share of rows that may be outliers');
  await expect(fitted(oneClassSVM(), { ...iris, weights: new Float32Array(150) }, compute)).rejects.toMatchObject({ code: 'E_DATA' });
  expect(() => crossValPredict(oneClassSVM() as never, { folds: 3 })).toThrow('oneClassSVM finds outliers, and rows have no target that tells of those');
});
