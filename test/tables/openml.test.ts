// Data sets by name, from an OpenML on this machine: which version it is, its columns and target, and that it stays the same.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Dataset } from '../../src/core/data/dataset.ts';
import type { Features } from '../../src/core/data/features.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import type { FileWarning } from '../../src/core/files.ts';
import { LOCK_FILE, type LockEntries } from '../../src/datasets/lock.ts';
import { chain } from '../../src/estimators/chain/chain.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { ridge } from '../../src/estimators/ridge/ridge.ts';
import { browserFileStore } from '../../src/runtime/browser/fileStore.ts';
import { nodeFileStore } from '../../src/runtime/node/files/fileStore.ts';
import { runPipeline } from '../../src/runtime/node/runPipeline.ts';
import { nodeSurroundings } from '../../src/runtime/node/surroundings.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { fit } from '../../src/stages/fit.ts';
import { split } from '../../src/stages/split/split.ts';
import { columns } from '../../src/transforms/columns/columns.ts';
import { oneHot } from '../../src/transforms/oneHot/oneHot.ts';
import { category, label, number, value } from '../../src/tables/columns.ts';
import { openml, type OpenmlOptions } from '../../src/tables/openml/openml.ts';
import { table } from '../../src/tables/table.ts';
import { cutAt, whole } from '../support/faultServer.ts';
import { errorOf, HASTE, sha256, tempFolder } from '../support/files.ts';
import { NOTHING, startOpenml, type OpenmlServer } from '../support/openmlServer.ts';
import { ROOT } from '../support/cli.ts';

type Asked = Parameters<typeof openml>[0];

async function place(...ids: readonly number[]) {
  const server: OpenmlServer = await startOpenml(...ids);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const folder = tempFolder();
  const lock = pathToFileURL(join(folder, LOCK_FILE));
  const warnings: FileWarning[] = [];
  const store = (offline = false) => nodeFileStore({ cacheFolder: join(folder, 'cache'), offline, retryPolicy: HASTE, mirror: '' });
  const read = { disk: nodeSurroundings(), onWarning: (warning: FileWarning) => void warnings.push(warning) };
  const load = async (asked: Asked, options: OpenmlOptions = {}, offline = false): Promise<Dataset<'all', Features, 'classes'>> =>
    openml(asked, { api: server.api, lock, ...options }).load(store(offline), read) as Promise<Dataset<'all', Features, 'classes'>>;
  const locked = (): LockEntries => JSON.parse(readFileSync(lock, 'utf8')) as LockEntries;
  return { server, folder, lock, warnings, store, read, load, locked, paths: () => server.requests.map(({ path }) => path) };
}

