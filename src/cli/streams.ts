// The process's own streams: what to do when one of them fails, and who may write to stdout where each of its lines is JSON.
import { Console } from 'node:console';
import { writeSync } from 'node:fs';
import { PipelineError, reasonOf } from '../core/errors/errors.ts';
import { errorSummary } from '../core/events.ts';
import { errorLines } from '../report/terminal/error.ts';
import { terminalStyle } from '../report/terminal/style.ts';

const { stdout, stderr } = process;
const json = process.argv.includes('--json');

/**
 * `| head` closes stdout early, and whoever started the process may not read stderr: that ends the output, not the run. What
 * could not be written for another reason is told when the process ends.
 */
export function watchStreams(): void {
  let failure: NodeJS.ErrnoException | undefined;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failure ??= error;
  });
  stderr.on('error', () => {});
  process.on('exit', () => {
    if (!failure) return;
    process.exitCode ||= 2;
    const error = new PipelineError('E_USAGE', `Cannot write to stdout: ${reasonOf(failure)}`, {
      hint: 'Free some space or write elsewhere; `pipeline runs show` has the results of a run.',
    });
    try {
      for (const line of errorLines(errorSummary(error), terminalStyle(stderr, process.env))) writeSync(2, `${line}\n`);
    } catch {
      // nobody left to tell
    }
  });
  if (!json) return;
  const other = new Console({ stdout: stderr, stderr }) as unknown as Readonly<Record<string, unknown>>;
  for (const [name, method] of Object.entries(other)) if (typeof method === 'function') Object.assign(console, { [name]: method });
}

/** A line of the command itself, whoever else may write. */
export function writeLine(line: string): void {
  Object.getPrototypeOf(stdout).write.call(stdout, `${line}\n`);
}

/** Runs code of the user's. Where stdout is for JSON, what it writes there goes to stderr. */
export async function withUserCode<T>(work: () => Promise<T>): Promise<T> {
  if (!json || Object.hasOwn(stdout, 'write')) return work();
  Object.assign(stdout, { write: stderr.write.bind(stderr) });
  try {
    return await work();
  } finally {
    Reflect.deleteProperty(stdout, 'write');
  }
}
