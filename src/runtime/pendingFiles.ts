// The files of a set on their way into memory, and the error when some never arrive: the same on every platform.
import { PipelineError } from '../core/errors/errors.ts';
import type { FileSet, KnownFile, ReadOptions } from '../core/files.ts';

/** A file of a set and the memory its bytes go to. */
export interface PendingFile {
  readonly file: KnownFile;
  readonly bytes: Uint8Array;
  /** True once `bytes` holds the file, its digest checked. */
  have: boolean;
}

/** @throws E_SHAPE when the memory given for a file has another length */
export function pendingFiles(set: FileSet, into: ReadOptions['into']): readonly PendingFile[] {
  return set.files.map((file) => {
    const bytes = into?.(file) ?? new Uint8Array(file.sizeBytes);
    if (bytes.length === file.sizeBytes) return { file, bytes, have: false };
    throw new PipelineError('E_SHAPE', `${file.name} has ${file.sizeBytes} bytes, the memory given for it has ${bytes.length}.`);
  });
}

export const missingOf = (set: readonly PendingFile[]): readonly PendingFile[] => set.filter(({ have }) => !have);

/** @param tried every place that was asked, and why it did not deliver */
export function nothingDelivered(code: 'E_FETCH' | 'E_DIGEST', missing: readonly PendingFile[], tried: readonly string[], hint: string): PipelineError {
  const names = missing.map(({ file }) => file.name).join(', ');
  const digests = missing.map(({ file }) => `\n  needed: ${file.name}, ${file.sizeBytes} bytes, sha256 ${file.sha256}`).join('');
  return new PipelineError(code, `No source delivered ${names}.${digests}${tried.map((line) => `\n  tried: ${line}`).join('')}`, { hint });
}
