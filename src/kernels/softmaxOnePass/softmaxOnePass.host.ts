// What softmax_one_pass.wgsl does to its buffers, on the host: what the kernels do whose work it is, one after the other.
import type { HostLaunch } from '../../core/compute.ts';
import { gradientReference } from '../gradient/gradient.reference.ts';
import { decodeWeightColumns, unpackTiles } from '../lib/unpack.ts';
import { marginsReference } from '../margins/margins.reference.ts';
import { softmaxLossReference } from '../softmaxLoss/softmaxLoss.reference.ts';

type Params = 'words' | 'quads' | 'offset' | 'stride' | 'rows' | 'block' | 'tiles' | 'known' | 'columns' | 'allTiles';
type Binding = 'x' | 'rows' | 'rowWeights' | 'columns' | 'weights' | 'order' | 'margins' | 'direction' | 'residuals' | 'losses' | 'partials' | 'filled';
type SoftmaxLaunch = HostLaunch<Params, Binding, 'CLASSES' | 'BLOCKS' | 'TILE_QUADS' | 'WORKGROUP'>;

export function softmaxOnePassOnHost({ params, buffers, sizes, grid }: SoftmaxLaunch): void {
  const { words, offset, stride, block, tiles, known } = params;
  const { CLASSES, BLOCKS, TILE_QUADS, WORKGROUP } = sizes;
  const quads = Math.min(params.quads, grid[1] * tiles * TILE_QUADS);
  const x = unpackTiles(buffers.x, { dtype: 'u8', words, quads, tileQuads: TILE_QUADS });
  const count = Math.min(x.rows, params.rows - offset * 4);
  const filled = new Uint32Array(buffers.filled).subarray(offset);
  for (let quad = 0; quad < Math.ceil(count / 4); quad++) {
    let some = 0;
    new Uint32Array(buffers.order, 0, BLOCKS * WORKGROUP).forEach((word, at) => {
      if (word >= words) return;
      const bit = 1 << Math.floor(at / WORKGROUP);
      for (let i = 0; i < 16; i++) {
        const j = (quad * 4 + (i >> 2)) * x.cols + word * 4 + (i & 3);
        if (known !== 0 && (filled[quad]! & bit) === 0) x.data[j] = 0;
        else if (x.data[j] !== 0) some |= bit;
      }
    });
    if (known === 0) filled[quad] = some;
  }

  const truth = new Uint32Array(buffers.rows, offset * 16, count).map((code) => code & 0xffffff);
  const folds = new Uint32Array(buffers.rows, offset * 16, count).map((code) => code >>> 24);
  const rowWeights = new Float32Array(buffers.rowWeights, offset * 16, count);
  const [packed, losses, partials] = [new Float32Array(buffers.weights), new Float32Array(buffers.losses), new Float32Array(buffers.partials)];
  const all = decodeWeightColumns(buffers.columns);
  for (let model = 0; model < grid[0]; model++) {
    const first = model * CLASSES;
    const { slot, step, trial = 0 } = all[first]!;
    const columns = all.slice(first, first + CLASSES).map((column) => ({ ...column, heldOut: all[first]!.heldOut, step: trial }));
    const rowsOf = (buffer: ArrayBuffer): Float32Array[] => columns.map((_, c) => new Float32Array(buffer, ((slot + c) * stride + offset) * 16, count));
    // The constant is a feature here: no intercept behind it.
    const weights = columns.map((_, c) =>
      Float32Array.from({ length: x.cols + 1 }, (_, j) => (j < x.cols ? packed[(first * words + (j >> 2) * CLASSES + c) * 4 + (j & 3)]! : 0)),
    );
    const [margins, direction] = [rowsOf(buffers.margins), rowsOf(buffers.direction)];
    const moved = marginsReference({ x: { ...x, rows: count }, weights, steps: columns.map(() => step), direction, margins });
    moved.margins.forEach((values, c) => margins[c]!.set(values));
    moved.direction.forEach((values, c) => direction[c]!.set(values));
    const lossOf = (rows: readonly number[]) => {
      const of = <T>(values: ArrayLike<T>): T[] => rows.map((row) => values[row]!);
      const input = { truth: of(truth), folds: of(folds), weights: of(rowWeights), columns, margins: margins.map(of), direction: direction.map(of) };
      return softmaxLossReference(input, CLASSES);
    };
    for (let tile = 0; tile < Math.ceil(quads / TILE_QUADS); tile++) {
      for (let lane = 0; lane < 4; lane++) {
        const own = Array.from({ length: TILE_QUADS }, (_, q) => (tile * TILE_QUADS + q) * 4 + lane).filter((row) => row < count);
        const { change, slope } = lossOf(own);
        losses.set([change[0]!, slope[0]!], ((model * params.allTiles + offset / TILE_QUADS + tile) * 4 + lane) * 2);
      }
    }
    const { residuals } = lossOf([...truth.keys()]);
    rowsOf(buffers.residuals).forEach((values, c) => values.set(residuals[c]!));
    const padded = residuals.map((values) => Float64Array.from({ length: x.rows }, (_, row) => values[row] ?? 0));
    gradientReference(x, padded, tiles * TILE_QUADS * 4).forEach((sums, z) =>
      sums.forEach((column, c) => partials.set(column.subarray(0, words * 4), ((block + z) * params.columns + first + c) * words * 4)),
    );
  }
}
