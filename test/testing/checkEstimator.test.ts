// The checks that users run on their estimators: good ones pass, and each clause finds the one that breaks it.
import { describe, expect, test } from 'vitest';
import { chain, logisticRegression, nearestCentroid, oneVsRest, standardize, type Estimator } from '../../src/api.ts';
import { isPipelineError } from '../../src/core/errors/errors.ts';
import type { Model, Predictor, Regressor, Trained, ValuesEvaluation } from '../../src/dsl/estimator.ts';
import { defineEstimator, featureBlocks, matrix, takeRows, valuesOf, z, type RowsOf, type TrainingRows, type Transformer } from '../../src/estimator.ts';
import { checkEstimator, checkTransformer, ReferenceCompute, type EstimatorCheckOptions } from '../../src/testing.ts';
import { smallSet } from '../support/smallSets.ts';
import { aboveMean } from '../fixtures/own/aboveMean.ts';
import { extremes } from '../fixtures/own/extremes.ts';
import { meanOfGroups } from '../fixtures/own/meanOfGroups.ts';
import { nearestMean } from '../fixtures/own/nearestMean.ts';
import { topColumns } from '../fixtures/own/topColumns.ts';

describe('good estimators pass', () => {
  // Of rows that are equally far out, the first is taken.
  const good: readonly (readonly [Estimator<Predictor, never, never>, EstimatorCheckOptions?])[] = [
    [nearestMean()],
    [nearestMean(), { rows: { ...smallSet('iris'), classNames: ['setosa', 'versicolor', 'virginica'] } }],
    [nearestCentroid()],
    [meanOfGroups()],
    [aboveMean()],
    [extremes(), { ordered: true }],
    [chain(topColumns(), nearestMean())],
    [chain(standardize(), topColumns(), meanOfGroups())],
    [chain(standardize(), logisticRegression())],
    [oneVsRest(logisticRegression())],
    [logisticRegression(), { rows: smallSet('iris') }],
  ] as never;
  test.each(good.map(([estimator, options]) => [estimator.name, estimator, options] as const))('%s', (_, estimator, options) =>
    checkEstimator(estimator, options),
  );
  test('without a device', () => checkEstimator(logisticRegression(), { compute: new ReferenceCompute() }));
  test('topColumns', () => checkTransformer(topColumns({ keep: 1 })));
});

type Rows = TrainingRows<'regressor'>;
interface Fields {
  readonly means: Float64Array;
  readonly slopes: Float64Array;
  readonly mean: number;
}

async function denseOf(rows: RowsOf): Promise<Float64Array> {
  const all = new Float64Array(rows.rows.length * rows.x.cols);
  for await (const { x, from, cols } of featureBlocks(rows)) all.set(x, from * cols);
  return all;
}

/** A slope for each column, and how it may be told. */
function fieldsOf(x: ArrayLike<number>, values: ArrayLike<number>, cols: number, damped = 1): Fields {
  const count = values.length;
  const mean = Array.from(values).reduce((a, b) => a + b, 0) / count;
  const means = new Float64Array(cols);
  for (let at = 0; at < count * cols; at++) means[at % cols]! += x[at]!;
  means.forEach((sum, j) => (means[j] = sum / count));
  const [products, squares] = [new Float64Array(cols), new Float64Array(cols)];
  for (let at = 0; at < count * cols; at++) {
    const away = x[at]! - means[at % cols]!;
    products[at % cols]! += away * (values[Math.floor(at / cols)]! - mean);
    squares[at % cols]! += away * away;
  }
  return { means, slopes: products.map((product, j) => product / (squares[j]! + damped)), mean };
}

const saidOf = (x: ArrayLike<number>, { means, slopes, mean }: Fields, count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, row) => slopes.reduce((sum, slope, j) => sum + slope * (x[row * slopes.length + j]! - means[j]!), mean));

const definition = {
  name: 'slopes',
  kind: 'regressor' as const,
  params: z.strictObject({ damped: z.number().default(1) }),
  train: async (rows: Rows): Promise<Fields> => fieldsOf(await denseOf(rows), valuesOf(rows), rows.x.cols),
  outputs: () => 1,
  scores: async (model: Fields, rows: RowsOf): Promise<Float64Array> => saidOf(await denseOf(rows), model, rows.rows.length),
};
const slopes = (own: Partial<typeof definition> = {}) => defineEstimator<'regressor', typeof definition.params, Fields>({ ...definition, ...own })();

