// The grammar of ARFF, the text format of OpenML and Weka: `@attribute` lines, then `@data` with one row a line, dense (`0,12,b`) or
// sparse (`{1 12, 2 b}`). What becomes of the cells is the caller's business. Memory is bounded by one line: rows are never collected.
import { PipelineError } from '../../core/errors/errors.ts';
import { ArffLine, shown } from './line.ts';

/** An attribute, as it is declared. */
export interface ArffColumn {
  readonly name: string;
  readonly type: 'number' | 'nominal' | 'text' | 'date';
  /** Of a nominal one: its names, in their order. */
  readonly values?: readonly string[];
  /** Of dates: how they are written, in the words of Java; ISO 8601 where nothing is said. */
  readonly format?: string | undefined;
}

/** Takes the cells of one row after the other, in the order of columns. */
export interface ArffCells {
  /** Whether columns of texts and of dates are taken. */
  readonly texts: boolean;
  /** What the first row is called in errors. */
  readonly firstRow: 0 | 1;
  /** @returns for each column, whether plain whole numbers are taken by `number` */
  open(columns: readonly ArffColumn[]): readonly boolean[];
  number(column: number, value: number): void;
  /** Any other cell, as it is written. @param quoted in quotes: then a `?` is no gap */
  word(column: number, word: string, quoted: boolean): void;
  /** A cell that a sparse row leaves out. */
  leftOut(column: number): void;
  endRow(): void;
}

/** Far above any real file of this kind, far below what would hurt. */
export const MOST_LINE_CHARS = 1 << 22;
const MOST_COLUMNS = 1 << 16;
/** Text is decoded in pieces: a file that is in memory already comes as one. */
const PIECE_BYTES = 1 << 20;

/** Unambiguous, so that matching stays linear on any word. */
export const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Lines of a body, as many at a time as have arrived. A line that is longer than any may be comes in part, and is the last.
 *
 * @param name of the file, for messages
 * @throws E_DATA for what is not UTF-8
 */
export async function* linesOf(name: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[], void> {
  const decoder = new TextDecoder('utf-8', { fatal: true }); // drops a byte order mark
  const decoded = (piece?: Uint8Array): string => {
    try {
      return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
    } catch (cause) {
      throw new PipelineError('E_DATA', `${name} is not written in UTF-8.`, { hint: 'Save it as UTF-8.', cause });
    }
  };
  let rest = '';
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      // Only the new part is searched for line ends: a long line that arrives in small pieces stays linear.
      const text = decoded(chunk.subarray(at, at + PIECE_BYTES));
      const lines: string[] = [];
      let start = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
        lines.push(rest + text.slice(start, end));
        rest = '';
        start = end + 1;
      }
      rest += text.slice(start);
      if (lines.length > 0) yield lines;
      if (rest.length > MOST_LINE_CHARS) return yield [rest];
    }
  }
  rest += decoded();
  if (rest !== '') yield [rest];
}

export class ArffParser {
  readonly #name: string;
  readonly #cells: ArffCells;
  readonly #columns: ArffColumn[] = [];
  /** By column; undefined until `@data`. */
  #plain: readonly boolean[] | undefined;
  #rows = 0;
  #lines = 0;

  /** @param name of the file, for messages */
  constructor(name: string, cells: ArffCells) {
    this.#name = name;
    this.#cells = cells;
  }

  /** Rows that were read. */
  get rows(): number {
    return this.#rows;
  }

  /** Those declared so far; all of them once `opened`. */
  get columns(): readonly ArffColumn[] {
    return this.#columns;
  }

  /** Whether `@data` was read. */
  get opened(): boolean {
    return this.#plain !== undefined;
  }

  /** For messages: the line, and the row once there are rows. */
  get place(): string {
    return this.opened ? `row ${this.#rows + this.#cells.firstRow} (line ${this.#lines})` : `line ${this.#lines}`;
  }

