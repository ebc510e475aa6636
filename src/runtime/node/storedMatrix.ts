// Rows of a file, read when they are needed. The file is known by its digest: what was learned from it is kept under that, and
// a file that changed is refused. Reads are synchronous in short stretches: a million asynchronous reads of 784 bytes would
// cost more than the reads themselves.
import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StoredMatrix } from '../../core/data/features.ts';
import { DTYPES, type Dtype } from '../../core/data/matrix.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding/encoding.ts';
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import { systemCode } from '../../core/errors/thrown.ts';
import { fileDigest, stampOf } from './cache/fileDigest.ts';

export interface StoredMatrixOptions<D extends Dtype = Dtype> {
  /** Rows in the file. */
  readonly rows: number;
  /** Features of a row. */
  readonly cols: number;
  /** What the numbers of the file are, little-endian; 'u8' by default. */
  readonly dtype?: D | undefined;
  /** Bytes before the first row, for example an IDX header's 16; 0 by default. */
  readonly offset?: number | undefined;
  /** SHA-256 of the whole file, in hex. By default it is that of the file as it is found. */
  readonly digest?: string | undefined;
}

/** All that says which rows of which file they are. */
interface Fields {
  readonly path: string;
  readonly rows: number;
  readonly cols: number;
  readonly dtype: Dtype;
  readonly offset: number;
  readonly digest: string;
}

/** Rows read between two turns of the event loop. */
const STRETCH = 4096;
/** Most bytes of one read. */
const MOST_BYTES = 1 << 30;

/**
 * Rows of numbers in a file, `[rows, cols]`, row after row and nothing behind the last: the `x` of a dataset that may be larger
 * than memory. The file is read once for its digest; results that rest on it are kept, as those of rows in memory.
 *
 * @param path relative to the current folder, or a `file:` URL
 * @throws E_SHAPE for rows, columns or an offset that no file has; E_DATA for a file that is not there, too short or too long;
 *   E_DIGEST for one with other bytes than `digest` says, here or when it changes later
 * @example
 * const x = await storedMatrix(new URL('rows.f32', import.meta.url), { rows: 1_000_000, cols: 784, dtype: 'f32' });
 */
export async function storedMatrix<D extends Dtype = 'u8'>(path: string | URL, options: StoredMatrixOptions<D>): Promise<StoredMatrix<D>> {
  const { rows, cols, dtype = 'u8' as D, offset = 0, digest } = options;
  const name = path instanceof URL ? fileURLToPath(path) : path;
  const asked = { path: resolve(name), rows, cols, dtype, offset };
  checkAsked(name, asked, digest);
  closeSync(opened(asked));
  const found = await fileDigest(asked.path);
  const fields = { ...asked, digest: digest?.toLowerCase() ?? found.digest };
  if (found.digest !== fields.digest) throw changed(fields, found.digest);
  return stored(fields, found.stamp) as StoredMatrix as StoredMatrix<D>;
}

registerType('storedMatrix', (fields: Fields) => stored(fields));

/** @param seen stamp under which the file had its digest, where somebody looked */
function stored(fields: Fields, seen?: string): StoredMatrix & Encodable {
  const { path, rows, cols, dtype } = fields;
  return {
    rows,
    cols,
    dtype,
    async readRows(ids, target) {
      const file = opened(fields);
      try {
        await copyRows(file, fields, ids, new Uint8Array(target.buffer, target.byteOffset, target.byteLength));
        // Looked at behind the reads, so that what was read is what has the digest.
        const stamp = stampOf(fstatSync(file));
        if (stamp === seen) return;
        const found = await fileDigest(path);
        if (found.digest !== fields.digest || found.stamp !== stamp) throw changed(fields, found.digest);
        seen = stamp;
      } finally {
        closeSync(file);
      }
    },
    [encodeAs]: { type: 'storedMatrix', fields },
  };
}

