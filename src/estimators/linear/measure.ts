// Times both forms of the kernels on a small batch of this device: a few thousand rows of 784 values,
// best of a few runs each, taken in turns so that a busy moment hits both.
import type { Compute, DeviceBuffer } from '../../core/compute.ts';
import { matrix, type Dtype } from '../../core/matrix.ts';
import { encodeColumns, NO_FOLD } from '../../kernels/lib/column.ts';
import { packTiles, TILE_QUADS, tileShape } from '../../kernels/lib/tiles.ts';
import { variants, type Form, type Timings } from './variants.ts';

const ROWS = 4096;
const COLS = 784;
const ROUNDS = 4;
const FORMS = ['plain', 'subgroups'] as const satisfies readonly Form[];

export async function measureVariants(compute: Compute, dtype: Dtype, models: number): Promise<Timings> {
  const shape = tileShape(ROWS, COLS, dtype);
  const { words, quads } = shape;
  const values = dtype === 'u8' ? matrix(ROWS, COLS, new Uint8Array(ROWS * COLS).fill(7)) : matrix(ROWS, COLS, new Float32Array(ROWS * COLS).fill(7));
  const ids = Uint32Array.from({ length: ROWS }, (_, i) => i);
  const blocks = quads / TILE_QUADS;
  const x = compute.upload('measure x', shape.sizeBytes, (target) => packTiles(values, ids, target));
  const columns = compute.create('measure columns', models * 32);
  const perRow = (label: string): DeviceBuffer => compute.create(label, quads * 16 * models);
  const buffers = {
    x,
    columns,
    weights: compute.create('measure weights', words * models * 16),
    direction: perRow('measure direction'),
    margins: perRow('measure margins'),
    residuals: perRow('measure residuals'),
    partials: compute.create('measure partials', blocks * models * words * 16),
  };
  compute.write(
    columns,
    encodeColumns(Array.from({ length: models }, (_, slot) => ({ slot, positive: 1, heldOut: NO_FOLD, step: 0, positiveWeight: 1, negativeWeight: 1 }))),
  );
  const best = { margins: { plain: Infinity, subgroups: Infinity }, gradient: { plain: Infinity, subgroups: Infinity } };
  try {
    // The first round compiles.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const form of FORMS) {
        const { margins, gradient } = variants(dtype, { margins: form, gradient: form }, compute.subgroupLanes);
        const m = margins(models);
        const g = gradient(models, words);
        const { weights, direction, margins: margin, residuals, partials } = buffers;
        const marginsMs = await timed(compute, direction, () =>
          compute.launch(m.kernel, {
            params: { words, quads, offset: 0, stride: quads, first: 0, weight: 0 },
            bindings: { x, weights, columns, direction, margins: margin },
            sizes: m.sizes,
            grid: m.grid(quads),
          }),
        );
        const gradientMs = await timed(compute, partials, () =>
          compute.launch(g.kernel, {
            params: { words, quads, offset: 0, stride: quads, first: 0, columns: models, block: 0 },
            bindings: { x, columns, residuals, partials },
            sizes: g.sizes,
            grid: [g.grid(words), blocks],
          }),
        );
        if (round === 0) continue;
        best.margins[form] = Math.min(best.margins[form], marginsMs);
        best.gradient[form] = Math.min(best.gradient[form], gradientMs);
      }
    }
    return best;
  } finally {
    compute.release(...Object.values(buffers));
  }
}

async function timed(compute: Compute, output: DeviceBuffer, launch: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await launch();
  await compute.read(output, 16);
  return performance.now() - started;
}
