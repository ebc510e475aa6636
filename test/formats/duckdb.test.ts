// Queries to DuckDB as tables: every type, the order of names, what is refused, and a database that stays as it is.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { isPipelineError, type PipelineError } from '../../src/core/errors/errors.ts';
import { duckdb, type DuckdbOptions } from '../../src/formats/duckdb/duckdb.ts';
import { loadDuckdb } from '../../src/runtime/node/files/duckdb.ts';
import { nodeSurroundings } from '../../src/runtime/node/surroundings.ts';
import { boolean, category, date, label, number } from '../../src/tables/columns.ts';
import { summaryOf } from '../../src/tables/guess/summary.ts';
import { table } from '../../src/tables/table.ts';
import { jsonLines } from '../support/cli.ts';
import { project } from '../support/project.ts';
import { trainOf } from '../tables/penguins.ts';
import { cellsOf } from './cells.ts';

const disk = nodeSurroundings();
let folder: string;
let flights: URL;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pipeline-duckdb-'));
  flights = pathToFileURL(join(folder, 'flights.duckdb'));
  await change(
    "CREATE TABLE flights AS SELECT i AS id, i / 7 AS distance, ['JFK', 'LGA', 'EWR'][1 + i % 3]::ENUM('LGA', 'JFK', 'EWR', 'BOS') AS origin, i % 2 = 0 AS late FROM range(5000) r(i)",
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs SQL on the database, and closes it. */
async function change(sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(join(folder, 'flights.duckdb'));
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
}

const cells = (query: string, numeric: readonly string[] = [], options: DuckdbOptions = {}): ReturnType<typeof cellsOf> =>
  cellsOf(duckdb(query, options), numeric, { disk });

async function refusal(query: string, options?: DuckdbOptions): Promise<PipelineError> {
  const error = await Promise.resolve()
    .then(() => cells(query, [], options))
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  if (isPipelineError(error)) return error;
  throw new Error(`no error of this package: ${String(error)}`);
}

describe('cells', () => {
  test('of every type that a column may be, whatever stands in it', async () => {
    const columns: Readonly<Record<string, readonly [sql: string, cells: readonly unknown[]]>> = {
      tiny: ['(-128)::TINYINT', [-128]],
      unsigned: ['4294967295::UINTEGER', [4294967295]],
      big: ['9007199254740993::BIGINT', ['9007199254740993']],
      exact: ['9007199254740992::BIGINT', [9007199254740992]],
      ubig: ['18446744073709551615::UBIGINT', ['18446744073709551615']],
      huge: ["'-170141183460469231731687303715884105728'::HUGEINT", [-(2 ** 127)]],
      rounded: ["'170141183460469231731687303715884105727'::HUGEINT", ['170141183460469231731687303715884105727']],
      float: ['0.1::FLOAT', [Math.fround(0.1)]],
      double: ['0.1::DOUBLE', [0.1]],
      nan: ["'NaN'::DOUBLE", [null]],
      infinite: ["'-inf'::DOUBLE", ['-Infinity']],
      decimal: ["'-12.340'::DECIMAL(9,3)", [-12.34]],
      long: ["'12345678901234567890.123456789'::DECIMAL(38,9)", [Number('12345678901234567890.123456789')]],
      text: ["'ü'", ['ü']],
      empty: ["''", [null]],
      truth: ['true', ['true']],
      day: ["DATE '1969-12-31'", ['1969-12-31']],
      moment: ["TIMESTAMP '2020-02-29 12:00:00.000001'", ['2020-02-29T12:00:00.000001']],
      seconds: ["TIMESTAMP_S '2020-02-29 12:00:00'", ['2020-02-29T12:00:00']],
      millis: ["TIMESTAMP_MS '2020-02-29 12:00:00.5'", ['2020-02-29T12:00:00.5']],
      nanos: ["TIMESTAMP_NS '2020-02-29 12:00:00.123456789'", ['2020-02-29T12:00:00.123456789']],
      zoned: ["TIMESTAMPTZ '2020-02-29 12:00:00+01:00'", ['2020-02-29T11:00:00']],
      clock: ["TIME '23:59:59.5'", ['23:59:59.5']],
      name: ["'b'::ENUM('b', 'a')", ['b']],
      uuid: ["'123e4567-e89b-12d3-a456-426614174000'::UUID", ['123e4567-e89b-12d3-a456-426614174000']],
      nothing: ['NULL', [null]],
    };
    const one = Object.entries(columns).map(([name, [sql]]) => `${sql} AS "${name}"`);
    const none = Object.entries(columns).map(([name]) => `NULL AS "${name}"`);
    const found = await cells(`SELECT ${one.join(', ')} UNION ALL SELECT ${none.join(', ')}`, Object.keys(columns));
    expect(found).toEqual(Object.fromEntries(Object.entries(columns).map(([name, [, own]]) => [name, [...own, null]])));
  });

  test('are what was written into the database, in any number of pieces', async () => {
    const row = fc.record({
      n: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
      w: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      t: fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !text.includes('\0'))),
      b: fc.option(fc.boolean()),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 400 }), async (rows, times) => {
        const file = join(folder, 'rows.jsonl');
        writeFileSync(
          file,
          rows.map(({ n, w, t, b }) => JSON.stringify({ n: n === null ? null : String(n), w: w === null ? null : String(w), t, b })).join('\n'),
        );
        const query = `SELECT n::DOUBLE AS n, w::BIGINT AS w, t, b FROM read_json($file, columns={n:'VARCHAR', w:'VARCHAR', t:'VARCHAR', b:'BOOLEAN'}), range(${times}) r(i)`;
        const found = await cellsOf(duckdb(query, { params: { file } }), ['n', 'w'], { disk });
        expect(found['n']!.length).toBe(rows.length * times);
        const sorted = (values: readonly unknown[]): readonly string[] => values.map(String).toSorted();
        const repeated = (values: readonly unknown[]): readonly unknown[] => Array.from({ length: times }, () => values).flat();
        expect(sorted(found['n']!)).toEqual(sorted(repeated(rows.map(({ n }) => n))));
        expect(sorted(found['w']!)).toEqual(sorted(repeated(rows.map(({ w }) => (w !== null && BigInt(Number(w)) === w ? Number(w) : w)))));
        expect(sorted(found['t']!)).toEqual(sorted(repeated(rows.map(({ t }) => t))));
        expect(sorted(found['b']!)).toEqual(sorted(repeated(rows.map(({ b }) => b))));
      }),
      { numRuns: 30 },
    );
  });

  test('columns of lists or structs are refused by name, and left alone where nobody asks for them', async () => {
    const query = 'SELECT 1 AS a, [1, 2] AS list, {x: 1} AS struct, INTERVAL 1 DAY AS span';
    expect(await trainOf(table(duckdb(query), { a: number() })).then(({ x }) => [...(x as Matrix).data])).toEqual([1]);
    for (const [name, holds] of [
      ['list', 'lists or structs'],
      ['struct', 'lists or structs'],
      ['span', 'values of a type that no column of a table is (INTERVAL)'],
    ])
      await expect(trainOf(table(duckdb(query), { [name!]: number() }))).rejects.toMatchObject({
        code: 'E_DATA',
        message: `duckdb: column '${name}' holds ${holds}.`,
        hint: expect.stringContaining('Leave it out of the schema'),
      });
  });
});

