// The checks that users run on their kernels, stages and sources: good ones pass, and each clause finds what breaks it.
import { describe, expect, test } from 'vitest';
import { compose, csr, fit, matrix, score, split, stage, type Dataset, type DatasetSource, type Fetched } from '../../src/api.ts';
import { RandomState } from '../../src/core/data/random.ts';
import type { Compute, HostLaunch, Kernel } from '../../src/core/compute.ts';
import { defineStage } from '../../src/dsl/stage/stage.ts';
import { checkDataset, checkKernel, checkStage, ReferenceCompute } from '../../src/testing.ts';
import { smallSet } from '../support/smallSets.ts';
import { nearestMean } from '../fixtures/own/nearestMean.ts';

describe('checkKernel', () => {
  type Doubled = HostLaunch<'count', 'x' | 'out', 'BY'>;
  const doubled = {
    name: 'doubled',
    source: new URL('../fixtures/testing/doubled.wgsl', import.meta.url),
    params: { count: 'u32' },
    bindings: { x: 'read', out: 'write' },
    sizes: { BY: 2 },
    reference:
      async () =>
      ({ params: { count }, buffers, sizes: { BY } }: Doubled): void => {
        new Float32Array(buffers.out).set(new Float32Array(buffers.x, 0, count).map((value) => value * BY));
      },
  } as const satisfies Kernel;
  const launch = {
    params: { count: 65 },
    grid: [2],
    buffers: { x: Float32Array.from({ length: 65 }, (_, i) => i), out: new Float32Array(66).fill(9) },
  } as const;

  test('a good one passes, on a device and without one', async () => {
    await checkKernel(doubled, launch, { tolerance: 0 });
    await checkKernel(doubled, { ...launch, sizes: { BY: 3 } }, { tolerance: { out: 0 } });
    await checkKernel(doubled, launch, { compute: new ReferenceCompute() });
  });
  const off =
    (by: number) =>
    async () =>
    ({ buffers }: Pick<HostLaunch<string, 'x' | 'out', string>, 'buffers'>): void => {
      new Float32Array(buffers.out).set(new Float32Array(buffers.x).map((value) => value * 2 + by));
    };
  test('a reference that says something else', async () => {
    await expect(checkKernel({ ...doubled, reference: off(0.5) }, launch)).rejects.toThrow(
      'kernel doubled: out[0] is 0; its reference says 0.5, and they may differ by 0.00001',
    );
    await checkKernel({ ...doubled, reference: off(0.5) }, launch, { tolerance: { out: 0.5 } });
    const numbers = (bytes: ArrayBuffer): Float64Array => Float64Array.from(new Float32Array(bytes), Math.floor);
    await checkKernel({ ...doubled, reference: off(0.5) }, launch, { tolerance: 0, numbers });
  });
  test('no reference', async () => {
    const { reference: _, ...bare } = doubled;
    await expect(checkKernel(bare, launch)).rejects.toThrow('kernel doubled: it has no reference');
  });
  test('nothing written', async () => {
    await expect(checkKernel(doubled, { ...launch, params: { count: 0 } })).rejects.toThrow('kernel doubled: it wrote nothing');
  });
  test('a launch that fails', async () => {
    await expect(checkKernel(doubled, { ...launch, params: { count: -1 } })).rejects.toThrow(
      "kernel doubled: a launch on the device failed: Kernel 'doubled' takes",
    );
  });
  test('other bytes at the second launch, and buffers that are given back', async () => {
    const host = new ReferenceCompute();
    let [alive, launches] = [0, 0];
    const uneven: Compute = new Proxy(host, {
      get: (target, key) => {
        const own: unknown = Reflect.get(target, key, target);
        if (typeof own !== 'function') return own;
        return (...given: unknown[]): unknown => {
          if (key === 'upload') alive++;
          if (key === 'release') alive -= given.length;
          if (key === 'launch') return (own as Compute['launch']).call(target, { ...doubled, reference: off(launches++) }, given[1] as never);
          return own.apply(target, given) as unknown;
        };
      },
    });
    await expect(checkKernel(doubled, launch, { compute: uneven })).rejects.toThrow(
      "kernel doubled: two launches on the same bytes leave different bytes in 'out'",
    );
    expect(alive).toBe(0);
  });
});

