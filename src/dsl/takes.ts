// Rows that an estimator cannot take, as far as facts tell.
import { namesNotNumbers } from '../core/data/categories.ts';
import type { Estimator, Takes } from './estimator.ts';
import type { DatasetFact } from './graph/facts.ts';

/** @throws E_DATA for columns of names that are handed to what takes numbers */
export function checkTakes({ name, takes = [] }: Pick<Estimator, 'name'> & { readonly takes?: readonly Takes[] | undefined }, rows: DatasetFact): void {
  const [first] = rows.categories ?? [];
  if (first !== undefined && !takes.includes('categories')) throw namesNotNumbers(name, rows.name, `column '${first}'`);
}
