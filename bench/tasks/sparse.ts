// One evaluation of loss and gradient over sparse rows, as texts become: few of many columns in each. scipy does the same over the
// same rows.
import type { Compute } from '../../src/core/compute.ts';
import { csr } from '../../src/core/data/csr.ts';
import { LinearBatch } from '../../src/estimators/linear/linearBatch.ts';
import { logistic } from '../../src/estimators/linear/losses/logistic.ts';
import { linearRows } from '../../src/estimators/linear/products.ts';
import { NO_FOLD } from '../../src/kernels/lib/weightColumn.ts';
import type { Sample, Task } from '../harness.ts';

/** Rows, columns and entries a row. */
export const SPARSE = [
  [100_000, 1_000_000, 100],
  [2000, 20_000, 100],
] as const;
export type SparseShape = (typeof SPARSE)[number];

/** Bytes of an entry as it is read once: an index and a value. */
const ENTRY_BYTES = 8;

export const sparseName = ([rows, cols]: SparseShape): string => `sparse-${rows}x${cols}`;

export function sparseTasks(compute: Compute): readonly Task[] {
  return SPARSE.map((shape): Task => {
    const [rows, cols, each] = shape;
    let evaluate: Promise<() => Promise<Sample>> | undefined;
    return {
      name: sparseName(shape),
      group: 'sparse',
      title: `loss + gradient, ${rows} x ${cols} sparse`,
      engine: 'pipeline-gpu',
      repeats: { full: 15, quick: 7 },
      sample: async () => (await (evaluate ??= prepare(compute, rows, cols, each)))(),
    };
  });
}

async function prepare(compute: Compute, rows: number, cols: number, each: number): Promise<() => Promise<Sample>> {
  const { indptr, indices, data } = rowsOf(rows, cols, each);
  const ids = Uint32Array.from({ length: rows }, (_, row) => row);
  const on = await linearRows(compute, { name: 'texts', x: csr(rows, cols, { indptr, indices, data }), rows: ids });
  const columns = [{ positive: 1, positiveWeight: 1, negativeWeight: 1 }];
  const batch = new LinearBatch(compute, { data: on, truth: Uint8Array.from(ids, (row) => row % 2) }, [{ heldOut: NO_FOLD, columns }], logistic);
  // There and back again: margins stay small however often this runs.
  const direction = (sign: number): Float64Array[] => [Float64Array.from({ length: cols + 1 }, (_, j) => sign * 0.1 * Math.sin(j))];
  let [next, other] = [direction(1), direction(-1)];
  return async () => {
    const started = performance.now();
    await batch.setDirections([0], next);
    await batch.losses([0], [1]);
    const [gradient] = await batch.gradients([0]);
    const ms = performance.now() - started;
    [next, other] = [other, next];
    const sum = gradient!.reduce((total, value) => total + value * value, 0);
    if (!(sum > 0 && sum < Infinity)) throw new Error(`a gradient of sparse rows is ${sum} long`);
    return { ms, work: { bytes: 2 * indices.length * ENTRY_BYTES, multiplyAdds: 2 * indices.length } };
  };
}

/** Columns are any, by xorshift, which numpy does not share; of their places only how far apart they are counts. */
function rowsOf(rows: number, cols: number, each: number) {
  let state = 12_345;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const indptr = new Uint32Array(rows + 1);
  const indices = new Uint32Array(rows * each);
  let end = 0;
  for (let row = 0; row < rows; row++) {
    const drawn = Uint32Array.from({ length: each }, () => next() % cols).sort();
    for (let i = 0; i < each; i++) if (i === 0 || drawn[i] !== drawn[i - 1]) indices[end++] = drawn[i]!;
    indptr[row + 1] = end;
  }
  return { indptr, indices: indices.slice(0, end), data: Float32Array.from({ length: end }, () => next() / 2 ** 32) };
}
