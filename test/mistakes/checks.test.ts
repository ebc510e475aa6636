// Mistakes in data and in what is asked of scores: each is told with its place, its cause and its cure.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { outcomesOf } from '../support/cases.ts';
import { ROOT } from '../support/cli.ts';
import { project } from '../support/project.ts';

const HEAD = `import { binarize, crossValidate, fetch, fit, gridSearch, logisticRegression, matrix, oneVsRest, pipeline, score, split, stage } from 'pipeline-gpu';
import { points } from './data/points.ts';
const noise = Float32Array.from({ length: 40 }, (_, i) => ((i * 7) % 11) + (i < 20 ? 0 : 5));
const table = (more = {}) => ({
  name: 'table',
  load: async () => ({
    name: 'table', role: 'all', x: matrix(20, 2, noise), rows: Uint32Array.from({ length: 20 }, (_, i) => (i * 7) % 20),
    labels: Uint8Array.from({ length: 20 }, (_, i) => (i < 10 ? 0 : 1)), ...more,
  }),
});
const named = { classNames: ['no', 'yes'] };
const three = { labels: Uint8Array.from({ length: 20 }, (_, i) => i % 3) };
const per = (value) => Float32Array.from({ length: 20 }, (_, i) => value(i));
const halves = split({ train: [0, 15], test: [15, 20] });
const quick = logisticRegression({ tol: 1e-2 });
const join = stage({ id: 'join', needs: ['train', 'test'], provides: ['train'],
  run: ({ train, test }) => ({ train: { ...train, rows: Uint32Array.of(...train.rows, ...test.rows) } }) });
const other = stage({ id: 'other', needs: ['train', 'model'], provides: ['other'], run: async ({ train, model }, context) => {
  const one = { ...train, x: matrix(20, 1, noise.slice(0, 20)) };
  return { other: await logisticRegression({ warmStart: model }).train(one, [{ name: 'fit' }], {}, context) };
} });
`;

/** A mistake in the rows that a source brings. */
const source = (more: string): string => `fetch(table(${more})), halves, fit(quick), // mistake`;

type Told = readonly [stages: string, code: string, message: string, hint: string];

