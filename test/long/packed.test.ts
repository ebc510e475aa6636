// The package as npm packs it, in an empty project: what its types say holds for TypeScript 5.9, too, which knows nothing
// of WebGPU, with nothing left unchecked; so do estimators of one's own, added there. That compiler comes from the registry: it would hide our own `tsc`.
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonLines } from '../support/cli.ts';
import { compiled, OWN_TSC, packedProject, SETTINGS } from '../support/packed.ts';

const exec = promisify(execFile);
let folder: string;

const USE = `import { browserFileStore } from 'pipeline-gpu/browser';
import { runPipeline } from 'pipeline-gpu/node';
import { fetch, fit, logisticRegression, mnist784, pipeline, score, split, stage, withPolicy, z, type Fetched } from 'pipeline-gpu';

const rows = withPolicy(
  stage({ id: 'rows', needs: ['data'], provides: ['rows'], schema: z.strictObject({ by: z.int().default(2) }),
    run: async ({ data }: Fetched, context, { by }) => ({ rows: data.x.rows * by + context.stage.length }) }),
  { retries: 1 },
);
const used = pipeline('used', fetch(mnist784()), rows, split({ train: [0, 10], test: [10, 20] }), fit(logisticRegression()), score({ on: 'test' }));
export const count = (state: NonNullable<typeof used.out>): number => state.rows;
// @ts-expect-error no model to score
pipeline('wrong', fetch(mnist784()), split({ train: [0, 10], test: [10, 20] }), score({ on: 'test' }));
export default used;
export { browserFileStore, runPipeline };
`;

beforeAll(async () => {
  folder = await packedProject();
  mkdirSync(join(folder, 'tools'));
  writeFileSync(join(folder, 'tools/package.json'), '{ "private": true }');
  await exec('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', 'typescript@~5.9.0'], { cwd: join(folder, 'tools') });
  writeFileSync(join(folder, 'use.mts'), USE);
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each(SETTINGS)('it compiles with %j', async (settings) => {
  expect(await compiled(folder, join(folder, 'tools/node_modules/typescript/bin/tsc'), settings)).toBe('');
  expect(await compiled(folder, OWN_TSC, settings)).toBe('');
});

test('its command line checks with TypeScript 5.9, and runs', async () => {
  symlinkSync(join(folder, 'tools/node_modules/typescript'), join(folder, 'node_modules/typescript'));
  rmSync(join(folder, 'tsconfig.json'), { force: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "empty", "type": "commonjs" }');
  const one = `import { pipeline, stage } from 'pipeline-gpu';
export default pipeline('one', stage({ id: 'one', needs: [], provides: ['a'], run: () => ({ a: 1 }), output: ({ a }) => ({ a }) }));\n`;
  writeFileSync(join(folder, 'one.ts'), one);
  const bin = join(folder, 'node_modules/pipeline-gpu/bin/pipeline.js');
  const { stdout, stderr } = await exec(process.execPath, [bin, 'run', 'one.ts', '--json'], { cwd: folder });
  expect({ stderr, last: jsonLines(stdout).at(-1) }).toMatchObject({ stderr: '', last: { status: 'ok', outputs: { one: { a: 1 } } } });
});
