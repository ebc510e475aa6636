// Rows for a model that is asked, cell by cell: columns are found by their names, in any order, and a cell that the model cannot be asked
// about is told with its place.
import { shortened } from '../../core/errors/shortened.ts';
import { didYouMean } from '../../core/errors/didYouMean.ts';
import { PipelineError, isPipelineError } from '../../core/errors/errors.ts';
import { matrix } from '../../core/data/matrix.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import type { CellSink, Misfit } from '../../formats/format.ts';
import { DATE_PARTS, type DatePart } from '../../tables/dates.ts';
import type { RowShape } from './asked.ts';
import { cellsOf, type Cells, type Target, type Unfit } from './cells.ts';

/** Rows that are asked of together. */
export interface Block {
  readonly rows: RowsOf;
  /** Position of the first among all. */
  readonly from: number;
  /** What they are called, where a column says it. */
  readonly ids: readonly string[] | undefined;
  /** What the model may refuse of these rows: the first gap, and the first name that it does not know. */
  readonly odd: readonly string[];
}

export const DATE_PART = new RegExp(`^(.+)_(${DATE_PARTS.join('|')})$`);
const MOST_LISTED = 8;

/** Collects cells until there are enough rows. */
export class RowBlocks {
  readonly #name: string;
  readonly #shape: RowShape;
  readonly #cols: number;
  readonly #most: number;
  readonly #ready: (block: Block) => void;
  /** One for each column of the file; undefined for what is not wanted. */
  readonly cells: readonly (CellSink | undefined)[];
  /** Columns of the file that the model has no use for. */
  readonly ignored: readonly string[];
  #data: Float64Array;
  /** Names of each column, those that came up in the block behind those that the model knows. */
  #codes: (Map<string, number> | undefined)[] = [];
  #ids: string[] | undefined;
  #odd = new Map<'gap' | 'name', string>();
  #rows = 0;
  #from = 0;

  /**
   * @param name of what the rows come from, for messages
   * @param columns of the file
   * @param options.id the column that says what rows are called
   * @param options.ready takes blocks of `most` rows, and at the end one that has fewer
   * @throws E_DATA naming columns of the model that are not there
   */
  constructor(
    name: string,
    columns: readonly string[],
    shape: RowShape,
    { id, most, ready }: { readonly id?: string | undefined; readonly most: number; readonly ready: (block: Block) => void },
  ) {
    this.#name = name;
    this.#shape = shape;
    this.#most = most;
    this.#ready = ready;
    const own = id === undefined || shape.columns ? columns : columns.filter((column) => column !== id);
    this.#cols = shape.columns?.length ?? own.length;
    if (!shape.columns && shape.cols !== undefined && own.length !== shape.cols) {
      throw new PipelineError('E_DATA', `${name} has ${own.length} columns; the model was fitted on ${shape.cols} columns without names.`, {
        hint: 'Give these columns alone, in the order of the rows that it was fitted on.',
      });
    }
    const targets = targetsOf(name, columns, shape, id);
    this.cells = columns.map((column, at) => {
      const own = targets[at] && this.#sinkOf(column, targets[at]);
      return column === id ? this.#idSink(own) : own;
    });
    if (id !== undefined && !columns.includes(id))
      throw new PipelineError('E_USAGE', `${name} has no column '${id}'.`, { hint: didYouMean(id, columns, 'Columns') });
    this.ignored = columns.filter((_, at) => this.cells[at] === undefined);
    if (id !== undefined) this.#ids = [];
    this.#data = this.#begin();
  }

