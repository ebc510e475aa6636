// The columns that a schema is written with. They only hold options; they read nothing.
import { PipelineError } from '../core/errors/errors.ts';
import type { JsonRecord } from '../core/events.ts';
import { callerPlace } from '../dsl/place.ts';
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
  /** `'missing'`: cells that are not a number count as missing, instead of causing an error. */
  readonly invalid?: 'missing' | undefined;
}

const numberParams = z.strictObject({
  invalid,
} satisfies ShapeOf<NumberColumnOptions>);
export interface CategoryColumnOptions {
  /** All allowed names, in the order of their codes; a cell with another name does not fit. */
  readonly names?: readonly string[] | undefined;
  /** `'missing'`: such cells count as missing, instead of causing an error. */
  readonly invalid?: 'missing' | undefined;
}

const categoryParams = z.strictObject({
  names,
  invalid,
} satisfies ShapeOf<CategoryColumnOptions>);
const words = z.array(z.string()).min(1);
export interface BooleanColumnOptions {
  /** Words for 1, in upper or lower case; default true, t, yes, y, 1. */
  readonly true?: readonly string[] | undefined;
  /** Words for 0; default false, f, no, n, 0. */
  readonly false?: readonly string[] | undefined;
  /** `'missing'`: other cells count as missing, instead of causing an error. */
  readonly invalid?: 'missing' | undefined;
}

const booleanParams = z.strictObject({
  true: words.default(['true', 't', 'yes', 'y', '1']),
  false: words.default(['false', 'f', 'no', 'n', '0']),
  invalid,
} satisfies ShapeOf<BooleanColumnOptions>);
export interface DateColumnOptions {
  /** YYYY, MM, DD, HH, mm and ss, with the characters between them; by default ISO 8601: `2012-01-31`, `2012-01-31 13:30`. */
  readonly format?: string | undefined;
  /** Any of year, month (1 to 12), day, weekday (0 is Monday), dayOfYear (from 1), hour, unix. */
  readonly parts?: readonly (typeof DATE_PARTS)[number][] | undefined;
  /** `'missing'`: cells that are not a date count as missing, instead of causing an error. */
  readonly invalid?: 'missing' | undefined;
}

const dateParams = z.strictObject({
  format: z.string().min(1).optional().describe('such as DD.MM.YYYY; ISO 8601 by default'),
  parts: z.array(z.enum(DATE_PARTS)).min(1).optional().describe('features made of it, in place of seconds since 1970'),
  invalid,
} satisfies ShapeOf<DateColumnOptions>);
export interface LabelColumnOptions {
  /** All classes there may be, in the order of their labels; by default those that are there, sorted. */
  readonly names?: readonly string[] | undefined;
  /** For a column of numbers: the class is true for those above this one, else false. */
  readonly above?: number | undefined;
  /** `'drop'`: rows without one are left out, instead of causing an error. */
  readonly missing?: 'drop' | undefined;
}

const labelParams = z.strictObject({
  names,
  above: z.number().optional().describe('numbers above it are of class true, others of class false'),
  missing: dropped,
} satisfies ShapeOf<LabelColumnOptions>);
export interface ValueColumnOptions {
  /** `'drop'`: rows without one are left out, instead of causing an error. */
  readonly missing?: 'drop' | undefined;
}

const valueParams = z.strictObject({
  missing: dropped,
} satisfies ShapeOf<ValueColumnOptions>);

function column<R extends ColumnRole, K extends ColumnKind, S extends z.ZodObject>(role: R, kind: K, owner: string, schema: S, options: unknown): Column<R, K> {
  return { role, kind, options: JSON.parse(JSON.stringify(parseParams(owner, schema, options))) as ColumnOptions };
}

/**
 * A numeric feature. A cell without a value is NaN, which `impute()` fills and every estimator refuses.
 *
 * @example
 * table(csv('penguins.csv', { missing: ['', 'NA'] }), { bill_length: number({ invalid: 'missing' }), species: label() });
 */
export function number(options: NumberColumnOptions = {}): Column<'feature', 'number'> {
  return column('feature', 'number', 'number', numberParams, options);
}

/**
 * A feature whose values are names. Each is stored as its position in the sorted list of names. Estimators refuse it until `oneHot()`
 * or `ordinal()` has turned it into numbers.
 *
 * @example
 * table(csv('penguins.csv'), { sex: category({ names: ['female', 'male'] }), bill_length: number(), species: label() });
 */
export function category(options: CategoryColumnOptions = {}): Column<'feature', 'category'> {
  return column('feature', 'category', 'category', categoryParams, options);
}

/**
 * A feature that is 1 or 0.
 *
 * @example
 * table(csv('visits.csv'), { smoker: boolean({ true: ['ja'], false: ['nein'] }), age: number(), ill: label() });
 */
export function boolean(options: BooleanColumnOptions = {}): Column<'feature', 'boolean'> {
  return column('feature', 'boolean', 'boolean', booleanParams, options);
}

/**
 * A date as seconds since 1970, or one feature for each part of it, named such as `day_month`. Times without a zone are UTC.
 *
 * @example
 * table(csv('weather.csv'), { date: date({ parts: ['month', 'dayOfYear'] }), wind: number(), weather: label() });
 */
export function date(options: DateColumnOptions = {}): Column<'feature', 'date'> {
  return column('feature', 'date', 'date', dateParams, options);
}

/**
 * The class of each row, by name. If all names are numbers, they become numbers. A column of numbers can be cut in two classes:
 * `label({ above: 15 })`.
 *
 * @example
 * table(csv('penguins.csv'), { bill_length: number(), species: label({ missing: 'drop' }) });
 */
export function label(options: LabelColumnOptions = {}): Column<'label', 'category'> {
  if (options.names !== undefined && options.above !== undefined)
    throw new PipelineError('E_PARAMS', 'label: with above, the classes are false and true, and names are given too.', {
      at: callerPlace(),
      hint: 'Leave one of them out.',
    });
  return column('label', 'category', 'label', labelParams, options);
}

/**
 * The number to predict for each row. Several such columns are several outputs, in the order of the schema.
 *
 * @example
 * table(csv('houses.csv'), { rooms: number(), price: value() });
 */
export function value(options: ValueColumnOptions = {}): Column<'value', 'number'> {
  return column('value', 'number', 'value', valueParams, options);
}

/**
 * The group of each row, by name, such as a patient: rows of one group resemble each other. `split({ test: 0.25, groups: true })` keeps
 * them in one part, and `folds: { groups: 5 }` in one fold.
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
