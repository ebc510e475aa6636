// A pipeline is a name and a graph of stages. Declaring one runs nothing.
import { PipelineError, type SourcePlace } from '../../core/errors/errors.ts';
import type { JsonRecord } from '../../core/events.ts';
import { checkParams, checkStages, kindOf } from '../stage/checkOwn.ts';
import type { Start } from '../stage/context.ts';
import { graphOf, type Graph } from './graph.ts';
import type { After, Checked } from './order.ts';
import { parseParams, z, type Configurable } from '../params.ts';
import { callerFiles, callerPlace, declaring } from '../place.ts';
import { countedAlike, type AnyStage } from '../stage/stage.ts';

export interface Pipeline<Out = unknown> {
  readonly kind: 'pipeline';
  readonly name: string;
  /** Where it was declared. */
  readonly at?: SourcePlace | undefined;
  readonly stages: readonly AnyStage[];
  readonly graph: Graph;
  /** Its own parameters, as resolved. */
  readonly params: JsonRecord;
  /** How it is made anew with others; absent where it has none. */
  readonly configurable?: Configurable<Pipeline> | undefined;
  /** Phantom: the type of the final state. */
  readonly out?: Out;
}

/** Parameters of a pipeline. Each needs a default, so that the pipeline can be declared without any. */
export interface PipelineOptions<Z extends z.ZodObject> {
  readonly params: Z;
}

/**
 * Declares a pipeline. A stage that stands before what it needs does not compile.
 *
 * It takes any number of stages. A plain `source$.pipe(...)` of stages is typed for nine of them: from the tenth on, RxJS gives
 * `unknown`.
 *
 * With `params` the stages are made by a function of them, and each becomes a flag of `pipeline run`.
 *
 * @throws E_ORDER with the user's file and line, for callers that the compiler did not check; E_PARAMS for a parameter without
 *   a default
 * @example
 * export default pipeline('mnist', fetch(mnist784()), split({ train: [0, 60_000], test: [60_000, 70_000] }));
 * @example
 * export default pipeline('mnist', { params: z.strictObject({ tol: z.number().default(0.1) }) }, ({ tol }) => [
 *   fetch(mnist784()),
 *   split({ train: [0, 60_000], test: [60_000, 70_000] }),
 *   fit(logisticRegression({ tol })), // pipeline run mnist --tol 0.01
 * ]);
 */
export function pipeline<Z extends z.ZodObject, const S extends readonly AnyStage[]>(
  name: string,
  options: PipelineOptions<Z>,
  stages: (params: z.output<Z>) => S & Checked<Start, S>,
): Pipeline<After<Start, S>>;
export function pipeline<const S extends readonly AnyStage[]>(
  name: string,
  ...stages: S extends Checked<Start, S> ? S : Checked<Start, S>
): Pipeline<After<Start, S>>;
export function pipeline(name: string, ...given: readonly unknown[]): Pipeline<never> {
  checkName(name);
  const [options, stages] = given as [PipelineOptions<z.ZodObject>, (params: unknown) => readonly AnyStage[]];
  if (typeof stages === 'function' && !('spec' in stages) && typeof options === 'object' && options !== null)
    return withParams(name, options.params, countedAlike(stages), { at: callerPlace(), files: callerFiles() }, {});
  return pipelineOf(name, given as readonly AnyStage[]);
}

function withParams<Out>(
  name: string,
  schema: z.ZodObject,
  stages: (params: unknown) => readonly AnyStage[],
  where: { readonly at: SourcePlace | undefined; readonly files: readonly string[] },
  given: object,
): Pipeline<Out> {
  checkSchema(name, schema);
  const params = parseParams(`pipeline '${name}'`, schema, given) as JsonRecord;
  checkParams(`Pipeline '${name}'`, params);
  return {
    ...pipelineOf<Out>(
      name,
      declaring({ files: where.files, closureParams: params }, () => stages(params)),
    ),
    at: where.at,
    params,
    configurable: { schema, rebuild: (overrides) => withParams(name, schema, stages, where, { ...given, ...overrides }) },
  };
}

/** A pipeline of stages that the compiler did not check. @throws E_ORDER */
export function pipelineOf<Out>(name: string, stages: readonly AnyStage[]): Pipeline<Out> {
  const at = callerPlace();
  checkStages(`Pipeline '${name}'`, stages);
  const graph = graphOf(stages);
  if (graph.nodes.length === 0) throw new PipelineError('E_USAGE', `Pipeline '${name}' has no stages.`, { at, hint: 'Begin with fetch(...).' });
  return { kind: 'pipeline', name, at, stages, graph, params: {} };
}

function checkName(name: unknown): void {
  if (typeof name === 'string' && name !== '') return;
  throw new PipelineError('E_USAGE', `A pipeline begins with its name; ${kindOf(name)} arrived.`, {
    at: callerPlace(),
    hint: "Write pipeline('my-pipeline', fetch(...), ...).",
  });
}

function checkSchema(name: string, schema: unknown): void {
  if (schema instanceof z.ZodObject) return;
  throw new PipelineError('E_USAGE', `Pipeline '${name}': params is ${kindOf(schema)}; a zod object is needed.`, {
    at: callerPlace(),
    hint: `Write pipeline('${name}', { params: z.strictObject({ tol: z.number().default(0.1) }) }, ({ tol }) => [...]), with the z of this package.`,
  });
}
