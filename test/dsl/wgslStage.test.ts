// A user's own shader as a stage, on a real adapter: what it computes, what it refuses, and what it leaves behind.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import type { Start } from '../../src/dsl/stage/context.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import type { AnyStage } from '../../src/dsl/stage/stage.ts';
import { input, output, uniform, wgslStage, type WgslStage } from '../../src/dsl/wgsl/wgslStage.ts';
import { memoryCacheStore } from '../../src/runtime/keys/cache.ts';
import { nodeCodeDigests } from '../../src/runtime/node/code/codeDigests.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';
import { run, type RunResult } from '../../src/runtime/run.ts';
import { testCompute } from '../support/compute.ts';
import { tempFolder } from '../support/files.ts';

const compute = await testCompute();
afterEach(() => vi.unstubAllEnvs());

const WEIGHTED = `// Sum of each row's bytes, times a factor.
struct Params { rows: u32, cols: u32, factor: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@group(0) @binding(3) var<storage, read_write> largest: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.rows) { return; }
  for (var c = 0u; c < params.cols; c++) {
    let at = id.x * params.cols + c;
    let value = (x[at / 4u] >> (8u * (at % 4u))) & 255u;
    sums[id.x] += params.factor * f32(value);
    largest[id.x] = max(largest[id.x], value);
  }
}
`;
const BINDINGS = { x: input('u8'), sums: output('f32'), largest: output('u32') } as const;

interface Levels {
  readonly levels: Uint8Array;
}
const COLS = 5;
const levels = (rows: number): Levels => ({ levels: Uint8Array.from({ length: rows * COLS }, (_, i) => (i * 37) % 256) });
const start = (rows: number) => stage<Start, Levels>({ id: 'start', needs: [], provides: ['levels'], params: { rows }, run: () => levels(rows) });

function shader(text: string): URL {
  const file = join(tempFolder(), 'weighted.wgsl');
  writeFileSync(file, text);
  return pathToFileURL(file);
}

const UNIFORMS = { rows: uniform('u32'), cols: uniform('u32'), factor: uniform('f32', 0.5) } as const;
type Weighted = WgslStage<Levels, typeof BINDINGS, typeof UNIFORMS>;

function weighted(source: URL, own: Partial<Weighted> = {}) {
  return wgslStage({
    id: 'weighted',
    needs: ['levels'],
    source,
    uniforms: UNIFORMS,
    bindings: BINDINGS,
    launch: ({ levels }: Levels) => {
      const rows = levels.length / COLS;
      return { inputs: { x: levels }, lengths: { sums: rows, largest: rows }, uniforms: { rows, cols: COLS }, grid: [Math.ceil(rows / 64)] };
    },
    reference: ({ x }, { cols, factor }) => {
      const row = (i: number): Uint8Array => x.subarray(i * cols, (i + 1) * cols);
      return { sums: (i) => row(i).reduce((sum, value) => sum + factor * value, 0), largest: (i) => Math.max(...row(i)) };
    },
    output: ({ sums, largest }) => ({ first: sums[0]!, last: sums.at(-1)!, largest: Math.max(...largest) }),
    ...own,
  });
}

const store = memoryCacheStore();
/** Runs on the file's device, which outlives the run; with `keep` on one of its own, with a cache. */
function runOn(stages: readonly AnyStage[], keep = false): Promise<RunResult> {
  const summary = { name: 'test', vendor: '', architecture: '', driver: '', software: true };
  return run((pipeline as unknown as (name: string, ...stages: readonly AnyStage[]) => ReturnType<typeof pipeline>)('own', ...stages), {
    files: { read: () => Promise.reject(new Error('no files here')) },
    openCompute: keep ? () => openNodeCompute() : async () => ({ compute: { ...compute, destroy: () => {} }, summary }),
    emit: () => {},
    signal: new AbortController().signal,
    // This file is their code, and writes the shaders: of no account here.
    cache: keep ? { store, code: { ...nodeCodeDigests(), uses: async () => [] } } : undefined,
  });
}

test.each([1, 63, 64, 65, 5000])('%i rows: values agree with the reference, and nothing stays on the device', async (rows) => {
  const alive = compute.liveBytes();
  const { outputs, error } = await runOn([start(rows), weighted(shader(WEIGHTED))]);
  expect(error).toBeUndefined();
  const bytes = levels(rows).levels;
  const half = (from: number): number => bytes.slice(from, from + COLS).reduce((sum, value) => sum + value, 0) / 2;
  expect(outputs['weighted']).toEqual({ first: half(0), last: half((rows - 1) * COLS), largest: Math.max(...bytes) });
  expect(compute.liveBytes()).toBe(alive);
});

