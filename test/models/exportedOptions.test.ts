// Options that change what a model computes, in exported models.
import { expect, test } from 'vitest';
import * as api from '../../src/api.ts';
import { targetByKind } from '../../src/dsl/kind.ts';
import type { Estimator, Predictor } from '../../src/dsl/estimator.ts';
import { modelToOnnx } from '../../src/models/export/export.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { tablesOf, type Table } from '../../src/testing/tables.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { checkExports, TOLERANCE } from '../support/exportedModels.ts';
import { stageContext } from '../support/smallSets.ts';

const context = stageContext(new ReferenceCompute());

/** The device adds up its distances in 32 bits; of rows on one grid many would tie but for that. */
const MANHATTAN = 'centroids by manhattan';

const offTheGrid = (table: Table): Table => ({
  ...table,
  x: matrix(
    table.x.rows,
    table.x.cols,
    Float64Array.from(table.x.data, (value, at) => (1 + 0.137 * (at % table.x.cols)) * value),
  ),
});

const CASES: Readonly<Record<string, unknown>> = {
  [MANHATTAN]: api.nearestCentroid({ metric: 'manhattan' }),
  'neighbours by distance': api.kNeighborsClassifier({ weights: 'distance' }),
  'values of neighbours by distance': api.kNeighborsRegressor({ weights: 'distance', nNeighbors: 3 }),
  'descent to logistic': api.sgdClassifier({ loss: 'logLoss', seed: 1 }),
  'descent to modified Huber': api.sgdClassifier({ loss: 'modifiedHuber', seed: 1 }),
  'polynomial kernel': api.svc({ kernel: 'poly', coef0: 1, degree: 2 }),
  'sigmoid kernel': api.svc({ kernel: 'sigmoid', gamma: 0.01 }),
  'linear kernel, ties broken': api.svc({ kernel: 'linear', breakTies: true }),
  'scaled kernel': api.chain(api.standardize(), api.svr()),
  'dummy by prior': api.dummyClassifier({ strategy: 'prior' }),
  'dummy constant': api.dummyClassifier({ strategy: 'constant', constant: 4 }),
  'whitened components': api.chain(api.pca({ whiten: true, nComponents: 3 }), api.linearSVC()),
  'quantiles as normal': api.quantile({ outputDistribution: 'normal', nQuantiles: 20 }),
  'bins as numbers': api.kBins({ encode: 'ordinal', strategy: 'uniform' }),
  'products of three': api.polynomial({ degree: [2, 3], interactionOnly: true, includeBias: false }),
  'rows of one sum': api.normalize({ norm: 'l1' }),
  'rows of one largest': api.normalize({ norm: 'max' }),
  'power without scaling': api.chain(api.standardize(), api.power({ standardize: false }), api.ridge()),
  'soft votes': api.votingClassifier({ a: api.logisticRegression(), b: api.decisionTreeClassifier() }, { voting: 'soft', weights: [2, 1] }),
  'hard votes of models without probabilities': api.votingClassifier({ a: api.linearSVC(), b: api.ridgeClassifier(), c: api.decisionTreeClassifier() }),
  'isotonic calibration': api.calibratedClassifier(api.linearSVC(), { method: 'isotonic', folds: 3 }),
  'calibrated once': api.calibratedClassifier(api.decisionTreeClassifier({ maxDepth: 2 }), { ensemble: false, folds: 3 }),
  'bags of decisions': api.baggingClassifier(api.linearSVC(), { nEstimators: 3, seed: 1 }),
  'stacked decisions': api.stackingClassifier(
    { a: api.linearSVC(), b: api.logisticRegression() },
    { stackMethod: 'decisionFunction', passthrough: true, folds: 3 },
  ),
  'a model for each class, without probabilities': api.oneVsRest(api.linearSVC()),
  'a model for each pair, by probabilities': api.oneVsOneClassifier(api.decisionTreeClassifier({ maxDepth: 2 })),
  'boosted categories': api.histGradientBoostingClassifier({ maxIter: 5, categoricalFeatures: [0, 2] }),
  'boosted counts': api.histGradientBoostingRegressor({ maxIter: 5, loss: 'poisson' }),
  'logistic units': api.mlpRegressor({ hiddenLayerSizes: [5, 3], activation: 'logistic', maxIter: 3, seed: 1 }),
  'filters that see a square': api.convolutionalClassifier({ height: 2, filters: [3], kernelSize: 2, hiddenLayerSizes: [4], maxIter: 2 }),
  'chain of columns': api.chain(
    api.columns({ x0: [api.kBins({ nBins: 3 })], numbers: [api.minMax(), api.pca({ nComponents: 2 })] } as never),
    api.logisticRegression(),
  ),
  'scaling by the largest, then trees': api.chain(api.maxAbs(), api.extraTreesRegressor({ nEstimators: 3, seed: 1 })),
  'chain of labels': api.classifierChain(api.decisionTreeClassifier({ maxDepth: 2 }), { order: [1, 0] } as never),
};

test.each(Object.keys(CASES))('%s', async (name) => {
  const estimator = CASES[name] as Estimator<Predictor>;
  for (const table of tablesOf(targetByKind[estimator.kind ?? 'classifier']).map((own) => (name === MANHATTAN ? offTheGrid(own) : own))) {
    const [{ model }] = (await estimator.train(table as never, [{ name: 'fit' }], {}, context)) as [{ readonly model: Predictor }];
    await checkExports(model, context, name === MANHATTAN ? 2 * TOLERANCE : TOLERANCE); // squares of sums in 32 bits
  }
});

test('several values a row, and one that draws', async () => {
  const table = tablesOf('values')[0] as unknown as { readonly values: { readonly data: Float64Array; readonly rows: number } };
  const values = matrix(
    table.values.rows,
    2,
    Float64Array.from({ length: 2 * table.values.rows }, (_, at) => table.values.data[at >> 1]! * (1 - 3 * (at % 2))),
  );
  for (const estimator of [api.ridge(), api.decisionTreeRegressor(), api.kNeighborsRegressor()]) {
    const [trained] = await estimator.train({ ...table, values } as never, [{ name: 'fit' }], {}, context);
    await checkExports(trained!.model, context);
  }
  const [classes] = tablesOf('classes');
  const [trained] = await api.dummyClassifier({ strategy: 'uniform' }).train(classes as never, [{ name: 'fit' }], {}, context);
  await expect(modelToOnnx(trained!.model)).rejects.toThrow("dummyClassifier with strategy 'uniform' draws what it says");
});