/** What an estimator trained, changed. */
function trainedAs<M extends Model, P, T extends never>(
  estimator: Estimator<M, P, T>,
  change: (trained: readonly Trained<M>[]) => readonly unknown[],
): Estimator<M, P, T> {
  return { ...estimator, train: async (...given) => change(await estimator.train(...given)) as readonly Trained<M>[] };
}
const regressorAs = (change: (trained: readonly Trained<Regressor>[]) => readonly unknown[]) => trainedAs(slopes() as never, change as never);
const asked = (own: (model: Regressor) => Partial<Regressor>) =>
  regressorAs((trained) => trained.map((one) => ({ ...one, model: { ...one.model, ...own(one.model) } })));

const raw = async ({ x, rows }: RowsOf): Promise<ArrayLike<number>> => (await takeRows(x, rows)).data;
const secret = Symbol('secret');
let trainings = 0;
let kept: readonly Trained<Model>[] = [];

const BROKEN: readonly (readonly [string, () => Estimator<never, never, never>])[] = [
  ["slopes: parameter 'damped' has no default.", () => ({ ...slopes(), jobParams: z.strictObject({ damped: z.number() }) })],
  ['slopes: it has no schema of its parameters.', () => ({ ...slopes(), jobParams: undefined })],
  ['slopes: training failed: out of luck', () => slopes({ train: () => Promise.reject(new Error('out of luck')) })],
  ['slopes: one job did not train one model.', () => regressorAs(() => [])],
  ['slopes: a regressor trained a clusterer.', () => asked(() => ({ kind: 'clusterer' as never }))],
  [
    'slopes: two trainings on the same rows give different models.',
    () => slopes({ train: async (rows) => ({ ...(await definition.train(rows)), mean: 1 + 1e-12 * trainings++ }) }),
  ],
  [
    'slopes: a saved model gives another result once it is loaded.',
    () =>
      slopes({
        train: async (rows) => ({ ...(await definition.train(rows)), [secret]: 1 }),
        scores: async (model, rows) => (await definition.scores(model, rows)).map((value) => value + ((model as { [secret]?: number })[secret] ?? 0)),
      }),
  ],
  [
    'slopes: saving the model failed: The model cannot be saved',
    () => slopes({ train: async (rows) => ({ ...(await definition.train(rows)), later: () => 1 }) }),
  ],
  [
    'slopes: the model gives 59 numbers for 60 rows; 1 per row are needed.',
    () => asked(({ predict }) => ({ predict: async (...given) => (await predict(...given)).slice(1) })),
  ],
  [
    'slopes: the model gives something other than a Float64Array for 60 rows',
    () => asked(({ predict }) => ({ predict: async (...given) => [...(await predict(...given))] as never })),
  ],
  [
    'slopes: the model gives another result for row 0 alone than among other rows.',
    () =>
      slopes({
        scores: async (model, rows) => {
          const said = await definition.scores(model, rows);
          return said.map((value) => value - said.reduce((a, b) => a + b, 0) / said.length);
        },
      }),
  ],
  ['slopes: predictRow gives 7 for row 0; its scores mean', () => asked(() => ({ predictRow: async () => ({ prediction: 7 }) }))],
  [
    'slopes: trained on the same rows in another order it gives another result',
    () => slopes({ train: async (rows) => ({ ...(await definition.train(rows)), mean: valuesOf(rows)[0]! }) }),
  ],
  [
    'slopes: trained on the same rows without their zeros (csr) it gives another result',
    () =>
      slopes({
        train: async (rows) => {
          const fields = await definition.train(rows);
          return 'indptr' in rows.x ? { ...fields, mean: rows.x.values[0]! } : fields;
        },
      }),
  ],
  [
    'slopes: trained on the same rows in a file it gives another result',
    () =>
      slopes({
        train: async (rows) => {
          const fields = await definition.train(rows);
          return 'readRows' in rows.x ? { ...fields, mean: 0 } : fields;
        },
      }),
  ],
  [
    'slopes: training on the same rows without their zeros (csr) failed',
    () => slopes({ train: async (rows) => ({ ...(await definition.train(rows)), mean: (rows.x as unknown as { readonly data: Float64Array }).data[0]! }) }),
  ],
  [
    'slopes: asking with one more column of ones failed: slopes: the model gives NaN for row 0',
    () => slopes({ train: async (rows) => fieldsOf(await denseOf(rows), valuesOf(rows), rows.x.cols, 0) }),
  ],
  [
    'slopes: training with the columns in another order failed: the first column is too small',
    () =>
      slopes({
        train: async (rows) => {
          const fields = await definition.train(rows);
          if (fields.means[0]! < fields.means[3]!) throw new Error('the first column is too small');
          return fields;
        },
      }),
  ],
  ['slopes: held-out rows change the model of their fold', () => regressorAs((trained) => trained.map((one) => ({ ...one, model: trained[0]!.model })))],
  [
    'slopes: a model is another one where others are trained beside it (fit).',
    () => {
      const apart = slopes({ train: async (rows) => ({ ...(await definition.train(rows)), mean: 1e-12 }) });
      return {
        ...apart,
        train: (rows: never, jobs: readonly never[], ...rest: [never, never]) => (jobs.length > 1 ? slopes() : apart).train(rows, jobs, ...rest),
      };
    },
  ],
  ['slopes: a model with 21 rows held out has no evaluation of its rows.', () => regressorAs((trained) => trained.map(({ model }) => ({ model })))],
  [
    'slopes: a model with 21 rows held out has an evaluation of 20 rows.',
    () =>
      regressorAs((trained) =>
        trained.map(({ model, heldOut }) => ({
          model,
          ...(heldOut ? { heldOut: { ...heldOut, predicted: (heldOut as ValuesEvaluation).predicted.slice(1) } } : {}),
        })),
      ),
  ],
  [
    'slopes: NaN as a feature in training must be refused, but passed.',
    () =>
      slopes({
        train: async (rows) =>
          fieldsOf(
            Array.from(await raw(rows), (value) => (Number.isFinite(value) ? value : 0)),
            valuesOf(rows),
            rows.x.cols,
          ),
      }),
  ],
  [
    'slopes: NaN as a feature in training failed with an error that is not a PipelineError: no number',
    () =>
      slopes({
        train: async (rows) => {
          if (Array.from(await raw(rows)).some(Number.isNaN)) throw new TypeError('no number');
          return definition.train(rows);
        },
      }),
  ],
  [
    'slopes: NaN as a feature of a row that a model is asked of must be refused, but passed.',
    () => slopes({ scores: async (model, rows) => saidOf(await raw(rows), model, rows.rows.length) }),
  ],
  [
    'nearestMean: rows of one class alone must be refused, but passed.',
    () => {
      const estimator = nearestMean();
      const train = async (...given: Parameters<typeof estimator.train>): Promise<readonly Trained<Model>[]> => {
        try {
          return (kept = await estimator.train(...given));
        } catch (error) {
          if (isPipelineError(error) && error.code === 'E_CLASS') return kept;
          throw error;
        }
      };
      return { ...estimator, train } as never;
    },
  ],
] as never;

