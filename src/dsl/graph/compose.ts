// Graphs beyond a line. `compose` makes a named row of stages a stage; `branch` runs rows side by side on the same state
// and adds a record for each; `fanOut` does so for each of some values and adds a list. A join is any stage that needs
// what a branch adds.
import { PipelineError } from '../../core/errors/errors.ts';
import type { Json } from '../../core/events.ts';
import { checkStages, kindOf } from '../stage/checkOwn.ts';
import type { After, CheckedInside, NeedsOf } from './order.ts';
import { callerPlace } from '../place.ts';
import type { Inside } from '../stage/state.ts';
import { defineStage, type AnyStage, type Parts, type Stage } from '../stage/stage.ts';

type Rows = Readonly<Record<string, readonly AnyStage[]>>;
/** What all rows need. What one needs may be one of several: a union in itself. */
type All<N> = { [K in keyof N]: (one: N[K]) => void }[keyof N] extends (all: infer I) => void ? I : never;

/** What a row adds to the state. */
export type AddedBy<S extends readonly unknown[]> = After<{}, S>;

/**
 * A row of stages as one stage. Its stages appear as `id/stage`.
 *
 * @example
 * const detector = compose('detector', fit(logisticRegression({ tol: 0.1 })), score({ on: 'test' }));
 * pipeline('p', fetch(mnist784()), split({ train: [0, 60_000], test: [60_000, 70_000] }), detector);
 */
export function compose<const S extends readonly AnyStage[]>(
  id: string,
  ...stages: S extends CheckedInside<{}, S> ? S : CheckedInside<{}, S>
): Stage<NeedsOf<S>, AddedBy<S>> {
  return composite(id, { kind: 'row', stages: stages as never as readonly AnyStage[] });
}

/**
 * Rows of stages that all start from the state as it stands here. Adds, under the name of each, what it added. Rows run one
 * after the other; what they share ran before them, once.
 *
 * @example
 * branch({
 *   loose: [fit(logisticRegression({ tol: 0.1 })), score({ on: 'test' })],
 *   tight: [fit(logisticRegression({ tol: 1e-4 })), score({ on: 'test' })],
 * });
 */
export function branch<const B extends Rows>(
  branches: B & { readonly [K in keyof B]: B[K] extends CheckedInside<{}, B[K]> ? B[K] : CheckedInside<{}, B[K]> },
): Stage<All<{ [K in keyof B]: NeedsOf<B[K]> }>, { readonly [K in keyof B]: Inside<AddedBy<B[K]>> }> {
  if (branches === null || typeof branches !== 'object' || Array.isArray(branches)) {
    const hint = 'Write branch({ loose: [...], tight: [...] }).';
    throw new PipelineError('E_USAGE', `branch needs lists of stages by name; ${kindOf(branches)} arrived.`, { at: callerPlace(), hint });
  }
  return composite('branch', { kind: 'branches', as: 'record', rows: branches });
}

/**
 * One row of stages for each value, made by `row`. Adds `id`: what each row added, in the order of `values`.
 *
 * @throws E_USAGE for no values, or two with the same label
 * @example
 * fanOut('seeds', [1, 2, 3], (seed) => [shuffle({ seed }), fit(logisticRegression({ tol: 0.1 })), score({ on: 'test' })]);
 */
export function fanOut<const K extends string, V extends Json, const S extends readonly AnyStage[]>(
  id: K,
  values: readonly V[],
  row: (value: V) => S & CheckedInside<{}, S>,
): Stage<NeedsOf<S>, { readonly [key in K]: readonly Inside<AddedBy<S>>[] }> {
  checkFanOut(id, values, row);
  const rows = values.map((value) => [labelOf(value), row(value)] as const);
  const labels = new Set(rows.map(([label]) => label));
  if (labels.size === 0 || labels.size < rows.length) {
    throw new PipelineError(
      'E_USAGE',
      `fanOut '${id}' needs values that differ; ${rows.length === 0 ? 'none' : `${rows.length} with ${labels.size} labels`} arrived.`,
      {
        at: callerPlace(),
        hint: 'Give each value once.',
      },
    );
  }
  return composite(id, { kind: 'branches', as: 'list', rows: Object.fromEntries(rows) });
}

// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** How a value is called in paths: `C=0.1,tol=1`; control characters as `\u001b`, since paths are read and typed. */
function labelOf(value: Json): string {
  const text = (one: Json): string => (typeof one === 'string' || typeof one === 'bigint' ? String(one) : JSON.stringify(one));
  const record = value !== null && typeof value === 'object' && !Array.isArray(value);
  // A leading mark keeps labels that look like indices in the order given.
  return (
    record
      ? Object.entries(value)
          .map(([key, one]) => `${key}=${text(one as Json)}`)
          .join(',')
      : `=${text(value)}`
  )
    .replaceAll('/', '_')
    .replace(CONTROL, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function checkFanOut(id: string, values: unknown, row: unknown): void {
  if (!Array.isArray(values)) {
    throw new PipelineError('E_USAGE', `fanOut '${id}' needs a list of values; ${kindOf(values)} arrived.`, {
      at: callerPlace(),
      hint: `Write fanOut('${id}', [1, 2], (value) => [...]).`,
    });
  }
  if (typeof row === 'function' && !('spec' in row)) return;
  throw new PipelineError(
    'E_USAGE',
    `fanOut '${id}' needs a function that makes a list of stages; ${typeof row === 'function' ? 'a stage' : kindOf(row)} arrived.`,
    {
      at: callerPlace(),
      hint: `Write fanOut('${id}', [1, 2], (value) => [...]).`,
    },
  );
}

function composite<I, P>(id: string, parts: Parts): Stage<I, P> {
  const owner = `${parts.kind === 'row' ? 'compose' : parts.as === 'list' ? 'fanOut' : 'branch'} '${id}'`;
  const rows = parts.kind === 'row' ? [parts.stages] : Object.values(parts.rows);
  for (const row of rows) checkStages(owner, row);
  const needs = new Set<string>();
  for (const row of rows) {
    const had = new Set<string>();
    for (const { spec } of row) {
      for (const key of spec.needs) if (!had.has(key)) needs.add(key);
      for (const key of spec.provides) had.add(key);
    }
  }
  const provides = parts.kind === 'row' ? parts.stages.flatMap(({ spec }) => spec.provides) : parts.as === 'list' ? [id] : Object.keys(parts.rows);
  const run = (): never => {
    throw new PipelineError('E_STAGE', `'${id}' is made of stages and does not run by itself.`);
  };
  const optional = parts.kind === 'row' ? [...new Set(parts.stages.flatMap(({ spec }) => spec.optional ?? []))] : [];
  return defineStage<I, P>({ id, needs: [...needs] as never, provides: [...new Set(provides)] as never, optional: optional as never, params: {}, run }, parts);
}
