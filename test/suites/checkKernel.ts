// What every kernel must pass on a real adapter: its values agree with the float64 reference within a stated tolerance,
// it writes nothing outside its outputs, it lets nothing in from behind its inputs, and a second run is bit-equal.
import { expect, test } from 'vitest';
import type { DeviceBuffer, Kernel, Launch } from '../../src/core/compute.ts';
import type { GpuCompute } from '../../src/runtime/gpu/compute.ts';

export interface Expected {
  /** Values to compare, in buffer order; NaN where any value will do (padding rows). */
  readonly values: ArrayLike<number>;
  readonly type: 'f32' | 'u32';
  /** Allowed: `absolute + relative * |expected|`. */
  readonly absolute: number;
  readonly relative: number;
}

export interface KernelCase<K extends Kernel> {
  readonly name: string;
  readonly params: Readonly<Record<keyof K['params'] & string, number>>;
  readonly sizes?: Readonly<Partial<Record<keyof K['sizes'] & string, number>>>;
  readonly grid: Launch<string, string, string>['grid'];
  /** Bytes of every binding at the start; for outputs, what stands there before. */
  readonly buffers: Readonly<Record<keyof K['bindings'] & string, ArrayBufferView>>;
  readonly outputs: Readonly<Partial<Record<keyof K['bindings'] & string, Expected>>>;
}

const PAD_WORDS = 64;
const POISON = 0x7fc0dead; // a NaN with a pattern of its own

/** Registers one test a case. */
export function checkKernel<K extends Kernel>(kernel: K, cases: readonly KernelCase<K>[], compute: () => GpuCompute): void {
  for (const one of cases) {
    test(`${kernel.name}: ${one.name}`, async () => {
      const alive = compute().liveBytes();
      const first = await runOnce(kernel, one, compute());
      const second = await runOnce(kernel, one, compute());
      for (const [name, expected] of Object.entries(one.outputs) as [string, Expected][]) {
        const words = first[name]!;
        const length = one.buffers[name]!.byteLength / 4;
        expect(expected.values.length, `${name}: values to compare`).toBeLessThanOrEqual(length);
        expect([...words.subarray(length)], `${name}: bytes behind the output`).toEqual(new Array(PAD_WORDS).fill(POISON));
        expect(second[name], `${name}: second run`).toEqual(words);
        expect(mismatches(words, expected), `${name}: values`).toEqual([]);
      }
      expect(compute().liveBytes(), 'buffers left behind').toBe(alive);
    });
  }
}

async function runOnce<K extends Kernel>(kernel: K, one: KernelCase<K>, compute: GpuCompute): Promise<Record<string, Uint32Array>> {
  const buffers: Record<string, DeviceBuffer> = {};
  for (const [name, view] of Object.entries(one.buffers) as [string, ArrayBufferView][]) {
    buffers[name] = compute.upload(name, view.byteLength + PAD_WORDS * 4, (target) => {
      new Uint8Array(target).set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
      new Uint32Array(target, view.byteLength).fill(POISON);
    });
  }
  try {
    await compute.launch(kernel, { params: one.params, bindings: buffers, ...(one.sizes ? { sizes: one.sizes } : {}), grid: one.grid } as never);
    const read: Record<string, Uint32Array> = {};
    for (const name of Object.keys(one.outputs)) read[name] = new Uint32Array(await compute.read(buffers[name]!));
    return read;
  } finally {
    compute.release(...Object.values(buffers));
  }
}

/** The first five values that differ by more than allowed, or are not finite where a number is expected. */
function mismatches(words: Uint32Array, { values, type, absolute, relative }: Expected): readonly string[] {
  const actual = type === 'f32' ? new Float32Array(words.buffer, words.byteOffset, words.length) : words;
  const found: string[] = [];
  for (let i = 0; i < values.length && found.length < 5; i++) {
    const expected = values[i]!;
    if (Number.isNaN(expected)) continue;
    if (!(Math.abs(actual[i]! - expected) <= absolute + relative * Math.abs(expected))) found.push(`[${i}] expected ${expected}, got ${actual[i]}`);
  }
  return found;
}
