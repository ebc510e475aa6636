// Requests to `pipeline serve`, from fifty connections of this process: rows of 784 columns, one a request.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { matrix } from '../../src/core/data/matrix.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { saveModel } from '../../src/runtime/node/modelFiles.ts';
import { ReferenceCompute } from '../../src/runtime/host/referenceCompute.ts';
import { BUILT } from './coldStart.ts';
import type { Task } from '../harness.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COLS = 784;
const ROWS = 200;
const REQUESTS = 5000;
export const CONNECTIONS = 50;

export interface Served {
  /** JSON of a request for each of some rows, and the answers that they must get. */
  readonly bodies: readonly string[];
  readonly answers: readonly string[];
  /** Milliseconds of each request. @throws for an answer that is another */
  ask(count: number): Promise<readonly number[]>;
  /** Of the server's memory. */
  megabytes(): number;
  /** @returns the exit code of the server that was told to stop */
  stop(): Promise<number>;
}

/** A server of the built command line, with a linear model of 784 columns. */
export async function serve(): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-serving-'));
  const file = join(folder, 'two.safetensors');
  const x = matrix(
    ROWS,
    COLS,
    Uint8Array.from({ length: ROWS * COLS }, (_, i) => ((i * 7919) % 251) * Number(i % 5 === 0)),
  );
  const labels = Uint8Array.from({ length: ROWS }, (_, row) => row % 2);
  const rows = { name: 'rows', role: 'train', x, labels, rows: Uint32Array.from({ length: ROWS }, (_, i) => i) } as const;
  const context = {
    compute: async () => new ReferenceCompute(),
    stage: 'fit',
    signal: new AbortController().signal,
    emit: () => {},
    seed: () => 0,
    files: {} as never,
  };
  const [trained] = await logisticRegression({ tol: 0.1 }).train(rows, [{ name: 'fit' }], {}, context);
  await saveModel(file, trained!.model);
  const said = await trained!.model.predict(rows, context);
  const bodies = Array.from({ length: ROWS }, (_, row) => JSON.stringify({ rows: [[...x.data.subarray(row * COLS, (row + 1) * COLS)]] }));
  const answers = Array.from(said, (label) => `{"predictions":[${label}]}`);
  const child = spawn(process.execPath, [join(ROOT, 'bin/pipeline.js'), 'serve', file, '--port', '0', '--adapter', 'host'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const url = `${String(line).trim()}/predict`;
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const one = (row: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const started = performance.now();
      const sent = request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('end', () =>
          text === answers[row] ? resolve(performance.now() - started) : reject(new Error(`Row ${row} got ${text}, not ${answers[row]}.`)),
        );
      });
      sent.on('error', reject).end(bodies[row]);
    });
  return {
    bodies,
    answers,
    async ask(count) {
      const times: number[] = [];
      let next = 0;
      const connection = async (): Promise<void> => {
        while (next < count) times.push(await one(next++ % ROWS));
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, connection));
      return times;
    },
    megabytes: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1000,
    async stop() {
      agent.destroy();
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = (await ended) as [number];
      rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}

export const lastOfHundred = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!;

export function servingTasks(): readonly Task[] {
  if (!existsSync(BUILT)) return [];
  let served: Promise<Served> | undefined;
  return [
    {
      group: 'serving',
      engine: 'pipeline-gpu',
      repeats: { full: 5, quick: 2 },
      name: 'serving',
      title: `${REQUESTS} requests of 784 columns, 50 connections`,
      sample: async () => {
        const { ask } = await (served ??= serve());
        const started = performance.now();
        const times = await ask(REQUESTS);
        const ms = performance.now() - started;
        return { ms, facts: { requestsPerSecond: REQUESTS / (ms / 1e3), millisecondsOf99In100: lastOfHundred(times) } };
      },
    },
  ];
}
