// Rows that an estimator cannot take, as far as facts tell, and where it cannot train.
import { namesNotNumbers } from '../core/data/categories.ts';
import { PipelineError } from '../core/errors/errors.ts';
import type { Estimator, Takes } from './estimator.ts';
import type { DatasetFact } from './graph/facts.ts';
import type { RunContext } from './stage/context.ts';

/** @throws E_DATA for columns of names that are handed to what takes numbers */
export function checkTakes({ name, takes = [] }: Pick<Estimator, 'name'> & { readonly takes?: readonly Takes[] | undefined }, rows: DatasetFact): void {
  const [first] = rows.categories ?? [];
  if (first !== undefined && !takes.includes('categories')) throw namesNotNumbers(name, rows.name, `column '${first}'`);
}

/** @throws E_USAGE for an estimator that would train on one machine alone, where rows are to be spread */
export function checkShards({ name, shards }: Pick<Estimator, 'name' | 'shards'>, context: Pick<RunContext, 'shards'>): void {
  if (!context.shards || shards) return;
  throw new PipelineError('E_USAGE', `${name} does not shard: it trains where all its rows are.`, {
    hint: 'Run it without shards, or fit one that does shard; the guide to sharded fits lists them.',
  });
}
