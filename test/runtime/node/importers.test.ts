// A stage's key is made of the files that make it, whoever imports them and however.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StageRecord } from '../../../src/runtime/engine/options.ts';
import { ROOT } from '../../support/cli.ts';
import { project, type Project } from '../../support/project.ts';

const PIPELINE = `import { pipeline, stage, z } from 'pipeline-gpu';
import { doubled } from './helper.js';
const seed = stage({ id: 'seed', needs: [], provides: ['n'], run: () => ({ n: 3 }) });
export default pipeline('small', { params: z.strictObject({ by: z.number().default(2) }) }, ({ by }) => [
  seed,
  doubled('twice'),
  stage({ id: 'times', needs: ['n'], provides: ['m'], run: ({ n }) => ({ m: n * by }), output: (a) => a }),
]);
`;
const HELPER = `import { stage } from 'pipeline-gpu';
export const doubled = (id) => stage({ id, needs: ['n'], provides: ['twice'], run: ({ n }) => ({ twice: 2 * n }) });
`;
const RUN = `const show = ({ stages }) => console.log(JSON.stringify(stages));
const options = { cache: true, params: process.argv[2] ? { by: Number(process.argv[2]) } : {} };
`;
/** Each imports something of its own, which must not count. */
const IMPORTERS: Readonly<Record<string, string>> = {
  'static.js': `import small from './small.js';\nimport './other.js';\nimport { runPipeline } from 'pipeline-gpu/node';\n${RUN}show(await runPipeline(small, options));\n`,
  'dynamic.js': `import './other.js';\nimport { runPipeline } from 'pipeline-gpu/node';\n${RUN}async function load() { return (await import('./small.js')).default; }\nasync function main() { show(await runPipeline(await load(), options)); }\nawait main();\n`,
  'through.js': `import './other.js';\nimport { runPipeline } from 'pipeline-gpu/node';\n${RUN}const { again } = await import('./reexport.js');\nshow(await runPipeline(again, options));\n`,
};

async function script(made: Project, name: string, args: readonly string[], loader: readonly string[] = []): Promise<readonly StageRecord[]> {
  const env = { ...process.env, PIPELINE_CACHE: join(made.folder, 'cache') };
  const child = spawn(process.execPath, [...loader, join(made.folder, name), ...args], { env, cwd: made.folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  await once(child, 'close');
  return JSON.parse(text) as readonly StageRecord[];
}

const TSX = ['--import', join(ROOT, 'node_modules/tsx/dist/esm/index.mjs')];

test.each([
  ['as declared', [], []],
  ['made again with other parameters', ['--by', '5'], ['5']],
])('the command line and scripts that import a pipeline give one key: %s', async (_, flags, args) => {
  const made = project();
  const files = {
    ...IMPORTERS,
    'small.js': PIPELINE,
    'helper.js': HELPER,
    'other.js': 'export const other = 1;\n',
    'reexport.js': "export { default as again } from './small.js';\nexport { other } from './other.js';\n",
  };
  for (const [name, text] of Object.entries(files)) made.write(name, text);
  expect(await made.run(['run', './small.js', ...flags])).toMatchObject({ code: 0 });
  const [{ stages } = { stages: [] }] = made.records();
  const keys = stages.map(({ path, key }) => [path, key]);
  expect(keys.map(([path]) => path)).toEqual(['seed', 'twice', 'times']);
  const ofHelper = stages.find(({ path }) => path === 'twice')!.parts!;
  expect(Object.keys(ofHelper).filter((part) => part.startsWith('code '))).toEqual(expect.arrayContaining(['code small.js', 'code helper.js']));
  for (const name of Object.keys(IMPORTERS)) {
    for (const loader of [[], TSX]) {
      const records = await script(made, name, args, loader);
      expect(records.map(({ path, identity }) => [path, identity!.key])).toEqual(keys);
      expect(records.map(({ status }) => status)).toEqual(['cached', 'cached', 'cached']);
    }
  }
});

test('who requires a CommonJS file does not count, who calls a function of it does', async () => {
  const made = project();
  const body = `const { pipeline, stage } = require('pipeline-gpu');
const one = (id) => stage({ id, needs: [], provides: [id], run: () => ({ [id]: 1 }) });
module.exports = { one, small: pipeline('small', one('a')) };\n`;
  made.write('small.cjs', body);
  made.write('evaluated.cjs', `const { small } = require('./small.cjs');\nmodule.exports = small;\n`);
  made.write(
    'called.cjs',
    `const { pipeline } = require('pipeline-gpu');\nconst { one } = require('./small.cjs');\nmodule.exports = pipeline('small', one('a'));\n`,
  );
  const loads = (name: string): string =>
    `import { createRequire } from 'node:module';\nconst small = createRequire(import.meta.url)('./${name}');\nconsole.log(JSON.stringify([small.graph.nodes[0].stage.files]));\n`;
  made.write('a.mjs', loads('evaluated.cjs'));
  made.write('b.mjs', loads('called.cjs'));
  const filesOf = async (name: string): Promise<unknown> => (await script(made, name, [], TSX))[0];
  expect(await filesOf('a.mjs')).toEqual([join(made.folder, 'small.cjs')]);
  expect(await filesOf('b.mjs')).toEqual([join(made.folder, 'small.cjs'), join(made.folder, 'called.cjs')]);
});
