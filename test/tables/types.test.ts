// What `pipeline types` writes compiles, and reads the file that it was made of, whatever is in it.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csv } from '../../src/formats/csv/csv.ts';
import { jsonLines } from '../../src/formats/json/jsonLines.ts';
import { schemaText } from '../../src/tables/guess/schemaText.ts';
import { summaryOf } from '../../src/tables/guess/summary.ts';
import { cli, ROOT } from '../support/cli.ts';
import { compiled } from '../support/compiled.ts';
import { project, type Project } from '../support/project.ts';
import { bytesOf } from '../formats/cells.ts';

/** Loads every table that these modules export. @returns what each is, or its error */
async function loaded(made: Project, modules: readonly string[]): Promise<readonly unknown[]> {
  const imports = modules.map((name, i) => `import * as m${i} from './${name}';`);
  const script = made.write(
    'load.ts',
    `${imports.join('\n')}
import { fetch, pipeline } from 'pipeline-gpu';
import { runPipeline } from 'pipeline-gpu/node';
const told = [];
for (const one of [${modules.map((_, i) => `m${i}`).join(', ')}]) {
  const { status, error, values } = await runPipeline(pipeline('t', fetch(Object.values(one)[0] as never)), { values: ['data'] as never });
  told.push(status === 'ok' ? { rows: (values as any).data.x.rows, columns: (values as any).data.columns } : String((error as Error).message));
}
console.log(JSON.stringify(told));
`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', join(ROOT, 'node_modules/tsx/dist/esm/index.mjs'), script], {
    cwd: made.folder,
    maxBuffer: 1 << 26,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as readonly unknown[];
}

const DIRTY = [
  ',PassengerId,when,by us,1st fare,class,smoker,note,customer_id,empty,id,id,__proto__,grade',
  ...Array.from({ length: 60 }, (_, i) =>
    [
      i,
      1000 + i * 3,
      `${1 + (i % 28)}.0${1 + (i % 9)}.2024`,
      `0${1 + (i % 9)}/0${1 + (i % 7)}/2024`,
      i % 11 === 0 ? 'N/A' : i / 4,
      ['first', 'second'][i % 2],
      i % 3 === 0 ? 'yes' : 'No',
      `"said ""${i}"", and more"`,
      `c${i % 10}`,
      '',
      i,
      i,
      i % 5,
      i % 7 === 0 ? 'none' : 'good',
    ].join(','),
  ),
].join('\n');

test('a table with everything: what it is, what is left out and why', async () => {
  const made = project();
  made.write('data/dirty table.csv', `${DIRTY}\n`);
  const { code, stdout, stderr } = await made.run(['types', 'data/dirty table.csv', '--out', 'tables/dirty.ts']);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'tables/dirty.ts\n', stderr: '' });
  const text = readFileSync(join(made.folder, 'tables/dirty.ts'), 'utf8');
  expect(text).toBe(`import { boolean, category, csv, date, number, table } from 'pipeline-gpu';

export const dirtyTable = table(csv('../data/dirty table.csv', { missing: ['', 'N/A'] }), {
  // '': a column without a name; name it in the file
  // PassengerId: ids of what rows are about, 60 different; group() keeps the rows of one together
  when: date({ format: 'DD.MM.YYYY' }), // date({ parts: ['month', 'weekday'] }) makes features of its parts
  'by us': date({ format: 'DD/MM/YYYY' }), // or 'MM/DD/YYYY': no day tells which
  '1st fare': number(),
  class: category(),
  smoker: boolean(),
  // note: 60 different texts
  // customer_id: ids of what rows are about, 10 different; group() keeps the rows of one together
  // empty: no cell has a value
  // id: a name of several columns; rename them in the file
  // id: a name of several columns; rename them in the file
  ['__proto__']: number(),
  grade: category(), // 'none' may stand for no value: missing: ['', 'N/A', 'none']
}); // .target('class') says what is to be learned: a guess
`);
  expect(await compiled(made)).toBe('');
  expect(await loaded(made, ['tables/dirty.ts'])).toEqual([{ rows: 60, columns: ['when', 'by us', '1st fare', 'class', 'smoker', '__proto__', 'grade'] }]);
  const told = await made.run(['types', 'data/dirty table.csv', '--target', 'grade']);
  expect(told.stdout).toContain("import { boolean, category, csv, date, label, number, table } from 'pipeline-gpu';");
  expect(told.stdout).toMatch(/^ {2}grade: label\(\), \/\/ what is to be learned\n\}\);$/m);
  const again = await made.run(['types', 'data/dirty table.csv', '--out', 'tables/dirty.ts']);
  expect(again).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('is there already') });
});

const word = fc.constantFrom('NA', '-', 'null', 'none', '?');
const CELLS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  number: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), fc.integer().map(String), fc.constant('')),
  gaps: fc.oneof(fc.integer().map(String), word),
  huge: fc.constantFrom('9007199254740993', '1', '1e400', '-0'),
  names: fc.oneof(fc.constantFrom('a', 'b', ' b', '007', '7', 'ü\u2028'), word),
  truth: fc.oneof(fc.constantFrom('yes', 'NO', 'true', 'False'), word),
  iso: fc.oneof(
    fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
    word,
  ),
  written: fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 })).map(([a, b]) => `${a}/${b}/2020`),
  text: fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => !text.includes('\0')),
};
const column = fc.record({
  name: fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\0')),
    fc.constantFrom('id', 'y', '', '__proto__', 'class', "it's", 'a\nb', 'a\u2028b', 'constructor', '1', '\\', '${a}', '`'),
  ),
  cells: fc.constantFrom(...Object.keys(CELLS)).chain((kind) => fc.array(CELLS[kind]!, { minLength: 40, maxLength: 40 })),
});
const tables = fc.array(fc.record({ columns: fc.array(column, { minLength: 1, maxLength: 6 }), rows: fc.integer({ min: 1, max: 40 }) }), {
  minLength: 25,
  maxLength: 25,
});
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

