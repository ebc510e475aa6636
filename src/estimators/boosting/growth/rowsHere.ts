// Rows that are here: all, or those of a shard.
import { branchesOf, type Branch } from '../../../core/shards/spans.ts';
import type { StageContext } from '../../../dsl/stage/context.ts';
import { SPAN_ROWS } from '../../rows/sharded/parts.ts';
import type { Binned } from '../columns/bins.ts';
import { lossCalled, sumOf, type Loss, type LossName } from '../losses.ts';
import { countsSooner, deviceCounter, type DeviceCounter } from './device.ts';
import { entriesOf, type Entries } from './entries.ts';
import { histogramOf, layoutOf, sumsOf, type Derivatives, type Layout, type Sums } from './histograms.ts';
import { Members, type Parting } from './members.ts';
import type { BoostedRows, Units } from './rows.ts';
import { wholeOf } from './whole.ts';

/** What is known of rows beside their features. */
export interface BoostedTarget {
  readonly loss: LossName;
  /** `[rows]` */
  readonly truth: Float64Array;
  /** `[rows]`; absent for 1 each. */
  readonly weights?: Float64Array | undefined;
  /** What is said before any tree, `[scores]`. */
  readonly baseline: Float64Array;
  readonly learningRate: number;
}

export interface PlacedRows extends BoostedTarget {
  /** Rows that are trained on, and behind them those held back. */
  readonly bins: Binned;
  readonly trained: number;
  /** Place of the first among all rows; at the begin of a span. */
  readonly from: number;
}

export class RowsHere implements BoostedRows {
  readonly #rows: PlacedRows;
  /** Of rows trained on, and of those held back. */
  readonly #losses: readonly [Loss, Loss];
  readonly #context: Pick<StageContext, 'compute'>;
  readonly #layout: Layout;
  readonly #entries: Entries;
  readonly #scores: readonly Float64Array[];
  readonly #gradients: readonly Float32Array[];
  readonly #hessians: readonly Float32Array[];
  /** Of this round, by tree. */
  #derivatives: readonly Derivatives[] = [];
  readonly #trees: (readonly [own: Members, held: Members] | undefined)[] = [];
  /** Null where the host counts sooner. */
  #device: DeviceCounter | null | undefined;
  /** Histograms that nobody needs any more. */
  readonly #spare: Float64Array[] = [];

