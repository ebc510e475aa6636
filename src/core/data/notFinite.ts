// Features that nothing can be learned from, told where they stand.
import { PipelineError } from '../errors/errors.ts';
import { columnCalled } from './columns.ts';

/** For a number that f32 cannot hold beside the others of its column. */
export function tooFar(value: number, row: number, column: number, columns?: readonly string[]): PipelineError {
  const called = columnCalled(column, columns);
  return new PipelineError('E_DATA', `Row ${row} of the features holds ${value} in ${called}, too far from the other rows to be told apart from Infinity.`, {
    hint: 'Leave such rows out, or correct them, in a stage before this one.',
  });
}

/** For a value that would make everything learned from it NaN. @param columns what the columns are called */
export function notFinite(value: number, row: number, column: number, columns?: readonly string[]): PipelineError {
  const called = columnCalled(column, columns);
  return new PipelineError('E_DATA', `Row ${row} of the features holds ${value} in ${called}; finite numbers are needed.`, {
    hint: Number.isNaN(value)
      ? 'Fill gaps first, chain(impute(), ...), or leave such rows out.'
      : 'Leave such rows out, or correct them, in a stage before this one.',
  });
}
