// Files as people have them. Each ends in the right table, or in an error that names where and says the cure; none in a wrong number.
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { csv, type CsvOptions } from '../../src/formats/csv/csv.ts';
import { jsonLines } from '../../src/formats/json/jsonLines.ts';
import { boolean, category, date, group, label, number, value, weight, type Schema } from '../../src/tables/columns.ts';
import { table } from '../../src/tables/table.ts';
import { bytesOf } from '../formats/cells.ts';
import { trainOf } from './penguins.ts';

const utf16 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(`\uFEFF${text}`, 'utf16le'));
const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
const packed = (text: string): Uint8Array => new Uint8Array(gzipSync(text));

interface Case {
  readonly file: string | Uint8Array;
  readonly schema: Schema;
  readonly options?: CsvOptions;
}

const load = ({ file, schema, options = {} }: Case): ReturnType<typeof trainOf> =>
  trainOf(table(csv(typeof file === 'string' ? bytesOf(file) : file, options), schema) as never);

const ab = { a: number(), b: category() };

describe('the right table', () => {
  const NONE = NaN;
  test.each<[string, Case, { readonly x: readonly number[]; readonly names?: readonly unknown[]; readonly [field: string]: unknown }]>([
    [
      'quotes, with line ends inside',
      { file: 'a,b\r\n1,"x\r\ny"\r\n2,"say ""no"""\r\n', schema: ab },
      { x: [1, 1, 2, 0], names: [null, ['say "no"', 'x\r\ny']] },
    ],
    ['a byte order mark', { file: '\uFEFFa,b\n1,x\n', schema: ab }, { x: [1, 0] }],
    ['UTF-16', { file: utf16('a\tb\n1\tü\n'), schema: ab }, { x: [1, 0], names: [null, ['ü']] }],
    ['latin1', { file: latin1('a;b\n1,5;\xe9\n'), schema: ab, options: { encoding: 'latin1', decimal: ',' } }, { x: [1.5, 0], names: [null, ['é']] }],
    ['gzip called .csv', { file: packed('a,b\n1,x\n'), schema: ab }, { x: [1, 0] }],
    ['line ends of three kinds', { file: 'a,b\n1,x\r2,y\r\n3,z', schema: ab }, { x: [1, 0, 2, 1, 3, 2] }],
    ['carriage returns alone', { file: 'a,b\r1,x\r2,y\r', schema: ab }, { x: [1, 0, 2, 1] }],
    ['separators at the end of every line', { file: 'a,b,\n1,x,\n2,y,\n', schema: ab }, { x: [1, 0, 2, 1] }],
    ['bytes that are no UTF-8 in a column that nobody asks for', { file: latin1('c,a,b\n\xff,1,x\n'), schema: ab }, { x: [1, 0] }],
    ['a cell of five million characters', { file: `a,b\n1,"${'x,\n'.repeat(2e6)}"\n2,y\n`, schema: ab }, { x: [1, 0, 2, 1] }],
    ['a number of thousands of digits', { file: `a,b\n0.${'3'.repeat(5000)},x\n`, schema: ab }, { x: [1 / 3, 0] }],
    ['empty lines before, between and behind', { file: '\n\na,b\n\n1,x\n\n\n2,y\n\n', schema: ab }, { x: [1, 0, 2, 1] }],
    ['gaps', { file: 'a,b\n,\n2,x\n', schema: ab }, { x: [NONE, NONE, 2, 0] }],
    ['words for gaps', { file: 'a,b\nNA,x\n2,NA\n', schema: ab, options: { missing: ['', 'NA'] } }, { x: [NONE, 0, 2, NONE], names: [null, ['x']] }],
    [
      'cells that do not fit, where that is said',
      { file: 'a,b\nfive,x\n2,z\n', schema: { a: number({ invalid: 'missing' }), b: category({ names: ['y', 'x'], invalid: 'missing' }) } },
      { x: [NONE, 1, 2, NONE], names: [null, ['y', 'x']] },
    ],
    ['columns that nobody asks for', { file: 'id,a,id,b\n9007199254740993,1,x,y\n', schema: ab }, { x: [1, 0] }],
    ['columns in the order of the schema', { file: 'b,a\nx,1\n', schema: ab }, { x: [1, 0], columns: ['a', 'b'] }],
    ['names that are numbers, in their order', { file: 'a,b\n1,10\n2,9\n', schema: ab }, { x: [1, 1, 2, 0], names: [null, ['9', '10']] }],
    ['truth', { file: 'a\ntrue\nFALSE\nYes\n0\n\n', schema: { a: boolean() } }, { x: [1, 0, 1, 0, NONE] }],
    ['dates', { file: 'a\n1970-01-02\n1970-01-01T01:00:00+01:00\n1970-01-01 00:00:01.5\n', schema: { a: date() } }, { x: [86_400, 0, 1.5] }],
    ['dates by a format', { file: 'a\n02.01.1970\n', schema: { a: date({ format: 'DD.MM.YYYY' }) } }, { x: [86_400] }],
    [
      'labels that are ids beyond 2^53',
      { file: 'a,y\n1,9007199254740993\n2,9007199254740992\n3,9007199254740993\n', schema: { a: number(), y: label() } },
      { x: [1, 2, 3], labels: [1, 0, 1], classNames: ['9007199254740992', '9007199254740993'] },
    ],
    [
      'labels beyond 255, which do not wrap',
      { file: 'a,y\n1,256\n2,0\n3,256\n', schema: { a: number(), y: label() } },
      { x: [1, 2, 3], labels: [1, 0, 1], classNames: [0, 256] },
    ],
    ['labels that are small numbers', { file: 'a,y\n1,3\n2,7\n', schema: { a: number(), y: label() } }, { x: [1, 2], labels: [3, 7], classNames: undefined }],
    [
      'numbers as labels, cut in two',
      { file: 'a,y\n1,15\n2,15.5\n3,-2\n4,\n', schema: { a: number(), y: label({ above: 15, missing: 'drop' }) } },
      { x: [1, 2, 3, 4], rows: [0, 1, 2], labels: [0, 1, 0, 0], classNames: [false, true] },
    ],
    [
      'labels that begin with zeros',
      { file: 'a,y\n1,007\n2,7\n', schema: { a: number(), y: label() } },
      { x: [1, 2], labels: [0, 1], classNames: ['007', '7'] },
    ],
    [
      'rows without a label, where that is said',
      { file: 'a,y\n1,p\n2,\n3,q\n', schema: { a: number(), y: label({ missing: 'drop' }) } },
      { x: [1, 2, 3], rows: [0, 2], classNames: ['p', 'q'] },
    ],
    ['groups', { file: 'a,g\n1,p2\n2,p1\n3,p2\n', schema: { a: number(), g: group() } }, { x: [1, 2, 3], groups: [1, 0, 1], groupNames: ['p1', 'p2'] }],
    [
      'weights and several values',
      { file: 'a,w,y,z\n1,0.5,2,3\n', schema: { a: number(), w: weight(), z: value(), y: value() } },
      { x: [1], weights: [0.5], values: [3, 2] },
    ],
  ])('%s', async (_what, given, { x, names, ...fields }) => {
    const data = (await load(given)) as Awaited<ReturnType<typeof load>> & { readonly values?: Matrix };
    expect([...(data.x as Matrix).data]).toEqual(x);
    if (names) expect((data.x as Matrix).categories).toEqual(names);
    const found = { ...data, values: data.values && [...data.values.data] } as Readonly<Record<string, unknown>>;
    for (const [field, expected] of Object.entries(fields))
      expect(ArrayBuffer.isView(found[field]) ? [...(found[field] as Uint8Array)] : found[field]).toEqual(expected);
  });
});

