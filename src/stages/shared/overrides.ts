// Stages of an estimator and of options of their own: `--set` gives the parameters of both side by side.
import type { JsonRecord } from '../../core/events.ts';
import type { Configurable, z } from '../../dsl/params.ts';

/** The estimator made anew with those overrides that are its own, and the stage's. */
export function toldApart<E extends { readonly configurable?: Configurable<E> | undefined }>(
  estimator: E,
  params: z.ZodObject,
  overrides: Readonly<Record<string, unknown>>,
): { readonly estimator: E; readonly own: object } {
  const all = Object.entries(overrides);
  const others = all.filter(([name]) => !(name in params.shape));
  const { configurable } = estimator;
  return {
    estimator: configurable && others.length > 0 ? configurable.rebuild(Object.fromEntries(others)) : estimator,
    own: Object.fromEntries(all.filter(([name]) => name in params.shape)),
  };
}

/**
 * Parameters of the estimator and of the stage, as the run records them and knows the result by: what both may have stands for each,
 * whether or not the stage has it here.
 */
export function recordedBeside(
  { name, params }: { readonly name: string; readonly params: JsonRecord },
  own: object = {},
  { shape }: Pick<z.ZodObject, 'shape'> = { shape: {} },
): JsonRecord {
  // Of a member too, such as `estimator.folds`: else two would stand under one name.
  const told = Object.entries(params).map(([key, value]) => {
    const inner = key.replace(/^(estimator\.)+/, '');
    return [inner === 'estimator' || inner in shape || inner in own ? `estimator.${key}` : key, value];
  });
  return { ...Object.fromEntries(told), estimator: name, ...own } as JsonRecord;
}
