// Arrow data that other programs wrote, whole and broken, and tables of a library.
import { gzipSync } from 'node:zlib';
import { tableFromArrays, tableFromIPC, tableToIPC } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { arrow } from '../../src/formats/arrow/arrow.ts';
import { parquet } from '../../src/formats/parquet/parquet.ts';
import { nodeSurroundings } from '../../src/runtime/node/surroundings.ts';
import { boolean, category, date, number, value, type Schema } from '../../src/tables/columns.ts';
import { table } from '../../src/tables/table.ts';
import { trainOf } from '../tables/penguins.ts';
import { bytesOf, cellsOf } from './cells.ts';
import { bytesIn, CELLS, columnar, flipped, NUMERIC, refusal, spreadOver } from './columnar.ts';

const FILES = ['file.arrow', 'stream.arrows', 'zstd.arrow', 'lz4.arrows'] as const;

test.each(FILES)('the cells of %s, whatever its batches and packing', async (file) => {
  expect(await cellsOf(arrow(bytesIn(file)), NUMERIC)).toEqual(CELLS);
});

test('types that Parquet has not', async () => {
  const LONG = 'longer than twelve bytes';
  expect(await cellsOf(arrow(bytesIn('more.arrow')), ['coded'])).toEqual({
    view: ['a', null, LONG, null, LONG, 'grün'],
    seconds: ['1970-01-01T00:00:00', '1969-12-31T23:59:59', null, '2242-03-16T12:56:32', '1970-01-01T00:00:01', '1970-01-01T00:01:00'],
    day: ['1970-01-01', '1970-01-02', null, '1969-12-31', '1970-01-01', '1970-01-01'],
    clock: ['00:00:00', '00:00:01', null, '00:00:03', '00:00:04', '23:59:59'],
    huge: [`1${'0'.repeat(60)}`, null, '-1', '0', '1', '2'],
    coded: [7, null, 7, -9, 7, -9],
  });
});

const SCHEMA = { day: date(), us: date(), f64: number(), truth: boolean(), coded: category(), price: number(), i64: value() };

test('a table is the same from Arrow and from Parquet, from a file and as a stream', async () => {
  const expected = { ...(await trainOf(table(parquet(bytesIn('plain.parquet')), SCHEMA))), name: '' };
  for (const file of FILES) expect({ ...(await trainOf(table(arrow(bytesIn(file)), SCHEMA))), name: '' }).toEqual(expected);
  const done: number[] = [];
  const options = {
    disk: nodeSurroundings(),
    onProgress: ({ done: at, total }: { readonly done: number; readonly total: number | null }) => void done.push(at / total!),
  };
  expect(await cellsOf(arrow(columnar('stream.arrows')), NUMERIC, options)).toEqual(CELLS);
  expect(done).toEqual(done.toSorted((a, b) => a - b));
  expect(done.at(-1)).toBeGreaterThan(0.9);
});

describe("a table of apache-arrow's", () => {
  const READ = Object.keys(CELLS).filter((name) => !['clock', 'fine', 'ns'].includes(name));
  test.each(['file.arrow', 'stream.arrows'])('its values, from %s', async (file) => {
    const read = tableFromIPC(bytesIn(file)).select(READ);
    expect(await cellsOf(arrow(read), NUMERIC)).toEqual(Object.fromEntries(READ.map((name) => [name, CELLS[name]])));
  });

  test('trains as its bytes do', async () => {
    const made = tableFromArrays({ a: Float64Array.of(1, 2, NaN), b: ['x', 'y', 'x'], c: BigInt64Array.of(1n, -1n, 3n) });
    const schema = { a: number(), b: category(), c: number() };
    const own = await trainOf(table(arrow(made), schema));
    expect([...(own.x as Matrix).data]).toEqual([1, 0, 1, 2, 1, -1, NaN, 0, 3]);
    for (const kind of ['file', 'stream'] as const) {
      const other = await trainOf(table(arrow(tableToIPC(made, kind)), schema));
      expect({ ...other, name: '' }).toEqual({ ...own, name: '' });
    }
  });

  test('a type that no column has is refused', async () => {
    const read = tableFromIPC(bytesIn('nested.arrow'));
    await expect(cellsOf(arrow(read))).rejects.toThrow("arrow table: column 'list' holds lists or structs");
  });
});

