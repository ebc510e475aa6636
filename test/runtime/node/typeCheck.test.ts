// Types of one file by the project's own compiler: the real one for what it says, a stand-in for how often it is asked.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { errorsOf } from '../../../src/runtime/node/project/tscOutput.ts';
import { checkTypes } from '../../../src/runtime/node/project/typeCheck.ts';
import { ROOT } from '../../support/cli.ts';

let folder: string;
let file: string;
const before = process.env['PIPELINE_CACHE'];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipeline-types-'));
  process.env['PIPELINE_CACHE'] = join(folder, 'cache');
  write('package.json', '{ "type": "module" }');
  file = write('src/file.ts', 'export const unused = (a, b) => a;\n');
});
afterEach(() => {
  if (before === undefined) delete process.env['PIPELINE_CACHE'];
  else process.env['PIPELINE_CACHE'] = before;
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function installTypescript(): void {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(join(ROOT, 'node_modules/typescript'), join(folder, 'node_modules/typescript'));
}

/** A compiler that writes down each call and prints `output`. */
function installStandIn(output: string, exit = 0): () => number {
  const log = join(folder, 'calls');
  write('node_modules/typescript/package.json', '{ "version": "7.0.0", "bin": { "tsc": "tsc.cjs" } }');
  const code = `require('node:fs').appendFileSync(${JSON.stringify(log)}, 'x'); console.log(${JSON.stringify(output)}); process.exitCode = ${exit};`;
  write('node_modules/typescript/tsc.cjs', code);
  return () => readFileSync(log, 'utf8').length;
}

const leftOver = (): readonly string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.pipeline-check'));

test('without a tsconfig.json the file is checked strictly', async () => {
  installTypescript();
  const { errors, unchecked } = await checkTypes(file);
  expect(unchecked).toBeUndefined();
  expect(errors).toMatchObject([
    { code: 'E_TYPES', at: { file, line: 1, column: 24 }, message: expect.stringMatching(/'a' implicitly has an 'any' type\. \(TS7006\)/) },
    { code: 'E_TYPES', at: { file, line: 1, column: 27 } },
  ]);
  expect(leftOver()).toEqual([]);
});

test("the project's settings count, but for what is only about output or looks", async () => {
  installTypescript();
  const options = {
    target: 'es2023',
    module: 'nodenext',
    strict: false,
    noUnusedLocals: true,
    noUnusedParameters: true,
    composite: true,
    declaration: true,
    tsBuildInfoFile: './build/info',
    rootDir: './other',
    outDir: './build',
  };
  write('tsconfig.json', JSON.stringify({ compilerOptions: options, include: ['other'], exclude: ['src'], references: [{ path: './other' }] }));
  write('src/bad.ts', 'export const bad: number = "";\n');
  expect(await checkTypes(file)).toEqual({ errors: [] });
  write('src/file.ts', "import { bad } from './bad.ts';\nconst one = (a, b) => bad + a;\nexport default one(1, 2).length;\n");
  const { errors } = await checkTypes(file);
  expect(errors.map(({ at, message }) => `${at!.file.slice(folder.length)}:${at!.line} ${message}`)).toEqual([
    expect.stringMatching(/^\/src\/bad\.ts:1 .*TS2322/),
    expect.stringMatching(/^\/src\/file\.ts:1 .*TS5097/),
  ]);
  expect(leftOver()).toEqual([]);
});

test('a success is remembered until a file, a setting or the compiler changes', async () => {
  const calls = installStandIn(file);
  const config = write('tsconfig.json', '{}');
  const check = async (): Promise<number> => {
    expect(await checkTypes(file, { remember: true })).toEqual({ errors: [] });
    return calls();
  };
  expect([await check(), await check()]).toEqual([1, 1]);
  writeFileSync(file, 'export const other = 1;\n');
  expect([await check(), await check()]).toEqual([2, 2]);
  writeFileSync(config, '{ "compilerOptions": {} }');
  expect([await check(), await check()]).toEqual([3, 3]);
  write('node_modules/typescript/package.json', '{ "version": "7.0.1", "bin": { "tsc": "tsc.cjs" } }');
  expect([await check(), await check()]).toEqual([4, 4]);
  await checkTypes(file);
  expect(calls()).toBe(5);
});

test('the config of a check that was killed goes with the next check; one that may be at work stays', async () => {
  installStandIn(file);
  const ago = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
  const [old, young, other] = [
    '.pipeline-check-11111111-2222-4333-8444-555555555555.json',
    '.pipeline-check-99999999-2222-4333-8444-555555555555.json',
    '.pipeline-check-mine.json',
  ];
  for (const [name, minutes] of [
    [old, 11],
    [young, 1],
    [other, 11],
  ] as const)
    utimesSync(write(`src/${name}`, '{}'), ago(minutes), ago(minutes));
  await checkTypes(file);
  expect(leftOver().toSorted()).toEqual([`src/${young}`, `src/${other}`]);
});

test('where no file can be made beside the settings, they count as they do elsewhere', async () => {
  // A folder whose files may have short names only: what root may not do either.
  const room = 4095 - folder.length - '/tsconfig.json'.length;
  const parts = Array.from({ length: Math.ceil(room / 200) }, () => `/${'x'.repeat(199)}`);
  const deep = parts.join('').slice(0, room).replace(/\/$/, 'x');
  installTypescript();
  write(`${deep}/tsconfig.json`, JSON.stringify({ compilerOptions: { module: 'nodenext', types: ['given'], strict: true } }));
  write('node_modules/@types/given/index.d.ts', 'declare const given: number;\n');
  const inside = write(`${deep}/a.ts`, 'export const fine: number = given;\nexport const bad: string = given;\n');
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('pipeline-check-')).length;
  const { errors, unchecked } = await checkTypes(inside);
  expect(unchecked).toBeUndefined();
  expect(errors).toMatchObject([{ code: 'E_TYPES', at: { file: inside, line: 2 }, message: expect.stringContaining('TS2322') }]);
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('pipeline-check-'))).toHaveLength(before);
});

