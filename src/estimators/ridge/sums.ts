// Sums over rows from which least squares and principal components follow: weights, features, their products with each other
// and with targets, for each fold apart. One pass on the device gives them all; models of any folds and penalties are then a
// matter of the columns alone. Rows may be in shards: sums come back as branches of the tree that one machine adds by.
import type { Compute } from '../../core/compute.ts';
import type { JsonRecord } from '../../core/events.ts';
import { branchesIn } from '../../core/shards/messages.ts';
import type { Message, Numbers, Shards } from '../../core/shards/shards.ts';
import { cutUp, totalOf, type Branch } from '../../core/shards/spans.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import type { Frame } from '../../kernels/lib/tiles.ts';
import { unitOf } from '../linear/precise/preciseProducts.ts';
import { SPAN_ROWS } from '../rows/sharded/parts.ts';
import { spreadRows, type Cut } from '../rows/sharded/sent.ts';
import { rowsElsewhere } from '../rows/sharded/whole.ts';
import { tilesOnDevice } from '../rows/tilesOnDevice.ts';
import type { GramSetUp } from './gramShard.ts';
import { checkPairs, inPlace, productBranches, targetBranches } from './products.ts';

/** Of the rows of a fold, in the device's frame, where a constant 1 stands behind the features. */
export interface Sums {
  /** weight * z_i * z_j, `[cols + 1][cols + 1]`. */
  readonly products: Float64Array;
  /** weight * z_i * target, `[outputs][cols + 1]`. */
  readonly targets: readonly Float64Array[];
}

export interface SummedRows {
  /** Of every row, in row order; 1 each by default. */
  readonly weights?: Float32Array | undefined;
  /** `[outputs][rows]`, around zero. */
  readonly targets?: readonly Float64Array[] | undefined;
  readonly folds?: { readonly fold: Uint8Array; readonly count: number } | undefined;
}

/** Products of rows that a shard sums up before it answers: at most a minute or so of two cores, as a worker that is silent for long is taken for lost. */
const ROUND_PRODUCTS = 1e11;

/** Rows of a fold stand side by side, so that each is a range and no row is visited twice. */
interface Ordered {
  readonly data: RowsOf;
  /** Where folds begin, and behind them where the last one ends. */
  readonly bounds: readonly number[];
  readonly weights: Float32Array | undefined;
  /** weight * target, `[outputs][rows]`. */
  readonly targets: readonly Float64Array[];
  /** Powers of two near the largest of each. */
  readonly units: readonly number[];
}

interface Found {
  readonly frame: Frame;
  /** Of each fold. */
  readonly products: readonly (readonly Branch[])[];
  /** Of all folds side by side. */
  readonly targets: readonly Branch[];
}

/**
 * Bytes without weights are summed exactly; all else in about float64.
 *
 * @param owner the estimator, for the error
 * @param options.roundProducts of rows that a shard sums up before it answers
 * @returns by fold, or one where there are no folds
 * @throws E_DATA for more columns than the device has room for the pairs of; E_USAGE for sparse rows where rows are spread
 */
export async function sumsByFold(
  owner: string,
  context: Pick<StageContext, 'compute' | 'shards'>,
  data: RowsOf,
  summed: SummedRows,
  { roundProducts = ROUND_PRODUCTS }: { readonly roundProducts?: number } = {},
): Promise<{ readonly frame: Frame; readonly sums: readonly Sums[] }> {
  const rows = inOrder(data, summed);
  const { frame, products, targets } = context.shards
    ? await ofShards(owner, context.shards, rows, roundProducts)
    : await ofOwn(owner, await context.compute(), rows);
  const size = data.x.cols + 1;
  const outputs = rows.targets.length;
  const crossed = targets.length > 0 ? cutUp(totalOf(targets), size) : [];
  return {
    frame,
    sums: products.map((branches, fold) => ({
      products: branches.length > 0 ? inPlace(totalOf(branches), size) : new Float64Array(size * size),
      targets: crossed.slice(fold * outputs, (fold + 1) * outputs),
    })),
  };
}

