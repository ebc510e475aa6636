// Two tiny kernels that measure what the device can do at all. Each figure of the bench is printed beside the time that
// its bytes and its multiply-adds would take at these rates.
import type { Compute, DeviceBuffer, Kernel } from '../src/core/compute.ts';
import type { Work } from './harness.ts';

export interface Peaks {
  /** Bytes read plus bytes written. */
  readonly copyBytesPerSecond: number;
  readonly multiplyAddsPerSecond: number;
  /** One empty submit with its readback. */
  readonly submitMs: number;
}

const copyProbe = {
  name: 'copy_probe',
  source: new URL('./copy_probe.wgsl', import.meta.url),
  params: { vectors: 'u32' },
  bindings: { source: 'read', copy: 'write' },
  sizes: { WORKGROUP: 64, COLUMNS: 4096 },
} as const satisfies Kernel;

const multiplyAddProbe = {
  name: 'multiply_add_probe',
  source: new URL('./multiply_add_probe.wgsl', import.meta.url),
  params: { rounds: 'u32', factor: 'f32', term: 'f32' },
  bindings: { sums: 'write' },
  sizes: { WORKGROUP: 64, STEPS: 8 },
  unroll: ['STEPS'],
} as const satisfies Kernel;

const COPY_BYTES = 64e6;
const INVOCATIONS = 65_536;
/** Twelve chains of STEPS. */
const PER_ROUND = 12 * multiplyAddProbe.sizes.STEPS;
/** Work is repeated until one submit takes at least this long. */
const LONG_MS = 10;
const TRIES = 12;

/** The best of several tries: a limit is what nothing can beat. */
export async function measurePeaks(compute: Compute): Promise<Peaks> {
  const bytes = Math.min(COPY_BYTES, compute.limits.maxBindingBytes);
  const vectors = Math.floor(bytes / 16);
  const { WORKGROUP, COLUMNS } = copyProbe.sizes;
  const source = compute.create('probe source', vectors * 16);
  const copy = compute.create('probe copy', vectors * 16);
  const sums = compute.create('probe sums', INVOCATIONS * 16);
  const timed = async (output: DeviceBuffer, launch: () => Promise<void>): Promise<number> => {
    const started = performance.now();
    await launch();
    await compute.read(output, 16);
    return performance.now() - started;
  };
  const copies = (count: number) => async (): Promise<void> => {
    const grid = [COLUMNS, Math.ceil(vectors / WORKGROUP / COLUMNS)] as const;
    for (let i = 0; i < count; i++) await compute.launch(copyProbe, { params: { vectors }, bindings: { source, copy }, grid });
  };
  const rounds =
    (count: number, groups = INVOCATIONS / multiplyAddProbe.sizes.WORKGROUP) =>
    (): Promise<void> =>
      compute.launch(multiplyAddProbe, { params: { rounds: count, factor: 0.999, term: 0.001 }, bindings: { sums }, grid: [groups] });
  try {
    const submitMs = await best(() => timed(sums, rounds(0, 1)));
    const perCopy = await msEach((count) => timed(copy, copies(count)), submitMs);
    const perRound = await msEach((count) => timed(sums, rounds(count)), submitMs);
    return {
      copyBytesPerSecond: (2 * vectors * 16) / (perCopy / 1e3),
      multiplyAddsPerSecond: (INVOCATIONS * PER_ROUND) / (perRound / 1e3),
      submitMs,
    };
  } finally {
    compute.release(source, copy, sums);
  }
}

/** Milliseconds of one of the `count` repetitions in a submit, without what the submit itself takes. */
async function msEach(run: (count: number) => Promise<number>, submitMs: number): Promise<number> {
  await run(1); // compiles
  let count = 1;
  while ((await run(count)) < LONG_MS) count *= 2;
  return ((await best(() => run(count))) - submitMs) / count;
}

async function best(run: () => Promise<number>): Promise<number> {
  let least = Infinity;
  for (let i = 0; i <= TRIES; i++) least = Math.min(least, await run());
  return least;
}

export interface Limit {
  readonly bytesMs: number;
  readonly multiplyAddsMs: number;
}

/** The least time this work can take, by memory and by arithmetic. */
export function limitOf({ bytes, multiplyAdds }: Work, peaks: Peaks): Limit {
  return { bytesMs: (bytes / peaks.copyBytesPerSecond) * 1e3, multiplyAddsMs: (multiplyAdds / peaks.multiplyAddsPerSecond) * 1e3 };
}
