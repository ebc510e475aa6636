// A user's project in a folder of its own: pipeline files, a cache and a folder for runs, all gone after the test.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RunRecord } from '../../src/core/runRecord.ts';
import { cli, ROOT, type CliOptions, type Finished } from './cli.ts';

export interface Project {
  readonly folder: string;
  /** Writes a file of the project. @returns its path */
  write(name: string, text: string): string;
  /** The command line, in the project; a `run` does not check types, which would need a compiler there. */
  run(args: readonly string[], options?: Pick<CliOptions, 'env' | 'onStdout' | 'onStderr'>): Promise<Finished>;
  /** Records of runs, in order of their start. */
  records(): readonly RunRecord[];
  /** Every file below the cache and the runs. */
  kept(): readonly string[];
}

export function project(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-project-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/pipeline-gpu'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const runs = join(folder, '.pipeline/runs');
  return {
    folder,
    write: (name, text) => {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    run: (args, options = {}) =>
      cli(args[0] === 'run' ? [...args, '--no-check'] : args, {
        ...options,
        cwd: folder,
        env: { PIPELINE_CACHE: join(folder, 'cache'), PIPELINE_RUNS: runs, ...options.env },
      }),
    records: () =>
      readdirSync(runs)
        .filter((name) => name !== 'last-number')
        .map((id) => JSON.parse(readFileSync(join(runs, id, 'run.json'), 'utf8')) as RunRecord)
        .toSorted((a, b) => (a.started < b.started ? -1 : 1)),
    kept: () => ['cache', '.pipeline'].flatMap((name) => readdirSync(join(folder, name), { recursive: true }) as string[]),
  };
}

/** A pipeline that needs no device: numbers, made in a file of their own; their sum, by a helper; a report. */
export const SUM = {
  'numbers.ts': `import { stage } from 'pipeline-gpu';
export const numbers = (count: number) => stage({ id: 'numbers', needs: [], provides: ['numbers'], params: { count },
  run: () => ({ numbers: Array.from({ length: count }, (_, i) => i) }) });
`,
  'helper.ts': 'export const add = (a: number, b: number): number => a + b;\n',
  'sum.ts': `import { pipeline } from 'pipeline-gpu';
import { report, sum } from './stages.ts';
import { four } from './four.ts';
export default pipeline('sum', four, sum, report);
`,
  'four.ts': "import { numbers } from './numbers.ts';\nexport const four = numbers(4);\n",
  'stages.ts': `import { stage } from 'pipeline-gpu';
import { add } from './helper.ts';
export const sum = stage({ id: 'sum', needs: ['numbers'], provides: ['sum'],
  run: ({ numbers }: { numbers: number[] }) => ({ sum: numbers.reduce(add, 0) }), output: ({ sum }) => ({ sum }) });
const digits = 2;
export const report = stage({ id: 'report', needs: ['sum'], provides: ['report'], params: { digits },
  run: ({ sum }: { sum: number }) => ({ report: sum.toFixed(digits) }), output: ({ report }) => ({ report, meanScore: Number(report) }) });
`,
};

/** A project with {@link SUM} in it. */
export function sumProject(): Project {
  const made = project();
  for (const [name, text] of Object.entries(SUM)) made.write(name, text);
  return made;
}
