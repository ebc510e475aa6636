// Folds that a fit trained are used by a later cross-validation of the same rows, and by no other.
import { expect, test } from 'vitest';
import { pipeline } from '../../src/dsl/pipeline.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { memoryCache } from '../../src/runtime/cache.ts';
import { run } from '../../src/runtime/run.ts';
import { crossValidate } from '../../src/stages/crossValidate.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { fit } from '../../src/stages/fit.ts';
import { split } from '../../src/stages/split.ts';
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
const store = memoryCache();
const code = { closure: async () => ({}), own: async () => ({ code: 'c', kernels: 'k' }), text: async () => '' };

async function outputsOf(made: Parameters<typeof run>[0], force: readonly string[] = [], keep = true) {
  const { status, outputs, error } = await run(made, {
    files: { read: () => Promise.reject(new Error('no files here')) },
    openCompute: () => openNodeCompute(),
    emit: () => {},
    signal: new AbortController().signal,
    keeping: keep ? { store, code } : undefined,
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
