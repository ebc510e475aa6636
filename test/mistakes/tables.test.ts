// Mistakes with files of each format: what the file is, where the cell is, and one cure, which is one for that format.
import { test } from 'vitest';
import { columnar } from '../formats/columnar.ts';
import { expectTold, type Mistake } from '../support/mistakes.ts';

/** The pipeline that fetches a table, or arrays. */
const fetching = (source: string): string => `
export default p.pipeline('p', p.fetch(${source})); // mistake:
`;
const LINES = '{"a": 1, "b": "x"}\n{"a": "NA", "b": "y"}\n';
const COLUMNAR = JSON.stringify(columnar('').href);

const MISTAKES: Readonly<Record<string, Mistake>> = {
  jsonWord: {
    text: fetching("p.table(p.jsonLines('./*.jsonl'), { a: p.number(), b: p.category() })"),
    files: { '*.jsonl': LINES },
    code: 'E_DATA',
    message: /^jsonWord\.jsonl, line 2 \(row 1\), column 'a': "NA" is no number\.$/,
    hint: /^Leave such cells without a value: null, or take such cells for missing: number\(\{ invalid: 'missing' \}\)\.$/,
  },
  jsonComma: {
    text: fetching("p.table(p.jsonLines('./*.jsonl'), { a: p.number() })"),
    files: { '*.jsonl': '{"a": "1,5"}\n' },
    code: 'E_DATA',
    message: /column 'a': "1,5" is no number\.$/,
    hint: /^Write a point before the fraction/,
  },
  jsonIsCsv: {
    text: fetching("p.table(p.jsonLines('./*.jsonl'), { a: p.number() })"),
    files: { '*.jsonl': 'a,b\n1,x\n' },
    code: 'E_DATA',
    message: /^jsonIsCsv\.jsonl, line 1, is no JSON: /,
    hint: /^Write one object a line/,
  },
  parquetIsJson: {
    text: fetching("p.table(p.parquet('./*.parquet'), { a: p.number() })"),
    files: { '*.parquet': LINES },
    code: 'E_DATA',
    message: /^parquetIsJson\.parquet is no Parquet file: it begins with \{"a"/,
    hint: /jsonLines/,
  },
  parquetGone: {
    text: fetching("p.table(p.parquet('./gone.parquet'), { a: p.number() })"),
    code: 'E_FETCH',
    message: /gone\.parquet/,
    hint: /new URL\('\.\/gone\.parquet', import\.meta\.url\)/,
  },
  parquetNames: {
    text: fetching(`p.table(p.parquet(new URL('plain.parquet', ${COLUMNAR})), { text: p.number() })`),
    code: 'E_DATA',
    message: /^plain\.parquet, row \d+, column 'text': '.*' is no number\.$/,
    hint: /^Correct it, .* category\(\)/,
  },
  parquetNested: {
    text: fetching(`p.table(p.parquet(new URL('nested.parquet', ${COLUMNAR})), { list: p.number() })`),
    code: 'E_DATA',
    message: /^nested\.parquet: column 'list' holds lists or structs\.$/,
    hint: /^Leave it out of the schema/,
  },
  arrowIsCsv: {
    text: fetching("p.table(p.arrow('./*.arrow'), { a: p.number() })"),
    files: { '*.arrow': 'a,b\n1,x\n' },
    code: 'E_DATA',
    message: /^arrowIsCsv\.arrow is no Arrow data: it begins with a,b/,
    hint: /csv/,
  },
  arrowColumn: {
    text: fetching(`p.table(p.arrow(new URL('file.arrow', ${COLUMNAR})), { txet: p.category() })`),
    code: 'E_DATA',
    message: /^file\.arrow has no column 'txet'\.$/,
    hint: /^Did you mean text\?$/,
  },
  npyIsCsv: {
    text: fetching("p.arrays({ x: p.npy('./*.npy') })"),
    files: { '*.npy': 'a,b\n1,x\n' },
    code: 'E_DATA',
    message: /^npyIsCsv\.npy /,
    hint: /numpy/,
  },
  arffWord: {
    text: fetching("p.table(p.arff('./*.arff'), { a: p.number() })"),
    files: { '*.arff': '@relation r\n@attribute a numeric\n@data\n1\nNA\n' },
    code: 'E_DATA',
    message: /^arffWord\.arff, .*column 'a': 'NA' is no number\.$/,
    hint: /^Correct it, or write \?/,
  },
  duckdbName: {
    text: fetching("p.table(p.duckdb('SELECT a\\nFROM flihgts'), { a: p.number() })"),
    code: 'E_DATA',
    message: /^duckdb: DuckDB refuses the query, line 2, 'FROM flihgts': Catalog Error: Table with name flihgts does not exist!/,
    hint: /database: 'file\.duckdb'/,
  },
  duckdbWord: {
    text: fetching("p.table(p.duckdb(\"FROM read_csv('*.csv', types={a: 'VARCHAR'})\"), { a: p.number() })").replace("'*.csv'", "'duckdbWord.csv'"),
    files: { '*.csv': 'a\nNA\n' },
    code: 'E_DATA',
    message: /^duckdb, row 0, column 'a': 'NA' is no number\.$/,
    hint: /^Leave such cells without a value: null/,
  },
  duckdbColumn: {
    text: fetching("p.table(p.duckdb('SELECT 1 AS delay'), { dealy: p.number() })"),
    code: 'E_DATA',
    message: /^duckdb has no column 'dealy'\.$/,
    hint: /^Did you mean delay\?$/,
  },
  duckdbGone: {
    text: fetching("p.table(p.duckdb('FROM flights', { database: 'gone.duckdb' }), { a: p.number() })"),
    code: 'E_FETCH',
    message: /^gone\.duckdb is not there: no .*gone\.duckdb\.$/,
    hint: /new URL\('\.\/gone\.duckdb', import\.meta\.url\)/,
  },
};

test('a run tells what is wrong with a file of any format, where, and a cure for that format', async () => {
  await expectTold('run', MISTAKES);
});
