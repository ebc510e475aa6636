// Small tables of numbers as datasets and as sources.
import type { Dataset } from '../../src/core/data/dataset.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import type { Fetched, Split } from '../../src/dsl/stage/state.ts';
import { fetch } from '../../src/stages/fetch.ts';

/** @param x rows of numbers, or one number a row */
export function table(x: readonly (number | readonly number[])[], y: readonly number[], more: Partial<Dataset<'all'>> = {}): Dataset<'all', Matrix> {
  const cols = [x[0] ?? []].flat().length;
  const made = { name: 'table', role: 'all', x: matrix(x.length, cols, Float32Array.from(x.flat())), labels: Uint8Array.from(y) } as const;
  return { ...made, rows: Uint32Array.from(x.keys()), ...more } as Dataset<'all', Matrix>;
}

/** A stage that fetches such a table. */
export function fetchTable(data: Dataset<'all'>) {
  return fetch({ name: data.name, load: async () => data });
}

/** All rows to fit on and to score on, as the figures of `cross_val_score(model, X, y)` and `model.score(X, y)` have them. */
export const whole = stage({
  id: 'whole',
  needs: ['data'],
  provides: ['train', 'test'],
  run: ({ data }: Fetched): Split => ({ train: { ...data, role: 'train' }, test: { ...data, role: 'test' } }),
});
