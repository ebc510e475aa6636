// Which columns are categories.
import { categoriesOf } from '../../../core/data/categories.ts';
import { didYouMean } from '../../../core/errors/didYouMean.ts';
import { PipelineError } from '../../../core/errors/errors.ts';
import type { RowsOf } from '../../../dsl/estimator.ts';

/**
 * Columns of names, and those of numbers that are said to be categories, `[cols]`.
 *
 * @throws E_PARAMS for a column that is not there
 */
export function categoricalIn(name: string, { x, name: dataset, columns }: RowsOf, said: readonly (string | number)[] = []): readonly boolean[] {
  const names = categoriesOf(x);
  const categorical = Array.from({ length: x.cols }, (_, j) => Boolean(names?.[j]));
  for (const one of said) {
    const at = typeof one === 'number' ? one : (columns?.indexOf(one) ?? -1);
    if (at < 0 || at >= x.cols) {
      const hint = typeof one === 'string' && columns ? didYouMean(one, columns, 'Columns') : `Name columns by their position, 0 to ${x.cols - 1}.`;
      throw new PipelineError('E_PARAMS', `${name}: categoricalFeatures names column ${JSON.stringify(one)}, which ${dataset} does not have.`, { hint });
    }
    categorical[at] = true;
  }
  return categorical;
}
