// Hands rows over from columns that arrive in pieces of different lengths, as those of a file do.
import { isPipelineError, PipelineError } from '../../core/errors/errors.ts';
import { shortened } from '../../core/errors/shortened.ts';
import type { CellSink, Misfit, RowSink } from '../format.ts';
import type { Cells } from './cells.ts';

/** A column that is wanted, and the piece of it that is being read. */
export interface OpenColumn {
  readonly name: string;
  readonly sink: CellSink;
  cells: Cells;
  /** Of the next row, in `cells`. */
  at: number;
}

export class Rows {
  readonly #file: string;
  readonly #sink: RowSink;
  #rows = 0;

  constructor(file: string, sink: RowSink) {
    this.#file = file;
    this.#sink = sink;
  }

  get count(): number {
    return this.#rows;
  }

  /** @throws E_DATA naming row, column and value of a cell that does not fit */
  put(columns: readonly OpenColumn[], rows: number): void {
    for (let i = 0; i < rows; i++) {
      for (const column of columns) this.#cell(column);
      this.#sink.endRow();
      this.#rows++;
    }
  }

  #cell(column: OpenColumn): void {
    const { sink, cells } = column;
    let misfit: Misfit | undefined;
    try {
      misfit = cells.put(column.at++, sink);
    } catch (error) {
      if (!isPipelineError(error)) throw error;
      if (sink.unreadable) return sink.unreadable('bytes that are no text');
      throw this.#refused(column, error.message, error.hint);
    }
    if (misfit) throw this.#refused(column, `${shownCell(cells, column.at - 1)} ${misfit.wrong}.`, misfit.cure);
  }

  #refused({ name }: OpenColumn, what: string, hint: string | undefined): PipelineError {
    return new PipelineError('E_DATA', `${this.#file}, row ${this.#rows}, column '${name}': ${what}`, { hint });
  }
}

function shownCell(cells: Cells, at: number): string {
  let shown = 'the cell';
  const show = (text: string): undefined => void (shown = `'${shortened(text)}'`);
  cells.put(at, { numeric: false, number: (value) => show(String(value)), text: show, missing: () => undefined });
  return shown;
}

/**
 * Whether a column that is wanted has cells.
 *
 * @param meaning what its cells are; undefined for what no column of a schema is
 * @param type as the file calls it
 * @throws E_DATA for a column without, unless its sink can do without
 */
export function takesColumn<M>(file: string, name: string, sink: CellSink, meaning: M | undefined, nested: boolean, type: string): meaning is M {
  if (meaning !== undefined) return true;
  const holds = nested ? 'lists or structs' : `values of a type that no column of a table is (${type})`;
  if (!sink.unreadable) {
    throw new PipelineError('E_DATA', `${file}: column '${name}' holds ${holds}.`, {
      hint: nested
        ? `Leave it out of the schema, or write its parts as columns of their own; of structs in Parquet they are: '${name}.part'.`
        : 'Leave it out of the schema, or write it as numbers or texts.',
    });
  }
  sink.unreadable(holds);
  return false;
}

/** A column before its first piece. */
export function opened(name: string, sink: CellSink): OpenColumn {
  return { name, sink, cells: { length: 0, put: () => undefined }, at: 0 };
}
