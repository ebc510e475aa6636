// What a terminal shows: the live table of stages that are not over yet, within its width and at its pace.
import stringWidth from 'string-width';
import { expect, test, vi } from 'vitest';
import type { JsonRecord, RunEvent } from '../../src/core/events.ts';
import { outputLine } from '../../src/report/terminal/format.ts';
import { liveTable } from '../../src/report/terminal/live.ts';
import { lookLines } from '../../src/report/terminal/look.ts';
import { terminalReporter } from '../../src/report/terminal/reporter.ts';
import { terminalStyle } from '../../src/report/terminal/style.ts';
import { tableLines } from '../../src/report/terminal/table.ts';

const plain = { ...terminalStyle({ isTTY: true, columns: 200 }, { NO_COLOR: '1' }) };
const started: RunEvent = { type: 'run-started', schema: 1, pipeline: 'p', stages: ['fetch', 'fit', 'score'], seed: 0 };

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
  expect(table.lines(10)).toEqual(['▸ fetch  ███░░░░░░░░░  1.00 s  ~3.00 s left  download 25.0 MB of 100.0 MB mirror', '  fit', '  score']);
  table.see({ type: 'stage-finished', stage: 'fetch', ms: 1000, output: {} });
  table.see({ type: 'stage-started', stage: 'fit' });
  table.see(fitAt(0, NaN));
  expect(table.lines(10)[0]).toMatch(/^▸ fit +0 ms +loss 0\.2500, 0\/100 iterations$/);
  table.see(fitAt(1, 1));
  now = 2000;
  // A hundredth in one second, so another hundredth in another.
  table.see(fitAt(5, 1e-2));
  expect(table.lines(10)).toEqual(['▸ fit    ██████░░░░░░  1.00 s  ~1.00 s left  loss 0.2500, gradient 1.0e-2, 5/100 iterations', '  score']);
  expect(table.lines(1)).toEqual(['  2 more']);
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

test('a terminal is redrawn at most ten times a second on stderr, finished stages are lines on stdout cut to its width', () => {
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
    expect(out.text()).toMatch(/^p seed 0\n✔ fit +1\.00 s {2}47\.0 MB, 0\.50 s on the device {2}text x+…\n$/);
    for (const line of out.text().split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(80);
    show({ type: 'run-finished', status: 'ok', ms: 1000, outputs: {} });
    const drawn = err.writes();
    vi.advanceTimersByTime(1000);
    expect(err.writes()).toBe(drawn);
  } finally {
    vi.useRealTimers();
  }
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
  expect(out.text()).toBe(`p seed 0\n= fit              cached  text ${'x'.repeat(200)}\n  done in 1.00 s\n`);
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
  const picture = { kind: 'ink', width: 1, height: 1, pixels: Uint8Array.of(0), caption: bad } as const;
  const looked = lookLines(
    [{ path: stage, output }],
    { rows: [picture], weights: [], mistakes: [], curves: [], histories: [{ stage, models: [{ model: bad, loss: [1] }] }] },
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
