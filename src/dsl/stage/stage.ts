// A stage is an RxJS operator with a name. It takes the state record of the stages before it and returns what it adds;
// everything else passes through. So a stage says in its type what it needs (`I`) and what it provides (`P`), which is
// all that the order check, in the compiler and at run time, has to know.
import type { Kernel } from '../../core/compute.ts';
import { PipelineError, type SourcePlace } from '../../core/errors/errors.ts';
import type { JsonRecord } from '../../core/events.ts';
import { checkParams, checkPolicy, kindOf } from './checkOwn.ts';
import type { StageContext } from './context.ts';
import type { Facts } from '../graph/facts.ts';
import type { NamedFile, StageInputs } from './inputs.ts';
import { caller, closureParams } from '../place.ts';
import type { Configurable } from '../params.ts';
import type { Observable } from '../rx.ts';
import { stageOperator } from './runStage.ts';
import type { Resolved } from './state.ts';

/** Keys that a stage adds: those that are optional in `P` only where they are there already. */
type Added<A, P> = { [K in keyof P]-?: {} extends Pick<P, K> ? K & keyof A : K }[keyof P];

/** State after a stage: what it adds wins over what was there. */
export type Next<A, P> = { [K in keyof A | Added<A, P>]: K extends keyof P ? Resolved<A, Required<P>[K]> : K extends keyof A ? A[K] : never };

export interface Stage<I = unknown, P = unknown> {
  <A extends I>(source: Observable<A>): Observable<Next<A, P>>;
  readonly spec: StageSpec<I, P>;
  readonly at: SourcePlace | undefined;
}

/** What a stage returns: the keys it adds to the state, and what the run records as the stage's output. */
export interface StageResult<P> {
  readonly adds: P;
  readonly output: JsonRecord;
  /** Its values are to be kept, though stages of its kind keep digests alone. */
  readonly keep?: boolean | undefined;
}

/** How often and how long a stage may try, and whether its results may be kept. */
export interface Policy {
  /** Tries after a failure that may pass (a download, a time-out, a lost device, an error of your own stage), default 0. */
  readonly retries?: number | undefined;
  /** Milliseconds one try may take, default without bound. */
  readonly timeoutMs?: number | undefined;
  /** False: run every time. */
  readonly cache?: boolean | undefined;
}

/** What is known of a stage whatever it needs and provides. */
export interface AnySpec {
  /** Letters, digits and `-`. The engine appends `-2`, `-3` ... to repeats. */
  readonly id: string;
  /** Keys of the state this stage reads; it sees no others. */
  readonly needs: readonly string[];
  /** For a key of `needs`, the one whose value it is given under that key where no stage before provides it. */
  readonly orElse?: Readonly<Record<string, string>> | undefined;
  /** Keys it looks at where a stage before it provides them; only to tell more, and not drawn. */
  readonly looksAt?: readonly string[] | undefined;
  /** Keys it adds or replaces. */
  readonly provides: readonly string[];
  /** Keys it reads and replaces where a stage before it provides them, such as a part that a split need not make. */
  readonly optional?: readonly string[] | undefined;
  readonly params: JsonRecord;
  /** How the stage is made anew with other parameters, for `--set`. */
  readonly configurable?: Configurable | undefined;
  /** What it was made with that is no parameter but decides its result, such as a model to start from. */
  readonly captured?: Readonly<Record<string, unknown>> | undefined;
  /** Values under `provides` that params alone decide: known before the stage runs, never stored. */
  readonly constants?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Facts of what it provides from facts of what it needs, without data; a key left out is known by name only.
   *
   * @param requested what `collectRequests` found
   * @throws PipelineError for what would fail in a run
   */
  readonly infer?: ((facts: Facts, requested: JsonRecord | undefined) => Facts) | undefined;
  /** What this stage computes along for stages that stand later in its row: part of its identity, and `context.requested`. */
  readonly collectRequests?: ((later: readonly AnyStage[]) => JsonRecord | undefined) | undefined;
  /** What a stage before it may compute along for it, by the name that a `collectRequests` knows it under. */
  readonly requests?: Readonly<Record<string, JsonRecord>> | undefined;
  /** Files whose text decides what this stage does, beside this package's. By default the user's files that made it. */
  readonly code?: readonly string[] | undefined;
  /** Computes with kernels of this package. */
  readonly kernels?: boolean | undefined;
  /** WGSL files of its own. */
  readonly wgsl?: readonly URL[] | undefined;
  /** The kernel of its own, which `check` compiles. */
  readonly shader?: Kernel | undefined;
  /**
   * It waits for disks, networks or other machines and never asks for the device, so it may run beside other stages; two such
   * stages at a time. A stage of this package needs not say so to run beside the device.
   */
  readonly host?: boolean | undefined;
  /** Its result may depend on `context.seed()`. */
  readonly seeded?: boolean | undefined;
  /** What decides its result beside all this; absent: what its code is seen to read makes it run every time. */
  readonly inputs?: StageInputs | undefined;
  /**
   * Files that it writes, kept with its result and brought back with it; `[]` says that nobody misses what it writes. Absent:
   * a stage whose code is seen to write files runs every time.
   */
  readonly outputs?: readonly NamedFile[] | undefined;
  /** A user's: its id is nobody else's choice. */
  readonly own?: boolean | undefined;
  /** All functions of a user's by which it does what it does: where no file tells, they do. */
  readonly functions?: readonly ((...args: never[]) => unknown)[] | undefined;
  /**
   * What the cache keeps: values (default); `digests` of values that are cheaper to compute again than to store, or
   * `nothing`, where the result depends on something that is no input.
   */
  readonly retention?: 'values' | 'digests' | 'nothing' | undefined;
  readonly policy?: Policy | undefined;
}

