// scikit-learn's small datasets, as the reference figures were computed on them: iris standardised, digits raw.
import type { Dataset } from '../../src/core/data/dataset.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { StageContext } from '../../src/dsl/stage/context.ts';
import type { Compute } from '../../src/core/compute.ts';
import type { FileStore } from '../../src/core/files.ts';
import { digits } from '../../src/tables/carried/digits.ts';
import { iris } from '../../src/tables/carried/tables.ts';

const SETS = {
  iris: (await iris().load({} as FileStore, {})) as Dataset<'all', Matrix>,
  digits: (await digits().load({} as FileStore, {})) as Dataset<'all', Matrix>,
};
export type SetName = keyof typeof SETS;

/** @param positive label that counts as 1; undefined for all classes */
export function smallSet(name: SetName, positive?: number): Dataset<'train', Matrix> {
  const { x, labels } = rawSet(name);
  const { rows, cols, data } = x;
  return {
    ...rawSet(name),
    x: data instanceof Float64Array ? matrix(rows, cols, Float32Array.from(standardised(data, rows, cols))) : x,
    ...(positive === undefined ? {} : { positive, labels: Uint8Array.from(labels, (label) => (label === positive ? 1 : 0)) }),
  };
}

/** As scikit-learn loads them: iris in float64, digits as bytes; without what their columns and classes are called. */
export function rawSet(name: SetName): Dataset<'train', Matrix> {
  const { x, labels, rows } = SETS[name];
  return { name, role: 'train', x: matrix(x.rows, x.cols, x.data.slice()), labels: Uint8Array.from(labels), rows: rows.slice() };
}

/** StandardScaler in float64. */
function standardised(x: Float64Array, rows: number, cols: number): Float64Array {
  const out = x.slice();
  for (let j = 0; j < cols; j++) {
    const column = Float64Array.from({ length: rows }, (_, i) => x[i * cols + j]!);
    const mean = column.reduce((a, b) => a + b, 0) / rows;
    const deviation = Math.sqrt(column.reduce((a, b) => a + (b - mean) ** 2, 0) / rows);
    for (let i = 0; i < rows; i++) out[i * cols + j] = (x[i * cols + j]! - mean) / deviation;
  }
  return out;
}

/** A stage's context around a device, outside any run. */
export function stageContext(compute: Compute, events: RunEvent[] = []): StageContext {
  return {
    stage: 'test',
    seed: () => 0,
    signal: new AbortController().signal,
    emit: (event) => events.push(event),
    files: { read: () => Promise.reject(new Error('no files')) },
    compute: () => Promise.resolve(compute),
  };
}

/** Every second row of some. @param from 0 or 1: the first to take */
export const everySecond = <D extends { readonly rows: Uint32Array }>(data: D, from: number): D => ({
  ...data,
  rows: data.rows.filter((_, i) => i % 2 === from),
});