test.each([1, 2, 5, 64, 4097])('%i numbers of 16 bits arrive two in a word', async (count) => {
  const source = shader(`@group(0) @binding(1) var<storage, read> level: array<u32>;
@group(0) @binding(2) var<storage, read_write> twice: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= arrayLength(&twice)) { return; }
  twice[id.x] = 2u * ((level[id.x / 2u] >> (16u * (id.x % 2u))) & 65535u);
}
`);
  // A view that begins in the middle of its memory.
  const level = Uint16Array.from({ length: count + 1 }, (_, i) => (i * 40_503 + 65_535) % 65_536).subarray(1);
  const twice = wgslStage({
    id: 'twice',
    needs: ['levels'],
    source,
    bindings: { level: input('u16'), twice: output('u32') },
    launch: ({ levels }: { readonly levels: Uint16Array }) => ({ inputs: { level: levels }, lengths: { twice: count }, grid: [Math.ceil(count / 64)] }),
    reference: ({ level }) => ({ twice: (i) => level[i]! * 2 }),
    output: ({ twice }) => ({ twice: [...twice] }),
  });
  const levels = stage<Start, { readonly levels: Uint16Array }>({
    id: 'levels',
    needs: [],
    provides: ['levels'],
    params: { count },
    run: () => ({ levels: level }),
  });
  const { outputs, error } = await runOn([levels, twice]);
  expect(error).toBeUndefined();
  expect(outputs['twice']).toEqual({ twice: Array.from(level, (value) => value * 2) });
});

test('a result that differs from the reference is an error with binding, index, both values and what may differ', async () => {
  const wrong = WEIGHTED.replace('return; }', 'return; } if (id.x == 4000u) { sums[id.x] = 3.0; }');
  // Every row up to the sample's size is compared; of more rows a sample spread over all of them.
  expect((await runOn([start(4096), weighted(shader(wrong))])).error).toMatchObject({
    code: 'E_SHADER',
    stage: 'weighted',
    at: { file: import.meta.filename },
    message: expect.stringMatching(/^weighted\.wgsl: sums\[4000\] is [\d.]+, the reference says [\d.]+; they may differ by [\d.e-]+\.$/),
  });
  const allWrong = WEIGHTED.replace('max(largest[id.x], value)', 'max(largest[id.x], value + 1u)');
  expect((await runOn([start(20_000), weighted(shader(allWrong))])).error).toMatchObject({
    message: expect.stringMatching(/^weighted\.wgsl: largest\[19999\] is \d+, the reference says \d+; they may differ by 0\.$/),
  });
  expect((await runOn([start(100), weighted(shader(allWrong), { tolerance: 1 })])).status).toBe('ok');
});

test('the reference runs once a stage, and not in production unless asked', async () => {
  const reference = vi.fn(() => ({ sums: () => 0, largest: () => 0 }));
  const source = shader(WEIGHTED);
  const shared = weighted(source, { reference, tolerance: Infinity });
  await runOn([start(10), shared, shared]);
  expect(reference).toHaveBeenCalledTimes(1);
  vi.stubEnv('NODE_ENV', 'production');
  expect((await runOn([start(10), weighted(source, { reference, tolerance: Infinity })])).status).toBe('ok');
  expect(reference).toHaveBeenCalledTimes(1);
  vi.stubEnv('PIPELINE_CHECK_KERNELS', '1');
  await runOn([start(10), weighted(source, { reference, tolerance: Infinity })]);
  expect(reference).toHaveBeenCalledTimes(2);
});

test('WGSL that does not compile is placed at its file, line and column', async () => {
  const source = shader(WEIGHTED.replace('f32(value)', 'valeu'));
  const { error, exitCode } = await runOn([start(10), weighted(source)]);
  expect(error).toMatchObject({
    code: 'E_SHADER',
    message: expect.stringMatching(/^Kernel 'weighted' does not compile: weighted\.wgsl:15:\d+: unresolved value 'valeu'/),
    at: { file: fileURLToPath(source), line: 15, column: expect.any(Number) },
  });
  expect(exitCode).toBe(4);
});