test('labels in any number, none of which wraps', async () => {
  const file = `a,y\n${Array.from({ length: 70_000 }, (_, i) => `1,k${i}`).join('\n')}`;
  const { labels, classNames } = await trainOf(table(csv(bytesOf(file)), { a: number(), y: label() }));
  expect([0, 256, 65_536, 69_999].map((row) => classNames![labels[row]!])).toEqual(['k0', 'k256', 'k65536', 'k69999']);
  expect(new Set(labels).size).toBe(70_000);
});

describe('the right error', () => {
  test.each<[string, Case, string, string]>([
    ['a ragged row', { file: 'a,b\n1,x\n2\n', schema: ab }, 'line 3 (row 1) has 1 field; 2 columns', 'quote those that hold one'],
    [
      'a row of another separator',
      { file: 'a;b\n1;x\n2,y\n', schema: ab },
      'line 3 (row 1) has 1 field; 2 columns',
      "It is separated by ',', the first line by ';'",
    ],
    [
      'rows that end with a separator, unlike the names',
      { file: 'a,b\n1,x,\n2,y,\n', schema: ab },
      'line 2 (row 0) has 3 fields; 2 columns',
      "It ends with ','",
    ],
    [
      'a quote that never ends',
      { file: `a,b\n1,"x\n${'2,y\n'.repeat(1000)}`, schema: ab },
      'line 2: the row that begins there has a quote that is never closed',
      'Close it',
    ],
    ['text behind a quote', { file: 'a,b\n1,"x" y\n', schema: ab }, 'has text behind a closing quote: "x" y', 'double quotes inside it'],
    ['zeros at the beginning', { file: 'a,b\n1,\0\n', schema: ab }, 'has a zero in byte 6', 'Name a file of text'],
    [
      'a zero in a name, far into the file',
      { file: `a,b\n${'1,x\n'.repeat(2000)}2,y\0z\n`, schema: ab },
      "line 2002 (row 2000), column 'b': 'y\\0z' has a zero in it",
      'Copy the file again',
    ],
    [
      'a zero in a number, far into the file',
      { file: `a,b\n${'1,x\n'.repeat(2000)}2\0,y\n`, schema: ab },
      "line 2002 (row 2000), column 'a': '2\\0' is no number",
      'Correct it',
    ],
    [
      'zeros behind what was written',
      { file: `a,b\n${'1,x\n'.repeat(2000)}${'\0'.repeat(4096)}`, schema: ab },
      'line 2002 (row 2000) has 1 field',
      'Fields are separated',
    ],
    ['bytes that are no UTF-8 among the names', { file: latin1('a,b\xe9\n1,x\n'), schema: ab }, 'the line of names: ', "encoding: 'latin1'"],
    ['UTF-16 that is cut off', { file: utf16('a,b\n1,x\n').slice(0, -1), schema: ab }, 'is not utf-16le to its end', 'Copy it again'],
    ['a Parquet file called .csv', { file: 'PAR1 and so on and on', schema: ab }, 'is a Parquet file, not a text', 'parquet(file)'],
    ['a mark and nothing else', { file: '\uFEFF', schema: ab }, 'is empty', 'a line of names'],
    ['infinity', { file: 'a,b\n-inf,x\n', schema: ab }, "'-inf' is no number", "number({ invalid: 'missing' })"],
    ['a number of half a million digits', { file: `a,b\n${'1'.repeat(5e5)},x\n`, schema: ab }, 'is beyond what float64 holds', 'Correct it'],
    ['mixed types', { file: 'a,b\n1,x\nfive,x\n', schema: ab }, "line 3 (row 1), column 'a': 'five' is no number", "number({ invalid: 'missing' })"],
    ['a word for a gap that nobody told of', { file: 'a,b\nNA,x\n', schema: ab }, "'NA' is no number", "missing: ['', 'NA']"],
    ['a decimal comma', { file: 'a;b\n1,5;x\n', schema: ab }, "'1,5' is no number", "decimal: ','"],
    ['commas between thousands', { file: 'a;b\n1,500;x\n', schema: ab }, "'1,500' is no number", "csv(file, { thousands: ',' })"],
    ['both marks', { file: 'a;b\n1.500,25;x\n', schema: ab }, "'1.500,25' is no number", "decimal: ',', thousands: '.'"],
    ['an empty file', { file: '', schema: ab }, 'is empty', 'a line of names'],
    ['names alone', { file: 'a,b\n', schema: ab }, 'names its columns and has no row', 'has rows'],
    ['gzip that is cut off', { file: packed('a,b\n1,x\n'.repeat(500)).slice(0, 30), schema: ab }, 'damaged or cut off', 'again'],
    ['a workbook called .csv', { file: 'PK\x03\x04 and so on and on', schema: ab }, 'a zip file, or a workbook', 'save the sheet'],
    ['names twice', { file: 'a,b,a\n1,x,2\n', schema: ab }, "has two columns 'a', number 1 and number 3", 'Rename one'],
    ['a name that is not there', { file: 'A1,b\n1,x\n', schema: { a1: number() } }, "has no column 'a1'", 'Did you mean A1?'],
    ['a name with a blank', { file: 'b, a1\nx,1\n', schema: { a1: number() } }, "has no column 'a1'", "calls it ' a1', with a blank"],
    ['a whole number beyond float64', { file: `a,b\n${'9'.repeat(400)},x\n`, schema: ab }, 'is beyond what float64 holds', 'Correct it'],
    ['a number beyond float64', { file: 'a,b\n1e400,x\n', schema: ab }, "'1e400' is beyond what float64 holds", 'Correct it'],
    ['an id beyond 2^53', { file: 'a,b\n9007199254740993,x\n', schema: ab }, "'9007199254740993' is a whole number that float64 would round", 'category()'],
    [
      'a label that is missing',
      { file: 'a,y\n1,p\n2,\n', schema: { a: number(), y: label() } },
      "line 3 (row 1), column 'y': the cell has no value",
      "label({ missing: 'drop' })",
    ],
    [
      'a word where numbers are to be cut in two',
      { file: 'a,y\n1,late\n', schema: { a: number(), y: label({ above: 15 }) } },
      "column 'y': 'late' is no number",
      'Correct it',
    ],
    ['a group that is missing', { file: 'a,g\n1,p\n2,\n', schema: { a: number(), g: group() } }, "column 'g': the cell has no value", 'Fill it.'],
    ['no label at all', { file: 'a,y\n1,\n', schema: { a: number(), y: label({ missing: 'drop' }) } }, 'No row of', 'to be learned'],
    ['a weight below 0', { file: 'a,w\n1,-1\n', schema: { a: number(), w: weight() } }, "'-1' is below 0", 'from 0'],
    [
      'a name that is none of those listed',
      { file: 'a,b\n1,smal\n', schema: { a: number(), b: category({ names: ['small', 'large'] }) } },
      "'smal' is none of the names of the column",
      'Did you mean small?',
    ],
    ['a date that is none', { file: 'a\n2012-02-30\n', schema: { a: date() } }, "'2012-02-30' is no date", 'format'],
    ['a date that may be two', { file: 'a\n01/02/2012\n', schema: { a: date() } }, "'01/02/2012' is no date", "format: 'DD.MM.YYYY'"],
    ['truth in other words', { file: 'a\nja\n', schema: { a: boolean() } }, "'ja' is none of false", 'boolean({ true: '],
    ['latin1 that is not said', { file: latin1('a,b\n1,\xe9\n'), schema: ab }, 'is not written in UTF-8', "encoding: 'latin1'"],
  ])('%s', async (_what, given, message, hint) => {
    const error = await load(given).then(
      () => undefined,
      (thrown: { readonly code: string; readonly message: string; readonly hint: string }) => thrown,
    );
    expect(error).toMatchObject({ code: 'E_DATA', message: expect.stringContaining(message), hint: expect.stringContaining(hint) });
  });
});

test.each(['"7"', '"1.5"'])('a number that JSON has as a text, %s, is said to be one', async (cell) => {
  const error = trainOf(table(jsonLines(bytesOf(`{"a":${cell}}\n`)), { a: number() }));
  await expect(error).rejects.toMatchObject({
    message: expect.stringContaining(`column 'a': ${cell} is a text, though of digits`),
    hint: expect.stringContaining('without quotes'),
  });
});

test('a million columns', async () => {
  const count = 1_000_000;
  const row = (cell: string): string => `${`${cell},`.repeat(count - 1)}${cell}\n`;
  const file = bytesOf(`${Array.from({ length: count }, (_, i) => `c${i}`).join(',')}\n${row('1')}${row('2')}`);
  const { x } = await trainOf(table(csv(file), { c999999: number(), c0: number() }));
  expect([...(x as Matrix).data]).toEqual([1, 1, 2, 2]);
  await expect(trainOf(table(csv(file), { none: number() }))).rejects.toMatchObject({
    message: expect.stringContaining("has no column 'none'"),
    hint: expect.stringMatching(/^Columns: c0, .*, c49 and 999950 more\.$/),
  });
});
