// Rows of tables that there is no room for in memory: in the cache folder, a file each, under the digest of what it holds. So the same
// table is the same value in every run, results that rest on it are kept, and a later run reads it without reading the table again. A
// file that is gone or changed is a value that is gone, and the table is read again.
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, fstatSync, futimesSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { recode } from '../../../core/data/categories.ts';
import type { StoredMatrix } from '../../../core/data/features.ts';
import type { Meanings } from '../../../core/data/matrix.ts';
import { encodeAs, registerType, type Encodable } from '../../../core/encoding/encoding.ts';
import { PipelineError, reasonOf } from '../../../core/errors/errors.ts';
import type { RowsFile } from '../../../core/files.ts';
import { stagesFolder } from '../directories.ts';
import { sweep } from '../files/cacheFolder.ts';
import { stampOf } from './fileDigest.ts';
import { copyRows } from '../storedMatrix.ts';

/** Features that take more are no longer kept in memory. */
const ABOVE_BYTES = 256e6;
/** Of one read for a digest. */
const PIECE_BYTES = 1 << 20;

/** All that says which rows they are, on any machine. */
interface Fields extends Meanings {
  readonly rows: number;
  readonly cols: number;
  /** SHA-256 of the file, which has nothing but rows of f64, little-endian. */
  readonly digest: string;
  /** The code that stands for each code in the file, by column. */
  readonly codes: readonly (readonly number[] | null)[];
}

/** A file that can be read for as long as somebody has this object, though it be deleted meanwhile. */
class OpenFile {
  readonly descriptor: number;
  readonly path: string;
  readonly #digest: string;
  /** Stamp under which it had its digest. */
  #seen: string | undefined;

  /** @param written it was written here, and digested on the way */
  constructor(descriptor: number, path: string, digest: string, written: boolean) {
    this.descriptor = descriptor;
    this.path = path;
    this.#digest = digest;
    if (written) this.#seen = stampOf(fstatSync(descriptor));
    unused.register(this, descriptor);
  }

  /** @throws E_DIGEST for a file that somebody wrote to */
  check(): void {
    const stamp = stampOf(fstatSync(this.descriptor));
    if (stamp === this.#seen) return;
    if (digestNow(this.descriptor) !== this.#digest) {
      rmSync(this.path, { force: true });
      throw new PipelineError('E_DIGEST', `${this.path} holds other bytes than were written to it.`, {
        hint: 'It is removed: run again, and its rows are read from the table. Let nothing else write to the cache folder.',
      });
    }
    this.#seen = stamp;
  }
}

const unused = new FinalizationRegistry<number>((descriptor) => closeSync(descriptor));
/** By path. */
const opened = new Map<string, WeakRef<OpenFile>>();
let written = 0;

/** Bytes that were written since this was asked last. */
export function bytesFiled(): number {
  const bytes = written;
  written = 0;
  return bytes;
}

export function rowsFolder(): string {
  return join(stagesFolder(), 'rows');
}

/** A file for rows of a table. @param above bytes of rows that stay in memory */
export function rowsFile(cols: number, above = ABOVE_BYTES): RowsFile {
  const folder = rowsFolder();
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  const hash = createHash('sha256');
  let file: number | undefined;
  let bytes = 0;
  return {
    above,
    begin() {
      try {
        mkdirSync(folder, { recursive: true });
        file = openSync(temporary, 'wx+');
        return true;
      } catch {
        return false;
      }
    },
    append(rows) {
      const piece = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
      try {
        for (let done = 0; done < piece.length;) done += writeSync(file!, piece, done);
      } catch (cause) {
        throw new PipelineError('E_DATA', `Rows that take more than ${above / 1e6} MB go to a file in ${folder}, which ended: ${reasonOf(cause)}.`, {
          cause,
          hint: 'Free some space there, or set PIPELINE_CACHE to a folder that has more.',
        });
      }
      hash.update(piece);
      bytes += piece.length;
    },
    async finish(meanings, codes) {
      const digest = hash.digest('hex');
      const path = join(folder, digest);
      try {
        renameSync(temporary, path);
      } catch {
        rmSync(temporary, { force: true }); // its rows can be read until the process ends
      }
      const own = new OpenFile(file!, path, digest, true);
      opened.set(path, new WeakRef(own));
      file = undefined;
      written += bytes;
      await sweep(folder);
      return stored({ rows: bytes / 8 / cols, cols, digest, ...meanings, codes }, own);
    },
    close() {
      if (file === undefined) return;
      closeSync(file);
      rmSync(temporary, { force: true });
      file = undefined;
    },
  };
}

registerType('rowsFile', (fields: Fields) => stored(fields, found(fields)));

function stored(fields: Fields, file: OpenFile): StoredMatrix<'f64'> & Encodable {
  const { rows, cols, categories, dates, codes } = fields;
  return {
    rows,
    cols,
    dtype: 'f64',
    ...(categories ? { categories } : {}),
    ...(dates ? { dates } : {}),
    cached: true,
    async readRows(ids, target) {
      await copyRows(
        file.descriptor,
        { path: file.path, cols, dtype: 'f64', offset: 0 },
        ids,
        new Uint8Array(target.buffer, target.byteOffset, target.byteLength),
      );
      file.check(); // behind the reads, so that what was read is what has the digest
      recode(target, codes);
    },
    [encodeAs]: { type: 'rowsFile', fields },
  };
}

/** A file that an earlier run wrote. @throws E_DATA where it is not there, E_DIGEST where it is another */
function found({ rows, cols, digest }: Fields): OpenFile {
  const path = join(rowsFolder(), digest);
  let file = opened.get(path)?.deref();
  if (!file) {
    let descriptor: number;
    try {
      descriptor = openSync(path, 'r');
    } catch (cause) {
      throw gone(path, cause);
    }
    file = new OpenFile(descriptor, path, digest, false);
    // Reading is use, and what was used last stays longest.
    const now = new Date();
    futimesSync(descriptor, now, now);
    if (fstatSync(descriptor).size !== rows * cols * 8) throw gone(path);
  }
  file.check();
  opened.set(path, new WeakRef(file));
  return file;
}

function gone(path: string, cause?: unknown): PipelineError {
  return new PipelineError('E_DATA', `Rows that were kept in ${path} are not there any more.`, { cause, hint: 'They are read from the table again.' });
}

/** At once, since values are made of their fields at once. */
function digestNow(descriptor: number): string {
  const hash = createHash('sha256');
  const piece = new Uint8Array(PIECE_BYTES);
  for (let at = 0, read = -1; read !== 0; at += read) {
    read = readSync(descriptor, piece, 0, PIECE_BYTES, at);
    hash.update(piece.subarray(0, read));
  }
  return hash.digest('hex');
}
