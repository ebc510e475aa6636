// Every estimator that this package exports, for tests that hold all of them against something: whoever adds one need not think
// of it.
import * as api from '../../src/api.ts';
import * as estimators from '../../src/estimators/all.ts';
import type { checkEstimator } from '../../src/testing.ts';

export type ExportedEstimator = Parameters<typeof checkEstimator>[0];

/** What a factory is called with, where its defaults do not do. */
export const ARGUMENTS: Readonly<Record<string, readonly unknown[]>> = {
  adaBoostClassifier: [undefined, { nEstimators: 4, seed: 1 }],
  adaBoostRegressor: [api.ridge(), { nEstimators: 4, seed: 1 }],
  baggingClassifier: [api.gaussianNB(), { nEstimators: 4, maxFeatures: 3, seed: 1 }],
  baggingRegressor: [api.ridge(), { nEstimators: 4, bootstrapFeatures: true, seed: 1 }],
  calibratedClassifier: [api.gaussianNB(), { folds: 3 }],
  chain: [api.standardize(), api.logisticRegression()],
  classifierChain: [api.gaussianNB()],
  convolutionalClassifier: [{ height: 1, filters: [3, 5], hiddenLayerSizes: [6], maxIter: 4 }],
  columns: [{ numbers: [api.impute(), api.standardize()] }],
  fixedThresholdClassifier: [api.logisticRegression(), { threshold: 0.5 }],
  functionTransformer: [{ name: 'halves', row: (row: Readonly<Record<string, number>>) => ({ ...row, half: row['x0']! / 2 }) }],
  linearSVR: [{ tol: 1e-7, maxIter: 100_000 }], // many weights are nearly the best
  linearSVC: [{ tol: 1e-6 }], // how it searches goes by all rows, where it ends by those it learns from
  log: [{ offset: 1 }], // there are zeros
  nystroem: [{ nComponents: 6, seed: 1 }],
  oneHot: [{ handleUnknown: 'ignore' }], // rows that were altered have other numbers
  ordinal: [{ unknownValue: -1 }],
  mlpClassifier: [{ hiddenLayerSizes: [6], maxIter: 4 }],
  mlpRegressor: [{ hiddenLayerSizes: [6], maxIter: 4 }],
  oneVsOneClassifier: [api.logisticRegression()],
  oneVsRest: [api.logisticRegression()],
  quadraticDiscriminantAnalysis: [{ regParam: 0.1 }], // a column of ones has no covariance
  extraTreesClassifier: [{ nEstimators: 10 }],
  extraTreesRegressor: [{ nEstimators: 10 }],
  histGradientBoostingClassifier: [{ maxIter: 10 }],
  histGradientBoostingRegressor: [{ maxIter: 10 }],
  rbfSampler: [{ nComponents: 6, seed: 1 }],
  randomForestClassifier: [{ nEstimators: 10 }],
  randomForestRegressor: [{ nEstimators: 10 }],
  stackingClassifier: [{ a: api.logisticRegression(), b: api.gaussianNB() }],
  stackingRegressor: [
    { a: api.ridge(), b: api.dummyRegressor() },
    { finalEstimator: api.ridge(), passthrough: true },
  ],
  tunedThresholdClassifier: [api.gaussianNB(), { recall: 0.9, folds: 3 }],
  votingClassifier: [{ a: api.logisticRegression(), b: api.gaussianNB() }],
  votingRegressor: [{ a: api.ridge(), b: api.linearRegression() }],
};

/** These take texts, and the tables of checks hold numbers: their own tests hold them against the same. */
export const ON_TEXTS: ReadonlySet<string> = new Set(['tfidf']);

/** Each of these makes an estimator, or ARGUMENTS has to tell what it is called with. */
export const promised = Object.keys(estimators);

/** @param given by name, what a factory is called with in place of ARGUMENTS */
export function exportedEstimators(given: Readonly<Record<string, readonly unknown[]>> = {}): readonly (readonly [string, ExportedEstimator])[] {
  return Object.entries(api).flatMap(([name, make]): (readonly [string, ExportedEstimator])[] => {
    if (typeof make !== 'function') return [];
    try {
      const made: unknown = (make as (...given: readonly unknown[]) => unknown)(...(given[name] ?? ARGUMENTS[name] ?? []));
      if (made instanceof Promise) made.catch(() => {});
      return typeof (made as Partial<ExportedEstimator> | undefined)?.train === 'function' ? [[name, made as ExportedEstimator]] : [];
    } catch {
      return []; // it needs something, so that it is none whose defaults do; exported.test.ts tells those apart
    }
  });
}
