// Data sets of OpenML by name or id. The lock file keeps which file a name stood for when it was first used.
import { didYouMean, nearest } from '../../core/errors/didYouMean.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { FileStore } from '../../core/files.ts';
import type { Dataset } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import { lockOf, namedFile, type LockEntries } from '../../datasets/lock.ts';
import type { DatasetSource, LoadOptions } from '../../datasets/source.ts';
import { callerPlace } from '../../dsl/place.ts';
import { parseParams, z, type ShapeOf } from '../../dsl/params.ts';
import { arffAt, arffColumns } from '../../formats/arff/arff.ts';
import type { TableFile } from '../../formats/format.ts';
import { parquetAt } from '../../formats/parquet/parquet.ts';
import { label, value, type Column } from '../columns.ts';
import { table } from '../table.ts';
import { ofArff, ofCells } from './columns.ts';
import { FACTS, lookUp, type Asked, type Facts } from './lookUp.ts';

const API = 'https://www.openml.org/api/v1/json';
/** Files are held in memory while they are read. */
const MOST_BYTES = 2 ** 31;
const MOST_JSON_BYTES = 1 << 25;

export interface OpenmlOptions {
  /** Column of classes to learn; by default the target that OpenML names. */
  readonly classes?: string | undefined;
  /** Column of numbers to learn, in place of classes. */
  readonly values?: string | undefined;
  /** `'arff'` (default), or `'parquet'`, which is smaller and read faster, but does not know the order of names. */
  readonly format?: 'arff' | 'parquet' | undefined;
  /** The lock file, by default `pipeline.lock.json` beside the file that calls this; in a page, what such a file says. */
  readonly lock?: string | URL | LockEntries | undefined;
  /** Address of the API, in place of that of openml.org. */
  readonly api?: string | undefined;
}

const params = z.strictObject({
  classes: z.string().optional().describe('column of classes to learn'),
  values: z.string().optional().describe('column of numbers to learn'),
  format: z.enum(['arff', 'parquet']).default('arff').describe('of the file'),
  lock: z
    .union([z.string(), z.object({})])
    .optional()
    .describe('the lock file, or what it says'),
  api: z.string().default(API).describe('address of the API'),
} satisfies ShapeOf<OpenmlOptions>);

const dataset = z.union([
  z
    .int()
    .positive()
    .transform((id) => ({ id })),
  z
    .string()
    .trim()
    .min(1)
    .transform((name) => ({ name })),
  z.strictObject({ name: z.string().trim().min(1), version: z.int().positive().optional() }),
]);

/** The kind of target that such rows have. */
export type TargetOfOpenml<O extends OpenmlOptions> = O extends { readonly values: string } ? 'values' : 'classes';

/** A source for `fetch`, and a file for `table`. */
export type OpenmlSource<T extends 'classes' | 'values' = 'classes'> = DatasetSource<T> & TableFile;

/**
 * A data set of OpenML, by its name, its id, or its name and version. As a source, its features are all columns but the target, row
 * numbers and those that OpenML says to ignore, of the types that the file gives them: numbers, dates, and categories with their names
 * in the order of the file. As a file in a `table`, it has all columns, and the schema says what they are.
 *
 * On first use the name is looked up: of several active versions the oldest is taken, as scikit-learn does, and a warning says which.
 * From then on the lock file has its address, size and SHA-256: later runs, here or elsewhere, read the same bytes from the cache or
 * from there, and stop where other bytes arrive. Delete the entry to look the name up again. A page has no lock file: pass what one
 * says as `lock`.
 *
 * @param dataset such as `'diamonds'`, `61` or `{ name: 'iris', version: 1 }`
 * @throws E_PARAMS; when it is read, E_FETCH for what OpenML does not have, E_DIGEST for other bytes than those in the lock file, E_DATA
 * @example
 * pipeline('credit', fetch(openml('credit-g')), split({ test: 0.2, seed: 42 }), fit(chain(columns({ categories: oneHot() }), logisticRegression())));
 * table(openml({ name: 'diamonds', version: 1 }), { carat: number(), cut: category(), price: value() });
 */
