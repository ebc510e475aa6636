// Workers, runs and the server are killed or stopped at random, one blow a run: what comes out is what comes out of one process, bit by
// bit. PIPELINE_BLOWS says how often, PIPELINE_BLOWS_SEED which: what is hit, how and when follows from the seed, what it is at does not.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/runtime/node/queue/server/connect.ts';
import { workersOf } from '../../src/runtime/node/queue/server/roster.ts';
import { farm, hasServer, LOCK_MS, queueServer, toldIn, type Driven, type Farm, type QueueServer, type TestWorker } from '../support/queue.ts';

const BLOWS = Number(process.env['PIPELINE_BLOWS'] ?? 50);
const SEED = process.env['PIPELINE_BLOWS_SEED'] ?? String(Date.now());

/** A fit of several models, quick stages and slow ones; another one each round, or its results would be found. */
const file = (round: number): string => `import { branch, fetch, gridSearch, iris, logisticRegression, pipeline, score, split, stage } from 'pipeline-gpu';
const slow = (n: number, ms: number) => stage({ id: 'slow', needs: ['test'], provides: ['sum'], params: { n, ms, round: ${round} },
  run: async ({ test }) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return { sum: Array.from({ length: test.rows }, (_, i) => Math.sin(i * n + ${round})).reduce((a, b) => a + b, 0) };
  }, output: ({ sum }) => ({ sum }) });
export default pipeline('blow', fetch(iris()), split({ test: 0.2 }), branch({
  search: [gridSearch(logisticRegression(), { C: [${0.1 + round}, ${1 + round}] }, { folds: 2 }), score({ on: 'test' })],
  a: [slow(1, 600)], b: [slow(2, 300)], c: [slow(3, 1)], d: [slow(4, 1)], e: [slow(5, 1)],
}));
`;

type Draw = (below: number) => number;

/** Draws of one round, whatever other rounds drew. */
function drawn(round: number): Draw {
  let nth = 0;
  return (below) => createHash('sha256').update(`${SEED} ${round} ${nth++}`).digest().readUInt32LE() % below;
}

/** What the stages read, and what the last ones gave, by digest. */
function read({ records }: Farm): readonly unknown[] {
  const { stages } = records().at(-1)!;
  return stages.map(({ path, parts }) => [path, Object.entries(parts!).filter(([part]) => part.startsWith('input '))]);
}

test.each(['redis', 'valkey'] as const)('blows over %s', async (kind) => {
  expect(hasServer(kind)).toBe(true);
  const server = await queueServer(kind, onTestFinished);
  const here = farm(server, {});
  const workers = await Promise.all(['one', 'two'].map((name) => here.worker(name)));
  const rounds = Array.from({ length: BLOWS }, (_, i) => i).filter((i) => i % 2 === (kind === 'redis' ? 0 : 1));
  for (const round of rounds) {
    const name = `blow${round}.ts`;
    here.write(name, file(round));
    const { driven, what } = await blow(name, { here, server, workers, draw: drawn(round) });
    console.log(`${kind}, round ${round} of seed ${SEED}: ${what}`);
    const said = `round ${round} of seed ${SEED}, ${what}`;
    expect(driven, said).toMatchObject({ code: 0, error: undefined });
    // Each stage ends once.
    const ends = driven.events.flatMap(({ type, stage }) => (type === 'stage-finished' ? [stage] : []));
    expect(new Set(ends).size, said).toBe(ends.length);
    const far = read(here);
    const alone = await here.run(['run', join(here.folder, name), '--json'], { env: { PIPELINE_CACHE: join(here.folder, 'alone') } });
    expect(driven.outputs, said).toEqual(toldIn(alone.stdout).outputs);
    expect(far, said).toEqual(read(here));
  }
  // Nothing of it stays.
  const { client } = await connect(server.url);
  const [about] = await workersOf(client);
  const queue = new Queue(about!.queue, { connection: client, prefix: 'pipeline-gpu' });
  try {
    await expect
      .poll(() => queue.getJobCounts(), { timeout: 20 * LOCK_MS })
      .toMatchObject({ waiting: 0, active: 0, delayed: 0, failed: 0, completed: 0, 'waiting-children': 0 });
  } finally {
    await queue.close();
    client.disconnect();
  }
});

interface Field {
  readonly here: Farm;
  readonly server: QueueServer;
  readonly workers: TestWorker[];
  readonly draw: Draw;
}

/** A run, and what befell it. Whatever was killed is there again afterwards, and whatever was stopped goes on. */
async function blow(name: string, { here, server, workers, draw }: Field): Promise<{ readonly driven: Driven; readonly what: string }> {
  const victim = draw(4);
  const kills = draw(2) === 0;
  const after = draw(2000);
  const pause = 200 + draw(2 * LOCK_MS);
  const [verb, who] = [kills ? 'killed' : `stopped for ${pause} ms`, ['worker 1', 'worker 2', 'server', 'run'][victim]!];
  let signal = (_: NodeJS.Signals): void => {};
  let begun = (): void => {};
  const started = new Promise<void>((resolve) => (begun = resolve));
  const running = here.drive(name, [], {
    onStdout: (text, kill) => {
      signal = kill;
      if (text.includes('"stage-started"')) begun();
    },
  });
  // One that ends before its first stage fails below.
  await Promise.race([started, running]);
  await sleep(after);
  const isOver = await Promise.race([running.then(() => true), sleep(0, false)]);
  if (victim < 2) {
    workers[victim]!.kill(kills ? 'SIGKILL' : 'SIGSTOP');
    await sleep(pause);
    if (kills) workers[victim] = await here.worker(workers[victim]!.name);
    else workers[victim]!.kill('SIGCONT');
  } else if (victim === 2) {
    if (kills) await server.kill();
    else server.signal('SIGSTOP');
    await sleep(pause);
    if (kills) await server.start();
    else server.signal('SIGCONT');
  } else {
    signal(kills ? 'SIGKILL' : 'SIGSTOP');
    await sleep(pause);
    if (!kills) signal('SIGCONT');
  }
  const first = await running;
  // A run that was killed is started again.
  const driven = first.signal === 'SIGKILL' ? await here.drive(name) : first;
  return { driven, what: `${who} ${verb} ${after} ms after its first stage began${isOver ? ', when it was over' : ''}` };
}
