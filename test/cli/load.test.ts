// Pipeline files load wherever a user first puts them: CommonJS or modules, with this package installed beside them or not.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { cli, jsonLines, ROOT } from '../support/cli.ts';
import { tempFolder } from '../support/files.ts';
import { loading } from '../support/loading.ts';
import { project } from '../support/project.ts';

/** A pipeline whose stage imports a file when it runs. */
const plain = (name: string, other: string): string => `import { pipeline, stage } from 'pipeline-gpu';
import { two } from './${other}';
const one = stage({ id: 'one', needs: [], provides: ['a'], run: async () => ({ a: two + (await import('./${other}')).two }), output: ({ a }) => ({ a }) });
export default pipeline('${name}', one);
`;
const REQUIRED = `const { pipeline, stage } = require('pipeline-gpu');
const one = stage({ id: 'one', needs: [], provides: ['a'], run: () => ({ a: 4 }), output: ({ a }) => ({ a }) });
module.exports = pipeline('required', one);
`;
const EXPORT_EQUALS = `import gpu = require('pipeline-gpu');
const one = gpu.stage({ id: 'one', needs: [], provides: ['a'], run: () => ({ a: 4 }), output: ({ a }: { a: number }) => ({ a }) });
export = gpu.pipeline('export-equals', one);
`;

/** Of each kind of file one that imports one of each kind. @returns their names */
function writeKinds(write: (name: string, text: string) => unknown): readonly string[] {
  const kinds = ['ts', 'mts', 'cts'];
  for (const kind of kinds) write(`two.${kind}`, 'export const two: number = 2;\n');
  const files = kinds.flatMap((kind) => kinds.map((other) => ({ name: `imports-${other}.${kind}`, other })));
  for (const { name, other } of files) write(name, plain(name, `two.${other}`));
  write('required.cjs', REQUIRED);
  write('export-equals.cts', EXPORT_EQUALS);
  return [...files.map(({ name }) => name), 'required.cjs', 'export-equals.cts'];
}

test.each(['"type": "module"', '"type": "commonjs"', '"name": "mine"'])('every kind of file loads in a project of { %s }', async (type) => {
  const user = project();
  user.write('package.json', `{ ${type} }`);
  const names = writeKinds(user.write);
  const told = await loading(user.folder, names);
  expect(told.map(({ loaded, message }) => loaded ?? message)).toEqual(names.map((name) => name.replace(/^(required|export-equals)\..*/, '$1')));
});

test('a stage of a CommonJS project imports TypeScript while it runs, and is kept', async () => {
  const user = project();
  user.write('package.json', '{ "type": "commonjs" }');
  writeKinds((name, text) => user.write(`pipelines/${name}`, text));
  for (const cached of [false, true]) {
    // A name without its ending.
    const { stdout, code } = await user.run(['run', 'imports-ts', '--json']);
    expect(code).toBe(0);
    expect(jsonLines(stdout)).toContainEqual(expect.objectContaining({ type: 'stage-finished', output: { a: 4 }, ...(cached ? { cached } : {}) }));
  }
  const lazy = await user.run(['run', 'imports-mts.mts', '--json']);
  expect(jsonLines(lazy.stdout).at(-1)).toMatchObject({ status: 'ok', outputs: { one: { a: 4 } } });
});

test('names are looked up with every ending', async () => {
  const user = project();
  for (const name of ['a.mts', 'b.js', 'c.mjs', 'd.cts', 'e.d.ts']) user.write(`pipelines/${name}`, name.endsWith('ts') ? plain(name, 'two.mts') : '');
  user.write('pipelines/two.mts', 'export const two: number = 2;\n');
  for (const name of ['b.js', 'c.mjs']) user.write(`pipelines/${name}`, plain(name, 'two.mts'));
  const told = await loading(user.folder, ['a', 'b', 'c', 'd', 'e', 'pipelines/a', './pipelines/a']);
  expect(told.map(({ loaded, message }) => loaded ?? message)).toEqual([
    'a.mts',
    'b.js',
    'c.mjs',
    'd.cts',
    expect.stringMatching(/^No pipeline file 'e'; looked at .* with \.ts, \.mts, .* appended\.$/),
    'a.mts',
    'a.mts',
  ]);
});

test('where this package is not installed beside a file, the one that runs is found', async () => {
  const folder = tempFolder();
  const names = writeKinds((name, text) => writeFileSync(join(folder, name), text));
  cpSync(join(ROOT, 'pipelines/mnist-ink.ts'), join(folder, 'mnist-ink.mts'));
  cpSync(join(ROOT, 'pipelines/ink.wgsl'), join(folder, 'ink.wgsl'));
  const told = await loading(folder, [...names, 'mnist-ink.mts']);
  expect(told.map(({ loaded, message }) => loaded ?? message)).toHaveLength(names.length + 1);
  expect(told.filter(({ loaded }) => loaded === undefined)).toEqual([]);
  const env = { PIPELINE_CACHE: join(folder, 'cache') };
  for (const cached of [undefined, true]) {
    const { stdout } = await cli(['run', 'imports-mts.mts', '--json'], { cwd: folder, env });
    expect(jsonLines(stdout).find(({ type }) => type === 'stage-finished')).toMatchObject({ output: { a: 4 }, ...(cached && { cached }) });
  }
});

test('folders named like what is left out of stacks keep results', async () => {
  const user = project();
  for (const name of ['node_modules of mine', 'node:mine']) {
    writeKinds((file, text) => user.write(`${name}/${file}`, text));
    const run = async (): Promise<unknown> =>
      jsonLines((await user.run(['run', `${name}/imports-ts.ts`, '--json'])).stdout).find(({ type }) => type === 'stage-finished');
    expect(await run()).toMatchObject({ output: { a: 4 } });
    expect(await run()).toMatchObject({ output: { a: 4 }, cached: true });
  }
});

test('a file that goes to another folder takes neither report, record nor cache along', async () => {
  const user = project();
  mkdirSync(join(user.folder, 'other'));
  user.write('two.ts', 'export const two = 2;\n');
  user.write('moves.ts', `process.chdir('other');\n${plain('moves', 'two.ts')}`);
  user.write('params.json', '{}');
  const env = { PIPELINE_RUNS: '', PIPELINE_CACHE: 'kept' };
  const { code, stderr } = await user.run(['run', 'moves.ts', '--report', 'report.html', '--params', 'params.json'], { env });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(readFileSync(join(user.folder, 'report.html'), 'utf8')).toContain('moves');
  const { stdout } = await promisify(execFile)('find', ['.', '-path', './node_modules', '-prune', '-o', '-type', 'd', '-print'], { cwd: user.folder });
  expect(stdout.split('\n').filter((path) => path.split('/').length === 2)).toEqual(expect.arrayContaining(['./kept', './.pipeline', './other']));
  expect(stdout).not.toContain('./other/');
});
