// Which files a stage's code is made of, and what counts as a change of one.
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from '../../support/cli.ts';
import { importClosure, nodeCodeDigests } from '../../../src/runtime/node/closure.ts';

let folder: string;
const home = process.cwd();
beforeEach(() => void (folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipeline-closure-')))));
afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}
const closure = (...names: readonly string[]) => nodeCodeDigests().closure(names.map((name) => join(folder, name)));

function app(): void {
  write('app/package.json', '{ "type": "module", "imports": { "#alias": "./lib/alias.ts" } }');
  write('app/tsconfig.json', '{ "compilerOptions": { "paths": { "@lib/*": ["./lib/*"] } } }');
  write(
    'app/main.ts',
    `import 'pipeline-gpu';
import { readFileSync } from 'fs';
import table from './table.json' with { type: 'json' };
import { alias } from '#alias';
import { mapped } from '@lib/mapped.ts';
import { outside } from '../outside/outside.ts';
import dep from 'dep';
import linked from '@me/linked';
import type { Unused } from './types.ts';
const kernel = new URL('./k.wgsl', import.meta.url), folder = new URL('./lib', import.meta.url);
const lazily = (): unknown => import('./lazy.ts');
console.log(readFileSync, table, alias, mapped, outside, dep, linked, kernel, folder, lazily);`,
  );
  write('app/table.json', '{ "a": 1 }');
  write('app/types.ts', 'export type Unused = number;');
  write('app/k.wgsl', 'fn k() {}');
  write('app/lazy.ts', 'export const lazy = 1;');
  write('app/lib/alias.ts', 'export const alias = 1;');
  write('app/lib/mapped.ts', 'export const mapped = 1;');
  write('outside/outside.ts', 'export const outside = 1;');
  write('app/node_modules/dep/package.json', '{ "name": "dep", "version": "1.0.0", "dependencies": { "deep": "*" } }');
  write('app/node_modules/dep/index.js', '');
  write('app/node_modules/deep/package.json', '{ "name": "deep", "version": "1.0.0" }');
  write('linked/package.json', '{ "name": "@me/linked", "version": "1.0.0" }');
  write('linked/index.js', 'export default 1;');
  mkdirSync(join(folder, 'app/node_modules/@me'));
  symlinkSync('../../../linked', join(folder, 'app/node_modules/@me/linked'));
}

const NAMES = [
  '../outside/outside.ts',
  'k.wgsl',
  'lazy.ts',
  'lib',
  'lib/alias.ts',
  'lib/mapped.ts',
  'main.ts',
  'package @me/linked',
  'package dep',
  'table.json',
];

test('everything that the file imports or names counts, by names that do not depend on the working directory', async () => {
  app();
  const parts = await closure('app/main.ts');
  expect(Object.keys(parts).toSorted()).toEqual(NAMES);
  for (const cwd of [folder, join(folder, 'app/lib'), '/']) {
    process.chdir(cwd);
    expect(await closure('app/main.ts')).toEqual(parts);
  }
});

test.each([
  ['outside/outside.ts', 'export const outside = 2;', '../outside/outside.ts'],
  ['app/k.wgsl', 'fn k() { return; }', 'k.wgsl'],
  ['app/lazy.ts', 'export const lazy = 2;', 'lazy.ts'],
  ['app/lib/alias.ts', 'export const alias = 2;', 'lib/alias.ts'],
  ['app/lib/mapped.ts', 'export const mapped = 2;', 'lib/mapped.ts'],
  ['app/table.json', '{ "a": 2 }', 'table.json'],
  ['app/node_modules/dep/package.json', '{ "name": "dep", "version": "1.0.1", "dependencies": { "deep": "*" } }', 'package dep'],
  ['app/node_modules/deep/package.json', '{ "name": "deep", "version": "1.0.1" }', 'package dep'],
  ['linked/index.js', 'export default 2;', 'package @me/linked'],
])('a change of %s is a change of one part', async (file, text, part) => {
  app();
  const before = await closure('app/main.ts');
  write(file, text);
  const after = await closure('app/main.ts');
  expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual([part]);
});

test('comments, layout, types and line ends are no change', async () => {
  write('a.ts', "import { b } from './b.ts';\nexport const a = (x: number): number => {\n  return `${b}\n${x}`.length;\n};\n");
  write('b.ts', 'export const b = 1;');
  const before = await closure('a.ts');
  write('a.ts', "// new\r\nimport { b } from './b.ts';\r\n\r\nexport const a =\r\n  (x: 1 | 2): number => { /* ! */ return `${b}\r\n${x}`.length; };\r\n");
  write('b.ts', '/*! licence */ export const b: number = 1;');
  expect(await closure('a.ts')).toEqual(before);
});

test('files of two projects with one name are told apart', async () => {
  write('one/package.json', '{}');
  write('two/package.json', '{}');
  write('one/main.ts', "import { util } from '../two/util.ts';\nimport { util as own } from './util.ts';\nconsole.log(util, own);");
  write('one/util.ts', 'export const util = 1;');
  write('two/util.ts', 'export const util = 2;');
  expect(Object.keys(await closure('one/main.ts')).toSorted()).toEqual(['../two/util.ts', 'main.ts', 'util.ts']);
});

test('two versions of one package both count', async () => {
  for (const [project, version] of [
    ['one', '1.0.0'],
    ['two', '2.0.0'],
  ] as const) {
    write(`${project}/package.json`, '{}');
    write(`${project}/node_modules/dep/package.json`, `{ "version": "${version}" }`);
  }
  write('one/main.ts', "import 'dep';\nimport '../two/util.ts';");
  write('two/util.ts', "import 'dep';");
  expect(await closure('one/main.ts')).toMatchObject({ 'package dep': 'dep 1.0.0', 'package dep of ../two/util.ts': 'dep 2.0.0' });
});

test.each([
  ['an import whose name is computed', 'export const load = (name: string) => import(`./${name}.ts`);', /imports a file whose name is computed/],
  ['a URL that is computed', 'export const at = (name: string) => new URL(`./${name}.csv`, import.meta.url);', /a\.ts finds files by its own place/],
  ['a URL made by a function', "export const at = place('points.csv', import.meta.url);", /a\.ts finds files by its own place/],
  ['a folder of its own', "import { join } from 'node:path';\nexport default join(import.meta.dirname, 'points.csv');", /a\.ts finds files by its own place/],
  ['a URL that is kept', "const base = import.meta.url;\nexport default new URL('points.csv', base);", /a\.ts finds files by its own place/],
  ['a require of its own', "import { createRequire } from 'node:module';\nexport default createRequire(import.meta.url)('./t.json');", /through createRequire/],
  ['a file that is not there', "import './missing.ts';", /missing\.ts/],
  ['a package that is not installed', "import 'no-such-package';", /'no-such-package' is not installed/],
  ['a file that does not parse', 'export const = ;', /Expected identifier/],
])('%s makes the closure unknown', async (_, text, message) => {
  write('a.ts', text);
  await expect(closure('a.ts')).rejects.toThrow(message);
});

test('files named by URL count, however their names are written; other addresses, folders and missing files do not', async () => {
  const absolute = write('else/absolute.csv', '1');
  const names = [`'points.csv'`, `'./a/é.csv'`, '`$.csv`', JSON.stringify(absolute), `'https://host/x.csv'`, `'data:,x'`, `'./a/'`, `'out.js'`];
  const text = names.map((name) => `new URL(${name}, import.meta.url)`).join(',\n');
  write('app/package.json', '{}');
  write('app/main.ts', `export default [${text}, new URL('x', 'https://host')];`);
  const files = ['app/points.csv', 'app/a/é.csv', 'app/$.csv', 'else/absolute.csv'];
  for (const file of files) write(file, '1');
  const before = await closure('app/main.ts');
  expect(Object.keys(before).toSorted()).toEqual(['$.csv', '../else/absolute.csv', 'a', 'a/é.csv', 'main.ts', 'out.js', 'points.csv']);
  for (const file of files) write(file, '2');
  const after = await closure('app/main.ts');
  expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual(['points.csv', 'a/é.csv', '$.csv', '../else/absolute.csv']);
});

test('code that is named by URL counts with its imports, as often and in whatever circle it is named', async () => {
  write('package.json', '{}');
  write('main.ts', "import './other.ts';\nexport const worker = new URL('worker.ts', import.meta.url), self = new URL('main.ts', import.meta.url);");
  write('other.ts', "export const worker = new URL('./worker.ts', import.meta.url);");
  write('worker.ts', "import { helper } from './helper.ts';\nconsole.log(helper, new URL('main.ts', import.meta.url));");
  write('helper.ts', 'export const helper = 1;');
  const before = await closure('main.ts');
  expect(Object.keys(before).toSorted()).toEqual(['helper.ts', 'main.ts', 'other.ts', 'worker.ts']);
  write('helper.ts', 'export const helper = 2;');
  expect(await closure('main.ts')).toEqual({ ...before, 'helper.ts': expect.not.stringMatching(before['helper.ts']!) });
  write('helper.ts', 'export const helper = (name: string) => import(name);');
  await expect(closure('main.ts')).rejects.toThrow(/helper\.ts imports a file whose name is computed/);
});

test('of the examples and of a new project everything is known', async () => {
  const { closure } = nodeCodeDigests();
  const files = ['pipelines', 'templates/init/pipelines'].flatMap((name) => readdirSync(join(ROOT, name)).map((file) => join(ROOT, name, file)));
  const known = await Promise.all(files.filter((file) => file.endsWith('.ts')).map((file) => closure([file])));
  expect(known.flatMap((parts) => Object.keys(parts))).toEqual(expect.arrayContaining(['pipelines/ink.wgsl', 'data/points.csv']));
});

test('watching looks at every file of a closure', async () => {
  const entry = write('entry.ts', "import { kernel } from './kernel.ts';\nexport default kernel;\n");
  const kernel = write('kernel.ts', "export const kernel = { source: new URL('./double.wgsl', import.meta.url) };\n");
  const shader = write('double.wgsl', '// doubles\n');
  expect([...(await importClosure(entry))].toSorted()).toEqual([shader, entry, kernel]);
  write('kernel.ts', 'export const kernel = (name: string) => ({ source: new URL(name, import.meta.url) });\n');
  expect(await importClosure(entry)).toEqual([entry, kernel]); // as far as they are known
});

test('code of this package that is imported by its path may compute names: all of it counts anyway', async () => {
  write('main.ts', `import ${JSON.stringify(join(ROOT, 'src/index.ts'))};\nexport {};`);
  expect(Object.keys(await closure('main.ts'))).toContain('main.ts');
});
