// Divides the fetched rows into train and test. Test rows that were also trained on would make every later score too
// good, so an overlap is an error here, before anything is fitted.
import type { Dataset, Role } from '../core/dataset.ts';
import { PipelineError } from '../core/errors.ts';
import { configurable } from '../dsl/configurable.ts';
import { datasetFact, type DatasetFact } from '../dsl/facts.ts';
import { z } from '../dsl/params.ts';
import type { Stage, StageSpec } from '../dsl/stage.ts';
import type { Fetched, Split } from '../dsl/state.ts';

const range = z.tuple([z.int().min(0), z.int().min(1)], { error: 'needs [first row, row after the last], two whole numbers' });
const params = z.strictObject({ train: range, test: range });
type Range = readonly [number, number];

/**
 * Splits by row ranges, first row included and last excluded. Adds `train` and `test`.
 *
 * @throws E_OVERLAP when the ranges share rows; E_SHAPE when a range is empty or past the last row
 * @example
 * split({ train: [0, 60_000], test: [60_000, 70_000] });
 */
export function split(options: z.input<typeof params>): Stage<Fetched, Split> {
  return configurable('split', params, options, ({ train, test }): StageSpec<Fetched, Split> => ({
    id: 'split',
    needs: ['data'],
    provides: ['train', 'test'],
    code: [],
    keep: 'digests',
    params: { train, test },
    infer: (facts) => {
      const data = datasetFact(facts, 'data');
      checkRanges({ train, test }, data?.name ?? 'data', data?.fetched);
      if (!data) return {};
      const part = (role: 'train' | 'test', [from, to]: Range): DatasetFact => ({ ...data, role, rows: to - from });
      return { train: part('train', train), test: part('test', test) };
    },
    run: ({ data }) => {
      checkRanges({ train, test }, data.name, data.x.rows);
      return {
        adds: { train: take(data, 'train', train), test: take(data, 'test', test) },
        output: { trainRows: train[1] - train[0], testRows: test[1] - test[0] },
      };
    },
  }));
}

function take<R extends Role>(data: Dataset, role: R, [from, to]: Range): Dataset<R> {
  return { ...data, role, rows: data.rows.slice(from, to) };
}

/** @param rows as fetched, where that is known */
function checkRanges({ train, test }: { readonly train: Range; readonly test: Range }, data: string, rows: number | undefined): void {
  checkRange('train', train, data, rows);
  checkRange('test', test, data, rows);
  checkOverlap(train, test, rows ?? Math.max(train[1], test[1]));
}

function checkRange(name: string, [from, to]: Range, data: string, rows = Infinity): void {
  if (from < to && to <= rows) return;
  const wrong = from >= to ? 'is empty' : `goes past the last row`;
  const known = Number.isFinite(rows) ? `; ${data} has ${rows} rows, 0 to ${rows - 1}` : '';
  throw new PipelineError('E_SHAPE', `split: ${name} [${from}, ${to}] ${wrong}${known}.`, {
    hint: `Give ${name} as [first, last + 1]${known === '' ? '' : ` within [0, ${rows}]`}.`,
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
