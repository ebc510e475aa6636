// The bench starts, measures and says what it measured on. Its figures are its own business.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { BenchReport } from '../../bench/report.ts';
import { ROOT } from '../support/cli.ts';

const run = promisify(execFile);
const bench = (...args: string[]) =>
  run(process.execPath, ['--import', 'tsx', '--conditions=pipeline-gpu-source', 'bench/run.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, BENCH_ROWS: '2000' },
  });

test('a quick bench of evaluations ends with every field', { timeout: 300_000 }, async () => {
  const { stdout } = await bench('--quick', '--only', 'evaluation', '--no-sklearn', '--json', '-');
  const report = JSON.parse(stdout) as BenchReport;
  expect(report).toMatchObject({ type: 'bench', schema: 1, quick: true, sklearn: expect.any(String) });
  const { machine, peaks, figures, loadAverageAfter } = report;
  expect(machine).toMatchObject({ cpu: expect.any(String), node: process.versions.node, adapter: { name: expect.any(String), driver: expect.any(String) } });
  expect(machine.cores).toBeGreaterThan(0);
  expect([machine.loadAverage, loadAverageAfter].every(({ length }) => length === 3)).toBe(true);
  expect(Number.isFinite(Date.parse(machine.date))).toBe(true);
  const { neighborProductsPerSecond, clusterProductsPerSecond, ...measured } = peaks;
  expect([neighborProductsPerSecond, clusterProductsPerSecond]).toEqual([0, 0]); // nobody asked for them
  for (const peak of Object.values(measured)) expect(peak).toBeGreaterThan(0);
  expect(figures.map(({ name }) => name)).toEqual(['evaluation-1', 'evaluation-4', 'evaluation-40']);
  for (const { samples, minMs, medianMs, maxMs, limit } of figures) {
    expect(samples).toBeGreaterThan(1);
    expect(minMs).toBeGreaterThan(0);
    expect(medianMs).toBeGreaterThanOrEqual(minMs);
    expect(maxMs).toBeGreaterThanOrEqual(medianMs);
    expect(limit!.bytesMs).toBeGreaterThan(0);
    expect(limit!.multiplyAddsMs).toBeGreaterThan(0);
  }
  expect(figures[2]!.ratio!.value).toBeGreaterThan(1);
});

test('an unknown name is a usage error that lists the names', async () => {
  await expect(bench('--only', 'evalution')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('evaluation, fit') });
});
