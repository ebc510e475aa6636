// Starts the built command line in a child process, as a user does.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What Dawn writes to descriptor 2 for Mesa's drivers; Node's child pipes are sockets, where it cannot be held back. */
const DAWN_NOTICE = /^Warning: maxDynamic\w+ artificially reduced .*\n/gm;

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Its file; this repository's by default. */
  readonly bin?: string;
  /** Called with all of stdout so far whenever more of it comes, since a line may come in pieces; may signal the child. */
  readonly onStdout?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
  /** The same for stderr. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

export function cli(
  args: readonly string[],
  { cwd = ROOT, env = {}, bin = `${ROOT}/bin/pipeline.js`, onStdout, onStderr }: CliOptions = {},
): Promise<Finished> {
  const started = performance.now();
  const child = spawn(process.execPath, [bin, ...args], { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    onStdout?.(stdout, (signal) => child.kill(signal));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onStderr?.(stderr, (signal) => child.kill(signal));
  });
  const own = (text: string): string => text.replace(DAWN_NOTICE, '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr: own(stderr), ms: performance.now() - started }));
  });
}

/** The JSON lines of a `--json` run. */
export function jsonLines(stdout: string): readonly Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
