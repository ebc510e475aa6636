// Runs fixtures/child.ts in a process of its own; how a process ends can only be seen from outside.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('fixtures/child.ts', import.meta.url));

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** Joins stderr to stdout through a shell's pipe; Node's own pipes are sockets. */
  readonly pipe?: boolean;
  /** What a shell runs, with the child's command line as "$@". */
  readonly shell?: string;
}

export async function runChild(
  adapter: string,
  way: string,
  { env = {}, flags = [], pipe = false, shell = pipe ? '"$@" 2>&1 | cat' : undefined }: ChildOptions = {},
): Promise<Ending> {
  const command = [process.execPath, ...flags, '--import', 'tsx', CHILD, adapter, way];
  const [file, ...args] = shell === undefined ? command : ['sh', '-c', shell, 'sh', ...command];
  const child = spawn(file!, args, { env: { ...process.env, ...env }, timeout: 150_000, killSignal: 'SIGKILL' });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, output }));
  });
}
