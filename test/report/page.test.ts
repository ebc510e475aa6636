// The report as text: which figures stand on its cards, and what stands beside them.
import { expect, test } from 'vitest';
import type { JsonRecord } from '../../src/core/events.ts';
import type { Picture, RunEvent } from '../../src/core/events.ts';
import type { RecordedStage, RunRecord } from '../../src/core/runRecord.ts';
import { captioned, evidenceOf, type Evidence } from '../../src/report/html/data.ts';
import { reportPage } from '../../src/report/html/page.ts';

const evidence: Evidence = { histories: [], residuals: [], components: [], coefficients: [], curves: [], rows: [], weights: [], mistakes: [], figures: [] };

/** A report of one stage, without its script and style. */
function pageOf(output: JsonRecord, more: Partial<RecordedStage> = {}, shown: Partial<Evidence> = {}): string {
  const stages = [{ path: 'cross-validate', status: 'ran', params: {}, output, ...more }];
  const run = { id: '1', pipeline: 'p', status: 'ok', started: '2026-01-01T00:00:00Z', version: '0', machine: {}, stages } as unknown as RunRecord;
  return reportPage({ run, evidence: { ...evidence, ...shown }, style: '', script: '' });
}

/** Text of the cards: name, stage, figure, and what stands beside it. */
const cardsOf = (output: JsonRecord): string[] => cardTexts(pageOf(output));

const cardTexts = (page: string): string[] =>
  [...page.matchAll(/<div class="card">(.*?)<\/div>/gs)].map(([, card]) =>
    card!
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  );

test('a prediction stands by the name of its class, beside what is true', () => {
  const cards = (...stages: readonly Partial<RecordedStage>[]): string[] => {
    const run = {
      id: '1',
      pipeline: 'p',
      status: 'ok',
      started: '2026-01-01T00:00:00Z',
      version: '0',
      machine: {},
      stages: stages.map((stage) => ({ params: {}, ...stage })),
    } as unknown as RunRecord;
    return cardTexts(reportPage({ run, evidence, style: '', script: '' }));
  };
  const asked = { row: 3, label: 'versicolor', prediction: true, decision: 1, probability: 0.75 };
  expect(cards({ path: 'fit', output: { classes: ['not versicolor', 'versicolor'] } }, { path: 'predict', output: asked })).toEqual([
    'prediction of row 3 predict versicolor probability of versicolor 0.7500 in fact versicolor',
  ]);
  expect(cards({ path: 'predict', output: { row: 3, value: 2.5, prediction: 1.5 } })).toEqual(['prediction of row 3 predict 1.5000 in fact 2.5000']);
});

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

test('the best point of a grid stands on its card', () => {
  expect(cardsOf({ scoring: 'accuracy', bestScore: 0.97, bestParams: { C: 10 / 3, tol: 0.1 } })).toEqual([
    'best score (accuracy) cross-validate 0.9700 with C=3.33 tol=0.1',
  ]);
});

test('a curve has a table, and a chart where its values are numbers', () => {
  const point = (value: number | string) => ({ value, trainScores: [0.9, 1], testScores: [0.8, null], meanTrainScore: 0.95, meanTestScore: null });
  const numbers = pageOf({ scoring: 'f1Macro', param: 'C', points: [point(0.1), point(10)] });
  expect(numbers).toMatch(
    /cross-validate: f1 macro by C.*<svg class="chart".*<th scope="row">0.1<\/th>\s*<td class="number"[^>]*>0.95000<\/td>\s*<td[^>]*>-<\/td>/s,
  );
  expect(numbers).toContain('training rows: C 0.1, f1 macro 0.95');
  const names = pageOf({ scoring: 'accuracy', param: 'kernel', points: [point('rbf'), point('linear')] });
  expect(names).toContain('<th scope="row">rbf</th>');
  expect(names).not.toContain('<svg class="chart"');
});

test('a cached result has the time that it took, and the adapter, of the run that computed it', () => {
  const adapter = { name: 'Some GPU', driver: 'd 1', vendor: 'v', architecture: 'a', software: false };
  const page = pageOf({}, { status: 'cached', ms: 3, computed: { ms: 9530, adapter } });
  expect(page).toContain('>9.53 s, earlier</td>');
  expect(page).toContain('Computed on Some GPU, d 1<');
  expect(pageOf({}, { status: 'cached', ms: 3, computed: { ms: 9530, adapter: { ...adapter, solver: 'device' } } })).toContain(
    'Computed on Some GPU, d 1, solver on the device<',
  );
});

