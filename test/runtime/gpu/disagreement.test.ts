// What a stage declares against what WGSL may look like: whatever means the same is taken, and what is not understood is left
// to the compiler.
import { expect, test } from 'vitest';
import type { Kernel } from '../../../src/core/compute.ts';
import { disagreementIn } from '../../../src/runtime/gpu/disagreement.ts';

const KERNEL: Kernel = {
  name: 'own',
  source: new URL('file:///own.wgsl'),
  params: { count: 'u32', factor: 'f32' },
  bindings: { level: 'read', bright: 'write' },
  elements: { level: 'f32', bright: 'u32' },
  sizes: {},
};
const MAIN = '@compute @workgroup_size(64) fn main() { _ = params.count; _ = level[0]; bright[0] = 1; }';
const PARAMS = 'struct Params { count: u32, factor: f32 }\n@group(0) @binding(0) var<uniform> params: Params;';
const LEVEL = '@group(0) @binding(1) var<storage> level: array<f32>;';
const BRIGHT = '@group(0) @binding(2) var<storage, read_write> bright: array<u32>;';
const wrongIn = (...parts: readonly string[]) => disagreementIn(KERNEL, [...parts, MAIN].join('\n'), 'own.wgsl')?.message;

test.each([
  ['as it is', PARAMS, LEVEL, BRIGHT],
  ['attributes the other way round', PARAMS, '@binding(1u)\n  @group(0)\n  var < storage , read > level : array< f32 >;', BRIGHT],
  ['vectors', PARAMS, LEVEL.replace('array<f32>', 'array<vec4<f32>>'), BRIGHT.replace('array<u32>', 'array<vec4u, 16>')],
  ['matrices', PARAMS, LEVEL.replace('array<f32>', 'array<mat4x4<f32>>'), BRIGHT],
  ['atomics', PARAMS, LEVEL, BRIGHT.replace('array<u32>', 'array<atomic<u32>>')],
  ['aliases', `alias Level = f32; alias All = array<Level>;\n${PARAMS}`, LEVEL.replace('array<f32>', 'All'), BRIGHT],
  ['structs', `struct Pair { a: f32, b: f32 }\n${PARAMS}`, LEVEL.replace('<f32>', '<Pair>'), BRIGHT],
  ['other names', PARAMS.replace('count: u32, factor: f32', 'n: u32, by: f32,'), LEVEL.replace('level', 'x'), BRIGHT],
  ['a signed uniform', PARAMS.replace('u32', 'i32'), LEVEL, BRIGHT],
  ['fields with attributes', PARAMS.replace('factor', '@align(4) factor'), LEVEL, BRIGHT],
  ['comments', `// @group(0) @binding(1) var<storage> level: array<u32>;\n/* /* @compute fn other() {} */ ${BRIGHT} */\n${PARAMS}`, LEVEL, BRIGHT],
  ['an unused resource', PARAMS, LEVEL, `${BRIGHT}\n@group(0) @binding(7) var<storage> spare: array<u32>;`],
])('%s', (_, ...parts) => {
  expect(wrongIn(...parts)).toBeUndefined();
});

test.each([
  ['a vector of another type', PARAMS, LEVEL.replace('array<f32>', 'array<vec4i>'), BRIGHT, /^Binding 1 of stage 'own' is level: input\('f32'\)/],
  ['no uniform', LEVEL, BRIGHT, '', /^Stage 'own' has the uniforms \{ count: u32, factor: f32 \}; own\.wgsl has no @group\(0\) @binding\(0\)\.$/],
  ['bindings from 0', LEVEL.replace('binding(1)', 'binding(0)'), BRIGHT.replace('binding(2)', 'binding(1)'), '', /at @binding\(0\), which is for the uniforms/],
  ['a field too many', PARAMS.replace(' }', ', more: u32 }'), LEVEL, BRIGHT, /declares \{ count: u32, factor: f32, more: u32 \} as Params/],
  ['a vector among the fields', PARAMS.replace('factor: f32', 'factor: vec2f'), LEVEL, BRIGHT, /factor: vec2f/],
])('%s', (_, a, b, c, message) => {
  expect(wrongIn(a, b, c)).toMatch(message);
});
