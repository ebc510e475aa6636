// The state record that flows through a pipeline: each stage adds keys. These are the keys of the built-in stages.
import type { Dataset, Role, Rows, TargetKind, TargetOf } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import type { Classifier, CrossValPredicted, Predictor } from '../estimator.ts';

/** After `fetch`. */
export interface Fetched<T extends TargetKind = 'classes'> {
  readonly data: Dataset<'all', Features, T>;
}

/** After `split`: datasets with no row in common. */
export interface Split<T extends TargetKind = 'classes'> {
  readonly train: Dataset<'train', Features, T>;
  readonly test: Dataset<'test', Features, T>;
}

/** After a `split` that makes a part to choose models by. */
export interface SplitInThree<T extends TargetKind = 'classes'> extends Split<T> {
  readonly validation: Dataset<'validation', Features, T>;
}

/** Rows to train on: those of a split, or else all that were fetched. */
export type TrainOrAll<T extends TargetKind = 'classes'> = Pick<Split<T>, 'train'> | Fetched<T>;

/** What a stage takes that handles both splits alike. */
export type AnySplit<T extends TargetKind = 'classes'> = Split<T> & Partial<SplitInThree<T>>;

/** After `fit`. */
export interface Fitted<M extends Predictor = Classifier> {
  readonly model: M;
}

declare const like: unique symbol;

/** In what a stage provides: rows of role `R` with the target of the rows under `From`, whatever that is. */
export interface Like<From extends string, R extends Role> extends Rows<R> {
  readonly [like]: From;
}

declare const heldOut: unique symbol;

/** In what a stage provides: {@link CrossValPredicted} of models such as the one under `From`. */
export interface HeldOutBy<From extends string> {
  readonly [heldOut]: From;
}

declare const inside: unique symbol;

/** What a row of stages inside a stage adds, on top of the state where the stage stands. */
export interface Inside<P> {
  readonly [inside]: P;
}

/** What a stage provides, of a state that is known. */
export type Resolved<A, V> =
  V extends Like<infer From, infer R>
    ? From extends keyof A
      ? A[From] extends Like<infer First, Role>
        ? Like<First, R>
        : Dataset<R, Features, TargetOf<A[From]>>
      : V
    : V extends HeldOutBy<infer From>
      ? CrossValPredicted<From extends keyof A ? A[From] : unknown>
      : V extends Inside<infer P>
        ? { readonly [K in keyof P]: Resolved<A, P[K]> }
        : V extends readonly Inside<infer P>[]
          ? readonly { readonly [K in keyof P]: Resolved<A, P[K]> }[]
          : V;

/** The parts of a split, with the target of the rows there were. */
export interface SplitLike {
  readonly train: Like<'train', 'train'>;
  readonly test: Like<'test', 'test'>;
  readonly validation?: Like<'validation', 'validation'>;
}
