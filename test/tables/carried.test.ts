// The data sets that come with the package are those of scikit-learn and seaborn: each number, each name, in this order.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import figures from '../fixtures/carried.json' with { type: 'json' };
import type { Dataset } from '../../src/core/data/dataset.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import type { FileStore } from '../../src/core/files.ts';
import type { DatasetSource } from '../../src/datasets/source.ts';
import { bundlePipeline } from '../../src/runtime/node/code/bundle.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { show } from '../../src/stages/show.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { digits } from '../../src/tables/carried/digits.ts';
import { columnsOf } from '../../src/tables/carried/packed.ts';
import { breastCancer, diabetes, iris, penguins, wine } from '../../src/tables/carried/tables.ts';
import { ROOT } from '../support/cli.ts';
import { tempFolder } from '../support/files.ts';
import { runSmall } from '../support/smallData.ts';

/** Nothing is asked of any store, nor of a disk. */
const NOWHERE = {} as FileStore;

const rowsOf = async (source: unknown) =>
  (await (source as DatasetSource).load(NOWHERE, {})) as Dataset<'all', Matrix, 'classes'> & Partial<Pick<Dataset<'all', Matrix, 'values'>, 'values'>>;

const digestOf = (numbers: Iterable<number>): string =>
  createHash('sha256')
    .update(new Uint8Array(Float64Array.from(numbers).buffer))
    .digest('hex');

describe.each([
  ['iris', iris],
  ['wine', wine],
  ['breastCancer', breastCancer],
  ['digits', digits],
] as const)('%s', (name, source) => {
  const { shape, columns, sum, digest, first, last, targetDigest, classNames, counts } = figures[name];

  test('is what scikit-learn loads', async () => {
    const { x, labels, ...data } = await rowsOf(source());
    expect([x.rows, x.cols]).toEqual(shape);
    expect(data.columns).toEqual(columns);
    expect(data.classNames).toEqual(classNames);
    expect([...x.data.subarray(0, x.cols)]).toEqual(first);
    expect([...x.data.subarray(-x.cols)]).toEqual(last);
    expect([...x.data].reduce((total, value) => total + value, 0)).toBeCloseTo(sum, 5);
    expect(digestOf(x.data)).toBe(digest);
    expect(digestOf(labels)).toBe(targetDigest);
    expect(counts.map((_, label) => labels.filter((one) => one === label).length)).toEqual(counts);
    expect(data.rows).toEqual(Uint32Array.from({ length: x.rows }, (_, row) => row));
  });
});

test('diabetes is what scikit-learn loads', async () => {
  const { shape, columns, digest, targetDigest, targetSum, first, last } = figures.diabetes;
  const { x, values, ...data } = await rowsOf(diabetes());
  expect([x.rows, x.cols, values!.rows, values!.cols]).toEqual([...shape, shape[0], 1]);
  expect(data.columns).toEqual(columns);
  expect([[...x.data.subarray(0, x.cols)], [...x.data.subarray(-x.cols)]]).toEqual([first, last]);
  expect([digestOf(x.data), digestOf(values!.data)]).toEqual([digest, targetDigest]);
  expect(values!.data.reduce((total, value) => total + value, 0)).toBe(targetSum);
});

test('penguins are those of the file, with their gaps', async () => {
  const { rows, columns, sums, gaps, counts, first, last } = figures.penguins;
  const { x, labels, classNames, ...data } = await rowsOf(penguins());
  expect([x.rows, data.columns]).toEqual([rows, columns]);
  expect(classNames!.map((name, label) => [name, labels.filter((one) => one === label).length])).toEqual(Object.entries(counts.species));
  columns.forEach((name, column) => {
    const cells = Array.from({ length: rows }, (_, row) => x.data[row * x.cols + column]!);
    const there = cells.filter((cell) => !Number.isNaN(cell));
    expect([name, rows - there.length]).toEqual([name, gaps[name as keyof typeof gaps]]);
    const names = x.categories![column];
    if (!names) return expect(there.reduce((total, cell) => total + cell, 0)).toBeCloseTo(sums[name as keyof typeof sums], 6);
    expect(names.map((one, code) => [one, there.filter((cell) => cell === code).length])).toEqual(Object.entries(counts[name as 'island' | 'sex']));
    expect([first, last].map((row) => row[name as 'island' | 'sex'])).toEqual([cells[0]!, cells.at(-1)!].map((code) => names[code]));
  });
});

