// Rows of a request: JSON by column names, or in the order of the columns. What does not fit is told with its place in the JSON.
import { didYouMean } from '../../../core/errors/didYouMean.ts';
import { PipelineError } from '../../../core/errors/errors.ts';
import { shortened } from '../../../core/errors/shortened.ts';
import { mayBeRounded, ROUNDED } from '../../../formats/json/objects.ts';
import type { DatePart } from '../../../tables/dates.ts';
import type { RowShape } from '../asked.ts';
import { cellsOf, NO_DATE, NO_NUMBER } from '../cells.ts';
import { DATE_PART } from '../rows.ts';

/** Rows that a request asks about. */
export interface RequestRows {
  readonly count: number;
  /** `[count][cols]`, names as codes. */
  readonly data: Float64Array;
  /** Names that the model does not know, behind those that it knows, by column. */
  readonly unknown: ReadonlyMap<number, readonly string[]>;
  /** Probabilities are asked for, too. */
  readonly proba: boolean;
}

/** @param whole whether the value is the date that the column of the model is a part of */
type Cell = (value: unknown, where: () => string, whole: boolean) => number;

/** Where a column of the model stands in a list. */
interface Place {
  readonly at: number;
  readonly whole: boolean;
}

/** @returns reads the JSON of a request @throws E_DATA, by what it returns, naming what arrived and what was needed */
export function requestReader(shape: RowShape, mostRows: number): (body: string) => RequestRows {
  const { columns, cols, categories } = shape;
  const known = categories?.map((names) => names && new Map(names.map((name, code) => [name, code])));
  /** Where a column may be found that is a part of a date. */
  const parts = columns?.map((column) => DATE_PART.exec(column));

  return (body) => {
    const asked = parsed(body);
    const { proba = false, rows, columns: order, data: values, ...more } = asked;
    const odd = Object.keys(more)[0];
    if (odd !== undefined) throw refused(`The request has a field '${shortened(odd)}'`, 'rows, or columns and data, and proba');
    if (typeof proba !== 'boolean') throw refused(`proba is ${shown(proba)}`, 'true or false');
    if (rows !== undefined && (order !== undefined || values !== undefined))
      throw refused(`The request has rows and ${values === undefined ? 'columns' : 'data'}`, 'rows, or columns and data');
    const lists = rows === undefined ? listsOf(order, values) : undefined;
    const given = rows === undefined ? lists!.data : rows;
    const called = rows === undefined ? 'data' : 'rows';
    if (!Array.isArray(given)) throw refused(`${called} is ${shown(given)}`, 'a list of rows');
    if (given.length === 0) throw refused(`${called} is empty`, 'at least one row');
    if (given.length > mostRows)
      throw new PipelineError('E_DATA', `${called} has ${given.length} rows; ${mostRows} at most are answered at once.`, {
        hint: 'Send them in several requests.',
      });
    const width = columns?.length ?? cols ?? widthOf(given, called);
    const data = new Float64Array(given.length * width);
    const unknown = new Map<number, string[]>();
    const cells = Array.from({ length: width }, (_, j): Cell => cellOf(j, unknown));
    const places = lists?.columns && placesOf(lists.columns);
    for (const [i, row] of (given as readonly unknown[]).entries()) {
      if (Array.isArray(row)) fromList(row, `${called}[${i}]`, data, i * width, cells, places, lists?.columns?.length ?? width);
      else if (typeof row === 'object' && row !== null && columns)
        fromObject(row as Readonly<Record<string, unknown>>, `${called}[${i}]`, data, i * width, cells);
      else throw refused(`${called}[${i}] is ${shown(row)}`, columns ? 'an object with a value for each column, or a list' : `a list of ${width} numbers`);
    }
    return { count: given.length, data, unknown, proba };
  };

  /** Where each column of the model stands among those of the request. */
  function placesOf(order: readonly string[]): readonly Place[] {
    if (!columns) throw refused('The request names columns', 'lists of numbers: the model was fitted on columns without names');
    const places = new Map(order.map((name, at) => [name, at]));
    const twice = places.size < order.length ? order.find((name, at) => places.get(name) !== at) : undefined;
    if (twice !== undefined) throw refused(`columns names '${shortened(twice)}' twice`, 'each column once');
    return columns.map((column, j) => {
      const own = places.get(column);
      const base = parts![j]?.[1];
      const at = own ?? (base === undefined ? undefined : places.get(base));
      if (at === undefined) throw lacking('columns', column, order);
      return { at, whole: own === undefined };
    });
  }

  function fromList(
    row: readonly unknown[],
    where: string,
    data: Float64Array,
    at: number,
    cells: readonly Cell[],
    places: readonly Place[] | undefined,
    length: number,
  ): void {
    if (row.length !== length) throw refused(`${where} has ${row.length} values`, `${length}, one for each column`);
    for (let j = 0; j < cells.length; j++) {
      const { at: place, whole } = places?.[j] ?? { at: j, whole: false };
      const value = row[place];
      data[at + j] = !whole && plain(value, j) ? value : cells[j]!(value, () => `${where}[${place}]${columns ? ` (${columns[j]})` : ''}`, whole);
    }
  }

  function fromObject(row: Readonly<Record<string, unknown>>, where: string, data: Float64Array, at: number, cells: readonly Cell[]): void {
    for (let j = 0; j < cells.length; j++) {
      const column = columns![j]!;
      const base = parts![j]?.[1];
      const name = base !== undefined && !Object.hasOwn(row, column) && Object.hasOwn(row, base) ? base : column;
      if (!Object.hasOwn(row, name)) throw lacking(where, column, Object.keys(row));
      const value = row[name];
      const whole = name !== column;
      data[at + j] = !whole && plain(value, j) ? value : cells[j]!(value, () => `${where}.${name}`, whole);
    }
  }

  function plain(value: unknown, j: number): value is number {
    return typeof value === 'number' && value - value === 0 && !mayBeRounded(value) && !known?.[j];
  }

  function cellOf(j: number, unknown: Map<number, string[]>): Cell {
    const code = (name: string): number => {
      const names = known![j]!;
      const own = names.get(name);
      if (own !== undefined) return own;
      const more = unknown.get(j) ?? [];
      unknown.set(j, more);
      const at = more.indexOf(name);
      return names.size + (at >= 0 ? at : more.push(name) - 1);
    };
    const own = cellsOf(shape, { column: j }, code);
    const ofDate = parts?.[j] ? cellsOf(shape, { column: j, part: parts[j][2] as DatePart }, code) : own;
    return (value, where, whole) => {
      const cells = whole ? ofDate : own;
      if (typeof value === 'number' && value - value !== 0) throw refused(`${where()} is too large`, 'a number');
      if (typeof value === 'number' && mayBeRounded(value))
        throw refused(`${where()} ${ROUNDED}`, cells.named ? 'the name between quotes' : 'a measure in a larger unit');
      const made =
        value === null
          ? cells.missing()
          : typeof value === 'number'
            ? cells.number(value)
            : typeof value === 'string' || typeof value === 'boolean'
              ? cells.text(String(value))
              : undefined;
      if (typeof made === 'number') return made;
      const needed = made?.needed ?? (cells.named ? 'one of the names of the column' : cells.dated ? NO_DATE.needed : NO_NUMBER.needed);
      throw refused(`${where()} is ${shown(value)}`, needed);
    };
  }
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw refused(body.length === 0 ? 'The request is empty' : 'The request is no JSON', 'an object with rows');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  throw refused(`The request is ${shown(value)}`, 'an object with rows');
}

