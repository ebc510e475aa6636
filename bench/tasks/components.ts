// What principal components of the digits take apart: the products of all columns, the same loads and multiply-adds by a probe that
// does nothing else, and the eigenvectors of the products.
import type { Compute } from '../../src/core/compute.ts';
import { eigenOf } from '../../src/estimators/pca/eigen.ts';
import { largestFew } from '../../src/estimators/pca/lanczos.ts';
import { sumsByFold } from '../../src/estimators/ridge/sums.ts';
import { tilesOnDevice, type TiledRows } from '../../src/estimators/rows/tilesOnDevice.ts';
import type { Sample, Task } from '../harness.ts';
import { COLS, passes, type Digits } from '../mnist.ts';
import { COMPONENTS } from './algorithms.ts';
import { hasProductsProbe, probeProducts } from './bare.ts';

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
      const { sums } = await sumsByFold('bench', { compute: async () => compute }, digits, {});
      matrix = sums[0]!.products;
    });
    return { ...sample, work: passes(1, COLS / 2) };
  };
  const probed = async (): Promise<Sample> => {
    const held = await rows();
    return { ...(await timed(() => probeProducts(compute, held))), work: passes(1, COLS / 2) };
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
    ...(hasProductsProbe(compute) ? [task('gram-probe', 'the same loads and multiply-adds alone', probed, { ratioTo: 'gram' })] : []),
    task('eigen', `${COMPONENTS} eigenvectors of the products`, eigen),
  ];
}
