// Records of runs where clocks and process numbers lie.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import type { RunFacts, RunRecord } from '../../../src/core/runRecord.ts';
import { processMark } from '../../../src/runtime/node/runs/processMark.ts';
import { readRecord, readRecords, startRecord } from '../../../src/runtime/node/runs/runStore.ts';
import { tempFolder } from '../../support/files.ts';

const FACTS: RunFacts = { pipeline: 'p', file: '/p.ts', status: 'ok', version: '0.0.0', stages: [] };
afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

function runsFolder(): string {
  const folder = tempFolder();
  vi.stubEnv('PIPELINE_RUNS', folder);
  return folder;
}
/** A run that began when the clock said so. @returns its id */
async function runAt(time: string): Promise<string> {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(time) });
  const recorder = await startRecord(FACTS, (message) => expect.fail(message));
  await recorder.finish(FACTS);
  vi.useRealTimers();
  return recorder.id;
}
const ids = async (): Promise<readonly string[]> => (await readRecords()).map(({ id }) => id);

test('a run is the last one whatever the clock said before', async () => {
  runsFolder();
  const runs = [
    await runAt('2026-01-01T00:00:00Z'),
    await runAt('2099-01-01T00:00:00Z'),
    await runAt('2026-01-01T00:00:01Z'),
    await runAt('2025-01-01T00:00:00Z'),
  ];
  expect(await ids()).toEqual(runs);
});

test('runs in the future, of before runs were counted, make room first', async () => {
  const folder = runsFolder();
  const first = await runAt('2026-01-01T00:00:00Z');
  const { nth: _, ...record } = JSON.parse(readFileSync(join(folder, first, 'run.json'), 'utf8')) as RunRecord;
  for (let i = 0; i < 205; i++) {
    const id = `20990101-000000-${i.toString(16).padStart(4, '0')}`;
    mkdirSync(join(folder, id));
    writeFileSync(join(folder, id, 'run.json'), JSON.stringify({ ...record, id, started: '2099-01-01T00:00:00.000Z' }));
  }
  const more = [await runAt('2026-01-01T00:00:01Z'), await runAt('2026-01-01T00:00:02Z'), await runAt('2026-01-01T00:00:03Z')];
  const kept = await ids();
  expect(kept).toHaveLength(200);
  expect(kept.slice(-4)).toEqual([first, ...more]);
});

test('a killed run is interrupted, also where another process has its number', async () => {
  const folder = runsFolder();
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const id = await runAt('2026-01-01T00:00:00Z');
  const file = join(folder, id, 'run.json');
  const record = JSON.parse(readFileSync(file, 'utf8')) as RunRecord;
  expect(record.process).toBe(processMark(process.pid));
  const statusWith = async (change: Partial<RunRecord>): Promise<string | undefined> => {
    writeFileSync(file, JSON.stringify({ ...record, status: 'running', ...change }));
    return (await readRecord(id))?.status;
  };
  expect(await statusWith({})).toBe('running');
  expect(await statusWith({ pid: child.pid! })).toBe('interrupted');
  expect(await statusWith({ pid: child.pid!, process: processMark(child.pid!)! })).toBe('running');
  // A record of an earlier version knows no more than the number.
  expect(await statusWith({ pid: child.pid!, process: undefined })).toBe('running');
});
