// A started project, from the command line: what is written runs, type-checks and passes its own test.
import { exec, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli, jsonLines, ROOT } from '../support/cli.ts';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'pipeline-init-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** As `npm install` would leave it: this package by its name, and the tools by theirs. */
function installed(project: string): void {
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(ROOT, join(project, 'node_modules/pipeline-gpu'));
  for (const name of ['.bin', '@types', 'typescript', 'vitest']) symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
}

function tool(name: string, args: readonly string[], cwd: string): Promise<{ readonly code: number | null; readonly text: string }> {
  const child = spawn(join(cwd, 'node_modules/.bin', name), args, { cwd, env: { ...process.env, PIPELINE_CACHE: join(folder, 'cache') } });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part));
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (code) => resolve({ code, text })));
}

test('a started project runs, its types are right and its test passes', async () => {
  const project = join(folder, 'My Project');
  const { code, stdout, stderr } = await cli(['init', 'My Project'], { cwd: folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^My Project\/pipelines\/first\.ts$/m);
  expect(stdout).toMatch(/^Next: cd 'My Project' && npm install && npm start$/m);
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))).toMatchObject({
    name: 'my-project',
    dependencies: { 'pipeline-gpu': `^${version}` },
  });
  expect(readFileSync(join(project, '.gitignore'), 'utf8')).toContain('node_modules\n');
  expect(readFileSync(join(project, 'README.md'), 'utf8')).toMatch(/^# my-project\n/);

  installed(project);
  const run = await cli(['run', 'first', '--json'], { cwd: project, env: { PIPELINE_CACHE: join(folder, 'cache') } });
  expect(run.code).toBe(0);
  expect(jsonLines(run.stdout).at(-1)).toMatchObject({ status: 'ok', outputs: { 'class-counts': { classCounts: [44, 46] } } });
  const check = await cli(['check', 'first'], { cwd: project, env: { PIPELINE_CACHE: join(folder, 'cache') } });
  expect(check).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok$/m) });
  const [types, tests] = [await tool('tsc', [], project), await tool('vitest', ['run'], project)];
  expect(types).toEqual({ code: 0, text: '' });
  expect(tests.text).toContain('8 passed');
  expect(tests.code).toBe(0);
});

const HOUSES = `rooms,garden,town,built,price\n${Array.from({ length: 80 }, (_, i) => `${1 + (i % 5)},${i % 3 ? 'yes' : 'no'},${['Ulm', 'Bonn'][i % 2]},${1900 + ((i * 37) % 100)},${100_000 + (i % 5) * 30_000 + ((i * 7919) % 1000)}`).join('\n')}\n`;

test.each([
  [
    'penguins.csv',
    readFileSync(join(ROOT, 'docs/penguins.csv'), 'utf8'), // with dirt, and names that only one row has
    [],
    'species: label(), // what is to be learned',
    'logisticRegression',
  ],
  ['my houses.csv', HOUSES, ['--target', 'price'], 'price: value(), // what is to be learned', 'ridge'],
])('a project that begins with %s', async (name, text, options, learned, estimator) => {
  const place = mkdtempSync(join(folder, 'from-'));
  writeFileSync(join(place, name), text);
  const { code, stdout, stderr } = await cli(['init', 'mine', '--from', name, ...options], { cwd: place });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const project = join(place, 'mine');
  const module = /^mine\/(data\/\w+\.ts)$/m.exec(stdout)![1]!;
  expect(readFileSync(join(project, module), 'utf8')).toContain(`csv('${name}'`);
  expect(readFileSync(join(project, module), 'utf8')).toContain(learned);
  expect(readFileSync(join(project, 'data', name), 'utf8')).toBe(text);
  expect(readFileSync(join(project, 'pipelines/first.ts'), 'utf8')).toContain(`chain(prepared, ${estimator}())`);
  for (const file of ['pipelines/first.ts', 'README.md', 'test/first.test.ts']) expect(readFileSync(join(project, file), 'utf8')).not.toMatch(/\$[a-z]/);
  installed(project);
  const env = { PIPELINE_CACHE: join(folder, 'cache') };
  expect(await cli(['check', 'first'], { cwd: project, env })).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok$/m) });
  const run = await cli(['run', 'first', '--json'], { cwd: project, env });
  expect(jsonLines(run.stdout).at(-1)).toMatchObject({ status: 'ok', outputs: { 'cross-validate': { meanScore: expect.any(Number) } } });
  expect((jsonLines(run.stdout).at(-1) as { outputs: { 'cross-validate': { meanScore: number } } }).outputs['cross-validate'].meanScore).toBeGreaterThan(0.9);
  expect(readdirSync(project)).toContain('first.safetensors');
  const [types, tests] = [await tool('tsc', [], project), await tool('vitest', ['run'], project)];
  expect(types).toEqual({ code: 0, text: '' });
  expect(tests).toMatchObject({ code: 0, text: expect.stringContaining('1 passed') });
});

