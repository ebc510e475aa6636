// A grid in a file that its user edits: what is trained again is what the edit adds.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cachedProject } from '../support/cachedProject.ts';

const GRID = (C: string, tol = 0.01, shift = 0): string => `import * as p from 'pipeline-gpu';
const [rows, cols] = [90, 5];
const source = { name: 'waves', load: async () => ({
  name: 'waves', role: 'all' as const, x: p.matrix(rows, cols, Float32Array.from({ length: rows * cols }, (_, i) => Math.sin(i * i + (i % cols) + ${shift}))),
  labels: Uint8Array.from({ length: rows }, (_, i) => Number(Math.sin(i * i * cols * cols) > 0)), rows: Uint32Array.from({ length: rows }, (_, i) => i) }) };
export default p.pipeline('grid',
  p.fetch(source),
  p.split({ train: [0, 80], test: [80, 90] }),
  p.gridSearch(p.logisticRegression({ tol: ${tol} }), { C: [${C}] }, { folds: 4 }),
  p.score({ on: 'test' }));`;

test('a point more is trained alone, a point less costs nothing, and the user is told', { timeout: 120_000 }, async () => {
  const user = cachedProject({ 'grid.ts': GRID('0.001, 0.1') });
  const run = async (text: string) => {
    user.write('grid.ts', text);
    const { code, stderr, outputs, events } = await user.run('grid.ts');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // Progress names the models that are being trained.
    const models = events.flatMap((event) => (event['type'] === 'fit-progress' ? (event['models'] as { model: string }[]) : [])).map(({ model }) => model);
    const folds = new Set(models.filter((name) => name.includes('fold')).map((name) => name.split(' ')[0]));
    return { trained: [...folds], search: outputs['grid-search']! };
  };
  const first = await run(GRID('0.001, 0.1'));
  expect(first.trained).toEqual(['C=0.001', 'C=0.1']);
  const more = await run(GRID('0.001, 0.1, 10'));
  expect(more.trained).toEqual(['C=10']);
  expect(more.search).toMatchObject({ pointsFromCache: 2 });
  expect((more.search['points'] as unknown[]).slice(0, 2)).toEqual(first.search['points']);
  expect((await run(GRID('0.1, 10'))).trained).toEqual([]);
  expect((await run(GRID('0.1, 10', 0.02))).trained).toEqual(['C=0.1', 'C=10']);
  expect((await run(GRID('0.1, 10', 0.01, 1))).trained).toEqual(['C=0.1', 'C=10']);
  // Whatever happens to the files: it is trained again.
  const entries = join(user.cache, 'stages/entries');
  for (const name of readdirSync(entries)) writeFileSync(join(entries, name), readFileSync(join(entries, name)).subarray(1));
  expect((await run(GRID('10, 0.1'))).trained).toEqual(['C=10', 'C=0.1']);
});
