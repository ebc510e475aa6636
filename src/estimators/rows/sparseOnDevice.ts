// Rows that are mostly zeros, on the device without the zeros: once as runs of rows, for margins, and once as runs of columns, for the
// gradient.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { extentsOf, type CsrMatrix } from '../../core/data/csr.ts';
import { tooFar } from '../../core/data/notFinite.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { columnEntries, columnRuns, rowRuns } from '../../kernels/sparseProduct/runs.ts';
import { launchesOf, writeLaunches, type SparseLaunch } from '../../kernels/sparseProduct/slices.ts';
import { TILE_QUADS, TILE_ROWS } from '../../kernels/lib/tiles.ts';
import type { MeasuredFrame } from './frame.ts';
import { eachBlock, hold, type Held, type Layout } from './held.ts';

/** Of a block: the more rows it has, the longer are the runs of its columns. */
const MOST_BYTES = 128e6;

export interface SparseBlock {
  readonly x: DeviceBuffer;
  /** One after the other. */
  readonly launches: readonly SparseLaunch[];
  /** Rows before it; 0 for the first block alone. */
  readonly offset: number;
}

/** Sparse rows on the device until they are released. */
export interface SparseRows {
  readonly shape: {
    readonly rows: number;
    readonly cols: number;
    /** Four rows each, padded. */
    readonly quads: number;
  };
  /** What rows on the device mean: a zero is 0, so nothing is subtracted. */
  readonly frame: MeasuredFrame;
  /** The column of each sum behind those of the columns and of the constant. */
  readonly further: Uint32Array;
  /** One pass over the runs of rows or of columns: a block is there until what `use` returns is done. */
  each(side: Side, use: (block: SparseBlock) => Promise<void>): Promise<void>;
  release(): void;
}

type Side = 'rows' | 'columns';
type Data = Pick<RowsOf, 'rows' | 'name'> & { readonly x: CsrMatrix };

export async function sparseOnDevice(compute: Compute, data: Data): Promise<SparseRows> {
  const { x, rows } = data;
  const most = Math.min(compute.limits.maxBindingBytes, MOST_BYTES);
  let blockRows = rows.length;
  let blocks = planned(x, rows, blockRows);
  while (blockRows > 1 && blocks.some((block) => Math.max(block.rows.bytes, block.columns.bytes) > most)) {
    blockRows = Math.ceil(blockRows / 2);
    blocks = planned(x, rows, blockRows);
  }
  const further = Uint32Array.from(blocks.flatMap((block) => [...block.further]));
  const frame = frameOf(data);
  const layout = (side: Side): Layout => ({
    blockRows,
    bytesOf: (_, from) => blocks[from / blockRows]![side].bytes,
    async fill(ids, target, from) {
      if (side === 'rows') return writeLaunches(rowRuns(x, ids), x, target);
      const runs = columnRuns(x, ids, x.cols + 1 + blocks[from / blockRows]!.before);
      return writeLaunches([runs], columnEntries(x, ids, runs), target);
    },
  });
  const held = new Map<Side, Held<Layout>>();
  const release = (): void => held.forEach((one) => one.release());
  try {
    for (const side of ['rows', 'columns'] as const) held.set(side, await hold(compute, data, `runs of ${side}`, () => layout(side)));
  } catch (error) {
    release();
    throw error;
  }
  return {
    shape: { rows: rows.length, cols: x.cols, quads: Math.ceil(rows.length / TILE_ROWS) * TILE_QUADS },
    frame,
    further,
    each: (side, use) =>
      eachBlock(compute, [held.get(side)!], ([buffer], at) => use({ x: buffer!, launches: blocks[at]![side].launches, offset: at * blockRows })),
    release,
  };
}

interface PlannedBlock extends Readonly<Record<Side, ReturnType<typeof launchesOf>>> {
  /** Further sums of this block, and how many those before it have. */
  readonly further: Uint32Array;
  readonly before: number;
}

function planned(x: CsrMatrix, ids: Uint32Array, blockRows: number): readonly PlannedBlock[] {
  const blocks: PlannedBlock[] = [];
  let before = 0;
  for (let at = 0; at < ids.length; at += blockRows) {
    const own = ids.subarray(at, at + blockRows);
    const columns = columnRuns(x, own, 0);
    blocks.push({ before, further: columns.further, rows: launchesOf(rowRuns(x, own)), columns: launchesOf([columns]) });
    before += columns.further.length;
  }
  return blocks;
}

/** @throws E_DATA for a number that f32 cannot hold */
function frameOf({ x, rows }: Data): MeasuredFrame {
  const { most, sums, squares } = extentsOf(x, rows);
  const far = most.findIndex((size) => !Number.isFinite(Math.fround(size)));
  if (far >= 0) {
    const at = x.values.findIndex((value, entry) => x.indices[entry] === far && Math.abs(value) === most[far]);
    throw tooFar(x.values[at]!, x.indptr.findIndex((begin) => begin > at) - 1, far);
  }
  const [rms, mean] = [squares.map((sum) => Math.sqrt(sum / rows.length)), sums.map((sum) => sum / rows.length)];
  return { center: new Float64Array(x.cols), unit: new Float64Array(x.cols).fill(1), rms, mean, coarse: new Uint8Array(x.cols) };
}
