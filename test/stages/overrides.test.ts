// What an estimator and the stage around it both have: each is a parameter of its own, also where one of them leaves it out.
import { expect, test } from 'vitest';
import {
  calibratedClassifier,
  crossValidate,
  crossValPredict,
  fit,
  gaussianNB,
  gridSearch,
  halvingGridSearch,
  learningCurve,
  linearSVC,
  logisticRegression,
  randomSearch,
  stackingClassifier,
  tunedThresholdClassifier,
  validationCurve,
} from '../../src/api.ts';
import type { AnyStage } from '../../src/dsl/stage/stage.ts';
import { memoryCacheStore } from '../../src/runtime/keys/cache.ts';
import { ranOn, selectionSet } from '../support/selection.ts';

interface Options {
  readonly folds?: number;
  readonly shuffleSeed?: number;
  readonly stratified?: boolean;
}

/** Estimators that fold rows themselves, and a grid of each. */
const WITHIN: Readonly<Record<string, readonly [(options: Options) => unknown, object]>> = {
  calibrated: [(options) => calibratedClassifier(gaussianNB(), options), { method: ['sigmoid'] }],
  'calibrated twice': [(options) => calibratedClassifier(calibratedClassifier(gaussianNB(), options), { folds: 2 }), { method: ['sigmoid'] }],
  stacked: [(options) => stackingClassifier({ a: gaussianNB() }, { finalEstimator: logisticRegression(), ...options }), { 'a.varSmoothing': [1] }],
  'with a threshold': [(options) => tunedThresholdClassifier(gaussianNB(), { recall: 0.9, ...options }), { 'estimator.varSmoothing': [1] }],
};

const AROUND: Readonly<Record<string, (estimator: never, options: Options, grid: never) => unknown>> = {
  crossValidate,
  crossValPredict,
  learningCurve,
  validationCurve: (estimator, options, grid) => validationCurve(estimator, grid, options),
  gridSearch: (estimator, options, grid) => gridSearch(estimator, grid, options),
  randomSearch: (estimator, options, grid) => randomSearch(estimator, grid, { nIter: 1, seed: 1, ...options }),
  halvingGridSearch: (estimator, options, grid) => halvingGridSearch(estimator, grid, options),
};

const paramsOf = (stage: unknown) => (stage as AnyStage).spec.params;
/** As the key of a result has them: in one order. */
const sorted = (stage: unknown) => JSON.stringify(Object.entries(paramsOf(stage)).toSorted(([a], [b]) => (a < b ? -1 : 1)));

test.each(Object.keys(AROUND).flatMap((around) => Object.keys(WITHIN).map((within) => [around, within] as const)))(
  '%s of an estimator that is %s: whatever one of both has is no parameter of the other',
  (around, within) => {
    const [make, grid] = WITHIN[within]!;
    const all: readonly Options[] = [{}, { shuffleSeed: 7 }, { stratified: false }, { folds: 3 }, { folds: 2, shuffleSeed: 7 }];
    const recorded = all.flatMap((inner) => all.map((outer) => sorted(AROUND[around]!(make(inner) as never, outer, grid as never))));
    expect(new Set(recorded).size).toBe(all.length ** 2);
  },
);

test('what an estimator alone has keeps its name, and what both may have says whose it is', () => {
  expect(paramsOf(crossValidate(gaussianNB({ varSmoothing: 0.1 }), { folds: 2 }))).toEqual({
    varSmoothing: 0.1,
    estimator: 'gaussianNB',
    folds: 2,
    scoring: ['accuracy'],
  });
  expect(paramsOf(crossValidate(calibratedClassifier(linearSVC({ C: 3 }), { folds: 3, shuffleSeed: 7 }), { folds: 2 }))).toMatchObject({
    method: 'sigmoid',
    'estimator.C': 3,
    'estimator.folds': 3,
    'estimator.shuffleSeed': 7,
    folds: 2,
  });
});

test('a parameter that is called estimator is not the name of the estimator', () => {
  const called = (estimator: string) => fit({ ...gaussianNB(), params: { estimator } });
  expect(paramsOf(called('a'))).toEqual({ estimator: 'gaussianNB', 'estimator.estimator': 'a' });
});

test('no result of one is taken from the cache for the other', async () => {
  const store = memoryCacheStore();
  const validated = async (inner: Options, outer: Options) => {
    const stage = crossValidate(calibratedClassifier(gaussianNB(), { folds: 3, ...inner }), { folds: 2, scoring: 'negLogLoss', ...outer });
    const { outputs, events } = await ranOn(selectionSet('iris'), [stage], { store });
    const cached = events.flatMap((event) => (event.type === 'stage-finished' && event.stage === 'cross-validate' ? [event.cached] : []));
    return { cached, scores: outputs['cross-validate']!['foldScores'] };
  };
  const [within, around] = [await validated({ shuffleSeed: 7 }, {}), await validated({}, { shuffleSeed: 7 })];
  expect(around.cached).toEqual(within.cached);
  expect(around.scores).not.toEqual(within.scores);
  expect(await validated({ folds: 4 }, {})).not.toEqual(await validated({ folds: 2 }, {}));
  expect((await validated({}, { shuffleSeed: 7 })).cached).toEqual([true]);
});
