// The list of runs: what a filter finds, in what order, a page at a time.
import { expect, test } from 'vitest';
import type { RunRecord } from '../../../src/core/runRecord.ts';
import { listOf, PAGE_RUNS, summaryOf, type RunSummary } from '../../../src/report/runs/list.ts';

function run(at: number, over: Partial<RunRecord> = {}, accuracy: number | null = 0.5, tol = 0.1): RunSummary {
  const output = { testAccuracy: accuracy, confusion: [[1, 2]], nIter: at };
  return summaryOf({
    schema: 1,
    id: `20260101-000000-${at.toString(16).padStart(4, '0')}`,
    pipeline: 'detector',
    file: '/p.ts',
    status: 'ok',
    started: new Date(at * 1000).toISOString(),
    version: '0.0.0',
    pid: 1,
    machine: { host: 'h', cpu: 'c', node: '20', platform: 'p' },
    params: { positive: at },
    stages: [{ path: 'fit', status: 'ran', params: { tol }, output, ms: 1 }],
    ...over,
  });
}
const atOf = ({ runs }: ReturnType<typeof listOf>): readonly number[] => runs.map(({ id }) => parseInt(id.slice(-4), 16));

test('newest first, by any figure in both orders, runs without it last', () => {
  const runs = [run(0, {}, 0.7), run(1, {}, null), run(2, {}, 0.9), run(3, {}, 0.7)];
  expect(atOf(listOf(runs, {}))).toEqual([3, 2, 1, 0]);
  expect(atOf(listOf(runs, { ascending: true }))).toEqual([0, 1, 2, 3]);
  expect(atOf(listOf(runs, { sort: 'score' }))).toEqual([2, 3, 0, 1]);
  expect(atOf(listOf(runs, { sort: 'score', ascending: true }))).toEqual([3, 0, 2, 1]);
  const byTol = listOf([run(0, {}, 0.5, 0.2), run(1, {}, 0.5, 0.1)], { sort: 'params fit.tol' });
  expect(byTol.runs.map(({ figure }) => figure)).toEqual([0.2, 0.1]);
  expect(atOf(listOf(runs, { sort: 'nonsense' }))).toEqual([3, 2, 1, 0]);
});

test('a filter looks for all words in id, pipeline and parameters; what can be chosen is told', () => {
  const runs = [run(0), run(1, { pipeline: 'forest', status: 'failed' }), run(2, {}, 0.5, 0.01)];
  expect(atOf(listOf(runs, { text: 'DETECTOR tol=0.01' }))).toEqual([2]);
  expect(atOf(listOf(runs, { text: 'tol=0.1' }))).toEqual([1, 0]);
  expect(atOf(listOf(runs, { text: '-0001' }))).toEqual([1]);
  expect(atOf(listOf(runs, { pipeline: 'forest' }))).toEqual([1]);
  expect(atOf(listOf(runs, { status: 'ok' }))).toEqual([2, 0]);
  const { total, found, pipelines, figures } = listOf(runs, { status: 'failed' });
  expect({ total, found, pipelines, figures }).toEqual({
    total: 3,
    found: 1,
    pipelines: ['detector', 'forest'],
    figures: { results: ['fit.nIter', 'fit.testAccuracy'], params: ['fit.tol', 'positive'] },
  });
});

test('pages hold each run once; a page behind the last one is the last one', () => {
  const runs = Array.from({ length: 2 * PAGE_RUNS + 3 }, (_, at) => run(at));
  const pages = [0, 1, 2].map((page) => listOf(runs, { page }));
  expect(pages.flatMap(atOf)).toEqual(Array.from(runs.keys()).toReversed());
  expect(pages.map(({ pages }) => pages)).toEqual([3, 3, 3]);
  expect(listOf(runs, { page: 9 })).toEqual(pages[2]);
  expect(listOf(runs, { page: -1 })).toEqual(pages[0]);
  expect(listOf([], {})).toMatchObject({ runs: [], page: 0, pages: 1 });
});

test('a run is told by its last score; a mean says of which one', () => {
  const scored = (...outputs: readonly RunRecord['stages'][number]['output'][]): unknown =>
    run(0, { stages: outputs.map((output, i) => ({ path: `s${i}`, status: 'ran', params: {}, output })) }).score;
  expect(scored({ foldScores: [0.4, 0.5], meanScore: 0.45, scoring: 'r2' })).toEqual({ name: 'mean r2', value: 0.45 });
  expect(scored({ bestScore: 0.9, scoring: 'rocAuc' }, { nIter: 3 })).toEqual({ name: 'best rocAuc', value: 0.9 });
  expect(scored({ meanScore: 12 })).toEqual({ name: 'meanScore', value: 12 });
  expect(scored({ testAccuracy: 0.9 }, { sizes: [3, 4], negInertia: -7, adjustedRand: 0.8 })).toEqual({ name: 'adjustedRand', value: 0.8 });
  expect(scored({ sizes: [3, 4] })).toBeUndefined();
});
