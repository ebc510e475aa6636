// Estimators of one's own in an empty project that has the package as npm packs it: they compile and run there as the
// package's own do, with every row kept dense or without its zeros. TypeScript 5.9, and all ways to find types: test/long/packed.test.ts.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli, jsonLines, ROOT } from './support/cli.ts';
import { compiled, OWN_TSC, packedProject, SETTINGS } from './support/packed.ts';

type Outputs = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

let folder: string;
beforeAll(async () => {
  folder = await packedProject();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a pipeline in a process of its own, by the package's own command. */
async function run(file: string, ...options: readonly string[]): Promise<{ readonly ran: readonly string[]; readonly outputs: Outputs }> {
  const bin = join(folder, 'node_modules/pipeline-gpu/bin/pipeline.js');
  const env = { PIPELINE_CACHE: join(folder, 'cache'), PIPELINE_RUNS: join(folder, 'runs') };
  const { code, stderr, stdout } = await cli(['run', file, '--json', '--no-check', ...options], { cwd: folder, env, bin });
  const events = jsonLines(stdout);
  expect({ code, stderr, error: events.at(-1)!['error'] }).toEqual({ code: 0, stderr: '', error: undefined });
  const ran = events.filter((event) => event['type'] === 'stage-finished' && event['cached'] !== true);
  return { ran: ran.map(({ stage }) => String(stage)), outputs: events.at(-1)!['outputs'] as Outputs };
}

test('an estimator takes at most 80 lines, its kernel included', () => {
  const own = join(ROOT, 'test/fixtures/own');
  const lines = new Map<string, number>();
  for (const file of readdirSync(own)) {
    const [name] = file.split('.') as [string];
    lines.set(name, (lines.get(name) ?? 0) + readFileSync(join(own, file), 'utf8').trimEnd().split('\n').length);
  }
  expect(lines.size).toBe(5);
  expect([...lines].filter(([, count]) => count > 80)).toEqual([]);
});

test.each([SETTINGS[0], SETTINGS[3]])('they compile with %j', async (settings) => {
  expect(await compiled(folder, OWN_TSC, settings)).toBe('');
});

const KINDS = ['classifier', 'regressor', 'multilabel', 'clusterer', 'transformer'] as const;
const SEARCHED: readonly string[] = ['classifier', 'regressor', 'transformer'];

test('fit, predict, score, folds and search; nothing runs again; a new process loads what was saved', async () => {
  const first = await run('packed/fitted.ts');
  const stages = ['fit', 'score', 'cross-validate', 'predict', 'said', 'save'];
  const of = (path: string): Readonly<Record<string, unknown>> =>
    first.outputs[path] ?? expect.fail(`${path} is missing: ${Object.keys(first.outputs).join()}`);
  for (const stored of ['dense', 'sparse']) {
    for (const kind of KINDS) {
      const at = `${stored}/${kind}`;
      expect(first.ran).toEqual(expect.arrayContaining([...stages, ...(SEARCHED.includes(kind) ? ['grid-search'] : [])].map((id) => `${at}/${id}`)));
      expect((of(`${at}/cross-validate`)['foldScores'] as number[]).every(Number.isFinite)).toBe(true);
      expect(of(`${at}/said`)['said']).toEqual(of(`dense/${kind}/said`)['said']);
    }
    expect(of(`${stored}/classifier/score`)).toMatchObject({ testAccuracy: 1 });
    expect(of(`${stored}/classifier/grid-search`)).toMatchObject({ bestParams: { shrink: 0 } });
    expect(of(`${stored}/classifier/predict`)).toMatchObject({ label: 2, prediction: 2 });
    expect(of(`${stored}/regressor/score`)['r2']).toBeGreaterThan(0.9);
    expect(of(`${stored}/regressor/grid-search`)).toMatchObject({ bestParams: { column: 0 } });
    expect(of(`${stored}/transformer/score`)['r2']).toBeGreaterThan(0.9);
    expect(of(`${stored}/multilabel/predict`)).toMatchObject({ prediction: [0, 1] });
    expect(of(`${stored}/clusterer/predict`)).toMatchObject({ prediction: 1 });
  }
  const second = await run('packed/fitted.ts');
  expect(second.ran).toEqual([]);
  expect(second.outputs).toEqual(first.outputs);

  const loaded = await run('packed/loaded.ts', '--no-cache');
  for (const stored of ['dense', 'sparse']) {
    for (const kind of KINDS) {
      expect(loaded.ran).toContain(`${stored}/${kind}/load`);
      const said = loaded.outputs[`${stored}/${kind}/said`]!['said'];
      expect(said).toEqual(of(`${stored}/${kind}/said`)['said']);
      expect(said).toHaveLength(30 * { classifier: 3, regressor: 1, multilabel: 2, clusterer: 2, transformer: 1 }[kind]);
    }
  }
});

test('pipeline-gpu/testing checks them', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', 'packed/checked.ts'], { cwd: folder });
  expect(stdout).toBe('all hold\n');
});
