// Mistakes in a shader of one's own, and between it and its stage: found by `check`, at the line of the .wgsl file, with the
// stage's line beside it; most of them no device sees.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectTold, type Mistake } from '../support/mistakes.ts';
import { project } from '../support/project.ts';

const WGSL = `// Doubles every level.
struct Params {
  count: u32, // how many
  factor: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> level: array<f32>;
@group(0) @binding(2) var<storage, read_write> bright: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.count) { return; }
  bright[id.x] = level[id.x] * params.factor;
}
`;
const STAGE = `
const levels = p.stage({ id: 'levels', needs: [], provides: ['levels'], run: () => ({ levels: new Float32Array(100) }) });
const bright = p.wgslStage({
  id: 'bright', needs: ['levels'], source: new URL('./*.wgsl', import.meta.url),
  uniforms: { count: p.uniform('u32'), factor: p.uniform('f32', 2) },
  bindings: { level: p.input('f32'), bright: p.output('f32') },
  launch: ({ levels }: { levels: Float32Array }) => ({ inputs: { level: levels }, lengths: { bright: 100 }, uniforms: { count: 100 }, grid: [2] }),
});
export default p.pipeline('bright', levels, bright);
`;

/** The shader with one line of it changed, which is the mistake. */
function shaderWith(line: string, wrong: string, message: RegExp, hint: RegExp): Mistake {
  const changed = WGSL.replace(line, `${wrong} // mistake:`);
  if (changed === WGSL) throw new Error(`no ${line}`);
  return { text: STAGE, files: { '*.wgsl': changed }, file: '*.wgsl', code: 'E_SHADER', message, hint };
}
/** The stage with something changed, which the shader is held to at its own line. */
function stageWith(part: string, wrong: string, line: string, message: RegExp, hint: RegExp): Mistake {
  return { text: STAGE.replace(part, wrong), files: { '*.wgsl': WGSL.replace(line, `${line} // mistake:`) }, file: '*.wgsl', code: 'E_SHADER', message, hint };
}

const LEVEL = '@group(0) @binding(1) var<storage, read> level: array<f32>;';
const BRIGHT = '@group(0) @binding(2) var<storage, read_write> bright: array<f32>;';
const PARAMS = '@group(0) @binding(0) var<uniform> params: Params;';

const MISTAKES: Readonly<Record<string, Mistake>> = {
  syntax: shaderWith(
    'bright[id.x] = level[id.x] * params.factor;',
    'bright[id.x] = levle[id.x];',
    /unresolved value 'levle'/,
    /^Correct the WGSL at the place named\.$/,
  ),
  semicolon: shaderWith(`${LEVEL}\n${BRIGHT}`, `${LEVEL.slice(0, -1)}\n${BRIGHT}`, /expected ';'/, /^Correct the WGSL at the place named\.$/),
  entryPoint: {
    ...shaderWith('fn main(', 'fn brighten(', /^entryPoint\.wgsl has no entry point 'main'; its entry point is 'brighten'\.$/, /^Call it main/),
    files: { '*.wgsl': WGSL.replace('@compute', '/* mistake: */ @compute').replace('fn main', 'fn brighten') },
  },
  noEntryPoint: {
    text: STAGE.replace('const bright =', '/* mistake: */ const bright ='),
    files: { '*.wgsl': WGSL.replace(/@compute[\s\S]*/, '// fn main() {}') },
    code: 'E_SHADER',
    message: /^noEntryPoint\.wgsl has no entry point 'main'\.$/,
    hint: /^Write @compute/,
  },
  access: shaderWith(
    LEVEL,
    LEVEL.replace('read>', 'read_write>'),
    /^Binding 1 of stage 'bright' is level: input\('f32'\); access\.wgsl declares var<storage, read_write> level: array<f32>; there\.$/,
    /Write @group\(0\) @binding\(1\) var<storage, read> level: array<f32>; in access\.wgsl/,
  ),
  element: shaderWith(
    LEVEL,
    LEVEL.replace('f32', 'u32'),
    /level: input\('f32'\); element\.wgsl declares var<storage, read> level: array<u32>; there/,
    /level: array<f32>/,
  ),
  words: stageWith("p.input('f32')", "p.input('u16')", LEVEL, /level: input\('u16'\); .* array<f32>/, /level: array<u32>/),
  bytes: stageWith("p.input('f32')", "p.input('u8')", LEVEL, /level: input\('u8'\); .* array<f32>/, /level: array<u32>/),
  swapped: {
    text: STAGE.replace("level: p.input('f32'), bright: p.output('f32')", "level: p.input('f32'), more: p.input('f32'), bright: p.output('f32')").replace(
      '{ level: levels }',
      '{ level: levels, more: levels }',
    ),
    files: {
      '*.wgsl': WGSL.replace(
        LEVEL,
        `@group(0) @binding(1) var<storage, read> more: array<f32>; // mistake:\n@binding(2) @group(0) var<storage> level: array<f32>;`,
      )
        .replace(BRIGHT, BRIGHT.replace('binding(2)', 'binding(3)'))
        .replace('level[id.x] *', 'level[id.x] * more[0] *'),
    },
    file: '*.wgsl',
    code: 'E_SHADER',
    message: /^Binding 1 of stage 'bright' is level: input\('f32'\); swapped\.wgsl declares var<storage, read> more/,
    hint: /@binding\(1\)/,
  },
  elsewhere: shaderWith(
    BRIGHT,
    BRIGHT.replace('binding(2)', 'binding(3)'),
    /^Binding 2 of stage 'bright' is bright: output\('f32'\); elsewhere\.wgsl has 'bright' at @group\(0\) @binding\(3\)\.$/,
    /@binding\(2\)/,
  ),
  group: shaderWith(BRIGHT, BRIGHT.replace('group(0)', 'group(1)'), /has 'bright' at @group\(1\) @binding\(2\)/, /@group\(0\) @binding\(2\)/),
  notDeclared: stageWith(
    ", bright: p.output('f32') }",
    ' }',
    BRIGHT,
    /uses 'bright' at @group\(0\) @binding\(2\), which is not a binding of stage 'bright'/,
    /Add it to 'bindings'/,
  ),
  uniformOrder: stageWith(
    "count: p.uniform('u32'), factor: p.uniform('f32', 2)",
    "factor: p.uniform('f32', 2), count: p.uniform('u32')",
    PARAMS,
    /^Stage 'bright' has the uniforms \{ factor: f32, count: u32 \}; uniformOrder\.wgsl declares \{ count: u32, factor: f32 \} as Params\.$/,
    /same order/,
  ),
  uniformType: stageWith("count: p.uniform('u32')", "count: p.uniform('f32')", PARAMS, /count: f32, .* count: u32/, /u32 or f32/),
  uniformMissing: stageWith(
    ", factor: p.uniform('f32', 2)",
    '',
    PARAMS,
    /has the uniforms \{ count: u32 \}; .*declares \{ count: u32, factor: f32 \}/,
    /same fields/,
  ),
  workgroup: {
    ...shaderWith(
      '@compute @workgroup_size(64)',
      '@compute @workgroup_size(100000)',
      /^Kernel 'bright' is refused by the device: .*workgroup/i,
      /^Give @workgroup_size fewer/,
    ),
  },
  noSuchFile: {
    text: STAGE.replace('const bright =', '/* mistake: */ const bright ='),
    code: 'E_SHADER',
    message: /^The WGSL of 'bright' cannot be read from \/.*\/noSuchFile\.wgsl: there is no such file\.$/,
    hint: /^Correct its source: new URL\('\.\/noSuchFile\.wgsl', import\.meta\.url\)/,
  },
};

