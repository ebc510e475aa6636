// A user's project whose runs are told apart by what the cache did.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { jsonLines, type CliOptions } from './cli.ts';
import { project } from './project.ts';

export interface CachedRun {
  readonly code: number | null;
  readonly stderr: string;
  /** Paths of stages that were computed, and of those that were not. */
  readonly ran: readonly string[];
  readonly cached: readonly string[];
  readonly outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly events: readonly Record<string, unknown>[];
}

export interface CachedProject {
  readonly folder: string;
  readonly cache: string;
  /** Writes a file of the project. */
  write(name: string, text: string): string;
  /** Runs `pipeline run NAME --json`. */
  run(name: string, args?: readonly string[], options?: CliOptions): Promise<CachedRun>;
  /** What `pipeline explain NAME STAGE` prints. */
  explain(name: string, stage: string, args?: readonly string[]): Promise<string>;
  /** Files of the stage cache: values, and entries. */
  contents(): readonly string[];
}

/** Removed after the test. */
export function cachedProject(files: Readonly<Record<string, string>>): CachedProject {
  const { folder, write, run } = project();
  for (const [name, text] of Object.entries(files)) write(name, text);
  const cache = join(folder, 'cache');
  return {
    folder,
    cache,
    write,
    async run(name, args = [], options = {}) {
      const { code, stdout, stderr } = await run(['run', join(folder, name), '--json', ...args], options);
      const events = stdout === '' ? [] : jsonLines(stdout);
      const finished = events.filter(({ type }) => type === 'stage-finished');
      const paths = (cached: boolean): string[] => finished.filter((event) => (event['cached'] === true) === cached).map(({ stage }) => String(stage));
      const { outputs } = (events.at(-1) ?? {}) as { readonly outputs?: CachedRun['outputs'] };
      return { code, stderr, ran: paths(false), cached: paths(true), outputs: outputs ?? {}, events };
    },
    explain: async (name, stage, args = []) => (await run(['explain', join(folder, name), stage, ...args])).stdout,
    contents: () =>
      ['blobs', 'entries'].flatMap((name) =>
        readdirSync(join(cache, 'stages', name), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name)),
      ),
  };
}
