// Some columns of rows, in any order and several times. Nothing is copied that is not read.
import { categoriesOf } from '../../core/data/categories.ts';
import { takeRows, type Features } from '../../core/data/features.ts';
import { DTYPES, matrix, type FeatureArray } from '../../core/data/matrix.ts';
import type { RowsOf } from '../../dsl/estimator.ts';

export function withColumns<R extends RowsOf>(rows: R, features: Uint32Array): R {
  const { x, columns, scaling } = rows;
  const names = columns && Array.from(features, (j) => columns[j]!);
  return {
    ...rows,
    x: picked(x, features),
    // A column that is there twice has no name of its own.
    columns: names && new Set(names).size === names.length ? names : undefined,
    scaling: scaling && { shift: Float64Array.from(features, (j) => scaling.shift[j]!), factor: Float64Array.from(features, (j) => scaling.factor[j]!) },
    picture: undefined,
  };
}

function picked(x: Features, features: Uint32Array): Features {
  const pick = (from: FeatureArray, rows: number, into: FeatureArray): void => {
    for (let row = 0; row < rows; row++) for (let k = 0; k < features.length; k++) into[row * features.length + k] = from[row * x.cols + features[k]!]!;
  };
  const categories = categoriesOf(x);
  if (categories && 'data' in x) {
    const data = new DTYPES[x.dtype](x.rows * features.length);
    pick(x.data, x.rows, data);
    return { ...matrix(x.rows, features.length, data), categories: Array.from(features, (j) => categories[j]!) };
  }
  return {
    rows: x.rows,
    cols: features.length,
    dtype: x.dtype,
    readRows: async (ids: Uint32Array, target: FeatureArray) => pick((await takeRows(x, ids)).data, ids.length, target),
  };
}
