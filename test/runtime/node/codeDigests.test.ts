// Which files a stage's code is made of, and what counts as a change of one.
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from '../../support/cli.ts';
import { nodeCodeDigests } from '../../../src/runtime/node/code/codeDigests.ts';
import { importClosure } from '../../../src/runtime/node/code/codeFiles.ts';

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
/** What the code of a file is seen to do: `reads readFileSync a.ts:3`. */
const uses = async (name: string) =>
  (await nodeCodeDigests().uses!([join(folder, name)])).map(({ kind, what, at }) => `${kind} ${what} ${relative(folder, at.file)}:${at.line}`);

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
  write('app/node_modules/dep/index.js', "export { inner as default } from './inner.js';");
  write('app/node_modules/dep/inner.js', 'export const inner = 1;');
  write('app/node_modules/dep/README.md', 'Read me.');
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
  ['app/node_modules/dep/index.js', 'export default 1;', 'package dep'],
  ['app/node_modules/dep/inner.js', 'export const inner = 2;', 'package dep'],
  ['linked/index.js', 'export default 2;', 'package @me/linked'],
  ['linked/new.js', 'export default 2;', 'package @me/linked'],
])('a change of %s is a change of one part', async (file, text, part) => {
  app();
  const before = await closure('app/main.ts');
  write(file, text);
  const after = await closure('app/main.ts');
  expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual([part]);
});

test('of a package counts what is loaded, by all the ways in which it is imported', async () => {
  write('package.json', '{}');
  write('node_modules/dep/package.json', '{ "name": "dep", "version": "1.0.0" }');
  for (const name of ['index', 'other', 'unused']) write(`node_modules/dep/${name}.js`, 'export default 1;');
  write('main.ts', "import dep from 'dep';\nimport other from 'dep/other.js';\nconsole.log(dep, other);");
  const parts = await closure('main.ts');
  expect(Object.keys(parts)).toEqual(['main.ts', 'package dep']);
  write('node_modules/dep/unused.js', 'export default 2;');
  expect(await closure('main.ts')).toEqual(parts);
  write('node_modules/dep/other.js', 'export default 2;');
  expect((await closure('main.ts'))['package dep']).not.toBe(parts['package dep']);
});

test('comments, layout, types and line ends are no change', async () => {
  write('a.ts', "import { b } from './b.ts';\nexport const a = (x: number): number => {\n  return `${b}\n${x}`.length;\n};\n");
  write('b.ts', 'export const b = 1;');
  const before = await closure('a.ts');
  write('a.ts', "// new\r\nimport { b } from './b.ts';\r\n\r\nexport const a =\r\n  (x: 1 | 2): number => { /* ! */ return `${b}\r\n${x}`.length; };\r\n");
  write('b.ts', '/*! licence */ export const b: number = 1;');
  expect(await closure('a.ts')).toEqual(before);
});

test('settings by which erasing types changes what code does count, those of most and all others do not', async () => {
  write('package.json', '{}');
  write('fields.ts', 'export class Fields { own?: number; }\n');
  write('decorated.ts', 'export const mark = (): void => {};\nexport class Decorated { @mark run(): void {} }\n');
  write('plain.ts', 'export const plain: number = 1;\n');
  write('element.tsx', 'export const element = <a />;\n');
  const all = ['fields', 'decorated', 'plain'].map((name) => `${name}.ts`).concat('element.tsx');
  const before = await closure(...all);
  const changedBy = async (text: string, digests = nodeCodeDigests()) => {
    write('tsconfig.json', text);
    const after = await digests.closure(all.map((name) => join(folder, name)));
    return all.filter((name) => after[name] !== before[name]);
  };
  const options = (compilerOptions: object): string => JSON.stringify({ compilerOptions });
  expect(await changedBy(options({}))).toEqual([]);
  expect(await changedBy(options({ target: 'es2023', strict: true, verbatimModuleSyntax: true, sourceMap: true }))).toEqual([]);
  // Of classes without fields, too, esbuild prints decorators otherwise.
  const fieldsToo = ['fields.ts', 'decorated.ts'];
  for (const fields of [{ target: 'es2020' }, { useDefineForClassFields: false }]) expect(await changedBy(options(fields))).toEqual(fieldsToo);
  expect(await changedBy(options({ experimentalDecorators: true }))).toEqual(['decorated.ts']);
  expect(await changedBy(options({ jsxFactory: 'h' }))).toEqual(['element.tsx']);
  write('base.json', options({ useDefineForClassFields: false }));
  const extending = '{ "extends": "./base.json" } // as a comment';
  expect(await changedBy(extending)).toEqual(fieldsToo);
  expect(await changedBy(extending, nodeCodeDigests({ tsconfig: () => join(folder, 'tsconfig.json') }))).toEqual(fieldsToo);
  expect(await changedBy(extending, nodeCodeDigests({ tsconfig: () => undefined }))).toEqual([]);
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
  const version = (of: string): unknown => expect.stringMatching(new RegExp(`^dep ${of}, files [0-9a-f]{16}$`));
  expect(await closure('one/main.ts')).toMatchObject({ 'package dep': version('1.0.0'), 'package dep of ../two/util.ts': version('2.0.0') });
});

