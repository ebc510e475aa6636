// `pipeline run --watch`: a run in a child process each time a file of the pipeline or its parameters change. A child, because a module
// once imported cannot be imported anew; what did not change comes from the cache.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watch } from 'chokidar';
import { importClosure } from '../../../runtime/node/code/codeFiles.ts';
import { tsconfigOf } from '../../../runtime/node/project/project.ts';
import { findPipeline } from '../../load/load.ts';
import { cancelOnSignal } from '../../signals.ts';

/** A save may touch several files. */
const SETTLE_MS = 100;
/** A run that was told to end has this long before it is killed. */
const PATIENCE_MS = 3000;

/**
 * Runs until a signal comes.
 *
 * @param params file of parameters, if there is one
 * @returns the exit code of that signal
 */
export async function watchRuns(name: string, params: string | undefined): Promise<number | undefined> {
  const file = findPipeline(name);
  const watcher = watch(params === undefined ? [file] : [file, params], { ignoreInitial: true });
  const cancel = cancelOnSignal();
  const changed = new Set<string>();
  let wake = (): void => {};
  cancel.signal.addEventListener('abort', () => wake());
  watcher.on('all', (_event, path) => {
    changed.add(path);
    wake();
  });
  while (!cancel.signal.aborted) {
    changed.clear();
    // Of a file that does not parse the imports of before stay watched; the child tells what is wrong with it.
    watcher.add([...(await importClosure(file, { tsconfig: () => tsconfigOf(file) }).catch(() => []))]);
    const child = startChild();
    // Files that stages declare.
    child.on('message', (files) => void watcher.add(files as string[]));
    const waits = (): void => say('waiting for changes; Ctrl-C stops');
    child.once('exit', waits);
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (cancel.signal.aborted) resolve();
    });
    child.off('exit', waits);
    if (!cancel.signal.aborted) await sleep(SETTLE_MS);
    await endChild(child);
    if (!cancel.signal.aborted) say(`${[...changed].map((path) => relative(process.cwd(), path)).join(', ')} changed`);
  }
  await watcher.close();
  cancel.done();
  return cancel.exitCode();
}

/** The same command without --watch. */
function startChild(): ChildProcess {
  const args = process.argv.slice(1).filter((arg) => arg !== '--watch');
  return spawn(process.execPath, [...process.execArgv, ...args], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
}

/** Hanging up tells the child to end, as Ctrl-C does; on a terminal it got that one too, and two would cut it short. */
async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  await exit;
  clearTimeout(timer);
}

function say(text: string): void {
  process.stderr.write(`  ${text}\n`);
}
