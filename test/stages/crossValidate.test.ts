// Folds that a fit trained are used by a later cross-validation of the same rows, and by no other.
import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/core/events.ts';
import { countLabels } from '../../src/core/data/dataset.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { reconfigure } from '../../src/dsl/graph/reconfigure.ts';
import { stage, withPolicy } from '../../src/dsl/stage/ownStage.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { memoryCacheStore } from '../../src/runtime/keys/cache.ts';
import { run } from '../../src/runtime/run.ts';
import { crossValidate, type CrossValidated } from '../../src/stages/selection/crossValidate.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { fit } from '../../src/stages/fit.ts';
import { score } from '../../src/stages/score.ts';
import { split } from '../../src/stages/split/split.ts';
import { standardize } from '../../src/stages/scale.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';
import { smallSet } from '../support/smallSets.ts';

const digits = { ...smallSet('digits', 2), role: 'all' as const };
const head = [
  fetch({ name: 'digits', digest: 'digits', code: [], load: async () => digits }),
  split({ train: [0, 600], test: [600, 1797] }),
  fit(logisticRegression({ tol: 1e-3 })),
  crossValidate({ folds: 3 }),
] as const;
const store = memoryCacheStore();
const code = { closure: async () => ({}), packageDigests: async () => ({ code: 'c', kernels: 'k' }), text: async () => '' };

async function outputsOf(made: Parameters<typeof run>[0], force: readonly string[] = [], keep = true, events: RunEvent[] = []) {
  const { status, outputs, error } = await run(made, {
    files: { read: () => Promise.reject(new Error('no files here')) },
    openCompute: () => openNodeCompute(),
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    cache: keep ? { store, code } : undefined,
    selection: { force },
  });
  expect({ status, error }).toEqual({ status: 'ok', error: undefined });
  return outputs;
}

test.each([true, false])('rows scaled since then are trained anew (results kept: %s)', async (keep) => {
  const both = await outputsOf(pipeline('both', ...head, standardize(), crossValidate({ folds: 3 })), [], keep);
  expect(both['cross-validate']).toMatchObject({ trainedWithFit: true });
  expect(both['cross-validate-2']).toMatchObject({ trainedWithFit: false });
  expect(both['cross-validate-2']!['fits']).not.toEqual(both['cross-validate']!['fits']);
});

test('folds that come back from the cache are used again for the same rows', async () => {
  const made = pipeline('same', ...head);
  const first = await outputsOf(made);
  const again = await outputsOf(made, ['cross-validate']);
  expect(again['cross-validate']).toEqual(first['cross-validate']);
  expect(again['cross-validate']).toMatchObject({ trainedWithFit: true });
});

test('a stage of your own may be called cross-validate; the one that asks for folds is found under parameters and policies too', async () => {
  const own = stage({ id: 'cross-validate', needs: ['model'], provides: ['own'], run: () => ({ own: 1 }), output: (added) => added });
  const start = [head[0], head[1], head[2]] as const;
  const made = pipeline('own', ...start, own, withPolicy(crossValidate({ folds: 3 }), { retries: 1 }));
  const requestedOf = (one: Pick<typeof made, 'graph'>) => one.graph.nodes.find(({ path }) => path === 'fit')!.requested;
  expect(requestedOf(pipeline('own', ...start, own))).toBeUndefined();
  expect(requestedOf(made)).toEqual({ plan: { folds: 3 } });
  const set = { path: 'cross-validate-2', param: 'folds', value: 4, written: '--set' };
  expect(requestedOf(reconfigure(made, [set]))).toMatchObject({ plan: { folds: 4 } });
  expect(await outputsOf(made)).toMatchObject({ 'cross-validate': { own: 1 }, 'cross-validate-2': { trainedWithFit: true } });
});

