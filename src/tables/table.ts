// A file with columns as rows to learn from: a schema says what each column is, and the type of a table knows their names.
import { checkDataset } from '../core/data/checkDataset.ts';
import type { Dataset } from '../core/data/dataset.ts';
import type { Features } from '../core/data/features.ts';
import { PipelineError } from '../core/errors/errors.ts';
import { didYouMean, nearest } from '../core/errors/didYouMean.ts';
import type { DatasetSource } from '../datasets/source.ts';
import { callerPlace } from '../dsl/place.ts';
import type { TableFile } from '../formats/format.ts';
import { label, value, type Column, type ColumnRole, type Schema } from './columns.ts';
import { Reading, outputsOf } from './reading.ts';

type Named<S extends Schema, R extends ColumnRole> = { [K in keyof S]: S[K]['role'] extends R ? K : never }[keyof S] & string;

/** Names of the columns that are features. */
export type FeatureOf<S extends Schema> = Named<S, 'feature'>;

/** The kind of target that rows of a schema have. */
export type TargetOfSchema<S extends Schema> = [Named<S, 'label'>] extends [never] ? ([Named<S, 'value'>] extends [never] ? 'none' : 'values') : 'classes';

type AsTarget<C extends Column> = C['kind'] extends 'number' ? Column<'value', 'number'> : Column<'label', 'category'>;

/** Names of the features of a table: `columns<FeaturesOf<typeof penguins>>({ ... })`. */
export type FeaturesOf<T extends { readonly schema: Schema }> = FeatureOf<T['schema']>;

/** A schema with some of its features. */
export type WithFeatures<S extends Schema, K extends string> = { [N in keyof S as S[N]['role'] extends 'feature' ? (N extends K ? N : never) : N]: S[N] };

/** A schema with another target. */
export type WithTarget<S extends Schema, K extends string> = {
  [N in keyof S as S[N]['role'] extends 'label' | 'value' ? never : N]: N extends K ? AsTarget<S[N]> : S[N];
};

/** A source for `fetch` whose type knows the columns. */
export interface Table<S extends Schema> extends DatasetSource<TargetOfSchema<S>> {
  readonly schema: S;
  /**
   * The same with these features and no others, in this order.
   *
   * @throws E_PARAMS for a name that is not a feature of the schema
   */
  features<K extends FeatureOf<S>>(...names: readonly K[]): Table<WithFeatures<S, K>>;
  /**
   * The same with one of the features as the target: a column of numbers becomes values, a column of names becomes classes. The
   * previous target is left out.
   *
   * @param options.missing `'drop'`: rows without one are left out, instead of causing an error
   * @throws E_PARAMS for a name that is not a feature of the schema, or is a date
   */
  target<K extends FeatureOf<S>>(name: K, options?: { readonly missing?: 'drop' }): Table<WithTarget<S, K>>;
}

/**
 * Reads the rows of a file with columns by a schema. Columns that the schema does not name are left out. A cell that does not fit stops
 * the run, with an error that names its row, column and value. Missing values of features are NaN.
 *
 * @param file `csv('penguins.csv')`
 * @param schema what each column is, by its name in the file: `number()`, `category()`, `boolean()` and `date()` are features, in this
 *   order; `label()` is the class of a row, `value()` what a regressor learns, `weight()` its weight, `group()` the group that it
 *   belongs to
 * @throws E_PARAMS for a schema without a feature, or with two targets; when rows are read, E_DATA naming the cell that does not fit
 * @example
 * const penguins = table(csv('penguins.csv'), { bill_length: number(), body_mass: number(), sex: category(), species: label() });
 * pipeline('penguins', fetch(penguins.features('bill_length', 'body_mass')), split({ train: [0, 300], test: [300, 344] }), fit(logisticRegression()));
 */
