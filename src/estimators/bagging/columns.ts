// Some columns of rows, in any order and several times.
import { categoriesOf } from '../../core/data/categories.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { madeRows } from '../combined/madeRows.ts';

export function withColumns<R extends RowsOf>(rows: R, features: Uint32Array): R {
  const { x, columns, scaling } = rows;
  const categories = categoriesOf(x);
  const names = columns && Array.from(features, (j) => columns[j]!);
  const all = Uint32Array.from({ length: x.rows }, (_, id) => id);
  return {
    ...rows,
    x: madeRows(x, all, features.length, categories && Array.from(features, (j) => categories[j]!), (from, ids, into) => {
      for (let i = 0; i < ids.length; i++) for (let k = 0; k < features.length; k++) into[i * features.length + k] = from[i * x.cols + features[k]!]!;
    }),
    // A column that is there twice has no name of its own.
    columns: names && new Set(names).size === names.length ? names : undefined,
    scaling: scaling && { shift: Float64Array.from(features, (j) => scaling.shift[j]!), factor: Float64Array.from(features, (j) => scaling.factor[j]!) },
    picture: undefined,
  };
}