test('bindings that the shader declares otherwise, and a shader without main, say so', async () => {
  const readOnly = await runOn([start(10), weighted(shader(WEIGHTED.replace('read> x', 'read_write> x')))]);
  expect(readOnly.error).toMatchObject({ code: 'E_SHADER', stage: 'weighted', message: expect.stringMatching(/x|binding/i) });
  const noMain = await runOn([start(10), weighted(shader(WEIGHTED.replace('fn main', 'fn other')))]);
  expect(noMain.error).toMatchObject({ code: 'E_SHADER', message: expect.stringContaining('main') });
});

test('arrays, lengths and grids that do not fit are refused before the device sees them', async () => {
  const alive = compute.liveBytes();
  const source = shader(WEIGHTED);
  const launched = async (change: object): Promise<unknown> => {
    const launch = (): object => ({
      inputs: { x: new Uint8Array(8) },
      lengths: { sums: 1, largest: 1 },
      uniforms: { rows: 1, cols: COLS },
      grid: [1],
      ...change,
    });
    return (await runOn([start(1), weighted(source, { launch: launch as never })])).error;
  };
  expect(await launched({ inputs: { x: new Float32Array(2) } })).toMatchObject({
    code: 'E_SHAPE',
    message: "Binding 'x' is input('u8') and takes a Uint8Array; a Float32Array arrived.",
  });
  expect(await launched({ inputs: {} })).toMatchObject({ code: 'E_SHAPE', message: expect.stringContaining('nothing arrived') });
  expect(await launched({ inputs: { x: new Uint8Array(0) } })).toMatchObject({ code: 'E_SHAPE', message: expect.stringContaining('an empty array arrived') });
  expect(await launched({ lengths: { sums: 1.5, largest: 1 } })).toMatchObject({
    code: 'E_SHAPE',
    message: "Output 'sums' needs a length of 1 or more elements; 1.5 arrived.",
  });
  const most = compute.limits.maxBindingBytes;
  expect(await launched({ lengths: { sums: 1, largest: most } })).toMatchObject({
    code: 'E_DEVICE',
    message: `Buffer 'weighted.largest' needs ${most * 4} bytes; the device binds at most ${most}.`,
  });
  expect(await launched({ grid: [1_000_000] })).toMatchObject({
    code: 'E_DEVICE',
    message: expect.stringMatching(/asks for 1000000 workgroups; the device takes 0 to \d+/),
  });
  expect(compute.liveBytes()).toBe(alive);
});

test('a uniform with a value is a parameter: checked when declared, and set from outside', async () => {
  expect(() => wgslStage({ ...anything, uniforms: { rows: uniform('u32', -1) } })).toThrow(
    expect.objectContaining({ code: 'E_PARAMS', message: expect.stringContaining('rows') }),
  );
  const whole = weighted(shader(WEIGHTED));
  expect(whole.spec.params).toEqual({ factor: 0.5 });
  const doubled = whole.spec.configurable!.rebuild({ factor: 1 });
  const [before, after] = [await runOn([start(10), whole]), await runOn([start(10), doubled])];
  expect(after.outputs['weighted']!['last']).toBe((before.outputs['weighted']!['last'] as number) * 2);
});
const anything = {
  id: 'any',
  needs: [],
  source: new URL('file:///none.wgsl'),
  bindings: {},
  launch: () => ({ inputs: {}, lengths: {}, grid: [1] as const }),
} as const;

test('its result is kept; an edit of the .wgsl file runs it and what depends on it again', async () => {
  const source = shader(WEIGHTED);
  const total = stage({
    id: 'total',
    needs: ['sums'],
    provides: ['total'],
    run: ({ sums }: { readonly sums: Float32Array }) => ({ total: sums.reduce((sum, value) => sum + value, 0) }),
    output: ({ total }) => ({ total }),
  });
  const stages = [start(10), weighted(source, { reference: () => ({ sums: () => 0, largest: () => 0 }), tolerance: Infinity }), total];
  const once = async (): Promise<readonly string[]> => (await runOn(stages, true)).stages.map(({ status }) => status);
  expect(await once()).toEqual(['ran', 'ran', 'ran']);
  expect(await once()).toEqual(['cached', 'cached', 'cached']);
  writeFileSync(source, WEIGHTED.replace('params.factor *', '2.0 * params.factor *'));
  expect(await once()).toEqual(['cached', 'ran', 'ran']);
});
