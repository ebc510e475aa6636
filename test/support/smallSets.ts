// scikit-learn's small datasets, as the reference figures were computed on them: iris standardised, digits raw.
import fixture from '../fixtures/small-data.json' with { type: 'json' };
import type { Dataset } from '../../src/core/data/dataset.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { StageContext } from '../../src/dsl/stage/context.ts';
import type { Compute } from '../../src/core/compute.ts';

export type SetName = keyof typeof fixture.sets;

/** @param positive label that counts as 1; undefined for all classes */
export function smallSet(name: SetName, positive?: number): Dataset<'train', Matrix> {
  const { rows, cols, data, labels, dtype } = fixture.sets[name];
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
  const truth = Uint8Array.from(Buffer.from(labels, 'base64'));
  return {
    name,
    role: 'train',
    x: dtype === 'u8' ? matrix(rows, cols, bytes) : matrix(rows, cols, Float32Array.from(standardised(new Float64Array(bytes.buffer), rows, cols))),
    labels: positive === undefined ? truth : truth.map((label) => (label === positive ? 1 : 0)),
    rows: Uint32Array.from({ length: rows }, (_, i) => i),
    ...(positive === undefined ? {} : { positive }),
  };
}

/** As scikit-learn loads them: iris in float64, digits as bytes. */
export function rawSet(name: SetName): Dataset<'train', Matrix> {
  const { rows, cols, data, dtype } = fixture.sets[name];
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
  return { ...smallSet(name), x: dtype === 'u8' ? matrix(rows, cols, bytes) : matrix(rows, cols, new Float64Array(bytes.buffer)) };
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
