// Pictures moved by some pixels: what scipy's shift makes of them, in memory or read in blocks, and what models learn of them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  augment,
  crossValidate,
  digits,
  fetch,
  fit,
  kNeighborsClassifier,
  logisticRegression,
  matrix,
  pipeline,
  score,
  split,
  stage,
  takeRows,
  type Dataset,
  type Split,
} from '../../src/api.ts';
import type { Features } from '../../src/core/data/features.ts';
import { RandomState } from '../../src/core/data/random.ts';
import type { Compute, DeviceBuffer } from '../../src/core/compute.ts';
import { decode, encode } from '../../src/core/encoding/encoding.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { pipelineOf } from '../../src/dsl/graph/pipeline.ts';
import { place } from '../../src/estimators/pairs/place.ts';
import { eachBlock } from '../../src/estimators/rows/held.ts';
import { tilesOnDevice } from '../../src/estimators/rows/tilesOnDevice.ts';
import { runPipeline } from '../../src/node.ts';
import { shiftedRows } from '../../src/stages/augment/shiftedRows.ts';
import { testCompute } from '../support/compute.ts';
import { runSmall, smallData } from '../support/smallData.ts';

const ranges = { train: [2, 12], test: [12, 20] } as const;

/** A picture moved pixel by pixel. */
function moved(pixels: ArrayLike<number>, width: number, height: number, right: number, down: number): number[] {
  return Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [(at % width) - right, Math.floor(at / width) - down];
    return x >= 0 && x < width && y >= 0 && y < height ? pixels[y * width + x]! : 0;
  });
}

