// What a fit asks of the rows that its trees grow on, wherever those are.
import type { Branch } from '../../../core/shards/spans.ts';
import type { Column } from '../columns/bins.ts';
import type { Sums } from './histograms.ts';
import type { Parting } from './members.ts';

/** What a whole number of each derivative counts for. */
export interface Units {
  readonly gradient: number;
  readonly hessian: number;
}

/** Rows, and the trees of a round on them, one for each score. What is summed over rows in float64 comes as branches (core/shards/spans.ts). */
export interface BoostedRows {
  readonly columns: readonly Column[];
  /** Whether trees that grow side by side are counted sooner, once there is a round. */
  readonly sideBySide: boolean;
  /** Begins a round. @returns how large derivatives are in sum, `[tree][gradient, hessian]` */
  sizes(): Promise<readonly (readonly Branch[])[]>;
  /** Has the derivatives in whole numbers. @returns their sums, by tree */
  round(units: readonly Units[]): Promise<readonly Sums[]>;
  /** Splits a node of a tree, whose left child is `next` and whose right one stands behind. */
  split(tree: number, node: number, next: number, parting: Parting): void;
  /** Of the members of a node. @param sums theirs */
  histogram(tree: number, node: number, sums: Sums): Promise<Float64Array> | Float64Array;
  /** Takes a histogram back that is not looked at again. */
  reuse(histogram: Float64Array): void;
  /** Adds what leaves say to the scores of their rows. @param values by node; what leaves say themselves for some losses is put there */
  end(tree: number, values: number[]): void;
  /** What the loss is in sum, of rows trained on and of those held back. */
  losses(): Promise<readonly (readonly Branch[])[]>;
  release(): void;
}
