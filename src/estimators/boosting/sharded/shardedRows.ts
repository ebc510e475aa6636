// Rows of boosting that are spread over shards. Splits go out, and sums of derivatives come back, which are whole numbers and so the same
// in any order; how large derivatives are and what the loss is comes as branches of the tree that one machine adds by. Bins, scores and
// nodes stay with the rows.
import { categoriesOf } from '../../../core/data/categories.ts';
import type { JsonRecord } from '../../../core/events.ts';
import { branchesIn } from '../../../core/shards/messages.ts';
import type { Branch } from '../../../core/shards/spans.ts';
import type { Message, Shards, Spread } from '../../../core/shards/shards.ts';
import type { RowsOf } from '../../../dsl/estimator.ts';
import { SPAN_ROWS } from '../../rows/sharded/parts.ts';
import { spreadRows } from '../../rows/sharded/sent.ts';
import { rowsUnframed } from '../../rows/sharded/whole.ts';
import { binned, categoricalColumn, type Column, type Cutting } from '../columns/bins.ts';
import { amountsOf, rowsToCut } from '../columns/thresholds.ts';
import type { Sums } from '../growth/histograms.ts';
import type { BoostedRows, Units } from '../growth/rows.ts';
import type { BoostedTarget } from '../growth/rowsHere.ts';
import type { BoostSetUp, Question, Told } from './boostShard.ts';

interface Asked {
  readonly node: readonly [tree: number, node: number];
  readonly resolve: (histogram: Float64Array) => void;
  readonly reject: (error: unknown) => void;
}

export class ShardedRows implements BoostedRows {
  readonly columns: readonly Column[];
  readonly sideBySide = true;
  readonly #spread: Spread;
  /** All that happened to trees. */
  readonly #told: Told[] = [];
  /** How much of it the shards know. */
  #known = 0;
  /** How much of it was in rounds that are over. */
  #settled = 0;
  #waiting: Asked[] = [];
  #asking = false;

  /**
   * @param rows those that are trained on first
   * @throws E_DATA as `binned`, E_USAGE for sparse rows
   */
  static async over(shards: Shards, rows: RowsOf, cutting: Cutting, { loss, truth, weights, baseline, learningRate }: BoostedTarget): Promise<ShardedRows> {
    const { trained, categorical } = cutting;
    const names = categoriesOf(rows.x);
    const whole = rowsUnframed(rows);
    const cut = await columnsCut(rows, cutting);
    const { spread } = await spreadRows(shards, 'boosting', rows, whole, SPAN_ROWS, ({ from, end }) => {
      const own = Math.min(Math.max(trained - from, 0), end - from);
      const json: BoostSetUp = { loss, learningRate, trained: own, categorical, names: categorical.map((_, j) => names?.[j] ?? null) };
      const arrays = [baseline, truth.slice(from, end), ...(weights ? [weights.slice(from, end)] : [])];
      return { json: json as unknown as JsonRecord, arrays };
    });
    try {
      const found = await spread.ask(() => ({ json: { ask: 'look' }, arrays: [] }));
      const columns = cut.map((column, j): Column => {
        const gaps = found.some(({ arrays }) => arrays[0]![j] === 1);
        if (!categorical[j]) return { ...column, gaps };
        const values = Float64Array.from(found.flatMap(({ arrays }) => [...arrays[1 + j]!]));
        return categoricalColumn(rows, cutting, j, amountsOf(values).values, gaps);
      });
      return new ShardedRows(spread, columns);
    } catch (error) {
      spread.close();
      throw error;
    }
  }

  private constructor(spread: Spread, columns: readonly Column[]) {
    this.#spread = spread;
    this.columns = columns;
    this.#stand();
    this.#send(this.#beginning(0));
  }

  async sizes(): Promise<readonly (readonly Branch[])[]> {
    this.#settle();
    return branchesIn(await this.#ask({ ask: 'sizes' }));
  }

  async round(units: readonly Units[]): Promise<readonly Sums[]> {
    const found = added((await this.#ask({ ask: 'round', units })).map(({ arrays }) => arrays[0] as Float64Array));
    return units.map((_, tree) => ({ count: found[tree * 3]!, gradient: found[tree * 3 + 1]!, hessian: found[tree * 3 + 2]! }));
  }

  split(...split: Parameters<BoostedRows['split']>): void {
    this.#told.push(['split', ...split]);
  }

  histogram(tree: number, node: number): Promise<Float64Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ node: [tree, node], resolve, reject });
      if (!this.#asking) void this.#askAll();
    });
  }

  reuse(): void {}

  end(...end: Parameters<BoostedRows['end']>): void {
    this.#told.push(['end', ...end]);
  }

  async losses(): Promise<readonly (readonly Branch[])[]> {
    this.#settle();
    return branchesIn(await this.#ask({ ask: 'losses' }, false));
  }

  release(): void {
    this.#spread.close();
  }

  async #askAll(): Promise<void> {
    this.#asking = true;
    await Promise.resolve(); // trees that begin together ask together
    while (this.#waiting.length > 0) {
      const asked = this.#waiting.splice(0);
      try {
        const answers = await this.#ask({ ask: 'histograms', nodes: asked.map(({ node }) => node) });
        asked.forEach(({ resolve }, i) => resolve(added(answers.map(({ arrays }) => arrays[i] as Float64Array))));
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    this.#asking = false;
  }

  #ask(question: Question, changes = true): Promise<readonly Message[]> {
    const message = this.#message(question);
    return this.#spread.ask(() => message, { changes });
  }

  /** What is asked next fails where this does. */
  #send(message: Message): void {
    this.#spread.ask(() => message, { answered: false }).catch(() => {});
  }

  /** With what shards do not know yet. */
  #message(question: Question): Message {
    const told = this.#told.slice(this.#known);
    this.#known = this.#told.length;
    return messageOf(question, told);
  }

  /** Once all trees of a round are grown: a shard that is made again then splits its rows by them, and counts nothing. */
  #settle(): void {
    if (this.#settled === this.#told.length) return;
    this.#settled = this.#told.length;
    this.#send(this.#message({ ask: 'tell' }));
    this.#stand();
  }

  #stand(): void {
    const settled = this.#settled;
    this.#spread.standAt(() => this.#beginning(settled));
  }

  /** A shard as it is when so much has happened. */
  #beginning(told: number): Message {
    return messageOf({ ask: 'begin', columns: this.columns.map((column) => ({ ...column, thresholds: [...column.thresholds] })) }, this.#told.slice(0, told));
  }
}

function messageOf(question: Question, told: readonly Told[]): Message {
  return { json: { ...question, told } as unknown as JsonRecord, arrays: [] };
}

/** By the rows that one machine would cut by. What is seen in all rows, gaps and categories, is not known here. */
async function columnsCut(rows: RowsOf, cutting: Cutting): Promise<readonly Column[]> {
  const { trained, weights, seed, categorical } = cutting;
  const drawn = rowsToCut(trained, weights, seed);
  const ids = drawn ? drawn.map((row) => rows.rows[row]!) : rows.rows.subarray(0, trained);
  const numbers = categorical.map(() => false);
  return (await binned({ ...rows, rows: ids }, { ...cutting, categorical: numbers, trained: ids.length, weights: drawn ? undefined : weights })).columns;
}

function added([first, ...others]: readonly Float64Array[]): Float64Array {
  for (const own of others) for (let at = 0; at < own.length; at++) first![at]! += own[at]!;
  return first!;
}
