// The order of rows in time, by a column that says when they were.
import { categoriesOf } from '../../core/data/categories.ts';
import { columnCalled } from '../../core/data/columns.ts';
import type { Rows } from '../../core/data/dataset.ts';
import { takeBlocks } from '../../core/data/features.ts';
import { didYouMean } from '../../core/errors/didYouMean.ts';
import { PipelineError } from '../../core/errors/errors.ts';

/** The number of the column. @throws E_PARAMS for one that the rows do not have */
export function timeColumn(
  data: string,
  time: string | number,
  { columns, cols }: { readonly columns?: readonly string[] | undefined; readonly cols?: number | undefined },
): number {
  if (typeof time === 'string') {
    const at = columns?.indexOf(time) ?? -1;
    if (at >= 0) return at;
    throw new PipelineError('E_PARAMS', `split: time is '${time}'; no column of ${data} is called so.`, {
      hint: columns ? didYouMean(time, columns, 'Columns') : `Name the columns of ${data}, or give the number of the column.`,
    });
  }
  if (cols === undefined || time < cols) return time;
  throw new PipelineError('E_PARAMS', `split: time is ${time}; ${data} has columns 0 to ${cols - 1}.`, {
    hint: 'Give the number of the column that holds the time.',
  });
}

/** Positions of rows, the earliest first; rows of one time keep their order. @throws E_DATA for a row without a time */
export async function orderOfTime({ name, x, rows, columns }: Rows, time: string | number): Promise<Uint32Array> {
  const column = timeColumn(name, time, { columns, cols: x.cols });
  const what = columnCalled(column, columns);
  if (categoriesOf(x)?.[column]) {
    throw new PipelineError('E_DATA', `split: ${what} of ${name} holds names, which have no order in time.`, { hint: 'Read it as a date() or a number().' });
  }
  const times = new Float64Array(rows.length);
  for await (const { from, rows: count, data } of takeBlocks(x, rows)) for (let i = 0; i < count; i++) times[from + i] = data[i * x.cols + column]!;
  const gap = times.findIndex((value) => Number.isNaN(value));
  if (gap >= 0) {
    throw new PipelineError('E_DATA', `split: row ${rows[gap]} of ${name} has no value in ${what}, so it is not known when it was.`, {
      hint: 'Leave such rows out of the dataset, or split by another column.',
    });
  }
  return Uint32Array.from(times.keys()).sort((a, b) => times[a]! - times[b]! || a - b);
}
