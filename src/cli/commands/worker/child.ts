// The process of a worker that computes: loads pipelines as they come with jobs, and keeps one device open.
import { Worker } from 'node:worker_threads';
import { isPipelineError, PipelineError, reasonOf } from '../../../core/errors/errors.ts';
import { printable } from '../../../report/terminal/format.ts';
import { nodeCacheStore } from '../../../runtime/node/cache/cacheStore.ts';
import { nodeFileStore } from '../../../runtime/node/files/fileStore.ts';
import { fromStart } from '../../../runtime/node/directories.ts';
import type { FromChild } from '../../../runtime/node/queue/worker/host.ts';
import { LoadedJobs, NotTheSame } from '../../../runtime/node/queue/worker/jobs.ts';
import { failureOf, isLease, type Failure, type JobWork, type Lease, type Receipt, type Work } from '../../../runtime/node/queue/messages.ts';
import { unpack, type Unpacked } from '../../../runtime/node/queue/shipment.ts';
import { openNodeCompute } from '../../../runtime/node/runtime.ts';
import { nodeSurroundings } from '../../../runtime/node/surroundings.ts';
import { nodeThreads } from '../../../runtime/node/threads.ts';
import { RunDevice } from '../../../runtime/runDevice.ts';
import { nodeCodeDigests, ownCode } from '../../../runtime/node/code/codeDigests.ts';
import { codeOf, loadPipeline } from '../../load/load.ts';
import { withGivenParams, type GivenParams } from '../../params.ts';

/** A job with several stages that takes longer leaves the rest of them to others. */
const MOST_MS = 500;
/** Between looks at whether whoever started this process lives. */
const PARENT_MS = 1000;

interface Loaded {
  readonly unpacked: Unpacked;
  readonly jobs: LoadedJobs;
}

/** Until whoever started this process goes away. */
export async function serveJobs({ adapter, name }: { readonly adapter?: string; readonly name?: string }): Promise<void> {
  const tell = (message: FromChild): void => {
    if (process.connected) process.send!(message, undefined, undefined, () => 'last' in message && process.exit());
  };
  process.on('disconnect', () => process.exit());
  if (!process.connected) return; // whoever started it was gone before
  endWith(process.ppid);
  process.on('SIGINT', () => {});
  const store = nodeCacheStore();
  const device = new RunDevice(
    () => openNodeCompute({ adapter, quiet: true }),
    () => {},
  );
  const code = nodeCodeDigests();
  try {
    await store.ready();
    await device.compute();
    tell({ type: 'ready', adapter: device.summary()!, code: await ownCode(code) });
  } catch (error) {
    tell({ type: 'refused', failure: failureOf(error) });
    return;
  }
  const loaded = new Map<string, Promise<Loaded>>();
  const load = async (digest: string): Promise<Loaded> => {
    const unpacked = await unpack(digest, store, fromStart('.'));
    const { pipeline } = await loadPipeline(unpacked.file, { kept: false }); // only what was signed
    const configured = withGivenParams(pipeline, unpacked.given as GivenParams, []);
    const jobs = new LoadedJobs(configured, {
      device,
      cache: { store, code: codeOf(unpacked.file), checkpointMs: Number(process.env['PIPELINE_CHECKPOINT_MS']) || undefined },
      around: nodeSurroundings(),
      comingAdapter: async () => device.summary()!,
      run: { files: nodeFileStore(), disk: nodeSurroundings(), threads: nodeThreads },
    });
    return { unpacked, jobs };
  };
  let root: string | undefined;
  // What a stage let go wrong behind its back ends this process, as it would end a run.
  const onStray = (thrown: unknown): void => {
    const error = new PipelineError('E_STAGE', `Uncaught error: ${reasonOf(thrown)}`, {
      hint: 'Await what a stage starts, and catch what its timers and events throw.',
      cause: thrown,
    });
    tell({ type: 'failed', failure: homeward(failureOf(error), root), last: true });
  };
  process.on('uncaughtException', onStray).on('unhandledRejection', onStray);
  const compute = async (work: JobWork): Promise<Omit<Receipt, 'worker' | 'attempt'>> => {
    let pending = loaded.get(work.code);
    if (!pending) loaded.set(work.code, (pending = load(work.code)));
    pending.catch(() => loaded.delete(work.code));
    const { unpacked, jobs } = await pending;
    ({ root } = unpacked);
    const started = performance.now();
    const done = await jobs.run(work, (event) => {
      if (event.type === 'progress' || event.type === 'fit-progress' || event.type === 'fit-resumed') tell({ type: 'event', event });
      // Of this machine: the run says later that something is missing.
      if (event.type === 'warning' && event.code === 'W_CACHE_UNUSABLE') process.stderr.write(`${printable(event.message)}\n`);
    });
    return { ms: performance.now() - started, adapter: device.summary()!.name, ...done };
  };
  let ends = new AbortController();
  const lend = async (lease: Lease): Promise<Omit<Receipt, 'worker' | 'attempt'>> => {
    const started = performance.now();
    ends = new AbortController();
    const [compute, { lendDevice }] = [await device.compute(), await import('./lend.ts')];
    const adapter = device.summary()!;
    await lendDevice(lease, { compute, adapter, code: await ownCode(code), store, name, signal: ends.signal, warn: (event) => tell({ type: 'event', event }) });
    return { ms: performance.now() - started, adapter: adapter.name };
  };
  process.on('message', async (works: readonly Work[]) => {
    if (works.length === 0) return ends.abort();
    const done: Awaited<ReturnType<typeof compute>>[] = [];
    let spentMs = 0;
    try {
      for (const work of works) {
        if (spentMs > MOST_MS) break;
        done.push(await (isLease(work) ? lend(work) : compute(work)));
        spentMs += done.at(-1)!.ms;
      }
      tell({ type: 'done', done });
    } catch (error) {
      const more = error instanceof NotTheSame ? { parts: error.parts } : {};
      // A device that was lost stays lost: another process gets another one.
      const last = isPipelineError(error) && error.code === 'E_DEVICE';
      tell({ type: 'failed', failure: homeward(failureOf(error, more), root), ...(last ? { last } : {}) });
    }
  });
  await new Promise(() => {});
}

/** Ends this process once its parent is gone, even in the middle of a loop of a stage that lets nothing else run: by a thread. */
function endWith(parent: number): void {
  const watch = `setInterval(() => process.ppid !== ${parent} && process.kill(process.pid, 'SIGKILL'), ${PARENT_MS})`;
  new Worker(watch, { eval: true, execArgv: [], stdout: true, stderr: true }).unref();
}

/** Places in the copy of the code as places of where it came from: the driver knows where that is. */
function homeward(failure: Failure, root: string | undefined): Failure {
  return root === undefined ? failure : (JSON.parse(JSON.stringify(failure).replaceAll(JSON.stringify(root).slice(1, -1), '$root')) as Failure);
}
