// A table with one JSON object per line.
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import { openBytes, placeOf, type FileLike } from '../bytes/open.ts';
import { utf8Of } from '../bytes/text.ts';
import type { CellSink, Misfit, RowSink, TableFile } from '../format.ts';

/** How many lines are searched for the names of columns. */
const LOOKED_AT = 1000;
const MOST_SHOWN = 60;

/**
 * A file with one JSON object per line (JSON Lines, NDJSON), gzipped or not. Its columns are the fields of the first 1000 lines. A
 * field that is missing from a line, or null, has no value; lists and objects do not fit.
 *
 * @param file path relative to the source file that names it, a URL, bytes, or in a page a `File`
 * @throws when it is read: E_FETCH, or E_DATA naming line, row, column and value
 * @example
 * table(jsonLines('penguins.jsonl'), { bill_length: number(), sex: category(), species: label() });
 */
export function jsonLines(file: FileLike): TableFile {
  const place = placeOf('jsonLines', file, 'jsonl');
  const { name } = place;
  return {
    name,
    params: { format: 'jsonLines' },
    ...(place.at instanceof URL && place.at.protocol === 'file:' ? { files: [place.at] } : {}),
    async read(options, open) {
      const { bytes } = await openBytes(place, options);
      const reader = new Reader(name, (columns) => open(columns, undefined));
      for await (const line of linesOf(name, utf8Of(name, bytes, undefined))) {
        options.signal?.throwIfAborted();
        reader.line(line);
      }
      reader.end();
    },
  };
}

async function* linesOf(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decoded = (piece?: Uint8Array): string => {
    try {
      return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
    } catch (cause) {
      throw new PipelineError('E_DATA', `${name} is not written in UTF-8.`, { hint: 'Save it as UTF-8, as JSON is written.', cause });
    }
  };
  let rest: string[] = [];
  for await (const piece of bytes) {
    const [first, ...more] = decoded(piece).split('\n');
    rest.push(first!);
    if (more.length === 0) continue;
    yield rest.join('');
    yield* more.slice(0, -1);
    rest = [more.at(-1)!];
  }
  rest.push(decoded());
  yield rest.join('');
}

type Row = Readonly<Record<string, unknown>>;

class Reader {
  readonly #file: string;
  readonly #open: (columns: readonly string[]) => RowSink;
  #lines = 0;
  #rows = 0;
  /** Rows whose columns are looked at, with their lines. */
  #first: (readonly [Row, number])[] | undefined = [];
  #columns: readonly string[] = [];
  #sink: RowSink | undefined;

  constructor(file: string, open: (columns: readonly string[]) => RowSink) {
    this.#file = file;
    this.#open = open;
  }

  line(text: string): void {
    this.#lines++;
    if (text.trim() === '') return;
    const row = this.#parsed(text);
    if (!this.#first) return this.#row(row, this.#lines);
    this.#first.push([row, this.#lines]);
    if (this.#first.length === LOOKED_AT) this.#begin();
  }

  end(): void {
    if (this.#first?.length === 0) throw new PipelineError('E_DATA', `${this.#file} is empty.`, { hint: 'Name a file that has one JSON object a line.' });
    this.#begin();
  }

  #begin(): void {
    const rows = this.#first;
    if (!rows) return;
    this.#first = undefined;
    this.#columns = [...new Set(rows.flatMap(([row]) => Object.keys(row)))];
    this.#sink = this.#open(this.#columns);
    for (const [row, line] of rows) this.#row(row, line);
  }

  #row(row: Row, line: number): void {
    const { cells, endRow } = this.#sink!;
    this.#columns.forEach((column, at) => {
      const sink = cells[at];
      if (!sink) return;
      const cell = Object.hasOwn(row, column) ? row[column] : null;
      const misfit = put(sink, cell);
      if (!misfit) return;
      const text = typeof cell === 'number' ? String(cell) : JSON.stringify(cell);
      const shown = cell === null ? 'the cell' : text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}...` : text;
      throw new PipelineError('E_DATA', `${this.#where(line)}, column '${column}': ${shown} ${misfit.wrong}.`, { hint: misfit.cure });
    });
    endRow();
    this.#rows++;
  }

  #parsed(text: string): Row {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new PipelineError('E_DATA', `${this.#file}, line ${this.#lines}, is no JSON: ${reasonOf(cause)}.`, {
        hint: 'Write one object a line; of a file that is one list, write each of its objects on a line of its own.',
        cause,
      });
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row;
    const kind = Array.isArray(value) ? 'a list' : JSON.stringify(value).slice(0, MOST_SHOWN);
    throw new PipelineError('E_DATA', `${this.#file}, line ${this.#lines}, is ${kind}; an object is needed.`, {
      hint: 'Write one object a line, { "age": 30, "sex": "male" }.',
    });
  }

  #where(line: number): string {
    return `${this.#file}, line ${line} (row ${this.#rows})`;
  }
}

function put(sink: CellSink, cell: unknown): Misfit | undefined {
  if (cell === null) return sink.missing();
  if (typeof cell === 'string') return cell === '' ? sink.missing() : sink.text(cell);
  if (typeof cell === 'boolean') return sink.text(String(cell));
  if (typeof cell !== 'number') {
    if (!sink.unreadable) return { wrong: 'is a list or an object', cure: 'Write its parts as fields of their own.' };
    return void sink.unreadable('lists or objects');
  }
  if (!Number.isFinite(cell)) return { wrong: 'is beyond what float64 holds', cure: 'Correct it.' };
  // JSON has been read as float64 by now, which rounds ids.
  if (Number.isInteger(cell) && Math.abs(cell) > Number.MAX_SAFE_INTEGER)
    return { wrong: 'is a whole number beyond 2^53, which may have been rounded', cure: 'Write ids between quotes, and measures in a larger unit.' };
  return sink.number(cell);
}
