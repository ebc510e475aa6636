// The least that whole fits are made of, and nothing else: rows brought to the device as fits bring them, then their loads and
// multiply-adds by kernels that keep nothing, each pass waited for as often as the fit has to. What a fit takes beside that is its own.
import type { Compute, Kernel } from '../../src/core/compute.ts';
import { withoutZeros } from '../../src/estimators/pca/eigen.ts';
import { perpendicular, times } from '../../src/estimators/pca/lanczos.ts';
import { byFilling, exactOn } from '../../src/estimators/ridge/products.ts';
import { sumsByFold } from '../../src/estimators/ridge/sums.ts';
import { tilesOnDevice, type TiledRows } from '../../src/estimators/rows/tilesOnDevice.ts';
import { gram, gramGrid } from '../../src/kernels/gram/gram.ts';
import { rowsPrelude } from '../../src/kernels/lib/tiles.ts';
import type { Sample, Task } from '../harness.ts';
import { COLS, passes, type Digits } from '../mnist.ts';
import { PRODUCTS, productsProbe } from '../probes/probes.ts';
import { probeLayer } from './layerProbe.ts';
import { CLUSTER_ITERATIONS, CLUSTERS, COMPONENTS } from './algorithms.ts';

/** Ranges of rows that the estimator makes of so many columns. */
const BLOCKS = 4;
/** Steps that 50 eigenvectors of the digits take, and those of the search for any that were missed (largestFew). */
const STEPS = { first: 128, second: 32 } as const;

const gramProbe = {
  name: 'gram_probe',
  source: new URL('../probes/gram_probe.wgsl', import.meta.url),
  preludes: [rowsPrelude.u8],
  enable: ['subgroups'],
  params: { words: 'u32', quads: 'u32', block: 'u32' },
  bindings: { x: 'read', order: 'read', sums: 'write' },
  sizes: gram.exactSubgroups.sizes,
  unroll: gram.exactSubgroups.unroll,
} as const satisfies Kernel;

/** Whether the device takes products in the form that the probe is of. */
export const hasProductsProbe = (compute: Compute): boolean => exactOn(compute).name === gram.exactSubgroups.name;

/** Products of all pairs of columns. */
export async function probeProducts(compute: Compute, { shape, frame, each }: TiledRows): Promise<void> {
  const { sizes } = exactOn(compute);
  const [across, down] = gramGrid({ ...gramProbe, sizes }, shape.words);
  const order = compute.upload('order of words', shape.words * 4, (target) => new Uint32Array(target).set(byFilling(frame.rms, shape.words)));
  const sums = compute.create('sums', across * down * BLOCKS * sizes['WORKGROUP']! * 16);
  try {
    await each(({ x, quads }) =>
      compute.launch(gramProbe, {
        params: { words: shape.words, quads, block: Math.ceil(quads / BLOCKS) },
        bindings: { x, order, sums },
        sizes: { ...sizes, TILE_QUADS: shape.tileQuads },
        grid: [across, down, BLOCKS],
      }),
    );
    await compute.settle();
  } finally {
    compute.release(order, sums);
  }
}

/** Products of all rows with ten others. */
async function probeDistances(compute: Compute, { shape, each }: TiledRows): Promise<void> {
  const { QUADS, EACH, rows: own } = PRODUCTS.clusters;
  const { WORKGROUP } = productsProbe.sizes;
  const centers = compute.create('probe rows', Math.ceil(own / shape.tileQuads) * shape.tileQuads * shape.words * 16);
  const products = compute.create('probe products', own * Math.ceil(shape.rows / 4) * 64);
  try {
    for (let pass = 0; pass <= CLUSTER_ITERATIONS; pass++) {
      await each(({ x, quads }) =>
        compute.launch(productsProbe, {
          params: { words: shape.words, quads },
          bindings: { x, rows: centers, products },
          sizes: { QUADS, EACH, TILE_QUADS: shape.tileQuads },
          grid: [Math.ceil(quads / WORKGROUP), Math.ceil(own / QUADS)],
        }),
      );
      await compute.read(products, 16); // the next centers depend on what the pass found
    }
  } finally {
    compute.release(centers, products);
  }
}

export function bareTasks(compute: Compute, all: Digits): readonly Task[] {
  const { digits } = all;
  if (!hasProductsProbe(compute)) return [];
  let matrix: Float64Array | undefined;
  const fresh = () => ({ ...digits, rows: digits.rows.slice() });
  const timed = async (work: (rows: TiledRows) => Promise<void>): Promise<number> => {
    const started = performance.now();
    const rows = await tilesOnDevice(compute, fresh());
    await work(rows);
    const ms = performance.now() - started;
    rows.release();
    return ms;
  };
  const clusters = async (): Promise<Sample> => ({
    ms: await timed((rows) => probeDistances(compute, rows)),
    work: passes(2 * CLUSTER_ITERATIONS, CLUSTER_ITERATIONS * (CLUSTERS + 1)),
  });
  const components = async (): Promise<Sample> => {
    matrix ??= (await sumsByFold('bench', { compute: async () => compute }, digits, {})).sums[0]!.products;
    const { own, others } = withoutZeros(matrix);
    const ms = await timed(async (rows) => {
      await probeProducts(compute, rows);
      const basis: Float64Array[] = [];
      let vector = Float64Array.from(others, (_, j) => (j % 7) - 3);
      for (let step = 0; step < STEPS.first + STEPS.second; step++) {
        if (step === STEPS.first) basis.length = COMPONENTS;
        const next = times(own, others.length, vector);
        basis.push(vector);
        const length = perpendicular(next, basis);
        vector = next.map((value) => value / length);
      }
    });
    return { ms, work: passes(1, COLS / 2) };
  };
  const perceptron = async (): Promise<Sample> => {
    const started = performance.now();
    await probeLayer(compute, all);
    return { ms: performance.now() - started };
  };
  const task = (of: string, title: string, sample: () => Promise<Sample>): Task => ({
    name: `${of}-bare`,
    group: of,
    title,
    engine: 'pipeline-gpu',
    repeats: { full: 3, quick: 1 },
    ratioTo: of,
    sample,
  });
  return [
    task('clusters', 'its upload and products of 21 passes, nothing else', clusters),
    task('components', 'its upload, products of columns and steps of the search, nothing else', components),
    // One subgroup of eight lanes is a workgroup of it.
    ...(compute.subgroupLanes === 8
      ? [task('perceptron', 'what its first layer reads, writes and multiplies, launched as often, nothing else', perceptron)]
      : []),
  ];
}
