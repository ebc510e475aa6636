// Pictures out of Parquet files, as data sets are served: written here by DuckDB.
import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { encode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../../src/core/data/matrix.ts';
import { pictures } from '../../../src/datasets/pictures/pictures.ts';
import { duckdb } from '../../../src/formats/duckdb/duckdb.ts';
import { parquet } from '../../../src/formats/parquet/parquet.ts';
import { label, number, category } from '../../../src/tables/columns.ts';
import { table } from '../../../src/tables/table.ts';
import { errorOf, tempFolder } from '../../support/files.ts';
import { fileOf } from '../../support/pictures.ts';
import { trainOf } from '../../tables/penguins.ts';

/** A Parquet file of what a query gives. */
async function written(query: string, options = ''): Promise<string> {
  const file = join(tempFolder(), 'train.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (${query}) TO '${file}' (FORMAT parquet${options})`);
  connection.closeSync();
  instance.closeSync();
  return file;
}

const blob = (bytes: Uint8Array): string => `from_base64('${Buffer.from(bytes).toString('base64')}')`;

/** One picture for each number: a color picture of one value. */
const png = (value: number, side = 2): Uint8Array => encode({ width: side, height: side, data: new Uint8Array(3 * side * side).fill(value), channels: 3 });

const rowOf = (bytes: Uint8Array, own: string): string => `SELECT {'bytes': ${blob(bytes)}, 'path': NULL::VARCHAR} AS image, ${own} AS label`;
const rowsOf = (...labels: readonly string[]): string => labels.map((own, i) => rowOf(png(i), own)).join(' UNION ALL ');

const NAMES = ['T-shirt/top', 'Trouser', 'Pullover'];
const noted = (names: readonly string[], column = 'label'): string =>
  `, KV_METADATA {huggingface: '${JSON.stringify({ info: { features: { image: { _type: 'Image' }, [column]: { names, _type: 'ClassLabel' } } } })}'}`;

async function read(file: string, options: Parameters<typeof pictures>[1] = {}): Promise<unknown> {
  const { x, labels, classNames } = await trainOf(pictures(parquet(file), options));
  const { data, cols } = x as Matrix;
  return { first: Array.from({ length: x.rows }, (_, i) => data[i * cols]), labels: [...labels], classNames };
}

test.each(['', ', COMPRESSION uncompressed', ', COMPRESSION zstd', ', PARQUET_VERSION V2', ', ROW_GROUP_SIZE 2'])(
  'structs of bytes, with the names of classes that the file notes%s',
  async (options) => {
    const file = await written(rowsOf('2::BIGINT', '0', '2'), `${options}${noted(NAMES)}`);
    expect(await read(file)).toEqual({ first: [0, 1, 2], labels: [2, 0, 2], classNames: NAMES });
  },
);

test('many rows, in pages and row groups, with the same picture again and again', async () => {
  const file = await written(
    `SELECT {'bytes': CASE WHEN i % 2 = 0 THEN ${blob(png(4))} ELSE ${blob(png(200))} END, 'path': i::VARCHAR} AS image, i % 3 AS label FROM range(5000) t(i)`,
    `, ROW_GROUP_SIZE 2048${noted(NAMES)}`,
  );
  const { x, labels, picture } = await trainOf(pictures(parquet(file), { colors: 'grey', size: [1, 1] }));
  expect([x.rows, x.cols, picture]).toEqual([5000, 1, { width: 1, height: 1, colors: 'grey' }]);
  expect((x as Matrix<'u8'>).data).toEqual(Uint8Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? 4 : 200)));
  expect(labels).toEqual(Uint8Array.from({ length: 5000 }, (_, i) => i % 3));
});

test('plain bytes, other names of columns, names of classes as texts, and JPEG', async () => {
  const file = await written(
    `SELECT ${blob(fileOf('JPEG baseline, as rgb'))} AS img, 'rose' AS kind UNION ALL SELECT ${blob(fileOf('JPEG grey, as grey'))}, 'lily'`,
  );
  const { x, labels, classNames, picture } = await trainOf(pictures(parquet(file), { image: 'img', label: 'kind' }));
  expect([x.rows, [...labels], classNames, picture]).toEqual([2, [1, 0], ['lily', 'rose'], { width: 40, height: 30, colors: 'rgb' }]);
});

