// Thresholds for a wanted precision or recall, against scikit-learn 1.9 (fixtures/thresholds.json).
import { expect, test } from 'vitest';
import fc from 'fast-check';
import figures from '../fixtures/thresholds.json' with { type: 'json' };
import {
  binarize,
  breastCancer,
  crossValPredict,
  fit,
  fixedThresholdClassifier,
  gaussianNB,
  gridSearch,
  iris,
  linearSVC,
  logisticRegression,
  matrix,
  modelFromBytes,
  modelToBytes,
  pipeline,
  precisionScore,
  recallScore,
  score,
  split,
  stage,
  threshold,
  tunedThresholdClassifier,
  type Dataset,
  type Estimator,
  type Matrix,
  type Split,
} from '../../src/api.ts';
import type { FittedClassifier } from '../../src/estimators/define/models.ts';
import type { ThresholdModel } from '../../src/estimators/threshold/models.ts';
import { thresholdFor } from '../../src/estimators/threshold/wanted.ts';
import { labelsOf } from '../../src/core/data/dataset.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { run } from '../../src/runtime/run.ts';
import { testCompute } from '../support/compute.ts';
import { figureSet, fitted, half, thirds } from '../support/figures.ts';

const compute = { ...(await testCompute()), destroy: () => {} };
const ESTIMATORS = { logisticRegression: logisticRegression({ C: 0.01, tol: 1e-6, maxIter: 1000 }), gaussianNB: gaussianNB({ varSmoothing: 1e-1 }) } as const;

function setOf(name: string, positive: number): Dataset<'train'> {
  const data = figureSet(name);
  const labels = Uint8Array.from(data.labels, (label) => Number(label === positive));
  if (name !== 'iris') return { ...data, labels };
  return {
    ...data,
    labels,
    x: matrix(
      150,
      2,
      Float64Array.from({ length: 300 }, (_, at) => data.x.data[(at >> 1) * 4 + (at & 1)]!),
    ),
  };
}

/** Some rows as a stage makes them. */
const rows = (train: Dataset<'train'>) =>
  stage({ id: 'rows', needs: [], provides: ['train'], cache: false, run: () => ({ train }) satisfies Pick<Split, 'train'> });

async function ran(made: Parameters<typeof run>[0], values: readonly string[] = ['model']) {
  const {
    outputs,
    values: found,
    error,
  } = await run(made, {
    files: { read: () => Promise.reject(new Error('no files')) },
    openCompute: async () => ({ compute, summary: { name: 'test', vendor: '', architecture: '', driver: '', software: true } }),
    emit: () => {},
    signal: new AbortController().signal,
    values,
  });
  if (error !== undefined) throw error;
  return { outputs, model: found['model'] as ThresholdModel };
}

const wantedOf = ({ name, wanted }: { readonly name: string; readonly wanted: number }) => ({ [name]: wanted }) as { precision: number };

