import { describe, expect, test } from 'vitest';
import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { batchCase } from '../support/batch.ts';
import { testCompute } from '../support/compute.ts';
import type { Compute } from '../../src/core/compute.ts';
import { groupSums, NO_GROUP } from '../../src/kernels/groupSums/groupSums.ts';
import { groupSumsReference } from '../../src/kernels/groupSums/groupSums.reference.ts';
import { TILE_ROWS, type RowDtype } from '../../src/kernels/lib/tiles.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';

const compute = await testCompute();
type Sums = (typeof groupSums)[RowDtype];

interface Shape {
  readonly rows: number;
  readonly cols: number;
  readonly groups: number;
  readonly tiles?: number;
  readonly moments?: 1 | 2;
}

function sumsCase(dtype: RowDtype, name: string, { rows, cols, groups, tiles = 1, moments = 1 }: Shape, seed: number): KernelCase<Sums> {
  const { x, shape, tiles: packed, values, random } = batchCase(rows, cols, seed, dtype);
  const { words, quads } = shape;
  const exact = dtype === 'u8' && moments === 1;
  // One code more than there are groups: such rows count nowhere.
  const codes = new Uint32Array(quads * 4).fill(NO_GROUP);
  for (let row = 0; row < rows; row++) codes[row] = random.interval(groups);
  const weights = new Float32Array(quads * 4);
  for (let row = 0; row < rows; row++) weights[row] = exact ? 1 + random.interval(2) : random.interval(3) / 2;
  const centers = Array.from({ length: groups }, () => (moments === 2 ? values(cols, dtype === 'u8' ? 200 : 1) : new Float32Array(cols)));
  const packedCenters = new Float32Array(groups * words * 4);
  centers.forEach((center, g) => packedCenters.set(center, g * words * 4));
  const { sums, squares } = groupSumsReference({ x, codes, groups, weights, centers, blockRows: tiles * TILE_ROWS });
  const expected = new Float64Array(sums.length * moments * groups * words * 4);
  for (let block = 0; block < sums.length; block++) {
    for (let moment = 0; moment < moments; moment++) {
      for (let g = 0; g < groups; g++) {
        const at = ((block * moments + moment) * groups + g) * words * 4;
        expected.set((moment === 0 ? sums : squares)[block]![g]!, at);
        let total = 0;
        for (let row = block * tiles * TILE_ROWS; row < Math.min(rows, (block + 1) * tiles * TILE_ROWS); row++) if (codes[row] === g) total += weights[row]!;
        expected[at + cols] = total;
      }
    }
  }
  const reach = (dtype === 'u8' ? 455 : 2) ** moments;
  return {
    name,
    params: { words, quads, offset: 0, stride: quads, groups, first: 0, tiles },
    sizes: { MOMENTS: moments },
    grid: [Math.ceil(words / groupSums.u8.sizes.WORKGROUP), sums.length, 1],
    buffers: { x: packed, codes, weights, centers: packedCenters, partials: new Float32Array(expected.length).fill(7) },
    // Bytes are summed exactly; f32 sums run over the rows of a block.
    outputs: { partials: { values: expected, type: 'f32', absolute: exact ? 0 : tiles * 512 * reach * 6e-8, relative: exact ? 0 : 1e-6 } },
  };
}

describe.each(['u8', 'f32'] as const)('%s rows', (dtype) => {
  checkKernel(
    groupSums[dtype] as Sums,
    [
      sumsCase(dtype, 'one row, one group', { rows: 1, cols: 1, groups: 1 }, 1),
      sumsCase(dtype, 'a row short of a tile', { rows: 511, cols: 5, groups: 2 }, 2),
      sumsCase(dtype, 'a row past a tile, squares', { rows: 513, cols: 7, groups: 3, moments: 2 }, 3),
      sumsCase(dtype, 'pictures, blocks of two tiles', { rows: 1600, cols: 784, groups: 10, tiles: 2 }, 4),
      sumsCase(dtype, 'many groups, squares', { rows: 700, cols: 12, groups: 60, moments: 2 }, 5),
      sumsCase(dtype, 'more words than a workgroup', { rows: 70, cols: 1003, groups: 2 }, 6),
    ],
    () => compute,
  );

  test('sets, chunks and tiles that begin later: the host does what the device does', async () => {
    const { shape, tiles, random } = batchCase(1300, 9, 8, dtype);
    const [words, quads, groups, sets, offset] = [shape.words, shape.quads, 4, 3, 64];
    const stride = quads + offset;
    const codes = Uint32Array.from({ length: sets * stride * 4 }, () => random.interval(groups));
    const weights = Float32Array.from({ length: stride * 4 }, () => random.interval(2));
    const centers = Float32Array.from({ length: groups * words * 4 }, () => random.interval(3));
    const ran = async (on: Compute): Promise<number[]> => {
      const buffers = {
        x: on.upload('x', tiles.byteLength, (target) => new Uint8Array(target).set(tiles)),
        codes: on.upload('codes', codes.byteLength, (target) => new Uint32Array(target).set(codes)),
        weights: on.upload('weights', weights.byteLength, (target) => new Float32Array(target).set(weights)),
        centers: on.upload('centers', centers.byteLength, (target) => new Float32Array(target).set(centers)),
        partials: on.create('partials', sets * 2 * 2 * groups * words * 16),
      };
      const params = { words, quads, offset, stride, groups, first: 1, tiles: 1 };
      await on.launch(groupSums[dtype], { params, bindings: buffers, sizes: { MOMENTS: 2 }, grid: [1, 2, sets] });
      const out = [...new Float32Array(await on.read(buffers.partials))];
      on.release(...Object.values(buffers));
      return out;
    };
    const [device, host] = [await ran(compute), await ran(new ReferenceCompute())];
    expect(device.some((value) => value !== 0)).toBe(true);
    device.forEach((value, i) => expect(Math.abs(value - host[i]!)).toBeLessThanOrEqual(1e-4 + 1e-5 * Math.abs(value)));
  });
});
