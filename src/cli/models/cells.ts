// What a cell is to a model that is asked, whether it comes of a file or of a request.
import { datePart, dateReader, type DatePart } from '../../tables/dates.ts';
import type { RowShape } from './asked.ts';

/** How a column that was given becomes one of the model. */
export interface Target {
  /** Position of the model's. */
  readonly column: number;
  /** Of the date that was given. */
  readonly part?: DatePart | undefined;
}

/** Why a cell does not fit. */
export interface Unfit {
  /** Follows the cell's value in messages. */
  readonly wrong: string;
  readonly needed: string;
  readonly cure: string;
}

/** The number that a cell is to the model. */
export interface Cells {
  /** Of a column of names. */
  readonly named: boolean;
  /** Of a column of moments, or of parts of them. */
  readonly dated: boolean;
  missing(): number | Unfit;
  number(value: number): number | Unfit;
  /** Booleans are the words `true` and `false`. */
  text(value: string): number | Unfit;
  /** @param milliseconds since 1970 */
  moment(milliseconds: number): number;
}

export const NO_DATE: Unfit = { wrong: 'is no date such as 2012-01-31', needed: 'a date such as 2012-01-31', cure: 'Write dates as in ISO 8601.' };
export const NO_NUMBER: Unfit = {
  wrong: 'is no number',
  needed: 'a number',
  cure: 'The model was fitted on numbers in this column; correct it, or say how numbers are written by --decimal and --thousands.',
};
const NO_VALUE: Unfit = { wrong: 'has no value', needed: 'a value: the model takes no gaps', cure: 'Fill it: the model takes no gaps.' };

/** @param codeOf of a name, which may be none that the model knows */
export function cellsOf({ columns, categories, dates, gaps, missing: words }: RowShape, { column, part }: Target, codeOf: (name: string) => number): Cells {
  const missing = (): number | Unfit => (gaps ? NaN : NO_VALUE);
  const moment = (milliseconds: number): number => (part ? datePart(part, milliseconds) : milliseconds / 1000);
  const names = categories?.[column];
  if (names) {
    // What stood for no value in the fit does so here. An empty text does, but where the model knows it as a name, or splits texts into words.
    const isName = names.length === 0 || names.includes('');
    const isMissing = (name: string): boolean => (name === '' ? !isName : (words?.has(name) ?? false));
    const text = (name: string): number | Unfit => (isMissing(name) ? missing() : codeOf(name));
    return { named: true, dated: false, missing, moment, text, number: (value) => codeOf(String(value)) };
  }
  const dated = part !== undefined || dates.has(columns?.[column] ?? String(column));
  const read = dateReader(undefined);
  return {
    named: false,
    dated,
    missing,
    moment,
    number: (value) => (part === undefined ? value : NO_DATE),
    text(text) {
      if (text === '' || words?.has(text)) return missing();
      if (dated) {
        const milliseconds = read(text);
        return milliseconds === undefined ? NO_DATE : moment(milliseconds);
      }
      // What booleans are in columnar files and in JSON, and how most programs write them.
      const word = text.trim().toLowerCase();
      return word === 'true' || word === 'false' ? Number(word === 'true') : NO_NUMBER;
    },
  };
}
