// Parquet files that another program wrote, whole and broken.
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { parquet } from '../../src/formats/parquet/parquet.ts';
import { nodeSurroundings } from '../../src/runtime/node/surroundings.ts';
import { boolean, category, date, label, number, value, type Schema } from '../../src/tables/columns.ts';
import { table } from '../../src/tables/table.ts';
import { trainOf } from '../tables/penguins.ts';
import { bytesOf, cellsOf } from './cells.ts';
import { bytesIn, CELLS, columnar, flipped, NUMERIC, refusal, spreadOver } from './columnar.ts';

const WHOLE = ['plain', 'snappy', 'gzip', 'zstd', 'lz4', 'checked', 'delta'] as const;

test.each(WHOLE)('the cells of %s, whatever its pages, packing and encodings', async (file) => {
  expect(await cellsOf(parquet(bytesIn(`${file}.parquet`)), NUMERIC)).toEqual(CELLS);
});

test('moments of 96 bits, and decimals in whole numbers, as older writers wrote them', async () => {
  const { ns, price, text } = CELLS;
  const utc = await cellsOf(parquet(bytesIn('old.parquet')));
  expect(utc).toEqual({ ns, price, text });
  expect((await cellsOf(parquet(bytesIn('old.parquet')), ['price']))['price']).toEqual(price!.map((cell) => (cell === null ? null : Number(cell))));
});

test('from a disk, from memory, from a Buffer that is part of another, and from a Blob', async () => {
  const bytes = bytesIn('snappy.parquet');
  const steps: number[] = [];
  const disk = {
    disk: nodeSurroundings(),
    onProgress: ({ done, total }: { readonly done: number; readonly total: number | null }) => void steps.push(done / total!),
  };
  expect(await cellsOf(parquet(columnar('snappy.parquet')), NUMERIC, disk)).toEqual(CELLS);
  expect(steps).toEqual([1]);
  const within = Buffer.concat([Buffer.from('abc'), bytes]).subarray(3);
  expect(await cellsOf(parquet(within), NUMERIC)).toEqual(CELLS);
  expect(await cellsOf(parquet(new Blob([bytes as Uint8Array<ArrayBuffer>])), NUMERIC)).toEqual(CELLS);
  await expect(cellsOf(parquet(new URL('file:///nowhere.parquet')), [], { disk: nodeSurroundings() })).rejects.toMatchObject({ code: 'E_FETCH' });
  await expect(cellsOf(parquet(bytes), [], { signal: AbortSignal.abort() })).rejects.toThrow();
});

const SCHEMA = { day: date(), us: date(), f64: number(), truth: boolean(), coded: category(), price: number(), i64: value() };

test('the same table from each of them, with columns in the order of the schema', async () => {
  const [first, ...others] = await Promise.all(WHOLE.map((file) => trainOf(table(parquet(bytesIn(`${file}.parquet`)), SCHEMA))));
  const named = { ...first!, name: '' };
  for (const other of others) expect({ ...other, name: '' }).toEqual(named);
  const { data, cols, categories } = first!.x as Matrix;
  const column = (j: number): readonly number[] => Array.from({ length: CELLS['i8']!.length }, (_, i) => data[i * cols + j]!);
  const seconds = (cell: unknown): number => (cell === null ? NaN : Date.parse(`${String(cell).slice(0, 23)}Z`) / 1000);
  expect(column(0)).toEqual(CELLS['day']!.map((cell) => (cell === null ? NaN : Date.parse(String(cell)) / 1000)));
  CELLS['us']!.forEach((cell, i) => (cell === null ? expect(column(1)[i]).toBeNaN() : expect(column(1)[i]! - seconds(cell)).toBeLessThan(0.001)));
  expect(column(3)).toEqual(CELLS['truth']!.map((cell) => (cell === null ? NaN : Number(cell === 'true'))));
  expect(column(5)).toEqual(CELLS['price']!.map((cell) => (cell === null ? NaN : Number(cell))));
  expect(categories![4]).toEqual(['a', 'b']);
});

