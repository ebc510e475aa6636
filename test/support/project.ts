// A user's project in a folder of its own, run from the command line with a cache of its own.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { cli, jsonLines, ROOT, type CliOptions } from './cli.ts';

export interface ProjectRun {
  readonly code: number | null;
  readonly stderr: string;
  /** Paths of stages that were computed, and of those that were not. */
  readonly ran: readonly string[];
  readonly cached: readonly string[];
  readonly outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly events: readonly Record<string, unknown>[];
}

export interface Project {
  readonly folder: string;
  readonly cache: string;
  /** Writes a file of the project. */
  write(name: string, text: string): string;
  /** Runs `pipeline run NAME --json`. */
  run(name: string, args?: readonly string[], options?: CliOptions): Promise<ProjectRun>;
  /** Content files of the stage cache. */
  contents(): readonly string[];
}

/** Removed after the test. */
export function project(files: Readonly<Record<string, string>>): Project {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-project-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const cache = join(folder, 'cache');
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/pipeline-gpu'));
  write('package.json', '{ "type": "module" }');
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    folder,
    cache,
    write,
    async run(name, args = [], { env, ...options } = {}) {
      const { code, stdout, stderr } = await cli(['run', join(folder, name), '--json', ...args], {
        cwd: folder,
        ...options,
        env: { PIPELINE_CACHE: cache, ...env },
      });
      const events = stdout === '' ? [] : jsonLines(stdout);
      const finished = events.filter(({ type }) => type === 'stage-finished');
      const paths = (cached: boolean): string[] => finished.filter((event) => (event['cached'] === true) === cached).map(({ stage }) => String(stage));
      const { outputs } = (events.at(-1) ?? {}) as { readonly outputs?: ProjectRun['outputs'] };
      return { code, stderr, ran: paths(false), cached: paths(true), outputs: outputs ?? {}, events };
    },
    contents: () =>
      readdirSync(join(cache, 'stages/content-v2'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
  };
}
