// What anything thrown says, and names that were meant.
import { expect, test } from 'vitest';
import { PipelineError } from '../../src/core/errors/errors.ts';
import { errorSummary } from '../../src/core/events.ts';
import { distance } from '../../src/core/errors/didYouMean.ts';
import { systemCure } from '../../src/core/errors/systemErrors.ts';
import { causesOf, reasonOf, wholeReason } from '../../src/core/errors/thrown.ts';

const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;
const unreadable = new Proxy(
  {},
  {
    get: () => {
      throw new Error('no');
    },
  },
);

const REASONS: readonly (readonly [thrown: unknown, reason: string])[] = [
  [new Error('boom'), 'boom'],
  [new Error(''), 'Error'],
  [Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  [{ message: 'a kind of error' }, 'a kind of error'],
  [{ status: 404 }, '{"status":404}'],
  [[1, 2], '[1,2]'],
  [new Response('', { status: 404 }), 'a Response with status 404'],
  [new Map([[1, 2]]), 'a Map'],
  [cycle, '{ self }'],
  [{ big: 1n }, '{ big }'],
  [unreadable, 'a value of type object that cannot be read'],
  ['words', 'words'],
  ['', 'an empty string'],
  [undefined, 'undefined'],
  [null, 'null'],
  [Symbol('s'), 'Symbol(s)'],
];

test('every kind of thing is told', () => {
  // By hand: a table of cases would read what cannot be read.
  for (const [thrown, reason] of REASONS) expect(reasonOf(thrown)).toBe(reason);
});

test('a long object is cut', () => {
  expect(reasonOf({ text: 'x'.repeat(1000) })).toHaveLength(301);
});

test('causes are told nearest first, parts of several before what caused them, each once, and cycles end', () => {
  const deep = new Error('top', { cause: new AggregateError([new Error('one'), new Error('two', { cause: 'why two' })], 'both') });
  expect(causesOf(deep)).toEqual(['both', 'one', 'two', 'why two']);
  const loop = new Error('a');
  loop.cause = new Error('b', { cause: loop });
  expect(causesOf(loop)).toEqual(['b']);
  expect(causesOf(new Error('no file: ENOENT: x', { cause: new Error('ENOENT: x') }))).toEqual([]);
  expect(causesOf(new Error('failed', { cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }) }))).toEqual([
    'other side closed (UND_ERR_SOCKET)',
  ]);
  expect(causesOf(new Error('x', { cause: new Error('two\n  lines') }))).toEqual(['two lines']);
  expect(wholeReason(new TypeError('fetch failed', { cause: new Error('refused') }))).toBe('fetch failed: refused');
  expect(causesOf(Array.from({ length: 50 }).reduce<Error>((cause, _, i) => new Error(`level ${i}`, { cause }), new Error('root')))).toHaveLength(10);
  expect(errorSummary(new PipelineError('E_STAGE', 'm'))).toEqual({ code: 'E_STAGE', message: 'm' });
});

test.each([
  ['ENOENT', '/data/x.csv', "Check that '/data/x.csv' is there. new URL"],
  ['ENOENT', 'x.csv', `Check that 'x.csv' is there: a relative path starts from ${process.cwd()}.`],
  ['EISDIR', '/data', "Name a file: '/data' is a folder."],
  ['EACCES', '/data/x.csv', "Get permission to use '/data/x.csv'"],
  ['ENOTDIR', '/data/x.csv/y', 'Check that every part'],
  ['ENOSPC', undefined, 'Free some space on the disk of the file.'],
])('%s of %s has a cure, behind other errors too', (code, path, cure) => {
  const error = Object.assign(new Error(code), { code, path });
  expect(systemCure(new Error('no prices', { cause: error }))).toContain(cure);
  expect(systemCure(new Error('no prices'))).toBeUndefined();
});

test('letters swapped are one mistake', () => {
  expect([distance('trian', 'train'), distance('fit', 'fti'), distance('tol', 'tolerance'), distance('', 'ab')]).toEqual([1, 1, 6, 2]);
});
