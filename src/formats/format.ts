// What a table format must offer, whatever its source: a text file, a columnar file, a query. It names its columns, is told which are
// wanted, and hands over their cells row by row. What cells mean is decided by the caller: a format knows no roles.
import type { Disk, ReadOptions } from '../core/files.ts';
import type { JsonRecord } from '../core/events.ts';

/** What a format is given to read with. */
export type TableReadOptions = Pick<ReadOptions, 'signal' | 'onProgress'> & { readonly disk?: Disk | undefined };

/** A table that has not been read yet. */
export interface TableFile {
  /** For messages: `penguins.csv`. */
  readonly name: string;
  /** What determines how it is read, besides its bytes. */
  readonly params: JsonRecord;
  /** Files on this machine that hold it; absent if it is kept elsewhere, where nobody can tell when it changes. */
  readonly files?: readonly URL[] | undefined;
  /**
   * Reads it to its end.
   *
   * @param open call it once with the names of the columns and, if known, about how many rows will come; it returns where their cells
   *   go
   * @throws E_DATA for anything that is not such a table, naming row, column and value, with a cure; E_FETCH if nothing is there
   */
  read(options: TableReadOptions, open: (columns: readonly string[], about: number | undefined) => RowSink): Promise<void>;
}

/** Takes rows. */
export interface RowSink {
  /** Where the cells of each column go; undefined for columns that are not wanted. */
  readonly cells: readonly (CellSink | undefined)[];
  /** Call this when all wanted cells of a row have been handed over. */
  endRow(): void;
}

/**
 * Takes the cells of one column, in the order of rows. Each call returns nothing, or why the cell does not fit; the format knows which
 * cell it was.
 */
export interface CellSink {
  /** Whether text cells that look like numbers are wanted as numbers. */
  readonly numeric: boolean;
  /** A finite number. */
  number(value: number): Misfit | undefined;
  text(value: string): Misfit | undefined;
  missing(): Misfit | undefined;
  /** A moment, in milliseconds since 1970 (UTC). A column that has no use for moments leaves it out and gets them as texts, in ISO 8601. */
  moment?(milliseconds: number): Misfit | undefined;
}

/** Why a cell does not fit. */
export interface Misfit {
  /** Follows the cell's value in messages: `is no number`. */
  readonly wrong: string;
  readonly cure: string;
}
