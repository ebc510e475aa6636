// JavaScript of pipeline files is kept, and never an old one.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { jsonLines, ROOT } from '../support/cli.ts';
import { project, type Project } from '../support/project.ts';

const FILES = {
  'tsconfig.json': '{ "compilerOptions": { "target": "es2022" } }',
  'parts/number.ts': 'export const number: number = 3;\n',
  'parts/stages.ts': `import { stage } from 'pipeline-gpu';
import { number } from './number.ts';
class Base {
  constructor() {
    (this as { field?: string }).field = 'of the base';
  }
}
class Derived extends Base {
  declare own: 1;
  field?: string;
}
const lines = \`
  import { no } from "thing";
\`;
function named(): void {}
export const one = stage({
  id: 'one',
  needs: [],
  provides: ['a'],
  inputs: {},
  run: () => ({ a: { number, field: new Derived().field ?? 'none', lines: lines.length, url: import.meta.url, name: named.name } }),
  output: ({ a }) => a,
});
`,
  'mine.ts': `import { pipeline } from 'pipeline-gpu';
import { one } from './parts/stages.ts';
export default pipeline('mine', one);
`,
};

function written(): Project {
  const made = project();
  for (const [name, text] of Object.entries(FILES)) made.write(name, text);
  return made;
}

async function told(
  made: Project,
  { env = {}, flags = [] }: { readonly env?: Readonly<Record<string, string>>; readonly flags?: readonly string[] } = {},
): Promise<Record<string, unknown>> {
  const { stdout, stderr } = await made.run(['run', './mine.ts', '--json', ...flags], { env });
  const found = jsonLines(stdout).find(({ type }) => type === 'stage-finished') as { readonly output: Record<string, unknown> } | undefined;
  return found?.output ?? { stderr, stdout };
}

const modulesOf = (made: Project): readonly string[] => (existsSync(join(made.folder, 'cache/modules')) ? readdirSync(join(made.folder, 'cache/modules')) : []);
/** With options of Node's that load something first, files are loaded as they are. */
const AS_THEY_ARE = { NODE_OPTIONS: '--import data:text/javascript,' };

test('what is kept does the same as the files, under the same keys', async () => {
  const made = written();
  const output = { number: 3, field: 'none', lines: 31, url: expect.stringMatching(/^file:.*\/parts\/stages\.ts$/), name: 'named' };
  expect(await told(made, { env: AS_THEY_ARE })).toMatchObject(output);
  expect(modulesOf(made)).toEqual([]);
  expect(await told(made)).toMatchObject(output);
  expect(modulesOf(made)).toHaveLength(3);
  const [first, second] = made.records().map(({ stages }) => stages[0]!);
  expect(second!.status).toBe('cached');
  expect([second!.key, second!.parts]).toEqual([first!.key, first!.parts]);
});

test('what is kept is what runs', async () => {
  const made = written();
  await told(made);
  const [entry] = modulesOf(made).filter((name) => name.endsWith('-0.mjs'));
  const path = join(made.folder, 'cache/modules', entry!);
  const before = readFileSync(path, 'utf8');
  const after = `console.error('kept');${before}`;
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  const [noteName] = readdirSync(join(made.folder, 'cache/notes')).filter((name) => name.startsWith('module-'));
  const notePath = join(made.folder, 'cache/notes', noteName!);
  writeFileSync(path, after);
  writeFileSync(notePath, readFileSync(notePath, 'utf8').replace(digest(before), digest(after)));
  expect((await made.run(['run', './mine.ts'])).stderr).toContain('kept');
  // A module that is not what it was is made again, as is one that was cut off.
  for (const damaged of [`console.error('other');${before}`, before.slice(0, 40), '']) {
    writeFileSync(path, damaged);
    expect(await told(made)).toMatchObject({ number: 3 });
    expect(readFileSync(path, 'utf8')).toBe(before);
  }
  const note = readFileSync(notePath, 'utf8');
  writeFileSync(notePath, note.replace(process.version, 'v20.0.0').replace(digest(before), digest(after)));
  writeFileSync(path, after);
  expect((await made.run(['run', './mine.ts'])).stderr).not.toContain('kept');
  expect(readFileSync(notePath, 'utf8')).toBe(note);
  writeFileSync(notePath, '{"about":');
  expect(await told(made)).toMatchObject({ number: 3 });
});

