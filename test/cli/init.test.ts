// A started project, from the command line: what is written runs, type-checks and passes its own test.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

test('files that exist are named and nothing is written', async () => {
  const project = join(folder, 'taken');
  mkdirSync(project);
  writeFileSync(join(project, 'README.md'), 'mine');
  writeFileSync(join(project, '.gitignore'), 'mine');
  const { code, stdout, stderr } = await cli(['init'], { cwd: project });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/E_USAGE Nothing was written: README\.md, \.gitignore exist already/);
  expect(readFileSync(join(project, 'README.md'), 'utf8')).toBe('mine');
  expect((await cli(['init', 'taken/README.md'], { cwd: folder })).stderr).toMatch(/E_USAGE .*README\.md.* cannot be written/);
});
