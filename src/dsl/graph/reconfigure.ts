// A pipeline with other parameters: the stages named are made anew, all others stay the very same.
import { isPipelineError, PipelineError } from '../../core/errors/errors.ts';
import { didYouMean } from '../../core/errors/didYouMean.ts';
import { madeFor } from '../stage/configurable.ts';
import { nodeAt } from './graph.ts';
import { pipelineOf, type Pipeline } from './pipeline.ts';
import { defineStage, type AnyStage, type Parts } from '../stage/stage.ts';

/** A value for a parameter of the stage at `path`, and what the user wrote for it. */
export interface Setting {
  readonly path: string;
  readonly param: string;
  readonly value: unknown;
  /** Named in errors, for example `--set fit.tol=0.01`. */
  readonly written: string;
}

/**
 * The pipeline with some parameters of its stages replaced. A stage that stands in several places is set in all of them.
 *
 * @throws E_USAGE for a path that is no stage, E_PARAMS for a parameter that it has not or a value that does not fit
 */
export function reconfigure(pipeline: Pipeline, settings: readonly Setting[]): Pipeline {
  if (settings.length === 0) return pipeline;
  const made = new Map<AnyStage, AnyStage>();
  for (const setting of settings) {
    const { stage } = nodeAt(pipeline.graph, setting.path);
    made.set(stage, withParam(made.get(stage) ?? stage, setting));
  }
  return { ...pipelineOf(pipeline.name, replaced(pipeline.stages, made)), at: pipeline.at, params: pipeline.params, configurable: pipeline.configurable };
}

/** Parameters as a `--params` file has them: the pipeline's own, and those of its stages by their paths. */
export interface Given {
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly stages?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
}

/** The pipeline with these parameters. @throws as {@link reconfigure}, and E_PARAMS where the pipeline has none of its own */
export function configured(pipeline: Pipeline, { params = {}, stages = {} }: Given): Pipeline {
  const names = Object.keys(params);
  if (names.length > 0 && !pipeline.configurable) {
    throw new PipelineError('E_PARAMS', `Pipeline '${pipeline.name}' has no parameters of its own; ${names.join(', ')} arrived.`, {
      at: pipeline.at,
      hint: 'Declare it with { params: z.strictObject({ ... }) }; parameters of its stages are set by their paths.',
    });
  }
  const made = names.length > 0 ? pipeline.configurable!.rebuild(params) : pipeline;
  const settings = Object.entries(stages).flatMap(([path, values]) =>
    Object.entries(values).map(([param, value]) => ({ path, param, value, written: `${path}.${param}` })),
  );
  return reconfigure(made, settings);
}

function withParam(stage: AnyStage, { path, param, value, written }: Setting): AnyStage {
  const { configurable } = stage.spec;
  const known = configurable ? Object.keys(configurable.schema.shape) : [];
  if (!configurable || !known.includes(param)) {
    throw new PipelineError('E_PARAMS', `${written}: stage '${path}' has no parameter '${param}'.`, {
      at: stage.at,
      stage: path,
      hint: didYouMean(param, known, 'Parameters'),
    });
  }
  try {
    return configurable.rebuild({ [param]: value });
  } catch (error) {
    if (!isPipelineError(error)) throw error;
    throw new PipelineError('E_PARAMS', `${written}: ${error.message}`, { at: error.at ?? stage.at, stage: path, hint: error.hint });
  }
}

function replaced(stages: readonly AnyStage[], made: ReadonlyMap<AnyStage, AnyStage>): readonly AnyStage[] {
  return stages.map((stage) => {
    const { parts } = stage;
    if (!parts) return made.get(stage) ?? stage;
    const inner: Parts =
      parts.kind === 'row'
        ? { ...parts, stages: replaced(parts.stages, made) }
        : { ...parts, rows: Object.fromEntries(Object.entries(parts.rows).map(([name, row]) => [name, replaced(row, made)])) };
    return madeFor(defineStage(stage.spec as never, inner) as AnyStage, stage);
  });
}