export function table<const S extends Schema>(file: TableFile, schema: S): Table<S> {
  checkSchema(schema);
  const { name: fileName, params, files: onDisk, digest } = file;
  const name = fileName.replace(/\.[a-z]{1,8}(\.gz)?$/i, '');
  const outputs = outputsOf(schema);
  return {
    name,
    schema,
    code: [],
    params: { ...params, schema: Object.fromEntries(Object.entries(schema).map(([column, { role, kind, options }]) => [column, { role, kind, ...options }])) },
    ...(onDisk ? { inputs: { files: onDisk } } : {}),
    ...(digest === undefined ? {} : { digest }),
    facts: {
      cols: outputs.length,
      dtype: 'f64',
      columns: outputs.map((one) => one.name),
      ...(outputs.some(({ kind }) => kind === 'category') ? { categories: outputs.filter(({ kind }) => kind === 'category').map((one) => one.name) } : {}),
    },
    load: async (files, options) => {
      const rowsFile = await options.disk?.rowsFile?.(outputs.length);
      try {
        const reading = new Reading(name, schema, params['format'] === 'csv', rowsFile);
        await file.read({ ...options, files }, (columns, about, notes) => {
          checkColumnsThere(fileName, schema, columns);
          return reading.open(columns, about, notes);
        });
        const data = { ...(await reading.dataset(fileName)), ...missingIn(params) };
        checkDataset(data, 'the source of');
        return data as Dataset<'all', Features, TargetOfSchema<S>>;
      } finally {
        rowsFile?.close();
      }
    },
    features: (...names) => {
      for (const one of names) featureNamed('features', schema, one);
      const kept = Object.entries(schema).filter(([, { role }]) => role !== 'feature');
      return table(file, Object.fromEntries([...names.map((one) => [one, schema[one]!] as const), ...kept]) as Schema) as never;
    },
    target: (one, options = {}) => {
      const { kind } = featureNamed('target', schema, one);
      if (kind === 'date') throw refused(`target: column '${one}' holds dates, which are no target.`, 'Name a column of numbers or of names.');
      const rest = Object.entries(schema).filter(([column, { role }]) => column !== one && role !== 'label' && role !== 'value');
      return table(file, Object.fromEntries([...rest, [one, kind === 'number' ? value(options) : label(options)] as const]) as Schema) as never;
    },
  };
}

/** Texts without a value, as `csv` was told them, where these are not the empty one alone. */
function missingIn({ missing }: TableFile['params']): { readonly missing?: readonly string[] } {
  return !Array.isArray(missing) || (missing.length === 1 && missing[0] === '') ? {} : { missing: missing.map(String) };
}

function featureNamed(owner: string, schema: Schema, name: string): Column {
  const features = Object.keys(schema).filter((one) => schema[one]!.role === 'feature');
  if (features.includes(name)) return schema[name]!;
  const role = Object.hasOwn(schema, name) ? schema[name]!.role : undefined;
  if (role === 'label' || role === 'value') {
    const hint = owner === 'target' ? 'Leave target(...) out.' : 'Name features alone; what is to be learned stays.';
    throw refused(`${owner}: column '${name}' is what is to be learned already.`, hint);
  }
  throw refused(`${owner}: no feature is called '${name}'.`, didYouMean(name, features, 'Features'));
}

function checkSchema(schema: Schema): void {
  const columns = Object.entries(schema ?? {});
  const odd = columns.find(([, column]) => typeof (column as Partial<Column> | undefined)?.role !== 'string');
  if (odd) {
    const hint = `Call what it is: ${odd[0]}: number().`;
    throw refused(`table: column '${odd[0]}' is ${typeof odd[1] === 'function' ? 'a function' : JSON.stringify(odd[1])}; a column is needed.`, hint);
  }
  const named = (...roles: readonly ColumnRole[]): readonly string[] => columns.filter(([, { role }]) => roles.includes(role)).map(([name]) => name);
  if (named('feature').length === 0) throw refused('table: the schema has no feature.', 'Name one: { bill_length: number(), species: label() }.');
  const [labels, values] = [named('label'), named('value')];
  if (labels.length > 1 || (labels.length > 0 && values.length > 0))
    throw refused(`table: ${[...labels, ...values].join(' and ')} are both what is to be learned.`, 'Leave one of them out, or make it a feature.');
  for (const role of ['weight', 'group'] as const) {
    const twice = named(role);
    if (twice.length > 1) throw refused(`table: ${twice.join(' and ')} are both the ${role} of rows.`, 'Leave one of them out.');
  }
}

function checkColumnsThere(file: string, schema: Schema, columns: readonly string[]): void {
  for (const name of Object.keys(schema)) {
    const first = columns.indexOf(name);
    if (first < 0) {
      const spaced = columns.find((one) => one.trim() === name);
      const hint = spaced === undefined ? columnMeant(name, columns) : `The file calls it '${spaced}', with a blank: take that out of the file.`;
      throw new PipelineError('E_DATA', `${file} has no column '${name}'.`, { hint });
    }
    const second = columns.indexOf(name, first + 1);
    if (second < 0) continue;
    throw new PipelineError('E_DATA', `${file} has two columns '${name}', number ${first + 1} and number ${second + 1}.`, {
      hint: 'Rename one of them in the file, or leave the column out of the schema.',
    });
  }
}

/** Columns whose names are compared: for many of them it takes its time. */
const COMPARED = 2000;
const SHOWN = 50;

function columnMeant(name: string, columns: readonly string[]): string {
  const compared = columns.slice(0, COMPARED);
  if (columns.length <= SHOWN || nearest(name, compared).length > 0) return didYouMean(name, compared, 'Columns');
  return `Columns: ${columns.slice(0, SHOWN).join(', ')} and ${columns.length - SHOWN} more.`;
}

function refused(message: string, hint: string): PipelineError {
  return new PipelineError('E_PARAMS', message, { at: callerPlace(), hint });
}
