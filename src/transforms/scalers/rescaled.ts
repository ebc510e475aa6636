// A scaling by figures of each column, of rows that may be scaled already.
import type { Scaling } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';

/** How a column is scaled: `(value - center) / unit * size + low`, over values as fetched. */
interface ColumnScale {
  readonly center: number;
  /** 0 for a column that does not vary. */
  readonly unit: number;
  readonly low: number;
  readonly size: number;
}

/**
 * @param owner for errors
 * @param cols anything with as many entries as there are columns
 * @param scaleOf of a column whose values were multiplied by `factor` before, which may turn them round
 * @throws E_PARAMS for a column that was multiplied by 0 and is to be moved away from 0
 */
export function rescaled(
  owner: string,
  before: Scaling | undefined,
  cols: ArrayLike<unknown>,
  scaleOf: (column: number, factor: number) => ColumnScale,
): Scaling {
  const shift = new Float64Array(cols.length);
  const factor = new Float64Array(cols.length);
  for (let j = 0; j < cols.length; j++) {
    const given = before?.factor[j] ?? 1;
    const { center, unit, low, size } = scaleOf(j, given);
    // What does not vary keeps its unit, as in scikit-learn.
    factor[j] = unit === 0 ? given * size : (Math.sign(given) / unit) * size;
    if (factor[j] === 0 && low !== 0) {
      throw new PipelineError('E_PARAMS', `${owner}: column ${j} was scaled by 0, so that nothing makes it ${low}.`, { hint: 'Leave the column out.' });
    }
    shift[j] = factor[j] === 0 ? center : center - low / factor[j]!;
  }
  return { shift, factor, fromRows: true };
}
