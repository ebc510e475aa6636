// What DuckDB says of a query that it refuses, with the line that it means, and one cure.
import { isPipelineError, PipelineError, reasonOf } from '../../core/errors/errors.ts';
import { shortened } from '../../core/errors/shortened.ts';

const MOST_SHOWN = 80;

export interface Asked {
  /** For messages. */
  readonly name: string;
  readonly sql: string;
  /** Whether a database was named. */
  readonly database: boolean;
  /** Folder that paths in the query are relative to. */
  readonly folder?: string | undefined;
}

/** @param cause as DuckDB throws it; errors of this package stay as they are */
export function refused(asked: Asked, cause: unknown): unknown {
  if (isPipelineError(cause)) return cause;
  const { name, sql } = asked;
  const whole = reasonOf(cause);
  const holder = /lock is held in (.*? \(PID \d+\))/.exec(whole)?.[1];
  if (holder !== undefined || /different configuration/.test(whole)) {
    const by = holder === undefined ? 'in this program, with other settings' : `in another process, ${holder}`;
    return new PipelineError('E_FETCH', `${name} is open ${by}.`, { hint: 'Close it there, or read a copy.', cause });
  }
  if (/Cannot launch in-memory|not a valid DuckDB database/.test(whole)) {
    return new PipelineError('E_DATA', `${name} is no database of DuckDB.`, {
      hint: "Name one; other files are read in the query: FROM 'flights.parquet'.",
      cause,
    });
  }
  const [said = '', place] = whole.split(/\n+LINE (?=\d)/);
  const line = place === undefined ? undefined : Number.parseInt(place, 10);
  const text = line === undefined ? '' : (sql.split('\n')[line - 1] ?? '').trim();
  const where = line === undefined ? '' : `, line ${line}, '${shortened(text, MOST_SHOWN)}'`;
  const message = said
    .replace('Failed to extract statements: ', '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ');
  return new PipelineError('E_DATA', `${name}: DuckDB refuses the query${where}: ${message}${/[.!?]$/.test(message) ? '' : '.'}`, {
    hint: cureOf(message, asked),
    cause,
  });
}

function cureOf(message: string, { database, folder }: Asked): string {
  const [kind] = message.split(':');
  if (kind === 'Parser Error') return 'Correct the SQL there.';
  if (message.startsWith('Catalog Error: Table') && !database)
    return "Say which database has it, duckdb('...', { database: 'file.duckdb' }), or read a file: FROM 'flights.parquet'.";
  if (kind === 'Catalog Error' || kind === 'Binder Error') return 'Correct the name or the types there.';
  if (/[Pp]arameter/.test(message)) return 'Give each parameter its value: params: { year: 2024 } for $year, params: [2024] for $1.';
  if (kind === 'Conversion Error' || kind === 'Invalid Input Error' || kind === 'Out of Range Error')
    return 'Correct the value, or write TRY_CAST, which gives NULL for what does not fit.';
  if (message.includes('No files found')) return folder === undefined ? 'Give the whole path.' : `Correct the path; it is looked for in ${folder}.`;
  return 'Try the query in DuckDB itself.';
}
