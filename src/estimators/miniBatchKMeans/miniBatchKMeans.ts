// K-means by small batches of rows. As scikit-learn 1.9's MiniBatchKMeans (Sculley 2010).
import { weightsOf } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { RandomState } from '../../core/data/random.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { seedParam, z, type ShapeOf } from '../../dsl/params.ts';
import { chooserBy } from '../bagging/draw.ts';
import { checkClusters, clusterDistances, clusterParams } from '../centroids/clusters.ts';
import { meant } from '../centroids/points.ts';
import { defineEstimator, type TrainingRows } from '../define/define.ts';
import type { KMeansFields } from '../kMeans/kMeans.ts';
import { plusPlus } from '../kMeans/seeding.ts';
import { spaceOf } from '../kMeans/space.ts';
import { affineOf } from '../rows/frame.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';
import { tilesOnDevice } from '../rows/tilesOnDevice.ts';
import { eachNearest, oneStep, rowsAt, stepped, type Centers, type Standing } from './steps.ts';

export interface MiniBatchKMeansOptions {
  /** Clusters to find. Default 8. */
  readonly nClusters?: number | undefined;
  /** 'k-means++' (default), or the initial centers, `[nClusters][cols]`, for a single start. */
  readonly init?: 'k-means++' | number[][] | undefined;
  /** Number of first centers drawn by k-means++, of which the best is moved. Default 1. */
  readonly nInit?: number | undefined;
  /** Rows that first centers are drawn from. Default 3 * `batchSize`. */
  readonly initSize?: number | undefined;
  /** Rows of a batch. Default 1024. */
  readonly batchSize?: number | undefined;
  /** Most passes over as many rows as there are. Default 100. */
  readonly maxIter?: number | undefined;
  /** Stop when the centers move by less than this in a step: squared distance, relative to the mean variance of the columns. Default 0: not looked at. */
  readonly tol?: number | undefined;
  /** Stop after so many batches whose smoothed inertia is no better; null for never. Default 10. */
  readonly maxNoImprovement?: number | null | undefined;
  /** A center of fewer rows than this share of the largest one's starts again at a row drawn. Default 0.01. */
  readonly reassignmentRatio?: number | undefined;
  /** Seed of the draws, as scikit-learn's `random_state`. Default: the seed of the run (`--seed`). */
  readonly seed?: number | undefined;
}

const params = z.strictObject({
  ...clusterParams,
  nInit: z.int().min(1).default(1).describe('first centers drawn, of which the best are moved'),
  initSize: z.int().min(1).optional().describe('rows that first centers are drawn from; 3 * batchSize by default'),
  batchSize: z.int().min(1).default(1024).describe('rows of a batch'),
  maxIter: z.int().min(1).default(100).describe('most passes over as many rows as there are'),
  tol: z.number().min(0).default(0).describe('stop when the centers move less in a step; 0: not looked at'),
  maxNoImprovement: z.int().min(0).nullable().default(10).describe('batches that are no better before it stops; null for never'),
  reassignmentRatio: z.number().min(0).default(0.01).describe('share of the largest cluster below which a center starts again'),
  seed: seedParam,
} satisfies ShapeOf<MiniBatchKMeansOptions>);

export interface Fields extends KMeansFields {
  /** Batches. */
  readonly nSteps: number;
  /** Where going on begins. */
  readonly progress: Standing & {
    /** Rows of each batch of `partialFit` that centers started again at: what was drawn is drawn again, and more behind it. */
    readonly drawn: Uint32Array;
  };
}

/**
 * Finds clusters of rows by small batches of them, as scikit-learn 1.9's `MiniBatchKMeans`: nearly as good as `kMeans`, in far fewer
 * passes over the rows. Takes rows with any target or none, also from files. Scale features first: distances add up all columns.
 *
 * A step draws a batch of rows, heavy ones more often, and moves each center to the mean of all rows that were nearest to it so far.
 * Batches are those that scikit-learn draws with `random_state=seed`, and so are the clusters, unless f32 rounding makes a difference to
 * k-means++; steps are computed in float64. `transform` gives the distances, `[rows][clusters]`, and `predict` the nearest cluster,
 * `[rows]`; `fields.inertia` is that of all training rows. `partialFit` makes one step more, of all its rows, and tells their inertia.
 *
 * @throws E_PARAMS for other options, and for centers of the wrong shape; E_DATA for fewer rows than clusters, for rows that weigh
 *   nothing, and for features that are not finite
 * @example
 * pipeline('p', fetch(iris()), split({ test: 0.25, seed: 42, stratify: true }), fit(chain(standardize(), miniBatchKMeans({ nClusters: 3 }))), score({ on: 'test' }));
 */
