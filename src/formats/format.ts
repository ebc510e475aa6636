// What a format of tables must be, whatever is behind it: a file of text, of columns, a query. It names its columns, is told which
// are wanted, and hands over their cells a row after the other. What cells mean is decided behind this: a format knows no roles.
import type { Disk, ReadOptions } from '../core/files.ts';
import type { JsonRecord } from '../core/events.ts';

/** What a place offers a format to read with. */
export type TableReadOptions = Pick<ReadOptions, 'signal' | 'onProgress'> & { readonly disk?: Disk | undefined };

/** A table that is not read yet. */
export interface TableFile {
  /** For messages: `penguins.csv`. */
  readonly name: string;
  /** What decides how it is read, beside its bytes. */
  readonly params: JsonRecord;
  /** Files of this machine that hold it; absent where it is kept elsewhere, and nobody can tell when it changes. */
  readonly files?: readonly URL[] | undefined;
  /**
   * Reads it to its end.
   *
   * @param open is told the names of the columns, once, and about how many rows will come where that can be told; it says where their
   *   cells go
   * @throws E_DATA for what is no such table, naming row, column and value, with a cure; E_FETCH for what is not there
   */
  read(options: TableReadOptions, open: (columns: readonly string[], about: number | undefined) => RowSink): Promise<void>;
}

/** Takes rows. */
export interface RowSink {
  /** Where the cells of each column go; undefined for columns that nobody wants. */
  readonly cells: readonly (CellSink | undefined)[];
  /** All wanted cells of a row were handed over. */
  endRow(): void;
}

/**
 * Takes the cells of one column, in the order of rows. Each call returns nothing, or why the cell does not fit; the format knows
 * where it stands.
 */
export interface CellSink {
  /** Whether cells of text that are written as numbers are wanted as numbers. */
  readonly numeric: boolean;
  /** A finite number. */
  number(value: number): Misfit | undefined;
  text(value: string): Misfit | undefined;
  missing(): Misfit | undefined;
}

/** Why a cell does not fit. */
export interface Misfit {
  /** Behind the cell's value: `is no number`. */
  readonly wrong: string;
  readonly cure: string;
}
