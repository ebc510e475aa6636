// The table that `peek` and `types` are asked about: a file, by how its name ends, or a query.
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Option, type Command } from 'commander';
import { didYouMean, nearest } from '../../core/errors/didYouMean.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { arff } from '../../formats/arff/arff.ts';
import { arrow } from '../../formats/arrow/arrow.ts';
import { ENCODINGS } from '../../formats/bytes/text.ts';
import { csv, THOUSANDS, type CsvOptions } from '../../formats/csv/csv.ts';
import { duckdbIn } from '../../formats/duckdb/duckdb.ts';
import type { TableFile } from '../../formats/format.ts';
import { json } from '../../formats/json/json.ts';
import { jsonLines } from '../../formats/json/jsonLines.ts';
import { parquet } from '../../formats/parquet/parquet.ts';
import { nodeSurroundings } from '../../runtime/node/surroundings.ts';
import type { SchemaCall } from '../../tables/guess/schemaText.ts';
import { summaryOf, type TableSummary } from '../../tables/guess/summary.ts';

/** Formats but CSV, and how their files end. */
const FORMATS = [
  ['parquet', parquet, /\.(parquet|pq)$/i],
  ['arrow', arrow, /\.(arrows?|feather|ipc)$/i],
  ['arff', arff, /\.arff(\.gz)?$/i],
  ['json', json, /\.json(\.gz)?$/i],
  ['jsonLines', jsonLines, /\.(jsonl|ndjson)(\.gz)?$/i],
] as const;
const QUERY = /^\s*(\(|select|from|with|values|pivot|unpivot|summarize|describe|show)\b/i;

export interface TableFileOptions extends Pick<CsvOptions, 'separator' | 'decimal' | 'thousands' | 'encoding' | 'missing'> {
  /** The database that a query is put to. */
  readonly database?: string | undefined;
}

interface AskedTable extends SchemaCall {
  readonly file: TableFile;
  /** The query; absent for a file. */
  readonly query?: string | undefined;
}

/** Adds the argument, and the options that say how it is read. */
export function takesTable(command: Command): Command {
  return command
    .argument('<file>', 'a CSV, JSON, JSON Lines, Parquet, Arrow or ARFF file, or a query')
    .option('--separator <character>', 'character between fields; detected if not given')
    .addOption(new Option('--decimal <sign>', 'sign before the fraction; detected if not given').choices(['.', ',']))
    .addOption(new Option('--thousands <sign>', 'sign between groups of three digits; detected if not given').choices(THOUSANDS))
    .addOption(new Option('--encoding <encoding>', 'utf-8 if neither this nor a byte order mark says otherwise').choices(ENCODINGS))
    .option('--database <file>', 'the database that a query is put to');
}

/** @param at path of the file that the call is to stand in, from which paths are told */
export function askedTable(asked: string, { database, missing, ...options }: TableFileOptions, at?: string): AskedTable {
  const isQuery = database !== undefined || (QUERY.test(asked) && !existsSync(asked));
  if (isQuery) {
    const query = asked.trim();
    const file = duckdbIn(
      resolve(at ?? '.', at === undefined ? '' : '..'),
      query,
      database === undefined ? {} : { database: pathToFileURL(resolve(database)) },
    );
    return { file, query, format: 'duckdb', options: { database: database && pathFrom(at, database) } };
  }
  if (/\.(duckdb|ddb)$/i.test(asked)) {
    throw new PipelineError('E_USAGE', `${basename(asked)} is a database; a query is needed.`, {
      hint: `Ask for one of its tables: pipeline types 'FROM flights' --database ${asked}. 'SHOW TABLES' lists them.`,
    });
  }
  if (!existsSync(asked)) {
    const folder = dirname(resolve(asked));
    const near = existsSync(folder) ? nearest(basename(asked), readdirSync(folder)) : [];
    throw new PipelineError('E_FETCH', `${basename(asked)} is not there: no ${resolve(asked)}.`, {
      hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'Name a file by its path from this folder.',
    });
  }
  const url = pathToFileURL(resolve(asked));
  const [format, read] = FORMATS.find(([, , ending]) => ending.test(asked)) ?? [];
  return format === undefined ? { file: csv(url, { ...options, missing }), format: 'csv', options: { ...options } } : { file: read!(url), format };
}

/** That table, read to its end. A CSV whose numbers turn out to be written in another way is read again in that. */
export async function readTable(asked: string, options: TableFileOptions, at?: string): Promise<AskedTable & { readonly summary: TableSummary }> {
  const table = askedTable(asked, options, at);
  const summary = await summaryOf(table.file, { disk: nodeSurroundings() });
  const again = summary.marks && table.format === 'csv' && options.decimal === undefined && options.thousands === undefined;
  return again ? readTable(asked, { ...options, ...summary.marks }, at) : { ...table, summary };
}

/** What a column of another kind cannot be. */
const LEARNED: readonly string[] = ['number', 'category', 'boolean', 'text'];

/** @throws E_USAGE for a column that the table does not have once, or that nothing learns */
export function checkTarget(target: string, { name, columns }: TableSummary): void {
  const [column, ...more] = columns.filter((one) => one.name === target);
  const refuse = (message: string, hint: string): never => {
    throw new PipelineError('E_USAGE', message, { hint });
  };
  if (!column) {
    const names = columns.slice(0, 50).map((one) => one.name);
    return refuse(`${name} has no column '${target}'.`, didYouMean(target, names, 'Columns'));
  }
  if (more.length > 0) refuse(`${name} has ${more.length + 1} columns '${target}'.`, 'Rename all but one in the file.');
  if (!LEARNED.includes(column.kind))
    refuse(`Column '${target}' of ${name} is of kind ${column.kind}, which nothing learns.`, 'Name one of numbers or of names.');
}

/** A path as a file names it: relative to itself, else as it was typed. */
export function pathFrom(at: string | undefined, path: string): string {
  if (at === undefined) return path.replaceAll('\\', '/').replace(/^\.\//, '');
  const from = relative(resolve(at, '..'), resolve(path));
  return isAbsolute(from) ? from : from.replaceAll('\\', '/');
}