test.each([
  ['an import whose name is computed', 'export const load = (name: string) => import(`./${name}.ts`);', /imports a file whose name is computed/],
  ['a require of its own', "import { createRequire } from 'node:module';\nexport default createRequire(import.meta.url)('./t.json');", /through createRequire/],
  ['a file that is not there', "import './missing.ts';", /missing\.ts/],
  ['a package that is not installed', "import 'no-such-package';", /'no-such-package' is not installed/],
  ['a file that does not parse', 'export const = ;', /Expected identifier/],
])('%s makes the closure unknown', async (_, text, message) => {
  write('a.ts', text);
  await expect(closure('a.ts')).rejects.toThrow(message);
});

const OWN_PLACE = "which finds files by the code's own place";
const FS = "import * as fs from 'node:fs';\n";
test.each([
  ['a URL that is computed', 'export const at = (name: string) =>\n  new URL(`./${name}.csv`, import.meta.url);', `import.meta.url, ${OWN_PLACE} a.ts:2`],
  ['a URL made by a function', "export const at = place('points.csv', import.meta.url);", `import.meta.url, ${OWN_PLACE} a.ts:1`],
  [
    'a folder of its own',
    "import { join } from 'node:path';\nexport default join(import.meta.dirname, 'points.csv');",
    `import.meta.dirname, ${OWN_PLACE} a.ts:2`,
  ],
  ['the name of its file', 'export default import.meta.filename;', `import.meta.filename, ${OWN_PLACE} a.ts:1`],
  ['fields of import.meta', '\nconst { dirname } = import.meta;\nexport default dirname;', `import.meta, ${OWN_PLACE} a.ts:2`],
  ['another name of import.meta', '\n\nconst meta = import.meta;\nexport default meta.url;', `import.meta, ${OWN_PLACE} a.ts:3`],
  ['import.meta handed on', 'export default place(import.meta);', `import.meta, ${OWN_PLACE} a.ts:1`],
  ['a URL that is kept', "const base = import.meta.url;\nexport default new URL('points.csv', base);", `import.meta.url, ${OWN_PLACE} a.ts:1`],
  [
    'the folder above',
    "\nconst here = new URL('..', import.meta.url);\nexport default new URL('data/x.txt', here);",
    /^reads the URL of the folder \/.* a\.ts:2$/,
  ],
  ['a folder', "export default new URL('./lib', import.meta.url);", /^reads the URL of the folder \/.*\/lib a\.ts:1$/],
  ['a path from the current folder', "import { readFileSync as read } from 'fs';\nexport default read('data/x.txt');", 'readFileSync a.ts:2'],
  ['a path that is handed in', "import { readFile } from 'node:fs/promises';\nexport default (path: string) => readFile(path);", 'readFile a.ts:2'],
  ['a path behind a file of its own', `${FS}export default fs.readFileSync('x' + new URL('./a.csv', import.meta.url));`, 'readFileSync a.ts:2'],
  ['promises of node:fs', "import { promises } from 'node:fs';\nexport default promises.readdir('.');", 'readdir a.ts:2'],
  ['all of node:fs', `${FS}export default Object.keys(fs);`, 'node:fs a.ts:2'],
  ['all of node:fs, spread', `${FS}export default { ...fs };`, 'node:fs a.ts:2'],
  ['all of node:fs, passed on', "export { readFileSync } from 'node:fs';", 'node:fs a.ts:1'],
  ['node:fs, imported late', "\nexport default async () => (await import('node:fs')).readdirSync('.');", 'node:fs a.ts:2'],
  [
    'a name that stands for two things',
    `${FS}const file = new URL('./a.csv', import.meta.url);\nexport default (file: string) => fs.readFileSync(file);`,
    'readFileSync a.ts:3',
  ],
  ['another program', "import { execSync } from 'node:child_process';\nexport default execSync('date');", 'node:child_process a.ts:2'],
  ['a database', "import { DatabaseSync } from 'node:sqlite';\nexport default DatabaseSync;", 'node:sqlite a.ts:2'],
  ['the network', "export default () => fetch('https://host/x');", 'fetch a.ts:1'],
  ['the network by Node', "import { get } from 'node:https';\nexport default get;", 'node:https a.ts:2'],
])('%s is read, and no part of the key', async (_, text, use) => {
  mkdirSync(join(folder, 'lib'));
  write('a.ts', text);
  expect(await uses('a.ts')).toEqual([typeof use === 'string' ? `reads ${use}` : expect.stringMatching(use)]);
});

