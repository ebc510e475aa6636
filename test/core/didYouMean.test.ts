import { expect, test } from 'vitest';
import { didYouMean } from '../../src/core/errors/didYouMean.ts';
import { scoringNames } from '../../src/metrics/scorers.ts';

test.each([
  ['roc_auc', 'rocAuc'],
  ['ROC_AUC', 'rocAuc'],
  ['auc', 'rocAuc'],
  ['AUC', 'rocAuc'],
  ['neg_log_loss', 'negLogLoss'],
  ['logLoss', 'negLogLoss'],
  ['log_loss', 'negLogLoss'],
  ['f1_score', 'f1'],
  ['f1_macro', 'f1Macro'],
  ['accuracy_score', 'accuracy'],
  ['balanced_accuracy', 'balancedAccuracy'],
  ['average_precision', 'averagePrecision'],
  ['precission', 'precision'],
])('%s is taken for %s', (name, expected) => {
  expect(didYouMean(name, scoringNames, 'Scorers')).toBe(`Did you mean ${expected}?`);
});

test('what is like nothing is told all there is', () => {
  expect(didYouMean('rmse', ['accuracy', 'f1'], 'Scorers')).toBe('Scorers: accuracy, f1.');
  expect(didYouMean('x', [], 'Scorers')).toBe('There are no scorers.');
});
