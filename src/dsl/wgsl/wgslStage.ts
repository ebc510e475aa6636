// A stage of a user's own WGSL. Bindings and uniforms are declared once, with their element types; from there the names and
// the typed arrays are known to the compiler. In development the result is held against a plain reference in JavaScript:
// a shader that is wrong in one lane of many looks like a worse model, never like an error.
import type { Kernel } from '../../core/compute.ts';
import type { JsonRecord } from '../../core/events.ts';
import { checkWgsl } from '../stage/checkOwn.ts';
import { configurable } from '../stage/configurable.ts';
import { checkDeclared } from '../stage/inputs.ts';
import { z } from '../params.ts';
import { callerPlace } from '../place.ts';
import type { AnySpec, Policy, Stage, StageSpec } from '../stage/stage.ts';
import { checkLaunch, checkReference, compare, launchOnce, type ArrayOf, type Element, type OutputElement } from './wgslLaunch.ts';

export interface WgslInput<E extends Element = Element> {
  readonly access: 'read';
  readonly element: E;
}
export interface WgslOutput<E extends OutputElement = OutputElement> {
  readonly access: 'write';
  readonly element: E;
}
export interface WgslUniform<V extends number | undefined = number | undefined> {
  readonly type: 'u32' | 'f32';
  readonly value: V;
}

/**
 * A binding that the shader reads: `array<u32>`, `array<i32>`, `array<f32>`. Smaller numbers arrive as `array<u32>`, the first
 * lowest: four of `u8`, `(x[i / 4u] >> (8u * (i % 4u))) & 255u`, or two of `u16`, `(x[i / 2u] >> (16u * (i % 2u))) & 65535u`.
 *
 * @example
 * input('u8'); // in WGSL: @group(0) @binding(1) var<storage, read> level: array<u32>;
 */
export function input<const E extends Element>(element: E): WgslInput<E> {
  return { access: 'read', element };
}

/**
 * A binding that the shader writes, `read_write`; zeros before.
 *
 * @example
 * output('f32'); // in WGSL: @group(0) @binding(2) var<storage, read_write> bright: array<f32>;
 */
export function output<const E extends OutputElement>(element: E): WgslOutput<E> {
  return { access: 'write', element };
}

/**
 * A field of the uniform struct. With a value it is a parameter of the stage; without, `launch` gives it for each run.
 *
 * @example
 * uniform('f32', 1.5); // in WGSL: struct Params { factor: f32 }
 */
export function uniform(type: 'u32' | 'f32'): WgslUniform<undefined>;
export function uniform(type: 'u32' | 'f32', value: number): WgslUniform<number>;
export function uniform(type: 'u32' | 'f32', value?: number): WgslUniform {
  return { type, value };
}

type Bindings = Readonly<Record<string, WgslInput | WgslOutput>>;
type Uniforms = Readonly<Record<string, WgslUniform>>;
type Outputs<B> = keyof { [K in keyof B as B[K] extends WgslOutput ? K : never]: 0 };
type InputArrays<B> = { readonly [K in keyof B as B[K] extends WgslInput ? K : never]: B[K] extends WgslInput<infer E> ? ArrayOf<E> : never };
type OutputArrays<B> = { readonly [K in keyof B as B[K] extends WgslOutput ? K : never]: B[K] extends WgslOutput<infer E> ? ArrayOf<E> : never };
type OpenUniforms<U> = { readonly [K in keyof U as U[K] extends WgslUniform<undefined> ? K : never]: number };

/** One launch: what the shader reads, how many elements it writes, and how many workgroups it takes. */
export type WgslLaunch<B, U> = {
  readonly inputs: InputArrays<B>;
  /** Elements of each output. */
  readonly lengths: { readonly [K in Outputs<B>]: number };
  /** Workgroups in x, y, z. */
  readonly grid: readonly [number, number?, number?];
} & ({} extends OpenUniforms<U> ? unknown : { readonly uniforms: OpenUniforms<U> });

