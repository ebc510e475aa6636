// `pipeline explain`, from outside, on what no other test edits: a user's shader, and what the cache holds.
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { project } from '../support/project.ts';

/** Each stage in a file of its own, since a file's code is that of all its stages. */
const FILES = {
  'levels.ts': `import { stage } from 'pipeline-gpu';
export const levels = stage({ id: 'levels', needs: [], provides: ['levels'], run: () => ({ levels: Float32Array.from({ length: 3000 }, (_, i) => i) }) });
`,
  'brighter.ts': `import { input, output, uniform, wgslStage } from 'pipeline-gpu';
export const brighter = wgslStage({
  id: 'brighter', needs: ['levels'], source: new URL('./brighter.wgsl', import.meta.url),
  uniforms: { count: uniform('u32') }, bindings: { level: input('f32'), bright: output('f32') },
  launch: ({ levels }: { readonly levels: Float32Array }) => ({
    inputs: { level: levels }, lengths: { bright: levels.length }, uniforms: { count: levels.length }, grid: [Math.ceil(levels.length / 64)] }),
});
`,
  'brighter.wgsl': `struct Params { count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> level: array<f32>;
@group(0) @binding(2) var<storage, read_write> bright: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.count) { bright[id.x] = level[id.x] * 2; }
}
`,
  'shade.ts': `import { pipeline } from 'pipeline-gpu';
import { brighter } from './brighter.ts';
import { levels } from './levels.ts';
export default pipeline('shade', levels, brighter);
`,
};

test('an edited shader and a deleted value are told', { timeout: 180_000 }, async () => {
  const { folder, write, run } = project();
  for (const [name, text] of Object.entries(FILES)) write(name, text);
  expect((await run(['run', 'shade.ts'])).code).toBe(0);
  const explained = async (stage: string): Promise<string> => (await run(['explain', 'shade.ts', stage])).stdout;
  expect(await explained('brighter')).toMatch(/^brighter comes from the cache: nothing it depends on changed since run \S+\.\n$/);

  write('brighter.wgsl', FILES['brighter.wgsl'].replace('* 2', '* 3'));
  expect(await explained('brighter')).toBe('brighter runs: its code changed in brighter.wgsl.\n');
  expect(await explained('levels')).toMatch(/^levels comes from the cache/);

  write('brighter.wgsl', FILES['brighter.wgsl']);
  const contents = join(folder, 'cache/stages/blobs');
  const values = (readdirSync(contents, { recursive: true }) as string[]).map((name) => join(contents, name)).filter((path) => statSync(path).size === 12_000);
  expect(values).toHaveLength(2);
  values.forEach((path) => rmSync(path));
  expect(await explained('levels')).toBe('levels runs: its result is no longer in the cache.\n');
  expect(await explained('brighter')).toBe('brighter runs: it waits for levels, no longer in the cache.\n');

  // One file is the code of both stages: what levels will give is unknown then, and no way back for brighter.
  write('both.ts', `${FILES['levels.ts']}${FILES['brighter.ts']}`);
  write(
    'shade.ts',
    "import { pipeline } from 'pipeline-gpu';\nimport { brighter, levels } from './both.ts';\nexport default pipeline('shade', levels, brighter);\n",
  );
  expect((await run(['run', 'shade.ts'])).code).toBe(0);
  write('brighter.wgsl', FILES['brighter.wgsl'].replace('* 2', '* 4'));
  for (const stage of ['levels', 'brighter']) expect(await explained(stage)).toBe(`${stage} runs: its code changed in brighter.wgsl.\n`);
});
