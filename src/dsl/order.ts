// Which stage must stand before which, told twice from one table: as a type, so that a wrong order does not compile, and
// as a value, so that the same sentence comes from `pipeline check` and at run time.
import { PipelineError, type SourcePlace } from '../core/errors.ts';
import type { Next, Stage } from './stage.ts';

/** The cure for each key that a built-in stage provides. */
const cures = {
  data: 'put fetch(...) before it',
  train: 'put split(...) before it',
  test: 'put split(...) before it',
  model: 'put fit(...) before it',
  estimator: 'put fit(...) before it',
} as const;

type Cures = typeof cures;
type CureOf<K> = K extends keyof Cures ? Cures[K] : 'put the stage that provides it before it';

/** What the compiler shows in place of a stage that stands in the wrong order. */
export interface WrongOrder<Sentence extends string> {
  readonly wrongOrder: Sentence;
}

type NotAStage = WrongOrder<'This is not a stage: use a stage factory, or stage({ ... }) for your own.'>;
type Missing<A, I> = Exclude<keyof I, keyof A> & string;
type Mistyped<A, I> = { [K in keyof A & keyof I]: A[K] extends I[K] ? never : K }[keyof A & keyof I] & string;
type RoleOf<D> = D extends { readonly role: infer R extends string } ? R : never;
type MismatchOf<K extends string, Had, Needed> = [RoleOf<Had>] extends [never]
  ? `This stage needs '${K}' of another type than the stages before it provide.`
  : `This stage needs ${RoleOf<Needed>} rows as '${K}', the stages before it provide ${RoleOf<Had>} rows.`;
type Mismatch<A, I> = { [K in Mistyped<A, I>]: MismatchOf<K, A[K & keyof A], I[K & keyof I]> }[Mistyped<A, I>];
type Explain<A, I> = [Missing<A, I>] extends [never] ? Mismatch<A, I> : { [K in Missing<A, I>]: `This stage needs '${K}': ${CureOf<K>}.` }[Missing<A, I>];

/** The stages themselves where each fits what stands before it, and a {@link WrongOrder} at the first that does not. */
export type Checked<A, S extends readonly unknown[]> = S extends readonly [infer Head, ...infer Tail]
  ? Head extends Stage<infer I, infer P>
    ? A extends I
      ? readonly [Head, ...Checked<Next<A, P>, Tail>]
      : readonly [WrongOrder<Explain<A, I>>, ...Tail]
    : readonly [NotAStage, ...Tail]
  : S;

/** As {@link Checked} for a row inside a pipeline: what it lacks may stand before it, what it has must fit. */
export type CheckedInside<A, S extends readonly unknown[]> = S extends readonly [infer Head, ...infer Tail]
  ? Head extends Stage<infer I, infer P>
    ? [Mistyped<A, I>] extends [never]
      ? readonly [Head, ...CheckedInside<Next<A, P>, Tail>]
      : readonly [WrongOrder<Mismatch<A, I>>, ...Tail]
    : readonly [NotAStage, ...Tail]
  : S;

/** State after all stages. */
export type After<A, S extends readonly unknown[]> = S extends readonly [infer Head, ...infer Tail]
  ? Head extends Stage<infer _I, infer P>
    ? After<Next<A, P>, Tail>
    : never
  : A;

/** What a row needs of what stands before it. */
export type NeedsOf<S extends readonly unknown[], A = {}> = S extends readonly [infer Head, ...infer Tail]
  ? Head extends Stage<infer I, infer P>
    ? { [K in Exclude<keyof I, keyof A>]: I[K] } & NeedsOf<Tail, Next<A, P>>
    : never
  : unknown;

/** @param key the state key that no earlier stage provides */
export function orderError(id: string, key: string, at: SourcePlace | undefined): PipelineError {
  const cure = (cures as Readonly<Record<string, string>>)[key] ?? 'put the stage that provides it before it';
  return new PipelineError('E_ORDER', `Stage '${id}' needs '${key}', which no stage before it provides.`, {
    at,
    stage: id,
    hint: `${cure.charAt(0).toUpperCase()}${cure.slice(1)}.`,
  });
}
