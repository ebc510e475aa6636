// What commands show in a terminal of 80 columns: no line is longer, nothing is cut, and a run ends with its results.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunRecord } from '../../src/core/runRecord.ts';
import { resultRows } from '../../src/report/terminal/closing.ts';
import { paramLines } from '../../src/cli/paramHelp.ts';
import { jsonSchemaOf } from '../../src/dsl/jsonSchema.ts';
import { loadPipeline, pipelineFiles } from '../../src/cli/load/load.ts';
import { cli, ROOT } from '../support/cli.ts';
import { tempFolder } from '../support/files.ts';
import { SUM, sumProject } from '../support/project.ts';
import { inTerminal, tooLong } from '../support/width.ts';

test('commands', { timeout: 180_000 }, async () => {
  const { run, write } = sumProject();
  write('fails.ts', SUM['sum.ts'].replace("'./four.ts'", "'./five.ts'"));
  write('five.ts', `${SUM['four.ts']}\nthrow new Error('${'many words '.repeat(20)}');\n`);
  const first = await run(['run', 'sum.ts'], { env: inTerminal });
  expect(first.stdout).toMatch(/\nResults\n {2}report {2}.*\n {2}done in .*\n\nNext\n {2}(npx )?pipeline look +\S/);
  await run(['run', 'sum.ts', '--seed', '1'], { env: inTerminal });
  const commands = [
    ['run', 'sum.ts', '--dry-run'],
    ['run', 'sum.ts', '--help'],
    ['run', 'fails.ts'],
    ['run', 'sum.ts', '--nothing'],
    ['runs'],
    ['runs', 'show'],
    ['runs', 'diff', 'last~1', 'last'],
    ['look'],
    ['list'],
    ['explain', 'sum.ts', 'report'],
    ['cache', 'info'],
    ['nothing'],
    ['--help'],
  ];
  const shown = await Promise.all(commands.map((args) => run(args, { env: inTerminal })));
  for (const { stdout, stderr } of [first, ...shown]) {
    expect(tooLong(stdout + stderr)).toEqual([]);
    expect(stdout + stderr).not.toContain('…');
    expect(stdout + stderr).not.toBe('');
  }
});

test('the help of every command says what it does', async () => {
  const { stdout } = await cli(['--help']);
  const names = [...stdout.matchAll(/^ {2}([a-z]+)(?: \[.*\])? {2,}\S/gm)].map(([, name]) => [name!]).filter(([name]) => name !== 'help');
  expect(names.length).toBeGreaterThan(15);
  const inner = ['runs', 'cache'].flatMap((name) => (name === 'runs' ? ['show', 'diff'] : ['info', 'clear']).map((own) => [name, own]));
  const shown = await Promise.all([...names, ...inner].map(async (name) => [name, await cli([...name, '--help'])] as const));
  for (const [name, { code, stdout: help }] of shown) {
    expect({ name, code, long: tooLong(help) }).toEqual({ name, code: 0, long: [] });
    expect(help).toMatch(/^Usage: pipeline .*\n\n[A-Z][^]*\.\n\n/);
  }
});

test.each(pipelineFiles(`${ROOT}/pipelines`))('parameters of %s', async (file) => {
  const { pipeline } = await loadPipeline(file);
  const lines = paramLines(pipeline, { width: 80 });
  expect(lines.length > 0).toBe(pipeline.name !== 'mnist-ink'); // whose stages have none
  const silent = pipeline.graph.nodes.flatMap(({ path, stage: { spec } }) => {
    const properties = spec.configurable ? (jsonSchemaOf(spec.configurable.schema).properties ?? {}) : {};
    return Object.entries(properties).flatMap(([name, { description }]) => (description === undefined ? [`${path}.${name}`] : []));
  });
  expect(silent).toEqual([]);
  expect(tooLong(lines.join('\n'))).toEqual([]);
});

const FEW_ROWS = ['--set', 'split.train=[0,200]', '--set', 'split.test=[60000,60100]'];
/** What makes an example quick. The chapter on classification is looked at where it runs. */
const QUICK: Readonly<Record<string, readonly string[]>> = {
  'mnist-2detector': FEW_ROWS,
  'mnist-c-grid': [...FEW_ROWS, '--set', 'grid-search.maxIter=9'],
  'mnist-compare': FEW_ROWS,
  'mnist-ink': [],
  'mnist-seeds': FEW_ROWS,
  'mnist-table': ['--rows', '200', '--tests', '100', '--to', 'forest', '--set', 'forest/fit.nEstimators=3'],
  'mnist-ten-detectors': [...FEW_ROWS, '--set', 'fit.maxIter=4'],
  'mnist-ten-digits': [...FEW_ROWS, '--set', 'fit.maxIter=4'],
};

interface Said {
  readonly args: readonly string[];
  readonly code: number;
  readonly text: string;
}

test('every command of every example: no line is longer, and every result is whole', { timeout: 300_000 }, () => {
  const names = pipelineFiles(`${ROOT}/pipelines`).map((file) => basename(file, '.ts'));
  expect(names.filter((name) => name !== 'mnist-classification')).toEqual(Object.keys(QUICK));
  const runs = Object.entries(QUICK).flatMap(([name, options]) => [['run', name, '--no-check', ...options], ['look'], ['runs', 'show']]); // oxfmt-ignore
  const about = names.flatMap((name) => [
    ['run', name, '--help'],
    ['run', name, '--dry-run'],
    ['explain', name, 'fetch'],
    ['check', name],
  ]);
  const folder = tempFolder();
  // Each adds a run, so that the next of those above is as far back.
  const again = Object.keys(QUICK).flatMap(() => [['reproduce', `last~${Object.keys(QUICK).length - 1}`], ['runs', 'diff', 'last~1', 'last'], ['report', '--out', join(folder, 'report.html')]]); // oxfmt-ignore
  const others = [['runs'], ['list'], ['doctor'], ['cache', 'info']];
  const variables = { NO_COLOR: '1', CI: '1', PIPELINE_RUNS: join(folder, 'runs'), PIPELINE_CACHE: join(folder, 'cache') };
  const commands = [...runs, ...again, ...about, ...others];
  const child = spawnSync(process.execPath, [`${ROOT}/test/support/commandsChild.js`, JSON.stringify([`${ROOT}/dist/main.js`, ...commands])], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...variables },
    maxBuffer: 1e8,
  });
  expect(child.status, child.stderr).toBe(0);
  const all = JSON.parse(child.stdout) as readonly Said[];
  for (const { args, code, text } of all) {
    expect({ args, code, tooLong: tooLong(text) }).toEqual({ args, code: 0, tooLong: [] });
    expect(text.trim(), args.join(' ')).not.toBe('');
    expect(text, args.join(' ')).not.toContain('…');
  }
  const records = readdirSync(variables.PIPELINE_RUNS)
    .filter((id) => id !== 'last-number')
    .map((id) => JSON.parse(readFileSync(join(variables.PIPELINE_RUNS, id, 'run.json'), 'utf8')) as RunRecord)
    .toSorted((a, b) => a.nth! - b.nth!);
  const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');
  for (const [i, [name]] of Object.entries(QUICK).entries()) {
    const rows = resultRows(records[i]!.stages);
    expect(rows.length > 0).toBe(name !== 'mnist-ink'); // whose stages are the user's own
    const [ran, , shown] = all.slice(3 * i, 3 * i + 3).map(({ text }) => flat(text));
    for (const text of [ran!, shown!]) for (const [stage, result] of rows) expect(text).toContain(flat(`${stage} ${result}`));
  }
});
