// What a dataset asks of the place it runs in: files by name and digest. Node answers from a cache folder, an installed
// package or the network; a browser answers with HTTP. A dataset never sees which.
import type { StoredMatrix } from './data/features.ts';
import type { Meanings } from './data/matrix.ts';
import type { Query, QueryRows } from './queries.ts';

/** A file whose bytes are known in advance. */
export interface KnownFile {
  /** Name in the cache and in messages, for example `train-images-idx3-ubyte`: letters, digits, `.`, `-` and `_`. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Of the decoded bytes, lower-case hex. */
  readonly sha256: string;
}

/** A place that may deliver some files of a set; places are tried in order. */
export type FileSource =
  | { readonly kind: 'package'; readonly package: string; readonly pathOf: (file: KnownFile) => string }
  /** A folder that this machine may have, with each file gzipped as `<file>.gz`. */
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'http'; readonly title: string; readonly urlOf: (file: KnownFile) => string; readonly encoding: 'gzip' | 'identity' }
  /**
   * One download that holds the whole set in another format; `unpack` turns it into the known files. `maxBytes` bounds
   * the decoded body: nothing longer is read, whatever the server sends.
   */
  | { readonly kind: 'http-archive'; readonly title: string; readonly url: string; readonly maxBytes: number; readonly unpack: Unpack };

/**
 * Reads a body as it arrives and fills `targetOf(file)`, a buffer of exactly `file.sizeBytes`, for every known file.
 * The store checks the digests afterwards. A body that was cut may be offered again from its start: `unpack` runs anew.
 */
export type Unpack = (body: AsyncIterable<Uint8Array>, targetOf: (file: KnownFile) => Uint8Array) => Promise<void>;

/** A set of files that belong together, and where they may come from. */
export interface FileSet {
  /** Folder name in the cache, letters, digits, `-` and `_`. */
  readonly name: string;
  readonly files: readonly KnownFile[];
  readonly sources: readonly FileSource[];
}

export interface FileProgress {
  readonly task: 'download' | 'read';
  readonly done: number;
  readonly total: number | null;
  /** What is being read, and from where. */
  readonly note: string;
}

/** Something that did not stop the read but that a user should know. */
export interface FileWarning {
  /**
   * `W_CACHE_CORRUPT`: a cached file had other bytes, was removed and is fetched again. `W_CACHE_UNUSABLE`: nothing
   * could be kept for the next run. `W_SOURCE`: a download failed; the next source is tried. `W_LOCKED`: a name was looked
   * up, and stands for the same bytes from now on.
   */
  readonly code: 'W_CACHE_CORRUPT' | 'W_CACHE_UNUSABLE' | 'W_SOURCE' | 'W_LOCKED';
  readonly message: string;
  readonly hint?: string;
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: FileProgress) => void) | undefined;
  readonly onWarning?: ((warning: FileWarning) => void) | undefined;
  /**
   * Where the bytes of a file go: exactly `file.sizeBytes` long, asked for once per file. By default new memory. A
   * dataset places its biggest file straight into the matrix with this. Before `read` resolves the buffer may hold
   * anything.
   */
  readonly into?: ((file: KnownFile) => Uint8Array) | undefined;
}

export interface FileStore {
  /**
   * The bytes of every file of the set, in its order, each checked against its digest whatever the source.
   *
   * @throws E_FETCH naming every source tried and why it failed; E_CANCELLED when `signal` aborts.
   */
  read(set: FileSet, options?: ReadOptions): Promise<readonly Uint8Array[]>;
  /**
   * What is behind a URL, of which nobody knows the bytes in advance; unpacked where it is gzip. Absent in a store that delivers
   * known files alone.
   *
   * @returns undefined where the server says that there is nothing: HTTP 404, 410 or 412, as OpenML has it
   * @throws E_FETCH, E_CANCELLED
   */
  download?(url: string, options: DownloadOptions): Promise<Uint8Array | undefined>;
  /** Keeps a file of a set where `read` finds it. Absent where nothing is kept. A place that cannot be written to is a warning. */
  keep?(set: string, file: KnownFile, bytes: Uint8Array, options?: Pick<ReadOptions, 'signal' | 'onWarning'>): Promise<void>;
}

export interface DownloadOptions extends Pick<ReadOptions, 'signal' | 'onProgress'> {
  /** What it is, for progress and errors. */
  readonly note: string;
  /** Nothing longer is read, whatever the server sends; of the unpacked bytes. */
  readonly maxBytes: number;
}

/** Bytes by position, for formats whose table of contents is at their end. */
export interface Slices {
  readonly size: number;
  /** Bytes `from` up to `to`, which is not included; fewer where the bytes end earlier. */
  slice(from: number, to: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** What is in a folder. */
export interface DiskEntry {
  readonly name: string;
  /** Of a link, what it leads to; `other` is what cannot be read: a link to nothing, a device. */
  readonly kind: 'file' | 'folder' | 'other';
}

/** Rows that go to a file while they arrive, because there is no room for them in memory. */
export interface RowsFile {
  /** Rows of more bytes belong there. */
  readonly above: number;
  /** False where there can be no file: then rows stay in memory, however many they are. */
  begin(): boolean;
  /** More rows, `[rows][cols]`. @throws E_DATA where the disk is full */
  append(rows: Float64Array): void;
  /**
   * All of them. They are known by what they hold, so that the same rows are the same value in every run.
   *
   * @param meanings names of the columns that have some, and which hold moments
   * @param codes what the codes written stand for: the position of the name of each, by column
   */
  finish(meanings: Meanings, codes: readonly (readonly number[] | null)[]): Promise<StoredMatrix<'f64'>>;
  /** Nothing is written any more. What was not finished is gone. */
  close(): void;
}

/** Files of this machine, by `file:` URL. */
export interface Disk {
  /** What is in a folder, in any order; undefined where there is no such folder. */
  list(folder: URL): Promise<readonly DiskEntry[] | undefined>;
  /** Undefined where there is no such file. */
  read(file: URL): Promise<Uint8Array | undefined>;
  /** The same a piece at a time, and how long it is. */
  open(file: URL): Promise<{ readonly bytes: AsyncIterable<Uint8Array>; readonly size: number } | undefined>;
  /** The same by position. */
  slices(file: URL): Promise<Slices | undefined>;
  /** Readers see the file as it was, or the whole new one. */
  write(file: URL, bytes: Uint8Array): Promise<void>;
  /** Asks a database; undefined where it is not there. Absent where nobody can. */
  query?(query: Query, signal?: AbortSignal): Promise<QueryRows | undefined>;
  /** For rows of so many columns. Absent where they can only be in memory. */
  rowsFile?(cols: number): Promise<RowsFile>;
}
