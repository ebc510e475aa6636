// Parameters are checked where they are written: a factory parses its options with zod and, when they do not fit, throws
// an error that names the parameter, what arrived and what was needed, at the user's line.
import { PipelineError } from '../core/errors.ts';
import { meant } from '../core/nearest.ts';
import { callerPlace } from './place.ts';
import type { AnyStage } from './stage.ts';
import * as z from './z.ts';

export { z };

/** How something that has parameters is made anew with others. */
export interface Configurable<T = AnyStage> {
  readonly schema: z.ZodObject;
  /** The same with some parameters replaced. @throws E_PARAMS */
  readonly rebuild: (overrides: Readonly<Record<string, unknown>>) => T;
}

/**
 * Parses `value` with `schema`.
 *
 * @throws E_PARAMS naming every parameter that does not fit.
 */
export function parseParams<S extends z.ZodType>(owner: string, schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const unknown: string[] = [];
  const problems = parsed.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      unknown.push(...issue.keys);
      return `no parameter is called ${issue.keys.map((key) => `'${key}'`).join(', ')}`;
    }
    const path = issue.path.join('.');
    return `${path === '' ? owner : path}: ${issue.message}`;
  });
  throw new PipelineError('E_PARAMS', `${owner}: ${problems.join('; ')}.`, {
    at: callerPlace(),
    hint: hintOf(owner, unknown[0], known),
  });
}

function hintOf(owner: string, unknown: string | undefined, known: readonly string[]): string {
  if (known.length === 0) return `Correct the parameter of ${owner}.`;
  return unknown === undefined ? `Parameters of ${owner}: ${known.join(', ')}.` : meant(unknown, known, `Parameters of ${owner}`);
}