describe('cells that do not fit name row, column, value and cure:', () => {
  const row = (name: string): number => CELLS[name]!.findIndex((cell) => cell !== null);
  test.each<[string, Schema, string, string]>([
    [
      'an id as a number',
      { big: number() },
      `row ${row('big')}, column 'big': '${CELLS['big']![row('big')]}' is a whole number that float64 would round`,
      'category()',
    ],
    ['a moment as a number', { ms: number() }, `row ${row('ms')}, column 'ms': '${CELLS['ms']![row('ms')]}' is no number`, 'date()'],
    ['a text as a number', { text: number() }, "column 'text': '", 'category()'],
    ['a number as a truth', { f64: boolean() }, "column 'f64': '", 'boolean({ true: '],
    ['a gap as a label', { f64: number(), i8: label() }, `row ${CELLS['i8']!.indexOf(null)}, column 'i8': the cell has no value`, "label({ missing: 'drop' })"],
    ['a column that is not there', { f46: number() }, "has no column 'f46'", 'f64'],
  ])('%s', async (_what, schema, message, hint) => {
    const error = trainOf(table(parquet(bytesIn('snappy.parquet')), schema) as never);
    await expect(error).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringContaining(message), hint: expect.stringContaining(hint) });
  });
});

test('columns of lists, structs and bytes are refused where they are wanted, and passed over where not', async () => {
  const file = parquet(bytesIn('nested.parquet'));
  const load = (schema: Schema): Promise<unknown> => trainOf(table(file, schema) as never);
  expect(Array.from(((await load({ flat: number() })) as { readonly x: Matrix }).x.data)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  for (const name of ['list', 'struct'])
    await expect(load({ flat: number(), [name]: category() })).rejects.toMatchObject({
      message: expect.stringContaining(`column '${name}' holds lists or structs`),
      hint: expect.stringContaining('columns of their own'),
    });
  await expect(load({ flat: number(), raw: category() })).rejects.toThrow(/row 0, column 'raw': '\uFFFD' is not written in UTF-8/);
});

describe('broken files:', () => {
  test.each<[string, Uint8Array, string, string]>([
    ['empty', new Uint8Array(), 'is empty', 'has rows'],
    ['a CSV file', bytesOf('a,b\n1,2\n'), 'is no Parquet file: it begins with a,b\\x0a', 'csv'],
    ['packed as a whole', new Uint8Array(gzipSync(bytesIn('plain.parquet'))), 'begins with \\x1f\\x8b', 'Unpack it'],
    ['only the head', bytesOf('PAR1'), 'is cut off: it does not end with PAR1', 'again'],
    ['head and tail', bytesOf('PAR1\0\0\0\0PAR1'), 'a damaged table of contents: it ends too early', 'again'],
    ['a table of contents longer than the file', bytesOf('PAR1\xff\xff\xff\x00PAR1'), 'table of contents is to have', 'again'],
    ['encrypted', bytesOf('PARE\0\0\0\0PARE'), 'is an encrypted Parquet file', 'without encryption'],
    ['packed in a way that is not read', bytesIn('brotli.parquet'), 'packed by Brotli', "compression='zstd'"],
  ])('%s', async (_what, bytes, message, hint) => {
    const error = await refusal(parquet(bytes));
    expect(error?.message).toContain(message);
    expect(error?.hint).toContain(hint);
  });

  test('cut off anywhere', async () => {
    const bytes = bytesIn('nested.parquet');
    for (let length = 0; length < bytes.length; length++) expect(await refusal(parquet(bytes.subarray(0, length))), `${length} bytes`).toBeDefined();
  });

  test('a changed bit anywhere in pages that have checksums is found, or changes nothing', async () => {
    const bytes = bytesIn('checked.parquet');
    const end = bytes.length - 8 - new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
    let found = 0;
    for (const bit of spreadOver(8 * (end - 4), 400)) {
      const changed = parquet(flipped(bytes, bit + 32));
      if (await refusal(changed)) found++;
      else expect(await cellsOf(changed, NUMERIC), `bit ${bit}`).toEqual(CELLS);
    }
    expect(found).toBeGreaterThan(200);
  });

  test('values of no length', async () => {
    const bytes = bytesIn('delta.parquet');
    // Type FIXED_LEN_BYTE_ARRAY, and a length of 16.
    const at = Buffer.from(bytes).indexOf(Buffer.from([0x15, 0x0e, 0x15, 0x20]));
    bytes[at + 3] = 0;
    expect((await refusal(parquet(bytes)))?.message).toContain("column 'long' has values without bytes");
  });

  test.each(['snappy', 'gzip', 'zstd', 'lz4', 'delta', 'old'])('changed bits of %s end in an error or in a table of as many rows', async (file) => {
    const bytes = bytesIn(`${file}.parquet`);
    let refused = 0;
    for (const bit of spreadOver(8 * bytes.length, 60)) {
      const changed = parquet(flipped(bytes, bit));
      if (await refusal(changed)) refused++;
      else for (const cells of Object.values(await cellsOf(changed))) expect(cells, `bit ${bit}`).toHaveLength(61);
    }
    expect(refused).toBeGreaterThan(5);
  });
});
