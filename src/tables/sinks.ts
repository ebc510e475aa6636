// Where the cells of each kind of column go, and what fits there.
import { didYouMean } from '../core/errors/didYouMean.ts';
import type { CellSink, Misfit } from '../formats/format.ts';
import type { ColumnOptions } from './columns.ts';
import { dateReader } from './dates.ts';

/** Takes the value of a cell; NaN for none. */
type Put = (value: number) => void;

/** What becomes of cells that have no value. */
export type WithoutValue = 'missing' | 'drop' | 'refuse';

/** @param column for cures */
function withoutValue(column: string, how: WithoutValue, put: Put, drop: () => void): () => Misfit | undefined {
  if (how === 'refuse') {
    const leave = column === 'group' || column === 'weight' ? '' : `, or leave such rows out: ${column}({ missing: 'drop' })`;
    const misfit = { wrong: 'has no value', cure: `Fill it${leave}.` };
    return () => misfit;
  }
  return () => {
    if (how === 'drop') drop();
    put(NaN);
    return undefined;
  };
}

export interface NumberSinkOptions {
  /** As a schema says it, for cures: `number`. */
  readonly called: string;
  readonly without: WithoutValue;
  readonly drop: () => void;
  readonly put: Put;
  readonly invalid?: unknown;
  /** Least number that fits. */
  readonly least?: number | undefined;
  /** Whether cells come from `csv(...)`, for cures. */
  readonly csv?: boolean | undefined;
}

export function numberSink({ called, without, drop, put, invalid, least = -Infinity, csv = false }: NumberSinkOptions): CellSink {
  const missing = withoutValue(called, without, put, drop);
  return {
    numeric: true,
    missing,
    number(value) {
      if (value < least) return { wrong: `is below ${least}`, cure: `Correct it; ${called}() takes numbers from ${least}.` };
      put(value);
      return undefined;
    },
    text: (text) => (invalid === 'missing' ? missing() : notANumber(called, text, csv)),
  };
}

