// Tables with more features than there is room for in memory: their rows go to a file, and everything is as if they had not.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { categoriesOf } from '../../src/core/data/categories.ts';
import { isStored, takeBlocks, takeRows, type Features } from '../../src/core/data/features.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { decode, encode } from '../../src/core/encoding/encoding.ts';
import type { DatasetSource } from '../../src/datasets/source.ts';
import { pipeline, type Pipeline } from '../../src/dsl/graph/pipeline.ts';
import * as all from '../../src/api.ts';
import type { TableFile } from '../../src/formats/format.ts';
import { runPipeline } from '../../src/node.ts';
import { nodeCacheStore } from '../../src/runtime/node/cache/cacheStore.ts';
import { rowsFolder } from '../../src/runtime/node/cache/rowsFile.ts';
import { tempFolder } from '../support/files.ts';
import { filed } from '../support/filedRows.ts';
import { cars, penguins, trainOf } from './penguins.ts';

const {
  category,
  chain,
  columns,
  crossValidate,
  fetch,
  date,
  fit,
  impute,
  label,
  logisticRegression,
  number,
  oneHot,
  ridge,
  score,
  split,
  standardize,
  table,
  value,
} = all;

beforeEach(() => {
  vi.stubEnv('PIPELINE_CACHE', join(tempFolder(), 'cache'));
  return () => vi.unstubAllEnvs();
});

const kept = (): readonly string[] => readdirSync(rowsFolder());
const pathOf = (): string => join(rowsFolder(), kept()[0]!);
const allOf = async (x: Features): Promise<ArrayLike<number>> =>
  (
    await takeRows(
      x,
      Uint32Array.from({ length: x.rows }, (_, row) => row),
    )
  ).data;

/** Cells as a file would hand them over. */
type Cell = number | string | undefined;
const fileOf = (names: readonly string[], rows: readonly (readonly Cell[])[]): TableFile => ({
  name: 'cells',
  params: {},
  async read(_options, open) {
    const { cells, endRow } = open(names, rows.length);
    for (const row of rows) {
      row.forEach((cell, j) => (cell === undefined ? cells[j]!.missing() : typeof cell === 'number' ? cells[j]!.number(cell) : cells[j]!.text(cell)));
      endRow();
    }
  },
});

const cell = fc.record({ size: fc.double({ noNaN: true, noDefaultInfinity: true }), gap: fc.boolean(), name: fc.constantFrom('b', 'a', 'ü', 'c c', 'Z') });
const cells = fc.record({ rows: fc.array(cell, { minLength: 1, maxLength: 60 }), above: fc.integer({ min: 1, max: 600 }), ids: fc.array(fc.nat()) });

test('rows of a file are those of memory: values, names, gaps and labels, in any order', async () => {
  let stored = 0;
  await fc.assert(
    fc.asyncProperty(cells, async ({ rows, above, ids }) => {
      const file = fileOf(
        ['size', 'kind', 'class'],
        rows.map(({ size, gap, name }) => [gap ? undefined : size, gap ? undefined : name, name]),
      );
      const source = table(file, { size: number(), kind: category(), class: label() });
      const [own, other] = [await trainOf(source), await trainOf(filed(source, above))];
      if (isStored(other.x)) stored++;
      expect(isStored(other.x)).toBe(rows.length * 16 >= Math.max(16, Math.floor(above / 16) * 16));
      expect({ ...other, x: categoriesOf(other.x) }).toEqual({ ...own, x: categoriesOf(own.x) });
      const wanted = Uint32Array.from(ids, (id) => id % rows.length);
      expect(await takeRows(other.x, wanted)).toEqual(await takeRows(own.x, wanted));
      expect(await allOf(other.x)).toEqual(await allOf(own.x));
    }),
  );
  expect(stored).toBeGreaterThan(20);
});

test('they are one value, wherever the cache is, and come back from their encoding', async () => {
  const { x } = await trainOf(filed(penguins, 1000));
  const { text, digest } = await encode(x);
  expect(text).not.toContain(dirname(rowsFolder()));
  const again = (await decode(text, () => Promise.reject(new Error('no blobs')))) as Features;
  expect(categoriesOf(again)).toEqual(categoriesOf(x));
  expect(await allOf(again)).toEqual(await allOf(x));
  vi.stubEnv('PIPELINE_CACHE', join(tempFolder(), 'other'));
  expect((await encode((await trainOf(filed(penguins, 3000))).x)).digest).toBe(digest);
  expect((await encode((await trainOf(filed(cars, 1000))).x)).digest).not.toBe(digest);
});

