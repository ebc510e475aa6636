// Tiny kernels that measure what the device can do at all. Each figure of the bench is printed beside the time that its
// bytes and its multiply-adds would take at these rates.
import type { Compute, DeviceBuffer, Kernel } from '../../src/core/compute.ts';
import type { Work } from '../harness.ts';

export interface Peaks {
  /** Bytes read plus bytes written. */
  readonly copyBytesPerSecond: number;
  readonly readBytesPerSecond: number;
  readonly multiplyAddsPerSecond: number;
  /** Multiply-adds of bytes that are loaded and handed round as those of neighbours and of clusters; 0 without subgroups, or not asked for. */
  readonly neighborProductsPerSecond: number;
  readonly clusterProductsPerSecond: number;
  /** One submit of next to nothing, with its readback. */
  readonly submitMs: number;
}

const copyProbe = {
  name: 'copy_probe',
  source: new URL('./copy_probe.wgsl', import.meta.url),
  params: { vectors: 'u32' },
  bindings: { source: 'read', copy: 'write' },
  sizes: { WORKGROUP: 64, COLUMNS: 4096 },
} as const satisfies Kernel;

const readProbe = {
  name: 'read_probe',
  source: new URL('./read_probe.wgsl', import.meta.url),
  params: { vectors: 'u32' },
  bindings: { source: 'read', sums: 'write' },
  sizes: { WORKGROUP: 64, LOADS: 64 },
} as const satisfies Kernel;

const multiplyAddProbe = {
  name: 'multiply_add_probe',
  source: new URL('./multiply_add_probe.wgsl', import.meta.url),
  params: { rounds: 'u32', factor: 'f32', term: 'f32' },
  bindings: { sums: 'write' },
  sizes: { WORKGROUP: 64, STEPS: 16 },
  unroll: ['STEPS'],
} as const satisfies Kernel;

export const productsProbe = {
  name: 'products_probe',
  source: new URL('./products_probe.wgsl', import.meta.url),
  enable: ['subgroups'],
  params: { words: 'u32', quads: 'u32' },
  bindings: { x: 'read', rows: 'read', products: 'write' },
  sizes: { QUADS: 4, WORKGROUP: 64, TILE_QUADS: 128, EACH: 4 },
  unroll: ['QUADS', 'EACH'],
} as const satisfies Kernel;

/** Words of a digit with its constant. */
const WORDS = 197;
/** Quads of x and of the rows it is multiplied with, how many of these an invocation owns, and rows of each quad: ten as k-means has centers. */
export const PRODUCTS = { neighbors: { quads: 512, rows: 256, QUADS: 4, EACH: 4 }, clusters: { quads: 14_976, rows: 5, QUADS: 5, EACH: 2 } } as const;

const BYTES = 64e6;
/** Of one workgroup of the read probe. */
const READ_VECTORS = readProbe.sizes.WORKGROUP * readProbe.sizes.LOADS;
const INVOCATIONS = 65_536;
/** Ten chains of STEPS. */
const PER_ROUND = 10 * multiplyAddProbe.sizes.STEPS;
/** Work is repeated until one submit takes at least this long. */
const LONG_MS = 10;
const TRIES = 12;

