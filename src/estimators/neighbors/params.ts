// What the estimators of nearest neighbours share: their parameters, and the rows that their models remember.
import { isStored, type Features } from '../../core/data/features.ts';
import type { Rows } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import type { Folds } from '../../dsl/estimator.ts';
import type { PlannedModel } from '../define/define.ts';
import { rowsInMemory } from '../rows/inMemory.ts';
import { shareNeighbors } from './neighbors.ts';

export interface KNeighborsOptions {
  /** How many of the nearest rows decide. Default 5. */
  readonly nNeighbors?: number | undefined;
  /** 'uniform' (default): each counts the same; 'distance': each counts 1 / distance, and if any coincide with the row, only those count. */
  readonly weights?: 'uniform' | 'distance' | undefined;
}

export const params = z.strictObject({
  nNeighbors: z.int().min(1).default(5).describe('rows that decide: the nearest'),
  weights: z.enum(['uniform', 'distance']).default('uniform').describe('each of them counts the same, or by 1 / distance'),
} satisfies ShapeOf<KNeighborsOptions>);
export type NeighborsParams = z.output<typeof params>;

/** What a model of neighbours holds beside their target: the rows themselves. */
export interface NeighborsFields extends NeighborsParams {
  /** Rows of the training, in its order and of its type; models of several folds share it. */
  readonly x: Features;
  /** Rows of `x` that the model was fitted on, ascending; absent for all. */
  readonly rows?: Uint32Array | undefined;
}

/**
 * A model of neighbours learns nothing, so all of them are made at once.
 *
 * @throws E_DATA for fewer rows than neighbours, rows with weights, and features that are not finite
 */
export async function rememberRows(
  estimator: string,
  data: Rows<'train'>,
  models: readonly PlannedModel<NeighborsParams>[],
  folds: Folds | undefined,
): Promise<readonly NeighborsFields[]> {
  const refused = (message: string, hint: string): PipelineError => new PipelineError('E_DATA', `${estimator}: ${message}`, { hint });
  if (data.weights)
    throw refused(`the rows of ${data.name} have weights, and neighbours have none.`, 'Leave the weights out, and list rows twice that shall count twice.');
  // An object of its own, by which models are known.
  const made = isStored(data.x) && data.x.shifted !== undefined && data.rows.length === data.x.rows && data.rows.every((id, i) => id === i);
  const x: Features = made ? { ...data.x } : await rowsInMemory(data);
  const left = new Map<number | undefined, Uint32Array | undefined>([[undefined, undefined]]);
  const fields = models.map(({ name, heldOut, params: own }): NeighborsFields => {
    if (!left.has(heldOut))
      left.set(
        heldOut,
        Uint32Array.from(data.rows.keys()).filter((row) => folds!.fold[row] !== heldOut),
      );
    const rows = left.get(heldOut);
    const count = rows?.length ?? x.rows;
    if (count < own.nNeighbors)
      throw refused(`${name} has ${count} rows of ${data.name} to train on; ${own.nNeighbors} neighbours are needed.`, `Set nNeighbors to ${count} or less.`);
    return { ...own, x, ...(rows ? { rows } : {}) };
  });
  shareNeighbors(fields);
  return fields;
}