const prepared = columns({
  numbers: [impute({ strategy: 'median' }), standardize()],
  categories: [impute({ strategy: 'mostFrequent' }), oneHot({ handleUnknown: 'ignore' })],
});
const species = penguins.target('species');
const ESTIMATORS = {
  'columns in groups, folds too': chain(prepared, logisticRegression()),
  'steps in turn': chain(
    columns({ numbers: impute(), categories: [impute({ strategy: 'mostFrequent' }), all.ordinal()] }),
    standardize(),
    all.polynomial(),
    all.pca({ nComponents: 4 }),
    logisticRegression(),
  ),
  'names as names, gaps as gaps': all.histGradientBoostingClassifier({ maxIter: 5 }),
  trees: chain(prepared, all.randomForestClassifier({ nEstimators: 3, seed: 1 })),
  'other features of rows': all.baggingClassifier(chain(prepared, all.gaussianNB()), { nEstimators: 3, maxFeatures: 0.6, seed: 1 }),
  neighbours: chain(prepared, all.kNeighborsClassifier()),
};

describe.each(Object.entries(ESTIMATORS))('%s', (_, estimator) => {
  test('a model of rows in a file is that of rows in memory, bit by bit', async () => {
    const of = (source: DatasetSource<'classes'>): Pipeline<never> =>
      pipeline(
        'p',
        fetch(source),
        split({ test: 0.25, seed: 1, stratify: true }),
        fit(estimator as never),
        crossValidate({ folds: 3 }),
        score({ on: 'test' }),
      ) as never;
    const [own, other] = await Promise.all([species, filed(species, 2000)].map((source) => runPipeline(of(source), { values: ['model', 'data'] as never })));
    expect([own!.error, other!.error]).toEqual([undefined, undefined]);
    expect(isStored((other!.values as { data: { x: Features } }).data.x)).toBe(true);
    expect(withoutTimes(other!.outputs)).toEqual(withoutTimes(own!.outputs));
    const [one, two] = [own!, other!].map(({ values }) => (values as { model: object }).model);
    expect((await encode(two)).digest).toBe((await encode(one)).digest);
  });
});

function withoutTimes(outputs: object): unknown {
  return JSON.parse(JSON.stringify(outputs, (key, value: unknown) => (/ms$|seconds/i.test(key) ? undefined : value)));
}

test.each([
  ['memory', 1e6],
  ['a file', 1],
])('dates are told as people write them, in what a record keeps of rows in %s', async (_, above) => {
  const days = ['2012-01-31', '2012-02-02 13:30', '2012-02-01', '2012-02-03', undefined, '2012-02-05'];
  const file = fileOf(
    ['day', 'wind'],
    days.map((day, i) => [day, i]),
  );
  const source = filed(table(file, { day: date({ parts: ['month', 'unix'] }), wind: value() }), above);
  const made = pipeline('p', fetch(source), split({ train: [0, 4], test: [4, 6] }), fit(chain(impute(), ridge())), score({ on: 'test' }));
  const events: RunEvent[] = [];
  const { error, values } = await runPipeline(made, { onEvent: (event) => events.push(event), values: ['data'] as never });
  expect(error).toBeUndefined();
  expect(isStored((values as { data: { x: Features } }).data.x)).toBe(above === 1);
  const [preview] = events.flatMap((event) => (event.type === 'data' ? [event.data] : []));
  expect(preview!.columns).toMatchObject([
    { name: 'day_month', type: 'f64' },
    { name: 'day_unix', type: 'dates', gaps: 1 },
  ]);
  expect(preview!.first.map((row) => row[1])).toEqual(['2012-01-31', '2012-02-02T13:30:00', '2012-02-01', '2012-02-03', null, '2012-02-05']);
  const [mistakes] = events.flatMap((event) => (event.type === 'mistakes' ? [event.worst] : []));
  expect(mistakes!.find(({ row }) => row === 5)!.values).toEqual([2, '2012-02-05']);
});

test('blocks of what transformers make are those of all rows at once', async () => {
  const train = await trainOf(filed(species, 1000));
  const made: number[] = [];
  for await (const block of takeBlocks(train.x, train.rows)) made.push(block.rows);
  expect(made.reduce((sum, rows) => sum + rows)).toBe(344);
});

