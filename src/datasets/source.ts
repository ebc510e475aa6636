// What a pipeline's first stage is given: a name, and how to load the rows through whatever file store the place has.
import type { NamedRows } from '../core/data/classNames.ts';
import type { Dataset, RowsFact, TargetKind } from '../core/data/dataset.ts';
import type { Features } from '../core/data/features.ts';
import type { StageInputs } from '../core/declared.ts';
import type { JsonRecord } from '../core/events.ts';
import type { Disk, FileStore, ReadOptions } from '../core/files.ts';

/** What the place offers a source beside its file store. */
export interface LoadOptions extends Pick<ReadOptions, 'signal' | 'onProgress' | 'onWarning'> {
  /** Absent in a page. */
  readonly disk?: Disk | undefined;
}

/** A dataset that is not loaded yet; making one touches neither disk nor network. */
/** @typeParam T kind of the rows' target */
export interface DatasetSource<T extends TargetKind = 'classes'> {
  readonly name: string;
  /** Names the bytes that `load` will bring, where they are known in advance; without it every run loads them anew. */
  readonly digest?: string | undefined;
  /** What decides which rows `load` will bring, where no digest is known: with it the dataset is kept. */
  readonly inputs?: (Omit<StageInputs, 'files'> & { readonly files?: readonly URL[] | undefined }) | undefined;
  /** What it was made with that decides which rows `load` will bring of the same bytes. */
  readonly params?: JsonRecord | undefined;
  /** Files whose text decides what `load` makes of the bytes; by default the user's files that call `fetch`. */
  readonly code?: readonly string[] | undefined;
  /** What `load` will bring, as far as it is known in advance: `pipeline check` finds mistakes with it. */
  readonly facts?: RowsFact | undefined;
  /** Kind of the rows' target: for the compiler, which cannot read it off the rows that `load` brings. */
  readonly targets?: T | undefined;
  /** @throws what `files.read` throws, or E_DATA when the files are not what their format says. */
  readonly load: (files: FileStore, options: LoadOptions) => Promise<Dataset<'all', Features, T>>;
}

/** As {@link DatasetSource}, with labels that are texts, numbers or booleans: `fetch` numbers the classes. */
export interface NamedSource extends Omit<DatasetSource, 'load'> {
  readonly load: (files: FileStore, options: LoadOptions) => Promise<NamedRows<'all'>>;
}