test('each picture again for each shift, with its target, group and weight; encoded and decoded, it is the same', async () => {
  const far = fc.tuple(fc.integer({ min: -2, max: 2 }), fc.integer({ min: -3, max: 3 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(far, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(Uint8Array, Uint16Array, Float32Array, Float64Array),
      async (shifts, Numbers) => {
        const [width, height] = [3, 4];
        const data = new Numbers(20 * width * height).map((_, at) => (at * 37) % 251);
        const source: Dataset<'all'> = {
          ...smallData(),
          x: matrix(20, width * height, data),
          picture: { width, height },
          groups: Uint32Array.from({ length: 20 }, (_, row) => row >> 1),
          weights: Float32Array.from({ length: 20 }, (_, row) => row / 4),
        };
        const seen: Split[] = [];
        const look = stage({ id: 'look', needs: ['train', 'test'], provides: [], run: (state: Split) => (seen.push(state), {}) });
        const made = pipeline('moved', fetch({ name: 'small', load: async () => source }), split({ ...ranges }), augment({ shifts }), look);
        const { outputs, error } = await runSmall(made);
        expect(error).toBeUndefined();
        const { train } = seen[0]!;
        const all = [[0, 0] as const, ...shifts];
        expect(outputs['augment']).toEqual({ rows: all.length * 10 });
        const wanted = all.flatMap(([right, down]) =>
          Array.from({ length: 10 }, (_, i) => moved(data.subarray((2 + i) * 12, (3 + i) * 12), width, height, right, down)),
        );
        const rows = await takeRows(train.x, train.rows);
        expect([...rows.data]).toEqual(wanted.flat());
        const backwards = train.rows.toReversed();
        expect([...(await takeRows(train.x, backwards)).data]).toEqual(wanted.toReversed().flat());
        expect([...train.labels]).toEqual(all.flatMap(() => Array.from({ length: 10 }, (_, i) => (i + 2) % 10)));
        expect([...train.groups!]).toEqual(all.flatMap(() => Array.from({ length: 10 }, (_, i) => (i + 2) >> 1)));
        expect([...train.weights!]).toEqual(all.flatMap(() => Array.from({ length: 10 }, (_, i) => (i + 2) / 4)));
        const { text, blobs } = await encode(train.x);
        const back = (await decode(text, async (digest) => blobs.get(digest)!)) as typeof train.x;
        expect([...(await takeRows(back, train.rows)).data]).toEqual([...rows.data]);
      },
    ),
    { numRuns: 10 },
  );
});

test.each([
  ['rows that are no pictures', { picture: undefined }, [[1, 0]], 'augment: the rows of small are no pictures.'],
  [
    'a shift past the edge',
    {},
    [
      [0, 1],
      [0, 2],
    ],
    'augment: a shift by [0, 2] leaves nothing of pictures of 2 x 2.',
  ],
] as const)('%s are refused', async (_, more, shifts, message) => {
  const source = { name: 'small', load: async () => ({ ...smallData(), ...more }) as Dataset<'all'> };
  const { error } = await runSmall(pipeline('wrong', fetch(source), split({ ...ranges }), augment({ shifts })));
  expect(error).toMatchObject({ code: 'E_SHAPE', message });
});

test('models of them are those of the same rows in memory', async () => {
  const shifts = [
    [0, -1],
    [0, 1],
    [-1, 0],
    [1, 0],
  ] as const;
  const plain = stage({
    id: 'plain',
    needs: ['train'],
    provides: ['train'],
    run: async ({ train }: Pick<Split, 'train'>) => ({ train: { ...train, x: await takeRows(train.x, train.rows) } }),
  });
  const fits = [fit(kNeighborsClassifier({ nNeighbors: 4, weights: 'distance' })), fit(logisticRegression({ tol: 0.1, maxIter: 5 }))];
  for (const fitted of fits) {
    const [own, inMemory] = await Promise.all(
      [[augment({ shifts })], [augment({ shifts }), plain]].map((stages) =>
        runPipeline(pipelineOf('digits', [fetch(digits()), split({ train: [0, 200], test: [200, 400] }), ...stages, fitted, score({ on: 'test' })])),
      ),
    );
    expect(own!.error).toBeUndefined();
    expect(own!.outputs['score']).toEqual(inMemory!.outputs['score']);
  }
});

test('a picture and its copies are one group: folds that part them are told of, and folds by groups keep them together', async () => {
  const warned = async (folds: number | { readonly groups: number }) => {
    const events: RunEvent[] = [];
    const { error } = await runPipeline(
      pipelineOf('digits', [
        fetch(digits()),
        split({ train: [0, 60], test: [60, 100] }),
        augment({ shifts: [[1, 0]] }),
        crossValidate(kNeighborsClassifier({ nNeighbors: 1 }), { folds, ...(typeof folds === 'number' ? { shuffleSeed: 1 } : {}) } as { folds: number }),
      ]),
      { onEvent: (event) => void events.push(event) },
    );
    expect(error).toBeUndefined();
    return events.filter(({ type }) => type === 'warning');
  };
  expect(await warned(3)).toEqual([expect.objectContaining({ code: 'W_GROUPS', hint: expect.stringContaining('folds: { groups: 3 }') })]);
  expect(await warned({ groups: 3 })).toEqual([]);
});

const compute = await testCompute();

test('a device makes the very bytes that the host makes, and no more of them than a sample is ever there', async () => {
  const sizes = fc.record({ width: fc.integer({ min: 2, max: 9 }), height: fc.integer({ min: 2, max: 9 }), colors: fc.constantFrom(1, 3) });
  const far = fc.tuple(fc.integer({ min: -1, max: 1 }), fc.integer({ min: -1, max: 1 }));
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.array(far, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(2 ** 14, 2 ** 27),
      fc.integer({ min: 1, max: 2 ** 31 }),
      fc.boolean(),
      async ({ width, height, colors }, shifts, maxBindingBytes, seed, constant) => {
        const cols = width * height * colors;
        const random = new RandomState(seed);
        const x = matrix(
          900,
          cols,
          Uint8Array.from({ length: 900 * cols }, (_, at) => (constant && at % cols === 0 ? 9 : (at * 37 + (at >> 5)) % 251)),
        );
        const fields = { x, ids: Uint32Array.from({ length: 400 }, () => random.interval(899)), width, height, shifts };
        let read = 0;
        const { readRows, ...rest } = shiftedRows(fields);
        const made = { ...rest, readRows: async (ids: Uint32Array, target: never) => ((read += ids.length), readRows(ids, target)) };
        const copies = await takeRows(
          { ...rest, readRows },
          Uint32Array.from({ length: rest.rows }, (_, i) => i),
        );
        const rows = random.permutation(rest.rows).slice(random.interval(99));
        const device: Compute = { ...compute, limits: { ...compute.limits, maxBindingBytes } };
        const frame = { center: new Float64Array(cols), unit: new Float64Array(cols).fill(1) };
        const bytesOf = async (of: Features, form: 'tiles' | 'pairs'): Promise<Uint8Array[]> => {
          const found: Uint8Array[] = [];
          const use = async (x: DeviceBuffer): Promise<void> => void found.push(new Uint8Array(await device.read(x)));
          const data = { x: of, rows, name: 'moved' };
          const held = form === 'tiles' ? await tilesOnDevice(device, data) : await place(device, data, { dtype: 'u8', frame }, { idles: false });
          await ('each' in held ? held.each(({ x }) => use(x)) : eachBlock(device, [held], ([x]) => use(x!)));
          held.release();
          return found;
        };
        expect(await bytesOf(made, 'pairs')).toEqual(await bytesOf(copies, 'pairs'));
        expect(read).toBe(0);
        expect(await bytesOf(made, 'tiles')).toEqual(await bytesOf(copies, 'tiles'));
        if (!constant) expect(read).toBeLessThanOrEqual(255);
      },
    ),
    { numRuns: 8 },
  );
});
