// Reading and typing a table of 80 MB, beside DuckDB, which brings it into its memory with types that it finds out, and Papa Parse, which
// only splits it. Each reading has a process of its own, whose memory at its highest is told above that of a Node that reads nothing.
import { execFile } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RandomState } from '../../src/core/data/random.ts';
import { BUILT } from './coldStart.ts';
import type { Sample, Task } from '../harness.ts';

const SCRIPT = fileURLToPath(new URL('./readCsv.js', import.meta.url));
const BYTES = 80e6;
const MB = 1e6;

export function csvTasks(): readonly Task[] {
  if (!existsSync(BUILT)) return [];
  let made: Promise<Made> | undefined;
  const sampleOf = (reader: string) => async (): Promise<Sample> => {
    const { file, rows, emptyBytes } = await (made ??= make());
    const read = await readIn(reader, file);
    if (read.rows !== rows) throw new Error(`${reader} read ${read.rows} rows of ${rows}`);
    return { ms: read.ms, facts: { rows, megabytesPerSecond: BYTES / MB / (read.ms / 1e3), peakMegabytesAboveNode: (read.peakBytes - emptyBytes) / MB } };
  };
  const task = { group: 'csv', repeats: { full: 7, quick: 2 } } as const;
  return [
    { ...task, name: 'csv', title: 'table(csv(...)) of 80 MB', engine: 'pipeline-gpu', sample: sampleOf('pipeline') },
    { ...task, name: 'csv-duckdb', title: 'DuckDB: read_csv into memory, 2 threads', engine: 'DuckDB', ratioTo: 'csv', sample: sampleOf('duckdb') },
    { ...task, name: 'csv-papaparse', title: 'Papa Parse: splits, keeps nothing', engine: 'Papa Parse', ratioTo: 'csv', sample: sampleOf('papaparse') },
  ];
}

interface Made {
  readonly file: string;
  readonly rows: number;
  /** Peak of a Node that reads nothing. */
  readonly emptyBytes: number;
}

async function make(): Promise<Made> {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'rows.csv');
  const rows = writeRows(file);
  const { peakBytes } = await readIn('nothing', file);
  return { file, rows, emptyBytes: peakBytes };
}

/**
 * 40 floats (half of them measured to four places, half with all digits of float64), 5 integers and 5 categories a row; the same bytes
 * every time.
 */
function writeRows(path: string): number {
  const random = new RandomState(42);
  const normal = (): number => Math.sqrt(-2 * Math.log((random.uint32() + 0.5) / 2 ** 32)) * Math.cos((2 * Math.PI * random.uint32()) / 2 ** 32);
  const cells = <T>(count: number, cell: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => cell(i));
  const file = openSync(path, 'w');
  let rows = 0;
  let written = writeSync(file, `${[...names('float', 40), ...names('integer', 5), ...names('category', 5)].join(',')}\n`);
  while (written < BYTES) {
    const lines = cells(1000, () =>
      [
        ...cells(20, (i) => (normal() * 10 ** (i % 4)).toFixed(4)),
        ...cells(20, (i) => normal() * 10 ** (i % 4)),
        ...cells(5, (i) => random.interval(10 ** (i + 2))),
        ...cells(5, (i) => `name_${random.interval(5 * 4 ** i)}`),
      ].join(','),
    );
    written += writeSync(file, `${lines.join('\n')}\n`);
    rows += lines.length;
  }
  closeSync(file);
  return rows;
}

function names(kind: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${kind}_${i}`);
}

async function readIn(reader: string, file: string): Promise<{ readonly ms: number; readonly rows: number; readonly peakBytes: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, reader, file]);
  return JSON.parse(stdout) as Awaited<ReturnType<typeof readIn>>;
}
