// What the bundle for other machines runs there: an adapter that is not there, and the example of its result. test/long/bundle.test.ts makes one
// and runs it whole.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { BenchReport } from '../../bench/report.ts';
import type { KernelTested } from '../../src/testing/selfTest.ts';
import { ROOT } from '../support/cli.ts';

test('an adapter that is not there ends it at once, with what there is in its file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-bundle-'));
  try {
    const file = join(folder, 'result.json');
    const run = promisify(execFile)(process.execPath, ['--import', 'tsx', 'bench/bundle/all.ts', '--adapter', 'nosuch', file], { cwd: ROOT });
    await expect(run).rejects.toMatchObject({ code: 4, stderr: expect.stringContaining('NO SUCH ADAPTER: nosuch.') });
    const result = JSON.parse(readFileSync(file, 'utf8')) as { readonly diagnosis: { readonly checks: readonly { readonly check: string }[] } };
    expect(result).toMatchObject({ type: 'bench-bundle', schema: 1, status: 'no-adapter', diagnosis: { status: 'fail' } });
    expect(result.diagnosis.checks.map(({ check }) => check)).toContain('adapter');
    expect(result.diagnosis.checks.map(({ check }) => check)).not.toContain('cache'); // a path of this machine
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what it does not know, and a file that cannot be written, end it at once, in words', async () => {
  const run = (...args: readonly string[]) => promisify(execFile)(process.execPath, ['--import', 'tsx', 'bench/bundle/all.ts', ...args], { cwd: ROOT });
  await expect(run('--fast')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^Unknown option '--fast'.*\nusage: sh pipeline-gpu-bench\.run /),
  });
  await expect(run('bench/no-such-folder/result.json')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/result\.json cannot be written: ENOENT.*Name another file behind the command\.\n$/),
  });
});

test.each(['a#b', 'a%41', 'a?b'])('a TMPDIR called %s is refused before anything is unpacked there', async (name) => {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-bundle-'));
  try {
    const own = join(folder, name);
    mkdirSync(own);
    const run = promisify(execFile)('sh', ['bench/bundle/unpack.sh'], { cwd: ROOT, env: { ...process.env, TMPDIR: own } });
    await expect(run).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(/ has #, % or \? in its name, .* Set TMPDIR to another folder\.\n$/) });
    expect(readdirSync(own)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the example has figures, a result for each kernel of its time, and no path of a machine', () => {
  const text = readFileSync(join(ROOT, 'bench/bundle/lavapipe.json'), 'utf8');
  const { status, adapter, selfTest, bench } = JSON.parse(text) as {
    readonly status: string;
    readonly adapter: { readonly features: readonly string[]; readonly timestamps: object };
    readonly selfTest: { readonly kernels: readonly KernelTested[]; readonly agree: number };
    readonly bench: BenchReport;
  };
  expect(status).toBe('ok');
  expect(adapter).toMatchObject({ features: expect.arrayContaining(['subgroups']), timestamps: { supported: true, deviceMs: expect.any(Number) } });
  expect(selfTest.kernels.map(({ status }) => status)).toEqual(new Array(selfTest.agree).fill('ok'));
  expect(selfTest.agree).toBeGreaterThan(50);
  expect(bench.figures.filter(({ limit }) => limit !== undefined).length).toBeGreaterThan(3);
  expect(bench.machine.adapter.name).toContain('llvmpipe');
  expect(text).not.toMatch(/\/(?:tmp|home|root|work|usr)\//);
});
