// Times shapes of a kernel on a batch of this device, in turns so that a busy moment hits all of them.
import type { Compute } from '../../../core/compute.ts';
import { matrix, type Matrix } from '../../../core/data/matrix.ts';
import { RandomState } from '../../../core/data/random.ts';
import { encodeColumns, NO_FOLD } from '../../../kernels/lib/column.ts';
import { packTiles, TILE_ROWS, tileShape, type RowDtype } from '../../../kernels/lib/tiles.ts';
import { gradientLaunch, GROUP_SIZES, marginsLaunch, type KernelName, type Shape } from './shapes.ts';

const COLS = 784;
/** Share of values that are not zero, as in pictures of digits. */
const DENSITY = 0.19;
const ROUNDS = 10;
/** After two rounds, candidates this much slower than the best are left out. */
const HOPELESS = 1.3;
/** One sample is as many launches as take about this long. */
const SAMPLE_MS = 2;
const MAX_LAUNCHES = 16;

/** Milliseconds of each shape, the best of a few runs. */
export type Measure = (kernel: KernelName, models: number, shapes: readonly Shape[]) => Promise<readonly number[]>;

/** Lends a way to time kernels over `rows` rows of pictures. */
export async function withMeasure<T>(compute: Compute, dtype: RowDtype, rows: number, use: (measure: Measure) => Promise<T>): Promise<T> {
  const shape = tileShape(rows, COLS, dtype);
  const { words, quads } = shape;
  const models = Math.max(...GROUP_SIZES);
  const tiles = quads / shape.tileQuads;
  const x = compute.upload('measure x', shape.sizeBytes, (target) =>
    packTiles(
      pictures(dtype),
      Uint32Array.from({ length: rows }, (_, i) => i % TILE_ROWS),
      { center: new Float64Array(COLS), unit: new Float64Array(COLS).fill(1) },
      shape,
      target,
    ),
  );
  const columns = compute.create('measure columns', models * 32);
  const weights = compute.create('measure weights', words * models * 16);
  const direction = compute.create('measure direction', quads * 16 * models);
  const margins = compute.create('measure margins', quads * 16 * models);
  const residuals = compute.create('measure residuals', quads * 16 * models);
  const partials = compute.create('measure partials', tiles * models * words * 16);
  compute.write(
    columns,
    encodeColumns(Array.from({ length: models }, (_, slot) => ({ slot, positive: 1, heldOut: NO_FOLD, step: 0, positiveWeight: 1, negativeWeight: 1 }))),
  );

  async function launch(kernel: KernelName, size: number, candidate: Shape): Promise<void> {
    const params = { words, quads, offset: 0, stride: quads, first: 0 };
    if (kernel === 'margins') {
      const { kernel: form, sizes, across } = marginsLaunch(shape, size, candidate, quads);
      return compute.launch(form, { params, bindings: { x, weights, columns, direction, margins }, sizes, grid: [across] });
    }
    const { kernel: form, sizes, across } = gradientLaunch(shape, size, candidate, compute.subgroupLanes);
    return compute.launch(form, {
      params: { ...params, columns: size, block: 0, tiles: 1 },
      bindings: { x, columns, residuals, partials },
      sizes,
      grid: [across, 1, tiles],
    });
  }

  async function timed(kernel: KernelName, size: number, candidate: Shape, launches: number): Promise<number> {
    const started = performance.now();
    for (let i = 0; i < launches; i++) await launch(kernel, size, candidate);
    await compute.read(columns, 16);
    return (performance.now() - started) / launches;
  }

  try {
    return await use(async (kernel, size, shapes) => {
      await Promise.all(shapes.map((candidate) => launch(kernel, size, candidate))); // compiles
      await compute.settle();
      const launches = Math.min(MAX_LAUNCHES, Math.ceil(SAMPLE_MS / (await timed(kernel, size, shapes[0]!, 1))));
      const best = shapes.map(() => Infinity);
      for (let round = 0; round < ROUNDS; round++) {
        const limit = round < 2 ? Infinity : HOPELESS * Math.min(...best);
        for (const [i, candidate] of shapes.entries()) {
          if (best[i]! <= limit) best[i] = Math.min(best[i]!, await timed(kernel, size, candidate, launches));
        }
      }
      return best;
    });
  } finally {
    compute.release(x, columns, weights, direction, margins, residuals, partials);
  }
}

/** One tile of rows, most of their values zero. */
function pictures(dtype: RowDtype): Matrix {
  const random = new RandomState(1);
  const value = (): number => (random.uint32() < DENSITY * 2 ** 32 ? random.interval(255) : 0);
  const values = Uint8Array.from({ length: TILE_ROWS * COLS }, value);
  return dtype === 'u8' ? matrix(TILE_ROWS, COLS, values) : matrix(TILE_ROWS, COLS, Float32Array.from(values));
}
