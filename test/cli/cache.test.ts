// The promises of the stage cache, kept to a user at the command line.
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cli } from '../support/cli.ts';
import { cachedProject, type CachedProject } from '../support/cachedProject.ts';

/** numbers -> doubled (a helper, a WGSL file) -> total; side stands alone. Each stage in a file of its own. */
const FILES = {
  'chain.ts': `import { pipeline } from 'pipeline-gpu';
import { doubled } from './doubled.ts';
import { numbers } from './numbers.ts';
import { side } from './side.ts';
import { total } from './total.ts';
export default pipeline('chain', numbers, side, doubled, total);`,
  'numbers.ts': `import { stage } from 'pipeline-gpu';
export const numbers = stage({ id: 'numbers', needs: [], provides: ['numbers'], run: () => ({ numbers: Float64Array.from({ length: 5000 }, (_, i) => i) }) });`,
  'side.ts': `import { stage } from 'pipeline-gpu';
export const side = stage({ id: 'side', needs: ['numbers'], provides: ['side'], run: ({ numbers }: { numbers: Float64Array }) => ({ side: numbers.length }) });`,
  'doubled.ts': `import { stage } from 'pipeline-gpu';
import { double } from './lib/double.ts';
export const kernel = new URL('./lib/double.wgsl', import.meta.url);
export const doubled = stage({ id: 'doubled', needs: ['numbers'], provides: ['doubled'], run: ({ numbers }: { numbers: Float64Array }) => ({ doubled: numbers.map(double) }) });`,
  'lib/double.ts': 'export const double = (x: number): number => 2 * x;\n',
  'lib/double.wgsl': 'fn double(x: f32) -> f32 { return 2 * x; }\n',
  'total.ts': `import { stage } from 'pipeline-gpu';
export const total = stage({ id: 'total', needs: ['doubled'], provides: ['total'],
  run: ({ doubled }: { doubled: Float64Array }) => ({ total: doubled.reduce((a, b) => a + b, 0) }), output: ({ total }) => ({ total }) });`,
};
const ALL = ['numbers', 'side', 'doubled', 'total'];
const TOTAL = 24_995_000;

const chain = (): CachedProject => cachedProject(FILES);

test('the second run runs nothing; only what changes a result runs again, and what depends on it', async () => {
  const user = chain();
  const run = (...args: string[]) => user.run('chain.ts', args);
  expect(await run()).toMatchObject({ code: 0, stderr: '', ran: ALL, outputs: { total: { total: TOTAL } } });
  expect(await run()).toMatchObject({ code: 0, ran: [], cached: ALL, outputs: { total: { total: TOTAL } } });

  // Comments, layout, types and line ends.
  user.write('lib/double.ts', '// twice\r\nexport  const double = ( x : number ) => {\r\n  /* that is: */ return 2 * x;\r\n};\r\n');
  expect((await run()).ran).toEqual(['doubled']); // another way to write a function is another function, with the same result
  user.write('lib/double.ts', '// a comment\r\nexport   const double = (\r\n  x: number,\r\n): 2 | number =>\r\n  2 * x;\r\n');
  expect((await run()).ran).toEqual([]);

  user.write('lib/double.ts', 'export const double = (x: number): number => 3 * x;\n');
  expect(await run()).toMatchObject({ ran: ['doubled', 'total'], cached: ['numbers', 'side'], outputs: { total: { total: 1.5 * TOTAL } } });
  user.write('lib/double.wgsl', 'fn double(x: f32) -> f32 { return 3 * x; }\n');
  expect((await run()).ran).toEqual(['doubled']); // its result is the same, so the total is
  user.write('lib/double.ts', FILES['lib/double.ts']);
  user.write('lib/double.wgsl', FILES['lib/double.wgsl']);
  expect((await run()).ran).toEqual([]); // as it was before

  expect((await user.run('chain.ts', [], { cwd: '/' })).ran).toEqual([]);

  const none = await run('--no-cache');
  expect(none).toMatchObject({ ran: ALL, outputs: { total: { total: TOTAL } } });
});

test('damaged, cut or deleted content is computed again and heals', async () => {
  const user = chain();
  await user.run('chain.ts');
  const damages: ((path: string) => void)[] = [
    (path) =>
      writeFileSync(
        path,
        readFileSync(path).map((byte, i) => (i === 1 ? byte ^ 1 : byte)),
      ),
    (path) => truncateSync(path, 1),
    (path) => rmSync(path),
  ];
  user.contents().forEach((path, i) => damages[i % 3]!(path));
  expect(await user.run('chain.ts')).toMatchObject({ code: 0, stderr: '', outputs: { total: { total: TOTAL } } });
  for (const path of user.contents()) damages[0]!(path);
  expect(await user.run('chain.ts')).toMatchObject({ code: 0, stderr: '', ran: ALL, outputs: { total: { total: TOTAL } } });
  expect((await user.run('chain.ts')).ran).toEqual([]);
});

