// Tables whose rows go to a file although they are few.
import type { TargetKind } from '../../src/core/data/dataset.ts';
import type { DatasetSource } from '../../src/datasets/source.ts';
import { rowsFile } from '../../src/runtime/node/cache/rowsFile.ts';

/** The same source with room for so many bytes of features in memory. */
export function filed<T extends TargetKind>(source: DatasetSource<T>, above: number): DatasetSource<T> {
  return {
    ...source,
    load: (files, options) => source.load(files, { ...options, disk: { ...options.disk!, rowsFile: async (cols) => rowsFile(cols, above) } }),
  };
}
