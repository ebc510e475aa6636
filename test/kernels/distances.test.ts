import { describe, expect, test } from 'vitest';
import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { batchCase } from '../support/batch.ts';
import { testCompute } from '../support/compute.ts';
import type { Compute } from '../../src/core/compute.ts';
import { runsOn, variantsOf } from '../../src/core/tuning/variants.ts';
import { distances } from '../../src/kernels/distances/distances.ts';
import { distancesReference, nearestReference } from '../../src/kernels/distances/distances.reference.ts';
import type { RowDtype } from '../../src/kernels/lib/tiles.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';

const compute = await testCompute();
type Distances = (typeof distances)[RowDtype];
/** In each form that this device runs. */
const formsOf = (dtype: RowDtype): readonly Distances[] => (variantsOf(distances[dtype]) as readonly Distances[]).filter((one) => runsOn(one, compute));

interface Shape {
  readonly rows: number;
  readonly cols: number;
  readonly count: number;
  readonly manhattan?: boolean;
  readonly all?: boolean;
  readonly scale?: number;
}

function distancesCase(
  dtype: RowDtype,
  name: string,
  { rows, cols, count, manhattan = false, all = true, scale = 1 }: Shape,
  seed: number,
): KernelCase<Distances> {
  const { x, shape, tiles, values } = batchCase(rows, cols, seed, dtype);
  const { words, quads } = shape;
  const scales = values(cols, scale);
  const centers = Array.from({ length: count }, () => values(cols, dtype === 'u8' ? 255 : 1));
  const packed = new Float32Array(count * words * 4);
  centers.forEach((center, c) => packed.set(center, c * words * 4));
  const packedScales = new Float32Array(words * 4);
  packedScales.set(scales);
  const found = distancesReference({ x, scales, centers, manhattan });
  const codes = nearestReference(found);
  const slots = all ? found : [Float64Array.from(codes, (code, row) => found[code]![row]!)];
  const expected = new Float64Array(slots.length * quads * 4).fill(NaN);
  slots.forEach((own, c) => expected.set(own, c * quads * 4));
  const nearest = new Float64Array(quads * 4).fill(NaN);
  nearest.set(codes);
  return {
    name,
    params: { words, centers: count, first: 0, end: quads, offset: 0, stride: quads },
    sizes: { ALL: Number(all), MANHATTAN: Number(manhattan) },
    grid: [Math.ceil(quads / distances.u8.sizes.WORKGROUP), 1],
    buffers: { x: tiles, scales: packedScales, centers: packed, nearest: new Uint32Array(quads * 4), distances: new Float32Array(expected.length) },
    outputs: {
      // Nothing cancels: relative to the sum, as many roundings as there are features.
      distances: { values: expected, type: 'f32', absolute: 1e-30, relative: 3e-7 + cols * 6e-8 },
      nearest: { values: nearest, type: 'u32', absolute: 0, relative: 0 },
    },
  };
}

const FORMS = (['u8', 'f32'] as const).flatMap((dtype) => formsOf(dtype).map((kernel) => [`${dtype} rows, ${kernel.name}`, dtype, kernel] as const));

describe.each(FORMS)('%s', (_, dtype, kernel) => {
  checkKernel(
    kernel,
    [
      distancesCase(dtype, 'one row, one center', { rows: 1, cols: 1, count: 1 }, 1),
      distancesCase(dtype, 'fewer centers than are taken at a time', { rows: 511, cols: 5, count: 3 }, 2),
      distancesCase(dtype, 'a row past a tile, Manhattan', { rows: 513, cols: 8, count: 4, manhattan: true }, 3),
      distancesCase(dtype, 'the nearest only', { rows: 700, cols: 7, count: 9, all: false }, 4),
      distancesCase(dtype, 'pictures, ten centers', { rows: 600, cols: 784, count: 10 }, 5),
      distancesCase(dtype, 'small scales', { rows: 70, cols: 9, count: 5, scale: 1e-8 }, 6),
    ],
    () => compute,
  );

  test('sets and ranges: the host does what the device does', async () => {
    const { shape, tiles, random } = batchCase(900, 6, 9, dtype);
    const { words } = shape;
    const [sets, count, first, end, offset, stride] = [3, 5, 40, 150, 7, 130];
    const centers = Float32Array.from({ length: sets * count * words * 4 }, () => random.interval(200) / (dtype === 'u8' ? 1 : 200));
    const scales = Float32Array.from({ length: words * 4 }, (_, j) => (j < 6 ? 1 + j : 0));
    for (const all of [0, 1]) {
      const ran = async (on: Compute): Promise<readonly [Uint32Array, Float32Array]> => {
        const buffers = {
          x: on.upload('x', tiles.byteLength, (target) => new Uint8Array(target).set(tiles)),
          scales: on.upload('scales', scales.byteLength, (target) => new Float32Array(target).set(scales)),
          centers: on.upload('centers', centers.byteLength, (target) => new Float32Array(target).set(centers)),
          nearest: on.create('nearest', sets * stride * 16),
          distances: on.create('distances', sets * (all ? count : 1) * stride * 16),
        };
        const params = { words, centers: count, first, end, offset, stride };
        await on.launch(on === compute ? kernel : distances[dtype], {
          params,
          bindings: buffers,
          sizes: { ALL: all },
          grid: [Math.ceil((end - first) / 64), sets],
        });
        const out = [new Uint32Array(await on.read(buffers.nearest)), new Float32Array(await on.read(buffers.distances))] as const;
        on.release(...Object.values(buffers));
        return out;
      };
      const [[codes, device], [hostCodes, host]] = [await ran(compute), await ran(new ReferenceCompute())];
      expect(new Set(codes).size).toBeGreaterThan(1);
      expect(codes).toEqual(hostCodes);
      device.forEach((value, i) => expect(Math.abs(value - host[i]!)).toBeLessThanOrEqual(2e-6 * Math.abs(value)));
    }
  });
});
