// Stages of the user's own, and policies around any stage.
import type { JsonRecord } from '../../core/events.ts';
import { checkFunction, checkPolicy, checkStage, checkStages } from './checkOwn.ts';
import { configurable, madeFor } from './configurable.ts';
import type { StageContext } from './context.ts';
import { checkDeclared } from './inputs.ts';
import type { z } from '../params.ts';
import { callerPlace } from '../place.ts';
import { checkAwaited, jsonOutput } from './returned.ts';
import type { OperatorFunction } from '../rx.ts';
import { onlyValue } from './single.ts';
import { defineStage, type AnySpec, type AnyStage, type Policy, type Stage, type StageSpec } from './stage.ts';

/** Any stage, by what depends on no type: from the rest a stage written in place would take its types, not from its function. */
interface StageOfAny extends Pick<AnyStage, 'at'> {
  readonly spec: Pick<AnySpec, 'id' | 'policy'>;
}

/**
 * The stage with a policy: how often it is tried, how long it may take, whether its results are kept.
 *
 * @example
 * withPolicy(fetch(mnist784()), { retries: 2, timeoutMs: 60_000 });
 */
export function withPolicy<S extends StageOfAny>(stage: S, policy: Policy): S {
  checkStages('withPolicy', [stage]);
  const given = stage as unknown as Stage & AnyStage;
  checkPolicy(given.spec.id, policy ?? {});
  const { spec, parts } = given;
  const inner = spec.configurable;
  const configurable = inner && { ...inner, rebuild: (overrides: Readonly<Record<string, unknown>>) => withPolicy(inner.rebuild(overrides) as Stage, policy) };
  const made: unknown = madeFor<AnyStage>(defineStage({ ...spec, configurable, policy: { ...spec.policy, ...policy } }, parts), given);
  return made as S;
}

/** What a stage of your own says of itself; see {@link stage}. */
export interface OwnStage<I, P, S = undefined> extends Pick<AnySpec, 'infer' | 'seeded' | 'host' | 'inputs' | 'outputs'>, Policy {
  readonly id: string;
  readonly needs: readonly (keyof I & string)[];
  readonly provides: readonly (keyof P & string)[];
  /** Describes parameters that can be set from outside, with their defaults. */
  readonly schema?: S;
  /** What the stage does depends on these; whatever else it uses must come from `needs` or from its own code. */
  readonly params?: S extends z.ZodType ? z.input<S> : JsonRecord;
  /** @param params as `schema` parses them */
  readonly run: (state: I, context: StageContext, params: S extends z.ZodType ? z.output<S> : JsonRecord) => Promise<P> | P;
  /** What the run records of it, for `--json` and the report. */
  readonly output?: (added: P) => JsonRecord;
}

/**
 * A stage of your own: an async function of the state that returns what it adds. Its types come from the function. It sees
 * the keys it `needs` and no others. Its result is kept and used again while inputs, params and code stay the same. Where its
 * code reads or writes files, or asks the network, it says which: `inputs: { files: ['data/x.txt'], env: ['MODE'], validFor: '24h' }`,
 * `outputs: ['side.csv']`; else it runs every time.
 *
 * @example
 * const ink = stage({
 *   id: 'ink', needs: ['data'], provides: ['ink'],
 *   schema: z.strictObject({ row: z.int().min(0).default(0) }), // `--set ink.row=7`
 *   run: async ({ data }: Fetched, _context, { row }) => ({ ink: [...(await fetchedRow(data, row))].reduce((sum, value) => sum + value, 0) }),
 * });
 */
export function stage<I extends object, P extends object, S extends z.ZodObject>(own: OwnStage<I, P, S> & { readonly schema: S }): Stage<I, P>;
export function stage<I extends object, P extends object>(own: OwnStage<I, P>): Stage<I, P>;
export function stage<I extends object, P extends object>(own: OwnStage<I, P, z.ZodObject | undefined>): Stage<I, P> {
  checkStage(own);
  const { id, needs, provides, schema, params: given = {}, infer, seeded, host, inputs, outputs, retries, timeoutMs, cache } = own;
  checkDeclared(id, inputs, outputs, callerPlace());
  const specOf = (params: JsonRecord): StageSpec<I, P> => ({
    id,
    needs,
    provides,
    params,
    infer,
    seeded,
    host,
    inputs,
    outputs,
    own: true,
    functions: [own.run, own.output, infer].filter((one) => one !== undefined),
    policy: { retries, timeoutMs, cache },
    run: async (state, context) => {
      const adds = await own.run(state, context, params as never);
      checkAwaited(context.stage, adds);
      return { adds, output: own.output ? jsonOutput(context.stage, own.output(adds) ?? {}) : {} };
    },
  });
  return schema ? configurable(id, schema, given, (params) => specOf(params as JsonRecord)) : defineStage(specOf(given as JsonRecord));
}

/** As {@link OwnStage}, with an rxjs operator in place of the function. */
export interface OwnOperator<I, P> extends Omit<OwnStage<I, P>, 'run'> {
  readonly operator: OperatorFunction<I, P>;
}

/**
 * A stage of any RxJS operator that turns one state into one record of what it adds. A file that imports from `rxjs` needs it
 * as a dependency of its own.
 *
 * @throws E_STAGE when the operator completes without a value, emits a second one, or throws when it is torn down
 * @example
 * const rowCount = operator({
 *   id: 'row-count', needs: ['data'], provides: ['rowCount'],
 *   operator: map(({ data }: Fetched) => ({ rowCount: data.rows.length })),
 * });
 */
export function operator<I extends object, P extends object>(own: OwnOperator<I, P>): Stage<I, P> {
  checkFunction('operator', own, 'operator', 'operator: (source$) => source$.pipe(map((state) => ({ ... })))');
  return stage<I, P>({ ...own, run: (state, { stage }) => onlyValue(stage, own.operator, state) });
}