test('rows of a query, of several files, with classes of an ENUM in its order', async () => {
  const [one, other] = [await written(rowsOf("'tulip'", "'rose'")), await written(rowsOf("'rose'"))];
  const query = `SELECT image.bytes AS image, label::ENUM('tulip', 'rose', 'lily') AS label FROM read_parquet(['${one}', '${other}'])`;
  const { x, labels, classNames } = await trainOf(pictures(duckdb(query), { colors: 'grey' }));
  expect([x.rows, x.cols, [...labels], classNames]).toEqual([3, 4, [0, 1, 1], ['tulip', 'rose', 'lily']]);
  expect([0, 1, 2].map((row) => (x as Matrix).data[4 * row])).toEqual([0, 1, 0]);
  const missing = pictures(duckdb("SELECT NULL::BLOB AS image, 'a' AS label"));
  expect(await errorOf(trainOf(missing))).toMatchObject({ code: 'E_DATA', message: expect.stringContaining("row 0, column 'image': the cell is no picture") });
  await expect(trainOf(table(duckdb(query), { image: category(), label: label() }))).rejects.toMatchObject({
    code: 'E_DATA',
    message: expect.stringContaining('BLOB'),
  });
});

test('the source knows its file, and what its rows will be', async () => {
  const file = await written(rowsOf('0', '1'));
  const { name, inputs, facts, params } = pictures(parquet(file), { size: [4, 4] });
  expect([name, inputs!.files!.map((url) => url.pathname), facts!.cols, params]).toEqual(['train', [file], 48, { format: 'parquet', size: [4, 4] }]);
  expect(pictures(parquet(new Uint8Array(readFileSync(file)))).inputs).toBeUndefined();
  expect(await read(file)).toEqual({ first: [0, 1], labels: [0, 1], classNames: undefined });
});

describe('refused with row, column and cure:', () => {
  const other = noted(['a', 'b'], 'kind');
  test.each<[string, string, string, Parameters<typeof pictures>[1], string, string]>([
    [
      'a class that the file does not name',
      rowsOf('0', '3'),
      noted(NAMES),
      {},
      "train.parquet, row 1, column 'label': '3' is none of the 3 classes",
      'Leave rows',
    ],
    ['a row without a class', rowsOf('0', '-1'), noted(NAMES), {}, "'-1' is none of the 3 classes", 'Leave rows'],
    ['a class that is missing', rowsOf('0', 'NULL::BIGINT'), '', {}, "row 1, column 'label': the cell is no class", 'Leave rows'],
    [
      'a picture that is missing',
      `SELECT {'bytes': NULL::BLOB, 'path': 'a.png'} AS image, 1 AS label`,
      '',
      {},
      "row 0, column 'image.bytes': the cell is no picture",
      'bytes of the picture',
    ],
    [
      'a struct that is missing',
      `${rowsOf('0')} UNION ALL SELECT NULL, 1`,
      '',
      {},
      "row 1, column 'image.bytes': the cell is no picture",
      'bytes of the picture',
    ],
    [
      'what is no picture',
      `SELECT ${blob(Uint8Array.of(1, 2, 3))} AS image, 1 AS label`,
      '',
      {},
      "row 0, column 'image': the picture of row 0 is no PNG or JPEG picture",
      'as PNG',
    ],
    ['a text', `SELECT 'a.png' AS image, 1 AS label`, '', {}, "row 0, column 'image': 'a.png' is no picture", 'bytes of the picture'],
    [
      'another size',
      `${rowsOf('0')} UNION ALL ${rowOf(png(1, 3), '1')}`,
      '',
      {},
      'the picture of row 1 has 3 x 3 pixels, and the picture of row 0 2 x 2',
      'size: [2, 2]',
    ],
    ['no such picture', rowsOf('0'), other, { image: 'imgae' } as never, "has no column 'imgae'", 'Did you mean image'],
    ['no such class', rowsOf('0'), other, { label: 'fine' } as never, "has no column 'fine'", "label: '...'"],
    ['no rows', `${rowsOf('0')} LIMIT 0`, '', {}, 'train.parquet has no pictures', 'rows'],
  ])('%s', async (_what, query, options, named, message, hint) => {
    const file = await written(query, options);
    expect(await errorOf(read(file, named))).toMatchObject({ code: 'E_DATA', message: expect.stringContaining(message), hint: expect.stringContaining(hint) });
  });

  test('notes that are none change nothing', async () => {
    for (const note of ['no JSON', '[]', '{"info":{"features":{"label":{"names":[1]}}}}', '{"info":{"features":{"label":null}}}'])
      expect(await read(await written(rowsOf('1', '0'), `, KV_METADATA {huggingface: '${note}'}`))).toMatchObject({ labels: [1, 0], classNames: undefined });
  });
});

