// What the table of the solvers' iterations takes for float64, against scikit-learn.
import { expect, test } from 'vitest';
import { largestGradientAt, roundedSearch, SOURCES } from '../../bench/roundedSearch.ts';
import { fits } from '../support/logisticFits.ts';

const small = fits.filter(({ data, params }) => data === 'iris' && params.tol === 1e-9);

test.each(small)("scikit-learn's model is at a minimum: $target, $label", (row) => {
  expect(largestGradientAt(row, row.coef, row.intercept)).toBeLessThan(3e-8);
  const moved = row.coef.map((column, c) => column.map((value, j) => value + (c === 0 && j === 0 ? 0.01 : 0)));
  expect(largestGradientAt(row, moved, row.intercept)).toBeGreaterThan(5e-6);
});

test.each(small.filter(({ target }) => target === 'binary'))(
  "without rounding a search is scikit-learn's, with all of it it ends farther off: $label",
  (row) => {
    const exact = roundedSearch(row, new Set());
    expect(exact.iterations).toBe(row.n_iter[0]);
    const rounded = roundedSearch(row, new Set(SOURCES));
    expect(rounded.left).toBeGreaterThan(2 * exact.left);
    expect(rounded.left).toBeLessThan(1e-7);
  },
);