describe('a table', () => {
  test('of a database, with the names of an ENUM in its order', async () => {
    const query = 'SELECT distance, origin, late FROM flights WHERE id < $most ORDER BY id';
    const source = table(duckdb(query, { database: flights, params: { most: 3000 } }), { distance: number(), origin: category(), late: label() });
    const { name, x, labels, classNames } = await trainOf(source);
    expect(name).toBe('flights');
    expect((x as Matrix).categories).toEqual([null, ['LGA', 'JFK', 'EWR', 'BOS']]);
    expect(Array.from((x as Matrix).data.slice(0, 6))).toEqual([0, 1, 1 / 7, 0, 2 / 7, 2]);
    expect(x.rows).toBe(3000);
    expect(Array.from(labels.slice(0, 3), (code) => classNames![code])).toEqual(['true', 'false', 'true']);
    const own = await trainOf(table(duckdb(query, { database: flights, params: { most: 3 } }), { origin: category({ names: ['EWR', 'JFK', 'LGA'] }) }));
    expect([...(own.x as Matrix).data]).toEqual([1, 2, 0]);
  });

  test('with a column called as what every object has', async () => {
    const data = await trainOf(
      table(duckdb("SELECT 'b' AS constructor, 'y'::ENUM('y', 'x') AS e UNION ALL SELECT 'a', 'x'::ENUM('y', 'x')"), {
        constructor: category(),
        e: category(),
      }),
    );
    expect((data.x as Matrix).categories).toEqual([
      ['a', 'b'],
      ['y', 'x'],
    ]);
  });

  test('of dates and truth', async () => {
    const data = await trainOf(table(duckdb("SELECT DATE '1970-01-02' AS d, true AS b"), { d: date(), b: boolean() }));
    expect([...(data.x as Matrix).data]).toEqual([86_400, 1]);
  });

  test('the same query gives the same rows to the last bit', async () => {
    const query = 'SELECT id % 100 AS k, sum(sin(id)) AS s FROM flights, range(100) GROUP BY k';
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => cells(query, ['k', 's'], { database: flights })));
    for (const other of others) expect(other).toEqual(first);
  });

  test('a cell that does not fit is told with its row and column', async () => {
    const query = "SELECT * FROM (VALUES ('1'), ('NA')) t(a)";
    await expect(trainOf(table(duckdb(query), { a: number() }))).rejects.toMatchObject({
      message: expect.stringContaining("row 0, column 'a': '1' is a text"),
    });
    const error = trainOf(table(duckdb("SELECT nullif(a, '1') AS a FROM (VALUES ('1'), ('NA')) t(a)"), { a: number() }));
    await expect(error).rejects.toMatchObject({
      message: expect.stringContaining("row 1, column 'a': 'NA' is no number"),
      hint: expect.not.stringContaining('csv('),
    });
  });

  test('summaries go on behind columns that cannot be read', async () => {
    const { columns } = await summaryOf(duckdb('SELECT 1 AS a, [1] AS b, id, late FROM flights', { database: flights }), { disk });
    expect(columns.map(({ name, kind }) => [name, kind])).toEqual([
      ['a', 'number'],
      ['b', 'unreadable'],
      ['id', 'number'],
      ['late', 'boolean'],
    ]);
  });
});