describe('a name', () => {
  test('is looked up once: the oldest active version, its file, its target; a warning says which, and what else there is', async () => {
    const { server, load, locked, warnings, paths } = await place(61);
    const data = await load('Iris');
    expect(data).toMatchObject({
      name: 'iris',
      columns: ['sepallength', 'sepalwidth', 'petallength', 'petalwidth'],
      classNames: ['Iris-setosa', 'Iris-versicolor', 'Iris-virginica'],
    });
    expect([data.x.rows, data.x.cols, [...(data.x as Matrix).data.subarray(0, 4)], data.labels.at(-1)]).toEqual([150, 4, [5.1, 3.5, 1.4, 0.2], 2]);
    expect(locked()).toEqual({
      'openml:iris': {
        id: 61,
        leftOut: [],
        name: 'iris',
        sha256: sha256(server.data(61)),
        size: server.data(61).length,
        targets: ['class'],
        url: `${server.url}file/61.arff`,
        version: 1,
      },
    });
    expect(warnings.map(({ code }) => code)).toEqual(['W_LOCKED']);
    expect(warnings[0]!.message).toContain('It is iris, version 1 (id 61). OpenML has other data under this name: version 3 (id 969).');
    const asked = ['json/data/list/data_name/iris/limit/100/status/active', 'json/data/61', 'json/data/features/61', 'file/61.arff'];
    expect(paths()).toEqual(asked);
    await load('iris', {}, true);
    expect(paths()).toEqual(asked);
  });

  test('with a version, and an id, are entries of their own, and the same file', async () => {
    const { load, locked, paths } = await place(61);
    await load({ name: 'iris', version: 1 });
    await load(61);
    expect(Object.keys(locked())).toEqual(['openml:61', 'openml:iris@1']);
    expect(paths().slice(0, 2)).toEqual(['json/data/list/data_name/iris/limit/100/data_version/1', 'json/data/61']);
  });

  test('that is unknown, or known in no active version, is told with what there is', async () => {
    const { server, load, paths } = await place(292);
    server.on('json/data/list/data_name/irsi/limit/100/status/active', NOTHING);
    const unknown = await errorOf(load('irsi'));
    expect(unknown).toMatchObject({
      code: 'E_FETCH',
      message: "OpenML has no active data set called 'irsi'.",
      hint: expect.stringContaining('search?type=data'),
    });
    expect(paths()).toEqual(['json/data/list/data_name/irsi/limit/100/status/active', 'json/data/list/data_name/irsi/limit/100/status/deactivated']);
    server.on('json/data/list/data_name/australian/limit/100/status/active', NOTHING);
    const inactive = await errorOf(load('Australian'));
    expect(inactive.hint).toBe("It has a deactivated one, with which something is wrong: openml({ name: 'Australian', version: 1 }).");
    expect((await errorOf(load({ name: 'Australian', version: 7 }))).message).toBe("OpenML has no active data set called 'Australian' of version 7.");
    expect((await errorOf(load(5))).message).toBe('OpenML has no data set of id 5.');
  });

  test('of a deactivated version that is asked for is read, and a warning says what is wrong', async () => {
    const { load, warnings } = await place(292);
    const data = await load({ name: 'Australian', version: 1 });
    expect([data.x.rows, data.x.cols, data.classNames]).toEqual([85, 14, [-1, 1]]);
    expect(warnings[0]!.message).toContain('Its status is deactivated');
  });

  test('that today is another file stays what it was; other bytes under its address stop the run, whatever their length', async () => {
    const { server, load, locked, folder } = await place(61);
    await load('iris');
    const before = locked();
    server.describe(61, (description) => (description['url'] = `${server.url}file/new.arff`));
    await load('iris');
    rmSync(join(folder, 'cache'), { recursive: true });
    const spoilt = Buffer.from(server.data(61));
    spoilt[spoilt.indexOf('5.1,3.5')] = 0x39; // 9.1
    server.on('file/61.arff', whole(spoilt));
    const error = await errorOf(load('iris'));
    expect(error.code).toBe('E_DIGEST');
    expect(error.message).toContain(`${before['openml:iris']!.size} bytes with sha256 ${before['openml:iris']!.sha256}`);
    expect(error.message).toContain(`${spoilt.length} bytes with sha256 ${sha256(spoilt)}`);
    expect(error.hint).toContain("delete the entry 'openml:iris'");
    expect(locked()).toEqual(before);
  });

  test('an entry that was cut by hand is refused', async () => {
    const { load, locked, lock } = await place(61);
    await load('iris');
    const { url, size, sha256: digest } = locked()['openml:iris']!;
    writeFileSync(lock, JSON.stringify({ 'openml:iris': { url, size, sha256: digest } }));
    expect(await errorOf(load('iris'))).toMatchObject({ code: 'E_DATA', message: 'The lock file does not say all of openml:iris.' });
  });

  test('a file that is not the one that OpenML describes is not locked', async () => {
    const { server, load, folder } = await place(61);
    server.on('file/61.arff', whole(server.data(61).subarray(0, -20)));
    const error = await errorOf(load('iris'));
    expect(error).toMatchObject({ code: 'E_DIGEST', message: expect.stringContaining('its publisher says ad484452702105cbf3d30f8deaba39a9') });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a file over a line that is cut is whole', async () => {
    const { server, load } = await place(42585);
    const bytes = server.data(42585);
    server.on('file/42585.arff', cutAt(9000, bytes), whole(bytes));
    expect((await load(42585)).x.rows).toBe(344);
    expect(server.requests.at(-1)).toMatchObject({ range: 'bytes=9000-', ifRange: '"v1"' });
  });

  test('an answer that is none of OpenML is told with its address', async () => {
    const { server, load } = await place(61);
    server.on('json/data/61', whole(Buffer.from('{"data":1}')));
    expect(await errorOf(load(61))).toMatchObject({
      code: 'E_FETCH',
      message: expect.stringContaining(`${server.url}json/data/61 answers with something else`),
    });
    server.on('json/data/61', whole(Buffer.from('oops')));
    expect((await errorOf(load(61))).code).toBe('E_FETCH');
  });

  test('an address without encryption is asked with', async () => {
    const { server, load } = await place(61);
    server.describe(61, (description) => (description['url'] = 'http://somewhere.invalid/61.arff'));
    expect((await errorOf(load(61))).message).toContain('https://somewhere.invalid/61.arff');
  });
});

