// A kernel against its reference: what a device makes of some buffers is what the same loops in float64 make of them.
import type { Compute, DeviceBuffer, Kernel, Launch } from '../core/compute.ts';
import { runsOn, variantsOf, wayOf } from '../core/tuning/variants.ts';
import { checkContext, doing, failed, type CheckOptions } from './failing.ts';
import { ReferenceCompute } from '../runtime/host/referenceCompute.ts';

/** A launch, with what its buffers hold before it in place of buffers. */
export interface KernelLaunch<P extends string = string, B extends string = string, S extends string = string> extends Pick<
  Launch<P, B, S>,
  'params' | 'sizes'
> {
  /** Workgroups in x, y, z; of the sizes of a variant. */
  readonly grid: Launch<P, B, S>['grid'] | ((sizes: Readonly<Record<S, number>>) => Launch<P, B, S>['grid']);
  readonly buffers: Readonly<Record<B, Float32Array | Uint32Array | Int32Array>>;
}

export interface KernelCheckOptions<B extends string = string> extends CheckOptions {
  /** Most that a number may differ from the reference's, of all outputs or by output; default 1e-5. */
  readonly tolerance?: number | Readonly<Partial<Record<B, number>>> | undefined;
  /** What the bytes of an output mean; by default numbers of the type that its buffer was given as. */
  readonly numbers?: ((output: ArrayBuffer, name: B) => ArrayLike<number>) | undefined;
}

/**
 * Launches a kernel on the device and on a `ReferenceCompute`, and compares what its outputs hold; so with each of its variants
 * that the device runs. Give it odd sizes: one row, a row less and a row more than a workgroup takes, outputs that held something
 * before.
 *
 * @throws PipelineError for outputs that differ by more than `tolerance`, or from one run to the next; for a kernel that
 *   wrote nothing, or has no reference
 * @example
 * const scaled: Kernel<'count' | 'by', 'x' | 'out', never> = {
 *   name: 'scaled', source: new URL('./scaled.wgsl', import.meta.url), sizes: {},
 *   params: { count: 'u32', by: 'f32' }, bindings: { x: 'read', out: 'write' },
 * };
 * const x = Float32Array.from({ length: 65 }, (_, i) => i);
 * await checkKernel(scaled, { params: { count: 65, by: 2 }, grid: [2], buffers: { x, out: new Float32Array(65) } }, { tolerance: 1e-6 });
 */
export async function checkKernel<P extends string, B extends string, S extends string>(
  kernel: Kernel<P, B, S>,
  launch: KernelLaunch<NoInfer<P>, NoInfer<B>, NoInfer<S>>,
  options: KernelCheckOptions<NoInfer<B>> = {},
): Promise<void> {
  const compute = await checkContext(options).compute();
  await furthestOf(kernel as Kernel, launch as KernelLaunch, compute, options as KernelCheckOptions);
}

/** As {@link checkKernel}. @returns the largest difference, as a share of what it may be: 1 at most */
export async function furthestOf(kernel: Kernel, launch: KernelLaunch, compute: Compute, options: KernelCheckOptions): Promise<number> {
  let furthest = 0;
  for (const [i, variant] of variantsOf(kernel).entries()) {
    if (i > 0 && !runsOn(variant, compute)) continue; // as it is, the kernel must run
    const name = `kernel ${kernel.variants ? wayOf(variant) : kernel.name}`;
    furthest = Math.max(furthest, await checkVariant(name, variant, launch, compute, options));
  }
  return furthest;
}

async function checkVariant(
  name: string,
  kernel: Kernel,
  launch: KernelLaunch,
  compute: Compute,
  { tolerance = 1e-5, numbers }: KernelCheckOptions,
): Promise<number> {
  const { reference } = kernel;
  if (!reference) throw failed(name, 'it has no reference to be compared with.', 'Give it reference: async () => ({ params, buffers }) => { ... }.');
  const run = (on: Compute, what: string): Promise<Readonly<Record<string, ArrayBuffer>>> =>
    doing(name, `a launch on ${what}`, () => outputsOf(kernel, launch, on));
  const first = await run(compute, 'the device');
  const second = await run(compute, 'the device');
  const expected = await run(new ReferenceCompute({ features: new Set(kernel.enable) }), 'the host');
  let wrote = false;
  let furthest = 0;
  for (const output of Object.keys(first)) {
    const before = launch.buffers[output]!;
    const Type = before.constructor as Float32ArrayConstructor;
    const meant = (bytes: ArrayBuffer): ArrayLike<number> => numbers?.(bytes, output) ?? new Type(bytes);
    const words = new Uint32Array(first[output]!);
    const again = new Uint32Array(second[output]!);
    if (words.some((word, i) => word !== again[i]))
      throw failed(
        name,
        `two launches on the same bytes leave different bytes in '${output}'.`,
        'Let only one invocation write each element, and sum in a fixed order.',
      );
    const old = new Uint32Array(before.slice().buffer);
    wrote ||= words.some((word, i) => word !== old[i]);
    const allowed = typeof tolerance === 'number' ? tolerance : (tolerance[output] ?? 1e-5);
    const [got, needed] = [meant(first[output]!), meant(expected[output]!)];
    const { most, at, beyond } = apart(got, needed, allowed);
    if (beyond > 0) {
      throw failed(
        name,
        `${output}[${at}] is ${got[at]}; its reference says ${needed[at]}, and they may differ by ${allowed}. ${beyond} of ${needed.length} numbers differ by more, this one by most.`,
        'Correct the WGSL or the reference.',
      );
    }
    if (most > 0) furthest = Math.max(furthest, most / allowed);
  }
  if (!wrote) throw failed(name, 'it wrote nothing: its outputs hold what they held before.', 'Look at grid and params, or fill outputs with something else.');
  return furthest;
}

/** The largest difference of two numbers and where it is, Infinity where only one is a number; and how many are larger than allowed. */
function apart(got: ArrayLike<number>, needed: ArrayLike<number>, allowed: number): { readonly most: number; readonly at: number; readonly beyond: number } {
  let [most, at, beyond] = [0, 0, 0];
  for (let i = 0; i < needed.length; i++) {
    if (Object.is(got[i], needed[i])) continue;
    const difference = Math.abs(got[i]! - needed[i]!);
    if (!(difference <= allowed)) beyond++;
    const size = Number.isNaN(difference) ? Infinity : difference;
    if (size > most) [most, at] = [size, i];
  }
  return { most, at, beyond };
}

async function outputsOf(kernel: Kernel, { buffers, grid, ...launch }: KernelLaunch, compute: Compute): Promise<Readonly<Record<string, ArrayBuffer>>> {
  const bindings: Record<string, DeviceBuffer> = {};
  try {
    for (const [name, data] of Object.entries(buffers)) {
      bindings[name] = compute.upload(name, data.byteLength, (target) =>
        new Uint8Array(target).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
      );
    }
    const sizes = { ...kernel.sizes, ...launch.sizes } as Record<string, number>;
    await compute.launch(kernel, { ...launch, bindings, grid: typeof grid === 'function' ? grid(sizes) : grid });
    const outputs: Record<string, ArrayBuffer> = {};
    for (const [name, access] of Object.entries(kernel.bindings))
      if (access === 'write') outputs[name] = await compute.read(bindings[name]!, buffers[name]!.byteLength);
    return outputs;
  } finally {
    compute.release(...Object.values(bindings));
  }
}