test('whatever decides what a file does is looked at each time', async () => {
  const made = written();
  expect(await told(made)).toMatchObject({ number: 3, field: 'none' });
  made.write('parts/number.ts', 'export const number: number = 4;\n');
  expect(await told(made)).toMatchObject({ number: 4 });
  made.write('tsconfig.json', '{ "compilerOptions": { "target": "es2021", "useDefineForClassFields": false } }');
  const again = { flags: ['--force', 'one'] };
  expect(await told(made, again)).toMatchObject({ field: 'of the base' });
  // Of other files than these.
  made.write('tsconfig.json', '{ "compilerOptions": { "target": "es2021" }, "include": ["elsewhere"] }');
  expect(await told(made, again)).toMatchObject({ field: 'none' });
  // Settings that are elsewhere, too.
  made.write('base.json', '{ "compilerOptions": { "target": "es2022" } }');
  made.write('tsconfig.json', '{ "extends": "./base.json" }');
  expect(await told(made, again)).toMatchObject({ field: 'none' });
  made.write('tsconfig.json', FILES['tsconfig.json']);
  // A link that leads elsewhere.
  made.write('parts/other.ts', 'export const number: number = 5;\n');
  rmSync(join(made.folder, 'parts/number.ts'));
  symlinkSync('other.ts', join(made.folder, 'parts/number.ts'));
  expect(await told(made)).toMatchObject({ number: 5 });
  rmSync(join(made.folder, 'parts/number.ts'));
  made.write('parts/third.ts', 'export const number: number = 6;\n');
  symlinkSync('third.ts', join(made.folder, 'parts/number.ts'));
  expect(await told(made)).toMatchObject({ number: 6 });
  // Another copy of this package beside the file.
  rmSync(join(made.folder, 'node_modules/pipeline-gpu'));
  made.write('node_modules/pipeline-gpu/package.json', '{ "name": "pipeline-gpu", "version": "0.0.1", "type": "module", "exports": { ".": "./i.js" } }');
  made.write('node_modules/pipeline-gpu/i.js', 'export const other = 1;\n');
  expect(JSON.stringify(await told(made))).toContain("'pipeline-gpu' does not provide an export named");
});

test('files that are not ordinary are loaded as they are', async () => {
  const made = written();
  const text = FILES['mine.ts'];
  symlinkSync(join(ROOT, 'node_modules/zod'), join(made.folder, 'node_modules/zod'));
  const others = [
    "import { z } from 'zod';\nexport const schema = z.string();\n",
    "export const later = (): Promise<unknown> => import('./parts/number.ts');\n",
    'export const no = `\nimport { no } from "thing";\n`;\n',
    "import { createRequire } from 'node:module';\nexport const required = createRequire(import.meta.url);\n",
    'export const main = (import.meta as { main?: boolean }).main;\n',
  ];
  for (const other of others) {
    made.write('mine.ts', text + other);
    expect(await told(made)).toMatchObject({ number: 3 });
  }
  made.write('mine.ts', text);
  made.write('package.json', '{}');
  expect(await told(made)).toMatchObject({ number: 3 });
  expect(modulesOf(made)).toEqual([]);
});

test('two runs at once, and a folder that takes nothing', async () => {
  const made = written();
  expect(await Promise.all([told(made), told(made)])).toEqual([expect.objectContaining({ number: 3 }), expect.objectContaining({ number: 3 })]);
  rmSync(join(made.folder, 'cache/modules'), { recursive: true });
  made.write('cache/modules', 'a file');
  expect(await told(made)).toMatchObject({ number: 3 });
});

test('old modules, and what Node compiled of them, are swept', async () => {
  const made = written();
  const old = ['cache/modules/0-0.mjs', 'cache/compiled/v22/0'].map((name) => made.write(name, ''));
  for (const path of old) utimesSync(path, 0, 0);
  const recent = made.write('cache/compiled/v22/1', '');
  await told(made);
  expect([...old, recent].map((path) => existsSync(path))).toEqual([false, false, true]);
});

test('a module that another run sweeps between two looks at it is loaded as it is', async () => {
  const made = written();
  const swept = `import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const { readFileSync } = fs;
let gone = 0;
fs.readFileSync = (path, ...options) => {
  const text = readFileSync(path, ...options);
  if (String(path).endsWith('-0.mjs')) gone += Number(fs.rmSync(path) === undefined);
  return text;
};
syncBuiltinESMExports();
const { loadPipeline } = await import(${JSON.stringify(`${ROOT}/dist/load.js`)});
const { pipeline } = await loadPipeline('./mine.ts');
console.log(pipeline.name, gone);`;
  const env = { ...process.env, PIPELINE_CACHE: join(made.folder, 'cache') };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', swept], { cwd: made.folder, env });
  expect(stdout).toBe('mine 1\n');
});

test('mistakes stand where they are in the files, each time', async () => {
  const made = written();
  const thrown = "export const number: number = (() => {\n  throw new Error('thrown here');\n})();\n";
  made.write('parts/number.ts', thrown);
  for (let run = 0; run < 2; run++) expect((await made.run(['run', './mine.ts'])).stderr).toMatch(/thrown here[^]*parts\/number\.ts:2/);
  // A name that is not exported is told of with the file's own words, whether it is there or not.
  made.write('parts/number.ts', 'export const other = 1;\n');
  const missing = await made.run(['run', './mine.ts']);
  expect(missing.stderr).toMatch(/'\.\/number\.ts' does not provide an export named 'number'[^]*parts\/stages\.ts:2/);
});