describe('checkStage', () => {
  const data: Dataset<'all'> = { ...smallSet('iris'), role: 'all' };
  const state = { data, other: 1 };
  const ink = stage({ id: 'ink', needs: ['data'], provides: ['ink'], run: ({ data }: Fetched) => ({ ink: data.x.rows }), output: ({ ink }) => ({ ink }) });

  test('good ones pass', async () => {
    await checkStage(ink, state);
    await checkStage(split({ train: [0, 100], test: [100, 150] }), state);
    const train = { ...data, role: 'train' } as const;
    await checkStage(fit(nearestMean()), { train });
    const [{ model }] = (await nearestMean().train(train, [{ name: 'fit' }], {}, { seed: () => 0, signal: new AbortController().signal } as never)) as [
      { readonly model: never },
    ];
    await checkStage(score({ on: 'test' }), { test: { ...data, role: 'test' }, model });
    await checkStage(stage({ id: 'spread', needs: ['data'], provides: ['all'], run: (all: Fetched) => ({ all: Object.keys({ ...all }) }) }), state);
  });

  type All = typeof state;
  let runs = 0;
  const made = (own: object) =>
    stage({ id: 'odd', needs: ['data'], provides: ['odd'], run: ({ data }: All) => ({ odd: data.x.rows }), ...own } as {
      id: string;
      needs: ['data'];
      provides: ['odd'];
      run: (state: All) => { readonly odd: number };
    });
  const broken: readonly (readonly [string, ReturnType<typeof made>])[] = [
    ["reads 'other', which it does not need", made({ run: (all: All) => ({ odd: all.data.x.rows + Number(all.other) }) })],
    ["reads 'other', which it does not need", made({ run: (all: All) => ({ odd: all.data.x.rows + all.other.toFixed().length }) })],
    ["needs 'other' and never reads it", made({ needs: ['data', 'other'] })],
    ["the state has no 'model', which it needs", made({ needs: ['data', 'model'] })],
    ["provides 'even' and does not add it", made({ provides: ['odd', 'even'] })],
    ["adds 'odd', which it does not provide", made({ provides: [], run: ({ data }: All) => ({ odd: data.x.rows }) })],
    ["changes 'data' of the state", made({ run: ({ data }: All) => ((data.labels[0]! ^= 1), { odd: 1 }) })],
    ['a second run on the same state gives another odd', made({ run: ({ data }: All) => ({ odd: data.x.rows + runs++ }) })],
    ['a second run on the same state gives another its output', made({ output: () => ({ runs: runs++ }) })],
    ["Stage 'odd' threw: no luck", made({ run: ({ data }: All) => data.x.rows && Promise.reject(new Error('no luck')) })],
    [
      'output.half, a Float64Array, is not JSON',
      defineStage<All, { readonly odd: number }>({
        id: 'odd',
        needs: ['data'],
        provides: ['odd'],
        params: {},
        run: ({ data }) => ({ adds: { odd: data.x.rows }, output: { half: Float64Array.of(0.5) as never } }),
      }),
    ],
    ['it is made of other stages', compose('odd', ink) as never],
  ];
  test.each(broken)('%s', async (message, odd) => {
    await expect(checkStage(odd, { ...state, data: { ...data, labels: data.labels.slice() } })).rejects.toThrow(message);
  });
});

describe('checkDataset', () => {
  const set = smallSet('iris');
  const good: DatasetSource = {
    name: 'iris',
    digest: 'one',
    facts: { rows: 150, cols: 4, dtype: 'f32', classes: [0, 1, 2] },
    load: async () => ({ ...set, role: 'all' }),
  };
  test('good ones pass', async () => {
    await checkDataset(good);
    const x = csr(2, 3, { indptr: [0, 2, 3], indices: [0, 2, 1], data: Float32Array.of(1, 2, 3) });
    const rows = Uint32Array.of(0, 1);
    await checkDataset<'none'>({ name: 'bare', inputs: {}, load: async () => ({ name: 'bare', role: 'all', x, rows }) });
    const { data } = set.x;
    const readRows = async (ids: Uint32Array, target: Float32Array): Promise<void> =>
      ids.forEach((id, i) => target.set(data.subarray(id * 4, id * 4 + 4), i * 4));
    await checkDataset({ ...good, load: async () => ({ ...set, role: 'all', x: { rows: 150, cols: 4, dtype: 'f32', readRows } }) });
  });
  const random = new RandomState(1);
  const broken: readonly (readonly [string, DatasetSource])[] = [
    ['source: it has no name', { ...good, name: '' }],
    ['source iris: it does not say what its rows depend on', { ...good, digest: undefined }],
    ['source iris: loading failed: no disk', { ...good, load: () => Promise.reject(new Error('no disk')) }],
    ['source iris: loading failed: iris says that its cols is 5', { ...good, facts: { cols: 5 } }],
    ['source iris: facts.classes are 0,1; a row of label 2 was loaded', { ...good, facts: { classes: [0, 1] } }],
    [
      'source iris: loading failed: iris: row 150 arrived as rows',
      { ...good, facts: {}, load: async () => ({ ...set, role: 'all', rows: Uint32Array.of(150) }) },
    ],
    [
      'source iris: a second load gives other rows',
      {
        ...good,
        load: async () => ({
          ...set,
          role: 'all',
          x: matrix(
            150,
            4,
            (set.x.data as Float32Array).map((value) => value + random.uint32()),
          ),
        }),
      },
    ],
  ];
  test.each(broken)('%s', async (message, source) => {
    await expect(checkDataset(source)).rejects.toThrow(message);
  });
});