test.each(figures.rows.map((row) => [`${row.data}, ${row.label}, ${row.name} ${row.wanted}${row.weighted ? ', weighted' : ''}`, row] as const))(
  'scikit-learn: %s',
  async (_, row) => {
    const bare = setOf(row.data, row.positive);
    const data = row.weighted ? { ...bare, weights: thirds(150) } : bare;
    const [train, test] = [half(data, 0), half(data, 1)];
    const estimator = ESTIMATORS[row.label as 'logisticRegression'] as unknown as Estimator<FittedClassifier, { C: number }>;
    const { model, outputs } = await ran(
      (pipeline as (...all: unknown[]) => ReturnType<typeof pipeline>)(
        'found',
        rows(train),
        fit(estimator),
        crossValPredict({ folds: 3 }),
        threshold(wantedOf(row)),
      ) as never,
    );
    const tuned = await fitted(tunedThresholdClassifier(estimator, { ...wantedOf(row), folds: 3 }), train, compute);
    const fixed = await fitted(fixedThresholdClassifier(estimator, { threshold: row.threshold }), train, compute);
    for (const found of [model.fields, tuned.fields, outputs['threshold'] as unknown as typeof model.fields]) {
      expect(Math.abs(found.threshold - row.threshold)).toBeLessThan(2e-3);
      expect([found.precision, found.recall]).toEqual([expect.closeTo(row.precision, 12), expect.closeTo(row.recall, 12)]);
    }
    const on = { compute: async () => compute };
    for (const one of [model, tuned, fixed]) {
      const predicted = await one.predict(test, on);
      expect([...predicted].filter((label, i) => label !== row.predict[i]).length).toBeLessThanOrEqual(one === fixed ? 0 : 1);
      expect(await one.decisionFunction(test, on)).toEqual(await one.fields.model.decisionFunction(test, on));
    }
    const said = await fixed.predict(test, on);
    expect(precisionScore(labelsOf(test), said)).toBeCloseTo(row.test_precision, 12);
    expect(recallScore(labelsOf(test), said)).toBeCloseTo(row.test_recall, 12);
  },
);

test('a saved model keeps its threshold, and so does what it says of one row', async () => {
  const data = setOf('iris', 1);
  const on = { compute: async () => compute };
  const made = await fitted(tunedThresholdClassifier(logisticRegression({ C: 0.01 }), { recall: 0.9, folds: 3 }), data, compute);
  const { model } = await modelFromBytes<typeof made>('model', await modelToBytes(made as never, {}));
  expect(model.fields.threshold).toBe(made.fields.threshold);
  const predicted = await model.predict(data, on);
  expect([...predicted]).toEqual([...(await made.predict(data, on))]);
  // By its own threshold, 0, it would predict others.
  expect([...predicted]).not.toEqual([...(await made.fields.model.predict(data, on))]);
  expect(model.summary).toMatchObject({ threshold: made.fields.threshold, recall: made.fields.recall });
  for (const row of [0, 60, 75, 120]) {
    const { prediction, decision } = await model.predictRow(Float64Array.from((data.x as Matrix).data.subarray(row * 2, row * 2 + 2)), on);
    expect(prediction).toBe(predicted[row]);
    expect(decision! >= made.fields.threshold).toBe(predicted[row] === 1);
  }
  const evaluation = await model.evaluate(data, 'counts', on);
  expect(evaluation.counts.predicted[1]).toBe([...predicted].filter((label) => label === 1).length);
});

test('on rows of the validation, and in a search of its own parameters', async () => {
  const parts = [fetch(breastCancer()), split({ test: 0.2, validation: 0.2, seed: 1 })] as const;
  const { outputs } = await ran(
    pipeline(
      'validated',
      ...parts,
      fit(logisticRegression({ C: 1e-4 })),
      threshold({ recall: 0.95, on: 'validation' }),
      score({ on: 'validation', scoring: ['recall', 'precision'] }),
    ),
  );
  expect(outputs['score']!['recall']).toBe(outputs['threshold']!['recall']);
  expect(outputs['score']!['precision']).toBe(outputs['threshold']!['precision']);
  const searched = await ran(
    pipeline(
      'searched',
      ...parts,
      gridSearch(
        tunedThresholdClassifier(gaussianNB(), { precision: 0.9, folds: 3 }),
        { precision: [0.9, 0.95], 'estimator.varSmoothing': [1e-9, 1e-3] },
        { folds: 3, scoring: 'recall' },
      ),
    ),
  );
  expect((searched.outputs['grid-search']!['points'] as unknown[]).length).toBe(4);
});

