// What a run says beforehand of how long it may take: by stages that took long before and run again, or by a guess where none ran.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RecordedStage, RunRecord } from '../../src/core/runRecord.ts';
import { expectedTime } from '../../src/cli/expected.ts';
import { guessedMs } from '../../src/cli/guess.ts';
import type { AdapterSummary } from '../../src/core/events.ts';
import { inferGraph } from '../../src/dsl/graph/infer.ts';
import type { Pipeline } from '../../src/dsl/graph/pipeline.ts';
import chapter from '../../pipelines/mnist-classification.ts';
import compare from '../../pipelines/mnist-compare.ts';
import grid from '../../pipelines/mnist-c-grid.ts';
import detector from '../../pipelines/mnist-2detector.ts';
import detectors from '../../pipelines/mnist-ten-detectors.ts';
import { SUM, sumProject } from '../support/project.ts';

test('a run that may take minutes says so, by what its stages took when they last ran', { timeout: 300_000 }, async () => {
  const { folder, write, run } = sumProject();
  const said = async (...args: readonly string[]) => /^ {2}about .*$/m.exec((await run(['run', 'sum.ts', ...args])).stdout)?.[0];
  const runs = join(folder, '.pipeline/runs');
  /** Changes what all recorded runs say. */
  const rewrite = (change: (stage: RecordedStage) => object, more: object = {}) => {
    for (const id of readdirSync(runs).filter((name) => name !== 'last-number')) {
      const path = join(runs, id, 'run.json');
      const record = JSON.parse(readFileSync(path, 'utf8')) as RunRecord;
      writeFileSync(path, JSON.stringify({ ...record, ...more, stages: record.stages.map((stage) => ({ ...stage, ...change(stage) })) }));
    }
  };
  expect(await said()).toBeUndefined(); // nothing ran before
  expect(await said('--no-cache')).toBeUndefined(); // all of it is quick
  const slow = ({ path }: RecordedStage) => ({ ms: path === 'numbers' ? 250_000 : 40_000 });
  rewrite(slow);
  expect(await said()).toBeUndefined(); // all of it is in the cache
  expect(await said('--to', 'numbers', '--no-cache')).toBe('  about 4 min, an estimate: what its stages took when they last ran');
  rewrite(slow);
  expect(await said('--no-cache')).toBe('  about 6 min, an estimate: what its stages took when they last ran');
  rewrite(slow);
  write('helper.ts', SUM['helper.ts'].replace('a + b', 'b + a'));
  expect(await said()).toBe('  about 1 min, an estimate: what its stages took when they last ran');
  rewrite(slow);
  write('four.ts', SUM['four.ts'].replace('(4)', '(5)'));
  expect(await said('--no-cache')).toBe('  about 1 min, an estimate: what 2 of its 3 stages took when they last ran'); // of other numbers it knows nothing
  rewrite(slow, { adapter: { name: 'another', driver: '', software: true, fallback: false } });
  expect(await said('--no-cache')).toBeUndefined();
});

const llvmpipe: AdapterSummary = { name: 'llvmpipe', vendor: 'mesa', architecture: '', driver: 'llvmpipe: Mesa 25', software: true };

test('guesses are within a factor of three of what was measured on two cores', () => {
  // Seconds, from bench/NOTES.md.
  const measured = [
    [detector, '', 0.975],
    [detectors, '', 6],
    [chapter, 'detector/', 29],
    [chapter, 'curves/forest/', 41],
    [chapter, 'severalLabels/', 125],
    [chapter, 'shifted/', 168],
  ] as const;
  const off = measured.map(([{ graph }, branch, seconds]) => {
    const nodes = graph.nodes.filter(({ path }) => path.startsWith(branch));
    const guessed = [...guessedMs(nodes, inferGraph(graph).facts, llvmpipe, 2).values()].reduce((a, b) => a + b, 0);
    return Math.max(guessed / 1000 / seconds, (seconds * 1000) / guessed);
  });
  expect(off.filter((factor) => factor > 3)).toEqual([]);
});

test('a first run on a software adapter is guessed, and quick runs, others and GPUs are not', async () => {
  const said = (pipeline: Pipeline, to?: string, more: Partial<AdapterSummary> = {}) =>
    expectedTime(pipeline, 'x.ts', [], { adapter: async () => ({ ...llvmpipe, ...more }), selection: { to } }, 2);
  const because = 'on this adapter (llvmpipe, software), a guess by rows, columns and models';
  expect(await said(chapter, 'shifted')).toBe(`about 2 min ${because}`);
  expect(await said(chapter, 'neighbors')).toBe(`about 20 s ${because}`);
  expect(await said(chapter, 'supportVectors')).toBeUndefined();
  expect(await said(chapter)).toMatch(/^about [34]\d min /);
  expect(await said(chapter, undefined, { software: false })).toBeUndefined();
  expect(await said(compare)).toBeUndefined();
  expect(await said(grid)).toBeUndefined();
  expect(await said(chapter, 'neighbors', { name: 'SwiftShader Device' })).toMatch(/^about 6 min /);
});
