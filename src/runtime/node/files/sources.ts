// How each kind of source delivers files into memory that is already there: an installed package, one download per file,
// or one download that holds the whole set. Nothing counts as delivered before its digest was checked.
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { FileProgress, FileSource, KnownFile } from '../../../core/files.ts';
import { joined } from '../../peek.ts';
import { missingOf, type PendingFile } from '../../pendingFiles.ts';
import { readKnown, type ReadOutcome } from './cacheFolder.ts';
import { asSent, checkDigest, receive, unpacked } from './body.ts';
import type { Http } from './http.ts';
import { packageFolder } from './packages.ts';
import type { RetryPolicy } from './retryPolicy.ts';
import { asFailure, SourceFailure } from './sourceFailure.ts';
import { shownUrl } from './urls.ts';

export interface SourceContext {
  readonly signal: AbortSignal | undefined;
  readonly retryPolicy: RetryPolicy;
  readonly onProgress: (progress: FileProgress) => void;
  /** Opened on first use: runs that need no network do not pay for an HTTP client. */
  readonly http: () => Promise<Http>;
  /** Called for each file that came over the network, digest checked. */
  readonly keep: (pending: PendingFile) => Promise<void>;
}

type PackageSource = Extract<FileSource, { kind: 'package' }>;
type HttpSource = Extract<FileSource, { kind: 'http' }>;
type ArchiveSource = Extract<FileSource, { kind: 'http-archive' }>;

export function titleOf(source: FileSource): string {
  if (source.kind === 'package') return `package ${source.package}`;
  if (source.kind === 'folder') return `folder ${source.folder}`;
  return source.kind === 'http-archive' ? `${source.title} (${shownUrl(source.url)})` : source.title;
}

/**
 * Delivers every file of `set` that is still missing. Files that arrived before a failure stay delivered.
 *
 * @throws SourceFailure with the reason, naming the file; or the signal's reason.
 */
export async function deliver(source: FileSource, set: readonly PendingFile[], context: SourceContext): Promise<void> {
  if (source.kind === 'package') return fromPackage(source, missingOf(set), context);
  if (source.kind === 'folder') return fromFolder(source.folder, missingOf(set), context);
  if (source.kind === 'http-archive') return fromArchive(source, set, context);
  // One after the other, and the first failure ends it: a mirror that fails one file is not asked for three more.
  for (const pending of missingOf(set)) await fromHttp(source, pending, context);
}

/** Reads a file on this disk into its memory, with progress. */
export async function readPending(
  path: string,
  pending: PendingFile,
  from: string,
  { signal, onProgress }: Pick<SourceContext, 'signal' | 'onProgress'>,
): Promise<ReadOutcome> {
  const { file, bytes } = pending;
  const note = `${file.name} from ${from}`;
  const onBytes = (done: number): void => onProgress({ task: 'read', done, total: file.sizeBytes, note });
  const outcome = await readKnown(path, file, bytes, { signal, onBytes });
  pending.have = outcome.state === 'read';
  return outcome;
}

/** Not copied into the cache: the package is on this disk already, and its bytes are checked at every read as well. */
async function fromPackage(source: PackageSource, missing: readonly PendingFile[], context: SourceContext): Promise<void> {
  const folder = packageFolder(source.package);
  if (folder === undefined) throw new SourceFailure('final', 'not installed');
  for (const pending of missing) {
    const outcome = await readPending(join(folder, source.pathOf(pending.file)), pending, titleOf(source), context);
    if (outcome.state !== 'read') throw new SourceFailure('final', `${pending.file.name}: ${outcome.why}`);
  }
}

/** Not copied into the cache either. */
async function fromFolder(folder: string, missing: readonly PendingFile[], { signal }: SourceContext): Promise<void> {
  for (const pending of missing) {
    const { file, bytes } = pending;
    try {
      await receive(unpacked(createReadStream(join(folder, `${file.name}.gz`), { signal }), file.sizeBytes), file, bytes);
    } catch (error) {
      signal?.throwIfAborted();
      const gone = ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
      throw new SourceFailure('final', gone ? 'not there' : `${file.name}: ${asFailure(error).message}`);
    }
    pending.have = true;
  }
}

async function fromHttp(source: HttpSource, pending: PendingFile, context: SourceContext): Promise<void> {
  const { file, bytes } = pending;
  const url = source.urlOf(file);
  const isGzip = source.encoding === 'gzip';
  try {
    await fetchBody(url, `${file.name} from ${source.title}`, isGzip ? longestGzip(file) : file.sizeBytes, 'identity', context, (body) =>
      receive(isGzip ? unpacked(body, file.sizeBytes) : asSent(body), file, bytes),
    );
  } catch (error) {
    context.signal?.throwIfAborted();
    throw new SourceFailure('final', `${file.name}: ${asFailure(error).message} (${shownUrl(url)})`);
  }
  pending.have = true;
  await context.keep(pending);
}

async function fromArchive(source: ArchiveSource, set: readonly PendingFile[], context: SourceContext): Promise<void> {
  const missing = missingOf(set);
  const targetOf = (file: KnownFile): Uint8Array =>
    // What another source delivered stays as it is: the archive's copy of it goes elsewhere and is dropped.
    missing.find((pending) => pending.file === file)?.bytes ?? new Uint8Array(file.sizeBytes);
  // Text in gzip is a fraction of the text, so gzip is asked for; what arrives is recognised by its first bytes.
  await fetchBody(source.url, source.title, source.maxBytes, 'gzip', context, async (body) => {
    await source.unpack(unpacked(body, source.maxBytes), targetOf);
    for (const { file, bytes } of missing) checkDigest(bytes, file);
  });
  for (const pending of missing) {
    pending.have = true;
    await context.keep(pending);
  }
}

/** What is behind a URL of which nothing is known in advance; undefined where the server says that there is nothing. @throws SourceFailure */
export async function fromUrl(url: string, note: string, maxBytes: number, context: Omit<SourceContext, 'keep'>): Promise<Uint8Array | undefined> {
  let pieces: Uint8Array[] = [];
  try {
    await fetchBody(url, note, maxBytes, 'gzip', context, async (body) => {
      pieces = [];
      for await (const piece of unpacked(body, maxBytes)) pieces.push(piece);
    });
  } catch (error) {
    if (error instanceof SourceFailure && [404, 410, 412].includes(error.status ?? 0)) return undefined;
    throw error;
  }
  return joined(pieces);
}

async function fetchBody(
  url: string,
  note: string,
  maxBytes: number,
  acceptEncoding: 'identity' | 'gzip',
  { http, retryPolicy, signal, onProgress }: Omit<SourceContext, 'keep'>,
  consume: (body: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const { download } = await import('./download.ts');
  await download(url, consume, {
    http: await http(),
    retryPolicy,
    acceptEncoding,
    maxBytes,
    signal,
    onProgress: (done, total) => onProgress({ task: 'download', done, total, note }),
  });
}

/** Gzip of incompressible bytes is a little longer than they are. */
const longestGzip = ({ sizeBytes }: KnownFile): number => Math.ceil(sizeBytes * 1.01) + 65_536;
