// ARFF as a table: the files of OpenML cell for cell as liac-arff reads them, and what people write by hand.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arff, arffColumns } from '../../src/formats/arff/arff.ts';
import { category, date, label, number, type Schema } from '../../src/tables/columns.ts';
import { table } from '../../src/tables/table.ts';
import type { FileStore } from '../../src/core/files.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { ROOT } from '../support/cli.ts';
import { errorOf } from '../support/files.ts';
import { bytesOf, cellsOf, inPieces } from './cells.ts';

const FOLDER = join(ROOT, 'test/fixtures/openml');

interface Figures {
  readonly rows: number;
  readonly columns: readonly {
    readonly name: string;
    readonly gaps: number;
    /** liac-arff takes the name ? for none. */
    readonly names?: readonly (string | null)[];
    readonly digest?: string;
    readonly sum?: number;
  }[];
  readonly first: readonly (string | number | null)[];
  readonly last: readonly (string | number | null)[];
}
const { tables } = JSON.parse(readFileSync(join(FOLDER, 'openml.json'), 'utf8')) as { readonly tables: Readonly<Record<string, Figures>> };

const rowsOf = (schema: Schema, text: string) => table(arff(bytesOf(text)), schema).load({} as FileStore, {});

describe.each(Object.entries(tables))('OpenML %s', (id, { rows, columns, first, last }) => {
  const bytes = readFileSync(join(FOLDER, id, 'data.arff.gz'));

  test('has the cells that liac-arff reads', async () => {
    const numbers = columns.filter(({ sum }) => sum !== undefined).map(({ name }) => name);
    const cells = await cellsOf(arff(bytes), numbers);
    expect(Object.keys(cells)).toEqual(columns.map(({ name }) => name));
    for (const { name, gaps, sum, digest } of columns) {
      const own = cells[name]!;
      expect([name, own.length, own.filter((cell) => cell === null).length]).toEqual([name, rows, gaps]);
      const there = own.filter((cell) => cell !== null);
      if (digest !== undefined) expect(createHash('sha256').update(there.join('\n')).digest('hex'), name).toBe(digest);
      else
        expect(
          (there as number[]).reduce((total, cell) => total + cell, 0),
          name,
        ).toBeCloseTo(sum!, 6);
    }
    const row = (at: number) => Object.values(cells).map((own) => own.at(at));
    expect(row(0)).toEqual(first);
    expect(row(-1)).toEqual(last);
  });

  test('declares these columns', async () => {
    const found = await arffColumns('some.arff', pieces(gunzipSync(bytes)));
    expect(found.map(({ name, values }) => [name, values])).toEqual(columns.map(({ name, names }) => [name, names?.map((one) => one ?? '?')]));
  });
});

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}

const HEADER = '@relation r\n@attribute a numeric\n@attribute b {x,\'y z\'}\n@attribute t string\n@attribute d date "yyyy-MM-dd HH:mm"\n@data\n';

