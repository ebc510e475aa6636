// Small known files, and cache folders that vanish after the test.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FileSet, FileSource, FileWarning, KnownFile } from '../../src/core/files.ts';
import { isPipelineError, type PipelineError } from '../../src/core/errors/errors.ts';
import type { RetryPolicy } from '../../src/runtime/node/files/retryPolicy.ts';

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export function known(name: string, bytes: Uint8Array): KnownFile {
  return { name, sizeBytes: bytes.length, sha256: sha256(bytes) };
}

/** Bytes that gzip cannot make much of, the same in every run. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** A set of one file that is fetched as `<folder><name>.gz` from each folder in turn. */
export function setOf(files: readonly KnownFile[], folders: readonly string[]): FileSet {
  const sources = folders.map((folder, i): FileSource => ({
    kind: 'http',
    title: `mirror ${i + 1}`,
    urlOf: ({ name }) => `${folder}${name}.gz`,
    encoding: 'gzip',
  }));
  return { name: 'test-set', files, sources };
}

/** An empty folder that is removed after the test. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Where the store keeps the files of {@link setOf}. */
export const cachedIn = (cache: string): string => join(cache, 'datasets', 'test-set');

/** Every name in the set's cache folder, temporary files included. */
export function namesIn(cache: string): string[] {
  try {
    return readdirSync(cachedIn(cache)).toSorted();
  } catch {
    return [];
  }
}

/** Waits short enough for tests; stalls are called so late that a busy machine is not taken for one. */
export const HASTE: RetryPolicy = { tries: 4, backoffMs: 1, longestWaitMs: 2000, stallMs: 10_000, leastBytesPerSecond: 1000 };

/** The PipelineError that `work` ends with. */
export async function errorOf(work: Promise<unknown>): Promise<PipelineError> {
  const outcome = await work.then(
    () => new Error('it resolved instead of failing'),
    (error: unknown) => error,
  );
  if (isPipelineError(outcome)) return outcome;
  throw outcome;
}

export function warnings(): { readonly list: FileWarning[]; readonly onWarning: (warning: FileWarning) => void } {
  const list: FileWarning[] = [];
  return { list, onWarning: (warning) => list.push(warning) };
}
