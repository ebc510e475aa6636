// What a table format must offer, whatever its source: a text file, a columnar file, a query. It names its columns, is told which are
// wanted, and hands over their cells row by row. What cells mean is decided by the caller: a format knows no roles.
import type { Disk, FileStore, ReadOptions } from '../core/files.ts';
import type { JsonRecord } from '../core/events.ts';

/** What a format is given to read with. */
export type TableReadOptions = Pick<ReadOptions, 'signal' | 'onProgress' | 'onWarning'> & {
  readonly disk?: Disk | undefined;
  /** For what is downloaded and kept. Absent where one file is looked at, outside any run. */
  readonly files?: FileStore | undefined;
};

/** A table that has not been read yet. */
export interface TableFile {
  /** For messages: `penguins.csv`. */
  readonly name: string;
  /** What determines how it is read, besides its bytes. */
  readonly params: JsonRecord;
  /** Files on this machine that hold it; absent if it is kept elsewhere, where nobody can tell when it changes. */
  readonly files?: readonly URL[] | undefined;
  /** Names the bytes, where they are known in advance. */
  readonly digest?: string | undefined;
  /**
   * Reads it to its end.
   *
   * @param open call it once with the names of the columns and, if known, about how many rows will come, and what the file says of its
   *   columns besides; it returns where their cells go
   * @throws E_DATA for anything that is not such a table, naming row, column and value, with a cure; E_FETCH if nothing is there
   */
  read(options: TableReadOptions, open: (columns: readonly string[], about: number | undefined, notes?: TableNotes) => RowSink): Promise<void>;
}

/** What a file says of its columns beside their names. */
export interface TableNotes {
  /** By column: what the classes are called that its whole numbers stand for, `classNames[column][number]`. */
  readonly classNames?: Readonly<Record<string, readonly string[]>> | undefined;
  /** By column: all names that its cells may have, in their order. */
  readonly names?: Readonly<Record<string, readonly string[]>> | undefined;
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
  /** Bytes of any kind, such as a picture; they may change after the call. A column that has no use for them leaves it out and gets texts. */
  bytes?(bytes: Uint8Array): Misfit | undefined;
  /** Takes it that the column holds something else than single values, such as `lists or structs`. Without this, that is an error. */
  unreadable?(what: string): void;
}

/** Why a cell does not fit. */
export interface Misfit {
  /** Follows the cell's value in messages: `is no number`. */
  readonly wrong: string;
  readonly cure: string;
}
