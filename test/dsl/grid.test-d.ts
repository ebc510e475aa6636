// Names and values of a grid are those that the estimator has, through chains and models of models. Run by `vitest --typecheck` and by `tsc`.
import { expect, expectTypeOf, test } from 'vitest';
import type { Estimator, Transformer } from '../../src/dsl/estimator.ts';
import { chain } from '../../src/estimators/chain/chain.ts';
import { linearSVC } from '../../src/estimators/linearSVC/linearSVC.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { oneVsRest } from '../../src/estimators/oneVsRest/oneVsRest.ts';
import { pca } from '../../src/estimators/pca/pca.ts';
import { ridge } from '../../src/estimators/ridge/ridge.ts';
import { stackingClassifier } from '../../src/estimators/stacking/stackingClassifier.ts';
import { votingClassifier } from '../../src/estimators/voting/votingClassifier.ts';
import { fit } from '../../src/stages/fit.ts';
import type { Grid } from '../../src/stages/search/grid.ts';
import { gridSearch } from '../../src/stages/search/gridSearch.ts';
import { randomSearch } from '../../src/stages/search/randomSearch.ts';
import { standardize } from '../../src/stages/scale.ts';

type ParamsOf<E> = E extends Estimator<never, infer P, never> ? P : E extends Estimator<infer _M, infer P, infer _T> ? P : never;

test('parameters of a transformer in a chain stand behind its name', () => {
  const made = chain(standardize(), pca(), logisticRegression());
  type Keys = keyof Grid<ParamsOf<typeof made>>;
  expectTypeOf<Keys>().toEqualTypeOf<'C' | 'l1Ratio' | 'tol' | 'maxIter' | 'classWeight' | 'pca.nComponents' | 'pca.whiten'>();
  gridSearch(made, { 'pca.nComponents': [10, 20, 0.9], C: [0.1, 1], 'pca.whiten': [true] });
  fit(made);
  // @ts-expect-error no parameter of pca
  gridSearch(made, { 'pca.components': [10] });
  // @ts-expect-error no number
  gridSearch(made, { 'pca.nComponents': ['ten'] });
  // @ts-expect-error it has no name of its own
  gridSearch(made, { nComponents: [10] });
  // @ts-expect-error there is no pca
  gridSearch(chain(standardize(), logisticRegression()), { 'pca.nComponents': [10] });
});

test('and inside a model of models, and around it', () => {
  gridSearch(oneVsRest(chain(pca(), logisticRegression())), { 'pca.nComponents': [2], C: [1] });
  gridSearch(chain(pca(), oneVsRest(logisticRegression())), { 'pca.nComponents': [2], C: [1] });
  gridSearch(chain(pca(), linearSVC()), { 'pca.nComponents': [2], C: [1], fitIntercept: [true] });
  // @ts-expect-error
  gridSearch(oneVsRest(chain(pca(), logisticRegression())), { 'pca.nComponents': [true] });
});

test('a transformer whose name only a run knows adds none', () => {
  const own = {} as Estimator<Transformer, { depth: number }, 'none'>;
  const made = chain(own, logisticRegression());
  expectTypeOf<keyof Grid<ParamsOf<typeof made>>>().toEqualTypeOf<'C' | 'l1Ratio' | 'tol' | 'maxIter' | 'classWeight'>();
});

test('parameters of estimators in a combination stand behind their names', () => {
  const votes = votingClassifier({ a: logisticRegression(), b: chain(pca(), linearSVC()) });
  gridSearch(votes, { 'a.C': [0.1, 1], 'b.pca.nComponents': [2], voting: ['hard', 'soft'] });
  gridSearch(stackingClassifier({ a: linearSVC() }), { 'a.C': [1], 'finalEstimator.C': [1], passthrough: [true] });
  // @ts-expect-error no estimator has that name
  gridSearch(votes, { 'c.C': [1] });
  // @ts-expect-error no number
  gridSearch(votes, { 'a.C': ['one'] });
  // @ts-expect-error it has no name of its own
  gridSearch(votes, { C: [1] });
  // @ts-expect-error a regressor does not vote on classes
  expect(() => votingClassifier({ a: ridge() })).toThrow('a classifier is needed');
});

test('what is drawn from has names and values of the estimator too, and ranges for numbers alone', () => {
  const made = chain(standardize(), pca(), logisticRegression());
  randomSearch(made, { C: { logUniform: [0.1, 10] }, 'pca.nComponents': { integers: [1, 9] }, 'pca.whiten': [true, false] });
  // @ts-expect-error no parameter of pca
  randomSearch(made, { 'pca.components': [10] });
  // @ts-expect-error no number
  randomSearch(made, { 'pca.whiten': { uniform: [0, 1] } });
  // @ts-expect-error no such range
  expect(() => randomSearch(made, { C: { normal: [0, 1] } })).toThrow('uniform');
  // @ts-expect-error two ranges
  expect(() => randomSearch(made, { C: { uniform: [0, 1], integers: [0, 2] } })).toThrow('one of');
});