/** The best of several tries: a limit is what nothing can beat. Products of bytes, slow on some adapters, are measured where asked for. */
export async function measurePeaks(compute: Compute, withProducts: boolean): Promise<Peaks> {
  const vectors = Math.floor(Math.min(BYTES, compute.limits.maxBindingBytes) / 16 / READ_VECTORS) * READ_VECTORS;
  const source = compute.create('probe source', vectors * 16);
  const copy = compute.create('probe copy', vectors * 16);
  const sums = compute.create('probe sums', INVOCATIONS * 16);
  const timed = async (output: DeviceBuffer, launch: () => Promise<void>): Promise<number> => {
    const started = performance.now();
    await launch();
    await compute.read(output, 16);
    return performance.now() - started;
  };
  const copies = async (count: number): Promise<void> => {
    const grid = [copyProbe.sizes.COLUMNS, Math.ceil(vectors / copyProbe.sizes.WORKGROUP / copyProbe.sizes.COLUMNS)] as const;
    for (let i = 0; i < count; i++) await compute.launch(copyProbe, { params: { vectors }, bindings: { source, copy }, grid });
  };
  const reads = async (count: number): Promise<void> => {
    const grid = [vectors / READ_VECTORS] as const;
    for (let i = 0; i < count; i++) await compute.launch(readProbe, { params: { vectors }, bindings: { source, sums: copy }, grid });
  };
  const multiplyAdds = (rounds: number, groups = INVOCATIONS / multiplyAddProbe.sizes.WORKGROUP): Promise<void> =>
    compute.launch(multiplyAddProbe, { params: { rounds, factor: 0.999, term: 0.001 }, bindings: { sums }, grid: [groups] });
  const products = async ({ quads, rows, QUADS, EACH }: (typeof PRODUCTS)[keyof typeof PRODUCTS]): Promise<number> => {
    const { WORKGROUP, TILE_QUADS } = productsProbe.sizes;
    if (!withProducts || compute.subgroupLanes === 0 || WORKGROUP % compute.subgroupLanes !== 0) return 0;
    const tiles = (count: number): DeviceBuffer => compute.create('probe rows', Math.ceil(count / TILE_QUADS) * TILE_QUADS * WORDS * 16);
    const bindings = { x: tiles(quads), rows: tiles(rows), products: compute.create('probe products', rows * quads * 64) };
    const grid = [quads / WORKGROUP, Math.ceil(rows / QUADS)] as const;
    const run = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) await compute.launch(productsProbe, { params: { words: WORDS, quads }, bindings, sizes: { QUADS, EACH }, grid });
    };
    try {
      const ms = await msEach((count) => timed(bindings.products, () => run(count)), 0);
      return (quads * 4 * rows * EACH * WORDS * 4) / (ms / 1e3);
    } finally {
      compute.release(...Object.values(bindings));
    }
  };
  try {
    const submitMs = await best(() => timed(sums, () => multiplyAdds(0, 1)));
    const perCopy = await msEach((count) => timed(copy, () => copies(count)), submitMs);
    const perRead = await msEach((count) => timed(copy, () => reads(count)), submitMs);
    const perRound = await msEach((count) => timed(sums, () => multiplyAdds(count)), submitMs);
    return {
      copyBytesPerSecond: (2 * vectors * 16) / (perCopy / 1e3),
      readBytesPerSecond: (vectors * 16) / (perRead / 1e3),
      multiplyAddsPerSecond: (INVOCATIONS * PER_ROUND) / (perRound / 1e3),
      neighborProductsPerSecond: await products(PRODUCTS.neighbors),
      clusterProductsPerSecond: await products(PRODUCTS.clusters),
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
  for (let i = 0; i < TRIES; i++) least = Math.min(least, await run());
  return least;
}

/** The better of two measurements in every respect. */
export function bestPeaks(a: Peaks, b: Peaks): Peaks {
  return {
    copyBytesPerSecond: Math.max(a.copyBytesPerSecond, b.copyBytesPerSecond),
    readBytesPerSecond: Math.max(a.readBytesPerSecond, b.readBytesPerSecond),
    multiplyAddsPerSecond: Math.max(a.multiplyAddsPerSecond, b.multiplyAddsPerSecond),
    neighborProductsPerSecond: Math.max(a.neighborProductsPerSecond, b.neighborProductsPerSecond),
    clusterProductsPerSecond: Math.max(a.clusterProductsPerSecond, b.clusterProductsPerSecond),
    submitMs: Math.min(a.submitMs, b.submitMs),
  };
}

export interface Limit {
  readonly bytesMs: number;
  readonly multiplyAddsMs: number;
}

/** The least time this work can take, by memory and by arithmetic. */
export function limitOf({ bytes, multiplyAdds }: Work, peaks: Peaks): Limit {
  // A copy's writes cost more than its reads where the cache first fetches what is overwritten; x is only read.
  const bytesPerSecond = Math.max(peaks.readBytesPerSecond, peaks.copyBytesPerSecond);
  return { bytesMs: (bytes / bytesPerSecond) * 1e3, multiplyAddsMs: (multiplyAdds / peaks.multiplyAddsPerSecond) * 1e3 };
}
