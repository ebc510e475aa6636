// Divides the fetched rows into train and test. Test rows that were also trained on would make every later score too
// good, so an overlap is an error here, before anything is fitted.
import type { Role, Rows } from '../core/data/dataset.ts';
import { PipelineError } from '../core/errors/errors.ts';
import { newOverlap } from '../core/data/overlap.ts';
import { configurable } from '../dsl/stage/configurable.ts';
import { datasetFact, type DatasetFact } from '../dsl/graph/facts.ts';
import { z } from '../dsl/params.ts';
import type { Stage, StageSpec } from '../dsl/stage/stage.ts';
import type { Fetched, Like, SplitLike } from '../dsl/stage/state.ts';

const range = z.tuple([z.int().min(0), z.int().min(1)], { error: 'needs [first row, row after the last], two whole numbers' });
const params = z.strictObject({ train: range, test: range });
type Range = readonly [number, number];

/**
 * Splits by ranges of the list of rows, first row included and last excluded. Adds `train` and `test`. Rows that the list repeats
 * on both sides are warned of.
 *
 * @throws E_OVERLAP when the ranges share rows; E_SHAPE when a range is empty or past the last row
 * @example
 * split({ train: [0, 60_000], test: [60_000, 70_000] });
 */
export function split(options: z.input<typeof params>): Stage<Fetched<'none'>, SplitLike<'data', 'data'>> {
  return configurable('split', params, options, ({ train, test }): StageSpec<Fetched<'none'>, SplitLike<'data', 'data'>> => ({
    id: 'split',
    needs: ['data'],
    provides: ['train', 'test'],
    code: [],
    keep: 'digests',
    params: { train, test },
    infer: (facts) => {
      const data = datasetFact(facts, 'data');
      checkRanges({ train, test }, data?.name ?? 'data', data?.rows, data?.fetched);
      if (!data) return {};
      const part = (role: 'train' | 'test', [from, to]: Range): DatasetFact => ({ ...data, role, rows: to - from });
      return { train: part('train', train), test: part('test', test) };
    },
    run: async ({ data }, { emit, stage }) => {
      checkRanges({ train, test }, data.name, data.rows.length, data.x.rows);
      const parts = { train: take(data, 'train', train), test: take(data, 'test', test) };
      const overlap = await newOverlap(parts.train, parts.test);
      // Other than ranges that overlap this may be meant: the same rows drawn again and again.
      const hint = `Let ${data.name} list each row once, and repeat rows of train only, in a stage after split.`;
      if (overlap) emit({ type: 'warning', stage, code: 'W_OVERLAP', message: overlap.message, hint });
      return {
        adds: parts,
        output: { trainRows: train[1] - train[0], testRows: test[1] - test[0] },
      };
    },
  }));
}

/** Whatever target the rows have stays with them, which {@link Like} says and no value can show. */
function take<R extends Role>(data: Rows, role: R, [from, to]: Range): Like<'data', R> {
  return { ...data, role, rows: data.rows.slice(from, to) } as Rows<R> as Like<'data', R>;
}

/**
 * Ranges are positions in the list of rows, which may leave rows of the matrix out or repeat them.
 *
 * @param rows in the list, where that is known
 * @param fetched in the matrix
 */
function checkRanges({ train, test }: { readonly train: Range; readonly test: Range }, data: string, rows?: number, fetched?: number): void {
  const known = rows === undefined ? undefined : { rows, text: lengthOf(data, rows, fetched ?? rows) };
  checkRange('train', train, known);
  checkRange('test', test, known);
  checkOverlap(train, test, rows ?? Math.max(train[1], test[1]));
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

function checkOverlap(train: Range, test: Range, rows: number): void {
  const from = Math.max(train[0], test[0]);
  const to = Math.min(train[1], test[1]);
  if (from >= to) return;
  const cure = train[1] < rows ? `test: [${train[1]}, ${rows}]` : `train: [${train[0]}, ${test[0]}]`;
  throw new PipelineError(
    'E_OVERLAP',
    `split: ${to - from} rows (${from} to ${to - 1}) are in both train [${train.join(', ')}] and test [${test.join(', ')}]. A model scored on rows it was fitted on looks better than it is.`,
    { hint: `Make the ranges disjoint, for example ${cure}.` },
  );
}
