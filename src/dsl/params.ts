// Parameters are checked where they are written: a factory parses its options with zod and, when they do not fit, throws
// an error that names the parameter, what arrived and what was needed, at the user's line.
import { PipelineError } from '../core/errors/errors.ts';
import type { JsonRecord } from '../core/events.ts';
import { didYouMean } from '../core/errors/didYouMean.ts';
import { callerPlace } from './place.ts';
import type { AnyStage } from './stage/stage.ts';
import * as z from './zodInternal.ts';

export { z };

/** The fields of a schema that takes exactly these options: `z.strictObject({ ... } satisfies ShapeOf<Options>)`. */
export type ShapeOf<O> = { readonly [K in keyof O]-?: z.ZodType<unknown, O[K]> };

/** A union of which a value fits one member, and has nothing of the others. */
export type OneOf<U, K extends PropertyKey = U extends unknown ? keyof U : never> = U extends unknown
  ? U & { readonly [key in Exclude<K, keyof U>]?: undefined }
  : never;

/** The `seed` of what draws by chance. */
export const seedParam = z
  .int()
  .min(0)
  .max(2 ** 32 - 1)
  .optional()
  .describe('seed of what is drawn; by default that of the run (--seed) decides');

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
  let cure: string | undefined;
  const problems = parsed.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      unknown.push(...issue.keys);
      return `no parameter is called ${issue.keys.map((key) => `'${key}'`).join(', ')}`;
    }
    const { path, message, values, kind } = nearestIssue(issue);
    const written = path.join('.') || owner;
    const given = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
    if (kind !== undefined) {
      cure ??= `Give ${kind}.`;
      return given === undefined ? `${written} is missing: ${kind} is needed` : `${written}: ${kind} is needed, and ${shown(given)} arrived`;
    }
    if (!values || typeof given !== 'string') return `${written}: ${message}`;
    cure ??= didYouMean(given, values, 'It may be');
    return `${written}: '${given}' is ${choiceOf(values)}`;
  });
  throw new PipelineError('E_PARAMS', `${owner}: ${problems.join('; ')}.`, {
    at: callerPlace(),
    hint: unknown.length === 0 && cure !== undefined ? cure : hintOf(owner, unknown[0], known),
  });
}

/** Of more, the hint names those that may be meant, or all. */
const SHOWN = 20;

function choiceOf(values: readonly string[]): string {
  if (values.length === 1) return `not '${values[0]}'`;
  return values.length > SHOWN ? `none of the ${values.length} names there are` : `none of ${values.join(', ')}`;
}

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** The texts to choose from, where the schema says no more of them. */
  readonly values?: readonly string[];
  /** What it must be, where it is something else. */
  readonly kind?: string | undefined;
}

const KINDS: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
};

/** A value that is not what it must be. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? `'${value}'` : typeof value === 'function' ? 'a function' : String(value);
}

type Issue = z.ZodError['issues'][number];

/** Of what a union refuses, the part that fits best: zod itself says `Invalid input`. */
function nearestIssue(issue: Issue): Problem {
  const { path, message } = issue;
  const own = message.startsWith('Invalid input') || message.startsWith('Invalid option');
  if (issue.code === 'invalid_value' && own && issue.values.every((one) => typeof one === 'string')) return { path, message, values: issue.values as string[] };
  if (issue.code === 'invalid_type' && own) return { path, message, kind: KINDS[issue.expected] };
  if (issue.code !== 'invalid_union' || !own) return { path, message };
  const parts = issue.errors.flatMap(([first]) => (first ? [nearestIssue(first as Issue)] : []));
  const best = parts.toSorted((a, b) => b.path.length - a.path.length || Number(b.values !== undefined) - Number(a.values !== undefined))[0];
  return best ? { ...best, path: [...path, ...best.path] } : { path, message };
}

function hintOf(owner: string, unknown: string | undefined, known: readonly string[]): string {
  if (known.length === 0) return `Correct the parameter of ${owner}.`;
  return unknown === undefined ? `Parameters of ${owner}: ${known.join(', ')}.` : didYouMean(unknown, known, `Parameters of ${owner}`);
}

/** As JSON, which has no Infinity. */
export function recordedParams(params: object): JsonRecord {
  return Object.fromEntries(
    Object.entries(params).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, typeof value === 'number' && !Number.isFinite(value) ? String(value) : value]],
    ),
  ) as JsonRecord;
}
