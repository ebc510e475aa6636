// What a terminal shows: the live table of stages that are not over yet, within its width and at its pace.
import stringWidth from 'string-width';
import { expect, test, vi } from 'vitest';
import type { JsonRecord, RunEvent } from '../../src/core/events.ts';
import { grouped } from '../../src/core/numbers.ts';
import { apart, outputLine } from '../../src/report/terminal/format.ts';
import { liveTable } from '../../src/report/terminal/live.ts';
import { lookLines } from '../../src/report/terminal/look.ts';
import { terminalReporter } from '../../src/report/terminal/reporter.ts';
import { terminalStyle } from '../../src/report/terminal/style.ts';
import { tableLines, wrapped, wrappedTable } from '../../src/report/terminal/table.ts';

const plain = { ...terminalStyle({ isTTY: true, columns: 200 }, { NO_COLOR: '1' }) };
const started: RunEvent = { type: 'run-started', schema: 1, pipeline: 'p', stages: ['fetch', 'fit', 'score'], seed: 0 };
const nothing = { rows: [], weights: [], mistakes: [], figures: [], residuals: [], components: [], coefficients: [], curves: [], histories: [] };

function fitAt(iteration: number, gradient: number): RunEvent {
  return { type: 'fit-progress', stage: 'fit', maxIter: 100, tol: 1e-4, models: [{ model: 'fit', iteration, loss: 0.25, gradient, done: false }] };
}

test('running stages show bar, time, forecast and loss; those to come are named; those over are gone', () => {
  let now = 0;
  const table = liveTable(plain, new Map(), () => now);
  table.see(started);
  table.see({ type: 'stage-started', stage: 'fetch' });
  now = 1000;
  table.see({ type: 'progress', stage: 'fetch', task: 'download', done: 25e6, total: 100e6, unit: 'bytes', note: 'mirror' });
  expect(table.lines(10)).toEqual(['▸ fetch  ███░░░░░░░░░  1.00 s  ~3.00 s left  download 25.0 MB of 100.0 MB, mirror', '  fit', '  score']);
  table.see({ type: 'stage-finished', stage: 'fetch', ms: 1000, output: {} });
  table.see({ type: 'stage-started', stage: 'fit' });
  table.see(fitAt(0, NaN));
  expect(table.lines(10)[0]).toMatch(/^▸ fit +0 ms +0\/100 iterations, loss 0\.2500$/);
  table.see(fitAt(1, 1));
  now = 2000;
  // A hundredth in one second, so another hundredth in another.
  table.see(fitAt(5, 1e-2));
  expect(table.lines(10)).toEqual(['▸ fit    ██████░░░░░░  1.00 s  ~1.00 s left  5/100 iterations, loss 0.2500, gradient 1.0e-2', '  score']);
  expect(table.lines(1)).toEqual(['  2 more']);
});

test('work is told in its own units, work within work, and never runs back', () => {
  let now = 0;
  const table = liveTable(plain, new Map(), () => now);
  table.see({ type: 'stage-started', stage: 'search' });
  now = 1000;
  table.see({ type: 'progress', stage: 'search', task: 'read', done: 10, total: 10, unit: 'bytes' });
  const points = { type: 'progress', stage: 'search', task: 'work', total: 4, unit: 'points' } as const;
  table.see({ ...points, done: 0 });
  now = 2000;
  table.see({ ...points, done: 1, within: [{ done: 50, total: 100, unit: 'trees' }] });
  expect(table.lines(10)).toEqual(['▸ search  █████░░░░░░░  2.00 s  ~1.67 s left  1/4 points, 50/100 trees']);
  table.see({ type: 'progress', stage: 'search', task: 'work', done: 1200, total: null, unit: 'iterations' });
  expect(table.lines(10)).toEqual([`▸ search    2.00 s    ${grouped(1200)} iterations`]);
  table.see({ ...points, done: 2, within: [] });
  table.see({ ...fitAt(7, NaN), stage: 'search' } as RunEvent);
  expect(table.lines(10)[0]).toMatch(/ 2\/4 points, 7\/100 iterations, loss 0\.2500$/);
});

test('the time that a stage took last decides its forecast until it is past', () => {
  let now = 0;
  const table = liveTable(plain, new Map([['fit', 4000]]), () => now);
  table.see({ type: 'stage-started', stage: 'fit' });
  now = 1000;
  expect(table.lines(10)).toEqual(['▸ fit  ███░░░░░░░░░  1.00 s  ~3.00 s left']);
  now = 5000;
  expect(table.lines(10)).toEqual(['▸ fit    5.00 s']);
});

