// Stages whose parameters can be set from outside: a schema, the options as written, and how a spec is built from them.
import { parseParams, type z } from '../params.ts';
import { defineStage, type AnyStage, type Stage, type StageSpec } from './stage.ts';

/**
 * A stage of parsed options, which `--set` can make anew with others.
 *
 * @param owner the factory's name, for errors
 * @throws E_PARAMS naming every parameter that does not fit
 */
export function configurable<S extends z.ZodObject, I, P>(
  owner: string,
  schema: S,
  options: unknown,
  build: (params: z.output<S>) => StageSpec<I, P>,
): Stage<I, P> {
  const stage: Stage<I, P> & AnyStage = defineStage<I, P>({
    ...build(parseParams(owner, schema, options)),
    configurable: { schema, rebuild: (overrides) => madeFor(configurable(owner, schema, { ...(options as object), ...overrides }, build), stage) },
  });
  return stage;
}

/** A stage made anew stands where the first one was written. */
export function madeFor<T extends AnyStage>(stage: T, { at, files, ordinal, closureParams }: AnyStage): T {
  return Object.assign(stage, { at, files, ordinal, closureParams });
}