test('any table: the module compiles, and reads it', { timeout: 300_000 }, async () => {
  const [given] = fc.sample(tables, { numRuns: 1, seed: 42 });
  const made = project();
  const modules: string[] = [];
  for (const [i, { columns, rows }] of given!.entries()) {
    const lines = [columns.map(({ name }) => quoted(name)), ...Array.from({ length: rows }, (_, row) => columns.map(({ cells }) => quoted(cells[row]!)))];
    const text = `${lines.map((line) => line.join(',')).join('\n')}\n`;
    const unlike = [...new Map(columns.map(({ name, cells }) => [name, cells]))];
    const json = Array.from({ length: rows }, (_, row) => JSON.stringify(Object.fromEntries(unlike.map(([name, cells]) => [name, jsonOf(cells[row]!)])))).join(
      '\n',
    );
    for (const [file, source] of [
      [made.write(`t${i}.csv`, text), csv(bytesOf(text))],
      [made.write(`t${i}.jsonl`, json), jsonLines(bytesOf(json))],
    ] as const) {
      const name = basename(file);
      const module = schemaText({ ...(await summaryOf(source, {})), name }, name, { format: name.endsWith('l') ? 'jsonLines' : 'csv' });
      const isTable = /^ {2}(?!\/\/)/m.test(module);
      // Columns without a name, with the name of another or without a value make no table.
      const usable = columns.some(
        ({ name: one, cells }) =>
          one !== '' &&
          columns.filter((other) => other.name === one).length === 1 &&
          cells.slice(0, rows).some((cell) => /[\w]/.test(cell) && !/^(NA|null|none)$/.test(cell)),
      );
      if (usable) expect(isTable).toBe(true);
      if (!isTable) continue;
      modules.push(`${name}.ts`);
      made.write(`${name}.ts`, module);
    }
  }
  expect(modules.length).toBeGreaterThan(30);
  expect(await compiled(made)).toBe('');
  const told = await loaded(made, modules);
  expect(told.filter((one) => typeof one === 'string')).toEqual([]);
});

/** Numbers as such, where JSON has them. */
function jsonOf(cell: string): unknown {
  return cell === '' ? null : /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(cell) ? Number(cell) : cell;
}

test('a query, and what is no table', async () => {
  const made = project();
  const database = await DuckDBInstance.create(join(made.folder, 'flights.duckdb'));
  const connection = await database.connect();
  await connection.run("CREATE TABLE flights AS SELECT i AS distance, 'a'::ENUM('b', 'a') AS origin, [i] AS stops, i % 2 = 0 AS late FROM range(30) r(i)");
  connection.closeSync();
  database.closeSync();
  const { code, stdout } = await made.run([
    'types',
    'SELECT distance * 1.5 AS miles, origin, stops, late\nFROM flights',
    '--database',
    'flights.duckdb',
    '--out',
    'q.ts',
  ]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'q.ts\n' });
  const text = readFileSync(join(made.folder, 'q.ts'), 'utf8');
  expect(text).toBe(`import { boolean, category, duckdb, number, table } from 'pipeline-gpu';

export const flights = table(duckdb(\`SELECT distance * 1.5 AS miles, origin, stops, late
FROM flights\`, { database: 'flights.duckdb' }), {
  miles: number(),
  origin: category(),
  // stops: lists, objects or another type that no column of a table is
  late: boolean(),
}); // .target('late') says what is to be learned: a guess
`);
  expect(await compiled(made)).toBe('');
  expect(await loaded(made, ['q.ts'])).toEqual([{ rows: 30, columns: ['miles', 'origin', 'late'] }]);
  expect(await made.run(['types', 'flights.duckdb'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("pipeline types 'FROM flights' --database flights.duckdb"),
  });
  expect(await made.run(['types', 'FROM flihgts', '--database', 'flights.duckdb'])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('Did you mean "flights"?'),
  });
  writeFileSync(join(made.folder, 'notes.csv'), '');
  expect(await made.run(['types', 'notes.csv'])).toMatchObject({ code: 3, stderr: expect.stringContaining('is empty') });
});

test('columns of lists are listed, and no reason to stop', async () => {
  const nested = fileURLToPath(new URL('../fixtures/columnar/nested.parquet', import.meta.url));
  const { code, stdout } = await cli(['peek', nested]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ {2}\S+ +unreadable +lists, objects or another type/m);
  expect(stdout).toMatch(/^ {2}\/\/ \S+: lists, objects or another type/m);
  const lines = '{"a": 1, "b": [1]}\n{"a": 2, "b": {"c": 1}}\n';
  const made = project();
  made.write('lines.jsonl', lines);
  expect(await made.run(['types', 'lines.jsonl'])).toMatchObject({ code: 0, stdout: expect.stringContaining('  a: number(),\n  // b: lists, objects') });
});