test('no line is wider than the terminal, wide characters and colours included', () => {
  const table = liveTable(terminalStyle({ isTTY: true, columns: 40 }, { FORCE_COLOR: '1' }));
  table.see({ ...started, stages: ['数字の認識/=日本語のとても長い枝の名前/fit', 'fit'] } as RunEvent);
  table.see(fitAt(12, 1e-2));
  const lines = table.lines(10);
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(40);
});

interface Screen {
  readonly stream: NodeJS.WriteStream;
  readonly text: () => string;
  readonly writes: () => number;
}

function screen(isTTY: boolean): Screen {
  const parts: string[] = [];
  const stream = { isTTY, columns: 80, rows: 24, write: (text: string) => parts.push(text) > 0, on: () => {}, once: () => {} };
  return { stream: stream as never, text: () => parts.join(''), writes: () => parts.filter((part) => part.includes('loss')).length };
}

test('a terminal is redrawn at most ten times a second on stderr, finished stages are lines on stdout that go on where its width ends', () => {
  vi.useFakeTimers();
  try {
    const [out, err] = [screen(true), screen(true)];
    const show = terminalReporter({ out: out.stream, err: err.stream, env: { NO_COLOR: '1' } });
    show(started);
    show({ type: 'stage-started', stage: 'fit' });
    for (let i = 1; i <= 1000; i++) {
      show(fitAt(i, 1 / i));
      vi.advanceTimersByTime(1);
    }
    expect(err.writes()).toBeGreaterThan(5);
    expect(err.writes()).toBeLessThanOrEqual(10);
    show({ type: 'stage-finished', stage: 'fit', ms: 1000, output: { text: 'x'.repeat(200) }, device: { bytes: 47e6, computeMs: 500 } });
    expect(out.text()).toMatch(/^p seed 0\n✔ fit +1\.00 s {2}text\n( {27}x+\n)+$/);
    expect(out.text().match(/x/g)!.length).toBe(201);
    for (const line of out.text().split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(80);
    show({ type: 'run-finished', status: 'ok', ms: 1000, outputs: {} });
    const drawn = err.writes();
    vi.advanceTimersByTime(1000);
    expect(err.writes()).toBe(drawn);
  } finally {
    vi.useRealTimers();
  }
});

test.each([40, 80, 120])('at %i columns every result is there, and no line is longer', (columns) => {
  const out = screen(true);
  Object.assign(out.stream, { columns });
  const show = terminalReporter({ out: out.stream, err: screen(false).stream, env: { NO_COLOR: '1' } });
  const finish = (stage: string, output: JsonRecord): void =>
    show({ type: 'stage-finished', stage, ms: 9530, output, device: { bytes: 47_600_000, computeMs: 7880 } });
  show(started);
  show({ type: 'adapter-ready', adapter: { name: 'llvmpipe (LLVM 15.0.6, 256 bits)', vendor: '', architecture: '', driver: 'x'.repeat(70), software: true } });
  finish('predict', { row: 36_001, label: 2, prediction: true, decision: 4.2147, probability: 0.9854 });
  finish('score', { testAccuracy: 0.9808, majorityBaseline: 0.8968, classes: [0, 1], confusion: [[8919, 49], [143, 889]] }); // oxfmt-ignore
  finish('cross-validate', { scoring: 'accuracy', foldScores: [0.9789, 0.9797, 0.9785], meanScore: 0.97902, majorityBaseline: 0.9007 });
  finish('grid-search', { bestParams: { C: 0.3007882518043099, classWeight: 'balanced' }, scoring: 'accuracy', bestScore: 0.97813 });
  show({ type: 'warning', stage: 'grid-search', code: 'W_SEARCH', message: 'many words '.repeat(20).trim(), hint: 'do this '.repeat(20).trim() });
  for (const line of out.text().split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
  const flat = out.text().replaceAll(/\s+/g, ' ');
  for (const result of [
    'prediction yes',
    'test accuracy 0.9808',
    'mean score 0.9790',
    'fold scores [0.9789 0.9797 0.9785]',
    'best params C=0.301 classWeight=balanced',
  ])
    expect(flat).toContain(result);
  expect(flat).not.toContain('…');
});

test('a bar never runs backwards, whatever the forecast says next, and is full only at the end', () => {
  let now = 0;
  const table = liveTable(plain, new Map([['fit', 1000]]), () => now);
  const cells = (): number => (table.lines(10)[0]!.match(/█/g) ?? []).length;
  table.see({ type: 'stage-started', stage: 'fit' });
  now = 990;
  table.see(fitAt(1, 1));
  expect(cells()).toBe(11);
  now = 1100; // past the time it took last: from here on the gradient forecasts, and it says half
  table.see(fitAt(2, 1e-2));
  expect(cells()).toBe(11);
  table.see({ type: 'progress', stage: 'fit', task: 'read', done: 1, total: 4, unit: 'bytes' });
  expect(cells()).toBeLessThanOrEqual(11);
});

test('row numbers look the same in a caption and in an output, and numbers of a list are told apart', () => {
  expect(outputLine({ row: 36_001, firstRows: [12_628, 37_730] })).toBe('row 36\u202f001, first rows [12\u202f628, 37\u202f730]');
  expect(`row ${grouped(36_001)}`).toBe('row 36\u202f001');
});

test('two values that differ look different: parameters exactly, results as short as that allows', () => {
  expect(apart(0.001, 0.1, true)).toEqual(['0.001', '0.1']);
  expect(apart(0.97895, 0.98)).toEqual(['0.9789', '0.9800']);
  expect(apart(0.978951, 0.978952)).toEqual(['0.978951', '0.978952']);
  expect(apart(undefined, null)).toEqual(['-', '-']);
  expect(apart('a\u001b', 36_001)).toEqual(['a\ufffd', '36\u202f001']);
});

test('a table goes on below its last column; a flag too long for a line is broken where it can be', () => {
  expect(
    wrappedTable(
      [
        ['fit', 'ran', 'n iter 22, objective 0.0717, status converged'],
        ['cross-validate', 'ran', 'mean 1'],
      ],
      45,
    ),
  ).toEqual([
    'fit             ran  n iter 22,',
    '                     objective 0.0717,',
    '                     status converged',
    'cross-validate  ran  mean 1',
  ]);
  expect(wrapped('', 4, ['  --set fit.x=<one|two|three|four>'], 20)).toEqual(['  --set fit.x=<one|', '  two|three|four>']);
});

test('look: what failed, the points of a grid best first, ties, and losses by stage', () => {
  const points = [1, 10, 100].map((C, i) => ({ params: { C }, foldScores: [0.5, [0.6, 0.8, 0.8][i]!], meanScore: [0.55, 0.65, 0.65][i]!, nIter: [3, i] }));
  const output = { bestParams: { C: 10 }, scoring: 'accuracy', points };
  const models = ['C=1 fold 1', 'C=10 all rows'].map((model) => ({ model, loss: [0.7, 0.5] }));
  const looked = lookLines(
    [{ path: 'grid-search', output }],
    { ...nothing, histories: [{ stage: 'grid-search', models }] },
    { ...plain, columns: 80, depth: 'none' },
  );
  expect(looked).toEqual([
    'grid-search: best C=10',
    'point  mean accuracy  spread    iterations  folds',
    'C=10   0.6500         ± 0.1500  1 to 3      0.5000 0.8000',
    'C=100  0.6500         ± 0.1500  2 to 3      0.5000 0.8000',
    'C=1    0.5500         ± 0.0500  0 to 3      0.5000 0.6000',
    '2 points share the best mean; the first of them is taken.',
    '',
    'Loss',
    'C=10 all rows █▁ 0.5000 after 1 iterations',
    '',
  ]);
});

test('look: a curve, and a halving whose last points stand first', () => {
  const curve = { param: 'C', scoring: 'accuracy', points: [{ value: 1, trainScores: [1], testScores: [0.5], meanTrainScore: 1, meanTestScore: 0.5 }] };
  const halved = [0, 1].map((iter) => ({ params: { C: 1 }, iter, nResources: 20 + iter, foldScores: [0.9 - iter / 2], meanScore: 0.9 - iter / 2 }));
  const looked = lookLines(
    [
      { path: 'curve', output: curve },
      { path: 'halving', output: { bestParams: { C: 1 }, scoring: 'accuracy', points: halved } },
    ],
    nothing,
    { ...plain, columns: 80, depth: 'none' },
  );
  expect(looked).toEqual([
    'halving: best C=1, 21 resources',
    'point              mean accuracy  spread    iterations  folds',
    'C=1, 21 resources  0.4000         ± 0.0000  -           0.4000',
    'C=1, 20 resources  0.9000         ± 0.0000  -           0.9000',
    '',
    'curve: accuracy by C',
    'C  training rows  rows held out  folds',
    '1  1.0000         0.5000         0.5000',
    '',
  ]);
});

test('look: weights of features as bars on both sides of zero', () => {
  const largest = [
    { feature: 12, weight: -2 },
    { feature: 7, weight: 1 },
  ];
  expect(
    lookLines([], { ...nothing, coefficients: [{ type: 'coefficients', stage: 'fit', model: 'yes', features: 4, largest }] }, { ...plain, columns: 80 }),
  ).toEqual(['Largest of 4 weights of fit for yes', 'feature 12  ████████████              -2', 'feature 7               ██████        1', '']);
});

const LONG = 'of'.repeat(45);

test('look: a long name leaves bars and weights in the picture', () => {
  const largest = [
    { feature: 0, name: LONG, weight: -2 },
    { feature: 1, name: '年齢', weight: 1 },
  ];
  const lines = lookLines(
    [],
    { ...nothing, coefficients: [{ type: 'coefficients', stage: 'fit', model: 'yes', features: 2, largest }] },
    { ...plain, columns: 80 },
  );
  expect(lines[1]).toMatch(/^of[of]+…[of]+of {2}█{12} {14}-2$/);
  expect(lines[2]).toMatch(/^年齢 +█{6} +1$/);
  for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(80);
});

test('look: rows of a table that were predicted wrong, with the first columns that fit', () => {
  const columns = ['age', LONG, ...Array.from({ length: 10 }, (_, i) => `column ${i}`)];
  const worst = Array.from({ length: 12 }, (_, i) => ({
    row: 1000 + i,
    truth: 'yes',
    predicted: 'no',
    probability: 0.9,
    values: columns.map((_, j) => (j === 0 ? null : j === 1 ? 2026 : j)),
  }));
  const wrong = { type: 'mistakes', stage: 'score', wrong: 30, rows: 2000, cols: 12, columns, worst } as const;
  const lines = lookLines([], { ...nothing, wrong: [wrong] }, { ...plain, columns: 80 });
  expect(lines.slice(0, 2)).toEqual(['Most confident mistakes of score', '30 of 2\u202f000 rows are wrong']);
  expect(lines[2]).toMatch(/^row {3}true {2}predicted {2}probability {2}age {2}of[of]+…[of]+ {2}column 0$/);
  expect(lines[3]).toMatch(/^1000 {2}yes {3}no {9}0\.9000 {7}- {4}2026 +2$/);
  expect(lines).toHaveLength(3 + 8 + 1);
  const { wrong: _, ...values } = { ...wrong, columns: [], worst: [{ row: 3, truth: 1.5, predicted: 4, values: [] }] };
  expect(lookLines([], { ...nothing, wrong: [values] }, { ...plain, columns: 80 })).toEqual([
    'Largest errors of score',
    'of 2\u202f000 rows those furthest off',
    'row  true    predicted',
    '3    1.5000  4',
    '',
  ]);
});

test('look: sizes of clusters and shares of components as bars; a run without anything to see says so', () => {
  const shares = Array.from({ length: 22 }, (_, i) => 2 ** -(i + 1));
  const lines = lookLines(
    [{ path: 'fit', output: { sizes: [10, 5, 0] } }],
    { ...nothing, components: [{ type: 'components', stage: 'fit', components: 22, shares }] },
    { ...plain, columns: 80 },
  );
  expect(lines.slice(0, 5)).toEqual([
    'Rows of 3 clusters of fit',
    `cluster 0  ${'█'.repeat(24)}  10`,
    `cluster 1  ${'█'.repeat(12)}              5`,
    `cluster 2  ${' '.repeat(24)}  0`,
    '',
  ]);
  expect(lines[6]).toBe(`component 1   ${'█'.repeat(24)}  0.5000`);
  expect(lines.at(-2)).toBe('2 more');
  expect(lookLines([{ path: 'fit', output: { nIter: 3 } }], nothing, { ...plain, columns: 80 })).toEqual([
    'Nothing to show here; `pipeline report` has the rest.',
  ]);
});

test('a terminal that does not know its width has 80 columns', () => {
  expect(terminalStyle({ isTTY: true, columns: 0 }, {}).columns).toBe(80);
});

test('without a terminal nothing is drawn and nothing is cut', () => {
  const [out, err] = [screen(false), screen(false)];
  const show = terminalReporter({ out: out.stream, err: err.stream, env: {} });
  show(started);
  show(fitAt(1, 1));
  show({ type: 'stage-finished', stage: 'fit', ms: 1000, output: { text: 'x'.repeat(200) }, cached: true });
  show({ type: 'run-finished', status: 'ok', ms: 1000, outputs: {} });
  expect(out.text()).toBe(`p seed 0\n= fit              cached  text ${'x'.repeat(200)}\n  done in 1.00 s, 1 of 3 results from the cache\n`);
  expect(err.text()).toBe('');
});

test('nothing of a name, a message or a result reaches the terminal as a command to it', () => {
  const [out, err] = [screen(false), screen(false)];
  const show = terminalReporter({ out: out.stream, err: err.stream, env: { NO_COLOR: '1' } });
  const bad = '\u001b]0;title\u0007\u009b31m';
  const stage = `${bad}/fit`;
  show({ ...started, pipeline: bad, stages: [stage] } as RunEvent);
  show({ type: 'stage-started', stage });
  show({ type: 'fit-resumed', stage, iterations: 3 });
  show({ type: 'warning', stage, code: 'W_RETRY', message: bad, hint: bad });
  show({ type: 'stage-finished', stage, ms: 1, output: { [bad]: bad } });
  show({
    type: 'run-finished',
    status: 'failed',
    ms: 1,
    outputs: {},
    error: { code: 'E_STAGE', message: bad, hint: bad, stage, at: { file: bad, line: 1, column: 1 } },
  });
  const output = { confusion: [[1]], classes: [bad] };
  const picture = { stage, kind: 'ink', width: 1, height: 1, pixels: Uint8Array.of(0), caption: bad } as const;
  const looked = lookLines(
    [{ path: stage, output }],
    { ...nothing, rows: [picture], histories: [{ stage, models: [{ model: bad, loss: [1] }] }] },
    { ...plain, depth: 'none' },
  );
  const shown = [out.text(), err.text(), ...looked].join('\n');
  expect(shown.match(/\ufffd\]0;title\ufffd\ufffd31m/g)!.length).toBeGreaterThanOrEqual(15);
  // oxlint-disable-next-line no-control-regex
  expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
});

test('a score that is not defined looks the same from a run and from the cache, whose JSON has null for NaN', () => {
  const output = { foldScores: [NaN, 0.5], meanScore: NaN };
  expect(outputLine(output)).toBe('fold scores [- 0.5000], mean score -');
  expect(outputLine(JSON.parse(JSON.stringify(output)) as JsonRecord)).toBe(outputLine(output));
});

test('columns are as wide as a terminal shows them, coloured or not', () => {
  const letters = Array.from({ length: 0x3000 }, (_, code) => String.fromCodePoint(code)).filter((letter) => !/[\p{Cc}\p{M}]/u.test(letter));
  for (const letter of [...letters, '字', '🙂', '👩‍🔬', 'e\u0301', '\u001b[31mred\u001b[39m', '\u001b[32m✔\u001b[39m']) {
    const [line] = tableLines([
      [letter, '|'],
      ['wide', '|'],
    ]);
    expect(line, `U+${letter.codePointAt(0)!.toString(16)}`).toBe(`${letter}${' '.repeat(4 - stringWidth(letter))}  |`);
  }
});

test('of pictures of many stages the first of each are shown, each by its stage', () => {
  const picture = (stage: string, i: number) => ({ stage, kind: 'ink', width: 2, height: 2, pixels: new Uint8Array(4), caption: `row ${i}` }) as const;
  const stages = ['show', ...Array.from({ length: 8 }, (_, b) => `b${b}/score`)];
  const mistakes = stages.flatMap((stage) => Array.from({ length: 10 }, (_, i) => picture(stage, i)));
  const lines = lookLines([], { ...nothing, mistakes }, { ...plain, columns: 80 });
  expect(lines.filter((line) => / row \d$/.test(line))).toEqual(
    stages.flatMap((stage, b) => [0, 1].map((i) => `${`${2 * b + i + 1}`.padEnd(2)} ${stage.split('/')[0]}: row ${i}`.replace(/^(\d+) +/, '$1  '))),
  );
  expect(lines).toContain('72 more in `pipeline report`');
});