const ERRORS: Readonly<Record<string, Told>> = {
  'labels of several types': [
    source("{ labels: Array.from({ length: 20 }, (_, i) => (i === 7 ? 1 : 'yes')) }"),
    'E_DATA',
    'row 7 has label 1, row 0 "yes"; labels are strings, finite numbers or booleans, all of one type',
    'Leave rows without a label out',
  ],
  'a row without a label': [
    source("{ labels: Array.from({ length: 20 }, (_, i) => (i === 7 ? undefined : 'yes')) }"),
    'E_DATA',
    'row 7 has no label, row 0 "yes"',
    'Leave rows without a label out',
  ],
  'numbers to predict as labels': [
    source('{ labels: Float64Array.from({ length: 20 }, (_, i) => (i === 3 ? NaN : i / 7)) }'),
    'E_DATA',
    'row 3 has label null',
    'Leave rows without a label out',
  ],
  'signed bytes as bytes': [
    source("{ x: { rows: 20, cols: 2, dtype: 'u8', data: new Int8Array(40) } }"),
    'E_DATA',
    'an Int8Array of dtype u8 arrived as x; a Uint8Array (u8), a Uint16Array (u16), a Float32Array (f32) or a Float64Array (f64) is needed.',
    'Float64Array.from(values)',
  ],
  'a plain array as features': [
    source("{ x: { rows: 20, cols: 2, dtype: 'f32', data: Array.from(noise) } }"),
    'E_DATA',
    'an Array of dtype f32 arrived as x',
    'Float64Array.from(values)',
  ],
  'doubles as weights': [
    source('{ weights: new Float64Array(20).fill(1) }'),
    'E_DATA',
    'a value of type Float64Array arrived as weights; a Float32Array is needed.',
    'Float32Array.from(weights)',
  ],
  'a weight that is no number': [
    source('{ weights: per((i) => (i === 7 ? NaN : 1)) }'),
    'E_DATA',
    'NaN of row 7 arrived as weights; finite numbers of 0 or more are needed.',
    'leave it out of rows',
  ],
  'a weight below 0': [source('{ weights: per((i) => (i === 3 ? -1 : 1)) }'), 'E_DATA', '-1 of row 3 arrived as weights', 'a weight of 0 or more'],
  'weights of 0': [source('{ weights: new Float32Array(20) }'), 'E_DATA', '0 of every row arrived as weights', 'at least one row a weight above 0'],
  'weights of too few rows': [
    source('{ weights: new Float32Array(19).fill(1) }'),
    'E_DATA',
    '19 values arrived as weights; 20, one for each row of x, are needed.',
    'weights in the source of table',
  ],
  'no row at all': [
    source('{ x: matrix(0, 2, new Float32Array(0)), labels: new Uint8Array(0), rows: new Uint32Array(0) }'),
    'E_DATA',
    'no row arrived as rows',
    'a filter leaves none',
  ],
  'no column': [source('{ x: matrix(20, 0, new Float32Array(0)) }'), 'E_DATA', 'a matrix without columns arrived as x', 'every column was left out'],
  'a text in a number column': [
    'fetch(points), halves, fit(quick), // mistake',
    'E_DATA',
    "points.csv, line 3: 'two' in column y; a number is needed.",
    'Correct the file',
  ],
  'labels made of texts': [
    `fetch(table({ labels: Uint8Array.from(Array.from({ length: 20 }, () => 'yes')) })), // mistake\n  halves, fit(quick),`,
    'E_CLASS',
    'all 15 training rows of table have label 0',
    'text becomes 0 in a Uint8Array',
  ],
  'a range past the list of rows': [
    'fetch(table({ rows: Uint32Array.from({ length: 12 }, (_, i) => i) })),\n  split({ train: [0, 10], test: [10, 20] }), // mistake',
    'E_SHAPE',
    'test [10, 20] goes past the last row; table lists 12 of its 20 rows: positions 0 to 11.',
    'within [0, 12]',
  ],
  'a class weight whose key is no class': [
    'fetch(table(named)), halves,\n  fit(logisticRegression({ classWeight: { no: 1, yess: 20 } })), // mistake',
    'E_PARAMS',
    "classWeight: 'yess' is neither a label of table nor the name of one.",
    'Did you mean yes?',
  ],
  'a class weight of a label that is not there': [
    'fetch(table()), halves,\n  fit(logisticRegression({ classWeight: { 0: 1, 2: 20 } })), // mistake',
    'E_PARAMS',
    "classWeight: '2' is neither a label of table nor the name of one.",
    '0, 1',
  ],
  'a class weight in a grid': [
    "fetch(table(named)), halves,\n  gridSearch(quick, { classWeight: ['balanced', { nein: 2 }] }, { folds: 2 }), // mistake",
    'E_PARAMS',
    "classWeight: 'nein' is neither a label of table nor the name of one.",
    'Labels and names: 0, 1, no, yes.',
  ],
  'class weights that are all 0': [
    'fetch(table()), halves,\n  fit(logisticRegression({ classWeight: { 0: 0, 1: 0 } })), // mistake',
    'E_PARAMS',
    'every class that fit trains on has weight 0',
    'above 0',
  ],
  'a class weight below 0': [
    'fetch(table()), halves,\n  fit(logisticRegression({ classWeight: { 1: -1 } })), // mistake',
    'E_PARAMS',
    'classWeight.1: the weight of a class is a number of 0 or more',
    'Parameters of logisticRegression',
  ],
  'a class weight that is no number': [
    'fetch(table()), halves,\n  fit(logisticRegression({ classWeight: { 1: NaN } })), // mistake',
    'E_PARAMS',
    'classWeight.1: a number is needed, and NaN arrived',
    'Give a number.',
  ],
  'a class weight that may mean two classes': [
    'fetch(table(three)), halves, binarize({ positive: 0 }),\n  fit(logisticRegression({ classWeight: { 0: 5 } })), // mistake',
    'E_PARAMS',
    "'0' is the label of one class and the name of another: 0 (not 0) and 1 (0)",
    'not 0',
  ],
  'a model of other columns to start from': [
    'fetch(table()), halves, fit(quick),\n  other, // mistake of the stage above',
    'E_SHAPE',
    'The model to start from was fitted on 2 columns and classes 0, 1; table has 1 column and classes 0, 1.',
    'leave warmStart out',
  ],
  'more folds than there can be': [
    'fetch(table()), halves, fit(quick),\n  crossValidate({ folds: 300 }), // mistake',
    'E_PARAMS',
    'folds: at most 255: the fold of a row is kept as a byte',
    'Parameters of crossValidate',
  ],
  'a scorer of another language in a list': [
    "fetch(table()), halves, fit(quick),\n  crossValidate({ folds: 3, scoring: ['accuracy', 'auc'] }), // mistake",
    'E_PARAMS',
    "scoring.1: 'auc' is none of the 46 names there are.",
    'Did you mean rocAuc?',
  ],
};

