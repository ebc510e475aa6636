// Every kernel on the device at hand against its float64 reference, in small launches: what the tests of this package do, for users whose
// adapter nobody has tested. One kernel's failure leaves the others their turn, on a new device where it took the old one along.
import { reasonOf } from '../core/errors/errors.ts';
import type { Compute } from '../core/compute.ts';
import { RandomState } from '../core/data/random.ts';
import { furthestOf } from './checkKernel.ts';
import type { Device, Draw, DrawnLaunch, Draws } from './draws/draw.ts';
import { drawsFor } from './draws/all.ts';

/** What became of a kernel. `none`: the device does not have what it needs, and other kernels do its work. */
export interface KernelTested {
  /** And the way in which it runs. */
  readonly kernel: string;
  readonly status: 'ok' | 'none' | 'fail';
  readonly launches: number;
  /** The largest difference, as a share of what is allowed. */
  readonly furthest?: number | undefined;
  readonly ms?: number | undefined;
  /** Where the device is wrong and by how much, or what it refused. */
  readonly failure?: string | undefined;
  /** Set where the device gave nothing in the time that a kernel has. */
  readonly timedOut?: true | undefined;
  /** What failed can be launched again from these. */
  readonly launch?: (Pick<DrawnLaunch['launch'], 'params' | 'sizes' | 'grid'> & { readonly seed: number }) | undefined;
}

export interface SelfTestOptions<C extends Compute> {
  /** The device to test; asked for anew when it was lost. */
  readonly open: () => Promise<C>;
  /** Closes a device. */
  readonly close: (compute: C) => void;
  /** Whether a device takes nothing more. */
  readonly lost: (compute: C) => boolean;
  /** Beginning of the names of the kernels to test; by default all. */
  readonly only?: string | undefined;
  /** Of each kernel, of other sizes each; default 4. */
  readonly launches?: number | undefined;
  /** Milliseconds that a kernel has for all of its launches; the first one compiles it. Default two minutes. */
  readonly limitMs?: number | undefined;
  /** Called as soon as a kernel is through. */
  readonly onTested?: ((tested: KernelTested) => void) | undefined;
  /** Default: those of this package. */
  readonly drawsOf?: ((device: Device) => Draws) | undefined;
}

/** Has all that kernels can need. */
const EVERYTHING: Device = {
  features: new Set(['f16', 'subgroups', 'subgroup_size_control', 'atomic_vec2u_min_max']),
  subgroupLanes: 32,
  limits: { maxStorageBuffers: Infinity },
};

/** @throws what `open` throws at first */
export async function selfTest<C extends Compute>(options: SelfTestOptions<C>): Promise<readonly KernelTested[]> {
  const { open, close, lost, only = '', launches = 4, limitMs = 120_000, onTested, drawsOf = drawsFor } = options;
  const all: KernelTested[] = [];
  const told = (tested: KernelTested): void => {
    all.push(tested);
    onTested?.(tested);
  };
  let compute: C | undefined = await open();
  let gone = '';
  try {
    const draws = drawsOf(compute);
    for (const kernel of new Set([...Object.keys(draws), ...Object.keys(drawsOf(EVERYTHING))])) {
      if (!kernel.startsWith(only)) continue;
      const draw = draws[kernel];
      if (!draw) {
        told({ kernel, status: 'none', launches: 0 });
        continue;
      }
      if (!compute) {
        told({ kernel, status: 'fail', launches: 0, failure: gone });
        continue;
      }
      const tested = await within(limitMs, testKernel(kernel, draw, launches, compute));
      told(tested ?? { kernel, status: 'fail', launches: 0, ms: limitMs, timedOut: true, failure: `The device gave nothing within ${limitMs / 1000} s` });
      if (!tested) {
        // Its queue stands still, and to close it may wait for what never ends.
        compute = undefined;
        gone = `Not launched: the device still has not done ${kernel}. Name others to test them: pipeline doctor --self-test ${Object.keys(draws).find((name) => name !== kernel)}`;
        continue;
      }
      if (!lost(compute)) continue;
      close(compute);
      compute = undefined;
      try {
        compute = await open();
      } catch (error) {
        gone = `Not launched: ${kernel} took the device along, and no new one can be opened: ${reasonOf(error)}`;
      }
    }
    return all;
  } finally {
    if (compute) close(compute);
  }
}

/** Undefined where it takes longer. */
function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

async function testKernel(kernel: string, draw: Draw<DrawnLaunch>, launches: number, compute: Compute): Promise<KernelTested> {
  const started = performance.now();
  const since = (): number => Math.round(performance.now() - started);
  let furthest = 0;
  for (let launch = 1; launch <= launches; launch++) {
    const seed = seedOf(kernel, launch);
    const drawn = draw.from(new RandomState(seed));
    try {
      furthest = Math.max(furthest, await checkDrawn(drawn, compute));
    } catch (error) {
      return { kernel, status: 'fail', launches: launch, ms: since(), failure: reasonOf(error), launch: { ...drawn.launch, seed } };
    }
  }
  return { kernel, status: 'ok', launches, ms: since(), furthest };
}

/** Other sizes for every kernel, the same in every test. */
function seedOf(kernel: string, launch: number): number {
  return [...kernel].reduce((seed, letter) => (Math.imul(seed, 31) + letter.charCodeAt(0)) >>> 0, launch);
}

/** @returns the largest difference, as a share of what is allowed. @throws PipelineError where it is more */
export async function checkDrawn({ kernel, launch, buffers, allowed, twofold = false, numbers }: DrawnLaunch, compute: Compute): Promise<number> {
  const meant = twofold ? (bytes: ArrayBuffer) => wholes(new Float32Array(bytes)) : numbers;
  return furthestOf(kernel, { ...launch, buffers }, compute, { tolerance: allowed, ...(meant ? { numbers: meant } : {}) });
}

/** High and low parts of four numbers each, as the numbers. */
function wholes(parts: Float32Array): Float64Array {
  return Float64Array.from({ length: parts.length / 2 }, (_, i) => parts[(i >> 2) * 8 + (i & 3)]! + parts[(i >> 2) * 8 + 4 + (i & 3)]!);
}