describe('what is refused', () => {
  test.each<[string, string, string, string]>([
    ['SQL that is none', 'SELECT *\nFORM t', "line 2, 'FORM t': Parser Error: syntax error", 'Correct the SQL'],
    ['a table that nobody named', 'SELECT *\nFROM flights', "line 2, 'FROM flights': Catalog Error: Table with name flights does not exist!", 'database:'],
    ['a column that is not there', 'SELECT a FROM (SELECT 1 AS b)', 'Candidate bindings: "b"', 'Correct the name'],
    ['a value that does not fit', "SELECT CAST(x AS INT) FROM (VALUES ('zz')) t(x)", "Could not convert string 'zz'", 'TRY_CAST'],
    ['a parameter without a value', 'SELECT $year', 'parameters: year', 'params: { year: 2024 }'],
    ['a file that is not there', "FROM 'none.parquet'", 'No files found', `looked for in ${import.meta.dirname}`],
    ['two statements', 'SELECT 1; SELECT 2', 'holds 2 statements', 'one SELECT'],
    ['a PIVOT of unknown values', 'PIVOT (VALUES (1, 2)) t(a, b) ON a USING sum(b)', 'holds 2 statements', 'ON month IN'],
    ['a statement that changes', 'CREATE TABLE t (a INT)', 'is of the kind CREATE', 'Write one SELECT'],
    ['a statement that writes a file', "COPY (SELECT 1) TO 'out.csv'", 'is of the kind COPY', 'Write one SELECT'],
  ])('%s', async (_what, query, message, hint) => {
    const error = await refusal(query);
    expect(error).toMatchObject({ message: expect.stringContaining(message), hint: expect.stringContaining(hint) });
    expect(error.message).not.toContain('\n');
  });

  test('a database that is not there, or is none', async () => {
    expect(await refusal('SELECT 1', { database: pathToFileURL(join(folder, 'gone.duckdb')) })).toMatchObject({
      code: 'E_FETCH',
      message: expect.stringContaining('gone.duckdb is not there'),
      hint: expect.stringContaining("new URL('./gone.duckdb'"),
    });
    for (const name of ['table.csv', 'notes.md']) {
      writeFileSync(join(folder, name), 'a,b\n'.repeat(5000));
      expect(await refusal('SELECT 1', { database: pathToFileURL(join(folder, name)) })).toMatchObject({
        code: 'E_DATA',
        message: `${name} is no database of DuckDB.`,
        hint: expect.stringContaining('in the query'),
      });
    }
  });

  test('a database that another process writes to', async () => {
    const holds = `import { DuckDBInstance } from '@duckdb/node-api';
const instance = await DuckDBInstance.create(${JSON.stringify(join(folder, 'flights.duckdb'))});
console.log('open');
await new Promise((resolve) => process.stdin.on('end', resolve).resume());
instance.closeSync();`;
    const holding = promisify(execFile)(process.execPath, ['--input-type=module', '-e', holds], { cwd: import.meta.dirname });
    await new Promise((resolve) => holding.child.stdout!.once('data', resolve));
    const error = await refusal('SELECT * FROM flights', { database: flights });
    holding.child.stdin!.end();
    await holding;
    expect(error).toMatchObject({
      code: 'E_FETCH',
      message: expect.stringMatching(/^flights\.duckdb is open in another process, .*\(PID \d+\)\.$/),
      hint: 'Close it there, or read a copy.',
    });
    expect((await cells('SELECT count(*) AS n FROM flights', ['n'], { database: flights }))['n']).toEqual([5000]);
  });

  test('a page, a package that is not installed, and what no compiler looked at', async () => {
    await expect(cellsOf(duckdb('SELECT 1'), [], {})).rejects.toMatchObject({
      code: 'E_FETCH',
      message: expect.stringContaining('a page cannot'),
      hint: expect.stringContaining('parquet'),
    });
    const failing = (code: string, message: string) => async (): Promise<never> => {
      throw Object.assign(new Error(message), { code });
    };
    await expect(loadDuckdb(failing('ERR_MODULE_NOT_FOUND', "Cannot find package '@duckdb/node-api' imported from x"), folder)).rejects.toMatchObject({
      code: 'E_FETCH',
      message: 'duckdb needs the package @duckdb/node-api, which is not installed.',
      hint: 'npm install @duckdb/node-api',
    });
    await expect(loadDuckdb(failing('MODULE_NOT_FOUND', "Cannot find module '@duckdb/node-bindings-linux-x64/duckdb.node'"), folder)).rejects.toMatchObject({
      code: 'E_FETCH',
      message: expect.stringContaining('does not load: Cannot find module'),
      hint: expect.stringContaining('npm install @duckdb/node-api'),
    });
    expect(() => duckdb('')).toThrow('duckdb: "" arrived; a query is needed.');
    expect(() => duckdb('SELECT 1', { database: 7 as never })).toThrow('duckdb: database is 7; a file of this machine is needed.');
    expect(() => duckdb('SELECT 1', { database: new URL('https://example.com/a.duckdb') })).toThrow('database is at https://example.com/a.duckdb');
    expect(() => duckdb('SELECT 1', { databse: 'a.duckdb' } as never)).toThrow("no parameter is called 'databse'");
    expect(() => duckdb('SELECT $1', { params: [Infinity] })).toThrow('duckdb: params.0: ');
  });
});

