// Tables with more features than are kept in memory, read, learned from and scored in less of it than they have. Their rows are those
// that a generator of numbers makes: 300 MB of them, or as many as PIPELINE_TEST_TABLE_ROWS asks for (4600000 are 2 GB).
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, expect, test } from 'vitest';

const ROWS = Number(process.env['PIPELINE_TEST_TABLE_ROWS'] ?? 680_000);
/** Megabytes of the process. Node, the software adapter with the rows on it, and the rows before the file is begun are most of them, whatever the size. */
const BOUND = ROWS > 680_000 ? 1200 : 800;
const CHILD = fileURLToPath(new URL('../support/largeTableChild.ts', import.meta.url));
const COLORS = ['red', 'green', 'blue', 'yellow', 'violet', 'orange', 'black', 'white'];

const folder = mkdtempSync(join(tmpdir(), 'large-table-'));
afterAll(() => rmSync(folder, { recursive: true }));
const files = { csv: join(folder, 'large.csv'), parquet: join(folder, 'large.parquet') };

/** 40 numbers of 7 digits, 5 whole ones and 5 names a row; the label depends on a few of them. */
function writeCsv(): void {
  const file = openSync(files.csv, 'w');
  const named = (letter: string, count: number): readonly string[] => Array.from({ length: count }, (_, i) => `${letter}${i}`);
  writeSync(file, `${[...named('f', 40), ...named('i', 5), ...named('c', 5)].join(',')}\n`);
  let state = 1;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  for (let row = 0; row < ROWS;) {
    const lines: string[] = [];
    for (; row < ROWS && lines.length < 5000; row++) {
      const floats = Array.from({ length: 40 }, () => (200 * (next() + next() + next() - 1.5)).toPrecision(7));
      if (row % 11 === 0) floats[0] = '';
      const whole = Array.from({ length: 5 }, () => Math.floor(2e6 * next() - 1e6));
      whole[4] = Math.floor(Number(floats[1]) + Number(floats[2]) + 100 * (next() - 0.5));
      lines.push([...floats, ...whole, ...Array.from({ length: 5 }, () => COLORS[Math.floor(8 * next())]!)].join(','));
    }
    writeSync(file, `${lines.join('\n')}\n`);
  }
  closeSync(file);
}

interface Learned {
  readonly peak: number;
  readonly weights: readonly number[];
  readonly shape: readonly number[];
  readonly score: { readonly testAccuracy: number };
}

function learn(file: string, where: 'file' | 'memory'): Learned {
  const started = performance.now();
  const args = ['--import', 'tsx', '--conditions=pipeline-gpu-source', CHILD, pathToFileURL(file).href, where];
  const env = { ...process.env, PIPELINE_CACHE: join(folder, 'cache') };
  const learned = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] })) as Learned;
  const [size, seconds] = [statSync(file).size / 1e6, (performance.now() - started) / 1000];
  console.log(
    `${file.split('.').at(-1)} of ${size.toFixed(0)} MB, rows in ${where}: peak ${learned.peak} MB, ${seconds.toFixed(0)} s, accuracy ${learned.score.testAccuracy}`,
  );
  return learned;
}

test('CSV and Parquet', async () => {
  writeCsv();
  const database = await (await DuckDBInstance.create(':memory:')).connect();
  await database.run(`set memory_limit = '1GB'`);
  await database.run(`copy (select * from read_csv('${files.csv}')) to '${files.parquet}' (format parquet, compression uncompressed)`);
  database.closeSync();
  const ofCsv = learn(files.csv, 'file');
  expect(ofCsv.shape).toEqual([ROWS, 49]);
  expect(ofCsv.peak).toBeLessThan(BOUND);
  expect(ofCsv.score.testAccuracy).toBeGreaterThan(0.85);
  const ofParquet = learn(files.parquet, 'file');
  expect(ofParquet.peak).toBeLessThan(BOUND);
  expect(ofParquet.weights).toEqual(ofCsv.weights);
  if (ROWS > 680_000) return; // there may be no room for what follows
  const inMemory = learn(files.csv, 'memory');
  expect(inMemory.weights).toEqual(ofCsv.weights);
  expect(inMemory.peak).toBeGreaterThan(BOUND);
});
