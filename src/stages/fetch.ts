// Brings a dataset in: files by digest from the cache, a package or the network, parsed once.
import type { FileProgress, FileWarning } from '../core/files.ts';
import type { DatasetSource } from '../datasets/source.ts';
import { defineStage, type Stage } from '../dsl/stage.ts';
import type { Fetched } from '../dsl/state.ts';

/**
 * Fetches a dataset. Adds `data`: x `[rows, cols]` and one label a row.
 *
 * @throws E_FETCH when no source delivers; E_DIGEST or E_DATA when the bytes are not what they should be.
 */
export function fetch(source: DatasetSource): Stage<unknown, Fetched> {
  return defineStage<unknown, Fetched>({
    id: 'fetch',
    needs: [],
    provides: ['data'],
    // Bytes with known digests are the same whenever they are fetched; of others nobody knows before.
    code: source.digest === undefined ? undefined : [],
    keep: source.digest === undefined ? 'nothing' : 'digests',
    params: { dataset: source.name, ...(source.digest === undefined ? {} : { digest: source.digest }) },
    run: async (_state, { files, signal, emit, stage }) => {
      const onProgress = ({ task, done, total, note }: FileProgress): void => emit({ type: 'progress', stage, task, done, total, unit: 'bytes', note });
      const onWarning = (warning: FileWarning): void => emit({ type: 'warning', stage, ...warning });
      const data = await source.load(files, { signal, onProgress, onWarning });
      const { rows, cols, dtype } = data.x;
      return { adds: { data }, output: { dataset: data.name, x: [rows, cols], y: [data.labels.length], dtype } };
    },
  });
}
