// K-means: groups rows around centers. As scikit-learn 1.9's KMeans with Lloyd's algorithm (Lloyd 1982; k-means++, Arthur and
// Vassilvitskii 2007).
import { weightsOf } from '../../core/data/dataset.ts';
import { RandomState } from '../../core/data/random.ts';
import { seedParam, z, type ShapeOf } from '../../dsl/params.ts';
import { within } from '../../dsl/stage/progress.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { checkClusters, clusterDistances, clusterParams } from '../centroids/clusters.ts';
import { framed, meant } from '../centroids/points.ts';
import { groupedSums } from '../centroids/grouped/groupedSums.ts';
import { defineEstimator } from '../define/define.ts';
import { affineOf } from '../rows/frame.ts';
import { rowsElsewhere } from '../rows/sharded/whole.ts';
import { tilesOnDevice } from '../rows/tilesOnDevice.ts';
import { lloyd, type Clustering } from './lloyd.ts';
import { plusPlus } from './seeding.ts';
import { spreadSpace } from './sharded/spreadSpace.ts';
import { isCoarse, spaceOf, type Space } from './space.ts';

export interface KMeansOptions {
  /** Clusters to find. Default 8. */
  readonly nClusters?: number | undefined;
  /** 'k-means++' (default), or the initial centers, `[nClusters][cols]`, for a single start. */
  readonly init?: 'k-means++' | number[][] | undefined;
  /** Number of starts, of which the best is kept. Default 1. */
  readonly nInit?: number | undefined;
  /** Maximum number of iterations of a start. Default 300. */
  readonly maxIter?: number | undefined;
  /** Stop when the centers move by less than this: squared distance, relative to the mean variance of the columns. 0: continue until no row changes its cluster. Default 1e-4. */
  readonly tol?: number | undefined;
  /** Seed of the starts that k-means++ draws, as scikit-learn's `random_state`. Default: the seed of the run (`--seed`). */
  readonly seed?: number | undefined;
}

const params = z.strictObject({
  ...clusterParams,
  nInit: z.int().min(1).default(1).describe('number of starts; the best is kept'),
  maxIter: z.int().min(1).default(300).describe('maximum number of iterations of a start'),
  tol: z.number().min(0).default(1e-4).describe('stop when the centers move less: squared distance, relative to the mean variance of the columns'),
  seed: seedParam.describe('seed of the starts that k-means++ draws; by default that of the run (--seed) decides'),
} satisfies ShapeOf<KMeansOptions>);

export interface KMeansFields {
  /** Features as they are meant, `[clusters][cols]`. */
  readonly clusterCenters: readonly Float64Array[];
  /** Sum of weight * squared distance to the nearest center, over the training rows. */
  readonly inertia: number;
  readonly nIter: number;
}

/**
 * Finds clusters of rows, as scikit-learn 1.9's `KMeans`. Takes rows with any target or none. Scale features first: distances add up
 * all columns.
 *
 * An iteration gives each row to the nearest center and moves each center to the mean of its rows; it is the last when no row changes
 * its cluster, or when the centers hardly move. A cluster left without rows takes the row that is furthest from its center. `transform`
 * gives the distances, `[rows][clusters]`, and `predict` the nearest cluster, `[rows]`. k-means++ draws the same rows as scikit-learn
 * with `random_state=seed`, unless f32 rounding makes a difference.
 *
 * @throws E_PARAMS for other options, and for centers of the wrong shape; E_DATA for fewer rows than clusters and features that are not
 *   finite
 * @example
 * pipeline('p', fetch(iris()), split({ test: 0.25, seed: 42, stratify: true }), fit(chain(standardize(), kMeans({ nClusters: 3 }))), score({ on: 'test' }));
 */
