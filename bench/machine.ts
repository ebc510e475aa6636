// What a figure was measured on. A figure without this line says nothing.
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import type { AdapterSummary } from '../src/core/events.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly adapter: AdapterSummary;
  /** Over 1, 5 and 15 minutes, before anything was started. */
  readonly loadAverage: readonly number[];
  readonly date: string;
  /** With `+` behind it when files differ from the commit; absent outside git. */
  readonly commit?: string | undefined;
}

/** From here on other work is in the way. */
export const BUSY_LOAD = 1.5;

export function describeMachine(adapter: AdapterSummary, loadAverage: readonly number[]): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    adapter,
    loadAverage,
    date: new Date().toISOString(),
    commit: commit(),
  };
}

export function currentLoad(): readonly number[] {
  return loadavg().map((load) => Math.round(load * 100) / 100);
}

/** Of this checkout; undefined outside git. */
export function commit(): string | undefined {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : '+'}`;
  } catch {
    return undefined;
  }
}