test('writing, the environment, the clock and chance are seen where they are, in what is imported too', async () => {
  write('main.ts', "import { noisy } from './lib/noisy.ts';\nexport default noisy;");
  write(
    'lib/noisy.ts',
    `import { appendFile, mkdir } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { openSync } from 'node:fs';
export const noisy = async (): Promise<unknown> => {
  await mkdir('out');
  await appendFile('out/log', String(new Date()));
  openSync('out/x', 'w');
  const { MODE, LEVEL: level = '1' } = process.env;
  const { env } = process;
  return [process.env.HOME, process.env['USER'], globalThis.process.env.SHELL, Date.now(), performance.now(), Math.random(),
    crypto.randomUUID(), randomUUID(), MODE, level, env];
};
`,
  );
  expect(await uses('main.ts')).toEqual(
    [
      ['writes mkdir', 5],
      ['writes appendFile', 6],
      ['clock new Date()', 6],
      ['writes openSync', 7],
      ...['MODE', 'LEVEL'].map((name) => [`env process.env.${name}`, 8]),
      ['env process.env', 9],
      ...['HOME', 'USER', 'SHELL'].map((name) => [`env process.env.${name}`, 10]),
      ['clock Date.now', 10],
      ['clock performance.now', 10],
      ['chance Math.random', 10],
      ['chance crypto.randomUUID', 11],
      ['chance randomUUID', 11],
    ].map(([what, line]) => `${what} lib/noisy.ts:${line}`),
  );
});

test('what is named so that it can be followed, texts, types and names of the code itself are no use', async () => {
  write('a.csv', '1');
  write('b.csv', '1');
  write(
    'a.ts',
    `import { readFileSync, type Stats } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { fetch } from 'pipeline-gpu';
const csv = new URL('./b.csv', import.meta.url);
const hint = 'Set process.env.MODE; see import.meta.dirname, Date.now() and fetch(url).';
export const a = readFileSync(new URL('./a.csv', import.meta.url), 'utf8') + readFileSync(csv) + readFileSync(fileURLToPath(csv), 'utf8');
export const b = (process: { env: Record<string, string> }, stats: Stats) => [process.env.MODE, stats, new Date(0), hint, readFile(csv)];
export default fetch({ name: 'none', load: () => Promise.reject(new Error()) });
`,
  );
  expect(await uses('a.ts')).toEqual([]);
  expect(Object.keys(await closure('a.ts')).toSorted()).toEqual(['a.csv', 'a.ts', 'b.csv']);
});

test('what a stage cannot reach is no use of its: helpers that it does not call', async () => {
  write(
    'lib.ts',
    `import { readFileSync, writeFileSync } from 'node:fs';
import { execSync } from 'node:child_process';
export const add = (a: number, b: number): number => a + b;
export function load(name: string): string {
  return readFileSync(name, 'utf8');
}
export const save = (text: string): void => {
  writeFileSync('x', text);
};
export class Runner {
  run(): string {
    return String(execSync('date'));
  }
}
export const mode = (): string | undefined => process.env.MODE;
const settings = (): string => readFileSync('settings.json', 'utf8');
export const twice = (x: number): number => x * Number(settings());
`,
  );
  write('handed.ts', "export { readFileSync } from 'node:fs';");
  write('package.json', '{ "sideEffects": false }');
  write('top.ts', "import { readdirSync } from 'node:fs';\nexport const names = readdirSync('.');");
  const usesWith = (text: string): Promise<readonly string[]> => (write('main.ts', text), uses('main.ts'));
  expect(await usesWith("import { add } from './lib.ts';\nexport default add(1, 2);")).toEqual([]);
  expect(await usesWith("import { load } from './lib.ts';\nexport default () => load('x');")).toEqual(['reads readFileSync lib.ts:5']);
  expect(await usesWith("import * as lib from './lib.ts';\nexport default lib.twice;")).toEqual(['reads readFileSync lib.ts:16']);
  expect(await usesWith("import { mode, Runner, save } from './lib.ts';\nexport default [mode, Runner, save];")).toEqual([
    'writes writeFileSync lib.ts:8',
    'reads node:child_process lib.ts:12',
    'env process.env.MODE lib.ts:15',
  ]);
  expect(await usesWith("import { readFileSync } from './handed.ts';\nexport default readFileSync('x');")).toEqual(['reads node:fs handed.ts:1']);
  expect(await usesWith("import './top.ts';\nexport default 1;")).toEqual(['reads readdirSync top.ts:2']);
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