/** Copies rows `ids` of an open file. */
export async function copyRows(
  file: number,
  { path, cols, dtype, offset }: Pick<Fields, 'path' | 'cols' | 'dtype' | 'offset'>,
  ids: Uint32Array,
  target: Uint8Array,
): Promise<void> {
  const rowBytes = cols * DTYPES[dtype].BYTES_PER_ELEMENT;
  for (let i = 0, stretch = STRETCH; i < ids.length;) {
    // Neighbouring rows are one read.
    let count = 1;
    while (i + count < ids.length && ids[i + count] === ids[i]! + count) count++;
    const from = offset + ids[i]! * rowBytes;
    for (let done = 0; done < count * rowBytes;) {
      const read = readSync(file, target, i * rowBytes + done, Math.min(MOST_BYTES, count * rowBytes - done), from + done);
      if (read === 0) throw new PipelineError('E_DATA', `${path} ended while it was read.`, { hint: 'Let nothing write to it during a run.' });
      done += read;
    }
    i += count;
    if (i >= stretch) {
      stretch = i + STRETCH;
      await new Promise((done) => setImmediate(done));
    }
  }
}

function checkAsked(name: string, { rows, cols, dtype, offset }: Omit<Fields, 'digest'>, digest: string | undefined): void {
  const refuse = (what: string, hint: string): never => {
    throw new PipelineError('E_SHAPE', `storedMatrix of ${name}: ${what}.`, { hint });
  };
  if (!Object.hasOwn(DTYPES, dtype)) refuse(`dtype is '${String(dtype)}'; one of ${Object.keys(DTYPES).join(', ')} is needed`, 'Correct dtype.');
  for (const [what, count] of Object.entries({ rows, cols }))
    if (!(Number.isSafeInteger(count) && count >= 1)) refuse(`${what} is ${String(count)}; a whole number from 1 is needed`, `Correct ${what}.`);
  const bytes = DTYPES[dtype].BYTES_PER_ELEMENT;
  if (!(Number.isSafeInteger(offset) && offset >= 0 && offset % bytes === 0))
    refuse(
      `offset is ${String(offset)}; ${bytes === 1 ? 'a whole number from 0' : `a multiple of ${bytes}, the bytes of one ${dtype},`} is needed`,
      'Correct offset: bytes before the first row.',
    );
  if (digest !== undefined && !/^[0-9a-f]{64}$/i.test(digest))
    refuse(`digest is '${digest}'; 64 hex digits are needed`, 'Give what sha256sum says, or leave it out.');
}

/** The file, open, and as long as it must be. */
function opened({ path, rows, cols, dtype, offset }: Omit<Fields, 'digest'>): number {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    const what = systemCode(cause) === 'ENOENT' ? 'is not there' : `cannot be opened: ${reasonOf(cause)}`;
    throw new PipelineError('E_DATA', `${path} ${what}.`, {
      cause,
      hint: "Name the file by new URL('./rows.f32', import.meta.url), from where the code stands.",
    });
  }
  const refusal = lengthRefusal(fstatSync(file), { path, rows, cols, dtype, offset });
  if (!refusal) return file;
  closeSync(file);
  throw refusal;
}

function lengthRefusal(stats: Stats, { path, rows, cols, dtype, offset }: Omit<Fields, 'digest'>): PipelineError | undefined {
  if (!stats.isFile()) return new PipelineError('E_DATA', `${path} is no file.`, { hint: 'Name the file that holds the rows.' });
  const rowBytes = cols * DTYPES[dtype].BYTES_PER_ELEMENT;
  const needed = offset + rows * rowBytes;
  if (stats.size === needed) return undefined;
  const held = (stats.size - offset) / rowBytes;
  const cure = Number.isInteger(held) && held > 0 ? `rows: ${held} is what these columns make of it; or correct` : 'Correct';
  return new PipelineError('E_DATA', `${path} has ${stats.size} bytes; ${rows} rows of ${cols} ${dtype} behind ${offset} bytes are ${needed}.`, {
    hint: `${cure} cols, dtype or offset, or write the file anew${stats.size < needed ? ': it may be cut off' : ''}.`,
  });
}

function changed({ path, digest }: Fields, found: string): PipelineError {
  return new PipelineError('E_DIGEST', `${path} holds other bytes than its digest says: its SHA-256 is ${found}, not ${digest}.`, {
    hint: "Put the file back; if it is meant to be another, correct the digest, and name it in the source's inputs: { files: [...] }, so that a run notices.",
  });
}
