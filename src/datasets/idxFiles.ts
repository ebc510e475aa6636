// Data sets in the files of MNIST, such as Fashion-MNIST and KMNIST: pictures and labels, those to train on and those to test with.
import type { Dataset } from '../core/data/dataset.ts';
import { isPipelineError, PipelineError } from '../core/errors/errors.ts';
import { callerPlace } from '../dsl/place.ts';
import { placeOf, type FileLike, type Place } from '../formats/bytes/open.ts';
import { wholeOf } from '../formats/bytes/slices.ts';
import { rowsOf } from './arrays/arrays.ts';
import type { NdArray } from './arrays/ndArray.ts';
import { readIdx } from './idx.ts';
import type { DatasetSource, LoadOptions } from './source.ts';

/** Files in the order of their rows, gzipped or not. */
export interface IdxFiles {
  /** Pictures, of u8. */
  readonly x: readonly FileLike[];
  /** Labels of the same rows, of u8. */
  readonly labels: readonly FileLike[];
}

const X = ['train-images-idx3-ubyte', 't10k-images-idx3-ubyte'] as const;
const LABELS = ['train-labels-idx1-ubyte', 't10k-labels-idx1-ubyte'] as const;

/**
 * Data in the format of MNIST: x `[rows, height * width]` u8 and a label for each row. Of a folder, the files `train-images-idx3-ubyte`
 * and `train-labels-idx1-ubyte` come first, then those of `t10k`, each gzipped (`.gz`) or not.
 *
 * @param source a folder, as a path relative to the source file that names it or a URL; or the files
 * @throws E_USAGE; when it is read, E_FETCH if a file is not there, E_DATA or E_SHAPE if files are damaged or do not belong together
 * @example
 * pipeline('clothes', fetch(idx('fashion-mnist')), split({ train: [0, 60_000], test: [60_000, 70_000] }), fit(logisticRegression()));
 */
export function idx(source: string | URL | IdxFiles): DatasetSource {
  const { name, x, labels, inputs } = typeof source === 'string' || source instanceof URL ? inFolder(source) : inFiles(source);
  return {
    name,
    code: [],
    params: { format: 'idx' },
    ...(inputs.length > 0 ? { inputs: { files: inputs } } : {}),
    load: async (_store, options) => {
      const [features, target] = [await joined(x, options), await joined(labels, options)];
      return rowsOf(name, features, { labels: target }) as Dataset<'all'>;
    },
  };
}

/** Where each file may be: the first that is there counts. */
type Places = readonly (readonly Place[])[];

interface Found {
  readonly name: string;
  readonly x: Places;
  readonly labels: Places;
  readonly inputs: readonly URL[];
}

function inFolder(folder: string | URL): Found {
  const { name, at } = placeOf('idx', typeof folder === 'string' ? folder.replace(/[\\/]+$/, '') : folder);
  const base = new URL(`${(at as URL).href.replace(/\/+$/, '')}/`);
  const places = (files: readonly string[]): Places => files.map((file) => [file, `${file}.gz`].map((one) => ({ name: one, at: new URL(one, base) })));
  const called = name || decodeURIComponent(base.pathname.split('/').at(-2) ?? '') || 'idx';
  return { name: called, x: places(X), labels: places(LABELS), inputs: base.protocol === 'file:' ? [base] : [] };
}

function inFiles(files: IdxFiles): Found {
  for (const key of ['x', 'labels'] as const) {
    if (Array.isArray(files?.[key]) && files[key].length > 0) continue;
    throw new PipelineError('E_USAGE', `idx: ${key} is ${JSON.stringify(files?.[key]) ?? 'missing'}; a list of files is needed.`, {
      at: callerPlace(),
      hint: "Name a folder, idx('fashion-mnist'), or lists of files: idx({ x: ['images'], labels: ['labels'] }).",
    });
  }
  const placed = (list: readonly FileLike[]): Places => list.map((file) => [placeOf('idx', file)]);
  const [x, labels] = [placed(files.x), placed(files.labels)];
  const urls = [...x, ...labels].flatMap(([place]) => (place!.at instanceof URL && place!.at.protocol === 'file:' ? [place!.at] : []));
  return { name: x[0]![0]!.name.replace(/(\.gz)?$/, ''), x, labels, inputs: urls.length === x.length + labels.length ? urls : [] };
}

/** The files as one array. */
async function joined(files: Places, options: LoadOptions): Promise<NdArray> {
  const parts: { readonly name: string; readonly dims: readonly number[]; readonly data: Uint8Array }[] = [];
  for (const places of files) {
    const [name, bytes] = await firstOf(places, options);
    parts.push({ name, ...readIdx(name, bytes) });
  }
  const [first, ...others] = parts as [(typeof parts)[number], ...typeof parts];
  const rest = first.dims.slice(1);
  const odd = others.find(({ dims }) => dims.slice(1).join() !== rest.join());
  if (odd)
    throw new PipelineError('E_SHAPE', `${first.name} has rows of shape ${rest.join(' x ')}, and ${odd.name} of ${odd.dims.slice(1).join(' x ')}.`, {
      hint: 'Name files that belong together.',
    });
  const data = new Uint8Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { name: first.name, shape: [parts.reduce((sum, { dims }) => sum + dims[0]!, 0), ...rest], data };
}

/** @throws E_FETCH naming the first of them, if none is there */
async function firstOf(places: readonly Place[], options: LoadOptions): Promise<readonly [name: string, bytes: Uint8Array]> {
  let missing: unknown;
  for (const place of places) {
    try {
      return [place.name, await wholeOf(place, options)];
    } catch (error) {
      if (!isPipelineError(error) || error.code !== 'E_FETCH') throw error;
      missing ??= error;
    }
  }
  throw missing;
}