export interface WgslStage<I, B extends Bindings, U extends Uniforms> extends Pick<AnySpec, 'inputs' | 'outputs'>, Policy {
  readonly id: string;
  readonly needs: readonly (keyof I & string)[];
  /** The shader; its entry point is `main`. */
  readonly source: URL;
  /** Fields of the struct at `@binding(0)`, in order. */
  readonly uniforms?: U;
  /** `@binding(1)` and up, in order. The stage adds its outputs to the state under their names. */
  readonly bindings: B;
  readonly launch: (state: I) => WgslLaunch<B, U> | Promise<WgslLaunch<B, U>>;
  /** What stands at an index of each output, by plain arithmetic. Held against the shader's result in development. */
  readonly reference?: (
    inputs: InputArrays<B>,
    uniforms: { readonly [K in keyof U]: number },
  ) => {
    readonly [K in Outputs<B>]: (index: number) => number;
  };
  /** What may differ from the reference, times `max(1, |expected|)`. Default 1e-5 for f32, 0 for whole numbers. */
  readonly tolerance?: number;
  /** What the run records of it, for `--json` and the report. */
  readonly output?: (added: OutputArrays<B>) => JsonRecord;
}

/**
 * A stage that computes with WGSL of your own. Its result is kept until inputs, uniforms, the .wgsl file or the code change.
 *
 * @throws E_SHADER with file, line and column for WGSL that does not compile, and for a result that differs from the reference;
 *   E_SHAPE for arrays that do not fit the bindings; E_DEVICE for a binding that is larger than the device allows
 * @example
 * const brighter = wgslStage({
 *   id: 'brighter', needs: ['levels'], source: new URL('./brighter.wgsl', import.meta.url),
 *   uniforms: { factor: uniform('f32', 1.5) },
 *   bindings: { level: input('f32'), bright: output('f32') },
 *   launch: ({ levels }: { readonly levels: Float32Array }) => ({
 *     inputs: { level: levels }, lengths: { bright: levels.length }, grid: [Math.ceil(levels.length / 64)],
 *   }),
 *   reference: ({ level }, { factor }) => ({ bright: (i) => level[i]! * factor }),
 * });
 */
export function wgslStage<I extends object, const B extends Bindings, const U extends Uniforms = {}>(own: WgslStage<I, B, U>): Stage<I, OutputArrays<B>> {
  checkWgsl(own);
  const { id, needs, source, uniforms = {} as U, bindings, retries, timeoutMs, cache } = own;
  checkDeclared(id, own.inputs, own.outputs, callerPlace());
  const fixed = Object.entries(uniforms).filter((entry): entry is [string, WgslUniform<number>] => entry[1].value !== undefined);
  const number = { u32: z.int().min(0).max(0xffff_ffff), f32: z.number() };
  const schema = z.strictObject(Object.fromEntries(fixed.map(([name, { type }]) => [name, number[type]])));
  const outputs = Object.entries(bindings).filter(([, { access }]) => access === 'write');
  const kernel: Kernel = {
    name: id,
    source,
    params: Object.fromEntries(Object.entries(uniforms).map(([name, { type }]) => [name, type])),
    bindings: Object.fromEntries(Object.entries(bindings).map(([name, { access }]) => [name, access])),
    elements: Object.fromEntries(Object.entries(bindings).map(([name, { element }]) => [name, element])),
    sizes: {},
  };
  let checked = !inDevelopment();
  return configurable(id, schema, Object.fromEntries(fixed.map(([name, { value }]) => [name, value])), (params): StageSpec<I, OutputArrays<B>> => ({
    id,
    needs,
    provides: outputs.map(([name]) => name) as never,
    params: { ...params },
    wgsl: [source],
    inputs: own.inputs,
    outputs: own.outputs,
    own: true,
    shader: kernel,
    policy: { retries, timeoutMs, cache },
    infer: () => Object.fromEntries(outputs.map(([name, { element }]) => [name, { type: 'value', name: `${element}[]` }])),
    run: async (state, context) => {
      const launch: unknown = await own.launch(state);
      checkLaunch({ id, bindings, uniforms }, launch);
      const values = { ...params, ...launch.uniforms } as Record<string, number>;
      const adds = (await launchOnce(kernel, bindings, launch, values, await context.compute())) as OutputArrays<B>;
      if (own.reference && !checked) {
        checked = true;
        const reference = own.reference(launch.inputs as InputArrays<B>, values as { readonly [K in keyof U]: number });
        checkReference(
          id,
          outputs.map(([name]) => name),
          reference,
        );
        for (const [name, { element }] of outputs) {
          compare(kernel, name, adds[name as never], reference[name as Outputs<B>], own.tolerance ?? (element === 'f32' ? 1e-5 : 0));
        }
      }
      return { adds, output: own.output?.(adds) ?? {} };
    },
  }));
}

/** Checks against the reference are for development: they cost a pass in JavaScript. */
function inDevelopment(): boolean {
  const { env = {} } = (globalThis as { readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> } }).process ?? {};
  return env['PIPELINE_CHECK_KERNELS'] === '1' || env['NODE_ENV'] !== 'production';
}