function notANumber(called: string, text: string, csv: boolean): Misfit {
  const trimmed = text.trim();
  const loose = called === 'number' ? ", or take such cells for missing: number({ invalid: 'missing' })" : '';
  const read = Number(trimmed);
  if (/^[+-]?\d+$/.test(trimmed) && Number.isFinite(read) && BigInt(trimmed) !== BigInt(read))
    return {
      wrong: 'is a whole number that float64 would round to another',
      cure: 'An id is a category(), or no column of the table; write a measure as 1.5e20.',
    };
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) {
    if (Number.isFinite(read)) return { wrong: 'is a text, though of digits', cure: `Write it as a number, without quotes${loose}.` };
    return { wrong: 'is beyond what float64 holds', cure: `Correct it${loose}.` };
  }
  if (/^[+-]?[1-9]\d{0,2}(,\d{3})+$/.test(trimmed)) {
    const say = csv ? "Say csv(file, { thousands: ',' }), or { decimal: ',' } where commas stand before fractions" : 'Leave out commas between thousands';
    return { wrong: 'is no number', cure: `${say}${loose}.` };
  }
  if (/^[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+$/.test(trimmed)) {
    const marks = trimmed.includes('.') ? "decimal: ',', thousands: '.'" : "decimal: ','";
    return { wrong: 'is no number', cure: `${csv ? `Say csv(file, { ${marks} })` : 'Write a point before the fraction'}${loose}.` };
  }
  if (/^[+-]?\d{1,3}(,\d{3})+\.\d+$/.test(trimmed))
    return { wrong: 'is no number', cure: `${csv ? "Say csv(file, { thousands: ',' })" : 'Leave out commas between thousands'}${loose}.` };
  if (/^(n\/?a|nan|null|none|-+|\?|\.+|#n\/a)$/i.test(trimmed)) {
    const say = csv ? `Say that it stands for a missing value: csv(file, { missing: ['', '${trimmed}'] })` : 'Leave such cells without a value: null';
    return { wrong: 'is no number', cure: `${say}${loose}.` };
  }
  return { wrong: 'is no number', cure: `Correct it${loose}, or say what the column is: category(), boolean() or date().` };
}

/** Names in the order of their first cells, with the code of each. */
export class Names {
  readonly #codes = new Map<string, number>();
  readonly #known: readonly string[] | undefined;

  /** @param known all there may be; others do not fit */
  constructor(known: readonly string[] | undefined) {
    this.#known = known;
    known?.forEach((name, code) => this.#codes.set(name, code));
  }

  /** Undefined for a name that is none of those known. */
  code(name: string): number | undefined {
    const code = this.#codes.get(name);
    if (code !== undefined || this.#known) return code;
    this.#codes.set(name, this.#codes.size);
    return this.#codes.size - 1;
  }

  /** The names in the order of their codes. */
  found(): readonly string[] {
    return [...this.#codes.keys()];
  }

  /** The names in the order that codes are to have, and the new code of each, `[codes]`. */
  sorted(): { readonly names: readonly string[]; readonly recoded: readonly number[] } {
    const found = this.found();
    const names = this.#known ?? found.toSorted(found.every(isNumber) ? (a, b) => Number(a) - Number(b) : (a, b) => (a < b ? -1 : 1));
    const at = new Map(names.map((name, code) => [name, code]));
    return { names, recoded: found.map((name) => at.get(name)!) };
  }
}

/** Whether a text is a number, written in its canonical way. */
export function isNumber(text: string): boolean {
  return text !== '' && String(Number(text)) === text && Number.isFinite(Number(text));
}

export interface NameSinkOptions {
  readonly called: string;
  readonly without: WithoutValue;
  readonly drop: () => void;
  readonly put: Put;
  readonly names: Names;
  readonly known?: readonly string[] | undefined;
  readonly invalid?: unknown;
}

export function nameSink({ called, without, drop, put, names, known, invalid }: NameSinkOptions): CellSink {
  const missing = withoutValue(called, without, put, drop);
  const text = (name: string): Misfit | undefined => {
    const code = names.code(name);
    if (code === undefined) {
      if (invalid === 'missing') return missing();
      return { wrong: 'is none of the names of the column', cure: didYouMean(name, known ?? [], 'Names') };
    }
    put(code);
    return undefined;
  };
  return { numeric: false, missing, text, number: (value) => text(String(value)) };
}

export function booleanSink(put: Put, options: ColumnOptions): CellSink {
  const { true: yes, false: no, invalid } = options as { readonly true: readonly string[]; readonly false: readonly string[]; readonly invalid?: unknown };
  const values = new Map([...no.map((word) => [word.toLowerCase(), 0] as const), ...yes.map((word) => [word.toLowerCase(), 1] as const)]);
  const missing = withoutValue('boolean', 'missing', put, () => {});
  const text = (word: string): Misfit | undefined => {
    const found = values.get(word.trim().toLowerCase());
    if (found === undefined) {
      if (invalid === 'missing') return missing();
      const given = `boolean({ true: ['${yes[0]}'], false: ['${no[0]}'] })`;
      return { wrong: `is none of ${[...values.keys()].join(', ')}`, cure: `Say the words for both: ${given}.` };
    }
    put(found);
    return undefined;
  };
  return { numeric: false, missing, text, number: (value) => text(String(value)) };
}

export function dateSink(put: Put, options: ColumnOptions): CellSink {
  const { format, invalid } = options as { readonly format?: string; readonly invalid?: unknown };
  const read = dateReader(format);
  const missing = withoutValue('date', 'missing', put, () => {});
  const text = (written: string): Misfit | undefined => {
    const time = read(written);
    if (time === undefined) {
      if (invalid === 'missing') return missing();
      return {
        wrong: `is no date${format === undefined ? ' such as 2012-01-31' : ` as ${format}`}`,
        cure: `Correct it, or say how dates are written: date({ format: 'DD.MM.YYYY' }).`,
      };
    }
    put(time);
    return undefined;
  };
  return { numeric: false, missing, text, number: (value) => text(String(value)), moment: (milliseconds) => void put(milliseconds) };
}
