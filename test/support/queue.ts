// A queue's server on a free port, and workers on it, all gone after the test.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, onTestFinished } from 'vitest';
import { ROOT } from './cli.ts';
import { jsonLines, type Finished } from './cli.ts';
import { project, type Project } from './project.ts';

export type ServerKind = 'redis' | 'valkey';
export const SECRET = 'a secret of the tests';
/** Of locks: a worker that is gone is noticed that soon. */
export const LOCK_MS = 1500;

/** Whether a server is there to test with; in CI a missing one is a failure. */
export function hasServer(kind: ServerKind): boolean {
  const found = spawnSync(`${kind}-server`, ['--version']).status === 0;
  if (!found && process.env['CI']) throw new Error(`${kind}-server is not installed: .ci/run installs it`);
  return found;
}

export interface QueueServer {
  readonly url: string;
  readonly port: number;
  start(more?: readonly string[]): Promise<void>;
  /** As a machine that fails. */
  kill(): Promise<void>;
  /** Stops it, or lets it go on. */
  signal(signal: NodeJS.Signals): void;
}

export async function queueServer(kind: ServerKind, over: (end: () => Promise<void>) => void = afterAll): Promise<QueueServer> {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-queue-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (child && child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child!.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    }
    child = undefined;
  };
  over(async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const server: QueueServer = {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    signal: (signal) => void child?.kill(signal),
    async start(more = []) {
      const settings = [
        '--port',
        port,
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--appendonly',
        'yes',
        '--save',
        '',
        '--maxmemory-policy',
        'noeviction',
        ...more,
      ];
      child = spawn(`${kind}-server`, settings.map(String), { stdio: 'ignore' });
      for (let tries = 0; !(await answers(port)); tries++) {
        if (tries > 200 || child.exitCode !== null) throw new Error(`${kind}-server does not start`);
        await sleep(50);
      }
    },
  };
  await server.start();
  return server;
}

/** Two stages, one after the other: the first takes a while, and notes that it ran. `second` gives sin(1) / 3. */
export const twoStages = (ms: number): string => `import { pipeline, stage } from 'pipeline-gpu';
const first = stage({ id: 'first', needs: [], provides: ['n'], inputs: {}, run: async () => {
  await new Promise((resolve) => setTimeout(resolve, ${ms}));
  (await import('node:fs')).appendFileSync('ran', 'x');
  return { n: Math.sin(1) };
} });
const second = stage({ id: 'second', needs: ['n'], provides: ['m'], inputs: {}, run: ({ n }: { n: number }) => ({ m: n / 3 }), output: ({ m }) => ({ m }) });
export default pipeline('two', first, second);
`;

export interface TestWorker {
  readonly name: string;
  /** What it printed. */
  text(): string;
  says(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Also to the process that computes. */
  killAll(signal: NodeJS.Signals): void;
  ended(): boolean;
}

export interface Farm extends Project {
  /** Starts a worker, in another project where one is named; over once it is ready. */
  worker(name: string, env?: Readonly<Record<string, string>>, cwd?: string): Promise<TestWorker>;
  /** `pipeline run FILE --queue --json`, over with the test at the latest. */
  drive(file: string, args?: readonly string[], options?: Parameters<Project['run']>[1]): Promise<Driven>;
}

export interface Driven extends Finished {
  readonly events: readonly Record<string, unknown>[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** By stage: who computed it. */
  readonly by: Readonly<Record<string, string>>;
  readonly error: Readonly<Record<string, unknown>> | undefined;
}

/** A project whose runs go to workers. */
export function farm(server: QueueServer, files: Readonly<Record<string, string>>): Farm {
  const made = project();
  for (const [name, text] of Object.entries(files)) made.write(name, text);
  const env = { PIPELINE_QUEUE_SECRET: SECRET, PIPELINE_QUEUE_LOCK_MS: String(LOCK_MS) };
  return {
    ...made,
    async worker(name, more = {}, cwd = made.folder) {
      const child = spawn(process.execPath, [`${ROOT}/bin/pipeline.js`, 'worker', '--queue', server.url, '--name', name], {
        cwd,
        env: { ...process.env, PIPELINE_CACHE: join(made.folder, 'cache'), ...env, ...more },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let text = '';
      child.stderr.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      onTestFinished(async () => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await gone;
      });
      const worker: TestWorker = {
        name,
        text: () => text,
        async says(pattern) {
          while (!pattern.test(text)) {
            if (child.exitCode !== null) throw new Error(`worker ${name} ended: ${text}`);
            await sleep(20);
          }
        },
        kill: (signal) => void child.kill(signal),
        killAll(signal) {
          child.kill(signal);
          spawnSync('pkill', [`-${signal.slice(3)}`, '-P', String(child.pid)]);
        },
        ended: () => child.exitCode !== null || child.signalCode !== null,
      };
      await worker.says(/computes on/);
      return worker;
    },
    async drive(file, args = [], options = {}) {
      let end = (): void => {};
      onTestFinished(() => end());
      const finished = await made.run(['run', join(made.folder, file), '--json', '--queue', server.url, ...args], {
        ...options,
        onStdout(text, kill) {
          end = () => kill('SIGKILL');
          options.onStdout?.(text, kill);
        },
        env: { ...env, ...options.env },
      });
      return { ...finished, ...toldIn(finished.stdout) };
    },
  };
}

/** What the lines of a run say. */
export function toldIn(stdout: string): Pick<Driven, 'events' | 'outputs' | 'by' | 'error'> {
  const events = stdout === '' ? [] : jsonLines(stdout);
  const by = events.flatMap(({ type, stage, worker }) => (type === 'stage-finished' && worker !== undefined ? [[String(stage), String(worker)] as const] : []));
  const last = events.at(-1) as Partial<Pick<Driven, 'outputs' | 'error'>> | undefined;
  return { events, outputs: last?.outputs ?? {}, by: Object.fromEntries(by), error: last?.error };
}

async function answers(port: number): Promise<boolean> {
  const { Redis } = await import('ioredis');
  const client = new Redis(port, '127.0.0.1', { lazyConnect: true, enableReadyCheck: false, retryStrategy: () => null });
  client.on('error', () => {});
  const ok = await client
    .connect()
    .then(() => client.ping())
    .then(
      () => true,
      // One that asks for a password is there.
      (error: unknown) => String(error).includes('NOAUTH'),
    );
  client.disconnect();
  return ok;
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
