// Every estimator that this package exports, held against what estimators promise: whoever adds one need not think of it.
import { expect, test } from 'vitest';
import * as api from '../../src/api.ts';
import type { Estimator } from '../../src/dsl/estimator.ts';
import { defaultScorer } from '../../src/metrics/scorers.ts';
import { checkEstimator, checkTransformer, type EstimatorCheckOptions } from '../../src/testing.ts';
import { tablesOf } from '../../src/testing/tables.ts';
import { ARGUMENTS, exportedEstimators, ON_TEXTS, promised } from '../support/exportedEstimators.ts';

/** What is known of an estimator that does not hold for others. */
const OPTIONS: Readonly<Record<string, EstimatorCheckOptions>> = {
  nystroem: { ordered: true }, // rows that others are compared with are drawn by position
  kMeans: { ordered: true }, // its first centers are drawn by position
  miniBatchKMeans: { ordered: true },
  randomForestClassifier: { ordered: true }, // and so are the rows of each tree
  randomForestRegressor: { ordered: true },
  adaBoostRegressor: { ordered: true }, // and the rows of each round
  baggingClassifier: { ordered: true }, // rows of bags are drawn by position
  baggingRegressor: { ordered: true },
  calibratedClassifier: { ordered: true }, // and so are folds
  stackingClassifier: { ordered: true },
  stackingRegressor: { ordered: true },
  kNeighborsRegressor: { ordered: true }, // of rows that are equally far the first are neighbours
  convolutionalClassifier: { ordered: true }, // rows are shuffled by position
  mlpClassifier: { ordered: true }, // rows are shuffled by position
  mlpRegressor: { ordered: true },
  sgdClassifier: { ordered: true }, // and so here
  sgdRegressor: { ordered: true },
  fixedThresholdClassifier: { rows: tablesOf('classes')[1] }, // it is of two classes
  tunedThresholdClassifier: { rows: tablesOf('classes')[1], ordered: true },
  selectKBest: { rows: tablesOf('classes')[0] }, // it learns from classes
};

const found = exportedEstimators();

test('what comes from src/estimators and src/transforms makes an estimator, or scales', () => {
  expect(promised).toEqual(expect.arrayContaining(['chain', 'logisticRegression', 'oneVsRest']));
  const names = new Set(found.map(([name]) => name));
  const scalings = new Set<string>(
    Object.keys({ maxAbs: api.maxAbs().transform.learn, minMax: api.minMax().transform.learn, robust: api.robust().transform.learn }),
  );
  expect(promised.filter((name) => !names.has(name) && !scalings.has(name))).toEqual([]);
  for (const name of [...Object.keys(ARGUMENTS), ...Object.keys(OPTIONS)]) expect(names).toContain(name);
});

test.each(found.filter(([name]) => !ON_TEXTS.has(name)))('%s', (name, estimator) =>
  estimator.kind === ('transformer' as string) ? checkTransformer(estimator as never, OPTIONS[name]) : checkEstimator(estimator, OPTIONS[name]),
);

test('each may be searched for each parameter that jobs may differ in', () => {
  let searched = 0;
  for (const [name, estimator] of found) {
    const { jobParams, params } = estimator as unknown as Estimator;
    for (const key of Object.keys((jobParams as { readonly shape?: object } | undefined)?.shape ?? {})) {
      const value = params[key];
      if (value === undefined || estimator.kind === ('transformer' as string)) continue;
      expect(
        () => api.gridSearch(estimator as never, { [key]: [value] } as never, { scoring: defaultScorer(estimator.kind) as never }),
        `${name}, ${key}`,
      ).not.toThrow();
      searched++;
    }
  }
  expect(searched).toBeGreaterThan(100);
});
