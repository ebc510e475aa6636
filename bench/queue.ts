// What handing work out costs: empty stages with one kilobyte of result through workers, beside BullMQ alone with the same payload, in
// turns in one process. `npx tsx --conditions=pipeline-gpu-source bench/queue.ts [JOBS]`, with redis-server installed.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';

const JOBS = Number(process.argv[2] ?? 10_000);
const PORT = 7399;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pipeline-bench-queue-'));
const url = `redis://127.0.0.1:${PORT}`;
const env = { ...process.env, PIPELINE_QUEUE_SECRET: 'a secret of the bench', PIPELINE_CACHE: join(folder, 'cache') };

const server = spawn('redis-server', ['--port', String(PORT), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--save', ''], {
  stdio: 'ignore',
});
const children: ChildProcess[] = [server];
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** BullMQ alone: as many jobs, each with a payload as ours and a result of one kilobyte that the driver hears of. */
async function bullmq(): Promise<number> {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const name = `alone-${Math.round(performance.now())}`;
  const queue = new Queue(name, { connection });
  const events = new QueueEvents(name, { connection: connection.duplicate() });
  await events.waitUntilReady();
  const text = 'x'.repeat(1000);
  const worker = new Worker(name, async () => text, { connection, concurrency: 1 });
  const data = { work: 'x'.repeat(300), signature: 'x'.repeat(64) };
  let done = 0;
  const all = new Promise<void>((resolve) => events.on('completed', () => void (++done === JOBS && resolve())));
  const started = performance.now();
  await Promise.all(
    Array.from({ length: JOBS }, (_, i) => queue.add('job', data, { jobId: `job-${i}`, attempts: 3, removeOnComplete: true, removeOnFail: true })),
  );
  await all;
  const seconds = (performance.now() - started) / 1000;
  await Promise.all([worker.close(), events.close(), queue.close()]);
  connection.disconnect();
  return JOBS / seconds;
}

/** A pipeline of as many stages. Each run has stages of its own, or it would find them. */
async function pipeline(round: number): Promise<number> {
  const file = join(folder, `empty-${round}.ts`);
  const list = `Object.fromEntries(Array.from({ length: ${JOBS} }, (_, i) => ['s' + i, [empty(i)]]))`;
  writeFileSync(
    file,
    `import { branch, pipeline, stage } from 'pipeline-gpu';
const text = 'x'.repeat(1000);
const empty = (n) => stage({ id: 'empty', needs: [], provides: ['text'], params: { n, round: ${round} }, run: () => ({ text }) });
export default pipeline('empty', branch(${list}));\n`,
  );
  const child = spawn(process.execPath, [`${ROOT}/bin/pipeline.js`, 'run', file, '--no-check', '--json', '--queue', url], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let first: number | undefined;
  let last = 0;
  for await (const piece of child.stdout!.setEncoding('utf8')) {
    // From the first stage that is handed out to the last that is done: loading the file is no part of it.
    if (String(piece).includes('"stage-started"')) first ??= performance.now();
    if (String(piece).includes('"stage-finished"')) last = performance.now();
  }
  if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode !== 0) throw new Error(`the run ended with ${child.exitCode}`);
  return JOBS / ((last - first!) / 1000);
}

await new Promise((resolve) => setTimeout(resolve, 500));
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
const worker = spawn(process.execPath, [`${ROOT}/bin/pipeline.js`, 'worker', '--queue', url, '--concurrency', process.argv[3] ?? '1'], {
  cwd: folder,
  env,
  stdio: ['ignore', 'ignore', 'pipe'],
});
children.push(worker);
await new Promise<void>((resolve) => worker.stderr!.on('data', (text: Buffer) => void (String(text).includes('computes on') && resolve())));
for (let round = 0; round < 2; round++) {
  const alone = await bullmq();
  const ours = await pipeline(round);
  console.log(`BullMQ ${alone.toFixed(0)} jobs/s, stages through workers ${ours.toFixed(0)}/s: ${(ours / alone).toFixed(3)} of it`);
}
process.exit(0);
