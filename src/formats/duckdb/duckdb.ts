// The rows of a query as a table. DuckDB does the work: it joins, filters and reads files and databases of many kinds.
import { PipelineError } from '../../core/errors/errors.ts';
import type { JsonRecord } from '../../core/events.ts';
import type { Query, QueryParam, QueryRows } from '../../core/queries.ts';
import { parseParams, z, type ShapeOf } from '../../dsl/params.ts';
import { callerPlace } from '../../dsl/place.ts';
import { notThere, placeOf } from '../bytes/open.ts';
import { opened, Rows, takesColumn } from '../columnar/rows.ts';
import type { TableFile, TableReadOptions } from '../format.ts';
import { isNested, meaningOf, namesOf } from './cells.ts';
import { refused, type Asked } from './refused.ts';

const param = z.union([z.string(), z.number(), z.boolean(), z.literal(null)]);

export interface DuckdbOptions {
  /** A database file, by its path relative to the source file that names it, or a `file:` URL; without one, the query reads files. */
  readonly database?: string | URL | undefined;
  /** Values of `$1`, `$2`, or of `$name`. */
  readonly params?: readonly QueryParam[] | Readonly<Record<string, QueryParam>> | undefined;
}

const params = z.strictObject({
  database: (z.unknown() as z.ZodType<unknown, string | URL>).optional().describe('a database file'),
  params: z
    .union([z.array(param), z.record(z.string(), param)])
    .optional()
    .describe('values of $1, $2, or of $name'),
} satisfies ShapeOf<DuckdbOptions>);

/**
 * The rows of a query to DuckDB: of a database file, or of files that the query names, such as `FROM 'flights/*.parquet'`, by paths
 * relative to the source file that calls this. In Node only; needs the package `@duckdb/node-api`, which your project installs.
 *
 * The query runs in every run, and its rows are hashed: what depends on them is taken from the cache while they are the same. Say
 * `ORDER BY` where their order matters: a split by a seed takes rows by their place. The database is opened to be read only. Rows come
 * in pieces, and are never held whole.
 *
 * Numbers, decimals, booleans, texts, dates and timestamps are read. An ENUM is a category with all of its names, in their order. NULL,
 * NaN and an empty text are cells without a value. A whole number beyond 2^53 that float64 would round does not count as a number.
 * Timestamps without a zone are UTC. A column of lists or structs cannot be read, but others beside it can.
 *
 * @param query one SELECT
 * @throws E_PARAMS, E_USAGE; when it is read, E_FETCH where DuckDB or the database is not there, or another process has it open;
 *   E_DATA for what DuckDB refuses, and for cells that do not fit, naming row, column and value
 * @example
 * const late = duckdb('SELECT distance, origin, delay > 15 AS late FROM flights WHERE year = $year ORDER BY id', {
 *   database: 'flights.duckdb',
 *   params: { year: 2013 },
 * });
 * table(late, { distance: number(), origin: category(), late: label() });
 */
export function duckdb(query: string, options: DuckdbOptions = {}): TableFile {
  const at = callerPlace();
  // Of code in a page or without a file nobody knows a folder.
  return duckdbIn(at && /^[/\\]|^[A-Za-z]:/.test(at.file) ? at.file.replace(/[/\\][^/\\]*$/, '') : undefined, query, options);
}

/** @param folder that paths in the query are relative to; by default DuckDB decides */
export function duckdbIn(folder: string | undefined, query: string, options: DuckdbOptions = {}): TableFile {
  if (typeof query !== 'string' || query.trim() === '') {
    throw new PipelineError('E_USAGE', `duckdb: ${query === undefined ? 'nothing' : JSON.stringify(query)} arrived; a query is needed.`, {
      at: callerPlace(),
      hint: "Write duckdb('SELECT * FROM flights', { database: 'flights.duckdb' }).",
    });
  }
  const parsed = parseParams('duckdb', params, options);
  const place = parsed.database === undefined ? undefined : placeOfDatabase(parsed.database);
  const name = place?.name ?? 'duckdb';
  const asked = { sql: query, params: parsed.params, database: place?.at, folder };
  return {
    name,
    params: { format: 'duckdb', query, ...(parsed.params ? { params: parsed.params as JsonRecord } : {}) },
    async read(readOptions, open) {
      const about: Asked = { name, sql: query, database: place !== undefined, folder };
      const rows = await ask(name, asked, readOptions).catch((error: unknown) => {
        readOptions.signal?.throwIfAborted();
        throw refused(about, error);
      });
      try {
        const names = Object.fromEntries(rows.columns.flatMap(({ name, type }) => (namesOf(type) ? [[name, namesOf(type)!]] : [])));
        const sink = open(
          rows.columns.map((column) => column.name),
          undefined,
          { names },
        );
        const out = new Rows(name, sink);
        const wanted = rows.columns.flatMap(({ name: column, type }, at) => {
          const cells = sink.cells[at];
          const meaning = cells && meaningOf(type, cells);
          if (!cells || !takesColumn(name, column, cells, meaning, isNested(type), String(type))) return [];
          return [{ at, meaning, column: opened(column, cells) }];
        });
        const columns = wanted.map(({ column }) => column);
        for (;;) {
          readOptions.signal?.throwIfAborted();
          const piece = await rows.next().catch((error: unknown) => {
            readOptions.signal?.throwIfAborted();
            throw refused(about, error);
          });
          if (!piece) return;
          for (const { at, meaning, column } of wanted) {
            column.cells = meaning(piece.getColumnVector(at), piece.rowCount);
            column.at = 0;
          }
          out.put(columns, piece.rowCount);
        }
      } finally {
        rows.close();
      }
    },
  };
}

function placeOfDatabase(database: unknown): { readonly name: string; readonly at: URL } {
  const isNamed = database instanceof URL || (typeof database === 'string' && database !== '');
  const { name, at } = isNamed ? placeOf('duckdb', database) : { name: '', at: database };
  if (at instanceof URL && at.protocol === 'file:') return { name, at };
  const arrived = at instanceof URL ? `at ${at.href}` : JSON.stringify(at);
  throw new PipelineError('E_PARAMS', `duckdb: database is ${arrived}; a file of this machine is needed.`, {
    at: callerPlace(),
    hint: "Write duckdb('SELECT ...', { database: 'file.duckdb' }); download what is elsewhere.",
  });
}

async function ask(name: string, query: Query, { disk, signal }: TableReadOptions): Promise<QueryRows> {
  if (!disk?.query) {
    throw new PipelineError('E_FETCH', `${name}: DuckDB is asked in Node; a page cannot.`, {
      hint: "Write the rows to a file, COPY (SELECT ...) TO 'rows.parquet', and read it with parquet.",
    });
  }
  const rows = await disk.query(query, signal);
  if (!rows) throw notThere(name, query.database!);
  return rows;
}
