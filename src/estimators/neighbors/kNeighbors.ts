// The neighbours themselves, for what no estimator makes of them.
import { checkNoNames } from '../../core/data/categories.ts';
import { checkColumns } from '../../core/data/columns.ts';
import type { Device, RowsOf } from '../../dsl/estimator.ts';
import { contextOf } from '../../dsl/stage/context.ts';
import { seenBy } from '../chain/steps.ts';
import type { Known } from '../define/define.ts';
import { neighborsOf } from './neighbors.ts';
import type { NeighborsFields } from './params.ts';

/** A fitted model of `kNeighborsClassifier`, `kNeighborsRegressor` or `kNeighborsMultilabel`. */
export interface NeighborsModel {
  readonly fields: NeighborsFields & Known;
}

export interface Neighbors {
  /** The nearest first: positions among the rows that the model was trained on, `[rows][nNeighbors]`. */
  readonly indices: Uint32Array;
  /** How far away they are, `[rows][nNeighbors]`. */
  readonly distances: Float64Array;
}

/**
 * The `nNeighbors` nearest training rows of each row, as `model.kneighbors(x)`: to show them, or to make of them what no estimator makes.
 * Of a chain, those nearest in what its transformers make.
 *
 * @param rows `[rows, cols]`
 * @throws E_SHAPE for rows with other columns than the model was fitted on
 * @example
 * const alike = stage({
 *   id: 'alike', needs: ['test', 'model'], provides: ['alike'],
 *   run: async ({ test, model }: Pick<Split, 'test'> & { readonly model: NeighborsModel }, context) => ({ alike: (await kNeighbors(model, test, context)).indices }),
 * });
 */
export async function kNeighbors(model: NeighborsModel, rows: RowsOf, context: Device = contextOf(undefined)): Promise<Neighbors> {
  const seen = await seenBy(model, rows, context);
  return nearestTo(seen.model, seen.rows, context);
}

async function nearestTo({ fields }: NeighborsModel, rows: RowsOf, context: Device): Promise<Neighbors> {
  checkColumns(rows.name, { cols: rows.x.cols, columns: rows.columns }, { cols: fields.cols, columns: fields.columns });
  checkNoNames('kNeighbors', rows);
  const { nNeighbors } = fields;
  const { count, ids, squares } = await neighborsOf(fields, { name: rows.name, x: rows.x, rows: rows.rows }, context);
  // Models of a search share what the one with the most neighbours needs.
  const at = Uint32Array.from({ length: rows.rows.length * nNeighbors }, (_, i) => Math.floor(i / nNeighbors) * count + (i % nNeighbors));
  return { indices: at.map((i) => ids[i]!), distances: Float64Array.from(at, (i) => Math.sqrt(squares[i]!)) };
}