  constructor(rows: PlacedRows, context: Pick<StageContext, 'compute'>) {
    const { bins, trained, baseline, truth, weights } = rows;
    const lossOf = lossCalled(rows.loss, baseline.length);
    const loss = lossOf(truth.subarray(0, trained), weights?.subarray(0, trained));
    this.#rows = rows;
    this.#losses = [loss, lossOf(truth.subarray(trained), weights?.subarray(trained))];
    this.#context = context;
    this.#layout = layoutOf(bins.columns, loss.constantHessian);
    this.#entries = entriesOf(bins, this.#layout, trained);
    this.#scores = Array.from(baseline, (score) => new Float64Array(bins.rows).fill(score));
    const made = (): readonly Float32Array[] => this.#scores.map(() => new Float32Array(trained));
    [this.#gradients, this.#hessians] = [made(), made()];
  }

  get columns(): Binned['columns'] {
    return this.#rows.bins.columns;
  }

  get sideBySide(): boolean {
    return Boolean(this.#device);
  }

  async sizes(): Promise<readonly (readonly Branch[])[]> {
    const { trained } = this.#rows;
    const [loss] = this.#losses;
    loss.derivatives(this.#scoresOf(0, trained), this.#gradients, this.#hessians);
    return this.#gradients.map((gradient, tree) =>
      this.#bySpan(0, trained, 2, (from, end, sums) => {
        sums[0] = sizeOf(gradient.subarray(from, end));
        if (!loss.constantHessian) sums[1] = sizeOf(this.#hessians[tree]!.subarray(from, end));
      }),
    );
  }

  async round(units: readonly Units[]): Promise<readonly Sums[]> {
    const { bins, trained } = this.#rows;
    const [{ constantHessian }] = this.#losses;
    this.#derivatives = units.map(({ gradient, hessian }, tree) => ({
      gradient: wholeOf(this.#gradients[tree]!, gradient),
      hessian: constantHessian ? undefined : wholeOf(this.#hessians[tree]!, hessian),
    }));
    const isFirst = this.#device === undefined;
    if (isFirst) this.#device = (await deviceCounter(bins, this.#layout, trained, units.length, this.#context)) ?? null;
    this.#device?.load(this.#derivatives);
    if (isFirst && this.#device && !(await countsSooner(this.#device, this.#entries, this.#layout, this.#derivatives[0]!))) {
      this.#device.release();
      this.#device = null;
    }
    return this.#derivatives.map((own) =>
      sumsOf(
        own,
        Uint32Array.from({ length: trained }, (_, row) => row),
      ),
    );
  }

  split(tree: number, node: number, next: number, parting: Parting): void {
    for (const part of this.#parted(tree)) part.split(this.#rows.bins, node, next, parting);
  }

  /** @param sums of the members that are here */
  histogram(tree: number, node: number, sums?: Sums): Promise<Float64Array> | Float64Array {
    const members = this.#parted(tree)[0].rowsOf.get(node)!;
    const derivatives = this.#derivatives[tree]!;
    const theirs = sums ?? sumsOf(derivatives, members);
    return this.#device?.pays(members.length)
      ? this.#device.histogram(tree, members, theirs, this.#spare.pop())
      : histogramOf(this.#entries, this.#layout, derivatives, members, theirs, this.#spare.pop());
  }

  reuse(histogram: Float64Array): void {
    this.#spare.push(histogram);
  }

  end(tree: number, values: number[]): void {
    const parts = this.#parted(tree);
    const [{ leaf }] = this.#losses;
    const scores = this.#scores[tree]!;
    if (leaf) for (const [node, rows] of parts[0].rowsOf) values[node] = this.#rows.learningRate * leaf(rows, scores);
    for (const { rowsOf } of parts) for (const [node, rows] of rowsOf) for (const row of rows) scores[row]! += values[node] ?? NaN; // null on its way
    this.#trees[tree] = undefined;
  }

  async losses(): Promise<readonly (readonly Branch[])[]> {
    const { bins, trained } = this.#rows;
    return this.#losses.map((loss, held) => {
      const [from, end] = held ? [trained, bins.rows] : [0, trained];
      const each = loss.rowLoss(this.#scoresOf(from, end));
      return this.#bySpan(from, end, 1, (first, behind, sums) => void (sums[0] = sumOf(first - from, behind - from, each)));
    });
  }

  release(): void {
    this.#device?.release();
  }

  #parted(tree: number): readonly [own: Members, held: Members] {
    const { bins, trained } = this.#rows;
    return (this.#trees[tree] ??= [new Members(0, trained), new Members(trained, bins.rows)]);
  }

  #scoresOf(from: number, end: number): readonly Float64Array[] {
    return this.#scores.map((own) => own.subarray(from, end));
  }

  /** Of some of the rows: whole spans of all rows, and parts of spans at the ends. */
  #bySpan(from: number, end: number, width: number, sum: (from: number, end: number, sums: Float64Array) => void): readonly Branch[] {
    const before = this.#rows.from;
    const range = { first: Math.floor((before + from) / SPAN_ROWS), end: from < end ? Math.ceil((before + end) / SPAN_ROWS) : 0 };
    return branchesOf(range, width, (span, sums) => {
      const first = span * SPAN_ROWS - before;
      sum(Math.max(from, first), Math.min(end, first + SPAN_ROWS), sums);
    });
  }
}

function sizeOf(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += Math.abs(value);
  return sum;
}