describe('columns', () => {
  test('have the types of the file, categories their names in its order, and gaps; those of ids are left out', async () => {
    const { load, locked } = await place(1119, 42585, 42074);
    const penguins = await load(42585);
    expect(penguins.columns).toEqual(['island', 'culmen_length_mm', 'culmen_depth_mm', 'flipper_length_mm', 'body_mass_g', 'sex']);
    expect((penguins.x as Matrix).categories).toEqual([['Biscoe', 'Dream', 'Torgersen'], null, null, null, null, ['?', 'FEMALE', 'MALE', '_']]);
    expect([...(penguins.x as Matrix).data.subarray(18, 24)]).toEqual([2, NaN, NaN, NaN, NaN, NaN]);
    const adult = await load(1119);
    expect(adult.columns).not.toContain('ID');
    expect((adult.x as Matrix).categories![1]!.slice(0, 3)).toEqual(['Private', 'Self-emp-not-inc', 'Self-emp-inc']);
    expect(locked()['openml:1119']).toMatchObject({ leftOut: ['ID'], targets: ['class'] });
    const reviews = await load(42074, { values: 'points' });
    expect((reviews.x as Matrix).categories!.map((names) => names !== null)).toEqual([true, true, true, false, true, true, true, true, true]);
  });

  test('numbers are learned where they are named; a target of numbers is not taken for classes', async () => {
    const { load } = await place(561);
    expect(await errorOf(load('cpu'))).toMatchObject({
      code: 'E_DATA',
      message: "The target of cpu, 'class', holds numbers, and classes are to be learned.",
      hint: "Say what they are: { values: 'class' }, or { classes: 'class' } where each number is a class.",
    });
    const data = (await load('cpu', { values: 'class' })) as unknown as Dataset<'all', Matrix, 'values'>;
    expect([data.values.data[0], data.x.cols, data.columns!.includes('class')]).toEqual([199, 7, false]);
    expect((await load('cpu', { classes: 'vendor' })).columns).toContain('class');
  });

  test('several targets, or one that is not there, are to be named', async () => {
    const { load } = await place(40589);
    const error = await errorOf(load('emotions'));
    expect(error.message).toContain('OpenML names several targets (amazed.suprised, happy.pleased,');
    expect((await load('emotions', { classes: 'sad.lonely' })).x.cols).toBe(77);
    expect((await errorOf(load('emotions', { classes: 'sad.lonly' }))).hint).toBe('Did you mean sad.lonely?');
  });

  test('of a data set that OpenML has not looked at yet are told by its description', async () => {
    const { server, load, locked } = await place(61);
    server.on('json/data/features/61', NOTHING);
    server.describe(61, (description) => (description['ignore_attribute'] = ['sepalwidth', 'petalwidth']));
    expect((await load('iris')).columns).toEqual(['sepallength', 'petallength']);
    expect(locked()['openml:iris']).toMatchObject({ targets: ['class'], leftOut: ['sepalwidth', 'petalwidth'] });
  });

  test('of a table are those of its schema', async () => {
    const { server, lock, store, read } = await place(42585);
    const file = openml(42585, { api: server.api, lock });
    const penguins = table(file, { body_mass_g: number(), sex: category(), species: label() });
    const data = await penguins.load(store(), read);
    expect(data).toMatchObject({ columns: ['body_mass_g', 'sex'], classNames: ['Adelie', 'Chinstrap', 'Gentoo'] });
    const masses = table(file, { culmen_length_mm: number(), body_mass_g: value({ missing: 'drop' }) });
    expect((await masses.load(store(true), read)).rows).toHaveLength(342);
    expect((await errorOf(file.read({}, () => ({ cells: [], endRow: () => {} })))).message).toContain('this is none');
  });
});

