// Curves of a parameter and of more rows, against scikit-learn 1.9 (fixtures/curves.json).
import { expect, test } from 'vitest';
import figures from '../fixtures/curves.json' with { type: 'json' };
import {
  gaussianNB,
  gridSearch,
  learningCurve,
  logisticRegression,
  validationCurve,
  type LearningCurve,
  type LearningCurveOptions,
  type ValidationCurve,
} from '../../src/api.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { scoreCurve } from '../../src/report/search.ts';
import { memoryCacheStore } from '../../src/runtime/keys/cache.ts';
import { expectNear } from '../support/figures.ts';
import { camel, MODELS, ranOn, selectionSet } from '../support/selection.ts';

const iris = selectionSet('iris');
const allowed = (scoring: string): number => (scoring === 'neg_mean_absolute_error' ? 1e-2 : 5e-5);

test.each(figures.validation.map((row) => [`${row.data}, ${row.label}, ${row.scoring}`, row] as const))(
  'validation_curve: %s',
  async (_, { data, label, name, values, folds, scoring, weighted, train, test: held }) => {
    const param = camel<string>(name);
    const stage = validationCurve(MODELS[label as 'gaussianNB'], { [param]: values } as never, { folds, scoring: camel<'accuracy'>(scoring) });
    const { values: state, outputs } = await ranOn(selectionSet(data, weighted), [stage], { values: ['validationCurve'] });
    const found = state['validationCurve'] as ValidationCurve;
    expect([found.param, found.values]).toEqual([param, values]);
    found.trainScores.forEach((own, i) => expectNear(own, train[i]!, allowed(scoring)));
    found.testScores.forEach((own, i) => expectNear(own, held[i]!, allowed(scoring)));
    const curve = scoreCurve({ path: 'v', output: outputs['validation-curve'] as never });
    expect(curve?.points.map(({ value }) => value)).toEqual(values);
  },
);

test.each(figures.learning.map((row) => [`${row.data}, ${row.label}, ${JSON.stringify(row.folds)}, ${row.scoring}, seed ${row.seed}`, row] as const))(
  'learning_curve: %s',
  async (_, { data, label, asked, folds, shuffleSeed, stratified, scoring, weighted, seed, sizes, train, test: held }) => {
    const plan = { folds, ...(shuffleSeed === null ? {} : { shuffleSeed }), ...(stratified ? { stratified } : {}) };
    const options = { ...plan, scoring: camel<'accuracy'>(scoring), ...(asked ? { trainSizes: asked } : {}), ...(seed === null ? {} : { seed }) };
    const stage = learningCurve(MODELS[label as 'gaussianNB'], options as LearningCurveOptions<'accuracy'> as {});
    const { values, warnings } = await ranOn(selectionSet(data, weighted), [stage], { values: ['learningCurve'] });
    const found = values['learningCurve'] as LearningCurve;
    expect(found.trainSizes).toEqual(sizes);
    found.trainScores.forEach((own, i) => expectNear(own, train[i]!, allowed(scoring)));
    found.testScores.forEach((own, i) => expectNear(own, held[i]!, allowed(scoring)));
    expect(warnings.some((one) => one.includes('trainSizes has'))).toBe((asked ?? []).length > sizes.length);
  },
);

test('sizes of one class alone, of more rows than there are and of both kinds are refused', async () => {
  await expect(ranOn(iris, [learningCurve(gaussianNB(), { folds: 3 })])).rejects.toMatchObject({
    code: 'E_CLASS',
    message: 'gaussianNB needs at least two classes; 10 rows, fold 1 of iris trains only on rows of label 0.',
    hint: 'Give larger trainSizes, or a seed, by which rows are shuffled first.',
  });
  await expect(ranOn(iris, [learningCurve(gaussianNB(), { folds: 3, trainSizes: [101], seed: 1 })])).rejects.toMatchObject({
    code: 'E_PARAMS',
    message: 'learningCurve: trainSizes has 101 rows; the first fold trains on 100.',
  });
  expect(() => learningCurve(gaussianNB(), { trainSizes: [0.5, 20] })).toThrow(/needs shares/);
  expect(() => validationCurve(logisticRegression(), { C: [1], tol: [1] })).toThrow('validationCurve: 2 parameters arrived; a curve is of one.');
  expect(() => validationCurve(logisticRegression(), {})).toThrow('validationCurve: 0 parameters arrived; a curve is of one.');
});

test('each of many rows left out is refused before the rows of each fold are listed', async () => {
  const rows = 16_385;
  const many = {
    name: 'many',
    x: matrix(
      rows,
      1,
      Float64Array.from({ length: rows }, (_, i) => i),
    ),
    rows: Uint32Array.from({ length: rows }, (_, i) => i),
  };
  const labels = Uint8Array.from({ length: rows }, (_, i) => i % 2);
  await expect(ranOn({ ...many, labels }, [learningCurve(gaussianNB(), { folds: 'leaveOneOut' })])).rejects.toMatchObject({
    code: 'E_PARAMS',
    message: 'learningCurve: 16385 folds of 16385 rows are too many to list the rows of each.',
  });
});

test('what a curve trains, a search of the same points takes, and the other way round', async () => {
  const store = memoryCacheStore();
  await ranOn(iris, [gridSearch(gaussianNB(), { varSmoothing: [0.1, 1] }, { folds: 2 })], { store });
  const { outputs } = await ranOn(iris, [validationCurve(gaussianNB(), { varSmoothing: [0.1, 1, 3] }, { folds: 2 })], { store });
  expect(outputs['validation-curve']).toMatchObject({ modelsFromCache: 4, param: 'varSmoothing' });
});
