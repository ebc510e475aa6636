// The bundle for a machine with a GPU and no network: made, unpacked by its one command where no Node, no package and no home is in sight, and the
// one file that it leaves.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../support/cli.ts';

const exec = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'pipeline-bundle-test-'));
const bundle = join(folder, 'pipeline-gpu-bench.run');
beforeAll(async () => {
  await exec(process.execPath, ['--import', 'tsx', 'bench/bundle/make.ts', '--fast', bundle], { cwd: ROOT });
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly stderr: string;
}

/** With nothing in its environment but a PATH of the system's tools. */
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  exec('/bin/sh', [bundle, ...args], { cwd: folder, env: { PATH: '/usr/bin:/bin', HOME: folder, TMPDIR: folder, BENCH_ROWS: '6000', ...env } }).then(
    ({ stderr }) => ({ code: 0, stderr }),
    (error: unknown) => error as Ended,
  );
const read = (file: string): Record<string, Record<string, unknown>> => JSON.parse(readFileSync(join(folder, file), 'utf8')) as never;

test('without a driver it ends with one clear word, and says in its file what it found', async () => {
  const { code, stderr } = await run(['none.json'], { VK_DRIVER_FILES: join(folder, 'nothing.json') });
  expect(stderr).toContain('NO VULKAN DRIVER');
  expect(code).toBe(4);
  expect(read('none.json')).toMatchObject({ type: 'bench-bundle', status: 'no-adapter', diagnosis: { status: 'fail' } });
});

test('without xz it says so', async () => {
  const bin = mkdtempSync(join(tmpdir(), 'pipeline-bundle-bin-'));
  try {
    for (const name of ['uname', 'mktemp', 'tail', 'tar', 'rm']) symlinkSync(join('/usr/bin', name), join(bin, name));
    const { code, stderr } = await run([], { PATH: bin });
    expect(stderr).toContain('xz is missing. Install it');
    expect(code).toBe(2);
  } finally {
    rmSync(bin, { recursive: true });
  }
});

test('where xz fails no half of a file is left', async () => {
  const bin = mkdtempSync(join(tmpdir(), 'pipeline-bundle-bin-'));
  try {
    writeFileSync(join(bin, 'xz'), '#!/bin/sh\nhead -c 1000\nexit 1\n', { mode: 0o755 });
    const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}` };
    const made = exec(process.execPath, ['--import', 'tsx', 'bench/bundle/make.ts', '--fast', join(bin, 'half.run')], { cwd: ROOT, env });
    await expect(made).rejects.toMatchObject({ stderr: expect.stringContaining('one of them failed') });
    expect(readdirSync(bin)).toEqual(['xz']);
  } finally {
    rmSync(bin, { recursive: true });
  }
});

test('with a driver its file has adapter, kernels and bench, and nothing else is left', async () => {
  const before = readdirSync(folder);
  const { code, stderr } = await run(['--quick', 'result.json']);
  expect(stderr).toContain('All is well');
  expect(code).toBe(0);
  expect(readdirSync(folder).filter((name) => !before.includes(name))).toEqual(['result.json']);
  const { built, machine, adapter, selfTest, bench } = read('result.json');
  expect(built).toMatchObject({ version: expect.any(String), node: process.versions.node });
  expect(machine).toMatchObject({ adapter: { name: expect.any(String) } });
  expect(adapter).toMatchObject({ info: { subgroupMinSize: expect.any(Number) }, limits: { maxBufferSize: expect.any(Number) }, features: expect.any(Array) });
  expect(selfTest).toMatchObject({ status: 'ok', differ: 0 });
  expect((selfTest!['kernels'] as readonly { readonly status: string }[]).length).toBeGreaterThan(40);
  expect(bench).toMatchObject({ type: 'bench', peaks: { readBytesPerSecond: expect.any(Number), multiplyAddsPerSecond: expect.any(Number) } });
  const text = readFileSync(join(folder, 'result.json'), 'utf8');
  for (const own of [folder, ROOT]) expect(text).not.toContain(own);
  expect(text).not.toMatch(new RegExp(`\\b${hostname()}\\b`));
});