test('a value that turns out damaged only when it is read is computed again, with a warning', async () => {
  const user = chain();
  await user.run('chain.ts');
  for (const path of user.contents()) if (statSync(path).size === 40_000) writeFileSync(path, new Uint8Array(40_000));
  const { code, ran, outputs, events } = await user.run('chain.ts', ['--force', 'total']);
  expect({ code, ran, outputs }).toMatchObject({ code: 0, ran: ['total'], outputs: { total: { total: TOTAL } } });
  expect(events.filter(({ type }) => type === 'warning').map((event) => event['code'])).toEqual(['W_CACHE_CORRUPT', 'W_CACHE_CORRUPT']);
  expect((await user.run('chain.ts')).outputs['total']).toEqual({ total: TOTAL });
});

test('what has no encoding runs each time and says why, and so does what reads it', async () => {
  const user = cachedProject({
    'map.ts': `import { pipeline, stage } from 'pipeline-gpu';
export default pipeline('map',
  stage({ id: 'map', needs: [], provides: ['map'], run: () => ({ map: new URLSearchParams('a=1') }) }),
  stage({ id: 'size', needs: ['map'], provides: ['size'], run: ({ map }: { map: URLSearchParams }) => ({ size: map.size }) }),
  stage({ id: 'twice', needs: ['size'], provides: ['twice'], run: ({ size }: { size: number }) => ({ twice: 2 * size }) }));`,
  });
  await user.run('map.ts');
  const { ran, cached, events } = await user.run('map.ts');
  expect({ ran, cached }).toEqual({ ran: ['map', 'size'], cached: ['twice'] });
  const why = events.filter(({ type }) => type === 'stage-finished').map((event) => event['uncached']);
  expect(why).toEqual([expect.stringMatching(/'map': value is a URLSearchParams/), "its input 'map' has no encoding as data", undefined]);
});

test('four runs at once on one cache all end well and leave it whole', async () => {
  const user = chain();
  const four = await Promise.all([1, 2, 3, 4].map(() => user.run('chain.ts')));
  for (const one of four) expect(one).toMatchObject({ code: 0, stderr: '', outputs: { total: { total: TOTAL } } });
  expect(await user.run('chain.ts')).toMatchObject({ ran: [], outputs: { total: { total: TOTAL } } });
});

test('over its cap the cache drops what was not used for longest; the next run computes it again', async () => {
  const user = chain();
  const small = { env: { PIPELINE_CACHE_MB: '0.06' } };
  expect(await user.run('chain.ts', [], small)).toMatchObject({ code: 0, stderr: '' });
  expect(user.contents().reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThanOrEqual(60_000);
  expect(await user.run('chain.ts', [], small)).toMatchObject({ code: 0, stderr: '', outputs: { total: { total: TOTAL } } });
});

test('a cache folder that cannot be written to costs one note', async () => {
  const user = chain();
  const { code, ran, events } = await user.run('chain.ts', [], { env: { PIPELINE_CACHE: user.write('a-file', '') } });
  expect({ code, ran }).toEqual({ code: 0, ran: ALL });
  expect(events.filter(({ type }) => type === 'warning')).toMatchObject([{ code: 'W_CACHE_UNUSABLE', hint: expect.stringMatching(/PIPELINE_CACHE/) }]);
});

test('a diamond runs its source once; a second stage of the same text may hold other values and runs for itself', async () => {
  const user = cachedProject({
    'diamond.ts': `import { appendFileSync } from 'node:fs';
import { branch, compose, pipeline, stage } from 'pipeline-gpu';
const source = (x: number) => stage({ id: 'source', needs: [], provides: ['x'], run: () => { appendFileSync('log', 'x'); return { x }; } });
const times = (by: number) => stage({ id: 'times', needs: ['x'], provides: ['y'], params: { by }, run: ({ x }: { x: number }) => ({ y: by * x }), output: ({ y }) => ({ y }) });
const one = source(2);
export default pipeline('diamond', branch({ a: [one, times(2)], b: [one, times(3)], c: [source(5), times(4)] }));`,
  });
  const { code, ran, outputs } = await user.run('diamond.ts');
  expect(code).toBe(0);
  expect(ran).toEqual(['a/source', 'a/times', 'b/times', 'c/source', 'c/times']);
  expect(outputs).toMatchObject({ 'a/times': { y: 4 }, 'b/times': { y: 6 }, 'c/times': { y: 20 } });
  expect(readFileSync(`${user.folder}/log`, 'utf8')).toBe('xx');
});

test('cache info and cache clear', async () => {
  const user = chain();
  await user.run('chain.ts');
  const env = { PIPELINE_CACHE: user.cache };
  const info = await cli(['cache', 'info', '--json'], { env });
  expect(JSON.parse(info.stdout)).toMatchObject({ folder: `${user.cache}/stages`, entries: 4, capBytes: 5e9 });
  expect((JSON.parse(info.stdout) as { bytes: number }).bytes).toBeGreaterThan(80_000);
  expect((await cli(['cache', 'info'], { env })).stdout).toMatch(/stages\n4 results, \d{2,3} kB of at most 5\.0 GB\n$/);
  expect((await cli(['cache', 'clear'], { env })).stdout).toMatch(/^4 results deleted/);
  expect((await cli(['cache', 'clear'], { env })).stdout).toMatch(/^0 results deleted/);
  expect((await user.run('chain.ts')).ran).toEqual(ALL);
  expect(await cli(['cache', 'prune'])).toMatchObject({ code: 2 });
});
