// Small rows for tests of transforms.
import type { Dataset } from '../../src/core/data/dataset.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import type { Estimator, Transformer } from '../../src/dsl/estimator.ts';

export type Fields = { readonly fields: Readonly<Record<string, unknown>> };
export type Made = Estimator<Transformer, never, 'none'>;

/** Rows of one column. */
export function column(values: readonly number[], more: object = {}): Dataset<'train', Matrix, 'none'> {
  return {
    name: 'numbers',
    role: 'train',
    x: matrix(values.length, 1, Float64Array.from(values)),
    rows: Uint32Array.from(values.keys()),
    columns: ['age'],
    ...more,
  };
}

/** Every value of x made into another. */
export const changed = <D extends { readonly x: Matrix }>(data: D, by: (value: number) => number): D => ({
  ...data,
  x: matrix(data.x.rows, data.x.cols, Float64Array.from(data.x.data, by)),
});
