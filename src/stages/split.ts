// Divides the fetched rows into parts. Test rows that were also trained on would make every later score too good, so an overlap
// is an error here, before anything is fitted.
import type { Role, Rows } from '../core/data/dataset.ts';
import { PipelineError } from '../core/errors/errors.ts';
import { groupsCalled, sharedGroups } from '../core/data/groups.ts';
import { leakOf, newOverlap } from '../core/data/overlap.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import { datasetFact, type Facts } from '../dsl/graph/facts.ts';
import { z, type ShapeOf } from '../dsl/params.ts';
import type { Stage, StageSpec } from '../dsl/stage/stage.ts';
import type { Fetched, Like } from '../dsl/stage/state.ts';
import { PARTS } from './shared/parts.ts';

const range = z.tuple([z.int().min(0), z.int().min(1)], { error: 'needs [first row, row after the last], two whole numbers' });
type Range = readonly [number, number];

/** Ranges of positions in the list of rows: `[first, last + 1]`. */
export interface SplitOptions {
  /** Rows to train on. */
  readonly train: Range;
  /** Rows to choose between models by; no such part by default. */
  readonly validation?: Range | undefined;
  /** Rows to test on, at the end. */
  readonly test: Range;
}

const params = z.strictObject({ train: range, validation: range.optional(), test: range } satisfies ShapeOf<SplitOptions>);

type Part = (typeof PARTS)[number];
type Ranges = Readonly<Partial<Record<Part, Range | undefined>>>;

/** Parts of the fetched rows, with their target. */
type PartsOf<P extends Part> = { readonly [K in P]: Like<'data', K> };

type InTwo = Stage<Fetched<'none'>, PartsOf<'train' | 'test'>>;
type InThree = Stage<Fetched<'none'>, PartsOf<Part>>;

/**
 * Splits by ranges of the list of rows, first row included and last excluded. Adds `train`, `test` and, where it is given,
 * `validation`: rows to choose between models by, which says less and less of how good the chosen one is. Rows that the list
 * repeats in two parts are warned of.
 *
 * @throws E_OVERLAP when the ranges share rows; E_SHAPE when a range is empty or past the last row
 * @example
 * split({ train: [0, 50_000], validation: [50_000, 60_000], test: [60_000, 70_000] });
 */
export function split(options: SplitOptions & { readonly validation: Range }): InThree;
export function split(options: SplitOptions & { readonly validation?: never }): InTwo;
export function split(options: SplitOptions): InTwo & InThree {
  const stage: InThree = configurable('split', params, options, (ranges: Ranges): StageSpec<Fetched<'none'>, PartsOf<Part>> => {
    const parts = PARTS.flatMap((part) => (ranges[part] ? [[part, ranges[part]] as const] : []));
    return {
      id: 'split',
      needs: ['data'],
      provides: parts.map(([part]) => part),
      code: [],
      retention: 'digests',
      params: Object.fromEntries(parts),
      infer: (facts) => {
        const data = datasetFact(facts, 'data');
        checkRanges(parts, data?.name ?? 'data', data?.rows, data?.fetched);
        if (!data) return {};
        return Object.fromEntries(parts.map(([role, [from, to]]) => [role, { ...data, role, rows: to - from }])) as Facts;
      },
      run: async ({ data }, { emit, stage }) => {
        checkRanges(parts, data.name, data.rows.length, data.x.rows);
        const taken = parts.map(([role, at]) => take(data, role, at));
        for (const [one, other] of pairs(taken)) {
          const overlap = await newOverlap(one, other);
          // Other than ranges that overlap this may be meant: the same rows drawn again and again.
          const hint = `Let ${data.name} list each row once, and repeat rows of train only, in a stage after split.`;
          if (overlap) emit({ type: 'warning', stage, code: 'W_OVERLAP', message: overlap.message, hint });
          const groups = sharedGroups(one, other);
          if (groups.length > 0) {
            const message = `${groupsCalled(groups, data)} rows in both ${one.role} and ${other.role}. ${leakOf(one.role, 'groups')}`;
            emit({
              type: 'warning',
              stage,
              code: 'W_GROUPS',
              message,
              hint: 'Divide rows where a group ends, with the rows of each group together in the list.',
            });
          }
        }
        return {
          adds: Object.fromEntries(taken.map((part) => [part.role, part])) as never,
          output: Object.fromEntries(parts.map(([part, [from, to]]) => [`${part}Rows`, to - from])),
        };
      },
    };
  });
  return stage as InTwo & InThree;
}

function pairs<T>(all: readonly T[]): readonly (readonly [T, T])[] {
  return all.flatMap((one, i) => all.slice(i + 1).map((other) => [one, other] as const));
}

function take<R extends Role>(data: Rows, role: R, [from, to]: Range): Rows<R> {
  return { ...data, role, rows: data.rows.slice(from, to) };
}

/**
 * Ranges are positions in the list of rows, which may leave rows of the matrix out or repeat them.
 *
 * @param rows in the list, where that is known
 * @param fetched in the matrix
 */
function checkRanges(parts: readonly (readonly [Part, Range])[], data: string, rows?: number, fetched?: number): void {
  const known = rows === undefined ? undefined : { rows, text: lengthOf(data, rows, fetched ?? rows) };
  for (const [part, at] of parts) checkRange(part, at, known);
  for (const [one, other] of pairs(parts)) checkOverlap(one, other);
}

function lengthOf(data: string, rows: number, fetched: number): string {
  if (rows === 0) return `; ${data} has no rows`;
  return rows === fetched ? `; ${data} has ${rows} rows, 0 to ${rows - 1}` : `; ${data} lists ${rows} of its ${fetched} rows: positions 0 to ${rows - 1}`;
}

function checkRange(name: string, [from, to]: Range, known: { readonly rows: number; readonly text: string } | undefined): void {
  if (from < to && to <= (known?.rows ?? Infinity)) return;
  const wrong = from >= to ? 'is empty' : `goes past the last row`;
  throw new PipelineError('E_SHAPE', `split: ${name} [${from}, ${to}] ${wrong}${known?.text ?? ''}.`, {
    hint: `Give ${name} as [first, last + 1]${known ? ` within [0, ${known.rows}]` : ''}.`,
  });
}

function checkOverlap([one, a]: readonly [Part, Range], [other, b]: readonly [Part, Range]): void {
  const from = Math.max(a[0], b[0]);
  const to = Math.min(a[1], b[1]);
  if (from >= to) return;
  const cure = a[1] < b[1] ? `${other}: [${a[1]}, ${b[1]}]` : a[0] < b[0] ? `${one}: [${a[0]}, ${b[0]}]` : undefined;
  throw new PipelineError(
    'E_OVERLAP',
    `split: ${to - from} rows (${from} to ${to - 1}) are in both ${one} [${a.join(', ')}] and ${other} [${b.join(', ')}]. ${leakOf(one)}`,
    { hint: `Make the ranges disjoint${cure === undefined ? '' : `, for example ${cure}`}.` },
  );
}
