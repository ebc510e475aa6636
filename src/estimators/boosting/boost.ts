// Boosting: rounds of trees, each grown on the derivatives of the loss at what the trees before it say. As scikit-learn 1.9
// (ensemble/_hist_gradient_boosting/gradient_boosting.py).
import { RandomState } from '../../core/data/random.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { heldBack, type ByClass } from '../rows/heldBack.ts';
import { binned, type Binned } from './columns/bins.ts';
import { categoricalIn } from './columns/categorical.ts';
import { countsSooner, deviceCounter, type DeviceCounter } from './growth/device.ts';
import { entriesOf, type Entries } from './growth/entries.ts';
import { grow, saidOf, type Counter, type Grown } from './growth/grow.ts';
import { histogramOf, layoutOf, sumsOf, type Derivatives, type Layout } from './growth/histograms.ts';
import { wholeOf } from './growth/whole.ts';
import type { Loss, LossOf } from './losses.ts';
import { treesAsFields, type BoostedFields } from './model.ts';
import type { BoostingParams } from './params.ts';
import { hasStopped, stopsEarly } from './stopping.ts';

/** Histograms of nodes that wait to be split take about so many bytes at most, where trees grow side by side. */
const HISTOGRAM_BYTES = 1e9;

/** What is learned of the rows. */
export interface Target {
  readonly lossOf: LossOf;
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
  context: Pick<StageContext, 'compute' | 'progress' | 'signal'>,
): Promise<BoostedFields> {
  const { lossOf, truth, weights } = target;
  const count = rows.rows.length;
  const seed = new RandomState(params.seed).interval(2 ** 32 - 2); // scikit-learn draws a seed by the seed
  const early = stopsEarly(params, count);
  const held = early && params.validationFraction !== null ? heldBack(name, rows, params.validationFraction, new RandomState(seed), target.byClass) : undefined;
  // Rows that are trained on stand first.
  const trained = held?.train.length ?? count;
  const order = Uint32Array.from({ length: count }, (_, i) => (held ? (held.train[i] ?? held.test[i - trained]!) : i));
  const [own, other] = [order.subarray(0, trained), order.subarray(trained)];
  const taken = (values: ArrayLike<number>, part: Uint32Array): Float64Array => Float64Array.from(part, (row) => values[row]!);
  const ownWeights = weights && taken(weights, own);
  const otherWeights = weights && taken(weights, other);
  checkWeights(name, `rows of ${rows.name} that it trains on`, ownWeights);
  if (held) checkWeights(name, `rows of ${rows.name} held back to tell when to stop`, otherWeights);
  const loss = lossOf(taken(truth, own), ownWeights);
  const heldLoss = held && lossOf(taken(truth, other), otherWeights);
  const bins = await binned(
    { ...rows, rows: order.map((row) => rows.rows[row]!) },
    {
      name,
      maxBins: params.maxBins,
      categorical: categoricalIn(name, rows, params.categoricalFeatures),
      trained,
      weights: ownWeights,
      seed,
    },
  );
  const baseline = loss.baseline();
  const scores = Array.from(baseline, (score) => new Float64Array(count).fill(score));
  const trainedScores = scores.map((each) => each.subarray(0, trained));
  const heldScores = scores.map((each) => each.subarray(trained));
  const [trainScore, validationScore]: [number[], number[]] = [[], []];
  const stops = (): boolean => {
    if (!early) return false;
    trainScore.push(-loss.mean(trainedScores));
    if (heldLoss) validationScore.push(-heldLoss.mean(heldScores));
    return hasStopped(heldLoss ? validationScore : trainScore, params);
  };
  const layout = layoutOf(bins, loss.constantHessian);
  const entries = entriesOf(bins, layout, trained);
  let device = await deviceCounter(bins, layout, trained, scores.length, context);
  const trees: Grown[] = [];
  const spare: Float64Array[] = []; // histograms that nobody needs any more
  try {
    const [gradients, hessians] = [scores, scores].map((each) => each.map(() => new Float32Array(trained))) as [Float32Array[], Float32Array[]];
    stops();
    for (let round = 0; round < params.maxIter; round++) {
      loss.derivatives(trainedScores, gradients, hessians);
      const derivatives = gradients.map((gradient, k) => ({ gradient: wholeOf(gradient), hessian: loss.constantHessian ? undefined : wholeOf(hessians[k]!) }));
      device?.load(derivatives);
      if (round === 0 && device && !(await countsSooner(device, entries, layout, derivatives[0]!))) {
        device.release();
        device = undefined;
      }
      trees.push(...(await growRound(bins, entries, layout, derivatives, scores, device, spare, { ...params, leaf: loss.leaf, signal: context.signal })));
      const over = stops();
      context.progress?.(round + 1, over ? round + 1 : params.maxIter, 'rounds');
      if (over) break;
    }
  } finally {
    device?.release();
  }
  return {
    baseline,
    ...treesAsFields(trees, bins.columns),
    ...(early ? { trainScore: Float64Array.from(trainScore) } : {}),
    ...(heldLoss ? { validationScore: Float64Array.from(validationScore) } : {}),
  };
}

/** A tree for each score, and what it says added to the scores. */
async function growRound(
  bins: Binned,
  entries: Entries,
  layout: Layout,
  derivatives: readonly Derivatives[],
  scores: readonly Float64Array[],
  device: DeviceCounter | undefined,
  spare: Float64Array[],
  params: BoostingParams & Pick<Loss, 'leaf'> & Pick<StageContext, 'signal'>,
): Promise<readonly Grown[]> {
  const { columns } = bins;
  const trained = derivatives[0]!.gradient.numbers.length;
  // The order in which scikit-learn looks at columns: those of categories first.
  const order = [...columns.keys()].toSorted((a, b) => Number(!columns[a]!.levels) - Number(!columns[b]!.levels));
  const all = Uint32Array.from({ length: trained }, (_, row) => row);
  const growOne = async (own: Derivatives, k: number): Promise<Grown> => {
    const members = all.slice();
    const search = { ...params, columns, order, layout, gradientUnit: own.gradient.unit, hessianUnit: own.hessian?.unit ?? 1 };
    const counter: Counter = {
      histogram: (rows, sums) =>
        device?.pays(rows.length) ? device.histogram(k, rows, sums, spare.pop()) : histogramOf(entries, layout, own, rows, sums, spare.pop()),
      release: (histogram) => void spare.push(histogram),
    };
    const grown = await grow(bins, members, sumsOf(own, members), counter, search, params);
    for (const { node, begin, end } of grown.leaves) {
      const [leaf, rows] = [grown.nodes[node]!, members.subarray(begin, end)];
      if (params.leaf) leaf.value = params.learningRate * params.leaf(rows, scores[k]!);
      for (const row of rows) scores[k]![row]! += leaf.value;
    }
    for (let row = trained; row < scores[k]!.length; row++) scores[k]![row]! += saidOf(grown, bins, row);
    return grown;
  };
  // Side by side, since the device counts for one tree while the host looks at what it found for another.
  const leaves = Math.min(params.maxLeafNodes ?? Infinity, Math.max(1, trained / params.minSamplesLeaf));
  const together = device ? Math.max(1, Math.floor(HISTOGRAM_BYTES / (leaves * layout.offsets.at(-1)! * layout.stride * 8))) : 1;
  const trees: Grown[] = [];
  for (let from = 0; from < derivatives.length; from += together) {
    // All are waited for, so that nothing still runs when one has failed.
    const grown = await Promise.allSettled(derivatives.slice(from, from + together).map((own, i) => growOne(own, from + i)));
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
