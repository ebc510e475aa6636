// Pictures as rows of pixels: out of a folder for each class, or out of a table that holds them.
import type { Dataset } from '../../core/data/dataset.ts';
import { labelArray } from '../../core/data/labels.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { callerPlace } from '../../dsl/place.ts';
import { noDisk, placeOf } from '../../formats/bytes/open.ts';
import type { TableFile } from '../../formats/format.ts';
import type { DatasetSource, LoadOptions } from '../source.ts';
import { decoderOf, kindOf, type Decoder, type PictureKind } from './decode.ts';
import { pictureFolder } from './folder.ts';
import { checkOptions, factsOf, paramsOf, type PictureColumns, type PicturesOptions } from './options.ts';
import { PictureRows } from './rows.ts';
import { tableOfPictures } from './table.ts';

const LOOK = ['size', 'colors', 'background'];

/**
 * Pictures as rows: x `[pictures, height * width * 3]` u8, 0 (dark) to 255 (light), red, green and blue of each pixel one after the
 * other, line by line; with `colors: 'grey'` `[pictures, height * width]`. PNG of every depth, and JPEG; what a file is, its bytes say.
 *
 * Of a folder, each folder inside is a class with its pictures, `<folder>/<class>/<name>.png`. Classes and names are sorted character by
 * character, so `10.png` comes before `2.png`. Hidden files, and what systems leave behind (`Thumbs.db`, `desktop.ini`), are passed over.
 * Of a table, such as a Parquet file, `image` names a column with the bytes of such files, or a struct with such `bytes`, and `label` one
 * with the classes, which get the names that the file gives them.
 *
 * Pictures are what Pillow makes of them by `exif_transpose`, `convert('RGB')` or `convert('L')`, and `resize(size, BILINEAR)`, pixel by
 * pixel; but 16 bits are rounded to 8, pixels that are not opaque need a `background`, and JPEG is decoded by other arithmetic, which
 * differs by a few steps in places. Color profiles are not applied.
 *
 * @param source a folder, as a path relative to the source file that names it or a `file:` URL; or a table
 * @throws E_USAGE, E_PARAMS; when it is read, E_FETCH, or E_DATA naming the file or row that is no picture, damaged or of another size
 * @example
 * pipeline('flowers', fetch(pictures('flowers', { size: [64, 64] })), split({ test: 0.2, seed: 42, stratify: true }), fit(logisticRegression()));
 */
export function pictures(source: string | URL, options?: PicturesOptions): DatasetSource;
export function pictures(source: TableFile, options?: PictureColumns): DatasetSource;
export function pictures(source: string | URL | TableFile, options: PictureColumns = {}): DatasetSource {
  if (typeof source === 'string' || source instanceof URL) {
    checkOptions(options, LOOK);
    return inFolder(source, options);
  }
  if (typeof (source as Partial<TableFile> | undefined)?.read !== 'function') {
    throw new PipelineError('E_USAGE', `pictures: ${JSON.stringify(source) ?? 'nothing'} arrived; a folder or a table is needed.`, {
      at: callerPlace(),
      hint: "Write pictures('flowers') or pictures(parquet('train.parquet')).",
    });
  }
  checkOptions(options, [...LOOK, 'image', 'label']);
  return tableOfPictures(source, options);
}

function inFolder(folder: string | URL, options: PicturesOptions): DatasetSource {
  const { name: last, at } = placeOf('pictures', typeof folder === 'string' ? folder.replace(/[\\/]+$/, '') : folder);
  const base = new URL(`${(at as URL).href.replace(/\/+$/, '')}/`);
  if (base.protocol !== 'file:') {
    throw new PipelineError('E_USAGE', `pictures: ${base.href} is no folder of this machine, and servers do not list what they have.`, {
      at: callerPlace(),
      hint: 'Download the pictures and name their folder, or put them into a Parquet file.',
    });
  }
  const name = last || decodeURIComponent(base.pathname.split('/').at(-2) ?? '') || 'pictures';
  return {
    name,
    code: [],
    params: { format: 'pictures', ...paramsOf(options) },
    inputs: { files: [base] },
    facts: factsOf(options),
    load: (_store, loading) => loadFolder(name, base, options, loading),
  };
}

async function loadFolder(name: string, base: URL, options: PicturesOptions, { disk, signal, onProgress }: LoadOptions): Promise<Dataset<'all'>> {
  if (!disk) throw noDisk(name);
  const { classNames, files } = await pictureFolder(name, base, disk);
  const out = new PictureRows(options);
  const labels = labelArray(files.length, classNames.length - 1);
  const decoders: Partial<Record<PictureKind, Decoder>> = {};
  let done = 0;
  for (const [row, file] of files.entries()) {
    signal?.throwIfAborted();
    const bytes = await disk.read(file.at);
    if (!bytes) throw new PipelineError('E_FETCH', `${file.name} was there and is gone.`, { hint: 'Run again when nobody changes the folder.' });
    const kind = kindOf(file.name, bytes);
    out.add(file.name, bytes, (decoders[kind] ??= await decoderOf(kind)), files.length);
    labels[row] = file.label;
    done += bytes.length;
    // How many bytes there are in all is guessed from those that were read.
    onProgress?.({ task: 'read', done, total: Math.round((done / (row + 1)) * files.length), note: `${row + 1} of ${files.length} pictures of ${name}` });
  }
  return { ...out.rows(name), labels, classNames };
}
