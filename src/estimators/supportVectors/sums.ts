// What a model of support vectors says of rows: sums over the vectors, of how alike they are to a row times their coefficients.
import type { Compute } from '../../core/compute.ts';
import type { Scaling } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import type { Device, RowsOf } from '../../dsl/estimator.ts';
import { columnsOf } from './columns.ts';
import { addTo, saidOfHeldOut } from './heldOut.ts';
import { eachGiven } from './given.ts';
import { kernelOf, type Kernel } from './kernel.ts';
import { measure } from './measure.ts';

export interface Machine extends Kernel {
  /** As stored: bytes stay bytes. Of 'precomputed' the columns that say how alike rows are to them, `[vectors, 1]`. */
  readonly vectors: Features;
  readonly scaling?: Scaling | undefined;
}

/** Of a vector: which sums it counts in, and how much. */
export interface Counted {
  readonly outputs: readonly number[];
  readonly weights: readonly number[];
}

/**
 * How alike each vector is to rows that are asked of, some of these at a time.
 *
 * @param exact in float64, or of whole numbers, however long it takes; else of f32 distances where there are many
 * @param block is told where some rows begin and how many they are, and says what to do with what each vector has of them, and then
 */
export async function eachAlike(
  compute: Compute,
  { vectors, scaling, ...kernel }: Machine,
  asked: RowsOf,
  exact: boolean,
  block: (from: number, rows: number) => { readonly vector: (vector: number, alike: Float64Array) => void; readonly done?: () => void },
): Promise<void> {
  if (kernel.kernel === 'precomputed') return eachGiven(vectors, asked, block);
  const { rows: count } = vectors;
  const among: RowsOf = { name: 'support vectors', x: vectors, rows: Uint32Array.from({ length: count }, (_, i) => i), scaling };
  const eachColumn = await columnsOf(compute, among, asked, exact);
  const bare = kernel.kernel === 'rbf';
  const value = kernelOf(kernel);
  const own = bare ? undefined : (await measure(among)).lengths;
  try {
    for (let from = 0; from < asked.rows.length; from += eachColumn.askedRows) {
      const rows = { ...asked, rows: asked.rows.subarray(from, from + eachColumn.askedRows) };
      const here = rows.rows.length;
      const lengths = bare ? undefined : (await measure(rows)).lengths;
      const alike = new Float64Array(here);
      const use = block(from, here);
      await eachColumn.of(rows, (vector, squares, at) => {
        const length = own?.[vector] ?? 0;
        for (let i = 0; i < here; i++) alike[i] = value(squares[at + i]! * eachColumn.unit, length, lengths?.[i] ?? 0);
        use.vector(vector, alike);
      });
      use.done?.();
    }
  } finally {
    eachColumn.release();
  }
}

/**
 * @param counted by vector
 * @param use is given the sums of some rows, from position `from` on, `[outputs][rows]`
 */
export async function kernelSums(
  context: Device,
  machine: Machine,
  counted: readonly Counted[],
  outputs: number,
  asked: RowsOf,
  use: (from: number, sums: readonly Float64Array[]) => void,
): Promise<void> {
  const known = saidOfHeldOut(machine.vectors, asked);
  if (known) {
    use(0, known);
    return;
  }
  await eachAlike(await context.compute(), machine, asked, false, (from, rows) => {
    const sums = Array.from({ length: outputs }, () => new Float64Array(rows));
    return {
      vector(vector, alike) {
        const { outputs: into, weights } = counted[vector]!;
        for (let k = 0; k < into.length; k++) addTo(sums[into[k]!]!, weights[k]!, alike);
      },
      done: () => {
        use(from, sums);
        context.progress?.(from + rows, asked.rows.length, 'rows');
      },
    };
  });
}
