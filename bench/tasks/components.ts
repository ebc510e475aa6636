// What principal components of the digits take apart: the products of all columns, the same loads and multiply-adds by a probe that
// does nothing else, and the eigenvectors of the products.
import type { Compute, Kernel } from '../../src/core/compute.ts';
import { eigenOf } from '../../src/estimators/pca/eigen.ts';
import { largestFew } from '../../src/estimators/pca/lanczos.ts';
import { byFilling, exactOn, sumsByFold } from '../../src/estimators/ridge/sums.ts';
import { tilesOnDevice, type TiledRows } from '../../src/estimators/rows/tilesOnDevice.ts';
import { gram, gramGrid } from '../../src/kernels/gram/gram.ts';
import { rowsPrelude } from '../../src/kernels/lib/tiles.ts';
import type { Sample, Task } from '../harness.ts';
import { COLS, passes, type Digits } from '../mnist.ts';
import { COMPONENTS } from './algorithms.ts';

/** Ranges of rows that the estimator makes of so many columns. */
const BLOCKS = 4;

const probe = {
  name: 'gram_probe',
  source: new URL('../probes/gram_probe.wgsl', import.meta.url),
  preludes: [rowsPrelude.u8],
  enable: ['subgroups'],
  params: { words: 'u32', quads: 'u32', block: 'u32' },
  bindings: { x: 'read', order: 'read', sums: 'write' },
  sizes: gram.exactSubgroups.sizes,
  unroll: gram.exactSubgroups.unroll,
} as const satisfies Kernel;

export function componentTasks(compute: Compute, { digits }: Digits): readonly Task[] {
  let held: TiledRows | undefined;
  let matrix: Float64Array | undefined;
  const rows = async (): Promise<TiledRows> => (held ??= await tilesOnDevice(compute, digits, { low: true }));
  const timed = async (work: () => Promise<unknown>): Promise<Sample> => {
    const started = performance.now();
    await work();
    return { ms: performance.now() - started };
  };
  const products = async (): Promise<Sample> => {
    await rows();
    const sample = await timed(async () => {
      const { sums } = await sumsByFold('bench', compute, digits, {});
      matrix = sums[0]!.products;
    });
    return { ...sample, work: passes(1, COLS / 2) };
  };
  const { name, sizes } = exactOn(compute);
  const probed = async (): Promise<Sample> => {
    const { shape, frame, each } = await rows();
    const [across, down] = gramGrid({ ...probe, sizes }, shape.words);
    const order = compute.upload('order of words', shape.words * 4, (target) => new Uint32Array(target).set(byFilling(frame.rms, shape.words)));
    const sums = compute.create('sums', across * down * BLOCKS * sizes['WORKGROUP']! * 16);
    try {
      const sample = await timed(async () => {
        await each(({ x, quads }) =>
          compute.launch(probe, {
            params: { words: shape.words, quads, block: Math.ceil(quads / BLOCKS) },
            bindings: { x, order, sums },
            sizes: { ...sizes, TILE_QUADS: shape.tileQuads },
            grid: [across, down, BLOCKS],
          }),
        );
        await compute.settle();
      });
      return { ...sample, work: passes(1, COLS / 2) };
    } finally {
      compute.release(order, sums);
    }
  };
  const eigen = async (): Promise<Sample> => {
    if (!matrix) await products();
    return timed(async () => (await largestFew(matrix!, COMPONENTS, new AbortController().signal)) ?? eigenOf(matrix!, COMPONENTS));
  };
  const task = (own: string, title: string, sample: () => Promise<Sample>, more: Partial<Task> = {}): Task => ({
    name: own,
    group: 'components',
    title,
    engine: 'pipeline-gpu',
    repeats: { full: 3, quick: 1 },
    ...more,
    sample,
  });
  return [
    task('gram', 'products of all pairs of columns', products),
    // The probe is of this form alone.
    ...(name === gram.exactSubgroups.name ? [task('gram-probe', 'the same loads and multiply-adds alone', probed, { ratioTo: 'gram' })] : []),
    task('eigen', `${COMPONENTS} eigenvectors of the products`, eigen),
  ];
}