export const miniBatchKMeans = defineEstimator<MiniBatchKMeansOptions>()({
  name: 'miniBatchKMeans',
  kind: 'clusterer',
  params,
  async train(rows, { nClusters, init, nInit, initSize, tol, seed, ...own }, context): Promise<Fields> {
    checkClusters('miniBatchKMeans', rows, nClusters, init);
    const count = rows.rows.length;
    const weights = weightsIn(rows);
    const tolerance = tol === 0 ? 0 : tol * (await meanVariance(rows));
    const random = new RandomState(seed);
    const wanted = initSize ?? 3 * Math.min(own.batchSize, count);
    const some = Math.min(count, wanted < nClusters ? 3 * nClusters : wanted);
    const drawn = (): Uint32Array => Uint32Array.from({ length: some }, () => random.interval(count - 1));
    const judges = drawn();
    let [first, least]: [Centers, number] = [[], Infinity];
    for (let i = 0; i < (init === 'k-means++' ? nInit : 1); i++) {
      const from = some < count ? drawn() : Uint32Array.from(weights.keys());
      const centers =
        init === 'k-means++'
          ? await firstCenters(
              rowsAt(rows, from),
              Float64Array.from(from, (at) => weights[at]!),
              nClusters,
              random,
              context,
            )
          : init.map((center) => Float64Array.from(center));
      const inertia = await eachNearest(
        rowsAt(rows, judges),
        centers,
        Float64Array.from(judges, (at) => weights[at]!),
      );
      if (inertia < least) [first, least] = [centers, inertia];
    }
    const { signal, progress } = context;
    const { centers, nSteps, nIter, standing } = await stepped(rows, first, { ...own, tolerance, draw: chooserBy(weights), random, signal, progress });
    const inertia = await eachNearest(rows, centers, weights);
    return { clusterCenters: centers, inertia, nIter, nSteps, progress: { ...standing, drawn: new Uint32Array(0) } };
  },
  async partialFit({ clusterCenters, nIter, nSteps, progress: { drawn, ...standing } }, rows, { seed, reassignmentRatio }) {
    const weights = weightsIn(rows);
    const random = new RandomState(seed);
    drawn.forEach((size) => random.permutation(size));
    const sizes = [...drawn];
    const permutation = (size: number): Uint32Array => (sizes.push(size), random.permutation(size));
    const after = await oneStep(rows, clusterCenters, standing, { weights, reassignmentRatio, permutation });
    return {
      clusterCenters: after.moved,
      inertia: await eachNearest(rows, after.moved, weights),
      nIter,
      nSteps: nSteps + 1,
      progress: { ...after.standing, drawn: Uint32Array.from(sizes) },
    };
  },
  outputs: ({ clusterCenters }) => clusterCenters.length,
  scores: ({ clusterCenters }, rows, context) => clusterDistances(clusterCenters, rows, context),
  summary: ({ clusterCenters, inertia, nIter, nSteps }) => ({ clusters: clusterCenters.length, inertia, nIter, nSteps }),
});

/** @throws E_DATA where all rows weigh 0 */
function weightsIn(rows: TrainingRows<'clusterer'>): Float64Array {
  const weights = Float64Array.from(weightsOf(rows) ?? new Float32Array(rows.rows.length).fill(1));
  if (weights.some((weight) => weight > 0)) return weights;
  throw new PipelineError('E_DATA', `miniBatchKMeans: all rows of ${rows.name} that it trains on weigh 0.`, {
    hint: 'Give at least one of them a weight above 0.',
  });
}

/** Drawn by k-means++, as features are meant. */
async function firstCenters(
  rows: RowsOf,
  weights: Float64Array,
  clusters: number,
  random: RandomState,
  context: Pick<StageContext, 'compute'>,
): Promise<Centers> {
  const compute = await context.compute();
  const held = await tilesOnDevice(compute, rows);
  try {
    const affine = affineOf(held.frame, rows.scaling);
    const space = await spaceOf({ compute: context.compute }, rows, held, affine.scale, weights);
    const points = await plusPlus(space, { clusters, random, weights }).finally(() => space.release());
    return points.map((point) => meant(point, affine));
  } finally {
    held.release();
  }
}

/** Of the columns, each row counting once. */
async function meanVariance(rows: RowsOf): Promise<number> {
  const { cols } = rows.x;
  let seen = 0;
  const [means, squares] = [new Float64Array(cols), new Float64Array(cols)];
  for await (const { rows: count, x } of featureBlocks(rows)) {
    for (let i = 0; i < count; i++) {
      seen++;
      for (let j = 0; j < cols; j++) {
        const away = x[i * cols + j]! - means[j]!;
        means[j]! += away / seen;
        squares[j]! += away * (x[i * cols + j]! - means[j]!);
      }
    }
  }
  return squares.reduce((sum, square) => sum + square / seen, 0) / cols;
}
