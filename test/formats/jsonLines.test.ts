import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { jsonLines } from '../../src/formats/json/jsonLines.ts';
import { boolean, category, label, number } from '../../src/tables/columns.ts';
import { table } from '../../src/tables/table.ts';
import { trainOf } from '../tables/penguins.ts';
import { bytesOf, cellsOf, inPieces } from './cells.ts';

const TEXT = '{"a": 1.5, "b": "ü", "c": true}\n\n{"b": "x\\ny", "a": null}\r\n{"a": -2, "d": 7, "c": false, "b": ""}';
const CELLS = { a: [1.5, null, -2], b: ['ü', 'x\ny', null], c: ['true', null, 'false'], d: [null, null, 7] };

test('fields are columns, whatever their order, however the bytes arrive', async () => {
  expect(await cellsOf(jsonLines(bytesOf(TEXT)), ['a', 'd'])).toEqual(CELLS);
  for (let size = 1; size <= 20; size++) expect(await cellsOf(jsonLines(new URL('file:///t.jsonl')), ['a', 'd'], inPieces(bytesOf(TEXT), size))).toEqual(CELLS);
  expect(await cellsOf(jsonLines(new Uint8Array(gzipSync(TEXT))), ['a', 'd'])).toEqual(CELLS);
});

test('a table of them', async () => {
  const rows = Array.from({ length: 1500 }, (_, i) => JSON.stringify({ a: i, b: i % 2 ? 'odd' : 'even', c: i > 9, y: i % 3 }));
  const data = await trainOf(table(jsonLines(bytesOf(rows.join('\n'))), { a: number(), b: category(), c: boolean(), y: label() }));
  expect(Array.from((data.x as Matrix).data.slice(-3))).toEqual([1499, 1, 1]);
  expect((data.x as Matrix).categories).toEqual([null, ['even', 'odd'], null]);
  expect(Array.from(data.labels.slice(-3))).toEqual([0, 1, 2]);
});

describe('what is refused', () => {
  test.each([
    ['{"a": 1}\n{"a": }', 'line 2, is no JSON', 'one object a line'],
    ['[{"a": 1}]', 'line 1, is a list; an object is needed', 'one object a line'],
    ['{"a": 1}\n{"a": [2]}', "line 2 (row 1), column 'a': [2] is a list or an object", 'fields of their own'],
    ['{"a": 9007199254740993}', "column 'a': 9007199254740992 is a whole number beyond 2^53", 'between quotes'],
    ['{"a": 1e400}', "column 'a': Infinity is beyond what float64 holds", 'Correct it'],
    ['{"a": "five"}', 'column \'a\': "five" is no number', "invalid: 'missing'"],
    ['{"b": 1}', "has no column 'a'", 'Columns: b'],
    ['\n', 'is empty', 'has one JSON object a line'],
  ])('%s', async (text, message, hint) => {
    await expect(trainOf(table(jsonLines(bytesOf(text)), { a: number() }))).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });
});