function inOrder(data: RowsOf, { weights, targets = [], folds }: SummedRows): Ordered {
  const order = folds && positionsBy(folds.fold, folds.count);
  const placed = <A extends Float32Array | Float64Array>(own: A): A => {
    if (!order) return own;
    const out = own.slice() as A;
    for (let i = 0; i < out.length; i++) out[i] = own[order[i]!]!;
    return out;
  };
  const ownWeights = weights && placed(weights);
  const columns = targets.map((target) => (ownWeights ? placed(target).map((value, i) => value * ownWeights[i]!) : placed(target)));
  return {
    data: { ...data, rows: order ? order.map((at) => data.rows[at]!) : data.rows },
    bounds: folds ? boundsOf(folds.fold, folds.count) : [0, data.rows.length],
    weights: ownWeights,
    targets: columns,
    units: columns.map(unitOf),
  };
}

async function ofOwn(owner: string, compute: Compute, { data, bounds, weights, targets, units }: Ordered): Promise<Found> {
  checkPairs(owner, compute, data.name, data.x.cols);
  const rows = await tilesOnDevice(compute, data, { low: true });
  try {
    const products = await productBranches(compute, { rows, bounds, weights });
    return { frame: rows.frame, products, targets: await targetBranches(compute, { rows, bounds }, targets, units) };
  } finally {
    rows.release();
  }
}

async function ofShards(owner: string, shards: Shards, { data, bounds, weights, targets, units }: Ordered, roundProducts: number): Promise<Found> {
  const whole = await rowsElsewhere(data);
  const { shape, frame } = whole;
  const setUpOf = ({ from, end }: Cut): Message => {
    const own = bounds.map((bound) => Math.min(Math.max(bound - from, 0), end - from));
    const json: GramSetUp = { owner, bounds: own, units, weights: weights !== undefined };
    const arrays: Numbers[] = targets.map((target) => target.slice(from, end));
    return { json: json as unknown as JsonRecord, arrays: weights ? [weights.slice(from, end), ...arrays] : arrays };
  };
  const { spread, cuts } = await spreadRows(shards, 'gram', data, whole, SPAN_ROWS, setUpOf);
  try {
    const spans = cuts.map(({ from, end }) => ({ first: from / SPAN_ROWS, end: Math.ceil(end / SPAN_ROWS) }));
    const each = 2 ** Math.max(0, Math.floor(Math.log2(roundProducts / (SPAN_ROWS * shape.cols ** 2))));
    const longest = Math.max(...spans.map(({ first, end }) => end - first));
    const answers: (readonly Message[])[] = [];
    for (let from = 0; from < longest; from += each) {
      const asked = spans.map(({ first, end }) => ({ first: Math.min(end, first + from), end: Math.min(end, first + from + each) }));
      answers.push(await spread.ask((shard) => ({ json: { ask: 'products', ...asked[shard]! }, arrays: [] })));
    }
    const crossed = targets.length > 0 ? await spread.ask(() => ({ json: { ask: 'targets' }, arrays: [] })) : [];
    // Spans in order: all rounds of a shard, and then those of the next.
    const products = branchesIn(cuts.flatMap((_, shard) => answers.map((round) => round[shard]!)));
    return { frame, products, targets: branchesIn(crossed)[0] ?? [] };
  } finally {
    spread.close();
  }
}

/** Positions of rows, those of fold 0 first, each fold in row order. */
function positionsBy(fold: Uint8Array, count: number): Uint32Array {
  const next = boundsOf(fold, count);
  const out = new Uint32Array(fold.length);
  fold.forEach((own, at) => (out[next[own]!++] = at));
  return out;
}

/** Where folds begin, and behind them where the last one ends. */
function boundsOf(fold: Uint8Array, count: number): number[] {
  const bounds = Array.from({ length: count + 1 }, () => 0);
  for (const own of fold) bounds[own + 1]!++;
  for (let own = 0; own < count; own++) bounds[own + 1]! += bounds[own]!;
  return bounds;
}
