// A tiny dataset of pictures, and a run without a device.
import type { Dataset } from '../../src/core/data/dataset.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import type { DatasetSource } from '../../src/datasets/source.ts';
import type { Pipeline } from '../../src/dsl/graph/pipeline.ts';
import { run, type OpenedCompute, type RunResult } from '../../src/runtime/run.ts';

/** `rows` pictures of 2 x 2, label = row mod 10, pixel = label * 20 + position. */
export function smallData(rows = 20): Dataset<'all'> {
  const data = Uint8Array.from({ length: rows * 4 }, (_, i) => (Math.floor(i / 4) % 10) * 20 + (i % 4));
  return {
    name: 'small',
    role: 'all',
    x: matrix(rows, 4, data),
    labels: Uint8Array.from({ length: rows }, (_, i) => i % 10),
    rows: Uint32Array.from({ length: rows }, (_, i) => i),
    picture: { width: 2, height: 2 },
  };
}

export function smallSource(rows = 20): DatasetSource {
  return { name: 'small', load: async () => smallData(rows) };
}

/** Runs a pipeline and keeps its events; without `openCompute` a device is an error. */
export async function runSmall(
  pipeline: Pipeline,
  openCompute?: () => Promise<OpenedCompute>,
  signal = new AbortController().signal,
): Promise<RunResult & { readonly events: readonly RunEvent[] }> {
  const events: RunEvent[] = [];
  const result = await run(pipeline, {
    files: { read: () => Promise.reject(new Error('no files here')) },
    openCompute: openCompute ?? (() => Promise.reject(new Error('no device here'))),
    emit: (event) => events.push(event),
    signal,
  });
  return { ...result, events };
}
