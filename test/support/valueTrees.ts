// What tests of trees of values share: the sets of their figures, and names as scikit-learn and this package write them.
import { matrix } from '../../src/core/data/matrix.ts';
import { thirds } from './figures.ts';
import { valuedSet, type Valued } from './leastSquares.ts';

/** A set of the figures, its features as f32 holds them. */
export function exactSet(name: string): Valued {
  const data = valuedSet(name);
  return {
    ...data,
    x: matrix(
      data.x.rows,
      data.x.cols,
      Float64Array.from(data.x.data, (value) => Math.floor(value * 2 ** 18) / 2 ** 18),
    ),
  };
}

/** `max_depth` as `maxDepth`. */
export const camel = (params: object): object =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), value as unknown]));

/** With weights of 1, 2 and 3, if asked for. */
export const weighted = (data: Valued, has: boolean): Valued => (has ? { ...data, weights: thirds(data.x.rows) } : data);
