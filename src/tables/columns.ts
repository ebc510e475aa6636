// What the columns of a table are: what a schema is written with. They hold what was said and read nothing.
import type { JsonRecord } from '../core/events.ts';
import { parseParams, z, type ShapeOf } from '../dsl/params.ts';
import { DATE_PARTS } from './dates.ts';

/** What a column is for. */
export type ColumnRole = 'feature' | 'label' | 'value' | 'weight' | 'group';
/** What its cells are. */
export type ColumnKind = 'number' | 'category' | 'boolean' | 'date';

export interface Column<R extends ColumnRole = ColumnRole, K extends ColumnKind = ColumnKind> {
  readonly role: R;
  readonly kind: K;
  readonly options: ColumnOptions;
}

export interface ColumnOptions extends JsonRecord {}

/** Columns by their names in the file. */
export type Schema = Readonly<Record<string, Column>>;

const invalid = z.literal('missing').optional().describe('take cells that do not fit for missing ones, in place of an error');
const dropped = z.literal('drop').optional().describe('leave rows out that have none, in place of an error');
const names = z.array(z.string()).min(1).optional().describe('all there may be, in the order of their codes');

export interface NumberColumnOptions {
  /** `'missing'`: cells that are no number have no value, in place of an error. */
  readonly invalid?: 'missing' | undefined;
}

const numberParams = z.strictObject({
  invalid,
} satisfies ShapeOf<NumberColumnOptions>);
export interface CategoryColumnOptions {
  /** All names there may be, in the order of their codes; a cell of another does not fit. */
  readonly names?: readonly string[] | undefined;
  /** `'missing'`: such cells have no value, in place of an error. */
  readonly invalid?: 'missing' | undefined;
}

const categoryParams = z.strictObject({
  names,
  invalid,
} satisfies ShapeOf<CategoryColumnOptions>);
const words = z.array(z.string()).min(1);
export interface BooleanColumnOptions {
  /** Words for 1, in any case; default true, t, yes, y, 1. */
  readonly true?: readonly string[] | undefined;
  /** Words for 0; default false, f, no, n, 0. */
  readonly false?: readonly string[] | undefined;
  /** `'missing'`: other cells have no value, in place of an error. */
  readonly invalid?: 'missing' | undefined;
}

const booleanParams = z.strictObject({
  true: words.default(['true', 't', 'yes', 'y', '1']),
  false: words.default(['false', 'f', 'no', 'n', '0']),
  invalid,
} satisfies ShapeOf<BooleanColumnOptions>);
export interface DateColumnOptions {
  /** YYYY, MM, DD, HH, mm and ss with what stands between them; by default ISO 8601: `2012-01-31`, `2012-01-31 13:30`. */
  readonly format?: string | undefined;
  /** Any of year, month (1 to 12), day, weekday (0 is Monday), dayOfYear (from 1), hour, unix. */
  readonly parts?: readonly (typeof DATE_PARTS)[number][] | undefined;
  /** `'missing'`: cells that are no date have no value, in place of an error. */
  readonly invalid?: 'missing' | undefined;
}

const dateParams = z.strictObject({
  format: z.string().min(1).optional().describe('such as DD.MM.YYYY; ISO 8601 by default'),
  parts: z.array(z.enum(DATE_PARTS)).min(1).optional().describe('features made of it, in place of seconds since 1970'),
  invalid,
} satisfies ShapeOf<DateColumnOptions>);
export interface LabelColumnOptions {
  /** `'drop'`: rows without one are left out, in place of an error. */
  readonly missing?: 'drop' | undefined;
}

const labelParams = z.strictObject({
  missing: dropped,
} satisfies ShapeOf<LabelColumnOptions>);
export interface ValueColumnOptions {
  /** `'drop'`: rows without one are left out, in place of an error. */
  readonly missing?: 'drop' | undefined;
}

const valueParams = z.strictObject({
  missing: dropped,
} satisfies ShapeOf<ValueColumnOptions>);

function column<R extends ColumnRole, K extends ColumnKind, S extends z.ZodObject>(role: R, kind: K, owner: string, schema: S, options: unknown): Column<R, K> {
  return { role, kind, options: JSON.parse(JSON.stringify(parseParams(owner, schema, options))) as ColumnOptions };
}

/**
 * A feature of numbers. A cell without a value is NaN, which `impute()` fills and no estimator takes.
 *
 * @example
 * table(csv('penguins.csv', { missing: ['', 'NA'] }), { bill_length: number({ invalid: 'missing' }), species: label() });
 */
export function number(options: NumberColumnOptions = {}): Column<'feature', 'number'> {
  return column('feature', 'number', 'number', numberParams, options);
}

/**
 * A feature that is one of several names. It is kept as the position of the name among all, sorted; `oneHot()` or `ordinal()` makes
 * numbers of it, and no estimator takes it before.
 *
 * @example
 * table(csv('penguins.csv'), { sex: category({ names: ['female', 'male'] }), bill_length: number(), species: label() });
 */
export function category(options: CategoryColumnOptions = {}): Column<'feature', 'category'> {
  return column('feature', 'category', 'category', categoryParams, options);
}

/**
 * A feature of 1 and 0.
 *
 * @example
 * table(csv('visits.csv'), { smoker: boolean({ true: ['ja'], false: ['nein'] }), age: number(), ill: label() });
 */
export function boolean(options: BooleanColumnOptions = {}): Column<'feature', 'boolean'> {
  return column('feature', 'boolean', 'boolean', booleanParams, options);
}

/**
 * A feature of seconds since 1970, or features of parts of a date, `day_month`. Times without a zone are UTC.
 *
 * @example
 * table(csv('weather.csv'), { date: date({ parts: ['month', 'dayOfYear'] }), wind: number(), weather: label() });
 */
export function date(options: DateColumnOptions = {}): Column<'feature', 'date'> {
  return column('feature', 'date', 'date', dateParams, options);
}

/**
 * The class of each row, by name. Names that are all numbers are numbers.
 *
 * @example
 * table(csv('penguins.csv'), { bill_length: number(), species: label({ missing: 'drop' }) });
 */
export function label(options: LabelColumnOptions = {}): Column<'label', 'category'> {
  return column('label', 'category', 'label', labelParams, options);
}

/**
 * The number to predict of each row; several columns of it are several outputs, in the order of the schema.
 *
 * @example
 * table(csv('houses.csv'), { rooms: number(), price: value() });
 */
export function value(options: ValueColumnOptions = {}): Column<'value', 'number'> {
  return column('value', 'number', 'value', valueParams, options);
}

/**
 * What rows that tell of each other share, such as a patient, by name: `folds: { groups: 5 }` keeps such rows in one fold.
 *
 * @example
 * table(csv('visits.csv'), { patient: group(), pulse: number(), ill: label() });
 */
export function group(): Column<'group', 'category'> {
  return { role: 'group', kind: 'category', options: {} };
}

/**
 * The weight of each row, a number of 0 or more.
 *
 * @example
 * table(csv('cars.csv'), { horsepower: number(), exposure: weight(), claims: value() });
 */
export function weight(): Column<'weight', 'number'> {
  return { role: 'weight', kind: 'number', options: {} };
}
