// Two adapters round differently: results are kept by adapter, and a run that finds all its results opens no device.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cachedProject, type CachedProject, type CachedRun } from '../support/cachedProject.ts';

const FILE = `import { fetch, fit, logisticRegression, matrix, pipeline, score, split, stage } from 'pipeline-gpu';
const source = { name: 'rows', digest: 'rows-1', load: async () => ({ name: 'rows', role: 'all',
  x: matrix(40, 2, Float32Array.from({ length: 80 }, (_, i) => Math.sin(i * i))),
  labels: Uint8Array.from({ length: 40 }, (_, i) => i % 2), rows: Uint32Array.from({ length: 40 }, (_, i) => i) }) };
const asks = stage({ id: 'asks', needs: ['model'], provides: ['n'], run: async ({ model }, { compute }) => ({ n: (await compute()) && model ? 1 : 0 }), output: (a) => a });
const plain = stage({ id: 'plain', needs: ['n'], provides: ['m'], run: ({ n }) => ({ m: n + 1 }), output: (a) => a });
export default pipeline('two', fetch(source), split({ train: [0, 30], test: [30, 40] }), fit(logisticRegression()), score({ on: 'test' }), asks, plain);
`;
const DEVICE = ['fit', 'score', 'asks'];

const made = (): CachedProject => cachedProject({ 'two.js': FILE });
const opened = ({ events }: CachedRun): boolean => events.some(({ type }) => type === 'adapter-ready');
const computedOn = ({ events }: CachedRun, stage: string): unknown =>
  events.find((event) => event['stage'] === stage && event['type'] === 'stage-finished')!['adapter'];

/** A machine without it, as where only SwiftShader is, refuses to run on it and keeps nothing of the run. */
function isWithout({ code, ran, events }: CachedRun): boolean {
  if (code !== 4) return false;
  expect({ ran, error: events.at(-1)!['error'] }).toMatchObject({ ran: ['fetch', 'split'], error: { code: 'E_NO_ADAPTER' } });
  return true;
}

test('what was computed on one adapter is computed anew on another, and both stay', async () => {
  const project = made();
  const on = (adapter: string): Promise<CachedRun> => project.run('two.js', ['--adapter', adapter]);
  const first = await on('lavapipe');
  if (isWithout(first)) return;
  expect(first).toMatchObject({ code: 0, ran: ['fetch', 'split', ...DEVICE, 'plain'] });
  const summary = first.events.find(({ type }) => type === 'adapter-ready')!['adapter'] as { readonly name: string };

  const explained = await project.explain('two.js', 'fit', ['--adapter', 'swiftshader']);
  expect(explained).toMatch(/^fit runs: its adapter changed from llvmpipe .* to SwiftShader /);

  const other = await on('swiftshader');
  expect({ ran: other.ran, cached: other.cached }).toEqual({ ran: DEVICE, cached: ['fetch', 'split', 'plain'] });

  const again = await on('lavapipe');
  expect({ ran: again.ran, opened: opened(again) }).toEqual({ ran: [], opened: false });
  expect(again.outputs).toEqual(first.outputs);
  for (const stage of DEVICE) expect(computedOn(again, stage)).toEqual(summary);
  expect(computedOn(again, 'plain')).toBeUndefined();
  expect(await on('swiftshader')).toMatchObject({ ran: [], outputs: other.outputs });
});

test('what decides how a driver computes decides which results are found', async () => {
  const project = made();
  const wide = (bits: number): Promise<CachedRun> => project.run('two.js', ['--adapter', 'lavapipe'], { env: { LP_NATIVE_VECTOR_WIDTH: String(bits) } });
  const first = await wide(256);
  if (isWithout(first)) return;
  expect(first.code).toBe(0);
  expect((await wide(128)).ran).toEqual(DEVICE);
  expect((await wide(256)).ran).toEqual([]);
});

test('where the adapter is not known any more it is looked for; where there is none, nothing of it is used', async () => {
  const project = made();
  await project.run('two.js');
  const notes = join(project.cache, 'notes');
  const known = (): readonly string[] => readdirSync(notes).filter((name) => name.startsWith('adapter-'));
  expect(known()).toHaveLength(1);
  rmSync(join(notes, known()[0]!));
  expect((await project.run('two.js')).ran).toEqual([]);
  expect(known()).toHaveLength(1);

  // As after an update of its driver.
  const note = join(notes, known()[0]!);
  const { drivers, adapter } = JSON.parse(readFileSync(note, 'utf8')) as { drivers: string; adapter: Record<string, unknown> };
  const old = { ...adapter, driver: 'an older one' };
  writeFileSync(note, JSON.stringify({ drivers: 'others', adapter: old }));
  expect((await project.run('two.js')).ran).toEqual([]);
  // A wrong note is believed until the first stage that runs opens the device.
  writeFileSync(note, JSON.stringify({ drivers, adapter: old }));
  expect((await project.run('two.js')).ran).toEqual(['fit']);
  expect(JSON.parse(readFileSync(note, 'utf8'))).toEqual({ drivers, adapter });

  const none = await project.run('two.js', ['--adapter', 'no-such-adapter']);
  expect(none).toMatchObject({ code: 4, ran: [], cached: ['fetch', 'split'] });
});