  /** @throws E_DATA naming the first thing that is not ARFF */
  line(text: string): void {
    this.#lines++;
    if (text.length > MOST_LINE_CHARS) this.fail('a line without an end', `at most ${MOST_LINE_CHARS} characters a line`);
    const line = new ArffLine(text);
    if (line.done) return;
    if (this.#plain === undefined) return this.#declaration(line);
    if (line.take('{')) this.#sparse(line);
    else this.#dense(line, this.#plain);
    if (!line.done) this.fail(`${line.rest()} after ${this.#columns.length} values`, 'the end of the row');
    this.#cells.endRow();
    this.#rows++;
  }

  /** @returns the number of rows */
  end(): number {
    if (!this.opened) this.fail('the end of the file', 'a line with @data');
    if (this.#rows === 0) this.fail('the end of the file', 'at least one row after @data');
    return this.#rows;
  }

  fail(arrived: string, needed: string): never {
    throw new PipelineError('E_DATA', `${this.#name}, ${this.place}: ${arrived} arrived, ${needed} is needed.`, {
      hint: this.#cells.texts ? 'Pass a complete ARFF file.' : 'Pass a complete ARFF file with numeric and nominal attributes and no missing values.',
    });
  }

  #declaration(line: ArffLine): void {
    const keyword = this.#word(line).toLowerCase();
    if (keyword === '@relation') return;
    if (keyword === '@data') {
      if (this.#columns.length === 0) this.fail('@data', 'an @attribute line before it');
      this.#plain = this.#cells.open(this.#columns);
      return;
    }
    if (keyword !== '@attribute') this.fail(shown(keyword), '@relation, @attribute or @data');
    if (this.#columns.length === MOST_COLUMNS) this.fail('one more attribute', `at most ${MOST_COLUMNS}`);
    this.#columns.push(this.#column(line, this.#word(line)));
  }

  #column(line: ArffLine, name: string): ArffColumn {
    if (line.take('{')) return { name, type: 'nominal', values: this.#nominalValues(line) };
    const type = this.#word(line);
    if (/^(numeric|real|integer)$/i.test(type)) return { name, type: 'number' };
    if (this.#cells.texts && /^string$/i.test(type)) return { name, type: 'text' };
    if (this.#cells.texts && /^date$/i.test(type)) return { name, type: 'date', format: line.done ? undefined : this.#word(line) };
    const known = this.#cells.texts ? 'numeric, real, integer, string, date or {a,b}' : 'numeric, real, integer or {a,b}';
    return this.fail(`attribute ${shown(name)} of type ${shown(type)}`, known);
  }

  #nominalValues(line: ArffLine): string[] {
    const values: string[] = [];
    do values.push(this.#word(line));
    while (line.take(','));
    if (!line.take('}')) this.fail(line.rest(), '"," or "}" after a nominal value');
    return values;
  }

  #dense(line: ArffLine, plain: readonly boolean[]): void {
    const cols = plain.length;
    for (let column = 0; column < cols; column++) {
      if (column > 0 && !line.take(',')) this.fail(`${line.rest()} after ${column} values`, `a row of ${cols} values`);
      const value = plain[column] ? line.plainInteger() : -1;
      if (value >= 0) this.#cells.number(column, value);
      else this.#cells.word(column, this.#word(line), line.quoted);
    }
  }

  #sparse(line: ArffLine): void {
    const cols = this.#columns.length;
    let least = 0;
    if (!line.take('}')) {
      do {
        const index = this.#word(line);
        const column = /^\d{1,6}$/.test(index) ? Number(index) : -1;
        if (column < least || column >= cols) this.fail(`index ${shown(index)}`, `a column from ${least} to ${cols - 1}`);
        for (; least < column; least++) this.#cells.leftOut(least);
        this.#cells.word(column, this.#word(line), line.quoted);
        least = column + 1;
      } while (line.take(','));
      if (!line.take('}')) this.fail(line.rest(), '"," or "}"');
    }
    for (; least < cols; least++) this.#cells.leftOut(least);
  }

  #word(line: ArffLine): string {
    return line.word() ?? this.fail('the end of the line inside quotes', 'a closing quote');
  }
}
