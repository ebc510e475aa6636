// Rows of bytes in a file, read when they are needed. Reads are synchronous in short stretches: a million asynchronous
// reads of 784 bytes would cost more than the reads themselves.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { PipelineError } from '../../../core/errors/errors.ts';
import type { StoredMatrix } from '../../../core/data/features.ts';

export interface StoredMatrixOptions {
  readonly rows: number;
  readonly cols: number;
  /** Bytes before the first row, for example an IDX header's 16. */
  readonly offset?: number;
}

/** Rows read between two turns of the event loop. */
const STRETCH = 4096;

/**
 * Rows of bytes of a file, row after row. The file stays open until the process ends.
 *
 * @throws E_DATA when the file is too short
 * @example
 * const x = storedMatrix('rows.u8', { rows: 1_000_000, cols: 784 });
 */
export function storedMatrix(path: string, { rows, cols, offset = 0 }: StoredMatrixOptions): StoredMatrix {
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);
  const needed = offset + rows * cols;
  if (size < needed) {
    closeSync(file);
    throw new PipelineError('E_DATA', `${path} has ${size} bytes; ${rows} rows of ${cols} behind ${offset} bytes need ${needed}.`, {
      hint: 'Correct rows, cols or offset, or write the file anew.',
    });
  }
  return {
    rows,
    cols,
    dtype: 'u8',
    async readRows(ids, target) {
      for (let i = 0, stretch = STRETCH; i < ids.length;) {
        // Neighbouring rows are one read.
        let count = 1;
        while (i + count < ids.length && ids[i + count] === ids[i]! + count) count++;
        readSync(file, target, i * cols, count * cols, offset + ids[i]! * cols);
        i += count;
        if (i >= stretch) {
          stretch = i + STRETCH;
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    },
  };
}