test('the lowest threshold with the precision, and the highest with the recall, of all there are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ y: fc.nat(1), score: fc.integer({ min: -4, max: 4 }) }), { minLength: 2, maxLength: 30 }),
      fc.double({ min: 0.05, max: 1, noNaN: true }),
      (given, wanted) => {
        const all = [...given, { y: 1, score: 0 }];
        const [truth, scores] = [all.map(({ y }) => y), all.map(({ score }) => score)];
        const at = (threshold: number) => {
          const said = scores.map((score) => Number(score >= threshold));
          return { precision: precisionScore(truth, said), recall: recallScore(truth, said) };
        };
        const there = [...new Set(scores)].toSorted((a, b) => a - b);
        const recall = thresholdFor('test', 'rows', truth, scores, { recall: wanted });
        expect(recall.threshold).toBe(there.findLast((one) => at(one).recall >= wanted));
        expect(recall).toMatchObject({
          precision: expect.closeTo(at(recall.threshold).precision, 12),
          recall: expect.closeTo(at(recall.threshold).recall, 12),
        });
        const best = there.find((one) => at(one).precision >= wanted);
        if (best === undefined) expect(() => thresholdFor('test', 'rows', truth, scores, { precision: wanted })).toThrow('no threshold has a precision of');
        else expect(thresholdFor('test', 'rows', truth, scores, { precision: wanted }).threshold).toBe(best);
      },
    ),
  );
});

test('what cannot be is told', async () => {
  expect(() => threshold({} as { precision: number })).toThrow('threshold: neither precision nor recall is given');
  expect(() => tunedThresholdClassifier(logisticRegression(), { precision: 0.9, recall: 0.9 } as unknown as { precision: number })).toThrow(
    'both precision and recall are given',
  );
  expect(() => threshold({ precision: 1.5 })).toThrow(expect.objectContaining({ code: 'E_PARAMS' }));
  await expect(fitted(tunedThresholdClassifier(logisticRegression(), { precision: 0.9 }), figureSet('iris'), compute)).rejects.toMatchObject({
    code: 'E_CLASS',
    message: expect.stringContaining('needs two classes; the rows have 3'),
    hint: expect.stringContaining('binarize'),
  });
  const noise = { ...figureSet('iris of two classes'), x: matrix(150, 1, new Float64Array(150)) };
  await expect(fitted(tunedThresholdClassifier(logisticRegression(), { precision: 0.9 }), noise, compute)).rejects.toMatchObject({
    code: 'E_DATA',
    message: expect.stringContaining('the best has 0.5000, with a recall of 1.0000'),
  });
  expect(() => thresholdFor('threshold', 'test rows', [0, 0], [1, 2], { recall: 0.5 })).toThrow('no row of test rows is of the second class');
  const set = figureSet('iris of two classes');
  const predictedBy = (one: unknown): unknown =>
    ran(
      (pipeline as (...all: unknown[]) => ReturnType<typeof pipeline>)(
        'other',
        rows(set as never),
        fit(logisticRegression()),
        crossValPredict(one as never),
        threshold({ recall: 0.5 }),
      ) as never,
    );
  await expect(predictedBy(linearSVC())).rejects.toThrow('threshold: the scores of crossValPredict are of linearSVC, but the model is of logisticRegression.');
  await expect(predictedBy(logisticRegression({ C: 7 }))).rejects.toThrow('are of logisticRegression with other parameters');
  const parts = [fetch(iris()), split({ test: 0.2, seed: 1 }), binarize({ positive: 1 }), fit(logisticRegression())] as const;
  // @ts-expect-error crossValPredict is missing
  expect(() => pipeline('no scores', ...parts, threshold({ precision: 0.9 }))).toThrow("needs 'crossValPrediction'");
  // @ts-expect-error there is no validation part
  expect(() => pipeline('no rows', ...parts, threshold({ precision: 0.9, on: 'validation' }))).toThrow("needs 'validation'");
  // @ts-expect-error one of both
  expect(() => threshold({ precision: 0.9, recall: 0.5 })).toThrow('both precision and recall are given');
  // @ts-expect-error test rows are for no choice
  expect(() => threshold({ precision: 0.9, on: 'test' })).toThrow('test');
});