const WARNINGS: Readonly<Record<string, readonly [stages: string, warnings: readonly object[]]>> = {
  'a label that no training row has': [
    "fetch(table({ labels: Uint8Array.from({ length: 20 }, (_, i) => (i === 12 ? 2 : i % 2)) })), // mistake\n  halves, fit(quick), score({ on: 'test', scoring: 'rocAuc' }),",
    [
      {
        stage: 'split',
        code: 'W_CLASS',
        message: 'No row of table in train has label 2, and 1 row in other parts does: a model predicts them wrong.',
        hint: 'Give each part rows of each class: split({ test: 0.25, stratify: true }), or leave the class out.',
      },
      {
        stage: 'score',
        code: 'W_CLASS',
        message: expect.stringContaining('1 row of test of table has label 2, which no row had that the model was fitted on'),
      },
      { stage: 'score', code: 'W_SCORE', message: expect.stringContaining('rocAuc of test of table is not defined') },
    ],
  ],
  'a source with repeated rows': [
    "fetch(table({ rows: Uint32Array.from({ length: 20 }, (_, i) => (i < 17 ? i : i - 15)) })), // mistake\n  halves, fit(quick), score({ on: 'test' }),",
    [
      {
        stage: 'split',
        code: 'W_OVERLAP',
        message: '3 rows of table (ids 2, 3, 4) are in both train and test. A model scored on rows it was fitted on looks better than it is.',
        hint: expect.stringContaining('list each row once'),
      },
    ],
  ],
  'a stage that joins test rows into train': [
    "fetch(table()), halves, join, // mistake\n  fit(quick), score({ on: 'test' }),",
    [
      {
        stage: 'score',
        code: 'W_OVERLAP',
        message: '5 rows of table (ids 5, 12, 19, 6, 13) are in both train and test. A model scored on rows it was fitted on looks better than it is.',
        hint: "Keep test rows out of train: look at 'join' and 'split'.",
      },
    ],
  ],
  'rows that are in train more than once': [
    'fetch(table({ rows: Uint32Array.from({ length: 22 }, (_, i) => i % 20) })), // mistake\n  split({ train: [2, 22], test: [0, 2] }), fit(quick), crossValidate({ folds: 4 }),',
    [
      { stage: 'split', code: 'W_OVERLAP' },
      { stage: 'split', code: 'W_CLASS', message: 'No row of table in test has label 1, and 10 rows in other parts do: its scores say nothing of them.' },
    ],
  ],
  'a bootstrap that is cross-validated': [
    'fetch(table({ rows: Uint32Array.from({ length: 20 }, (_, i) => (i * 3) % 15) })), // mistake\n  split({ train: [0, 19], test: [19, 20] }), fit(quick), crossValidate({ folds: 4, stratified: false }),',
    [
      { stage: 'split', code: 'W_OVERLAP' },
      { stage: 'split', code: 'W_CLASS' },
      {
        stage: 'fit',
        code: 'W_OVERLAP',
        message: expect.stringMatching(/^\d rows? stands? in train more than once \(ids? .*\), so that folds are fitted on rows that they hold out\.$/),
      },
    ],
  ],
  'the label among the features': [
    'fetch(table({ x: matrix(20, 2, Float32Array.from({ length: 40 }, (_, i) => (i % 2 ? Number(i > 19) : i))) })), // mistake\n  halves, fit(quick),',
    [
      {
        stage: 'fetch',
        code: 'W_LEAK',
        message: 'In every row of table, column 1 equals the label: a model reads the answer off it.',
        hint: 'Leave column 1 out of x.',
      },
    ],
  ],
  'the label among the features, in other numbers': [
    'fetch(table({ x: matrix(20, 2, Float32Array.from({ length: 40 }, (_, i) => (i % 2 ? (i > 19 ? 7 : 3) : noise[i]))) })), // mistake\n  halves, fit(quick),',
    [{ stage: 'fetch', code: 'W_LEAK', message: 'In every row of table, column 1 has a value of its own for each label: a model reads the answer off it.' }],
  ],
  'a column that numbers the rows': [
    'fetch(table({ x: matrix(20, 2, Float32Array.from({ length: 40 }, (_, i) => (i % 2 ? noise[i] : 100 + i / 2))) })), // mistake\n  halves, fit(quick),',
    [
      {
        stage: 'fetch',
        code: 'W_ID',
        message: 'In table, column 0 numbers the rows: what a model learns from it holds for no other row.',
        hint: expect.stringContaining('Leave column 0 out of x.'),
      },
    ],
  ],
  'copies of rows, made before the split': [
    'fetch(table({ x: matrix(60, 2, Float32Array.from({ length: 120 }, (_, i) => Math.sin(1 + (i % 60)))), labels: Uint8Array.from({ length: 60 }, (_, i) => i % 2),\n    rows: Uint32Array.from({ length: 60 }, (_, i) => i) })), // mistake\n  split({ train: [0, 40], test: [40, 60] }), fit(quick),',
    [
      {
        stage: 'split',
        code: 'W_OVERLAP',
        message:
          '20 of 20 rows in test of table equal a row in train, in every feature and the target. A model scored on rows it was fitted on looks better than it is.',
        hint: expect.stringContaining('Leave copies out before split'),
      },
    ],
  ],
  'a class whose rows have no weight': [
    'fetch(table({ weights: per((i) => (i < 10 ? 1 : 0)) })), // mistake\n  halves, fit(quick),',
    [{ stage: 'fetch', code: 'W_WEIGHTS', message: 'All rows of table with label 1 have weight 0: nothing is learned of them, but they are scored.' }],
  ],
};