describe('each clause finds what breaks it', () => {
  test('the unbroken one passes', () => checkEstimator(slopes()));
  test.each(BROKEN)('%s', async (message, make) => {
    const error = await checkEstimator(make()).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ name: 'PipelineError', message: expect.stringContaining(message), hint: expect.any(String) });
  });

  const columns = topColumns({ keep: 1 });
  const transformAs = (change: (model: Transformer) => Transformer['transform']) =>
    trainedAs(
      columns as never,
      ((trained: readonly Trained<Transformer>[]) => trained.map((one) => ({ ...one, model: { ...one.model, transform: change(one.model) } }))) as never,
    );
  const transformers: readonly (readonly [string, Estimator<never, never, never>])[] = [
    [
      'topColumns: the model gives something other than a Float64Array for 60 rows; 1 per row are needed.',
      transformAs(({ transform }) => async (...given) => {
        const { rows, data } = await transform(...given);
        return matrix(rows, 2, Float64Array.from([...data, ...data]));
      }),
    ],
    [
      'perRow: the model gives another result for row 0 alone than among other rows.',
      defineEstimator({
        name: 'perRow',
        kind: 'transformer',
        params: z.strictObject({}),
        train: async (rows) => ({ size: (await denseOf(rows)).length }),
        outputs: () => 1,
        scores: async (_, rows) => (await denseOf(rows)).filter((_value, at) => at % rows.x.cols === 0).map((value) => value - rows.rows.length),
      })(),
    ],
    [
      'topColumns: rows that are not trained on change the model',
      {
        ...columns,
        train: (data: Rows, ...rest: unknown[]) =>
          (columns.train as (...given: unknown[]) => unknown)({ ...data, rows: Uint32Array.from({ length: data.x.rows }, (_, i) => i) }, ...rest),
      },
    ],
    ['slopes: it is not a transformer.', slopes()],
  ] as never;
  test.each(transformers)('%s', async (message, estimator) => {
    await expect(checkTransformer(estimator as never)).rejects.toThrow(message);
  });
  test('a transformer predicts nothing', async () => {
    await expect(checkEstimator(columns as never)).rejects.toThrow('topColumns: it makes features and predicts nothing.');
  });
});
