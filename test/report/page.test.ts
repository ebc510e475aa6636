// The report as text: which figures stand on its cards, and what stands beside them.
import { expect, test } from 'vitest';
import type { JsonRecord } from '../../src/core/events.ts';
import type { RunRecord } from '../../src/core/runRecord.ts';
import { reportPage } from '../../src/report/html/page.ts';

const evidence = { histories: [], curves: [], rows: [], weights: [], mistakes: [] };

/** A report of one stage, without its script and style. */
function pageOf(output: JsonRecord): string {
  const stages = [{ path: 'cross-validate', status: 'ran', params: {}, output }];
  const run = { id: '1', pipeline: 'p', status: 'ok', started: '2026-01-01T00:00:00Z', version: '0', machine: {}, stages } as unknown as RunRecord;
  return reportPage({ run, evidence, style: '', script: '' });
}

/** Text of the cards: name, stage, figure, and what stands beside it. */
const cardsOf = (output: JsonRecord): string[] =>
  [...pageOf(output).matchAll(/<div class="card">(.*?)<\/div>/gs)].map(([, card]) =>
    card!
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  );

test('the majority class stands beside an accuracy and beside nothing else', () => {
  expect(cardsOf({ testAccuracy: 0.98, majorityBaseline: 0.9, rocAuc: 0.99 })).toEqual([
    'test accuracy cross-validate 0.9800 majority class 0.9000',
    'roc auc cross-validate 0.9900',
  ]);
  expect(cardsOf({ scoring: 'accuracy', bestScore: 0.97, majorityBaseline: 0.9 })).toEqual([
    'best score (accuracy) cross-validate 0.9700 majority class 0.9000',
  ]);
  expect(cardsOf({ scoring: 'rocAuc', meanScore: 0.99, meanAccuracy: 0.98, majorityBaseline: 0.9 })).toEqual([
    'mean score (roc auc) cross-validate 0.9900',
    'mean accuracy cross-validate 0.9800 majority class 0.9000',
  ]);
});

test('a score that a fold does not define is said to be so', () => {
  const page = pageOf({ scoring: 'rocAuc', foldScores: [null, 0.5], meanScore: null });
  expect(page).toContain('fold 1: not defined, fold 2: 0.5000');
  expect(page).toContain('roc auc of cross-validate by fold');
});
