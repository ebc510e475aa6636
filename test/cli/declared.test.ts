// What stages declare of the world around them: results follow the files, variables and time they name, and bring the files
// they leave back.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cachedProject, type CachedProject } from '../support/cachedProject.ts';
import { cli } from '../support/cli.ts';
import { sha256 } from '../support/files.ts';

const FILES = {
  'data/x.txt': 'one',
  'data/set/a.txt': 'a',
  'out/.keep': '',
  'stages/own.ts': `import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stage } from 'pipeline-gpu';
const read = (name: string) => readFileSync(new URL(\`../data/\${name}\`, import.meta.url), 'utf8');
export const x = stage({ id: 'x', needs: [], provides: ['x'], inputs: { files: ['../data/x.txt'], env: ['INK_MODE'] }, outputs: [],
  run: () => ({ x: read('x.txt') + (process.env.INK_MODE ?? '') }), output: (added) => added });
export const set = stage({ id: 'set', needs: [], provides: ['set'], inputs: { files: [new URL('../data/set/', import.meta.url)] }, outputs: [],
  run: () => ({ set: readdirSync(new URL('../data/set/', import.meta.url)).map((name) => read(\`set/\${name}\`)).join() }), output: (added) => added });
export const side = stage({ id: 'side', needs: ['x'], provides: [], inputs: {}, outputs: ['../out/side.csv', new URL('../out/b.csv', import.meta.url)],
  run: ({ x }: { x: string }) => { for (const name of ['side', 'b']) writeFileSync(new URL(\`../out/\${name}.csv\`, import.meta.url), \`\${name} of \${x}\`); return {}; } });
`,
  'all.ts': `import { pipeline } from 'pipeline-gpu';
import { set, side, x } from './stages/own.ts';
export default pipeline('all', x, set, side);
`,
};

const explain = async ({ folder, cache }: CachedProject, file: string, stage: string, env: Readonly<Record<string, string>> = {}): Promise<string> =>
  (await cli(['explain', file, stage], { cwd: folder, env: { PIPELINE_CACHE: cache, PIPELINE_RUNS: join(folder, '.pipeline/runs'), ...env } })).stdout;

/** Makes every result that much older. */
function ageEntries(user: CachedProject, ms: number): void {
  const folder = join(user.cache, 'stages/entries');
  for (const path of readdirSync(folder).map((name) => join(folder, name))) {
    const entry = JSON.parse(readFileSync(path, 'utf8').split('\n')[1]!) as { readonly at: number };
    const text = JSON.stringify({ ...entry, at: entry.at - ms });
    writeFileSync(path, `${sha256(new TextEncoder().encode(text))}\n${text}`);
  }
}