test('every mistake is told with its place, cause and cure', { timeout: 120_000 }, async () => {
  const made = project();
  made.write('data/points.ts', readFileSync(join(ROOT, 'templates/init/data/points.ts'), 'utf8'));
  made.write('data/points.csv', 'x,y,label\n1,2,0\n1,two,1\n');
  const cases = [...Object.values(ERRORS), ...Object.values(WARNINGS)].map(([stages]) => ({ stages: `  ${stages}` }));
  const outcomes = await outcomesOf(made, HEAD, cases);
  expect(outcomes).toHaveLength(cases.length);
  Object.entries(ERRORS).forEach(([name, [, code, message, hint]], i) => {
    const { error, place } = outcomes[i]!;
    expect(error, name).toMatchObject({ code, message: expect.stringContaining(message), hint: expect.stringContaining(hint) });
    // These are placed where code of one's own threw, or was made.
    const elsewhere = ['a model of other columns', 'a text in a number column'].some((one) => name.startsWith(one));
    if (!elsewhere) expect(error, name).toMatchObject({ at: place });
  });
  Object.entries(WARNINGS).forEach(([name, [, warnings]], i) => {
    const { error, warnings: told } = outcomes[Object.keys(ERRORS).length + i]!;
    expect(error, name).toBeUndefined();
    expect(told, name).toMatchObject(warnings as object[]);
    expect(told, name).toHaveLength(warnings.length);
  });
});

test('a scorer by the name of another language is told at its line, by check and by run', async () => {
  const made = project();
  const file = `import { fetch, fit, logisticRegression, mnist784, pipeline, score, split } from 'pipeline-gpu';
export default pipeline('spelled', fetch(mnist784()), split({ train: [0, 100], test: [100, 200] }), fit(logisticRegression()),
  score({ on: 'test', scoring: 'roc_auc' as never }), // mistake: rocAuc here
);
`;
  made.write('spelled.ts', file);
  for (const command of ['check', 'run']) {
    const { code, stderr } = await made.run([command, 'spelled.ts']);
    expect(code, stderr).toBe(2);
    expect(stderr).toContain("score: scoring: 'roc_auc' is none of the 46 names there are.");
    expect(stderr).toContain('Did you mean rocAuc?');
    expect(stderr).toContain('spelled.ts:3');
  }
});
