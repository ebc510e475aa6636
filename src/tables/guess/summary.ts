// Guesses what the columns of a file are, to help with writing its schema. All cells are looked at, so that the schema reads the file;
// what a column means is a guess, is shown as one, and decides nothing unless the schema that is written says it.
import { isPicture } from '../../formats/bytes/pictureMarks.ts';
import { textOf } from '../../formats/bytes/texts.ts';
import type { CsvOptions } from '../../formats/csv/csv.ts';
import type { CellSink, TableFile, TableReadOptions } from '../../formats/format.ts';
import { dateReader } from '../dates.ts';

export interface ColumnSummary {
  readonly name: string;
  /**
   * `text` for a column in which most cells are distinct, `empty` for one without any value, `pictures` for one of the bytes of such
   * files, `unreadable` for one of lists or of another type that no column of a schema is.
   */
  readonly kind: 'number' | 'category' | 'boolean' | 'date' | 'text' | 'empty' | 'pictures' | 'unreadable';
  readonly gaps: number;
  /** Number of distinct values, as far as they were counted. */
  readonly distinct: number;
  /** Of numbers. */
  readonly range?: readonly [number, number] | undefined;
  /** The first distinct values. */
  readonly examples: readonly string[];
  /** Words that seem to say that there is no value. */
  readonly missing: readonly string[];
  /** In a column of numbers: other texts, of which there are few. */
  readonly odd: readonly string[];
  /** Whether it seems to number or to name what rows are about, by which nothing is learned that holds for others. */
  readonly id: boolean;
  /** Whether its values may be classes: names, truth, or few whole numbers. */
  readonly classes: boolean;
  /** How dates are written, where that is not ISO 8601; several where they can be read in either way. */
  readonly formats?: readonly string[] | undefined;
}

/** As options of `csv`. */
export type NumberMarks = Pick<CsvOptions, 'decimal' | 'thousands'>;

export interface TableSummary {
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly ColumnSummary[];
  /** Words found where numbers, dates or truth values are missing. */
  readonly missing: readonly string[];
  /** How numbers seem to be written that are texts otherwise. */
  readonly marks?: NumberMarks | undefined;
  /** The column that is the likeliest to be learned. */
  readonly target?: string | undefined;
}

