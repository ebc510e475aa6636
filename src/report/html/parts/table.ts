// A table for people, with the same as a file for programs: all rows, with all digits.
import { toBase64 } from '../../../core/encoding/base64.ts';
import { html, Markup } from '../../markup.ts';
import { number } from '../../terminal/format.ts';

/** Rows of a page; a file has all. */
const MOST_ROWS = 200;

export type Cell = string | number | boolean | null | undefined | Markup;

export interface Column<R> {
  readonly name: string;
  readonly of: (row: R) => Cell;
  /** How a number is written; in four digits by default. */
  readonly text?: (value: number) => string;
}

export interface TableOf<R> {
  /** What it is about, for those who cannot see where it stands; the file is called so, too. */
  readonly label: string;
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  /** Rows at the end that sum up the others. */
  readonly totals?: number;
  /** What the file has, where that is not the same; false for a part of a table whose file stands elsewhere. */
  readonly file?: Pick<TableOf<R>, 'columns' | 'rows'> | false;
}

/** Longer texts stand in lines of their own on a phone. */
const SHORT = 24;
interface Room {
  /** Letters that fit beside each other, bold ones of a wide font. */
  readonly letters: number;
  /** Those that the space around a column takes. */
  readonly around: number;
}
/** A bar or a small chart in a cell. */
const DRAWN = 12;
const PHONE: Room = { letters: 41, around: 0.8 };
const PAPER: Room = { letters: 104, around: 3 };
const SCREEN: Room = { letters: 114, around: 2.2 };

/** Of each row the first cell is its name. On a phone a wide table is a block for each row, on paper a very wide one. */
export function table<R>({ label, columns, rows, totals = 0, file }: TableOf<R>): Markup {
  const left = rows.length - MOST_ROWS;
  const numeric = columns.map(
    ({ of }) => rows.length > 0 && rows.every((row) => isNumeric(of(row))) && rows.some((row) => typeof of(row) === 'number' || isDate(of(row))),
  );
  const cell = ({ of, text = number, name }: Column<R>, row: R, j: number): Markup => {
    const value = of(row);
    const written = typeof value === 'number' ? text(value) : value === null || value === undefined ? '-' : typeof value === 'boolean' ? String(value) : value;
    if (j === 0) return html`<th scope="row">${written}</th>`;
    const kinds = [numeric[j] === true ? 'number' : long(value) ? 'long' : '', written === '-' ? 'none' : ''].filter((kind) => kind !== '');
    return html`<td${new Markup(kinds.length > 0 ? ` class="${kinds.join(' ')}"` : '')} data-label="${name}">${written}</td>`;
  };
  const shown = rows.slice(0, MOST_ROWS);
  const isWide = !fits(columns, rows, PAPER);
  const isStacked = isWide || !fits(columns, rows, PHONE) || rows.some((row) => columns.some(({ of }) => long(of(row))));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
      <table${isStacked && new Markup(` class="stacked${isWide ? ' wide' : ''}"`)}>
        <thead>
          <tr>
            ${columns.map(({ name }, j) => html`<th scope="col" ${numeric[j] === true && j > 0 && new Markup(' class="number"')}>${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            (row, i) =>
              html`<tr${i >= rows.length - totals && new Markup(' class="total"')}>
                ${columns.map((column, j) => cell(column, row, j))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${
      (left > 0 || file !== false) &&
      html`<p class="note files">
        ${left > 0 && `${number(left)} more rows in the file${file === false ? '.' : ': '}`}${file !== false && download(`${label}.csv`, 'text/csv', csv(file ?? { columns, rows }), 'CSV')}
      </p>`
    }`;
}

/** Of `more`, the first that fit beside `fixed` on a screen: the file has room for the others. */
export function fitting<R>(fixed: readonly Column<R>[], more: readonly Column<R>[], rows: readonly R[]): readonly Column<R>[] {
  const past = more.findIndex((_, i) => !fits([...fixed, ...more.slice(0, i + 1)], rows, SCREEN));
  return past < 0 ? more : more.slice(0, Math.max(1, past));
}

function fits<R>(columns: readonly Column<R>[], rows: readonly R[], { letters, around }: Room): boolean {
  const widths = columns.map(({ of, name, text = number }) => {
    const cells = rows.slice(0, MOST_ROWS).map((row) => lettersOf(of(row), text));
    return Math.max(longestWord(name), ...cells) + around;
  });
  return widths.reduce((sum, width) => sum + width, 0) <= letters;
}

/** Numbers and words are not cut, but those of long texts. */
function lettersOf(value: Cell, text: (value: number) => string): number {
  if (value instanceof Markup) return DRAWN;
  if (typeof value === 'number') return text(value).length;
  return typeof value !== 'string' || long(value) ? 0 : isDate(value) ? value.length : longestWord(value);
}

function long(value: Cell): boolean {
  return typeof value === 'string' && value.length > SHORT;
}

function longestWord(text: string): number {
  return Math.max(...text.split(' ').map(({ length }) => length));
}

/** Dates stand below each other as numbers do. */
function isNumeric(value: Cell): boolean {
  return typeof value === 'number' || value === null || value === undefined || value === '' || isDate(value);
}

function isDate(value: Cell): boolean {
  return typeof value === 'string' && /^-?\d{4,}-\d\d-\d\d(T|$)/.test(value);
}

/** A value of the data in four digits, or as many as stand before the point; whole numbers as they are. */
export function asGiven(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(Math.max(4, Math.trunc(Math.abs(value)).toString().length))));
}

/** A link that gives a file without any network: the file is in the link. */
export function download(file: string, type: string, text: string, what: string): Markup {
  const href = `data:${type};charset=utf-8;base64,${toBase64(new TextEncoder().encode(text))}`;
  return html`<a download="${file.replaceAll(/[^\w.-]+/g, '-')}" href="${href}">${what}</a>`;
}

function csv<R>({ columns, rows }: Pick<TableOf<R>, 'columns' | 'rows'>): string {
  const plain = columns.filter(({ of }) => !rows.some((row) => of(row) instanceof Markup));
  const line = (cells: readonly string[]): string => `${cells.join(',')}\r\n`;
  const textOf = (value: Cell): string => {
    const text = value === null || value === undefined || Number.isNaN(value) ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return line(plain.map(({ name }) => textOf(name))) + rows.map((row) => line(plain.map(({ of }) => textOf(of(row))))).join('');
}
