// What sections of a report say of made-up records: figures equal those of the metrics, branches stand apart, and thousands of rows of
// a fan-out make no endless page.
import { expect, test } from 'vitest';
import type { RecordedStage, RunRecord } from '../../src/core/runRecord.ts';
import { classificationReport } from '../../src/metrics/functions/classes.ts';
import { evidenceOf } from '../../src/report/html/data.ts';
import { reportPage } from '../../src/report/html/page.ts';
import { classRows } from '../../src/report/html/sections/classes.ts';

const stage = (path: string, output: RecordedStage['output'], more: Partial<RecordedStage> = {}): RecordedStage => ({
  path,
  status: 'ran',
  params: {},
  output,
  ...more,
});
function pageOf(stages: readonly RecordedStage[], more: Partial<RunRecord> = {}, events: Parameters<typeof evidenceOf>[0] = []): string {
  const run = { id: '1', pipeline: 'p', file: '/a/p.ts', status: 'ok', started: '2026-01-01T00:00:00Z', version: '0', machine: {}, stages, ...more };
  return reportPage({ run: run as unknown as RunRecord, evidence: evidenceOf(events), style: '', script: '' });
}
const textOf = (page: string): string => page.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');

test('figures of classes are those of the classification report', () => {
  const truth = ['a', 'a', 'a', 'b', 'b', 'c', 'c', 'c', 'c'];
  const said = ['a', 'b', 'a', 'b', 'b', 'a', 'c', 'c', 'b'];
  const names = ['a', 'b', 'c', 'never'];
  const confusion = names.map((is) => names.map((as) => truth.filter((one, i) => one === is && said[i] === as).length));
  const { classes, accuracy, macro, weighted } = classificationReport(truth, said);
  expect(classRows(confusion, names)).toEqual([
    ...classes,
    { name: 'accuracy', f1: accuracy, support: 9 },
    { name: 'macro average', ...macro },
    { name: 'weighted average', ...weighted },
  ]);
  // A class that nothing is taken for has a precision of 0.
  expect(
    classRows(
      [
        [2, 0],
        [1, 0],
      ],
      ['x', 'y'],
    )[1],
  ).toEqual({ name: 'y', precision: 0, recall: 0, f1: 0, support: 1 });
});

test('scores of several branches are rows of one table, their evidence stands under their names', () => {
  const output = {
    testAccuracy: 0.9,
    rocAuc: 0.95,
    majorityBaseline: 0.8,
    classes: ['no', 'yes'],
    confusion: [
      [80, 0],
      [10, 10],
    ],
  };
  const page = pageOf([stage('plain/score', output), stage('tame/score', { ...output, testAccuracy: 0.85, rocAuc: null })]);
  expect(textOf(page)).toMatch(/stage test accuracy roc auc majority class plain\/score 0\.9000 0\.9500 0\.8000 tame\/score 0\.8500 not defined 0\.8000 CSV/);
  expect(page).not.toContain('class="card"');
  // Where branches have different scores, each score is a row.
  const different = pageOf([stage('a/score', output), stage('b/cross-validate', { scoring: 'r2', foldScores: [0.5, 0.7], meanScore: 0.6 })]);
  expect(textOf(different)).toMatch(
    /stage score value between folds, ± majority class a\/score test accuracy 0\.9000 - 0\.8000 a\/score roc auc 0\.9500 - - b\/cross-validate mean score \(r2\) 0\.6000 0\.1000 - CSV/,
  );
  expect(page).toMatch(/<h3>plain\/score<\/h3>[\s\S]*<h3>tame\/score<\/h3>/);
});