test('check finds every mistake in a shader, and between it and its stage, without running', async () => {
  await expectTold('check', MISTAKES);
});

test('a run tells the same where it was not checked before', async () => {
  const { syntax, element, elsewhere, noSuchFile } = MISTAKES as Readonly<Record<string, Mistake>>;
  await expectTold('run', { syntax: syntax!, element: element!, elsewhere: elsewhere!, noSuchFile: noSuchFile! });
});

test('without an adapter, bindings are compared all the same', async () => {
  const { element, swapped, entryPoint, uniformOrder } = MISTAKES as Readonly<Record<string, Mistake>>;
  await expectTold(
    'check',
    { element: element!, swapped: swapped!, entryPoint: entryPoint!, uniformOrder: uniformOrder! },
    { PIPELINE_ADAPTER: 'none of these' },
  );
});

test('in the terminal: the line of the shader and that of the stage; without a device a note', async () => {
  const { folder, write, run } = project();
  write('node_modules/typescript/package.json', '{ "version": "7.0.0", "bin": { "tsc": "tsc.cjs" } }');
  write('node_modules/typescript/tsc.cjs', '');
  write('bright.ts', `import * as p from 'pipeline-gpu';${STAGE.replace('*', 'bright')}`);
  write('bright.wgsl', WGSL.replace('array<f32>', 'array<i32>'));
  const wrong = await run(['check', 'bright.ts']);
  expect({ code: wrong.code, stderr: wrong.stderr }).toEqual({
    code: 2,
    stderr:
      "bright.wgsl:7:23  E_SHADER  Binding 1 of stage 'bright' is level: input('f32'); bright.wgsl declares var<storage, read> level: array<i32>; there.\n" +
      "  stage 'bright' at bright.ts:3:18\n" +
      "  try: Write @group(0) @binding(1) var<storage, read> level: array<f32>; in bright.wgsl, or correct 'bindings' of the stage.\n",
  });
  write('bright.wgsl', WGSL);
  const good = await run(['check', 'bright.ts']);
  expect({ code: good.code, stderr: good.stderr }).toEqual({ code: 0, stderr: '' });
  expect(readdirSync(join(folder, 'cache/notes')).filter((name) => name.startsWith('shaders-'))).toHaveLength(1);
  rmSync(join(folder, 'cache'), { recursive: true });
  const nowhere = await run(['check', 'bright.ts'], { env: { PIPELINE_ADAPTER: 'none of these' } });
  expect({ code: nowhere.code, stderr: nowhere.stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(/^ {2}Shaders were not compiled, only their bindings compared: No adapter /),
  });
});