test('the majority-class baseline stands beside accuracies, and beside no other score', async () => {
  const outputs = await outputsOf(
    pipeline(
      'baselines',
      ...head,
      crossValidate({ folds: 3, scoring: 'rocAuc' }),
      crossValidate({ folds: 3, scoring: ['rocAuc', 'accuracy'] }),
      crossValidate({ folds: 3, scoring: ['accuracy', 'f1'] }),
    ),
  );
  const negatives = 600 - countLabels({ ...digits, rows: digits.rows.subarray(0, 600) })[1]!;
  const { fit: fitted, 'cross-validate': accuracy, 'cross-validate-2': rocAuc, 'cross-validate-3': rocAucFirst, 'cross-validate-4': accuracyFirst } = outputs;
  expect(fitted).toMatchObject({ trainAccuracy: expect.any(Number), trainMajorityBaseline: negatives / 600 });
  expect(accuracy).toMatchObject({ scoring: 'accuracy', majorityBaseline: expect.closeTo(negatives / 600, 2) });
  expect(rocAuc).toMatchObject({ scoring: 'rocAuc', meanScore: expect.any(Number) });
  expect(Object.keys(rocAuc!)).not.toContain('majorityBaseline');
  const means = rocAucFirst!['means'] as Record<string, number>;
  expect(rocAucFirst).toMatchObject({ scoring: 'rocAuc', meanScore: means['rocAuc'], meanAccuracy: means['accuracy'] });
  expect(rocAucFirst!['majorityBaseline']).toBe(accuracy!['majorityBaseline']);
  // Read from left to right, the baseline follows the accuracy.
  expect(Object.keys(rocAucFirst!).indexOf('majorityBaseline')).toBe(Object.keys(rocAucFirst!).indexOf('meanAccuracy') + 1);
  expect(accuracyFirst).toMatchObject({ scoring: 'accuracy', majorityBaseline: accuracy!['majorityBaseline'] });
  expect(Object.keys(accuracyFirst!)).not.toContain('meanAccuracy');
});

/** The digits with two rows of class 1 among the first 60, and none in the rest. */
const rare = { ...digits, name: 'rare', labels: digits.labels.map((_, row) => (row === 3 || row === 50 ? 1 : 0)) };
const rareHead = [
  fetch({ name: 'rare', digest: 'rare', code: [], load: async () => rare }),
  split({ train: [0, 60], test: [60, 90] }),
  fit(logisticRegression({ tol: 1e-2 })),
] as const;
const warningsOf = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'warning' ? [{ stage: event.stage, code: event.code, message: event.message }] : []));

test('a class with fewer rows than folds is told of once, whichever stage trains them, and again from the cache', async () => {
  const made = pipeline('rare', ...rareHead, crossValidate({ folds: 3 }), crossValidate({ folds: 4 }), crossValidate({ folds: 3, stratified: false }));
  const [first, again]: RunEvent[][] = [[], []];
  await outputsOf(made, [], true, first);
  const warning = (stage: string, folds: number) => ({
    stage,
    code: 'W_FOLDS',
    message: `Class 1 of rare has 2 rows, fewer than the ${folds} folds: some folds hold out none of it.`,
  });
  const ofSplit = {
    stage: 'split',
    code: 'W_CLASS',
    message: 'No row of rare in test has label 1, and 2 rows in other parts do: its scores say nothing of them.',
  };
  expect(warningsOf(first!)).toEqual([ofSplit, warning('fit', 3), warning('cross-validate-2', 4)]);
  await outputsOf(made, [], true, again);
  expect(warningsOf(again!)).toEqual(warningsOf(first!));
});

test('a score that the rows do not define is NaN, null on record, and told with its scorer and fold', async () => {
  const seen: CrossValidated[] = [];
  const peek = stage({
    id: 'peek',
    needs: ['crossValidation'],
    provides: [],
    run: ({ crossValidation }: { crossValidation: CrossValidated }) => (seen.push(crossValidation), {}),
  });
  const made = pipeline('undefined', ...rareHead, crossValidate({ folds: 3, scoring: ['rocAuc', 'accuracy'] }), peek, score({ on: 'test', scoring: 'rocAuc' }));
  const events: RunEvent[] = [];
  const { 'cross-validate': validated, score: scored } = await outputsOf(made, [], true, events);
  expect(seen[0]).toMatchObject({ foldScores: [NaN, expect.any(Number), expect.any(Number)], meanScore: NaN });
  expect(validated).toMatchObject({
    foldScores: [null, expect.any(Number), expect.any(Number)],
    meanScore: null,
    means: { rocAuc: null, accuracy: expect.any(Number) },
  });
  expect(scored).toMatchObject({ rocAuc: null, testAccuracy: expect.any(Number) });
  expect(warningsOf(events).filter(({ code }) => code === 'W_SCORE')).toEqual([
    {
      stage: 'cross-validate',
      code: 'W_SCORE',
      message: 'rocAuc of fold 1 is not defined: all its rows have label 0. It counts as NaN, as does a mean with it.',
    },
    { stage: 'score', code: 'W_SCORE', message: 'rocAuc of test of rare is not defined: all its rows have label 0. It counts as NaN, as does a mean with it.' },
  ]);
});
