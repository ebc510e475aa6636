// One launch of a user's kernel: arrays in, arrays out, nothing left on the device; and its comparison with a reference.
import type { Compute, DeviceBuffer, Kernel } from '../../core/compute.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { didYouMean } from '../../core/errors/didYouMean.ts';
import { fieldOf } from '../../core/errors/thrown.ts';
import { kindOf } from '../stage/checkOwn.ts';

interface Arrays {
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
}
export type Element = keyof Arrays;
/** What a shader writes: it has no numbers of fewer bytes. */
export type OutputElement = Exclude<Element, 'u8' | 'u16'>;
export type ArrayOf<E extends Element> = Arrays[E];
const arrays = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, i32: Int32Array, f32: Float32Array } as const;
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

/** What a launch is held against. */
export interface Declared {
  readonly id: string;
  readonly bindings: Bindings;
  readonly uniforms: Readonly<Record<string, { readonly type: 'u32' | 'f32'; readonly value: number | undefined }>>;
}

/** @throws E_SHAPE for what does not fit: what is not said would be 0 on the device, and what is said wrong another number */
export function checkLaunch({ id, bindings, uniforms }: Declared, launch: unknown): asserts launch is AnyLaunch {
  if (launch === null || typeof launch !== 'object')
    throw refused(`Launch of stage '${id}' returned ${kindOf(launch)}.`, 'Return { inputs, lengths, grid }, and uniforms that have no value yet.');
  const { inputs = {}, lengths = {}, uniforms: given = {}, grid } = launch as Partial<AnyLaunch>;
  const named = (access: 'read' | 'write'): readonly string[] => Object.keys(bindings).filter((name) => bindings[name]!.access === access);
  checkNames(id, 'inputs', inputs, named('read'));
  checkNames(id, 'lengths', lengths, named('write'));
  const open = Object.keys(uniforms).filter((name) => uniforms[name]!.value === undefined);
  checkNames(id, 'uniforms', given, open);
  for (const [name, { access, element }] of Object.entries(bindings)) {
    if (access === 'read') checkInput(name, element, inputs[name]);
    else if (!(Number.isInteger(lengths[name]) && lengths[name]! > 0)) {
      throw refused(
        `Output '${name}' needs a length of 1 or more elements; ${String(lengths[name])} arrived.`,
        `Return it from launch as lengths: { ${name}: ... }.`,
      );
    }
  }
  for (const name of open) checkUniform(name, uniforms[name]!.type, given[name]);
  checkGrid(id, grid);
}

/** @throws E_SHAPE for a reference that leaves an output out */
export function checkReference(id: string, outputs: readonly string[], reference: unknown): void {
  const missing = outputs.find((name) => typeof fieldOf(reference, name) !== 'function');
  if (missing === undefined) return;
  throw refused(`The reference of stage '${id}' has no function for '${missing}'.`, `Write reference: () => ({ ${missing}: (index) => ... }).`);
}

function checkInput(name: string, element: Element, arrived: ArrayOf<Element> | undefined): void {
  if (arrived instanceof arrays[element] && arrived.length > 0) return;
  const what = arrived === undefined || arrived === null ? 'nothing' : arrived.length === 0 ? 'an empty array' : kindOf(arrived);
  throw refused(
    `Binding '${name}' is input('${element}') and takes a ${arrays[element].name}; ${what} arrived.`,
    `Return it from launch as inputs: { ${name}: ... }.`,
  );
}

function checkUniform(name: string, type: 'u32' | 'f32', value: unknown): void {
  const fits =
    type === 'f32' ? typeof value === 'number' && !Number.isNaN(value) : Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
  if (fits) return;
  const needed = type === 'f32' ? 'a number' : 'a whole number from 0 to 4294967295';
  throw refused(
    `Uniform '${name}' is uniform('${type}') and takes ${needed}; ${kindOf(value)} arrived.`,
    `Return it from launch as uniforms: { ${name}: ... }.`,
  );
}

function checkNames(id: string, part: string, given: object, known: readonly string[]): void {
  const odd = Object.keys(given).find((name) => !known.includes(name));
  if (odd !== undefined)
    throw refused(`Launch of stage '${id}' returned ${part} with '${odd}', which the stage does not declare.`, didYouMean(odd, known, `To return as ${part}`));
}

/** Without a workgroup nothing is computed, and the outputs stay 0. */
function checkGrid(id: string, grid: unknown): void {
  const numbers = Array.isArray(grid) ? (grid as unknown[]) : [];
  if (numbers.length >= 1 && numbers.length <= 3 && numbers.every((groups) => Number.isInteger(groups) && (groups as number) > 0)) return;
  const arrived = Array.isArray(grid) ? `[${grid.map(String).join(', ')}]` : kindOf(grid);
  throw refused(
    `Launch of stage '${id}' returned ${arrived} as grid; one to three numbers of workgroups, 1 or more each, are needed.`,
    'Write grid: [Math.ceil(rows / 64)] for @workgroup_size(64).',
  );
}

function refused(message: string, hint: string): PipelineError {
  return new PipelineError('E_SHAPE', message, { hint });
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
    throw new PipelineError('E_SHADER', `${file}: ${name}[${index}] is ${got[index]}, the reference says ${expected}; they may differ by ${allowed}.`, {
      hint: `Correct ${file} or the reference; PIPELINE_CHECK_KERNELS and NODE_ENV decide whether they are compared.`,
    });
  }
}
