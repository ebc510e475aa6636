// The nearest rows of a model, found once for all models of a search: those that look among the same rows differ in how many
// they take and how they weigh them, and the distances are what costs.
import type { Compute } from '../../core/compute.ts';
import type { Scaling } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import type { Device, RowsOf } from '../../dsl/estimator.ts';
import type { NeighborsFields } from './params.ts';
import { nearestRows, type Nearest } from './search.ts';

interface Found {
  readonly compute: Compute;
  readonly nearest: Promise<Nearest>;
}

/** What models that look among the same rows share. */
interface Shared {
  /** The most neighbours that one of them takes. */
  readonly most: number;
  /** Ids of the rows, one list: rows on the device are known by it. */
  readonly ids: Uint32Array;
  /** By the rows asked of: their features and their list, either of which may change alone. */
  readonly found: WeakMap<Features, WeakMap<Uint32Array, Found>>;
}

/** By what the rows of models are known: those of one training share `x`, and those of one fold `rows`. */
const shared = new WeakMap<object, Shared>();
const keyOf = ({ x, rows }: NeighborsFields): object => rows ?? x;

/** Says which models are asked one after the other of the same rows. */
export function shareNeighbors(models: readonly NeighborsFields[]): void {
  for (const model of models) {
    const most = Math.max(model.nNeighbors, shared.get(keyOf(model))?.most ?? 0);
    const ids = model.rows ?? Uint32Array.from({ length: model.x.rows }, (_, i) => i);
    shared.set(keyOf(model), { most, ids, found: new WeakMap() });
  }
}

/** The nearest rows of the model to each row asked of: as many as it takes, or more. */
export async function neighborsOf(model: NeighborsFields & { readonly scaling?: Scaling | undefined }, asked: RowsOf, context: Device): Promise<Nearest> {
  if (asked.rows.length === 0) return { count: model.nNeighbors, ids: new Uint32Array(0), squares: new Float64Array(0) };
  const compute = await context.compute();
  if (!shared.has(keyOf(model))) shareNeighbors([model]); // of a file, or of the cache
  const { most, ids, found } = shared.get(keyOf(model))!;
  let byRows = found.get(asked.x);
  if (!byRows) found.set(asked.x, (byRows = new WeakMap()));
  const known = byRows.get(asked.rows);
  if (known?.compute === compute) return known.nearest;
  const nearest = nearestRows(compute, { x: model.x, rows: ids, scaling: model.scaling }, asked, most, context.progress);
  byRows.set(asked.rows, { compute, nearest });
  nearest.catch(() => byRows.delete(asked.rows)); // the next try looks anew
  return nearest;
}

/** Calls `use` with each neighbour of each row and what it counts, as scikit-learn's `weights` has it. */
export function eachNeighbor(
  { nNeighbors, weights }: NeighborsFields,
  { count, ids, squares }: Nearest,
  use: (row: number, id: number, weight: number) => void,
): void {
  for (let row = 0; row * count < ids.length; row++) {
    const at = row * count;
    const shares = Float64Array.from({ length: nNeighbors }, (_, i) => (weights === 'uniform' ? 1 : 1 / Math.sqrt(squares[at + i]!)));
    // Where rows are at the very place, they alone count.
    const onTop = shares.includes(Infinity);
    for (let i = 0; i < nNeighbors; i++) use(row, ids[at + i]!, onTop ? Number(shares[i] === Infinity) : shares[i]!);
  }
}