export function openml<const O extends OpenmlOptions = {}>(
  dataset: string | number | { readonly name: string; readonly version?: number },
  options?: O,
): OpenmlSource<TargetOfOpenml<O>>;
export function openml(asked: unknown, options: OpenmlOptions = {}): OpenmlSource<'classes' | 'values'> {
  const { format, classes, values, api } = parseParams('openml', params, options);
  const which: Pick<Asked, 'id' | 'name' | 'version'> = parseParams('openml', dataset, asked);
  if (classes !== undefined && values !== undefined)
    throw new PipelineError('E_PARAMS', 'openml: classes and values are both what is to be learned.', { at: callerPlace(), hint: 'Leave one of them out.' });
  const lock = lockOf('openml', options.lock);
  const called = which.name === undefined ? String(which.id) : `${which.name.toLowerCase()}${which.version === undefined ? '' : `@${which.version}`}`;
  const key = `openml:${called}${format === 'parquet' ? ' (parquet)' : ''}`;

  const opened = async (files: FileStore, read: LoadOptions): Promise<Opened> => {
    const ask = (url: string): Promise<Uint8Array | undefined> => {
      if (!files.download) throw new PipelineError('E_FETCH', `${key} is not here, and this file store downloads nothing.`);
      return files.download(url, { note: `${key}, its description`, maxBytes: MOST_JSON_BYTES, signal: read.signal });
    };
    const { bytes, facts } = await namedFile(
      {
        key,
        lock,
        set: 'openml',
        fileName: `${called.replaceAll(/[^A-Za-z0-9._-]+/g, '-')}.${format}`,
        maxBytes: MOST_BYTES,
        find: () => lookUp({ ...which, format }, api, ask),
      },
      files,
      read,
    );
    const known = FACTS.safeParse(facts);
    if (!known.success) throw new PipelineError('E_DATA', `The lock file does not say all of ${key}.`, { hint: `Delete the entry '${key}' and run again.` });
    const place = { name: known.data.name, at: bytes };
    return { file: format === 'arff' ? arffAt(place) : parquetAt(place), bytes, facts: known.data };
  };

  return {
    name: which.name ?? `openml-${which.id}`,
    code: [],
    params: { format, openml: called, ...(classes === undefined ? {} : { classes }), ...(values === undefined ? {} : { values }) },
    load: async (files, read) => {
      const { file, bytes, facts } = await opened(files, read);
      const found = format === 'arff' ? ofArff(await arffColumns(facts.name, once(bytes))) : await ofCells(file, read);
      const target = targetOf(key, found, facts, { classes, values });
      const features = Array.from(found).filter(([column]) => column !== target && !facts.leftOut.includes(column));
      const schema = Object.fromEntries([...features, [target, values === undefined ? label() : value()] as const]);
      return (await table(file, schema).load(files, read)) as Dataset<'all', Features, 'classes'> & Dataset<'all', Features, 'values'>;
    },
    read: async ({ files, ...read }, open) => {
      if (!files)
        throw new PipelineError('E_FETCH', `${key} is downloaded by a run, and this is none.`, {
          hint: 'Use it in a pipeline: fetch(table(openml(...), ...)).',
        });
      const { file } = await opened(files, read);
      await file.read(read, open);
    },
  };
}

interface Opened {
  readonly file: TableFile;
  readonly bytes: Uint8Array;
  readonly facts: Facts;
}

function targetOf(key: string, columns: ReadonlyMap<string, Column>, { targets, name }: Facts, given: Pick<OpenmlOptions, 'classes' | 'values'>): string {
  const named = given.classes ?? given.values;
  const called = [...columns.keys()];
  if (named !== undefined) {
    if (columns.has(named)) return named;
    const near = nearest(named, called);
    throw new PipelineError('E_PARAMS', `${key} has no column '${named}'.`, {
      hint: didYouMean(named, near.length > 0 ? near : called.slice(0, 50), 'Columns'),
    });
  }
  const [first, ...others] = targets;
  if (first === undefined || others.length > 0 || !columns.has(first)) {
    const arrived =
      first === undefined ? 'no target' : others.length > 0 ? `several targets (${targets.join(', ')})` : `the target '${first}', which it does not have`;
    throw new PipelineError('E_DATA', `OpenML names ${arrived} for ${name}.`, {
      hint: `Name the column to learn: { classes: '...' } or { values: '...' }. Columns: ${called.slice(0, 50).join(', ')}.`,
    });
  }
  if (columns.get(first)!.kind !== 'number') return first;
  throw new PipelineError('E_DATA', `The target of ${name}, '${first}', holds numbers, and classes are to be learned.`, {
    hint: `Say what they are: { values: '${first}' }, or { classes: '${first}' } where each number is a class.`,
  });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