describe('all of them', () => {
  const all = { iris, wine, breastCancer, diabetes, penguins, digits };

  test.each(Object.entries(all))('%s is known by the digest of its bytes', async (name, source) => {
    const { PACKED } = (await import(`../../src/tables/carried/data/${name}.ts`)) as { PACKED: string };
    const { x, labels } = await rowsOf(source());
    const columns = name === 'digits' ? [] : columnsOf(PACKED);
    const bytes =
      name === 'digits' ? Buffer.from([...x.data, ...labels]) : columns[0]!.map((_, row) => `${columns.map((column) => column[row]).join()}\n`).join('');
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(figures[name as keyof typeof all].file);
    expect(source().digest).toBe(figures[name as keyof typeof all].file);
  });

  test.each(Object.entries(all))('%s is fetched without a warning, and its facts are true', async (_name, source) => {
    const { status, error, events } = await runSmall(pipeline('all', fetch(source() as DatasetSource)));
    expect([status, error]).toEqual(['ok', undefined]);
    expect(events.filter(({ type }) => type === 'warning')).toEqual([]);
  });

  test('a table has features and targets by name, and tells of gaps by the name of its file', async () => {
    const lengths = penguins().features('bill_length', 'flipper_length').target('bill_length', { missing: 'drop' });
    expect((await rowsOf(lengths)).rows).toHaveLength(342);
    await expect(rowsOf(penguins().target('sex'))).rejects.toThrow("penguins.csv, line 5 (row 3), column 'sex'");
    // @ts-expect-error the type knows the columns
    expect(() => penguins().features('beak')).toThrow("no feature is called 'beak'");
  });

  test('digits are shown as dark as they are', async () => {
    const { events } = await runSmall(pipeline('show', fetch(digits()), show({ row: 0 })));
    const picture = events.find((event) => event.type === 'picture' && event.of === 'row') as {
      readonly picture: { readonly pixels: Uint8Array; readonly width: number };
    };
    const { first } = figures.digits;
    expect([picture.picture.width, [...picture.picture.pixels]]).toEqual([8, first.map((value) => Math.round((value * 255) / 16))]);
  });
});

test('a page carries those that it reads, and no others', async () => {
  const carriedBy = async (contents: string): Promise<readonly string[]> => {
    const options = { bundle: true, write: false, metafile: true, platform: 'browser', format: 'esm', absWorkingDir: ROOT, outdir: 'out' } as const;
    const { metafile } = await build({ ...options, stdin: { contents, resolveDir: ROOT }, alias: { 'pipeline-gpu': join(ROOT, 'src/browser.ts') } });
    const [{ inputs }] = Object.values(metafile.outputs) as [(typeof metafile.outputs)[string]];
    return Object.keys(inputs).flatMap((file) => (inputs[file]!.bytesInOutput > 0 ? (/carried\/data\/(\w+)/.exec(file)?.[1] ?? []) : []));
  };
  expect(await carriedBy("import { csv, table } from 'pipeline-gpu'; console.log(csv, table);")).toEqual([]);
  expect(await carriedBy("import { iris } from 'pipeline-gpu'; console.log(iris());")).toEqual(['iris']);
  expect(await carriedBy("import { digits } from 'pipeline-gpu'; console.log(digits());")).toEqual(['digits']);
});

test('one module for a page holds its data set', async () => {
  const file = join(tempFolder(), 'page.ts');
  writeFileSync(file, "import { iris } from 'pipeline-gpu';\nexport default (await iris().load({}, {})).x.data.length;\n");
  const { js } = await bundlePipeline(file);
  const loaded = (await import(`data:text/javascript,${encodeURIComponent(js)}`)) as { default: number };
  expect(loaded.default).toBe(600);
});

test('what is built leaves them where they are until they are read', async () => {
  const { iris: built, digits: pictures } = (await import(join(ROOT, 'dist/index.js'))) as { iris: typeof iris; digits: typeof digits };
  expect([(await rowsOf(built())).x.rows, (await rowsOf(pictures())).x.rows]).toEqual([150, 1797]);
  const files = readdirSync(join(ROOT, 'dist')).filter((name) => name.endsWith('.js'));
  const textOf = (name: string): string => readFileSync(join(ROOT, 'dist', name), 'utf8');
  const { PACKED } = await import('../../src/tables/carried/data/iris.ts');
  expect(files.filter((name) => textOf(name).includes(PACKED.slice(0, 100)))).toEqual(['iris.js']);
  expect(files.filter((name) => /(?:from|import)"\.\/iris\.js"/.test(textOf(name)))).toEqual([]);
  expect(files.filter((name) => textOf(name).includes('import(`./iris.js`)'))).toHaveLength(1);
});
