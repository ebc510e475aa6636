// Asks DuckDB, whose package is loaded at the first query: most projects have none and need not install it. It runs on one thread, so
// that the same data gives the same rows: with more, groups come in any order and sums of floats differ in their last bits.
import { existsSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PipelineError, reasonOf } from '../../../core/errors/errors.ts';
import type { Query, QueryRows } from '../../../core/queries.ts';

type DuckDB = typeof import('@duckdb/node-api');

const NAME = '@duckdb/node-api';

/**
 * Asks a query that gives rows, and changes nothing.
 *
 * @returns undefined where the database is not there
 * @throws E_FETCH where DuckDB is not installed; E_PARAMS for SQL that is no query; DuckDB's own errors
 */
export async function askDuckdb({ sql, params, database, folder }: Query, signal?: AbortSignal): Promise<QueryRows | undefined> {
  const path = database && fileURLToPath(database);
  // Opening the file to look whether it is there would give up the locks that DuckDB holds on it in this process.
  if (path !== undefined && !(await stat(path).catch(() => undefined))) return undefined;
  if (folder !== undefined) refuseTwoOf(folder, sql, params);
  const { DuckDBInstance, StatementType } = await loadDuckdb();
  // What does not fit in memory is written beside the database if nobody says where.
  const config = { threads: '1', temp_directory: join(tmpdir(), 'pipeline-duckdb') };
  const instance =
    path === undefined ? await DuckDBInstance.create(':memory:', config) : await DuckDBInstance.fromCache(path, { ...config, access_mode: 'READ_ONLY' }); // one for all queries of this process
  const connection = await instance.connect();
  const interrupt = (): void => connection.interrupt();
  const close = (): void => {
    signal?.removeEventListener('abort', interrupt);
    connection.closeSync();
    instance.closeSync();
  };
  try {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', interrupt, { once: true });
    if (folder !== undefined) await connection.run(`SET file_search_path = '${folder.replaceAll("'", "''")}'`);
    const statements = await connection.extractStatements(sql);
    if (statements.count !== 1) throw noQuery(sql, `holds ${statements.count} statements`);
    const prepared = await statements.prepare(0);
    if (prepared.statementType !== StatementType.SELECT) throw noQuery(sql, `is of the kind ${StatementType[prepared.statementType]}`);
    if (params) prepared.bind(Array.isArray(params) ? [...params] : { ...(params as Record<string, string>) });
    const result = await prepared.stream();
    const names = result.columnNames();
    return {
      columns: result.columnTypes().map((type, i) => ({ name: names[i]!, type })),
      next: async () => {
        const piece = await result.fetchChunk();
        return piece && piece.rowCount > 0 ? piece : undefined;
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** DuckDB looks for files where the run was started first: such a file would be read in silence in place of the one that is meant. */
function refuseTwoOf(folder: string, sql: string, params: Query['params'] = []): void {
  const texts = [...sql.matchAll(/'([^'\n]+)'|"([^"\n]+)"/g)].map(([, single, double]) => single ?? double!);
  for (const text of [...texts, ...Object.values(params)]) {
    if (typeof text !== 'string' || isAbsolute(text)) continue;
    const path = text.replace(/[^/]*[*?[].*$/, ''); // of a pattern, the folder that it begins with
    const [here, meant] = [join(process.cwd(), path), join(folder, path)];
    if (path === '' || !existsSync(here) || (path === text && !statSync(here).isFile())) continue;
    if (existsSync(meant) && statSync(meant).ino === statSync(here).ino) continue;
    throw new PipelineError('E_DATA', `duckdb: '${text}' of the query is in ${process.cwd()}, where DuckDB looks before it looks in ${folder}.`, {
      hint: 'Start the run from there, or write the whole path.',
    });
  }
}

function noQuery(sql: string, what: string): PipelineError {
  return new PipelineError('E_PARAMS', `duckdb: the SQL ${what}; one query that gives rows is needed.`, {
    hint: /\bpivot\b/i.test(sql)
      ? "Say in PIVOT which values there are: ON month IN ('jan', 'feb')."
      : 'Write one SELECT; run what changes a database before, with DuckDB itself.',
  });
}

/**
 * From beside this package, else from the user's folder.
 *
 * @throws E_FETCH where it is not installed, or does not load
 */
export async function loadDuckdb(load = (name: string): Promise<DuckDB> => import(name), from = process.cwd()): Promise<DuckDB> {
  try {
    return await load(NAME);
  } catch (error) {
    if (!isAbsent(error)) throw broken(error);
  }
  let found: string;
  try {
    found = createRequire(join(from, 'package.json')).resolve(NAME);
  } catch (cause) {
    throw new PipelineError('E_FETCH', `duckdb needs the package ${NAME}, which is not installed.`, { hint: `npm install ${NAME}`, cause });
  }
  return load(pathToFileURL(found).href).catch((error: unknown) => {
    throw broken(error);
  });
}

function isAbsent(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && message.includes(`'${NAME}'`);
}

function broken(cause: unknown): PipelineError {
  return new PipelineError('E_FETCH', `The package ${NAME} does not load: ${reasonOf(cause)}.`, { hint: `On this machine: npm install ${NAME}`, cause });
}
