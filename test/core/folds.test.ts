import fc from 'fast-check';
import { expect, test } from 'vitest';
import fixture from '../fixtures/folds.json' with { type: 'json' };
import { contiguousFolds, stratifiedFolds } from '../../src/core/folds/folds.ts';

const cases = fixture.cases.map((one) => ({ ...one, seed: one.seed ?? undefined }));

test.each(cases)('StratifiedKFold $name k=$k seed=$seed', ({ y, k, seed, stratified_test_fold }) => {
  expect([...stratifiedFolds(Uint8Array.from(y), k, { seed })]).toEqual(stratified_test_fold);
});

test.each(cases)('KFold $name k=$k seed=$seed', ({ y, k, seed, kfold_test_fold }) => {
  expect([...contiguousFolds(y.length, k, { seed })]).toEqual(kfold_test_fold);
});

test('every row is held out once and each class is spread evenly', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 12, maxLength: 200, max: 3 }), fc.integer({ min: 2, max: 4 }), (labels, count) => {
      fc.pre(Math.max(...[0, 1, 2, 3].map((c) => labels.filter((l) => l === c).length)) >= count);
      const folds = stratifiedFolds(labels, count);
      for (const label of new Set(labels)) {
        const shares = Array.from({ length: count }, (_, fold) => labels.filter((l, row) => l === label && folds[row] === fold).length);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }
      expect(folds.every((fold) => fold < count)).toBe(true);
    }),
  );
});

test.each([
  [1, 10],
  [2.5, 10],
  [11, 10],
  [256, 1000],
])('%d folds of %d rows are refused', (count, rows) => {
  expect(() => contiguousFolds(rows, count)).toThrow(expect.objectContaining({ code: 'E_PARAMS' }));
});

test.each([
  [256, 1000, 'folds is 256; it needs a whole number from 2 to 255 (the fold of a row is kept as a byte).'],
  [11, 10, 'folds is 11; it needs a whole number from 2 to 10, the number of rows.'],
  [2, 1, 'folds is 2; one row cannot be divided.'],
  [2, 0, 'folds is 2; no rows cannot be divided.'],
])('%d folds of %d rows: the reason is told', (count, rows, message) => {
  expect(() => contiguousFolds(rows, count)).toThrow(expect.objectContaining({ message }));
});

test('more folds than rows of any class is an error that names the largest class', () => {
  expect(() => stratifiedFolds(Uint8Array.of(0, 0, 1, 1), 3)).toThrow(/largest has 2/);
});
