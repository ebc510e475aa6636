// JSON objects as rows of a table: what jsonLines and json share.
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import { shortened } from '../../core/errors/shortened.ts';
import { utf8Of } from '../bytes/text.ts';
import type { CellSink, Misfit, RowSink } from '../format.ts';

/** How many objects are searched for the names of columns. */
const LOOKED_AT = 1000;
const MOST_SHOWN = 60;

/** An object as it is written, and the line where it begins. */
export interface ObjectText {
  readonly text: string;
  readonly line: number;
}

/** Cures, as the format has them. */
export interface ObjectHints {
  readonly empty: string;
  readonly noJson: string;
  readonly noObject: string;
}

/** Bytes as text, a piece after the other. @throws E_DATA for what is not UTF-8 */
export async function* textsOf(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decoded = (piece?: Uint8Array): string => {
    try {
      return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
    } catch (cause) {
      throw new PipelineError('E_DATA', `${name} is not written in UTF-8.`, { hint: 'Save it as UTF-8, as JSON is written.', cause });
    }
  };
  for await (const piece of utf8Of(name, bytes, undefined)) yield decoded(piece);
  yield decoded();
}

type Row = Readonly<Record<string, unknown>>;

/** Rows of a table, one JSON object each. */
export class ObjectRows {
  readonly #file: string;
  readonly #hints: ObjectHints;
  readonly #open: (columns: readonly string[]) => RowSink;
  #rows = 0;
  /** Rows whose columns are looked at, with their lines. */
  #first: (readonly [Row, number])[] | undefined = [];
  #columns: readonly string[] = [];
  #sink: RowSink | undefined;

  constructor(file: string, hints: ObjectHints, open: (columns: readonly string[]) => RowSink) {
    this.#file = file;
    this.#hints = hints;
    this.#open = open;
  }

  add(object: ObjectText): void {
    const row = this.#parsed(object);
    if (!this.#first) return this.#row(row, object.line);
    this.#first.push([row, object.line]);
    if (this.#first.length === LOOKED_AT) this.#begin();
  }

  end(): void {
    if (this.#first?.length === 0) throw new PipelineError('E_DATA', `${this.#file} is empty.`, { hint: this.#hints.empty });
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
      const shown = cell === null ? 'the cell' : shortened(text);
      throw new PipelineError('E_DATA', `${this.#where(line)}, column '${column}': ${shown} ${misfit.wrong}.`, { hint: misfit.cure });
    });
    endRow();
    this.#rows++;
  }

  #parsed({ text, line }: ObjectText): Row {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new PipelineError('E_DATA', `${this.#file}, line ${line}, is no JSON: ${reasonOf(cause)}.`, { hint: this.#hints.noJson, cause });
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row;
    const kind = Array.isArray(value) ? 'a list' : JSON.stringify(value).slice(0, MOST_SHOWN);
    throw new PipelineError('E_DATA', `${this.#file}, line ${line}, is ${kind}; an object is needed.`, { hint: this.#hints.noObject });
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
  if (mayBeRounded(cell)) return { wrong: ROUNDED, cure: 'Write ids between quotes, and measures in a larger unit.' };
  return sink.number(cell);
}

export const ROUNDED = 'is a whole number beyond 2^53, which may have been rounded';

/** Whether JSON, which has been read as float64 by now, may have said another number: all that are so large are whole. */
export function mayBeRounded(value: number): boolean {
  return Math.abs(value) > Number.MAX_SAFE_INTEGER;
}
