// Rows from files of arrays, which know no columns: x, and what is to be learned.
import { codedLabels } from '../../core/data/classNames.ts';
import type { Dataset, Rows } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { callerPlace } from '../../dsl/place.ts';
import type { DatasetSource } from '../source.ts';
import { featuresOf, labelsIn, pictureOf, valuesIn, type ArrayFile, type NdArray } from './ndArray.ts';

export interface ArraysOptions {
  /** Features, of shape (rows, columns); of shape (rows, height, width) they are pictures. */
  readonly x: ArrayFile;
  /** The class of each row, by number or by name. */
  readonly labels?: ArrayFile | undefined;
  /** The numbers to predict for each row, in place of labels. */
  readonly values?: ArrayFile | undefined;
}

/** The kind of target that such rows have. */
export type TargetOfArrays<O extends ArraysOptions> = O extends { readonly labels: ArrayFile }
  ? 'classes'
  : O extends { readonly values: ArrayFile }
    ? 'values'
    : 'none';

/**
 * A source for `fetch` that reads x, and labels or values, from files of numpy. Whole numbers of 8 and 16 bits without a sign stay as
 * they are, other numbers become float32 where that holds them, else float64; a whole number that float64 would round stops the run.
 *
 * @throws E_PARAMS without x, or with both labels and values; when rows are read, E_DATA and E_SHAPE
 * @example
 * pipeline('digits', fetch(arrays({ x: npy('x.npy'), labels: npy('y.npy') })), split({ test: 0.2, seed: 1 }), fit(logisticRegression()));
 */
export function arrays<const O extends ArraysOptions>(options: O): DatasetSource<TargetOfArrays<O>> {
  const { x, labels, values } = options ?? {};
  const hint = "Write arrays({ x: npy('x.npy'), labels: npy('y.npy') }).";
  for (const [key, file] of Object.entries({ x, ...(labels === undefined ? {} : { labels }), ...(values === undefined ? {} : { values }) })) {
    if (typeof (file as Partial<ArrayFile> | undefined)?.read !== 'function')
      throw new PipelineError('E_PARAMS', `arrays: ${key} is ${JSON.stringify(file) ?? 'missing'}; an array is needed.`, { at: callerPlace(), hint });
  }
  if (labels && values)
    throw new PipelineError('E_PARAMS', 'arrays: labels and values are both what is to be learned.', { at: callerPlace(), hint: 'Leave one of them out.' });
  const parts = { x, ...(labels ? { labels } : {}), ...(values ? { values } : {}) };
  const all = Object.values(parts);
  const files = all.flatMap((one) => one.files ?? []);
  const name = x.name.replace(/\.(npy|npz)(\.gz)?$/i, '');
  return {
    name,
    code: [],
    params: Object.fromEntries(Object.entries(parts).map(([key, one]) => [key, one.params])),
    ...(all.every((one) => one.files) ? { inputs: { files } } : {}),
    load: async (_store, options) => {
      const features = await x.read(options);
      const target = labels ? { labels: await labels.read(options) } : values ? { values: await values.read(options) } : {};
      return rowsOf(name, features, target) as Dataset<'all', Features, TargetOfArrays<O>>;
    },
  };
}

/** @throws E_DATA, E_SHAPE */
export function rowsOf(name: string, x: NdArray, target: { readonly labels?: NdArray; readonly values?: NdArray }): Rows<'all'> {
  const rows = x.shape[0] ?? 0;
  for (const [what, array] of Object.entries(target)) {
    if (array.shape[0] === rows) continue;
    throw new PipelineError('E_SHAPE', `${x.name} has ${rows} rows, and ${array.name} ${array.shape[0] ?? 'no'} ${what}.`, {
      hint: 'Name files of the same rows.',
    });
  }
  const { labels, values } = target;
  const picture = pictureOf(x);
  const data: Rows<'all'> = {
    name,
    role: 'all',
    x: featuresOf(x),
    rows: Uint32Array.from({ length: rows }, (_, row) => row),
    ...(picture ? { picture } : {}),
    ...(values ? { values: valuesIn(values) } : {}),
  };
  return labels ? codedLabels({ ...data, labels: labelsIn(labels) }) : data;
}
