import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { json } from '../../src/formats/json/json.ts';
import { category, number, value } from '../../src/tables/columns.ts';
import { table } from '../../src/tables/table.ts';
import { trainOf } from '../tables/penguins.ts';
import { bytesOf, cellsOf, inPieces } from './cells.ts';

const TEXT = ' [\n {"a": 1.5, "b": "ü, ]} \\" \\\\", "c": true},\n{"b": "x\\ny", "a": null} ,{"a": -2,\n "d": 7, "c": false, "b": ""}\r\n]\n';
const CELLS = { a: [1.5, null, -2], b: ['ü, ]} " \\', 'x\ny', null], c: ['true', null, 'false'], d: [null, null, 7] };

test('objects of a list are rows, however the bytes arrive', async () => {
  expect(await cellsOf(json(bytesOf(TEXT)), ['a', 'd'])).toEqual(CELLS);
  for (let size = 1; size <= 20; size++) expect(await cellsOf(json(new URL('file:///t.json')), ['a', 'd'], inPieces(bytesOf(TEXT), size))).toEqual(CELLS);
  expect(await cellsOf(json(new Uint8Array(gzipSync(TEXT))), ['a', 'd'])).toEqual(CELLS);
});

test('movies, with all their dirt', async () => {
  const file = new URL('../../node_modules/vega-datasets/data/movies.json', import.meta.url);
  const movies = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, string | number | null>>[];
  const source = table(json(file), { 'US Gross': number(), 'Major Genre': category(), Title: category(), 'IMDB Rating': value({ missing: 'drop' }) });
  const { x, rows, values } = await trainOf(source);
  const { data, categories } = x as Matrix;
  expect(x.rows).toBe(movies.length);
  expect(rows.length).toBe(movies.filter((movie) => movie['IMDB Rating'] !== null).length);
  const named = (column: number, row: number): string | null => categories![column]?.[data[row * 3 + column]!] ?? null;
  movies.forEach((movie, row) => {
    expect(data[row * 3]).toBe(movie['US Gross'] ?? NaN);
    expect(named(1, row)).toBe(movie['Major Genre']);
    expect(named(2, row)).toBe(movie['Title'] === null ? null : String(movie['Title'])); // 300 is a number
  });
  rows.forEach((row) => expect(values.data[row]).toBe(movies[row]!['IMDB Rating']));
});

describe('what is refused', () => {
  test.each([
    ['{"a": 1}\n{"a": 2}', 'line 1, begins with an object; a list', 'jsonLines(file)'],
    ['\n 5', "line 2, begins with '5'", 'a list of objects'],
    ['[{"a": 1},\n\n{"a": }]', 'line 3, is no JSON', 'a comma between'],
    ['[{"a": 1},\n]', 'line 2, is no JSON', 'none behind the last'],
    ['[{"a": 1} {"a": 2}]', 'line 1, is no JSON', 'a comma between'],
    ['[}]', 'line 1, is no JSON', 'a comma between'],
    ['[{"a": 1},\n[2]]', 'line 2, is a list; an object is needed', 'a list of objects'],
    ['[{"a": 1}, {"a": 2', 'is cut off: its list does not end', 'Copy it again'],
    ['[{"a": "1', 'is cut off: its list does not end', 'Copy it again'],
    ['[{"a": 1}]\n[]', 'line 2, goes on behind its list', 'one list'],
    ['[{"a": 1},\n {"a": [2]}]', "line 2 (row 1), column 'a': [2] is a list or an object", 'fields of their own'],
    ['[{"b": 1}]', "has no column 'a'", 'Columns: b'],
    ['[ ]', 'is empty', 'a list of objects'],
    ['', 'is empty', 'a list of objects'],
  ])('%s', async (text, message, hint) => {
    await expect(trainOf(table(json(bytesOf(text)), { a: number() }))).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });
});
