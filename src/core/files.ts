// What a dataset asks of the place it runs in: files by name and digest. Node answers from a cache folder, an installed
// package or the network; a browser answers with HTTP. A dataset never sees which.

/** A file whose bytes are known in advance. */
export interface KnownFile {
  /** Name in the cache and in messages, for example `train-images-idx3-ubyte`. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Of the decoded bytes, lower-case hex. */
  readonly sha256: string;
}

/** A place that may deliver some files of a set; places are tried in order. */
export type FileSource =
  | { readonly kind: 'package'; readonly package: string; readonly pathOf: (file: KnownFile) => string }
  | { readonly kind: 'http'; readonly title: string; readonly urlOf: (file: KnownFile) => string; readonly encoding: 'gzip' | 'identity' }
  /** One download that holds the whole set in another format; `unpack` turns it into the known files. */
  | { readonly kind: 'http-archive'; readonly title: string; readonly url: string; readonly unpack: Unpack };

/** Reads a body as it arrives and returns the bytes of every known file, in the order of the set. */
export type Unpack = (body: AsyncIterable<Uint8Array>) => Promise<readonly Uint8Array[]>;

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

export interface FileStore {
  /**
   * The bytes of every file of the set, in its order, each checked against its digest whatever the source.
   *
   * @throws E_FETCH naming every source tried and why it failed; E_CANCELLED when `signal` aborts.
   */
  read(set: FileSet, options?: { readonly signal?: AbortSignal | undefined; readonly onProgress?: ((progress: FileProgress) => void) | undefined }): Promise<readonly Uint8Array[]>;
}
