// Separated text as a table. It is read as a stream and never held whole: only what the columns keep stays in memory.
import { isPipelineError, PipelineError } from '../../core/errors/errors.ts';
import { shortened } from '../../core/errors/shortened.ts';
import type { JsonRecord } from '../../core/events.ts';
import { parseParams, z, type ShapeOf } from '../../dsl/params.ts';
import { openBytes, placeOf, type FileLike } from '../bytes/open.ts';
import { ENCODINGS, utf8Of } from '../bytes/text.ts';
import type { CellSink, Misfit, RowSink, TableFile } from '../format.ts';
import { Delimited, type RowFields } from './delimited.ts';
import { groupedNumbers, numberIn } from './numbers.ts';
import { linesIn, otherSeparator, separatorOf, shownSeparator, untilLineEnd } from './sniff.ts';
import { same, textOf, Texts } from '../bytes/texts.ts';

/** Marks that may stand between groups of three digits. */
export const THOUSANDS = [',', '.', "'", '_', ' '] as const;
const byte = z.string().regex(/^[\t -~]$/, { error: 'one character of ASCII is needed' });
export interface CsvOptions {
  /** The character between fields; by default whichever of `,` `;` tab and `|` is most frequent in the first line. */
  readonly separator?: string | undefined;
  /** The decimal mark: `.` (default) or `,`. */
  readonly decimal?: '.' | ',' | undefined;
  /** The mark between groups of three digits, as in `1,234.5`: one of `,` `.` `'` `_` or a space. None by default; numbers without it are read as well. */
  readonly thousands?: (typeof THOUSANDS)[number] | undefined;
  /** What a cell without a value contains. Default `['']`: such cells are empty. */
  readonly missing?: readonly string[] | undefined;
  /** Names of the columns, for a file without a header line. */
  readonly columns?: readonly string[] | undefined;
  /** utf-8 (default), utf-16le, utf-16be or latin1; a byte order mark overrides it. */
  readonly encoding?: (typeof ENCODINGS)[number] | undefined;
}

const params = z.strictObject({
  separator: byte.optional().describe('between fields; found in the first line where it is not given'),
  decimal: z.enum(['.', ',']).default('.').describe('between whole numbers and fractions'),
  thousands: z.enum(THOUSANDS).optional().describe('between groups of three digits'),
  missing: z.array(z.string()).default(['']).describe('what stands in cells that have no value'),
  columns: z.array(z.string()).min(1).optional().describe('names of the columns, where the first line is a row'),
  encoding: z.enum(ENCODINGS).optional().describe('utf-8, unless a byte order mark says otherwise'),
} satisfies ShapeOf<CsvOptions>);

/** Of a value that is shown. */
const ZERO: Misfit = { wrong: 'has a zero in it, which no text has', cure: 'Copy the file again, or correct the cell.' };

/**
 * A file of separated text, gzipped or not. Fields may be quoted with `"`, and quotes inside are doubled; lines end with LF, CRLF or
 * CR. Empty lines are skipped, unless there is only one column. The file is read as a stream when a pipeline runs; results are cached
 * by its contents.
 *
 * Numbers are read exactly as JavaScript reads them. A whole number beyond 2^53 that float64 would round does not count as a number.
 *
 * @param file path relative to the source file that names it, a URL, bytes, or in a page a `File`
 * @throws E_PARAMS; when it is read, E_FETCH, or E_DATA naming line, row, column and value
 * @example
 * table(csv('penguins.csv', { missing: ['', 'NA'] }), { bill_length: number(), sex: category(), species: label() });
 */
export function csv(file: FileLike, options: CsvOptions = {}): TableFile {
  const parsed = parseParams('csv', params, options);
  const { separator, decimal, thousands, columns, missing } = parsed;
  const place = placeOf('csv', file);
  if (separator === decimal || separator === '"') {
    const what = separator === '"' ? 'quotes fields' : 'is the decimal sign too';
    throw new PipelineError('E_PARAMS', `csv: separator is '${separator}', which ${what}.`, { hint: "Give another, such as ';'." });
  }
  if (thousands === decimal)
    throw new PipelineError('E_PARAMS', `csv: thousands is '${thousands}', which is the decimal sign too.`, {
      hint: "Say both: csv(file, { decimal: ',', thousands: '.' }).",
    });
  const { name } = place;
  return {
    name,
    params: { format: 'csv', ...(parsed as JsonRecord) },
    ...(place.at instanceof URL && place.at.protocol === 'file:' ? { files: [place.at] } : {}),
    async read(readOptions, open) {
      const { bytes, size } = await openBytes(place, readOptions);
      const text = utf8Of(name, bytes, parsed.encoding);
      try {
        const [head, ended] = await untilLineEnd(text);
        const between = separator ?? separatorOf(head);
        const about = size === undefined ? undefined : (size * linesIn(head)) / Math.max(1, head.length);
        const reader = new Reader(name, (names) => open(names, about), { names: columns, separator: between, decimal, thousands, missing });
        const cut = new Delimited({
          name,
          separator: between.charCodeAt(0),
          quote: 0x22,
          row: (fields) => reader.row(fields),
          blank: (line) => reader.blank(line),
        });
        cut.push(head);
        for (let next = ended ? undefined : await text.next(); next && !next.done; next = await text.next()) {
          readOptions.signal?.throwIfAborted();
          cut.push(next.value);
        }
        cut.end();
        reader.end();
      } finally {
        await text.return();
      }
    },
  };
}

/** A column that is wanted. */
interface Wanted {
  readonly at: number;
  readonly name: string;
  readonly sink: CellSink;
  readonly texts: Texts;
}

