// What closes a run: its results in sentences, what it took, what comes next; at any width, with nothing cut.
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/core/events.ts';
import { resultRows, type Shown } from '../../src/report/terminal/closing.ts';
import { terminalReporter } from '../../src/report/terminal/reporter.ts';

const points = [1, 10, 100].map((C, i) => ({ params: { C }, foldScores: [0.5, [0.6, 0.8, 0.8][i]!], meanScore: [0.55, 0.65, 0.65][i]! }));
const STAGES: readonly Shown[] = [
  { path: 'show', output: { row: 36_001, label: 2 } },
  { path: 'fit', output: { nIter: 22, objective: 0.07, trainAccuracy: 0.99, classes: ['not 2', '2'] } },
  { path: 'predict', output: { row: 36_001, label: 5, prediction: false, decision: -4.2, probability: 0.0146 } },
  { path: 'score', output: { testAccuracy: 1, majorityBaseline: 0.8968, rocAuc: null, classes: ['not 2', '2'], confusion: [[9, 0], [0, 1]] } }, // oxfmt-ignore
  { path: 'cross-validate', output: { scoring: 'accuracy', foldScores: [0.5, 1], meanScore: 0.75, majorityBaseline: 0.9007, trainedWithFit: true } },
  { path: 'both', output: { scoring: 'r2', foldScores: [0.5, null], meanScore: null, scores: { r2: [0.5, null], negMaxError: [-2, -4] }, means: { r2: null, negMaxError: -3 } } }, // oxfmt-ignore
  { path: 'grid-search', output: { bestParams: { C: 10 }, scoring: 'accuracy', bestScore: 0.65, majorityBaseline: 0.4, points } },
  { path: 'curve', output: { param: 'C', scoring: 'accuracy', points: [{ value: 3, testScores: [0.5, 0.7], meanTestScore: 0.6, meanTrainScore: 1 }] } },
  { path: 'rows/predict', output: { row: 3, value: 2.5, prediction: 2.25 } },
  { path: 'save', output: { file: 'model.safetensors', bytes: 3272 } },
  { path: 'own', output: { ink: 12_345.6 } },
  { path: 'inner', output: { ink: 1 } },
];

test('each kind of result in a sentence: classes by name, spreads, baselines, ties by name', () => {
  expect(resultRows(STAGES, new Set(['show', 'own']))).toEqual([
    ['predict', 'row 36\u202f001: not 2 (probability of 2: 0.0146), its label is 5'],
    ['score', 'test accuracy 1.0000, majority baseline 0.8968, roc auc -'],
    ['cross-validate', 'accuracy 0.7500 ± 0.2500 in 2 folds, majority baseline 0.9007'],
    ['both', 'r2 - in 2 folds, neg max error -3 ± 1.0000'],
    ['grid-search', 'best C=10: accuracy 0.6500 ± 0.1500 in 2 folds, 2 points are equally good: C=10; C=100, 3 points, majority baseline 0.4000'],
    ['curve', 'accuracy by C: best at 3, 0.6000 ± 0.1000 in 2 folds'],
    ['rows/predict', 'row 3: 2.2500, its value is 2.5000'],
    ['save', 'saved as model.safetensors, 3.3 kB'],
    ['own', 'ink 12345.6'],
  ]);
});

test.each([30, 80, 120])('at %i columns a run ends with its results, then what it took, then what comes next', (columns) => {
  const parts: string[] = [];
  const out = { isTTY: true, columns, rows: 24, write: (text: string) => parts.push(text) > 0, on: () => {}, once: () => {} } as never;
  const next = [['pipeline look', 'pictures, losses, weights and mistakes']] as const;
  const show = terminalReporter({ out, err: { ...(out as object), isTTY: false } as never, env: { NO_COLOR: '1' }, next });
  const events: readonly RunEvent[] = [
    { type: 'run-started', schema: 1, pipeline: 'p', stages: STAGES.map(({ path }) => path), seed: 0 },
    { type: 'warning', stage: 'fit', code: 'W_CONVERGENCE', message: 'it stopped early' },
    { type: 'warning', stage: 'fit', code: 'W_CONVERGENCE', message: 'it stopped early' },
    { type: 'warning', stage: 'fit', code: 'W_CONVERGENCE', message: 'it stopped early' },
    ...STAGES.map(({ path, output }): RunEvent => ({
      type: 'stage-finished',
      stage: path,
      ms: 9,
      output: output!,
      ...(path === 'fit' ? { cached: true } : {}),
    })),
    { type: 'run-finished', status: 'ok', ms: 1000, outputs: {}, peak: { processBytes: 2.5e9, deviceBytes: 1e6 } },
  ];
  events.forEach(show);
  const text = parts.join('');
  for (const line of text.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(columns);
  expect(text).not.toContain('…');
  expect(text.match(/it stopped early/g)).toHaveLength(1);
  const flat = text.replaceAll(/\s+/g, ' ');
  expect(flat).toContain('! fit: warned as above 2 times more');
  expect(flat).toContain('prediction not 2');
  const [, closing] = flat.split(' Results ');
  expect(closing).toMatch(
    /^predict row 36 001: not 2 \(probability of 2: 0\.0146\), .* done in 1\.00 s, 1 of 12 results from the cache, 2\.5 GB of memory, 1\.0 MB on the device Next /,
  );
  expect(closing).toMatch(/best C=10: accuracy 0\.6500 ± 0\.1500 .* Next pipeline look pictures, losses, weights and mistakes $/);
});
