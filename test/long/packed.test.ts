// The package as npm packs it, in an empty project: what its types say holds for TypeScript 5.9, too, which knows nothing
// of WebGPU, with nothing left unchecked. That compiler comes from the registry: it would hide our own `tsc`.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonLines, ROOT } from '../support/cli.ts';

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
  folder = mkdtempSync(join(tmpdir(), 'pipeline-packed-'));
  const own = join(folder, 'node_modules/pipeline-gpu');
  mkdirSync(own, { recursive: true });
  const { stdout } = await exec('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: ROOT });
  await exec('tar', ['xzf', join(folder, stdout.trim()), '--strip-components=1', '-C', own]);
  // What npm would install with it.
  const ours = readdirSync(join(ROOT, 'node_modules')).filter((name) => !['pipeline-gpu', 'typescript', '.bin'].includes(name));
  for (const name of ours) symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  mkdirSync(join(folder, 'tools'));
  writeFileSync(join(folder, 'tools/package.json'), '{ "private": true }');
  await exec('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', 'typescript@~5.9.0'], { cwd: join(folder, 'tools') });
  writeFileSync(join(folder, 'use.mts'), USE);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a compiler prints for a project that leaves nothing unchecked. */
async function compiled(tsc: string, settings: object): Promise<string> {
  const compilerOptions = { target: 'es2023', strict: true, noEmit: true, skipLibCheck: false, types: [], ...settings };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.mts'] }));
  const { stdout } = await exec(process.execPath, [tsc, '-p', folder], { cwd: folder }).catch((error: unknown) => error as { stdout: string });
  return stdout;
}

test.each([
  { module: 'node16' },
  { module: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
  { module: 'esnext', moduleResolution: 'bundler', exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true },
])('it compiles with %j', async (settings) => {
  expect(await compiled(join(folder, 'tools/node_modules/typescript/bin/tsc'), settings)).toBe('');
  expect(await compiled(join(ROOT, 'node_modules/typescript/bin/tsc'), settings)).toBe('');
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
