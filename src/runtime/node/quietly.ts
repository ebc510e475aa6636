// Dawn writes warnings that no user can act on straight to file descriptor 2 ("maxDynamicUniformBuffersPerPipelineLayout
// artificially reduced", twice for each Mesa driver): no toggle, flag or variable turns them off, and Node's stream never
// sees them. The one way is to point descriptor 2 elsewhere during Dawn's own synchronous call. Node has no dup2, so there
// is a moment in which 2 is free, and another thread that opened a file right then would be given it. Therefore this is
// only for who asks for it, and only while nothing that Node knows of can open a file: no request, no worker.
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;

/** Runs `work` with descriptor 2 on /dev/null where that is safe, and as it is anywhere else. */
export function quietly<T>(work: () => T): T {
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

/** The lowest free number is given out: right after closing 2 that is 2, as 0 and 1 are open. */
function reopen(path: string): void {
  closeSync(2);
  if (tryOpen(path) === undefined) openSync('/dev/null', O_WRONLY);
}

/** Without O_NONBLOCK, opening a pipe that nobody reads any more would wait for ever. */
function tryOpen(path: string): number | undefined {
  try {
    return openSync(path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
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
    // Reopening a file would lose its position, and sockets cannot be reopened at all.
    const stderr = fstatSync(2);
    fstatSync(0);
    fstatSync(1);
    return stderr.isCharacterDevice() || stderr.isFIFO();
  } catch {
    return false;
  }
}
