// Dawn writes warnings that no user can act on straight to file descriptor 2 ("maxDynamicUniformBuffersPerPipelineLayout
// artificially reduced", twice for each Mesa driver): no toggle, flag or variable turns them off, and Node's stream never
// sees them. In a file they are blanked out afterwards. Anywhere else the one way is to point descriptor 2 elsewhere during
// Dawn's own synchronous call. Node has no dup2, so there is a moment in which 2 is free, and another thread that opened a
// file right then would be given it. Therefore this is only for who asks for it, and only while nothing that Node knows of
// can open a file: no request, no worker.
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

/** Lines of Dawn and nothing else. */
const NOTICES = /^(?:Warning: maxDynamic\w+ artificially reduced .*\n)+$/;
/** About a second of a descriptor that another thread holds. */
const TRIES = 1000;
const { O_APPEND, O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;

/** Runs `work` without what Dawn writes to descriptor 2 meanwhile, where that is safe, and as it is anywhere else. */
export function withStderrMuted<T>(work: () => T): T {
  const start = positionInFile();
  if (start !== undefined) return withNoticesBlanked(start, work);
  const saved = canRedirect() ? tryOpen('/proc/self/fd/2') : undefined;
  if (saved === undefined) return work();
  try {
    reopen('/dev/null');
    return work();
  } finally {
    reopen(`/proc/self/fd/${saved}`);
    closeSync(saved);
  }
}

/**
 * A file that is written where the last writer stopped may be a shell's or npx's, too: reopened, it would have a position of its own,
 * and they would write over what this process wrote since. So it stays open, and one line of spaces is the price.
 */
function withNoticesBlanked<T>(start: number, work: () => T): T {
  try {
    return work();
  } finally {
    const size = (positionInFile() ?? start) - start;
    const file = size > 0 ? tryOpen('/proc/self/fd/2', constants.O_RDONLY) : undefined;
    if (file !== undefined) {
      const bytes = Buffer.alloc(size);
      readSync(file, bytes, 0, size, start);
      closeSync(file);
      // Whatever another thread or process wrote in between stays.
      if (NOTICES.test(bytes.toString('latin1'))) writeSync(2, bytes.fill(' ', 0, size - 1), 0, size, start);
    }
  }
}

/** Where the next writer goes on in a regular file; undefined for anything else, and for a file to which all write at its end. */
function positionInFile(): number | undefined {
  try {
    if (process.platform !== 'linux' || !fstatSync(2).isFile()) return undefined;
    const [, position, flags] = /^pos:\s*(\d+)\nflags:\s*([0-7]+)$/m.exec(readFileSync('/proc/self/fdinfo/2', 'utf8'))!;
    return (parseInt(flags!, 8) & O_APPEND) === 0 ? Number(position) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Opens `path` as descriptor 2. The lowest free number is given out: right after closing 2 that is 2, as 0 and 1 are open.
 * Another thread that was faster reads a module, say, and gives it back in a moment.
 */
function reopen(path: string): void {
  closeSync(2);
  for (let tries = 0; tries < TRIES; tries++) {
    const opened = tryOpen(path) ?? openSync('/dev/null', O_WRONLY);
    if (opened === 2) return;
    closeSync(opened);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
}

/** Without O_NONBLOCK, opening a pipe that nobody reads any more would wait for ever. */
function tryOpen(path: string, flags = O_WRONLY | O_APPEND): number | undefined {
  try {
    return openSync(path, flags | O_NONBLOCK | O_NOCTTY);
  } catch {
    return undefined;
  }
}

/** Requests that are about to finish, such as the module loader's, would forbid the quiet; waits a little for them. */
export async function untilIdle(): Promise<void> {
  for (let tries = 0; tries < 25 && otherThreadsWork(); tries++) await sleep(2);
}

function otherThreadsWork(): boolean {
  return process.getActiveResourcesInfo().some((name) => /Req|Worker/.test(name));
}

function canRedirect(): boolean {
  if (process.platform !== 'linux' || !isMainThread || otherThreadsWork()) return false;
  try {
    fstatSync(0);
    fstatSync(1);
    // Sockets cannot be reopened at all. A file is one here to which all write at its end.
    const stderr = fstatSync(2);
    return stderr.isCharacterDevice() || stderr.isFIFO() || stderr.isFile();
  } catch {
    return false;
  }
}