test('declared files and variables are part of the key, and explain names the one that changed', { timeout: 120_000 }, async () => {
  const user = cachedProject(FILES);
  expect(await user.run('all.ts')).toMatchObject({ code: 0, ran: ['x', 'set', 'side'], outputs: { x: { x: 'one' }, set: { set: 'a' } } });
  expect(await user.run('all.ts', [], { cwd: '/' })).toMatchObject({ code: 0, ran: [], outputs: { x: { x: 'one' }, set: { set: 'a' } } });
  const env = { INK_MODE: 'secret-mode' };
  expect(await explain(user, 'all.ts', 'x', env)).toBe('x runs: its environment variable INK_MODE changed.\n');
  const secret = await user.run('all.ts', [], { env });
  expect(secret).toMatchObject({ ran: ['x', 'side'], outputs: { x: { x: 'onesecret-mode' } } });

  user.write('data/x.txt', 'two');
  user.write('data/set/b.txt', 'b');
  expect(await explain(user, 'all.ts', 'x', env)).toBe('x runs: its file data/x.txt changed.\n');
  expect(await explain(user, 'all.ts', 'set')).toBe('set runs: its file data/set changed.\n');
  expect(await explain(user, 'all.ts', 'side', env)).toMatch(/^side runs: its input 'x' changed, because stage x's file data\/x\.txt changed\./);
  expect(await user.run('all.ts')).toMatchObject({ ran: ['x', 'set', 'side'], outputs: { x: { x: 'two' }, set: { set: 'a,b' } } });
});

test('declared outputs come back with a cached result, where they are gone or others', { timeout: 120_000 }, async () => {
  const user = cachedProject(FILES);
  const [side, b] = ['side', 'b'].map((name) => join(user.folder, `out/${name}.csv`)) as [string, string];
  const texts = (): readonly string[] => [side, b].map((path) => readFileSync(path, 'utf8'));
  await user.run('all.ts');
  expect(texts()).toEqual(['side of one', 'b of one']);
  rmSync(side);
  user.write('out/b.csv', 'edited');
  expect((await user.run('all.ts')).ran).toEqual([]);
  expect(texts()).toEqual(['side of one', 'b of one']);

  // Where the cache has lost one, the stage writes it.
  rmSync(side);
  for (const path of user.contents()) if (readFileSync(path, 'utf8') === 'side of one') rmSync(path);
  expect((await user.run('all.ts')).ran).toEqual(['side']);
  expect(texts()).toEqual(['side of one', 'b of one']);
  rmSync(side);
  expect(await user.run('all.ts', ['--no-cache'])).toMatchObject({ code: 0, ran: ['x', 'set', 'side'] });
  expect(existsSync(side)).toBe(true);
});

test('a file that one stage leaves may be the input of another', { timeout: 120_000 }, async () => {
  const user = cachedProject({
    'pass.ts': `import { readFileSync, writeFileSync } from 'node:fs';
import { pipeline, stage } from 'pipeline-gpu';
const between = new URL('./between.txt', import.meta.url);
export default pipeline('pass',
  stage({ id: 'write', needs: [], provides: ['written'], inputs: { files: ['given.txt'] }, outputs: ['between.txt'],
    run: () => { writeFileSync(between, readFileSync(new URL('./given.txt', import.meta.url), 'utf8').toUpperCase()); return { written: true }; } }),
  stage({ id: 'read', needs: ['written'], provides: ['text'], inputs: { files: [between] }, outputs: [],
    run: (_: { written: boolean }) => ({ text: readFileSync(between, 'utf8') }), output: (added) => added }));
`,
    'given.txt': 'one',
  });
  expect(await user.run('pass.ts')).toMatchObject({ code: 0, ran: ['write', 'read'], outputs: { read: { text: 'ONE' } } });
  expect((await user.run('pass.ts')).ran).toEqual([]);
  user.write('given.txt', 'two');
  expect(await user.run('pass.ts')).toMatchObject({ ran: ['write', 'read'], outputs: { read: { text: 'TWO' } } });
});

test('a result that is older than it may be is made again; a source with inputs is kept', { timeout: 120_000 }, async () => {
  const user = cachedProject({
    'now.ts': `import { readFileSync } from 'node:fs';
import { fetch, matrix, pipeline, stage, type DatasetSource } from 'pipeline-gpu';
const points: DatasetSource = { name: 'points', inputs: { files: [new URL('./points.csv', import.meta.url)] }, load: async () => {
  const labels = Uint8Array.from(readFileSync(new URL('./points.csv', import.meta.url), 'utf8').split(','), Number);
  return { name: 'points', role: 'all', x: matrix(labels.length, 1, Float32Array.from(labels)), labels, rows: Uint32Array.from(labels.keys()) };
} };
export default pipeline('now', fetch(points),
  stage({ id: 'now', needs: [], provides: ['now'], inputs: { validFor: '1h' }, run: () => ({ now: Date.now() }), output: (added) => added }));
`,
    'points.csv': '0,1,1',
  });
  const first = await user.run('now.ts');
  expect(first).toMatchObject({ code: 0, ran: ['fetch', 'now'] });
  const second = await user.run('now.ts');
  expect(second).toMatchObject({ ran: [], outputs: { now: first.outputs['now'] } });
  ageEntries(user, 3_601_000);
  expect(await explain(user, 'now.ts', 'now')).toMatch(/^now runs: its result is older than 1h\.\n/);
  const third = await user.run('now.ts');
  expect(third.ran).toEqual(['now']);
  expect(third.outputs['now']).not.toEqual(first.outputs['now']);
  user.write('points.csv', '0,1,1,1');
  expect(await user.run('now.ts')).toMatchObject({ ran: ['fetch', 'now'], outputs: { fetch: { y: [4] } } });
});

test('what could not be kept is not said to be lost', { timeout: 60_000 }, async () => {
  const user = cachedProject({
    'odd.ts': `import { pipeline, stage } from 'pipeline-gpu';
export default pipeline('odd',
  stage({ id: 'odd', needs: [], provides: ['odd'], run: () => ({ odd: new WeakMap() }) }),
  stage({ id: 'next', needs: ['odd'], provides: ['next'], run: (_: { odd: unknown }) => ({ next: 1 }) }));
`,
  });
  expect((await user.run('odd.ts')).code).toBe(0);
  expect(await explain(user, 'odd.ts', 'odd')).toMatch(/^odd runs: its result could not be kept in run \S+: 'odd': value is a WeakMap/);
  expect(await explain(user, 'odd.ts', 'next')).toMatch(/^next runs: its result could not be kept in run \S+: its input 'odd' has no encoding as data\.\n$/);
});

test('a package that was patched runs what uses it, and explain says that its version is the same', { timeout: 60_000 }, async () => {
  const user = cachedProject({
    'node_modules/dep/package.json': '{ "name": "dep", "version": "1.0.0", "main": "index.js" }',
    'node_modules/dep/index.js': 'module.exports = 1;\n',
    'dep.js': `import dep from 'dep';
import { pipeline, stage } from 'pipeline-gpu';
export default pipeline('dep', stage({ id: 'own', needs: [], provides: ['value'], run: () => ({ value: dep }), output: (added) => added }));
`,
  });
  expect(await user.run('dep.js')).toMatchObject({ ran: ['own'], outputs: { own: { value: 1 } } });
  expect((await user.run('dep.js')).ran).toEqual([]);
  user.write('node_modules/dep/index.js', 'module.exports = 2;\n');
  expect(await explain(user, 'dep.js', 'own')).toBe('own runs: its package dep changed, though it is still dep 1.0.0.\n');
  expect(await user.run('dep.js')).toMatchObject({ ran: ['own'], outputs: { own: { value: 2 } } });
});

test('the tsconfig of the file decides what imports mean, in whatever folder a run is started', { timeout: 60_000 }, async () => {
  const paths = (folder: string): string => JSON.stringify({ compilerOptions: { paths: { '@lib/*': [`./${folder}/*`] } } });
  const user = cachedProject({
    'app/tsconfig.json': paths('lib'),
    'app/main.ts': `import { pipeline, stage } from 'pipeline-gpu';
import { value } from '@lib/value.ts';
export default pipeline('main', stage({ id: 'own', needs: [], provides: ['value'], run: () => ({ value }), output: (added) => added }));
`,
    'app/lib/value.ts': "import { more } from '../../shared/more.ts';\nexport const value = `of the file's, ${more}`;\n",
    'else/tsconfig.json': paths('lib'),
    'else/lib/value.ts': "export const value = 'of the folder';\n",
    'shared/tsconfig.json': paths('lib'),
    'shared/more.ts': "export { value as more } from '@lib/inner.ts';\n",
    'shared/lib/inner.ts': "export const value = 'of the import';\n",
    'app/lib/inner.ts': "export const value = 'inner';\n",
  });
  const value = { own: { value: "of the file's, inner" } };
  expect(await user.run('app/main.ts', [], { cwd: join(user.folder, 'else') })).toMatchObject({ code: 0, ran: ['own'], outputs: value });
  expect(await user.run('app/main.ts', [], { cwd: '/' })).toMatchObject({ code: 0, ran: [], outputs: value });
  user.write('app/lib/inner.ts', "export const value = 'edited';\n");
  expect(await user.run('app/main.ts')).toMatchObject({ ran: ['own'], outputs: { own: { value: "of the file's, edited" } } });
});