function listsOf(columns: unknown, data: unknown): { readonly columns: readonly string[] | undefined; readonly data: unknown } {
  if (data === undefined) throw refused('The request has no rows', 'rows: [...], or columns: [...] and data: [[...], ...]');
  if (columns !== undefined && !(Array.isArray(columns) && columns.every((column) => typeof column === 'string')))
    throw refused(`columns is ${shown(columns)}`, 'a list of names');
  return { columns: columns as readonly string[] | undefined, data };
}

/** Columns of rows where the model does not say how many it takes: as many values as the first row has. */
function widthOf(rows: readonly unknown[], called: string): number {
  const [first] = rows;
  for (const [i, row] of rows.entries()) {
    if (!Array.isArray(row) || row.length === 0) throw refused(`${called}[${i}] is ${Array.isArray(row) ? 'empty' : shown(row)}`, 'a list of numbers');
    const { length } = first as readonly unknown[];
    if (row.length !== length) throw refused(`${called}[${i}] has ${row.length} values`, `${length}, as in the first row`);
  }
  return (first as readonly unknown[]).length;
}

function lacking(where: string, column: string, there: readonly string[]): PipelineError {
  return new PipelineError('E_DATA', `${where} has no '${column}', a column of the model.`, {
    hint: didYouMean(
      column,
      there.slice(0, 50).map((name) => shortened(name)),
      'It has',
    ),
  });
}

function refused(what: string, needed: string): PipelineError {
  return new PipelineError('E_DATA', `${what}; needed: ${needed}.`);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return shortened(text);
}