describe('Parquet', () => {
  test('is read where it is asked for, with types cell by cell, under an entry of its own', async () => {
    const { server, load, locked } = await place(61);
    server.on('file/61.pq', whole(readFileSync(join(ROOT, 'test/fixtures/columnar/snappy.parquet'))));
    server.on('json/data/features/61', NOTHING);
    expect(await errorOf(load(61, { format: 'parquet' }))).toMatchObject({ code: 'E_FETCH', message: 'OpenML has no Parquet file of iris (id 61).' });
    server.describe(61, (description) => Object.assign(description, { parquet_url: `${server.url}file/61.pq`, ignore_attribute: 'none,i8' }));
    expect((await errorOf(load(61, { format: 'parquet' }))).message).toContain("the target 'class', which it does not have");
    expect(locked()['openml:61 (parquet)']!.url).toBe(`${server.url}file/61.pq`);
    expect((await errorOf(load(61, { format: 'parquet', classes: 'text' }, true))).message).toBe("iris, row 5, column 'text': the cell has no value.");
    const data = await load(61, { format: 'parquet', classes: 'id' }, true);
    const cells = JSON.parse(readFileSync(join(ROOT, 'test/fixtures/columnar/cells.json'), 'utf8')) as Record<string, readonly (string | number | null)[]>;
    expect(data.columns).toEqual(Object.keys(cells).filter((name) => !['id', 'none', 'i8'].includes(name)));
    const x = data.x as Matrix;
    const columnOf = (name: string) => Array.from({ length: x.rows }, (_, row) => x.data[row * x.cols + data.columns!.indexOf(name)]!);
    const namesOf = (name: string) => x.categories![data.columns!.indexOf(name)];
    expect(columnOf('f64')).toEqual(cells['f64']!.map((cell) => cell ?? NaN));
    expect(columnOf('day')).toEqual(cells['day']!.map((cell) => (cell === null ? NaN : Date.parse(cell as string) / 1000)));
    expect(namesOf('truth')).toEqual(['false', 'true']);
    expect(namesOf('u64')![columnOf('u64')[0]!]).toBe(cells['u64']![0]); // float64 would round it
    expect([namesOf('f64'), namesOf('day')]).toEqual([null, null]);
  });
});

test('a page reads what a lock says, and nothing else', async () => {
  const { server, load, locked } = await place(61);
  await load('iris');
  const lock = locked();
  const data = await openml('iris', { lock }).load(browserFileStore(), {});
  expect([data.x.rows, data.classNames![0]]).toEqual([150, 'Iris-setosa']);
  expect((await errorOf(openml('cpu', { lock }).load(browserFileStore(), {}))).message).toContain(
    'does not say what openml:cpu stands for; it has openml:iris',
  );
  expect((await errorOf(openml('iris', { api: server.api }).load(browserFileStore(), {}))).hint).toContain('Run it once in Node');
});

test('what is asked is checked where it is written', () => {
  for (const [make, why] of [
    [() => openml(''), 'openml'],
    [() => openml(-1), 'openml'],
    [() => openml({ name: 'iris', version: 0.5 }), 'version'],
    [() => openml('iris', { format: 'csv' as 'arff' }), "format: 'csv' is none of arff, parquet"],
    [() => openml('iris', { classes: 'a', values: 'b' }), 'are both what is to be learned'],
  ] as const) {
    expect(make).toThrow(expect.objectContaining({ code: 'E_PARAMS', message: expect.stringContaining(why) }));
  }
});

test('the type knows what is learned', () => {
  pipeline('p', fetch(openml('iris')), split({ test: 0.2, seed: 1 }), fit(logisticRegression()));
  // @ts-expect-error values are no classes
  pipeline('p', fetch(openml('cpu', { values: 'class' })), split({ test: 0.2, seed: 1 }), fit(logisticRegression()));
  // @ts-expect-error classes are no values
  expect(() => pipeline('p', fetch(openml('iris')), split({ test: 0.2, seed: 1 }), fit(ridge()))).not.toThrow();
});

test('a pipeline learns from it, and the next run from the lock file and the cache', async () => {
  const { server, lock } = await place(561);
  const cpu = openml('cpu', { values: 'class', api: server.api, lock });
  const learn = pipeline('cpu', fetch(cpu), split({ test: 0.2, seed: 1 }), fit(chain(columns({ vendor: oneHot({ handleUnknown: 'ignore' }) }), ridge())));
  const first = await runPipeline(learn);
  expect(first.error).toBeUndefined();
  expect(first.outputs['fetch']).toMatchObject({ dataset: 'cpu', x: [209, 7], y: [209] });
  const asked = server.requests.length;
  expect((await runPipeline(learn, { offline: true })).outputs['fetch']).toMatchObject({ dataset: 'cpu', x: [209, 7] });
  expect(server.requests).toHaveLength(asked);
});