test.each<[string, Schema, string, string]>([
  ['an id as a number', { u64: number() }, 'is a whole number that float64 would round', 'category()'],
  ['a text as a number', { text: number() }, "column 'text': '", 'category()'],
  ['a time of day as a number', { clock: number() }, "column 'clock': '", 'Correct it'],
])('%s is refused', async (_what, schema, message, hint) => {
  const error = trainOf(table(arrow(bytesIn('lz4.arrows')), schema) as never);
  await expect(error).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringContaining(message), hint: expect.stringContaining(hint) });
});

test('columns of lists, structs and bytes are refused where they are wanted, and passed over where not', async () => {
  const load = (schema: Schema): Promise<unknown> => trainOf(table(arrow(bytesIn('nested.arrow')), schema) as never);
  expect(Array.from(((await load({ flat: number() })) as { readonly x: Matrix }).x.data)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  for (const name of ['list', 'struct']) await expect(load({ flat: number(), [name]: category() })).rejects.toThrow(`column '${name}' holds lists or structs`);
  await expect(load({ flat: number(), raw: category() })).rejects.toThrow(/column 'raw' holds values of a type that no column of a table is/);
});

describe('broken data:', () => {
  test.each<[string, Uint8Array, string, string]>([
    ['empty', new Uint8Array(), 'is empty', 'has rows'],
    ['a CSV file', bytesOf('a,b\n1,2\n'), 'is no Arrow data: it begins with a,b\\x0a', 'csv'],
    ['Feather 1', bytesOf('FEA1\0\0\0\0FEA1'), 'is no Arrow data', 'version 2'],
    ['packed as a whole', new Uint8Array(gzipSync(bytesIn('file.arrow'))), 'is no Arrow data: it begins with \\x1f\\x8b', 'Unpack it'],
    ['a Parquet file', bytesIn('nested.parquet'), 'is no Arrow data: it begins with PAR1', 'parquet'],
    ['a file without its end', bytesIn('file.arrow').subarray(0, -1), 'is an Arrow file that is cut off', 'again'],
    ['a stream without rows or end', Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0), 'is damaged: it has no schema', 'again'],
  ])('%s', async (_what, bytes, message, hint) => {
    const error = await refusal(arrow(bytes));
    expect(error?.message).toContain(message);
    expect(error?.hint).toContain(hint);
  });

  test.each(['nested.arrow', 'lz4.arrows'])('%s cut off anywhere', async (file) => {
    const bytes = bytesIn(file);
    for (let length = 0; length < bytes.length; length += file === 'lz4.arrows' ? 101 : 1) {
      expect(await refusal(arrow(bytes.subarray(0, length))), `${length} bytes`).toBeDefined();
    }
  });

  test('a footer that leaves rows out', async () => {
    const bytes = bytesIn('file.arrow');
    const end = bytes.length - 10;
    const from = end - new DataView(bytes.buffer).getUint32(end, true);
    // Four batches: their number stands before the first of them.
    let found = 0;
    for (let at = from; at < end - 4; at += 4) {
      if (new DataView(bytes.buffer).getUint32(at, true) !== 4) continue;
      const fewer = bytes.slice();
      fewer[at] = 3;
      if ((await refusal(arrow(fewer)))?.message.includes('its footer leaves rows out')) found++;
    }
    expect(found).toBe(1);
  });

  test.each(FILES)('changed bits of %s end in an error or in a whole table', async (file) => {
    const bytes = bytesIn(file);
    let refused = 0;
    for (const bit of spreadOver(8 * bytes.length, 150)) if (await refusal(arrow(flipped(bytes, bit)))) refused++;
    expect(refused).toBeGreaterThan(5);
  });
});
