// What the launch of a stage's own shader returns: a name or a number that is wrong there would be 0 on the device, and the
// results wrong without a word.
import { test } from 'vitest';
import { expectTold, type Mistake } from '../support/mistakes.ts';

const WGSL = `struct Params { count: u32, by: f32, factor: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> level: array<f32>;
@group(0) @binding(2) var<storage, read_write> bright: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.count) { bright[id.x] = params.factor * level[id.x] + params.by; }
}
`;
const GOOD = 'inputs: { level: levels }, lengths: { bright: 64 }, uniforms: { count: 64, by: 1 }, grid: [1]';

function launchOf(returned: string, message: RegExp, hint: RegExp, more = ''): Mistake {
  return {
    text: `// @ts-nocheck
const levels = p.stage({ id: 'levels', needs: [], provides: ['levels'], run: () => ({ levels: new Float32Array(64) }) });
export default p.pipeline('bright', levels, p.wgslStage({ // mistake:
  id: 'bright', needs: ['levels'], source: new URL('./*.wgsl', import.meta.url),
  uniforms: { count: p.uniform('u32'), by: p.uniform('f32'), factor: p.uniform('f32', 2) },
  bindings: { level: p.input('f32'), bright: p.output('f32') },
  launch: ({ levels }) => (${returned}), ${more}
}));
`,
    files: { '*.wgsl': WGSL },
    code: 'E_SHAPE',
    message,
    hint,
  };
}
const changed = (from: string, to: string, message: RegExp, hint: RegExp): Mistake => {
  if (!GOOD.includes(from)) throw new Error(`no ${from}`);
  return launchOf(`{ ${GOOD.replace(from, to)} }`, message, hint);
};

const MISTAKES: Readonly<Record<string, Mistake>> = {
  nothing: launchOf('undefined', /^Launch of stage 'bright' returned nothing\.$/, /^Return \{ inputs, lengths, grid \}/),
  noInputs: changed('inputs: { level: levels }, ', '', /^Binding 'level' is input\('f32'\) and takes a Float32Array; nothing arrived\.$/, /inputs: \{ level/),
  misspeltInput: changed('level: levels', 'levle: levels', /returned inputs with 'levle', which the stage does not declare/, /^Did you mean level\?$/),
  noLengths: changed('lengths: { bright: 64 }, ', '', /^Output 'bright' needs a length of 1 or more elements; undefined arrived\.$/, /lengths: \{ bright/),
  oddLength: changed('bright: 64', 'bright: 64, dark: 1', /returned lengths with 'dark'/, /^To return as lengths: bright\.$/),
  noUniforms: changed(
    'uniforms: { count: 64, by: 1 }, ',
    '',
    /^Uniform 'count' is uniform\('u32'\) and takes a whole number from 0 to 4294967295; nothing arrived\.$/,
    /uniforms: \{ count/,
  ),
  misspeltUniform: changed('count: 64', 'cuont: 64', /returned uniforms with 'cuont'/, /^Did you mean count\?$/),
  negativeUniform: changed('count: 64', 'count: -1', /takes a whole number .*; -1 arrived/, /./),
  fraction: changed('count: 64', 'count: 1.5', /takes a whole number .*; 1\.5 arrived/, /./),
  textUniform: changed('by: 1', "by: '1'", /^Uniform 'by' is uniform\('f32'\) and takes a number; "1" arrived\.$/, /./),
  notANumber: changed('by: 1', 'by: NaN', /takes a number; NaN arrived/, /./),
  parameter: changed('by: 1', 'by: 1, factor: 3', /returned uniforms with 'factor', which the stage does not declare/, /^To return as uniforms: count, by\.$/),
  noGrid: changed(', grid: [1]', '', /returned nothing as grid; one to three numbers of workgroups/, /^Write grid: \[Math\.ceil/),
  numberGrid: changed('grid: [1]', 'grid: 1', /returned 1 as grid/, /./),
  zeroGrid: changed('grid: [1]', 'grid: [0]', /returned \[0\] as grid/, /./),
  longGrid: changed('grid: [1]', 'grid: [1, 1, 1, 1]', /returned \[1, 1, 1, 1\] as grid/, /./),
  reference: launchOf(
    `{ ${GOOD} }`,
    /^The reference of stage 'bright' has no function for 'bright'\.$/,
    /^Write reference: \(\) => \(\{ bright: \(index\)/,
    'reference: () => ({ dark: () => 0 }),',
  ),
};

test('what a launch returns is held against what the stage declares', async () => {
  await expectTold('run', MISTAKES);
});