test('a file with no package of ours in reach is checked with the one that runs', async () => {
  installTypescript();
  const loose = write('loose/a.mts', "import { pipeline } from 'pipeline-gpu';\nexport const bad: string = pipeline;\n");
  const { errors } = await checkTypes(loose);
  expect(errors).toMatchObject([{ at: { file: loose, line: 2 }, message: expect.stringContaining('TS2322') }]);
});

test('an error is not remembered', async () => {
  const calls = installStandIn(`src/file.ts(1,2): error TS1: wrong\n${file}`, 2);
  for (const count of [1, 2]) {
    expect((await checkTypes(file, { remember: true })).errors).toHaveLength(1);
    expect(calls()).toBe(count);
  }
});

test('no compiler, and one that fails, are said with a cure', async () => {
  expect((await checkTypes(file)).unchecked).toMatchObject({
    code: 'E_TYPES',
    message: expect.stringContaining('no package'),
    hint: 'npm install --save-dev typescript',
  });
  installStandIn('Segmentation fault', 1);
  expect((await checkTypes(file)).unchecked).toMatchObject({ message: expect.stringMatching(/TypeScript 7\.0\.0 failed/), hint: expect.any(String) });
  expect(leftOver()).toEqual([]);
});

test('files that are no TypeScript, and installed ones, are not checked', async () => {
  const calls = installStandIn('');
  expect(await checkTypes(write('src/file.js', ''))).toEqual({ errors: [] });
  expect(await checkTypes(write('node_modules/p/file.ts', ''))).toEqual({ errors: [] });
  expect(calls).toThrow(/ENOENT/);
});

test('what tsc prints becomes errors; our own sentences stand out, other packages stay out', () => {
  const output = [
    "a.ts(3,4): error TS2322: Type 'X' is not assignable to type 'Y'.",
    '  Types of property x are incompatible.',
    "    Type 'string' is not assignable to type 'number'.",
    `/b.ts(5,6): error TS2741: Property 'wrongOrder' is missing in type 'S' but required in type 'WrongOrder<"This stage needs 'train': put split(...) before it." | "This stage needs 'model': put fit(...) before it.">'.`,
    'node_modules/p/index.d.ts(1,1): error TS1: not ours',
    "/c.ts(7,8): error TS1470: The 'import.meta' meta-property is not allowed in files which will build into CommonJS output.",
    "error TS5083: Cannot read file '/x/tsconfig.json'.",
    '/b.ts',
  ].join('\n');
  expect(errorsOf(output, '/home').map(({ code, message, hint, at }) => ({ code, message, hint, at }))).toEqual([
    {
      code: 'E_TYPES',
      message: "Type 'X' is not assignable to type 'Y'. Type 'string' is not assignable to type 'number'. (TS2322)",
      hint: 'Correct the types there.',
      at: { file: '/home/a.ts', line: 3, column: 4 },
    },
    {
      code: 'E_ORDER',
      message: "This stage needs 'train' and 'model'.",
      hint: 'Put split(...) before it. Put fit(...) before it.',
      at: { file: '/b.ts', line: 5, column: 6 },
    },
    {
      code: 'E_TYPES',
      message: "The 'import.meta' meta-property is not allowed in files which will build into CommonJS output. (TS1470)",
      hint: 'The project is CommonJS: set "type": "module" in package.json, or name the file .mts.',
      at: { file: '/c.ts', line: 7, column: 8 },
    },
    { code: 'E_TYPES', message: "Cannot read file '/x/tsconfig.json'. (TS5083)", hint: 'Correct the types there.', at: undefined },
  ]);
});
