// Runs side by side: what differs, what only some have, by how much, in few digits.
import { expect, test } from 'vitest';
import type { JsonRecord } from '../../../src/core/events.ts';
import type { RecordedStage, RunRecord } from '../../../src/core/runRecord.ts';
import { comparisonOf } from '../../../src/report/runs/compare.ts';
import { comparisonHtml } from '../../../src/report/runs/compareHtml.ts';

function record(id: string, stages: readonly RecordedStage[], params: JsonRecord = {}): RunRecord {
  const machine = { host: 'h', cpu: 'c', node: '20', platform: 'p' };
  return {
    schema: 1,
    id,
    pipeline: '<p>',
    file: '/p.ts',
    status: 'ok',
    started: '2026-01-01T00:00:00.000Z',
    ms: 10,
    version: '0',
    pid: 1,
    machine,
    stages,
    params,
  };
}
const stage = (path: string, params: JsonRecord, output: JsonRecord, more: Partial<RecordedStage> = {}): RecordedStage => ({
  path,
  status: 'ran',
  ms: 5,
  params,
  output,
  ...more,
});

/** The cells of a row of the HTML, without markup. */
function cells(text: string, name: string): readonly string[] {
  const row = text.split('<tr>').find((one) => one.includes(`>${name}</th>`))!;
  return [...row.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, inner]) => inner!.replace(/<[^>]*>/g, '').trim());
}

test('results and parameters are told apart: differing, in some runs only, equal; scores come first', () => {
  const runs = [
    record('a', [stage('fit', { tol: 0.1, C: 1 }, { nIter: 5, trainAccuracy: 0.5 }), stage('score', {}, { testAccuracy: 0.9 })]),
    record('b', [stage('fit', { tol: 0.01, C: 1 }, { nIter: 9, trainAccuracy: 0.5 })]),
  ];
  const { results, params, times } = comparisonOf(runs);
  expect(params.map(({ name, state }) => [name, state])).toEqual([
    ['fit.tol', 'differs'],
    ['fit.C', 'equal'],
  ]);
  expect(results.map(({ name, state, values }) => [name, state, values])).toEqual([
    ['fit.trainAccuracy', 'equal', [0.5, 0.5]],
    ['score.testAccuracy', 'partial', [0.9, undefined]],
    ['fit.nIter', 'differs', [5, 9]],
  ]);
  expect(times.map(({ name }) => name)).toEqual(['fit', 'score', 'whole run']);
});

test('figures have four digits and their difference; parameters as many digits as tell them apart', () => {
  const output = (accuracy: number | null): JsonRecord => ({ accuracy, confusion: Array.from({ length: 100 }, () => [1, 2, 3]) });
  const text = comparisonHtml(
    comparisonOf([
      record('a', [stage('score', { C: 0.30000000000000004, tol: 1e-4 }, output(0.979023456789))]),
      record('b', [stage('score', { C: 0.3, tol: 1e-5 }, output(0.97902345))]),
      record('c', [stage('score', { C: 10, tol: 1e-5 }, output(null))]),
    ]),
    false,
  ).text;
  expect(cells(text, 'score.accuracy')).toEqual(['0.9790', '0.9790 −6.79e-9', '–']);
  expect(cells(text, 'score.tol')).toEqual(['0.0001', '0.00001', '0.00001']);
  // They differ in their last digit alone.
  expect(cells(text, 'score.C')).toEqual(['0.30000000000000004', '0.3', '10']);
  expect(text).not.toContain('confusion');
  expect(text).toContain('&lt;p&gt;');
});

test('lists of numbers cannot be taken for one number, of digests the beginning stands, and on a phone each run has a line', () => {
  const of = (rows: number, letter: string): RunRecord =>
    record(letter, [stage('fetch', { digest: `${letter.repeat(64)}-${'0'.repeat(64)}` }, { x: [rows, 784] })]);
  const { text } = comparisonHtml(comparisonOf([of(70_000, 'a'), of(60_000, 'b')]), false);
  expect(cells(text, 'fetch.x').map((cell) => cell.replaceAll(/\s/g, ' '))).toEqual(['70 000, 784', '60 000, 784']);
  expect(cells(text, 'fetch.digest')).toEqual(['aaaaaaaa-00000000', 'bbbbbbbb-00000000']);
  expect(text).toMatch(/<table class="compared stacked">[^]*<td class="value" data-label="B">/);
});

test('stages that other runs lack, and runs that failed at once, are no obstacle', () => {
  const runs = [
    record('a', [stage('one', {}, { x: 1 }, { parts: { code: 'aaa' } })]),
    record('b', [stage('two', {}, {}, { status: 'failed' })]),
    record('c', []),
  ];
  const found = comparisonOf(runs);
  expect(found.others).toEqual([]);
  const { text } = comparisonHtml(found, false);
  // On a phone a cell is a line with the letter of its run, unless nothing is in it.
  expect(text.match(/<td[^>]*><\/td>/g)?.length).toBe(4);
  expect(text).not.toMatch(/<td[^>]*>\s+<\/td>/);
  expect(text).not.toMatch(/null|undefined|NaN/);
  const changed = comparisonOf([runs[0]!, record('d', [stage('one', {}, { x: 1 }, { parts: { code: 'bbb', 'param tol': 'x' } })])]);
  expect(changed.others.map(({ name, values }) => [name, values])).toEqual([['one: code', ['aaa', 'bbb']]]);
});
