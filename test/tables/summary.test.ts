// What a file seems to hold, and a schema that reads it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { csv } from '../../src/formats/csv/csv.ts';
import { schemaText } from '../../src/tables/guess/schemaText.ts';
import { summaryOf } from '../../src/tables/guess/summary.ts';
import { cli } from '../support/cli.ts';
import { bytesOf } from '../formats/cells.ts';
import { fixture } from './penguins.ts';

const summary = (text: string): ReturnType<typeof summaryOf> => summaryOf(csv(bytesOf(text)), {});

test('each column by what all of its cells are', async () => {
  const rows = Array.from(
    { length: 100 },
    (_, i) => `${i / 4},c${i % 30 === 0 ? 'x' : 'y'},2012-01-0${1 + (i % 9)},${i % 2 ? 'yes' : 'No'},id-${i},${i === 7 ? 'NA' : i},9007199254740993`,
  );
  const { columns, missing } = await summary(`n,c,d,b,t,m,"big one"\n${rows.join('\n')}\n`);
  expect(columns.map(({ name, kind }) => [name, kind])).toEqual([
    ['n', 'number'],
    ['c', 'category'],
    ['d', 'date'],
    ['b', 'boolean'],
    ['t', 'text'],
    ['m', 'number'],
    ['big one', 'category'], // float64 would round it
  ]);
  expect(missing).toEqual(['NA']);
  expect(columns[5]).toMatchObject({ gaps: 1, range: [0, 99] });
});

test('a few mistakes among measured numbers, and codes that are no numbers', async () => {
  const rows = Array.from({ length: 100 }, (_, i) => `${i === 7 ? '38.8mm' : i / 4},${i === 7 ? 'A1' : i % 5},${i === 7 ? '9007199254740993' : i}`);
  const found = await summary(`m,code,n\n${rows.join('\n')}\n`);
  expect(found.columns.map(({ kind, odd, range }) => [kind, odd, range])).toEqual([
    ['number', ['38.8mm'], [0, 24.75]],
    ['category', [], undefined],
    ['text', [], undefined], // float64 would round it
  ]);
  expect(schemaText(found, 't.csv')).toContain("  m: number({ invalid: 'missing' }), // '38.8mm' is no number\n  code: category(),\n");
});

test.each([
  ['table.csv', 'export const tableTable = '],
  ['class.csv', 'export const classTable = '],
  ['2024-sales data.csv', 'export const table2024SalesData = '],
])('%s has a name that compiles', async (file, begin) => {
  const found = await summary(`a,"b'c"\n1,x\n-,x\n`);
  const text = schemaText({ ...found, name: file }, file);
  expect(text).toContain(begin);
  expect(text).toContain(`table(csv('${file}', { missing: ['', '-'] }), {\n  a: number(),\n  'b\\'c': category(),\n}`);
});

test('a schema to paste', async () => {
  const { stdout, code } = await cli(['peek', fixture('penguins.csv').pathname]);
  expect(code).toBe(0);
  expect(stdout).toBe(`penguins.csv: 344 rows, 7 columns
  species         category  3 different: Adelie, Chinstrap, Gentoo
  island          category  3 different: Torgersen, Biscoe, Dream
  bill_length     number    2 gaps, 32.1 to 59.6
  bill_depth      number    2 gaps, 13.1 to 21.5
  flipper_length  number    2 gaps, 172 to 231
  body_mass       number    2 gaps, 2700 to 6300
  sex             category  11 gaps, 2 different: MALE, FEMALE

import { category, csv, number, table } from 'pipeline-gpu';

export const penguins = table(csv('penguins.csv'), {
  species: category(),
  island: category(),
  bill_length: number(),
  bill_depth: number(),
  flipper_length: number(),
  body_mass: number(),
  sex: category(),
}); // .target('species') says what is to be learned: a guess
`);
});

test('pipeline peek reads other formats by how files end', async () => {
  const { code, stdout } = await cli(['peek', fileURLToPath(new URL('../fixtures/columnar/old.parquet', import.meta.url))]);
  expect(code).toBe(0);
  expect(stdout).toContain(`export const old = table(parquet('old.parquet'), {
  ns: date(), // date({ parts: ['month', 'weekday'] }) makes features of its parts
  price: number(),
  text: category(),
}); // .target('text') says what is to be learned: a guess`);
});

test('decimal commas and marks between thousands are found, where they cannot be anything else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'commas-'));
  const typed = async (text: string, ...options: string[]): Promise<string> => {
    writeFileSync(join(folder, 'prices.csv'), text);
    const { code, stdout } = await cli(['types', 'prices.csv', ...options], { cwd: folder });
    expect(code).toBe(0);
    return stdout;
  };
  const european = await typed('price;size;kind\n3,14;2;a\n-2,5e3;3;b\n4;7;a\n');
  expect(european).toContain("csv('prices.csv', { decimal: ',' }), {\n  price: number(),\n  size: number(),\n  kind: category(),\n");
  const quotedFields = await typed('price,size\n"3,14",2\n"2,5",3\n');
  expect(quotedFields).toContain("{ decimal: ',' }), {\n  price: number(),\n");
  // Thousands, lists, and what was said.
  expect(await typed('price;size\n3,140;2\n12,500;3\n')).toContain("csv('prices.csv'), {\n  price: category(),");
  expect(await typed('pair;size\n3,14,5;2\n2,5;3\n')).toContain("csv('prices.csv'), {\n  pair: category(),");
  expect(await typed('price;size\n3,14;2\n2,5;3\n', '--decimal', '.')).toContain("{ decimal: '.' }), {\n  price: category(),");
  const thousands = "{ thousands: ',' }), {\n  price: number(),\n";
  expect(await typed('price,size\n"3,140.50",2\n12.5,3\n')).toContain(thousands);
  expect(await typed('price,size\n"3,140",2\n"1,312,500",3\n')).toContain(thousands);
  // A bare 2 is as usual among decimal commas, and codes of three digits may stand in lists.
  expect(await typed('price,size\n"3,140",2\n350,3\n')).not.toContain('thousands');
  expect(await typed('genres,size\n"110,220",2\n"105,330,401",3\n')).not.toContain('thousands');
  expect(await typed('price,genres\n"3,140.50","110,220"\n12.5,"330,401"\n')).not.toContain('thousands');
  expect(await typed('price;size\n3.140,50;2\n12,5;3\n')).toContain("{ decimal: ',', thousands: '.' }), {\n  price: number(),\n");
  expect(await typed('price;share\n3.140,50;0,1\n12,5;0,25\n')).toContain("{ decimal: ',', thousands: '.' }), {\n  price: number(),\n  share: number(),\n");
  // Columns that contradict each other say nothing.
  expect(await typed('price;rate\n1.200,50;0.110\n12,5;0.125\n')).not.toContain('thousands');
  expect(await typed('price;size\n3,14;2\n2,5;1,234.5\n')).toContain("csv('prices.csv'), {");
  rmSync(folder, { recursive: true });
});
