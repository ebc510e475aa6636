// From the body of a response to the bytes that were wanted: unpacked, never longer than allowed, recognised when it is
// a web page, and checked against the digest while it arrives.
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { KnownFile } from '../../../core/files.ts';
import { bounded, isGzip, peek } from '../../peek.ts';
import { sha256Of } from './sha256.ts';
import { SourceFailure } from './sourceFailure.ts';

const HEAD_BYTES = 256;

/** The body, unpacked when it starts like gzip: a proxy or a server may have unpacked it on the way, and the digest has the last word. */
export async function* unpacked(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  const { head, whole } = await peek(body, HEAD_BYTES);
  refuseWebPage(head);
  yield* bounded(isGzip(head) ? gunzipped(whole) : whole, maxBytes, (message) => new SourceFailure('final', message));
}

/** The body as sent. */
export async function* asSent(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { head, whole } = await peek(body, HEAD_BYTES);
  refuseWebPage(head);
  yield* whole;
}

/** Fills `target` and checks length and digest. */
export async function receive(chunks: AsyncIterable<Uint8Array>, file: KnownFile, target: Uint8Array): Promise<void> {
  const hash = createHash('sha256');
  let filled = 0;
  for await (const chunk of chunks) {
    if (filled + chunk.length > file.sizeBytes) throw new SourceFailure('final', `more than ${file.sizeBytes} bytes arrived`);
    target.set(chunk, filled);
    hash.update(chunk);
    filled += chunk.length;
  }
  if (filled < file.sizeBytes) throw new SourceFailure('restart', `ended after ${filled} of ${file.sizeBytes} bytes`);
  const wrong = digestMismatch(hash.digest('hex'), file);
  if (wrong) throw new SourceFailure('final', wrong);
}

/** @throws SourceFailure naming both digests when `bytes` are not the file. */
export function checkDigest(bytes: Uint8Array, file: KnownFile): void {
  const wrong = digestMismatch(sha256Of(bytes), file);
  if (wrong) throw new SourceFailure('final', `${file.name}: ${wrong}`);
}

export function digestMismatch(sha256: string, file: KnownFile): string | undefined {
  return sha256 === file.sha256 ? undefined : `sha256 is ${sha256}, ${file.sha256} is needed`;
}

async function* gunzipped(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  const feeding = pipeline(body, gunzip);
  feeding.catch(() => {}); // the same error comes out of `gunzip` below
  try {
    yield* gunzip;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') throw new SourceFailure('restart', 'the gzip data ended early');
    if (code?.startsWith('Z_')) throw new SourceFailure('final', `not valid gzip (${message})`);
    throw error;
  }
}

/** Login pages of networks and error pages of servers arrive as 200; none of the formats read here starts with `<`. */
function refuseWebPage(head: Uint8Array): void {
  if (/^(\ufeff)?\s*<(!doctype|html|head|\?xml|!--)/i.test(new TextDecoder().decode(head))) {
    throw new SourceFailure('final', 'a web page arrived instead of the file');
  }
}
