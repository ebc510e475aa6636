// One launch of a user's kernel: arrays in, arrays out, nothing left on the device; and its comparison with a reference.
import type { Compute, DeviceBuffer, Kernel } from '../core/compute.ts';
import { PipelineError } from '../core/errors.ts';

interface Arrays {
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
}
export type Element = keyof Arrays;
export type ArrayOf<E extends Element> = Arrays[E];
const arrays = { u8: Uint8Array, u32: Uint32Array, i32: Int32Array, f32: Float32Array } as const;
type Bindings = Readonly<Record<string, { readonly access: 'read' | 'write'; readonly element: Element }>>;
type Named = Readonly<Record<string, ArrayOf<Element>>>;

/** A launch whose names the compiler checked already. */
export interface AnyLaunch {
  readonly inputs: Named;
  readonly lengths: Readonly<Record<string, number>>;
  readonly uniforms?: Readonly<Record<string, number>>;
  readonly grid: readonly [number, number?, number?];
}

/** Values compared with the reference; of longer outputs a sample, spread over the whole. */
const SAMPLE = 4096;
/** Steps of the golden ratio never fall in line with workgroups or rows. */
const GOLDEN = 0.618033988749895;

/** @throws E_SHAPE for an array of the wrong type and a length that is none */
export function checkLaunch(bindings: Bindings, { inputs, lengths }: AnyLaunch): void {
  for (const [name, { access, element }] of Object.entries(bindings)) {
    if (access === 'read') {
      const arrived = inputs[name] as ArrayOf<Element> | undefined;
      if (arrived instanceof arrays[element] && arrived.length > 0) continue;
      const what = arrived === undefined ? 'nothing' : arrived.length === 0 ? 'an empty array' : `a ${arrived.constructor.name}`;
      throw new PipelineError('E_SHAPE', `Binding '${name}' is input('${element}') and takes a ${arrays[element].name}; ${what} arrived.`, {
        hint: `Return it from launch as inputs: { ${name}: ... }.`,
      });
    }
    const length = lengths[name];
    if (Number.isInteger(length) && length! > 0) continue;
    throw new PipelineError('E_SHAPE', `Output '${name}' needs a length of 1 or more elements; ${String(length)} arrived.`, {
      hint: `Return it from launch as lengths: { ${name}: ... }.`,
    });
  }
}

/** Runs the kernel once. @returns its outputs by name */
export async function launchOnce(
  kernel: Kernel,
  bindings: Bindings,
  { inputs, lengths, grid }: AnyLaunch,
  params: Readonly<Record<string, number>>,
  compute: Compute,
): Promise<Named> {
  const buffers: Record<string, DeviceBuffer> = {};
  const outputs: Record<string, ArrayOf<Element>> = {};
  const bytesOf = (name: string): number => lengths[name]! * 4;
  try {
    for (const [name, { access }] of Object.entries(bindings)) {
      const label = `${kernel.name}.${name}`;
      const data = inputs[name];
      buffers[name] =
        access === 'read'
          ? compute.upload(label, data!.byteLength, (target) => new Uint8Array(target).set(new Uint8Array(data!.buffer, data!.byteOffset, data!.byteLength)))
          : compute.create(label, bytesOf(name));
    }
    await compute.launch(kernel, { params, bindings: buffers, grid });
    for (const [name, { access, element }] of Object.entries(bindings)) {
      if (access === 'write') outputs[name] = new arrays[element](await compute.read(buffers[name]!, bytesOf(name)));
    }
    return outputs;
  } finally {
    compute.release(...Object.values(buffers));
  }
}

/** @throws E_SHADER at the first value that differs by more than `tolerance * max(1, |expected|)` */
export function compare(kernel: Kernel, name: string, got: ArrayOf<Element>, reference: (index: number) => number, tolerance: number): void {
  const { length } = got;
  const count = Math.min(length, SAMPLE);
  for (let i = 0; i < count; i++) {
    const index = length <= SAMPLE ? i : i === 0 ? length - 1 : Math.floor(((i * GOLDEN) % 1) * length);
    const expected = reference(index);
    const allowed = tolerance * Math.max(1, Math.abs(expected));
    if (Object.is(got[index], expected) || Math.abs(got[index]! - expected) <= allowed) continue;
    const file = kernel.source.pathname.split('/').at(-1)!;
    throw new PipelineError('E_SHADER', `${file}: ${name}[${index}] is ${got[index]}, the reference says ${expected}; ${allowed} may differ.`, {
      hint: `Correct ${file} or the reference; PIPELINE_CHECK_KERNELS and NODE_ENV decide whether they are compared.`,
    });
  }
}