test('pictures of several branches say whose they are, those of one do not', () => {
  const picture: Picture = { kind: 'ink', width: 1, height: 1, pixels: Uint8Array.of(0), caption: 'weights of 2' };
  const of = (stage: string): RunEvent => ({ type: 'picture', stage, of: 'weights', picture });
  expect(captioned(evidenceOf([of('plain/fit'), of('tame/fit')]).weights).map(({ caption }) => caption)).toEqual(['plain: weights of 2', 'tame: weights of 2']);
  expect(captioned(evidenceOf([of('fit'), of('fit')]).weights).map(({ caption }) => caption)).toEqual(['weights of 2', 'weights of 2']);
});

test('what a stage trained in several goes is one history', () => {
  const history = (stage: string, model: string): RunEvent => ({ type: 'history', stage, models: [{ model, loss: [1] }] });
  const { histories } = evidenceOf([history('grid', 'C=1 fold 1'), history('fit', 'fit'), history('grid', 'C=2 fold 1')]);
  expect(histories.map(({ stage, models }) => [stage, ...models.map(({ model }) => model)])).toEqual([
    ['grid', 'C=1 fold 1', 'C=2 fold 1'],
    ['fit', 'fit'],
  ]);
});

test('weights of features that are no pixels stand as bars with their names', () => {
  const largest = [
    { feature: 1200, weight: -2 },
    { feature: 7, name: '<age>', weight: 1 },
  ];
  const page = pageOf({}, {}, { coefficients: [{ type: 'coefficients', stage: 'fit', model: '<yes>', features: 5000, largest }] });
  expect(page).toMatch(/fit, for &lt;yes&gt;: the largest 2 of 5\u202f000/);
  expect(page).toContain('<title>feature 1\u202f200: -2</title>');
  expect(page).toContain('<title>&lt;age&gt;: 1</title>');
  const one = pageOf({}, {}, { coefficients: [{ type: 'coefficients', stage: 'fit', features: 2, largest }] });
  expect(one).toMatch(/<figcaption>\s*fit\s*<\/figcaption>/);
});

test('of values, the table and the chart have residuals of one sign: true less predicted', () => {
  const wrong = [{ type: 'mistakes', stage: 'score', rows: 9, cols: 0, columns: [], worst: [{ row: 4, truth: 2, predicted: 5, values: [] }] }] as const;
  const points = [[5, -3] as const, [1, 0] as const];
  const page = pageOf({}, {}, { wrong, residuals: [{ type: 'residuals', stage: 'score', rows: 9, points, spread: { edges: [-3, 0], counts: [9] } }] });
  expect(page).toMatch(/data-label="residual">-3</);
  expect(page).toContain('predicted 5, residual -3');
});

test('curves of branches lie over each other, those of several classes in a chart of their own', () => {
  const curve = {
    type: 'curve',
    positives: 1,
    negatives: 1,
    points: [
      { threshold: 1, truePositives: 1, falsePositives: 0 },
      { threshold: 0, truePositives: 1, falsePositives: 1 },
    ],
  } as const;
  const page = pageOf(
    {},
    {},
    {
      curves: [
        { ...curve, stage: 'plain/score', rocAuc: 0.98765, averagePrecision: 0.5 },
        { ...curve, stage: 'tame/score', rocAuc: 0.9, averagePrecision: 0.25 },
        { ...curve, stage: 'digits', positive: 'seven', rocAuc: 0.75, averagePrecision: 0.125 },
      ],
    },
  );
  const names = [...page.matchAll(/<svg class="chart"[^>]*aria-label="([^"]*)"/g)].map(([, name]) => name);
  expect(names).toEqual([
    'ROC: plain/score, AUC 0.9877; tame/score, AUC 0.9000',
    'Precision by recall: plain/score, AP 0.5000; tame/score, AP 0.2500',
    'ROC of digits, each class against all others: seven, AUC 0.7500',
    'Precision by recall of digits, each class against all others: seven, AP 0.1250',
    'Precision, recall and false positive rate of plain/score by the threshold of the decision value',
    'Precision, recall and false positive rate of tame/score by the threshold of the decision value',
  ]);
});

test('the least, the mean and the most of dates are dates', () => {
  const day = { name: 'day', type: 'dates', gaps: 0, spread: { min: 1327968000, mean: 1328016600, max: 1328140800, counts: [1, 1] } } as const;
  const data = { name: 'd', rows: 2, cols: 1, counted: 2, columns: [day], target: [], first: [['2012-01-31'], ['2012-02-02']] } as const;
  const page = pageOf({}, {}, { data: [{ type: 'data', stage: 'fetch', data }] });
  expect(page).toMatch(/data-label="least">2012-01-31<[\s\S]*data-label="mean">2012-02-01<[\s\S]*data-label="most">2012-02-02</);
});

