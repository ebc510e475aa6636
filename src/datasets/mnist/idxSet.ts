// What the named sets in the format of MNIST have in common: files with known digests, in folders that serve them.
import type { ClassName, Dataset, RowsFact } from '../../core/data/dataset.ts';
import type { FileSet, FileSource, KnownFile } from '../../core/files.ts';
import { idx } from '../idxFiles.ts';
import type { DatasetSource } from '../source.ts';

export interface MirrorOptions {
  /** Folders that hold the files as their publisher names them, tried in order, instead of the public ones. */
  readonly mirrors?: readonly string[] | undefined;
}

/** @param folders URLs @param ending what the folders' files have behind their names */
export function mirrorSources(folders: readonly string[], ending: '.gz' | ''): FileSource[] {
  return folders.map((mirror) => {
    const folder = mirror.endsWith('/') ? mirror : `${mirror}/`;
    const title = `mirror ${URL.canParse(folder) ? new URL(folder).host : folder}`;
    return { kind: 'http', title, urlOf: ({ name }) => `${folder}${name}${ending}`, encoding: ending === '.gz' ? 'gzip' : 'identity' };
  });
}

/** What all of them have: 28 x 28 pixels, each 0 (paper) to 255 (ink). */
export const SHAPE = { cols: 28 * 28, dtype: 'u8', picture: { width: 28, height: 28 } } as const satisfies RowsFact;

export function digestOf(files: readonly KnownFile[]): string {
  return files.map(({ sha256 }) => sha256.slice(0, 16)).join('-');
}

interface IdxSet {
  readonly name: string;
  /** Training pictures and labels, then those to test with; as they are, or gzipped. */
  readonly files: readonly [KnownFile, KnownFile, KnownFile, KnownFile];
  readonly sources: readonly FileSource[];
  readonly classNames: readonly ClassName[];
}

/** A set of 60 000 rows to train on and 10 000 to test with. */
export function idxSet({ name, files, sources, classNames }: IdxSet): DatasetSource {
  const set: FileSet = { name, files, sources };
  return {
    name,
    code: [],
    digest: digestOf(files),
    facts: { ...SHAPE, rows: 70_000, classNames },
    load: async (store, options) => {
      const { signal, onProgress, onWarning } = options;
      const [trainX, trainLabels, testX, testLabels] = await store.read(set, { signal, onProgress, onWarning });
      const data = (await idx({ x: [trainX!, testX!], labels: [trainLabels!, testLabels!] }).load(store, options)) as Dataset<'all'>;
      return { ...data, name, classNames };
    },
  };
}
