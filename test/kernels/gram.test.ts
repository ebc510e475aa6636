// Products of every two features: equal to float64 to far below f32's rounding, and without any of bytes that count once.
import { describe, expect, test } from 'vitest';
import { checkKernel, type KernelCase } from '../suites/checkKernel.ts';
import { batchCase, plainFrame } from '../support/batch.ts';
import { testCompute } from '../support/compute.ts';
import type { Kernel } from '../../src/core/compute.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import { EXACT_ROWS, gram, gramGrid, PAIR_FLOATS, PAIR_SUMS, pairAt, pairsOf } from '../../src/kernels/gram/gram.ts';
import { gramReference } from '../../src/kernels/gram/gram.reference.ts';
import { wholeSubgroups } from '../../src/kernels/lib/subgroups.ts';
import { packTiles, type Part } from '../../src/kernels/lib/tiles.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';

const compute = await testCompute();
type Form = keyof typeof gram;
/** Of the sum of magnitudes: nothing for bytes that count once. */
const PRECISION = { exact: 0, exactSubgroups: 0, u8: 1e-13, f32: 1e-13 } as const;
/** In workgroups of whole subgroups. */
const KERNELS: Readonly<Record<Form, Kernel>> = {
  ...gram,
  exactSubgroups: { ...gram.exactSubgroups, sizes: { ...gram.exactSubgroups.sizes, WORKGROUP: wholeSubgroups(32, compute) } },
};
const EXACT: readonly Form[] = compute.subgroupLanes > 0 ? ['exact', 'exactSubgroups'] : ['exact'];

interface Shape {
  readonly rows: number;
  readonly cols: number;
  readonly first?: number;
  readonly end?: number;
  readonly block?: number;
}

const isExact = (form: Form): boolean => PRECISION[form] === 0;

/** Where a sum of features i and j stands: an exact one, or its high part; the low part is 4 behind that. */
function placeOf(form: Form, words: number, block: number, i: number, j: number): number {
  const pair = block * pairsOf(words) + pairAt(words, i >> 2, j >> 2);
  return isExact(form) ? pair * PAIR_SUMS + (j & 3) * 4 + (i & 3) : pair * PAIR_FLOATS + (j & 3) * 8 + (i & 3);
}

function gramCase(form: Form, name: string, { rows, cols, first = 0, end = rows, block = 256 }: Shape, seed: number) {
  const { x: plain, shape, tiles, random, values } = batchCase(rows, cols, seed, form === 'f32' ? 'f32' : 'u8');
  const { words, quads } = shape;
  const parts = (x: Matrix): Readonly<Record<string, Uint8Array>> => {
    const part = (kind: Part): Uint8Array => {
      const target = new Uint8Array(shape.sizeBytes);
      packTiles(
        x,
        Uint32Array.from({ length: rows }, (_, i) => i),
        plainFrame(cols),
        shape,
        target.buffer,
        { part: kind },
      );
      return target;
    };
    return { x: part('high'), xLow: part('low') };
  };
  // float64 numbers that f32 cannot hold.
  const x =
    form === 'f32'
      ? matrix(
          rows,
          cols,
          Float64Array.from(plain.data, (value) => value + random.uint32() / 2 ** 63),
        )
      : plain;
  const weights = isExact(form) ? new Float32Array(rows).fill(1) : values(rows).map((value) => value + 1);
  const blocks = Math.ceil((end - first) / block);
  const length = blocks * pairsOf(words) * (isExact(form) ? PAIR_SUMS : PAIR_FLOATS);
  // The last word first.
  const order = Uint32Array.from({ length: words }, (_, at) => words - 1 - at);
  const placed = (i: number): number => (form === 'exactSubgroups' ? order.indexOf(i >> 2) * 4 + (i & 3) : i);
  const magnitudes = { ...x, data: x.data.map(Math.abs) } as Matrix;
  const expected: (readonly [at: number, value: number, size: number])[] = [];
  for (let z = 0; z < blocks; z++) {
    const range = [first + z * block, Math.min(first + (z + 1) * block, end)] as const;
    const sums = gramReference(x, weights, ...range);
    const sizes = gramReference(magnitudes, weights, ...range);
    for (let i = 0; i < cols; i++) {
      for (let j = i; j < cols; j++) {
        const [a, b] = [placed(i), placed(j)];
        expected.push([placeOf(form, words, z, Math.min(a, b), Math.max(a, b)), sums[i * cols + j]!, sizes[i * cols + j]!]);
      }
    }
  }
  const highs = new Float64Array(length).fill(NaN);
  for (const [at, value] of expected) highs[at] = value;
  const padded = new Float32Array(quads * 4);
  padded.set(weights);
  const one: KernelCase<Kernel> = {
    name,
    params: { words, first, end, block, ...(isExact(form) ? {} : { zero: 0, offset: 0 }) },
    sizes: { TILE_QUADS: shape.tileQuads },
    grid: [...gramGrid(KERNELS[form], words), blocks],
    buffers: {
      ...(form === 'f32' ? parts(x) : { x: tiles }),
      ...(form === 'exactSubgroups' ? { order } : {}),
      ...(isExact(form) ? { partials: new Uint32Array(length) } : { weights: padded, partials: new Float32Array(length) }),
    },
    outputs: {
      partials: isExact(form) ? { values: highs, type: 'u32', absolute: 0, relative: 0 } : { values: highs, type: 'f32', absolute: 1e-30, relative: 1e-6 },
    },
  };
  return { one, expected };
}

