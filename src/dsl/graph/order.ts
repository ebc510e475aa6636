// Which stage must stand before which, told twice from one table: as a type, so that a wrong order does not compile, and
// as a value, so that the same sentence comes from `pipeline check` and at run time.
import type { Role, TargetOf } from '../../core/data/dataset.ts';
import { PipelineError, type SourcePlace } from '../../core/errors/errors.ts';
import { distance } from '../../core/errors/didYouMean.ts';
import type { Next, Stage } from '../stage/stage.ts';
import type { Like } from '../stage/state.ts';

/** The cure for rows of the wrong role. */
const LEAK = 'Never hand rows of one role on as another: a model scored on rows it was fitted on looks better than it is.';
/** The cure for values of the wrong type. */
const RETYPE = 'Change the type that this stage takes, or what the stages before it provide.';

/** The cure for each key that a built-in stage provides. */
const cures = {
  data: 'put fetch(...) before it',
  train: 'put split(...) before it',
  validation: 'put split({ train, validation, test }) before it',
  test: 'put split(...) before it',
  model: 'put fit(...) before it',
  estimator: 'put fit(...) before it',
  heldOut: 'put fit(...) before it',
} as const;

type Cures = typeof cures;
type CureOf<K> = K extends keyof Cures ? Cures[K] : 'put the stage that provides it before it';

/** A target, in a sentence. */
type Called<D> = {
  readonly classes: 'classes';
  readonly values: 'values';
  readonly indicators: 'several labels a row';
  readonly none: 'no target';
}[TargetOf<D>];

/** What the compiler shows in place of a stage that stands in the wrong order. */
export interface WrongOrder<Sentence extends string> {
  readonly wrongOrder: Sentence;
}

type NotAStage = WrongOrder<'This is not a stage: use a stage factory, or stage({ ... }) for your own.'>;
// What a stage takes may be one of several (`I` a union): each of these is said of all of them.
type Missing<A, I> = I extends unknown ? { [K in keyof I]-?: {} extends Pick<I, K> ? never : K extends keyof A ? never : K }[keyof I] & string : never;
type Mistyped<A, I> = { [K in keyof A & keyof I]: A[K] extends I[K] ? never : Fits<A[K], I[K]> extends true ? never : K }[keyof A & keyof I] & string;
/** Those of which nothing is missing, and those of which nothing that is there has another type. */
type Whole<A, I> = I extends unknown ? ([Missing<A, I>] extends [never] ? I : never) : never;
type Fitting<A, I> = I extends unknown ? ([Mistyped<A, I>] extends [never] ? I : never) : never;
/** Rows whose target is that of rows before this row of stages: only their role is known. */
type Fits<Had, Needed> = Had extends Like<string, infer R> ? (Needed extends { readonly role: R } ? true : false) : false;
type Wrong<K extends string, Had, Needed> = [Had, Needed] extends [{ readonly role: infer H extends string }, { readonly role: infer N extends string }]
  ? H extends N
    ? `This stage needs '${K}' with ${Called<Needed>}, the rows before it have ${Called<Had>}.`
    : `This stage needs ${N} rows as '${K}', the stages before it provide ${H} rows.`
  : `This stage needs '${K}' of another type than the stages before it provide.`;
type Mismatch<A, I> = I extends unknown ? { [K in Mistyped<A, I>]: Wrong<K, A[K & keyof A], I[K & keyof I]> }[Mistyped<A, I>] : never;
type Explain<A, I> = [Whole<A, I>] extends [never]
  ? { [K in Missing<A, I>]: `This stage needs '${K}': ${CureOf<K>}.` }[Missing<A, I>]
  : Mismatch<A, Whole<A, I>>;

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
    ? [Fitting<A, I>] extends [never]
      ? readonly [WrongOrder<Mismatch<A, I>>, ...Tail]
      : readonly [Head, ...CheckedInside<Next<A, P>, Tail>]
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
    ? (I extends unknown ? { [K in keyof I as K extends keyof A ? never : K]: I[K] } : never) & NeedsOf<Tail, Next<A, P>>
    : never
  : unknown;

/** Keys that one may have meant. */
function nearest(key: string, provided: readonly string[]): readonly string[] {
  return provided.filter((one) => distance(one.toLowerCase(), key.toLowerCase()) <= Math.max(1, Math.floor(key.length / 3)));
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/**
 * @param key the state key that no earlier stage provides
 * @param provided the keys that earlier stages provide
 */
export function orderError(id: string, key: string, at: SourcePlace | undefined, provided: readonly string[] = []): PipelineError {
  const near = Object.hasOwn(cures, key) ? [] : nearest(key, provided);
  const cure = Object.hasOwn(cures, key)
    ? cures[key as keyof Cures]
    : near.length > 0
      ? `did you mean ${near.join(' or ')}? Else put the stage that provides '${key}' before it`
      : 'put the stage that provides it before it';
  return new PipelineError('E_ORDER', `Stage '${id}' needs '${key}', which no stage before it provides.`, {
    at,
    stage: id,
    hint: capitalised(`${cure}.`),
  });
}

/** What the compiler showed as a {@link WrongOrder}, as an error: the sentences, with their cures apart. */
export function wrongOrderError(sentences: readonly string[], at: SourcePlace | undefined): PipelineError {
  const parts = sentences.map((sentence) => sentence.split(': '));
  const cures = new Set(parts.map(([wrong, cure]) => (cure === undefined ? (wrong!.includes(' rows as ') ? LEAK : RETYPE) : capitalised(cure))));
  const missing = parts.flatMap(([wrong]) => /^This stage needs ('[^']*')$/.exec(wrong!)?.[1] ?? []);
  const others = parts.filter(([wrong]) => missing.length < 2 || !/^This stage needs '[^']*'$/.test(wrong!)).map(([wrong]) => wrong!.replace(/\.?$/, '.'));
  const said = missing.length < 2 ? others : [`This stage needs ${missing.slice(0, -1).join(', ')} and ${missing.at(-1)}.`, ...others];
  return new PipelineError('E_ORDER', said.join(' '), { at, hint: [...cures].join(' ') });
}

const roles: Readonly<Record<string, Role>> = { data: 'all', train: 'train', validation: 'validation', test: 'test' };

/** Rows of another role than the one their key stands for. @returns the error, or undefined where all is well */
export function roleError(path: string, key: string, role: unknown): PipelineError | undefined {
  const needed = roles[key];
  if (needed === undefined || role === undefined || role === needed) return undefined;
  return new PipelineError('E_ORDER', `Stage '${path}' provides ${String(role)} rows as '${key}'; ${needed} rows are needed there.`, { hint: LEAK });
}