  endRow(): void {
    this.#rows++;
    if (this.#rows === this.#most) this.end();
  }

  /** Hands over what there is. */
  end(): void {
    if (this.#rows === 0) return;
    const [rows, cols] = [this.#rows, this.#cols];
    const { columns, categories } = this.#shape;
    const names = categories?.map((own, j) => own && [...this.#codes[j]!.keys()]);
    const x = { ...matrix(rows, cols, this.#data.subarray(0, rows * cols)), ...(names ? { categories: names } : {}) };
    const ids = Uint32Array.from({ length: rows }, (_, row) => row);
    const block = { from: this.#from, ids: this.#ids, odd: [...this.#odd.values()], rows: { name: this.#name, x, rows: ids, ...(columns ? { columns } : {}) } };
    this.#from += rows;
    this.#rows = 0;
    if (this.#ids) this.#ids = [];
    this.#data = this.#begin();
    this.#ready(block);
  }

  #begin(): Float64Array {
    this.#codes = this.#shape.categories?.map((names) => (names ? new Map(names.map((name, code) => [name, code])) : undefined)) ?? [];
    this.#odd = new Map();
    return new Float64Array(this.#most * this.#cols);
  }

  #where(column: string): string {
    return `row ${this.#from + this.#rows}, column '${column}'`;
  }

  /** @param own what the model is told of the column, where it has a use for it */
  #idSink(own?: CellSink): CellSink {
    const put = (id: string): undefined => void this.#ids!.push(id);
    const sink: CellSink = {
      numeric: own?.numeric ?? false,
      text: (text) => own?.text(text) ?? put(text),
      number: (value) => own?.number(value) ?? put(String(value)),
      missing: () => own?.missing() ?? put(''),
    };
    return own?.moment ? { ...sink, moment: (time) => own.moment!(time) ?? put(new Date(time).toISOString().replace('T00:00:00.000Z', '')) } : sink;
  }

  #sinkOf(column: string, targets: readonly Target[]): CellSink {
    const each = targets.map((target) => ({ target, cells: cellsOf(this.#shape, target, (name) => this.#codeOf(column, target.column, name)) }));
    const put = (of: (cells: Cells) => number | Unfit): Misfit | undefined => {
      for (const { target, cells } of each) {
        const value = of(cells);
        if (typeof value !== 'number') return value;
        if (Number.isNaN(value) && !this.#odd.has('gap')) this.#odd.set('gap', `${this.#where(column)} has no value`);
        this.#data[this.#rows * this.#cols + target.column] = value;
      }
      return undefined;
    };
    const { named, dated } = each[0]!.cells;
    const sink: CellSink = {
      numeric: !named && !dated,
      missing: () => put((cells) => cells.missing()),
      text: (text) => put((cells) => cells.text(text)),
      number: (value) => put((cells) => cells.number(value)),
    };
    return dated ? { ...sink, moment: (milliseconds) => put((cells) => cells.moment(milliseconds)) } : sink;
  }

  #codeOf(column: string, j: number, name: string): number {
    const codes = this.#codes[j]!;
    const known = codes.get(name);
    if (known !== undefined) return known;
    // Texts that are split into words are all new.
    if (this.#shape.categories![j]!.length > 0 && !this.#odd.has('name'))
      this.#odd.set('name', `${this.#where(column)}: '${shortened(name)}' is none of the names that the model knows`);
    const code = codes.size;
    codes.set(name, code);
    return code;
  }
}

/** Whether columns are called x0, x1, ...: what those of a model that knows no names are in exported files. */
export function isNumbered(columns: readonly string[]): boolean {
  return columns.every((column, at) => column === `x${at}`);
}

/** For each column of the file, which columns of the model it fills. */
function targetsOf(name: string, columns: readonly string[], { columns: named }: RowShape, id: string | undefined): readonly (readonly Target[] | undefined)[] {
  const own = columns.filter((column) => column !== id).toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  const wanted = named ?? (isNumbered(own) ? own : undefined);
  if (!wanted) {
    let at = 0;
    return columns.map((column) => (column === id ? undefined : [{ column: at++ }]));
  }
  const out: (Target[] | undefined)[] = columns.map(() => undefined);
  const missing: string[] = [];
  for (const [column, called] of wanted.entries()) {
    const [, base = '', part] = DATE_PART.exec(called) ?? [];
    const own = columns.includes(called) ? called : base;
    const at = columns.indexOf(own);
    if (at < 0) missing.push(called);
    else if (columns.lastIndexOf(own) !== at) throw new PipelineError('E_DATA', `${name} has two columns '${own}'.`, { hint: 'Rename one of them.' });
    else (out[at] ??= []).push(own === called ? { column } : { column, part: part as DatePart });
  }
  if (missing.length === 0) return out;
  const listed = missing.slice(0, MOST_LISTED).map((column) => `'${column}'`);
  const more = missing.length > listed.length ? ` and ${missing.length - listed.length} more` : '';
  throw new PipelineError(
    'E_DATA',
    `${name} lacks ${missing.length === 1 ? 'a column' : `${missing.length} columns`} of the model: ${listed.join(', ')}${more}.`,
    {
      hint: didYouMean(missing[0]!, columns, 'It has'),
    },
  );
}

/** What the model refuses of a block, with the cell that it is about where one is out of the ordinary. */
export function refusedBlock(name: string, { odd, from, rows }: Block, error: unknown): unknown {
  if (!isPipelineError(error) || error.code === 'E_DEVICE') return error;
  const where = odd.length > 0 ? odd.join('; ') : rows.rows.length === 1 ? `row ${from}` : `rows ${from} to ${from + rows.rows.length - 1}`;
  const message = error.message
    .replace(/ of row (\d+)/, (_, row) => ` of row ${from + Number(row)}`)
    .replace(/^[a-z](?=[a-z]* )/, (first) => first.toUpperCase());
  return new PipelineError(error.code, `${name}, ${where}. ${message}`, { hint: error.hint, cause: error });
}
