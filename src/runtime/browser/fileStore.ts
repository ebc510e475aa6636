// A page's file store: the page's own server first, then the web sources of the set, the digest checked whatever the
// source. Nothing is kept here: the browser's HTTP cache does that. A failed source is not asked twice; what may pass is
// for the policy of the fetch stage (`withPolicy(fetch(...), { retries: 2 })`).
import { sha256 } from '../../core/encoding/digest.ts';
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import type { FileSet, FileSource, FileStore, KnownFile, ReadOptions } from '../../core/files.ts';
import { joined } from '../peek.ts';
import { missingOf, nothingDelivered, pendingFiles, type PendingFile } from '../pendingFiles.ts';
import { chunksOf, readInto, unpacked, WrongDigest } from './body.ts';

export interface BrowserFileStoreOptions {
  /** URL of a folder that holds `<set>/<file>`, unpacked, as `datasets` in Node's cache folder does. Absent: web sources only. */
  readonly base?: string | URL | undefined;
}

type WebSource = Exclude<FileSource, { kind: 'package' | 'folder' }>;

/**
 * A file store over HTTP.
 *
 * @example
 * const data = await mnist784().load(browserFileStore({ base: '/datasets/' }), {}); // GET /datasets/mnist-784/train-images-idx3-ubyte ...
 */
export function browserFileStore({ base }: BrowserFileStoreOptions = {}): FileStore {
  return {
    async read(set, { signal, onProgress = () => {}, onWarning = () => {}, into } = {}) {
      if (!globalThis.crypto?.subtle) {
        throw new PipelineError('E_FETCH', 'This page cannot check SHA-256 digests: it is not a secure context.', {
          hint: 'Serve the page over https, or from localhost.',
        });
      }
      const pending = pendingFiles(set, into);
      const tried: string[] = [];
      let wrongDigest = false;
      for (const source of [...ownServer(set, base), ...set.sources]) {
        if (source.kind === 'package' || source.kind === 'folder') continue;
        if (missingOf(pending).length === 0) break;
        try {
          await deliver(source, missingOf(pending), { signal, onProgress });
        } catch (error) {
          if (signal?.aborted) throw new PipelineError('E_CANCELLED', `Reading ${set.name} was cancelled.`, { cause: signal.reason });
          wrongDigest ||= error instanceof WrongDigest;
          const message = `${source.title}: ${reasonOf(error)}`;
          tried.push(message);
          onWarning({ code: 'W_SOURCE', message });
        }
      }
      if (missingOf(pending).length > 0) {
        const hint = `Serve the unpacked files as <base>${set.name}/<file> and pass browserFileStore({ base }); other hosts must allow this page (CORS).`;
        throw nothingDelivered(wrongDigest ? 'E_DIGEST' : 'E_FETCH', missingOf(pending), tried, hint);
      }
      return pending.map(({ bytes }) => bytes);
    },
    async download(url, { note, maxBytes, signal, onProgress }) {
      try {
        const pieces: Uint8Array[] = [];
        for await (const piece of unpacked(await request(url, note, { signal, onProgress }), maxBytes)) pieces.push(piece);
        return joined(pieces);
      } catch (error) {
        if (signal?.aborted) throw new PipelineError('E_CANCELLED', `Downloading ${note} was cancelled.`, { cause: signal.reason });
        if (error instanceof NotThere) return undefined;
        throw new PipelineError('E_FETCH', `${note} could not be downloaded: ${reasonOf(error)}.`, {
          hint: 'Its host must be reachable and allow this page (CORS).',
          cause: error,
        });
      }
    },
  };
}

/** The server says that there is nothing. */
class NotThere extends Error {}

function ownServer(set: FileSet, base: BrowserFileStoreOptions['base']): WebSource[] {
  if (base === undefined) return [];
  const folder = new URL(`${set.name}/`, new URL(String(base).replace(/\/?$/, '/'), globalThis.location?.href));
  return [{ kind: 'http', title: folder.href, urlOf: ({ name }) => new URL(name, folder).href, encoding: 'identity' }];
}

/** Files that arrived before a failure stay delivered. */
async function deliver(source: WebSource, missing: readonly PendingFile[], options: Pick<ReadOptions, 'signal' | 'onProgress'>): Promise<void> {
  if (source.kind === 'http-archive') {
    const targetOf = (file: KnownFile): Uint8Array => missing.find((one) => one.file === file)?.bytes ?? new Uint8Array(file.sizeBytes);
    await source.unpack(unpacked(await request(source.url, source.title, options), source.maxBytes), targetOf);
    for (const one of missing) await check(one);
    return;
  }
  for (const one of missing) {
    const { file, bytes } = one;
    const body = await request(source.urlOf(file), `${file.name} from ${source.title}`, options);
    await readInto(source.encoding === 'gzip' ? unpacked(body, file.sizeBytes) : body, file, bytes);
    await check(one);
  }
}

async function check(one: PendingFile): Promise<void> {
  const { name, sha256: needed } = one.file;
  const digest = await sha256(one.bytes);
  if (digest !== needed) throw new WrongDigest(`${name}: sha256 is ${digest}, ${needed} is needed`);
  one.have = true;
}

async function request(url: string, note: string, { signal, onProgress }: Pick<ReadOptions, 'signal' | 'onProgress'>): Promise<AsyncGenerator<Uint8Array>> {
  const response = await fetch(url, { signal: signal ?? null }).catch((cause: unknown) => {
    // All that a page is told of a server that is down, or that gives this page nothing to read.
    throw new Error(`no answer, or none that this page may read (CORS): ${url}`, { cause });
  });
  if ([404, 410, 412].includes(response.status)) throw new NotThere(`HTTP ${response.status} (${url})`);
  if (!response.ok) throw new Error(`HTTP ${response.status} (${url})`);
  // What servers of single-page applications answer for every path they do not know.
  if (response.headers.get('content-type')?.startsWith('text/html')) throw new Error(`a web page arrived instead of the file (${url})`);
  const length = response.headers.get('content-length');
  // The browser undoes a content encoding, and the length speaks of the encoded bytes.
  const total = length === null || response.headers.has('content-encoding') ? null : Number(length);
  return chunksOf(response.body!, (done) => onProgress?.({ task: 'download', done, total, note }));
}