test('a table that is not there, or has no such column, is told before anything is written', async () => {
  const place = mkdtempSync(join(folder, 'from-'));
  writeFileSync(join(place, 'houses.csv'), HOUSES);
  for (const [options, message, hint] of [
    [['--from', 'huoses.csv'], 'huoses.csv is not there', 'Did you mean houses.csv?'],
    [['--from', 'houses.csv', '--target', 'prize'], "houses.csv has no column 'prize'.", 'Did you mean price?'],
  ] as const) {
    const { stdout, stderr } = await cli(['init', 'mine', ...options], { cwd: place });
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  }
  expect(readdirSync(place)).toEqual(['houses.csv']);
});

test('beside files that exist: these stay as they are, what they lack is printed, and works', async () => {
  const project = join(folder, 'taken');
  mkdirSync(project);
  const own: Readonly<Record<string, string>> = {
    'package.json': JSON.stringify({
      name: 'taken',
      type: 'commonjs',
      scripts: { test: 'echo "Error: no test specified" && exit 1', start: 'node .' },
      dependencies: { typescript: '5' },
    }),
    'README.md': 'mine',
    '.gitignore': '/node_modules/\n',
    'tsconfig.json': '{ "compilerOptions": { "module": "NodeNext" } } // mine',
  };
  for (const [name, text] of Object.entries(own)) writeFileSync(join(project, name), text);
  const { code, stdout, stderr } = await cli(['init'], { cwd: project });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const [name, text] of Object.entries(own)) expect(readFileSync(join(project, name), 'utf8')).toBe(text);
  const [written, left, steps] = stdout.split(/\n(?:Already there|To finish)/);
  expect(written!.trim().split('\n')).toEqual([
    'data/points.csv',
    'data/points.ts',
    'pipelines/first.ts',
    'stages/classCounts.ts',
    'test/first.test.ts',
    'test/points.test.ts',
  ]);
  expect(left).toBe(' and left alone: README.md, .gitignore, package.json, tsconfig.json\n');
  const version = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
  expect(steps!.trim().split(/\n */)).toEqual([
    ':',
    '.gitignore: add .pipeline',
    'npm pkg set type=module "scripts.check=pipeline check first" "scripts.types=tsc" "scripts.test=vitest run"',
    `npm install "pipeline-gpu@^${version}"`,
    expect.stringMatching(/^npm install --save-dev "@types\/node@\S+" "vitest@\S+"$/),
    'tsconfig.json: the new files are checked with "types": ["node"], "allowImportingTsExtensions": true, "noEmit": true',
    'npx pipeline run first',
  ]);
  await promisify(exec)(
    steps!.split('\n').find((line) => line.includes('npm pkg set'))!,
    { cwd: project },
  );
  writeFileSync(
    join(project, 'tsconfig.json'),
    '{ "compilerOptions": { "module": "nodenext", "types": ["node"], "allowImportingTsExtensions": true, "noEmit": true } }',
  );
  installed(project);
  const run = await cli(['run', 'first', '--json', '--to', 'split'], { cwd: project, env: { PIPELINE_CACHE: join(folder, 'cache') } });
  expect(jsonLines(run.stdout).at(-1)).toMatchObject({ status: 'ok' });
  expect((await cli(['init'], { cwd: project })).stdout).toMatch(/^Already there and left alone: README\.md, data\/points\.csv, .*\n/);
});

test('where something stands in the way, nothing is written', async () => {
  writeFileSync(join(folder, 'file'), 'mine');
  const project = join(folder, 'blocked');
  mkdirSync(join(project, 'README.md'), { recursive: true });
  writeFileSync(join(project, 'stages'), 'mine');
  for (const [place, message] of [
    ['file', /E_USAGE .* cannot be written: file is a file\. Nothing was written\./],
    ['blocked', /E_USAGE .*README\.md cannot be written: blocked\/README\.md is a folder\. Nothing was written\./],
  ] as const) {
    const { code, stdout, stderr } = await cli(['init', place], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  }
  expect(readdirSync(project).toSorted()).toEqual(['README.md', 'stages']);
});
