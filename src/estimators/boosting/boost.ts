// Boosting: rounds of trees, each grown on the derivatives of the loss at what the trees before it say. As scikit-learn 1.9
// (ensemble/_hist_gradient_boosting/gradient_boosting.py).
import { RandomState } from '../../core/data/random.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { totalOf } from '../../core/shards/spans.ts';
import { checkShards } from '../../dsl/takes.ts';
import { heldBack, type ByClass } from '../rows/heldBack.ts';
import { binned, type Cutting } from './columns/bins.ts';
import { categoricalIn } from './columns/categorical.ts';
import { grow, type Grown } from './growth/grow.ts';
import { layoutOf, sizeOf, type Sums } from './growth/histograms.ts';
import type { BoostedRows, Units } from './growth/rows.ts';
import { RowsHere } from './growth/rowsHere.ts';
import { unitOf } from './growth/whole.ts';
import { lossCalled, weightOf, type LossName } from './losses.ts';
import { treesAsFields, type BoostedFields } from './model.ts';
import type { BoostingParams } from './params.ts';
import { ShardedRows } from './sharded/shardedRows.ts';
import { hasStopped, stopsEarly } from './stopping.ts';

/** Histograms of nodes that wait to be split take about so many bytes at most, where trees grow side by side. */
const HISTOGRAM_BYTES = 1e9;

/** What is learned of the rows. */
export interface Target {
  readonly loss: LossName;
  /** Scores of a row. */
  readonly scores: number;
  /** Value, or code of the class, of each row. */
  readonly truth: ArrayLike<number>;
  /** Of each row; absent for 1 each. */
  readonly weights: ArrayLike<number> | undefined;
  /** Of a classifier, so that rows held back have all classes. */
  readonly byClass?: ByClass | undefined;
}

/** @throws E_DATA, E_PARAMS and E_CLASS, as the estimators say */
export async function boost(
  name: string,
  rows: RowsOf,
  target: Target,
  params: BoostingParams,
  context: Pick<StageContext, 'compute' | 'progress' | 'signal' | 'shards'>,
): Promise<BoostedFields> {
  const { shards } = context;
  if (target.loss === 'absoluteError') checkShards({ name: `${name} with loss '${target.loss}'` }, context); // its leaves take medians
  const count = rows.rows.length;
  const seed = new RandomState(params.seed).interval(2 ** 32 - 2); // scikit-learn draws a seed by the seed
  const early = stopsEarly(params, count);
  const held = early && params.validationFraction !== null ? heldBack(name, rows, params.validationFraction, new RandomState(seed), target.byClass) : undefined;
  // Rows that are trained on stand first.
  const trained = held?.train.length ?? count;
  const order = Uint32Array.from({ length: count }, (_, i) => (held ? (held.train[i] ?? held.test[i - trained]!) : i));
  const ordered = { ...rows, rows: order.map((row) => rows.rows[row]!) };
  const taken = (values: ArrayLike<number>): Float64Array => Float64Array.from(order, (row) => values[row]!);
  const [truth, weights] = [taken(target.truth), target.weights && taken(target.weights)];
  const [ownWeights, otherWeights] = [weights?.subarray(0, trained), weights?.subarray(trained)];
  checkWeights(name, `rows of ${rows.name} that it trains on`, ownWeights);
  if (held) checkWeights(name, `rows of ${rows.name} held back to tell when to stop`, otherWeights);
  const loss = lossCalled(target.loss, target.scores)(truth.subarray(0, trained), ownWeights);
  const cutting: Cutting = {
    name,
    maxBins: params.maxBins,
    categorical: categoricalIn(name, rows, params.categoricalFeatures),
    trained,
    weights: ownWeights,
    seed,
  };
  const told = { loss: target.loss, truth, weights, baseline: loss.baseline(), learningRate: params.learningRate };
  const placed = shards
    ? await ShardedRows.over(shards, ordered, cutting, told)
    : new RowsHere({ ...told, bins: await binned(ordered, cutting), trained, from: 0 }, context);
  const [trainScore, validationScore]: [number[], number[]] = [[], []];
  const [trainedWeight, heldWeight] = [weightOf(trained, ownWeights), weightOf(count - trained, otherWeights)];
  const stops = async (): Promise<boolean> => {
    if (!early) return false;
    const [own, other] = await placed.losses();
    trainScore.push(-(totalOf(own!)[0]! / trainedWeight));
    if (held) validationScore.push(-(totalOf(other!)[0]! / heldWeight));
    return hasStopped(held ? validationScore : trainScore, params);
  };
  const trees: Grown[] = [];
  try {
    await stops();
    for (let round = 0; round < params.maxIter; round++) {
      trees.push(...(await growRound(placed, loss.constantHessian, { ...params, signal: context.signal })));
      const over = await stops();
      context.progress?.(round + 1, over ? round + 1 : params.maxIter, 'rounds');
      if (over) break;
    }
  } finally {
    placed.release();
  }
  return {
    baseline: told.baseline,
    ...treesAsFields(trees, placed.columns),
    ...(early ? { trainScore: Float64Array.from(trainScore) } : {}),
    ...(held ? { validationScore: Float64Array.from(validationScore) } : {}),
  };
}

/** A tree for each score, and what it says added to the scores. */
async function growRound(rows: BoostedRows, constantHessian: boolean, params: BoostingParams & Pick<StageContext, 'signal'>): Promise<readonly Grown[]> {
  const { columns } = rows;
  // The order in which scikit-learn looks at columns: those of categories first.
  const order = [...columns.keys()].toSorted((a, b) => Number(!columns[a]!.levels) - Number(!columns[b]!.levels));
  const layout = layoutOf(columns, constantHessian);
  const units = (await rows.sizes()).map((branches): Units => {
    const [gradient, hessian] = totalOf(branches);
    return { gradient: unitOf(gradient!), hessian: unitOf(hessian!) };
  });
  const roots = await rows.round(units);
  const growOne = async (sums: Sums, tree: number): Promise<Grown> => {
    const { gradient: gradientUnit, hessian: hessianUnit } = units[tree]!;
    const grown = await grow(rows, tree, sums, { ...params, columns, order, layout, gradientUnit, hessianUnit }, params);
    const values = grown.map(({ value }) => value);
    rows.end(tree, values);
    for (const [node, own] of grown.entries()) own.value = values[node]!;
    return grown;
  };
  // Side by side, since what counts for one tree does so while the host looks at what was found for another.
  const leaves = Math.min(params.maxLeafNodes ?? Infinity, Math.max(1, roots[0]!.count / params.minSamplesLeaf));
  const together = rows.sideBySide ? Math.max(1, Math.floor(HISTOGRAM_BYTES / (leaves * sizeOf(layout) * 8))) : 1;
  const trees: Grown[] = [];
  for (let from = 0; from < roots.length; from += together) {
    // All are waited for, so that nothing still runs when one has failed.
    const grown = await Promise.allSettled(roots.slice(from, from + together).map((sums, i) => growOne(sums, from + i)));
    for (const one of grown) {
      if (one.status === 'rejected') throw one.reason;
      trees.push(one.value);
    }
  }
  return trees;
}

/** @throws E_DATA where no row weighs anything */
function checkWeights(name: string, what: string, weights: Float64Array | undefined): void {
  if (!weights || weights.some((weight) => weight > 0)) return;
  throw new PipelineError('E_DATA', `${name}: all ${what} weigh 0.`, { hint: 'Give at least one of them a weight above 0.' });
}