interface ReaderOptions {
  readonly names: readonly string[] | undefined;
  readonly separator: string;
  readonly decimal: string;
  readonly thousands: string | undefined;
  readonly missing: readonly string[];
}

class Reader {
  readonly #file: string;
  readonly #open: (columns: readonly string[]) => RowSink;
  readonly #options: ReaderOptions;
  readonly #decimal: number;
  readonly #grouped: ((text: string) => number) | undefined;
  /** Words for a missing value but the empty one. */
  readonly #missing: readonly Uint8Array[];
  readonly #emptyMissing: boolean;
  #columns = 0;
  #sink: RowSink | undefined;
  #wanted: readonly Wanted[] = [];
  #rows = 0;

  constructor(file: string, open: (columns: readonly string[]) => RowSink, options: ReaderOptions) {
    this.#file = file;
    this.#open = open;
    this.#options = options;
    this.#decimal = options.decimal.charCodeAt(0);
    this.#grouped = options.thousands === undefined ? undefined : groupedNumbers(options.thousands, options.decimal);
    this.#missing = options.missing.filter((word) => word !== '').map((word) => new TextEncoder().encode(word));
    this.#emptyMissing = options.missing.includes('');
    if (options.names) this.#opened(options.names);
  }

  row(fields: RowFields): void {
    if (!this.#sink) return this.#opened(this.#namesIn(fields));
    const { bytes, starts, ends, count, line } = fields;
    if (count !== this.#columns) throw this.#ragged(fields);
    for (const column of this.#wanted) {
      const from = starts[column.at]!;
      const to = ends[column.at]!;
      const misfit = this.#cell(column, bytes, from, to, line);
      if (misfit) throw this.#misfit(column, bytes.subarray(from, to), line, misfit);
    }
    this.#sink.endRow();
    this.#rows++;
  }

  blank(line: number): void {
    // With several columns an empty line is not a row; with one column it is a row whose cell is empty.
    if (this.#sink && this.#columns === 1) this.row({ bytes: new Uint8Array(), starts: Uint32Array.of(0), ends: Uint32Array.of(0), count: 1, line });
  }

  end(): void {
    if (this.#sink) return;
    throw new PipelineError('E_DATA', `${this.#file} is empty.`, { hint: 'A table begins with a line of names; name a file that has one.' });
  }

  #cell({ sink, texts, name }: Wanted, bytes: Uint8Array, from: number, to: number, line: number): Misfit | undefined {
    if (from === to ? this.#emptyMissing : this.#missing.length > 0 && this.#missing.some((word) => same(word, bytes, from, to - from))) return sink.missing();
    if (sink.numeric) {
      const value = numberIn(bytes, from, to, this.#decimal);
      if (value === value) return sink.number(value);
    }
    try {
      const text = texts.of(bytes, from, to);
      const value = sink.numeric && this.#grouped ? this.#grouped(text) : NaN;
      if (value === value) return sink.number(value);
      return !sink.numeric && text.includes('\0') ? ZERO : sink.text(text);
    } catch (error) {
      if (!isPipelineError(error)) throw error;
      throw new PipelineError('E_DATA', `${this.#where(line)}, column '${name}': ${error.message}`, { hint: error.hint, cause: error });
    }
  }

  #namesIn({ bytes, starts, ends, count }: RowFields): readonly string[] {
    try {
      return Array.from({ length: count }, (_, i) => textOf(bytes, starts[i]!, ends[i]!));
    } catch (error) {
      if (!isPipelineError(error)) throw error;
      throw new PipelineError('E_DATA', `${this.#file}, the line of names: ${error.message}`, { hint: error.hint, cause: error });
    }
  }

  #opened(names: readonly string[]): void {
    const sink = this.#open(names);
    this.#sink = sink;
    this.#columns = names.length;
    this.#wanted = names.flatMap((name, at) => (sink.cells[at] ? [{ at, name, sink: sink.cells[at], texts: new Texts() }] : []));
  }

  #where(line: number): string {
    return `${this.#file}, line ${line} (row ${this.#rows})`;
  }

  #ragged({ bytes, starts, ends, count, line }: RowFields): PipelineError {
    const named = this.#options.names ? 'are named' : 'are named in the first line';
    const { separator, decimal } = this.#options;
    const shown = shownSeparator(separator);
    const other = count === 1 ? otherSeparator(bytes.subarray(starts[0], ends[0]), this.#columns) : undefined;
    const more = Array.from({ length: count - this.#columns }, (_, i) => this.#columns + i);
    const hint =
      other !== undefined
        ? `It is separated by ${shownSeparator(other)}, the first line by ${shown}: write all lines with the same.`
        : count > this.#columns && more.every((i) => starts[i] === ends[i])
          ? `It ends with ${shown}: take that out, or end the line of names with it, too.`
          : `Fields are separated by ${shown}: quote those that hold one${decimal === ',' ? '' : ', or say separator'}.`;
    const message = `${this.#where(line)} has ${count} ${count === 1 ? 'field' : 'fields'}; ${this.#columns} columns ${named}.`;
    return new PipelineError('E_DATA', message, { hint });
  }

  #misfit({ name }: Wanted, cell: Uint8Array, line: number, { wrong, cure }: Misfit): PipelineError {
    const text = new TextDecoder().decode(cell).replaceAll('\0', '\\0');
    return new PipelineError('E_DATA', `${this.#where(line)}, column '${name}': ${text === '' ? 'the cell' : `'${shortened(text)}'`} ${wrong}.`, {
      hint: cure,
    });
  }
}
