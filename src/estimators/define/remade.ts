// What is known of the features that a transformer will make, before one is trained.
import type { Takes } from '../../dsl/estimator.ts';
import type { DatasetFact } from '../../dsl/graph/facts.ts';
import type { z } from '../../dsl/params.ts';
import { checkTakes } from '../../dsl/takes.ts';

/** What a definition says of it. */
interface Remaking<S extends z.ZodObject> {
  readonly name: string;
  readonly takes?: readonly Takes[];
  readonly outputCategories?: unknown;
  readonly remake?: (rows: DatasetFact, params: z.output<S>) => DatasetFact;
}

/** Which features come out is not known before one is trained. */
export function remadeFact<S extends z.ZodObject>({ name, takes, outputCategories, remake }: Remaking<S>, rows: DatasetFact, params: z.output<S>): DatasetFact {
  checkTakes({ name, takes }, rows);
  if (remake) return remake(rows, params);
  return { ...rows, cols: undefined, columns: undefined, dtype: 'f64', categories: outputCategories ? rows.categories : undefined };
}