test('a run that is given up interrupts the query', async () => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(new Error('enough')), 50);
  const started = performance.now();
  await expect(cellsOf(duckdb('SELECT sum(a.i * b.i) AS s FROM range(1000000) a(i), range(1000000) b(i)'), [], { disk, signal: abort.signal })).rejects.toThrow(
    'enough',
  );
  expect(performance.now() - started).toBeLessThan(60_000);
});

test('memory is bounded: rows come in pieces', async () => {
  let rows = 0;
  const before = process.memoryUsage.rss();
  let most = 0;
  // Held whole they would take 240 MB.
  await duckdb('SELECT i, sin(i) AS s, cos(i) AS c FROM range(10000000) r(i)').read({ disk }, () => ({
    cells: [undefined, { numeric: true, number: () => undefined, text: () => undefined, missing: () => undefined }, undefined],
    endRow: () => {
      if (++rows % 100_000 === 0) most = Math.max(most, process.memoryUsage.rss());
    },
  }));
  expect(rows).toBe(10_000_000);
  expect(most - before).toBeLessThan(150e6);
});

test('a run never changes the database, and leaves it to others', async () => {
  const before = readFileSync(flights);
  const names = readdirSync(folder).toSorted();
  await cells('SELECT * FROM flights', [], { database: flights });
  expect(await refusal("SELECT nextval('s')", { database: flights })).toBeDefined();
  expect(readFileSync(flights).equals(before)).toBe(true);
  expect(readdirSync(folder).toSorted()).toEqual(names);
  await change('CREATE TABLE other AS SELECT 1 AS a');
  expect((await cells('SELECT a FROM other', ['a'], { database: flights }))['a']).toEqual([1]);
});

