// Whether what a definition says of rows has the shape that its kind promises.
import { PipelineError } from '../../core/errors/errors.ts';
import type { Kind } from '../../dsl/estimator.ts';

/**
 * Two classes may come as one number a row, or as two, which leave as one.
 *
 * @param size how many numbers a row; of a classifier its classes
 * @throws E_SHAPE for anything but so many numbers a row
 */
export function saidOf(name: string, values: Float64Array, rows: number, size: number, kind: Kind): Float64Array {
  const two = kind === 'classifier' && size === 2;
  if (two && values instanceof Float64Array && values.length === 2 * rows)
    return Float64Array.from({ length: rows }, (_, row) => values[2 * row + 1]! - values[2 * row]!);
  checkSaid(name, values, rows, two ? 1 : size);
  return values;
}

function checkSaid(name: string, values: unknown, rows: number, each: number): void {
  if (values instanceof Float64Array && values.length === rows * each) return;
  const arrived = values instanceof Float64Array ? `${values.length} numbers` : `a ${(values as object | null)?.constructor.name ?? String(values)}`;
  throw new PipelineError('E_SHAPE', `${name}: scores returned ${arrived} for ${rows} rows; a Float64Array of ${rows * each}, ${each} per row, is needed.`, {
    hint: 'Return [rows][columns], one number after another.',
  });
}
