// A model that leaves a pipeline and comes back in another one, in a process of its own.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cachedProject } from '../support/cachedProject.ts';

const FILES = {
  'rows.ts': `import { fetch, matrix, split, type DatasetSource } from 'pipeline-gpu';
const ROWS = 60;
export const source: DatasetSource = {
  name: 'points',
  digest: 'one',
  load: async () => ({
    name: 'points', role: 'all', classNames: ['low', 'high'],
    x: matrix(ROWS, 2, Float64Array.from({ length: 2 * ROWS }, (_, i) => 1e6 + Math.sin(i * i) * (1 + (i % 2)))),
    labels: Uint8Array.from({ length: ROWS }, (_, i) => (Math.sin(4 * i * i) > 0 ? 1 : 0)),
    rows: Uint32Array.from({ length: ROWS }, (_, i) => i),
  }),
};
export const rows = [fetch(source), split({ train: [0, 40], test: [40, 60] })] as const;
`,
  'make.ts': `import { fit, logisticRegression, pipeline, save, score, standardize } from 'pipeline-gpu';
import { rows } from './rows.ts';
export default pipeline('make', ...rows, standardize(), fit(logisticRegression()), score({ on: 'test' }), save('out/points.safetensors'));
`,
  'use.ts': `import { load, pipeline, score } from 'pipeline-gpu';
import { rows } from './rows.ts';
export default pipeline('use', ...rows, load('out/points.safetensors'), score({ on: 'test' }));
`,
};

test('save writes the model, load brings it back, and the cache knows both', { timeout: 120_000 }, async () => {
  const user = cachedProject(FILES);
  const file = join(user.folder, 'out/points.safetensors');
  const made = await user.run('make.ts');
  expect(made).toMatchObject({ code: 0, stderr: '', outputs: { save: { file: 'out/points.safetensors', bytes: readFileSync(file).length } } });

  const used = await user.run('use.ts');
  expect(used).toMatchObject({ code: 0, stderr: '', outputs: { load: { fittedOn: { dataset: 'points', rows: 40, classNames: ['low', 'high'] } } } });
  expect(used.outputs['score']).toEqual(made.outputs['score']);
  expect(used.outputs['load']).toMatchObject({ scores: { accuracy: made.outputs['score']!['testAccuracy'] } });
  expect((await user.run('use.ts')).ran).toEqual([]);

  const bytes = readFileSync(file);
  rmSync(file);
  expect(await user.run('make.ts')).toMatchObject({ code: 0, ran: [] });
  expect(readFileSync(file)).toEqual(bytes);

  writeFileSync(file, bytes.subarray(0, -8));
  const failed = async () => (await user.run('use.ts')).events.at(-1)!['error'];
  expect(await failed()).toMatchObject({ code: 'E_DATA', stage: 'load', message: expect.stringMatching(/^out\/points\.safetensors is cut off/) });
  rmSync(file);
  expect(await failed()).toMatchObject({ code: 'E_DATA', stage: 'load', message: expect.stringContaining('out/points.safetensors') });
  expect(existsSync(file)).toBe(false);
});