describe('in a project', () => {
  const PIPELINE = `import { duckdb, fetch, number, pipeline, stage, table, type Fetched } from 'pipeline-gpu';
const rows = table(duckdb("SELECT a FROM 'data/*.csv' ORDER BY a"), { a: number() });
const total = stage({ id: 'total', needs: ['data'], provides: ['total'],
  run: ({ data }: Fetched<'none'>) => ({ total: [...(data.x as { data: Float64Array }).data].reduce((a, b) => a + b, 0) }), output: ({ total }) => ({ total }) });
export default pipeline('total', fetch(rows), total);
`;
  const stagesOf = (stdout: string): Readonly<Record<string, unknown>> =>
    Object.fromEntries(
      jsonLines(stdout).flatMap((event) =>
        event['type'] === 'stage-finished' ? [[event['stage'], event['cached'] === true ? 'cached' : (event['output'] as { total?: number }).total]] : [],
      ),
    );

  test('what depends on the rows is cached while they are the same, and never longer', async () => {
    const made = project();
    made.write('pipelines/total.ts', PIPELINE);
    made.write('pipelines/data/one.csv', 'a\n1\n2\n');
    const run = async (): Promise<Readonly<Record<string, unknown>>> => {
      const { stdout, stderr, code } = await made.run(['run', 'total', '--json']);
      expect({ stderr, code }).toMatchObject({ code: 0 });
      return stagesOf(stdout);
    };
    expect(await run()).toMatchObject({ total: 3 });
    expect(await run()).toEqual({ fetch: undefined, total: 'cached' });
    made.write('pipelines/data/two.csv', 'a\n40\n');
    expect(await run()).toEqual({ fetch: undefined, total: 43 });
    made.write('pipelines/data/two.csv', 'a\n39\n');
    expect(await run()).toEqual({ fetch: undefined, total: 42 });
  });

  test('a file that is also where the run is started is no file to guess', async () => {
    const made = project();
    made.write('pipelines/total.ts', PIPELINE);
    made.write('pipelines/data/one.csv', 'a\n1\n');
    made.write('data/one.csv', 'a\n2\n');
    const { stdout, code } = await made.run(['run', 'total', '--json']);
    expect(code).toBe(3);
    expect(jsonLines(stdout).at(-1)).toMatchObject({
      error: { code: 'E_DATA', message: expect.stringContaining("'data/*.csv' of the query is in"), hint: expect.stringContaining('whole path') },
    });
  });
});
