import { describe } from 'vitest';
import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { batchCase, columnsAt, intoSlots } from '../support/batch.ts';
import { testCompute } from '../support/compute.ts';
import { runsOn, variantsOf, wayOf } from '../../src/core/tuning/variants.ts';
import { gradientLaunch } from '../../src/estimators/linear/tuning/launches.ts';
import { gradient } from '../../src/kernels/gradient/gradient.ts';
import { gradientReference } from '../../src/kernels/gradient/gradient.reference.ts';
import { encodeWeightColumns } from '../../src/kernels/lib/weightColumn.ts';
import { TILE_QUADS, TILE_ROWS, type RowDtype } from '../../src/kernels/lib/tiles.ts';

const compute = await testCompute();
type Gradient = typeof gradient.u8;

interface Shape {
  readonly rows: number;
  readonly cols: number;
  readonly models: number;
  readonly scale?: number;
  readonly blockTiles?: number;
}

function gradientCase(dtype: RowDtype, name: string, { rows, cols, models, scale = 1, blockTiles = 8 }: Shape, seed: number): KernelCase<Gradient> {
  const { x, shape, tiles, values } = batchCase(rows, cols, seed, dtype);
  const { words, quads } = shape;
  const residuals = Array.from({ length: models }, () => values(rows, scale));
  const blocks = gradientReference(x, residuals, blockTiles * TILE_ROWS);
  const expected = new Float64Array(blocks.length * models * words * 4).fill(NaN);
  blocks.forEach((block, b) => block.forEach((sums, m) => expected.set(sums, (b * models + m) * words * 4)));
  return {
    name,
    params: { words, quads, offset: 0, stride: quads, first: 0, columns: models, block: 0, tiles: blockTiles },
    sizes: { MODELS: models },
    grid: [Math.ceil(words / gradient.u8.sizes.WORKGROUP), 1, blocks.length],
    buffers: {
      x: tiles,
      columns: encodeWeightColumns(columnsAt(residuals.map(() => 0))),
      residuals: Float32Array.from(intoSlots(residuals, quads * 4, 0)),
      partials: new Float32Array(expected.length),
    },
    // f32 sums of up to 512 products of size (255 or 1) * scale in a row.
    outputs: { partials: { values: expected, type: 'f32', absolute: 512 * (dtype === 'u8' ? 255 : 1) * scale * 1.2e-7, relative: 1e-6 } },
  };
}

describe.each(['u8', 'f32'] as const)('%s rows', (dtype) => {
  const cases = [
    gradientCase(dtype, 'one row, one column', { rows: 1, cols: 1, models: 1 }, 1),
    gradientCase(dtype, 'a row short of a block', { rows: 511, cols: 5, models: 2 }, 2),
    gradientCase(dtype, 'a whole block', { rows: 512, cols: 8, models: 1 }, 3),
    gradientCase(dtype, 'a row past a block', { rows: 513, cols: 7, models: 3 }, 4),
    gradientCase(dtype, 'pictures, four models', { rows: 1100, cols: 784, models: 4 }, 5),
    gradientCase(dtype, 'eight models', { rows: 130, cols: 30, models: 8 }, 6),
    gradientCase(dtype, 'blocks of one tile', { rows: 200, cols: 12, models: 2, blockTiles: 1 }, 7),
    gradientCase(dtype, 'a block of many tiles', { rows: 9000, cols: 5, models: 2, blockTiles: 18 }, 12),
    gradientCase(dtype, 'more words than a workgroup', { rows: 70, cols: 1003, models: 1 }, 8),
    gradientCase(dtype, 'zero residuals', { rows: 70, cols: 9, models: 2, scale: 0 }, 9),
    gradientCase(dtype, 'tiny residuals', { rows: 600, cols: 9, models: 2, scale: 1e-20 }, 10),
  ];
  const pictures = gradientCase(dtype, '', { rows: 1100, cols: 1003, models: 2, blockTiles: 2 }, 11);
  const ways = (variantsOf(gradient[dtype]) as readonly Gradient[]).filter((one) => runsOn(one, compute));
  for (const kernel of ways) {
    const { sizes, across } = gradientLaunch({ words: pictures.params.words, tileQuads: TILE_QUADS }, 2, kernel, compute.subgroupLanes);
    checkKernel(kernel, [{ ...pictures, name: wayOf(kernel), sizes, grid: [across, 1, pictures.grid[2]!] }], () => compute);
  }
  // The first of each form.
  for (const kernel of ways.filter((one, i, all) => all.findIndex(({ name }) => name === one.name) === i)) checkKernel(kernel, cases, () => compute);
});