export const kMeans = defineEstimator<KMeansOptions>()({
  name: 'kMeans',
  kind: 'clusterer',
  params,
  shards: true,
  async train(rows, { nClusters, init, nInit, maxIter, tol, seed }, context): Promise<KMeansFields> {
    checkClusters('kMeans', rows, nClusters, init);
    const { shards } = context;
    const held = shards ? await rowsElsewhere(rows) : await tilesOnDevice(await context.compute(), rows);
    let space: Space | undefined;
    try {
      const affine = affineOf(held.frame, rows.scaling);
      const { scale } = affine;
      const weights = Float64Array.from(weightsOf(rows) ?? new Float32Array(rows.rows.length).fill(1)); // shares of them need float64
      space =
        shards && !isCoarse(held.frame, scale) ? await spreadSpace(shards, rows, held, scale, weights) : await spaceOf(context, rows, held, scale, weights);
      const random = new RandomState(seed);
      const starts: (readonly Float64Array[])[] = [];
      if (init === 'k-means++') {
        for (let i = 0; i < nInit; i++) starts.push(await plusPlus(space, { clusters: nClusters, random, weights }));
      } else starts.push(init.map((center) => framed(center, affine)));
      const tolerance = tol === 0 ? 0 : tol * (await meanVariance(context, rows, scale));
      const found: Clustering[] = [];
      // As many at once as there is room for: codes of all rows, and sums of all clusters.
      const most = Math.max(1, Math.floor(space.mostBytes / (16 * Math.max(held.shape.quads, nClusters * held.shape.words))));
      for (let from = 0; from < starts.length; from += most) {
        const { signal } = context;
        const told = (ended: number, iteration: number): void => {
          const over = from + ended === starts.length;
          if (over && starts.length > 1) context.progress?.(starts.length, starts.length, 'restarts');
          else within(context, from + ended, starts.length, 'restarts').progress?.(iteration, over ? iteration : maxIter, 'iterations');
        };
        found.push(...(await lloyd(rows, held, space, starts.slice(from, from + most), { maxIter, tolerance, scale, weights, signal, told })));
      }
      // A clustering that is the same but for rounding is no better one.
      const best = found.reduce((best, own) => (own.inertia < best.inertia && !isSame(own.codes, best.codes) ? own : best));
      const distinct = new Set(best.codes).size;
      if (distinct < nClusters) {
        context.emit({
          type: 'warning',
          stage: context.stage,
          code: 'W_CONVERGENCE',
          message: `kMeans: ${rows.name} has rows of ${distinct} clusters, and ${nClusters} were asked for; the centers of the others stand where no row is nearest.`,
          hint: `Set nClusters to ${distinct} or less: equal rows are always in one cluster.`,
        });
      }
      return { clusterCenters: best.centers.map((center) => meant(center, affine)), inertia: best.inertia, nIter: best.nIter };
    } finally {
      space?.release();
      held.release();
    }
  },
  outputs: ({ clusterCenters }) => clusterCenters.length,
  scores: ({ clusterCenters }, rows, context) => clusterDistances(clusterCenters, rows, context),
  summary: ({ clusterCenters, inertia, nIter }) => ({ clusters: clusterCenters.length, inertia, nIter }),
});

/** Of the columns as they are meant, each row counting once. */
async function meanVariance(context: Context, data: RowsOf, scale: Float64Array): Promise<number> {
  const rows = data.rows.length;
  const { sums: sumsAround, release } = await groupedSums(context, data, { groupOf: new Uint32Array(rows), groups: 1 });
  try {
    const plain = await sumsAround();
    const mean = plain.sums[0]!.slice(0, -1).map((sum) => Math.fround(sum / rows));
    const around = await sumsAround([mean]);
    const [sums, squares] = [around.sums[0]!, around.squares[0]!];
    return scale.reduce((sum, factor, j) => sum + factor ** 2 * (squares[j]! / rows - (sums[j]! / rows) ** 2), 0) / scale.length;
  } finally {
    release();
  }
}

type Context = Pick<StageContext, 'compute' | 'shards'>;

/** The same rows together, whatever the clusters are called. */
function isSame(a: Uint32Array, b: Uint32Array): boolean {
  const called = new Map<number, number>();
  return a.every((code, row) => {
    if (!called.has(code)) called.set(code, b[row]!);
    return called.get(code) === b[row];
  });
}