test('a table of many columns shows those that fit on a screen, and its file has all', () => {
  const columns = Array.from({ length: 12 }, (_, j) => `feature_number_${j}`);
  const worst = [{ row: 4, truth: 'a', predicted: 'b', values: columns.map((_, j) => j + 0.5) }];
  const page = pageOf({}, {}, { wrong: [{ type: 'mistakes', stage: 'score', wrong: 1, rows: 9, cols: 12, columns, worst }] });
  const [, shown] = /Of 12 columns the first (\d+) are shown; the file has all\./.exec(page)!;
  expect(Number(shown)).toBeGreaterThan(3);
  expect(page).toContain(`data-label="feature_number_${Number(shown) - 1}"`);
  expect(page).not.toContain(`data-label="feature_number_${shown}"`);
  const [, file] = /download="Mistakes-score[^"]*" href="data:text\/csv;charset=utf-8;base64,([^"]+)"/.exec(page)!;
  expect(Buffer.from(file!, 'base64').toString().split('\r\n')[0]).toMatch(/^row,true class,predicted,feature_number_0,.*feature_number_11$/);
});

test('a table that is too wide for a phone is a block for each row there, however few columns it has', () => {
  const stage = (path: string): RecordedStage => ({
    path,
    status: 'ran',
    params: {},
    output: { rocAucOvrWeighted: 0.5, explainedVariance: 0.5, negMaxError: -12_345.6 },
  });
  const run = {
    id: '1',
    pipeline: 'p',
    status: 'ok',
    started: '2026-01-01T00:00:00Z',
    version: '0',
    machine: {},
    stages: [stage('standardized/score'), stage('binned/score')],
  };
  const page = reportPage({ run: run as unknown as RunRecord, evidence, style: '', script: '' });
  expect(page).toMatch(/aria-label="Results by branch">\s*<table class="stacked">/);
});

test('parameters stand as they were set, of digests the beginning', () => {
  const page = pageOf({}, { params: { tol: 0.0001, missing: ['', 'NA'], digest: 'abcdef01'.repeat(8), schema: { a: { kind: 'number' } } } });
  expect(page).toContain('>tol 0.0001, missing [&#39;&#39;, NA], digest abcdef01<');
});

test('several labels are told one after the other', () => {
  expect(cardsOf({ row: 3, prediction: [1, 7] })).toEqual(['prediction of row 3 cross-validate 1, 7']);
  expect(cardsOf({ row: 3, prediction: [1.234567, 70_000] })).toEqual(['prediction of row 3 cross-validate 1.2346, 70 000']);
  expect(cardsOf({ row: 3, prediction: [] })).toEqual(['prediction of row 3 cross-validate no label']);
});

test('of two classes it stands everywhere which one is the positive one', () => {
  const curve = {
    type: 'curve',
    stage: 'score',
    positives: 90,
    negatives: 53,
    points: [{ threshold: 1, truePositives: 90, falsePositives: 53 }],
    spread: { names: ['malignant', 'benign'], edges: [0, 1], negatives: [53], positives: [90] },
    calibration: [
      { predicted: 0.25, share: 0.5, rows: 70 },
      { predicted: 0.75, share: 0.75, rows: 73 },
    ],
  } as const;
  const worst = [
    { row: 4, truth: 'malignant', predicted: 'benign', mistake: 'false positive', values: [] },
    { row: 5, truth: 'benign', predicted: 'malignant', mistake: 'false negative', values: [] },
  ] as const;
  const page = pageOf({}, {}, { curves: [curve], wrong: [{ type: 'mistakes', stage: 'score', wrong: 2, rows: 143, cols: 0, columns: [], worst }] });
  for (const text of [
    'ROC, positive class benign',
    'Precision and recall, positive class benign',
    '(90 positives: benign, 53 negatives: malignant)',
    'Precision, recall and false positive rate of score by threshold',
    'Calibration of score: share of positives (benign) by predicted probability',
    'False positives: malignant taken for benign<',
    'False negatives: benign taken for malignant<',
  ])
    expect(page).toContain(text);
});

test('a confusion matrix is drawn as counts and in percent of each true class', () => {
  const page = pageOf({
    classes: ['no', 'yes'],
    confusion: [
      [900, 100],
      [0, 0],
    ],
  });
  expect(page).toContain('<title>true class no, predicted class yes: 100</title>');
  expect(page).toContain('<title>true class no, predicted class yes: 10</title>');
  expect(page).toContain('right: no 90, yes 0');
});

test('a search is drawn with its best points, and says how many share the first place', () => {
  const points = [0.1, 1, 10].map((C) => ({ params: { C }, foldScores: [0.5, C > 0.5 ? 0.9 : 0.7], meanScore: C > 0.5 ? 0.7 : 0.6 }));
  const page = pageOf({ points, bestParams: { C: 1 }, scoring: 'accuracy' });
  expect(page).toContain('>best, 2 tied</text>');
  expect(page).toContain('<title>mean of folds: C 10, accuracy 0.7</title>');
  expect(page).toMatch(/best C=1, mean accuracy 0.70000; 2 points share it/);
});