const SHAPES: readonly (readonly [string, Shape])[] = [
  ['one row, one column', { rows: 1, cols: 1 }],
  ['a row past a tile', { rows: 513, cols: 7 }],
  ['a range that begins and ends within quads', { rows: 700, cols: 9, first: 3, end: 601, block: 200 }],
  ['one row of many', { rows: 90, cols: 5, first: 42, end: 43 }],
  ['more words than a workgroup', { rows: 70, cols: 67 }],
  ['blocks that are no whole quads', { rows: 100, cols: 6, block: 30 }],
];

describe.each([...EXACT, 'u8', 'f32'] as const)('%s', (form) => {
  const cases = SHAPES.map(([name, shape], i) => gramCase(form, name, shape, i + 1));
  // Wide signed sums cancel: their high parts are within a rounding of the magnitudes, which the test of both parts states.
  checkKernel(
    KERNELS[form],
    cases.map(({ one, expected }) => {
      if (isExact(form)) return one;
      const largest = Math.max(...expected.map(([, , size]) => size));
      return { ...one, outputs: { partials: { ...one.outputs.partials!, absolute: form === 'f32' ? 1e-7 * largest : 0, relative: 6e-8 } } };
    }),
    () => compute,
  );
  test.each(cases.map(({ one, expected }) => [one.name, one, expected] as const))(
    'high and low parts, on a device and on the host: %s',
    async (_, one, expected) => {
      for (const on of [compute, new ReferenceCompute()]) {
        const bindings = Object.fromEntries(
          Object.entries(one.buffers).map(([name, view]) => [
            name,
            on.upload(name, view!.byteLength, (target) => new Uint8Array(target).set(new Uint8Array(view!.buffer, view!.byteOffset, view!.byteLength))),
          ]),
        );
        const kernel = on === compute ? KERNELS[form] : { ...KERNELS[form], enable: [] }; // the host has no subgroups, and needs none
        await on.launch(kernel, { params: one.params, bindings, sizes: one.sizes as Readonly<Record<string, number>>, grid: one.grid });
        const bytes = await on.read(bindings['partials']!);
        on.release(...Object.values(bindings));
        const [floats, exacts] = [new Float32Array(bytes), new Uint32Array(bytes)];
        const read = (at: number): number => (isExact(form) ? exacts[at]! : floats[at]! + floats[at + 4]!);
        const wrong = expected.filter(([at, value, size]) => !(Math.abs(read(at) - value) <= PRECISION[form] * size));
        expect(wrong.slice(0, 3)).toEqual([]);
      }
    },
  );
});

test.each(EXACT)('%s: 70 000 rows of 255 do not overflow, nor lose a digit', async (form) => {
  const rows = 70_000;
  const { shape, tiles } = batchCase(rows, 3, 1, 'u8', () => 255);
  const { words } = shape;
  const bindings = {
    x: compute.upload('x', tiles.byteLength, (target) => new Uint8Array(target).set(tiles)),
    ...(form === 'exactSubgroups' && { order: compute.create('order', words * 4) }),
    partials: compute.create('partials', 2 * pairsOf(words) * PAIR_SUMS * 4),
  };
  await compute.launch(KERNELS[form], { params: { words, first: 0, end: rows - 1, block: EXACT_ROWS }, bindings, grid: [1, 1, 2] });
  const read = new Uint32Array(await compute.read(bindings.partials));
  compute.release(...Object.values(bindings));
  expect(read[placeOf(form, words, 0, 1, 2)]! + read[placeOf(form, words, 1, 1, 2)]!).toBe((rows - 1) * 255 * 255);
});