test('what would make a run again stands in its report; of an earlier version, what is known', () => {
  const git = { commit: '0123456789abcdef', dirty: true };
  const page = textOf(
    pageOf([stage('fit', {}, { at: 5, ms: 7 }), stage('score', {}, { at: 12, ms: 3 })], { command: 'pipeline run p.ts', source: 'a < b', git }),
  );
  expect(page).toContain('command pipeline run p.ts');
  expect(page).toContain('commit 0123456789abcdef , with changes since');
  expect(page).toContain('p.ts, as it was when the run began a &lt; b');
  expect(page).toContain('When stages ran, from the start to 10 ms later');
  const earlier = textOf(pageOf([stage('fit', {}, { ms: 7 })]));
  for (const text of ['command', 'Commit', 'When stages ran']) expect(earlier).not.toContain(text);
});

test('of a fan-out with ten thousand rows, the page has the first, says so, and is made in seconds', { timeout: 30_000 }, () => {
  const confusion = [
    [1, 2],
    [3, 4],
  ];
  const stages = Array.from({ length: 10_000 }, (_, i) => stage(`seeds/${i}/score`, { testAccuracy: 0.5, majorityBaseline: 0.5, confusion }));
  const curve = (i: number) =>
    ({ type: 'curve', stage: `seeds/${i}/score`, positives: 1, negatives: 1, points: [{ threshold: 1, truePositives: 1, falsePositives: 1 }] }) as const;
  const begin = performance.now();
  const page = pageOf(
    stages,
    {},
    stages.map((_, i) => curve(i)),
  );
  expect(performance.now() - begin).toBeLessThan(10_000);
  expect(page.match(/rows of each true class by what they were taken for/g)).toHaveLength(24);
  expect(page.match(/data-curves="/g)).toHaveLength(24);
  expect(textOf(page)).toContain('9 800 more rows in the file: CSV');
  expect(textOf(page)).toContain('The first 24 of 10000 stages.');
  expect(page.length).toBeLessThan(6e6);
});

test('a search of 500 points, forty models trained together and forty branches make a page of a bearable length', () => {
  const points = Array.from({ length: 500 }, (_, i) => ({ params: { C: i + 1 }, foldScores: [i / 1000, 0.5], meanScore: i / 2000 + 0.25, nIter: [3, 4] }));
  const stages = [
    stage('grid-search', { points, bestParams: { C: 500 }, bestScore: 0.4995, scoring: 'accuracy' }),
    ...Array.from({ length: 40 }, (_, i) => stage(`m${i}/score`, { testAccuracy: i / 40, majorityBaseline: 0.5, classes: ['no', 'yes'], confusion: [[i, 1], [2, 3]] })), // prettier-ignore
  ];
  const models = Array.from({ length: 40 }, (_, i) => ({ model: `model ${i}`, loss: [1, 0.5, 0.1 + i / 100] }));
  const page = pageOf(stages, {}, [{ type: 'history', stage: 'fit', models }]);
  expect(textOf(page)).toMatch(/grid-search: best C=500, mean accuracy 0\.49950 .*490 more points/);
  // Ten of the best, and those that unfold, of which a file has all.
  expect(page.match(/<th scope="row">C=\d+<\/th>/g)).toHaveLength(10 + 200);
  expect(textOf(page)).toContain('290 more rows in the file.');
  expect(textOf(page)).toContain('Loss of fit: the first 12 of 40 models trained together');
  const results = /<section id="part-results">.*?<\/section>/s.exec(page)![0];
  expect(results.match(/<th scope="row">/g)).toHaveLength(41);
  expect(page.match(/rows of each true class by what they were taken for/g)).toHaveLength(24);
  expect(page.length).toBeLessThan(1.5e6);
});

test('a name from data is text in a table and in a file, never markup', () => {
  const page = pageOf([
    stage('score', {
      testAccuracy: 0.5,
      majorityBaseline: 0.5,
      classes: ['<b>"x",', 'y'],
      confusion: [
        [1, 2],
        [3, 4],
      ],
    }),
  ]);
  expect(page).not.toContain('<b>');
  const href = /download="Classes-score.csv"\s+href="data:text\/csv;charset=utf-8;base64,([^"]+)"/.exec(page)![1]!;
  expect(Buffer.from(href, 'base64').toString()).toMatch(/^class,precision,recall,f1,support\r\n"<b>""x"","/);
});
