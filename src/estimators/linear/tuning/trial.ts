// Rows and models like those of a batch, for kernels to be measured on.
import type { Compute } from '../../../core/compute.ts';
import { matrix, type Matrix } from '../../../core/data/matrix.ts';
import { RandomState } from '../../../core/data/random.ts';
import type { Trial } from '../../../core/tuning/tune.ts';
import { encodeWeightColumns, NO_FOLD } from '../../../kernels/lib/weightColumn.ts';
import { packTiles, TILE_ROWS, tileShape, type RowDtype } from '../../../kernels/lib/tiles.ts';
import { gradientLaunch, marginsLaunch, type GroupSize } from './launches.ts';

const COLS = 784;
/** Share of values that are not zero, as in pictures of digits. */
const DENSITY = 0.19;

/** @param rows a multiple of TILE_ROWS */
export function trialOf(compute: Compute, of: 'margins' | 'gradient', dtype: RowDtype, models: GroupSize, rows: number): Trial {
  const shape = tileShape(rows, COLS, dtype);
  const { words, quads } = shape;
  const tiles = quads / shape.tileQuads;
  const x = compute.upload('trial x', shape.sizeBytes, (target) =>
    packTiles(
      pictures(dtype),
      Uint32Array.from({ length: rows }, (_, i) => i % TILE_ROWS),
      { center: new Float64Array(COLS), unit: new Float64Array(COLS).fill(1) },
      shape,
      target,
    ),
  );
  const columns = compute.create('trial columns', models * 32);
  const perRow = quads * 16 * models;
  const buffers =
    of === 'margins'
      ? {
          weights: compute.create('trial weights', words * models * 16),
          direction: compute.create('trial direction', perRow),
          margins: compute.create('trial margins', perRow),
        }
      : { residuals: compute.create('trial residuals', perRow), partials: compute.create('trial partials', tiles * models * words * 16) };
  compute.write(
    columns,
    encodeWeightColumns(Array.from({ length: models }, (_, slot) => ({ slot, positive: 1, heldOut: NO_FOLD, step: 0, positiveWeight: 1, negativeWeight: 1 }))),
  );
  const params = { words, quads, offset: 0, stride: quads, first: 0 };
  const bindings = { x, columns, ...buffers };
  return {
    async launch(kernel) {
      if (of === 'margins') {
        const { sizes, across } = marginsLaunch(shape, models, kernel, quads);
        return compute.launch(kernel, { params, bindings, sizes, grid: [across] });
      }
      const { sizes, across } = gradientLaunch(shape, models, kernel, compute.subgroupLanes);
      return compute.launch(kernel, { params: { ...params, columns: models, block: 0, tiles: 1 }, bindings, sizes, grid: [across, 1, tiles] });
    },
    release: () => compute.release(...Object.values(bindings)),
  };
}

/** One tile of rows, most of their values zero. */
function pictures(dtype: RowDtype): Matrix {
  const random = new RandomState(1);
  const value = (): number => (random.uint32() < DENSITY * 2 ** 32 ? random.interval(255) : 0);
  const values = Uint8Array.from({ length: TILE_ROWS * COLS }, value);
  return dtype === 'u8' ? matrix(TILE_ROWS, COLS, values) : matrix(TILE_ROWS, COLS, Float32Array.from(values));
}