describe('a later run that needs the rows', () => {
  let reads = 0;
  const source = filed(species, 2000);
  const counted: typeof source = { ...source, load: (files, options) => source.load(files, options).finally(() => reads++) };
  const made = (C: number): Pipeline<never> =>
    pipeline('p', fetch(counted), split({ test: 0.25, seed: 1 }), fit(chain(prepared, logisticRegression({ C }))), score({ on: 'test' })) as never;
  const run = async (C: number): Promise<{ readonly ran: readonly string[]; readonly outputs: unknown; readonly codes: readonly string[] }> => {
    const codes: string[] = [];
    const { stages, outputs, error } = await runPipeline(made(C), { cache: true, onEvent: (event) => event.type === 'warning' && codes.push(event.code) });
    expect(error).toBeUndefined();
    return { ran: stages.filter(({ status }) => status === 'ran').map(({ path }) => path), outputs: withoutTimes(outputs), codes };
  };
  /** As another process would find the cache: nothing of it is open. */
  const elsewhere = (): void => {
    const folder = join(tempFolder(), 'moved');
    cpSync(dirname(dirname(rowsFolder())), folder, { recursive: true });
    vi.stubEnv('PIPELINE_CACHE', folder);
  };

  test('finds them in the file, and reads no table', async () => {
    await run(1);
    elsewhere();
    reads = 0;
    const { ran, codes } = await run(2);
    expect({ ran, codes, reads }).toEqual({ ran: ['fit', 'score'], codes: [], reads: 0 });
  });

  test.each([
    ['gone', (path: string) => rmSync(path)],
    ['cut off', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 800))],
    [
      'changed by a bit',
      (path: string) =>
        writeFileSync(
          path,
          readFileSync(path).map((byte, at) => (at === 5000 ? byte ^ 1 : byte)),
        ),
    ],
  ])('reads the table again where the file is %s', async (_, spoil) => {
    await run(1);
    const expected = (await run(2)).outputs;
    vi.stubEnv('PIPELINE_CACHE', join(tempFolder(), 'new'));
    await run(1);
    elsewhere();
    spoil(pathOf());
    reads = 0;
    const { ran, codes, outputs } = await run(2);
    expect({ ran, codes, outputs, reads }).toEqual({ ran: ['fit', 'score'], codes: ['W_CACHE_CORRUPT'], outputs: expected, reads: 1 });
    elsewhere();
    expect((await run(3)).codes).toEqual([]);
    expect(reads).toBe(1);
  });
});

test('a file that changes while it is read is refused and removed', async () => {
  const { x } = await trainOf(filed(penguins, 1000));
  const path = pathOf();
  const bytes = readFileSync(path);
  bytes[100]! ^= 1;
  writeFileSync(path, bytes);
  await expect(takeRows(x, Uint32Array.of(0))).rejects.toMatchObject({ code: 'E_DIGEST', message: `${path} holds other bytes than were written to it.` });
  expect(existsSync(path)).toBe(false);
});

test('what is deleted or only touched is read on by those who have it', async () => {
  const { x } = await trainOf(filed(penguins, 1000));
  const expected = await allOf((await trainOf(penguins)).x);
  utimesSync(pathOf(), 1, 1);
  expect(await allOf(x)).toEqual(expected);
  await nodeCacheStore().clear();
  expect(await allOf(x)).toEqual(expected);
});

test('two runs at once leave one file', async () => {
  const [one, other] = await Promise.all([trainOf(filed(penguins, 1000)), trainOf(filed(penguins, 2000))]);
  expect(kept()).toHaveLength(1);
  expect(await allOf(one.x)).toEqual(await allOf(other.x));
});

test('a table that ends in an error leaves nothing, and what a killed run left goes when it is old', async () => {
  const bad = fileOf(['size'], [...Array.from({ length: 90 }, (_, i) => [i]), ['many']]);
  const failing: TableFile = { ...bad, read: (options, open) => bad.read(options, open).then(() => Promise.reject(new Error('cut off'))) };
  await expect(trainOf(filed(table(failing, { size: number() }), 80))).rejects.toThrow('cut off');
  expect(kept()).toEqual([]);
  const [old, young] = ['.old.tmp', '.young.tmp'].map((name) => join(rowsFolder(), name));
  for (const path of [old!, young!]) writeFileSync(path, 'half');
  utimesSync(old!, new Date(Date.now() - 3_600_000), new Date(Date.now() - 3_600_000));
  await trainOf(filed(penguins, 1000));
  expect(kept().filter((name) => name.startsWith('.'))).toEqual(['.young.tmp']);
});

test('the cache counts, drops and clears them', async () => {
  const none = pipeline('p', fetch(filed(cars, 1000)));
  await runPipeline(none);
  const bytes = 406 * 6 * 8;
  expect((await nodeCacheStore().size()).bytes).toBe(bytes);
  vi.stubEnv('PIPELINE_CACHE_MB', String((bytes - 1) / 1e6));
  expect((await runPipeline(none)).error).toBeUndefined();
  expect(kept()).toEqual([]);
  vi.stubEnv('PIPELINE_CACHE_MB', undefined);
  await runPipeline(none);
  expect(kept()).toHaveLength(1);
  await nodeCacheStore().clear();
  expect(existsSync(rowsFolder())).toBe(false);
});

test('where there can be no file, rows stay in memory', async () => {
  const folder = join(tempFolder(), 'no-folder');
  writeFileSync(folder, '');
  vi.stubEnv('PIPELINE_CACHE', folder);
  const { x } = await trainOf(filed(penguins, 1000));
  expect(isStored(x)).toBe(false);
  expect(await allOf(x)).toEqual(await allOf((await trainOf(penguins)).x));
});
