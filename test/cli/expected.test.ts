// What a run says beforehand of how long it may take: by stages that took long before and run again, and by no others.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RecordedStage, RunRecord } from '../../src/core/runRecord.ts';
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