/** Most distinct values that are counted. */
const MOST_DISTINCT = 1000;
/** Names that a column may have however few rows there are. */
const FEW = 20;
const EXAMPLES = 5;
/** Whole numbers of more kinds are counted or measured. */
const MOST_CLASSES = 10;
/** Words for gaps that a column of anything but names may have. */
const MOST_WORDS = 2;
/** A column of numbers may have so many texts that are none, in one of so many cells. */
const MOST_ODD = 5;
const ODD_SHARE = 20;
const GAP = /^(n\/?a|nan|null|none|-+|\?|\.|#n\/a)$/i;
/** A number with a decimal comma; with three digits behind it, it may as well stand between thousands. */
const COMMA = /^[+-]?\d+,\d+(e[+-]?\d+)?$/i;
const GROUPED = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/;
/** Codes of three digits one after the other, or numbers with marks that all happen to be as long. */
const LIST = /^\d{3}(,\d{3})+$/;
const EUROPEAN = /^[+-]?(\d+|[1-9]\d{0,2}(\.\d{3})+)(,\d+)?$/;
const TRUTH = /^(true|false|yes|no)$/i;
/** ISO 8601 first: undefined. */
const FORMATS = [undefined, 'DD.MM.YYYY', 'DD.MM.YYYY HH:mm', 'DD/MM/YYYY', 'MM/DD/YYYY', 'DD/MM/YYYY HH:mm', 'MM/DD/YYYY HH:mm', 'YYYY/MM/DD'].map(
  (format) => [format, dateReader(format)] as const,
);
/** What the target is called in tables that are meant to be learned from. */
const TARGET = /^(target|label|class|y|outcome|response|species|survived|diagnosis|quality|churn(ed)?)$/i;
const ID = /(^|[\s_.-])(id|uuid)$/i;
const CAMEL_ID = /[a-z](Id|ID)$/; // not of `grid`
/** Columns in which tables are saved with the numbers of their rows. */
const ROW = /^(unnamed: 0|rownames?|index|row|)$/i;

class Counted implements CellSink {
  numbers = 0;
  gaps = 0;
  least = Infinity;
  most = -Infinity;
  /** Whether each number is the one before and 1. */
  counts = true;
  readonly values = new Set<number>();
  readonly texts = new Map<string, number>();
  /** Words for gaps. */
  readonly words = new Map<string, number>();
  /** Whether all texts but those are true or false. */
  truth = true;
  dates = FORMATS;
  readable = true;
  pictures = false;

  readonly numeric = true;
  #last = NaN;

  number(value: number): undefined {
    this.numbers++;
    this.least = Math.min(this.least, value);
    this.most = Math.max(this.most, value);
    if (this.numbers > 1 && value !== this.#last + 1) this.counts = false;
    this.#last = value;
    if (this.values.size < MOST_DISTINCT) this.values.add(value);
  }

  text(text: string): undefined {
    const word = GAP.test(text);
    const texts = word ? this.words : this.texts;
    const count = texts.get(text);
    if (count !== undefined || texts.size < MOST_DISTINCT) texts.set(text, (count ?? 0) + 1);
    if (count !== undefined || word) return;
    this.truth &&= TRUTH.test(text);
    this.dates = this.dates.filter(([, read]) => read(text) !== undefined);
  }

  missing(): undefined {
    this.gaps++;
  }

  /** Texts may have come without a word that they are texts. */
  bytes(bytes: Uint8Array): undefined {
    this.pictures ||= isPicture(bytes);
    if (this.pictures || !this.readable) return;
    try {
      const text = textOf(bytes, 0, bytes.length);
      if (text === '') this.missing();
      else this.text(text);
    } catch {
      this.readable = false;
    }
  }

  unreadable(): void {
    this.readable = false;
  }
}

/** Reads a file to its end. */
export async function summaryOf(file: TableFile, options: TableReadOptions): Promise<TableSummary> {
  let rows = 0;
  let counted: readonly (readonly [string, Counted])[] = [];
  await file.read(options, (names) => {
    counted = names.map((name) => [name, new Counted()]);
    return { cells: counted.map(([, own]) => own), endRow: () => void rows++ };
  });
  const columns = counted.map(([name, own]) => columnOf(name, own, rows));
  const target = targetIn(columns);
  const missing = new Set(columns.filter(({ kind }) => kind !== 'category' && kind !== 'text').flatMap((column) => column.missing));
  const marks = marksIn(counted.map(([, own]) => own));
  return { name: file.name, rows, columns, missing: [...missing], ...(marks ? { marks } : {}), ...(target === undefined ? {} : { target }) };
}

/** What the columns that have such numbers agree on, unless others would then be read as other numbers than they are. */
function marksIn(columns: readonly Counted[]): NumberMarks | undefined {
  const told = columns.flatMap((column) => marksOf(column) ?? []);
  const decimals = new Set(told.map(({ decimal }) => decimal));
  const [thousands, ...others] = new Set(told.flatMap((marks) => marks.thousands ?? []));
  const [decimal] = decimals;
  if (decimals.size !== 1 || others.length > 0 || !columns.every((column) => bears(column, thousands))) return undefined;
  return { ...(decimal === undefined ? {} : { decimal }), ...(thousands === undefined ? {} : { thousands }) };
}

function marksOf({ texts: counts, values }: Counted): NumberMarks | undefined {
  const texts = [...counts.keys()];
  if (texts.length === 0) return undefined;
  if (texts.every((text) => COMMA.test(text)) && !texts.every((text) => GROUPED.test(text))) return { decimal: ',' };
  if (texts.every((text) => EUROPEAN.test(text)) && texts.some((text) => text.includes('.') && text.includes(','))) return { decimal: ',', thousands: '.' };
  // 1,234 may be a number with a decimal comma, and 110,220,330 a list, unless others of the column tell that they are not.
  const told =
    texts.some((text) => text.includes('.')) ||
    [...values].some((value) => !Number.isInteger(value)) ||
    (texts.some((text) => /,.*,/.test(text)) && !texts.every((text) => LIST.test(text)));
  return told && texts.every((text) => GROUPED.test(text)) ? { thousands: ',' } : undefined;
}

/** Whether a column may be read with that mark between thousands: it has no lists of codes, and no fractions behind a point. */
function bears({ texts, values }: Counted, thousands: NumberMarks['thousands']): boolean {
  if (thousands === ',') return texts.size < 2 || ![...texts.keys()].every((text) => LIST.test(text));
  if (thousands !== '.') return true;
  return [...values].every((value) => Number.isInteger(value) || (Math.abs(value) >= 1 && Math.abs(value * 1000 - Math.round(value * 1000)) < 1e-6));
}

function columnOf(name: string, own: Counted, rows: number): ColumnSummary {
  const { texts, words, values, numbers, counts, least, most } = own;
  const kind = kindOf(own, rows);
  const isNames = kind === 'category' || kind === 'text';
  const odd = kind === 'number' ? [...texts.keys()] : [];
  const all = isNames ? [...texts.keys(), ...words.keys()] : kind === 'number' ? [] : [...texts.keys()]; // among names such a word may be one of them
  const distinct = values.size + all.length;
  const whole = kind === 'number' && [...values].every(Number.isInteger);
  const numbered = whole && counts && numbers === rows && (rows > FEW || (rows > 1 && ROW.test(name)));
  const formats = kind === 'date' ? own.dates.flatMap(([format]) => (format === undefined ? [] : [format])) : [];
  return {
    name,
    kind,
    gaps: own.gaps + (isNames ? 0 : [...words.values()].reduce((sum, count) => sum + count, 0)),
    distinct,
    ...(kind === 'number' ? { range: [least, most] } : {}),
    examples: [...[...values].map(String), ...all].slice(0, EXAMPLES),
    missing: [...words.keys()],
    odd,
    classes: kind === 'category' || kind === 'boolean' || (whole && distinct <= MOST_CLASSES),
    id: numbered || ((whole || isNames) && (ID.test(name) || CAMEL_ID.test(name))),
    ...(formats.length > 0 ? { formats } : {}),
  };
}

function kindOf({ texts, words, numbers, values, readable, pictures, truth, dates }: Counted, rows: number): ColumnSummary['kind'] {
  if (pictures) return 'pictures';
  if (!readable) return 'unreadable';
  // A word among others that says that there is none is no reason to take them for names.
  if (words.size <= MOST_WORDS) {
    if (numbers === 0 && texts.size === 0) return 'empty';
    if (texts.size === 0 || hasFewOdd(texts, values.size, numbers)) return 'number';
    if (numbers === 0 && truth) return 'boolean';
    if (numbers === 0 && dates.length > 0) return 'date';
  }
  const distinct = values.size + texts.size + words.size;
  return distinct <= FEW || distinct * 4 <= rows ? 'category' : 'text';
}

/** Texts among measured numbers are mistakes, unless they are what numbers cannot be, such as ids. */
function hasFewOdd(texts: ReadonlyMap<string, number>, distinct: number, numbers: number): boolean {
  const cells = [...texts.values()].reduce((sum, count) => sum + count, 0);
  const mistakes = texts.size <= MOST_ODD && [...texts.keys()].every((text) => !/^\s*[+-]?\d*\s*$/.test(text));
  return mistakes && distinct > FEW && cells * ODD_SHARE <= numbers;
}

/** By its name, else the last that may be one, as most such tables have it. */
function targetIn(columns: readonly ColumnSummary[]): string | undefined {
  const able = columns.filter(({ kind, id, distinct }) => !id && distinct > 1 && (kind === 'number' || kind === 'category' || kind === 'boolean'));
  return (able.find(({ name }) => TARGET.test(name)) ?? able.at(-1))?.name;
}
