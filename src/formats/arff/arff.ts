// ARFF as a table: its attributes are the columns.
import { PipelineError } from '../../core/errors/errors.ts';
import { shortened } from '../../core/errors/shortened.ts';
import { openBytes, placeOf, type FileLike, type Place } from '../bytes/open.ts';
import type { CellSink, Misfit, RowSink, TableFile } from '../format.ts';
import { ArffParser, linesOf, NUMBER, type ArffCells, type ArffColumn } from './parser.ts';

/**
 * An ARFF file, as OpenML and Weka write it, gzipped or not, with dense or sparse rows. Its attributes are the columns; `?` is a cell
 * without a value, and so is an empty text. What a sparse row leaves out is 0, or the first name of a nominal attribute.
 *
 * Numbers are read exactly as JavaScript reads them. A whole number beyond 2^53 that float64 would round does not count as a number.
 *
 * @param file path relative to the source file that names it, a URL, bytes, or in a page a `File`
 * @throws when it is read: E_FETCH, or E_DATA naming line, row, column and value
 * @example
 * table(arff('iris.arff'), { sepallength: number(), petallength: number(), class: label() });
 */
export function arff(file: FileLike): TableFile {
  return arffAt(placeOf('arff', file));
}

/** The same, of a place that is known. */
export function arffAt(place: Place): TableFile {
  const { name } = place;
  return {
    name,
    params: { format: 'arff' },
    ...(place.at instanceof URL && place.at.protocol === 'file:' ? { files: [place.at] } : {}),
    async read(options, open) {
      const { bytes } = await openBytes(place, options);
      let cells: readonly Cell[] = [];
      let sink: RowSink | undefined;
      const parser: ArffParser = new ArffParser(name, {
        texts: true,
        firstRow: 0,
        open(columns) {
          const opened = open(
            columns.map((column) => column.name),
            undefined,
          );
          sink = opened;
          cells = columns.map((column, i) => new Cell(column, opened.cells[i]));
          return cells.map(({ plain }) => plain);
        },
        number: (column, value) => taken(column, cells[column]!.sink?.number(value), value),
        word: (column, word, quoted) => taken(column, cells[column]!.put(word, quoted), word),
        leftOut: (column) => taken(column, cells[column]!.leaveOut(), ''),
        endRow: () => sink!.endRow(),
      });
      const taken = (column: number, misfit: Misfit | undefined, cell: string | number): void => {
        if (!misfit) return;
        const text = String(cell);
        const shown = text === '' ? 'the cell' : `'${shortened(text)}'`;
        const where = `${name}, ${parser.place}, column '${parser.columns[column]!.name}'`;
        throw new PipelineError('E_DATA', `${where}: ${shown} ${misfit.wrong}.`, { hint: misfit.cure });
      };
      for await (const lines of linesOf(name, bytes)) {
        options.signal?.throwIfAborted();
        for (const line of lines) parser.line(line);
      }
      parser.end();
    },
  };
}

/** The columns that a file declares. @throws E_DATA for what is not ARFF */
export async function arffColumns(name: string, bytes: AsyncIterable<Uint8Array>): Promise<readonly ArffColumn[]> {
  const nothing: Omit<ArffCells, 'texts' | 'firstRow'> = {
    open: (columns) => columns.map(() => false),
    number: () => {},
    word: () => {},
    leftOut: () => {},
    endRow: () => {},
  };
  const parser = new ArffParser(name, { texts: true, firstRow: 0, ...nothing });
  for await (const lines of linesOf(name, bytes)) {
    for (const line of lines) {
      parser.line(line);
      if (parser.opened) return parser.columns;
    }
  }
  parser.end();
  return parser.columns;
}

/** Cells of one column, on their way to where they are wanted. */
class Cell {
  readonly sink: CellSink | undefined;
  /** Whole numbers need not be read as texts: they are wanted as numbers, or not at all. */
  readonly plain: boolean;
  readonly #type: ArffColumn['type'];
  readonly #values: ReadonlySet<string>;
  readonly #first: string;

  constructor({ type, values = [] }: ArffColumn, sink: CellSink | undefined) {
    this.sink = sink;
    this.plain = type === 'number' && (sink === undefined || sink.numeric);
    this.#type = type;
    this.#values = new Set(values);
    this.#first = values[0] ?? '';
  }

  put(word: string, quoted: boolean): Misfit | undefined {
    const { sink } = this;
    if (!sink) return undefined;
    if (word === '?' && !quoted) return sink.missing();
    if (this.#type === 'nominal') {
      if (!this.#values.has(word)) return { wrong: 'is none of the names that @attribute lists', cure: 'Add it there, or correct the cell.' };
      return this.#named(sink, word);
    }
    if (word === '') return quoted ? sink.missing() : { wrong: 'is empty', cure: 'Write ? for a cell without a value.' };
    if (this.#type !== 'number') return sink.text(word);
    const value = NUMBER.test(word) ? Number(word) : NaN;
    if (sink.numeric && Number.isFinite(value) && (!/^[+-]?\d+$/.test(word) || BigInt(value) === BigInt(word))) return sink.number(value);
    const misfit = sink.text(word);
    // Cures of other formats are of no use here.
    return misfit && Number.isNaN(value) ? { wrong: misfit.wrong, cure: 'Correct it, or write ? for a cell without a value.' } : misfit;
  }

  leaveOut(): Misfit | undefined {
    const { sink } = this;
    if (!sink) return undefined;
    if (this.#type === 'number') return sink.numeric ? sink.number(0) : sink.text('0');
    if (this.#type === 'nominal') return this.#named(sink, this.#first);
    return { wrong: 'is left out by a sparse row, which means 0, and this column holds texts', cure: 'Write the cell, or ? where it has no value.' };
  }

  /** A column of names may be one of numbers, such as {0,1}. */
  #named(sink: CellSink, name: string): Misfit | undefined {
    return sink.numeric && NUMBER.test(name) && Number.isFinite(Number(name)) ? sink.number(Number(name)) : sink.text(name);
  }
}