export interface AnyStage {
  readonly spec: AnySpec;
  readonly at: SourcePlace | undefined;
  /** The user's files that made it. */
  readonly files?: readonly string[] | undefined;
  /** Which of the stages of this id that these files made: what a function closes over has no other name. */
  readonly ordinal?: number | undefined;
  /** What the function that made it was given: it may hold on to any of that. */
  readonly closureParams?: JsonRecord | undefined;
  /** Stages inside, for a stage that is made of others. */
  readonly parts?: Parts | undefined;
}

/** One row of stages, or rows by name that all start from the same state. */
export type Parts =
  | { readonly kind: 'row'; readonly stages: readonly AnyStage[] }
  | { readonly kind: 'branches'; readonly as: 'record' | 'list'; readonly rows: Readonly<Record<string, readonly AnyStage[]>> };

export interface StageSpec<I, P> extends AnySpec {
  readonly needs: readonly (keyof I & string)[];
  readonly provides: readonly (keyof P & string)[];
  readonly optional?: readonly (keyof I & keyof P & string)[] | undefined;
  readonly constants?: Partial<P> & Readonly<Record<string, unknown>>;
  readonly run: (state: I, context: StageContext) => Promise<StageResult<P>> | StageResult<P>;
}

/** Stages made so far, by id and the files that made them. */
let made = new Map<string, number>();

function counted(key: string): number {
  const ordinal = (made.get(key) ?? 0) + 1;
  made.set(key, ordinal);
  return ordinal;
}

/** Makes stages by a function that is called again with other parameters: each call counts them from where the first did. */
export function countedAlike<A extends readonly unknown[], T>(make: (...given: A) => T): (...given: A) => T {
  const before = new Map(made);
  return (...given) => {
    const after = made;
    made = new Map(before);
    try {
      return make(...given);
    } finally {
      made = new Map([...after, ...made]);
    }
  };
}

const ID = /^[A-Za-z][A-Za-z0-9-]*$/;

/** Makes a stage of a spec. Stage factories of this package and of users end here. */
export function defineStage<I, P>(spec: StageSpec<I, P>, parts?: Parts): Stage<I, P> {
  const { at, files } = caller();
  if (typeof spec.id !== 'string' || !ID.test(spec.id)) {
    throw new PipelineError('E_USAGE', `A stage id has letters, digits and '-' only, and begins with a letter; ${kindOf(spec.id)} arrived.`, {
      at,
      hint: "Write, for example, id: 'my-stage'.",
    });
  }
  checkPolicy(spec.id, spec.policy ?? {});
  checkParams(`Stage '${spec.id}'`, spec.params ?? {});
  const operator = <A extends I>(source: Observable<A>): Observable<Next<A, P>> => source.pipe(stageOperator<I, A, P>(stage, spec.id));
  const stage: Stage<I, P> & AnyStage = Object.assign(operator, {
    spec,
    at,
    files,
    ordinal: counted(`${files.join('\n')}#${spec.id}`),
    closureParams: closureParams(),
    parts,
  });
  return stage;
}