test('two columns of one name, or one for both, are refused', async () => {
  const twice = pictures({ name: 'own', params: {}, read: async (_options, open) => void open(['image', 'label', 'label'], 0) });
  expect(await errorOf(trainOf(twice))).toMatchObject({ code: 'E_DATA', message: "own has 2 columns called 'label'." });
  const both = async (): Promise<unknown> => pictures(parquet('a.parquet'), { image: 'x', label: 'x' });
  expect(await errorOf(both())).toMatchObject({ code: 'E_PARAMS', message: 'pictures: image and label are both "x".' });
});

test('parts of structs are columns of a table; lists are passed over', async () => {
  const file = await written(
    `SELECT {'size': {'mm': i, 'inch': CASE WHEN i = 1 THEN NULL ELSE i / 2 END}, 'name': 'n' || i, 'all': [i]} AS petal, [i, i] AS list, i AS label FROM range(4) t(i)
     UNION ALL SELECT {'size': NULL, 'name': NULL, 'all': NULL}, NULL, 4 UNION ALL SELECT NULL, [], 5`,
  );
  const rows = await trainOf(table(parquet(file), { 'petal.size.mm': number(), 'petal.size.inch': number(), 'petal.name': category(), label: label() }));
  expect([...(rows.x as Matrix).data]).toEqual([0, 0, 0, 1, NaN, 1, 2, 1, 2, 3, 1.5, 3, NaN, NaN, NaN, NaN, NaN, NaN]);
  const refused = trainOf(table(parquet(file), { 'petal.all': number(), label: label() }));
  await expect(refused).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringContaining("column 'petal.all' holds lists or structs") });
});

test('a struct file that is cut off or changed ends in an error, or in as many pictures', async () => {
  const bytes = new Uint8Array(readFileSync(await written(rowsOf('0', '1', '2'), noted(NAMES))));
  const own = async (changed: Uint8Array): Promise<number> => (await trainOf(pictures(parquet(changed), { size: [1, 1] }))).x.rows;
  expect(await own(bytes)).toBe(3);
  for (let length = 0; length < bytes.length; length += 7) expect((await errorOf(own(bytes.subarray(0, length)))).code, `${length} bytes`).toBe('E_DATA');
  for (let at = 0; at < bytes.length; at += 5) {
    const changed = bytes.map((byte, i) => (i === at ? byte ^ 0x21 : byte));
    const result = await own(changed).catch((error: unknown) => error);
    if (result instanceof Error) expect(result, `byte ${at}`).toMatchObject({ code: 'E_DATA' });
    else expect(result, `byte ${at}`).toBe(3);
  }
});

test('a file of another kind', async () => {
  const file = join(tempFolder(), 'a.parquet');
  writeFileSync(file, png(1));
  expect(await errorOf(read(file))).toMatchObject({ code: 'E_DATA', message: expect.stringContaining('is no Parquet file') });
});
