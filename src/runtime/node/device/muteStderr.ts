// Dawn writes warnings that no user can act on straight to file descriptor 2 ("maxDynamicUniformBuffersPerPipelineLayout
// artificially reduced", twice for each Mesa driver): no toggle, flag or variable turns them off, and Node's stream never
// sees them. The one way is to point descriptor 2 elsewhere during Dawn's own synchronous call. Node has no dup2, so there
// is a moment in which 2 is free, and another thread that opened a file right then would be given it. Therefore this is
// only for who asks for it, and only while nothing that Node knows of can open a file: no request, no worker.
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, statSync, type Stats } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

/** About a second of a descriptor that another thread holds. */
const TRIES = 1000;
const { O_APPEND, O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;

/** Runs `work` with descriptor 2 on /dev/null where that is safe, and as it is anywhere else. */
export function withStderrMuted<T>(work: () => T): T {
  const shared = canRedirect() ? sharedWithStdout() : undefined;
  const saved = shared === undefined ? undefined : tryOpen('/proc/self/fd/2');
  if (saved === undefined) return work();
  try {
    reopen(2, '/dev/null');
    return work();
  } finally {
    reopen(2, `/proc/self/fd/${saved}`);
    // `> log 2>&1`: a file of which both had one position, and have none now; both write at its end.
    if (shared) reopen(1, `/proc/self/fd/${saved}`);
    closeSync(saved);
  }
}

/**
 * The lowest free number is given out: right after closing 2 that is 2, as 0 and 1 are open, and so for 1. Another thread
 * that was faster reads a module, say, and gives it back in a moment.
 */
function reopen(descriptor: 1 | 2, path: string): void {
  closeSync(descriptor);
  for (let tries = 0; tries < TRIES; tries++) {
    const opened = tryOpen(path) ?? openSync('/dev/null', O_WRONLY);
    if (opened === descriptor) return;
    closeSync(opened);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
}

/** Without O_NONBLOCK, opening a pipe that nobody reads any more would wait for ever. */
function tryOpen(path: string): number | undefined {
  try {
    return openSync(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY);
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
    // Sockets cannot be reopened at all.
    const stderr = fstatSync(2);
    fstatSync(0);
    fstatSync(1);
    return stderr.isCharacterDevice() || stderr.isFIFO() || (stderr.isFile() && (isAppending() || !ancestorsHold(stderr)));
  } catch {
    return false;
  }
}

/** True for a file that is stdout's, too, unless all write at its end anyway. */
function sharedWithStdout(): boolean {
  const [stdout, stderr] = [fstatSync(1), fstatSync(2)];
  return stderr.isFile() && !isAppending() && isSame(stdout, stderr);
}

/** `2>> log`: whoever writes, writes at the end. */
function isAppending(): boolean {
  const [, flags = '0'] = /^flags:\s*([0-7]+)$/m.exec(readFileSync('/proc/self/fdinfo/2', 'utf8')) ?? [];
  return (parseInt(flags, 8) & O_APPEND) !== 0;
}

/**
 * Reopening a file gives it a position of its own. A shell or an npx that holds the file would go on writing at the old
 * one, over what this process wrote since; so what is theirs, too, is left alone, and two lines too many are the price.
 */
function ancestorsHold(file: Stats): boolean {
  for (let pid = process.ppid; pid > 0; pid = parentOf(pid)) {
    let descriptors: readonly string[];
    try {
      descriptors = readdirSync(`/proc/${pid}/fd`);
    } catch {
      return pid === process.ppid; // another user's: a login, above the shell that opened the file
    }
    if (descriptors.some((descriptor) => isSame(statOf(`/proc/${pid}/fd/${descriptor}`), file))) return true;
  }
  return false;
}

/** 0 above the first process. The name in parentheses may hold anything. */
function parentOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ')[1]);
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined; // closed in between
  }
}

function isSame(a: Stats | undefined, b: Stats): boolean {
  return a?.dev === b.dev && a.ino === b.ino;
}
