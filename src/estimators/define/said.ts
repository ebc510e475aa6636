// Whether what a definition says of rows has the shape that its kind promises.
import { PipelineError } from '../../core/errors/errors.ts';

/** One number a row, of two. */
export function differences(both: Float64Array): Float64Array {
  return Float64Array.from({ length: both.length / 2 }, (_, row) => both[2 * row + 1]! - both[2 * row]!);
}

/** @throws E_SHAPE for anything but `each` numbers a row */
export function checkSaid(name: string, values: unknown, rows: number, each: number): void {
  if (values instanceof Float64Array && values.length === rows * each) return;
  const arrived = values instanceof Float64Array ? `${values.length} numbers` : `a ${(values as object | null)?.constructor.name ?? String(values)}`;
  throw new PipelineError('E_SHAPE', `${name}: scores returned ${arrived} for ${rows} rows; a Float64Array of ${rows * each}, ${each} per row, is needed.`, {
    hint: 'Return [rows][columns], one number after another.',
  });
}