describe('cells', () => {
  test('of every type, dense and sparse, with gaps and escapes', async () => {
    const text = `${HEADER}1.5,x,'it\\'s 100\\% \\n \\t \\u00e9 \\\\',"2012-01-31 13:30"\n?,?,?,?\n-0,'y z','?',?\n{1 'y z',2 "",3 ?}\n{0 7,2 u,3 '2000-01-01 00:00'}\n`;
    expect(await cellsOf(arff(bytesOf(text)), ['a'])).toEqual({
      a: [1.5, null, -0, 0, 7],
      b: ['x', null, 'y z', 'y z', 'x'],
      t: ["it's 100% \n \t é \\", null, '?', null, 'u'],
      d: ['2012-01-31 13:30', null, null, null, '2000-01-01 00:00'],
    });
  });

  test('of numbers where names are wanted are taken as written', async () => {
    const text = '@relation r\n@attribute id numeric\n@data\n007\n1.0\n12345678901234567890\n';
    expect(await cellsOf(arff(bytesOf(text)))).toEqual({ id: ['007', '1.0', '12345678901234567890'] });
  });

  test('of names that are numbers can be a feature, a date has the format that is given', async () => {
    const data = await rowsOf(
      { n: number(), c: category(), d: date({ format: 'DD.MM.YYYY' }), y: label() },
      '@relation r\n@attribute n {0,1}\n@attribute c {q,p}\n@attribute d date "dd.MM.yyyy"\n@attribute y {no,yes}\n@data\n1,q,31.01.2012,yes\n?,p,?,no\n',
    );
    const x = data.x as Matrix;
    expect([...x.data]).toEqual([1, 1, Date.UTC(2012, 0, 31) / 1000, NaN, 0, NaN]);
    expect(x.categories).toEqual([null, ['p', 'q'], null]);
    expect(data).toMatchObject({ classNames: ['no', 'yes'], labels: Uint8Array.of(1, 0) });
  });

  test('what is written is read back, in pieces of any size', async () => {
    const cell = fc.record({
      a: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)), // toExponential writes -0 as 0
      b: fc.option(fc.constantFrom('x', 'y z')),
      t: fc.option(fc.string({ unit: 'grapheme', minLength: 1 })),
    });
    const quoted = (text: string) => `'${text.replaceAll(/[\\'%\n\r\t]/g, (char) => ({ '\n': '\\n', '\r': '\\r', '\t': '\\t' })[char] ?? `\\${char}`)}'`;
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 50 }), fc.boolean(), async (written, size, sparse) => {
        const lines = written.map(({ a, b, t }) => {
          const cells = [a === null ? '?' : a.toExponential(), b === null ? '?' : quoted(b), t === null ? '?' : quoted(t), '?'];
          return sparse ? `{${cells.map((one, i) => `${i} ${one}`).join(', ')}}` : cells.join(',');
        });
        const read = await cellsOf(arff(new URL('file:///some.arff')), ['a'], inPieces(bytesOf(HEADER + lines.join('\r\n')), size));
        expect(read).toEqual({ a: written.map(({ a }) => a), b: written.map(({ b }) => b), t: written.map(({ t }) => t), d: written.map(() => null) });
      }),
      { numRuns: 200 },
    );
  });
});

describe('refuses, naming row, line and column:', () => {
  const all: Schema = { a: number(), b: category(), t: category(), d: date({ format: 'YYYY-MM-DD HH:mm' }) };
  const right = "1,x,u,'2012-01-31 13:30'\n";
  test.each([
    ['a word for a number', 'one,x,u,?\n', "row 1 (line 8), column 'a': 'one' is no number", 'write ? for a cell without a value'],
    ['infinity', '1e999,x,u,?\n', "column 'a': '1e999' is beyond what float64 holds", 'Correct it'],
    ['a whole number that is rounded', '9007199254740993,x,u,?\n', "column 'a': '9007199254740993' is a whole number that float64 would round", 'An id'],
    ['an empty number', ',x,u,?\n', "column 'a': the cell is empty", 'Write ?'],
    ['a name that is not declared', '1,z,u,?\n', "column 'b': 'z' is none of the names that @attribute lists", 'Add it there'],
    ['a text that a sparse row leaves out', '{0 1, 3 ?}\n', "column 't': the cell is left out by a sparse row", 'Write the cell'],
    ['a date that is none', "1,x,u,'31.01.2012'\n", "column 'd': '31.01.2012' is no date as YYYY-MM-DD HH:mm", 'date('],
    ['a short row', '1,x,u\n', 'row 1 (line 8): the end of the line after 3 values arrived, a row of 4 values', 'a complete ARFF file'],
    ['a type of Weka alone', '', 'attribute "r" of type "relational" arrived, numeric, real, integer, string, date or {a,b}', 'a complete ARFF file'],
  ])('%s', async (name, text, why, cure) => {
    const header = name === 'a type of Weka alone' ? HEADER.replace('@data', '@attribute r relational\n@data') : HEADER;
    const error = await errorOf(rowsOf(all, header + right + text));
    expect(error).toMatchObject({ code: 'E_DATA', message: expect.stringContaining(why), hint: expect.stringContaining(cure) });
  });

  test('what is not UTF-8', async () => {
    const latin1 = Buffer.from(`${HEADER}1,x,größe,?\n`, 'latin1');
    expect((await errorOf(cellsOf(arff(latin1)))).message).toContain('is not written in UTF-8');
  });

  test('a file that has no such column, and one of several of a name', async () => {
    const twice = '@relation r\n@attribute a numeric\n@attribute a numeric\n@data\n1,2\n';
    expect((await errorOf(rowsOf({ a: number() }, twice))).message).toContain("has two columns 'a', number 1 and number 2");
    expect((await errorOf(rowsOf({ q: number() }, twice))).message).toContain("has no column 'q'");
  });
});
