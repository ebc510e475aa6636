// Runs whose stages are computed by workers in processes of their own, which are killed, stopped and misled: the outcome is that of a
// run in one process, bit by bit.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { farm, hasServer, LOCK_MS, queueServer, toldIn, type Farm, type ServerKind } from '../support/queue.ts';

/** Of models that are trained in f32, as those of many rows are, and of some that need float64. */
const SEARCH = `import { chain, digits, fetch, gridSearch, logisticRegression, pipeline, score, split, standardize } from 'pipeline-gpu';
export default pipeline('search', fetch(digits()), split({ test: 0.2 }),
  gridSearch(chain(standardize(), logisticRegression({ maxIter: 4 })), { tol: [0.1, 0.01, 1e-12] }, { folds: 2, scoring: 'negLogLoss' }), score({ on: 'test' }));
`;
/** Three stages of the user's own in branches, each of which takes a while. */
const SLOW = `import { branch, join, pipeline, stage } from 'pipeline-gpu';
import { factor } from './factor.ts';
const numbers = stage({ id: 'numbers', needs: [], provides: ['numbers'], run: () => ({ numbers: Array.from({ length: 2000 }, (_, i) => i / 7) }) });
const slow = (times: number) => stage({ id: 'slow', needs: ['numbers'], provides: ['sum'], params: { times },
  run: async ({ numbers }: { numbers: number[] }) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return { sum: numbers.reduce((a, b) => a + Math.sin(b) * times * factor, 0) };
  }, output: ({ sum }) => ({ sum }) });
export default pipeline('slow', numbers, branch({ a: [slow(1)], b: [slow(2)], c: [slow(3)] }));
`;
const FILES = { 'search.ts': SEARCH, 'slow.ts': SLOW, 'factor.ts': 'export const factor = 3;\n' };

/** The same in one process, with a cache of its own. */
async function alone({ run, folder }: Farm, file: string): Promise<ReturnType<typeof toldIn>> {
  const { stdout } = await run(['run', join(folder, file), '--json'], { env: { PIPELINE_CACHE: join(folder, 'cache-alone') } });
  return toldIn(stdout);
}

/** What the last stage of each of the last two runs read: models and data, by digest. */
function read({ records }: Farm): readonly unknown[] {
  return records()
    .slice(-2)
    .map(({ stages }) => Object.fromEntries(Object.entries(stages.at(-1)!.parts!).filter(([part]) => part.startsWith('input '))));
}

describe.each(['redis', 'valkey'] as const)('over %s', (kind: ServerKind) => {
  test.skipIf(!hasServer(kind))('a search is divided among workers, and its models and scores are those of one process', async () => {
    const server = await queueServer(kind, onTestFinished);
    const here = farm(server, FILES);
    await Promise.all([here.worker('one'), here.worker('two')]);
    const { events, by, outputs, code, stderr } = await here.drive('search.ts');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(Object.keys(by)).toEqual(['grid-search', 'score']);
    const finished = events.find(({ type, stage }) => type === 'stage-finished' && stage === 'grid-search');
    expect(finished).toMatchObject({ attempt: 1, adapter: { name: expect.any(String) } });
    const expected = await alone(here, 'search.ts');
    expect(outputs).toEqual(expected.outputs);
    const [far, near] = read(here);
    expect(far).toEqual(near);
    // All of it is in the cache now.
    expect((await here.drive('search.ts')).by).toEqual({});
  });
});

describe('over redis', () => {
  test('a worker that is killed, and one that is stopped in the middle of a stage: others do it', async () => {
    const server = await queueServer('redis', onTestFinished);
    const here = farm(server, FILES);
    const [one, two, three] = await Promise.all(['one', 'two', 'three'].map((name) => here.worker(name)));
    const running = here.drive('slow.ts');
    await Promise.all([one, two].map((worker) => worker!.says(/slow/)));
    one!.kill('SIGKILL');
    two!.kill('SIGSTOP');
    const { outputs, by, code } = await running;
    expect(code).toBe(0);
    // Any of them may have made the numbers before.
    const { numbers: _, ...slow } = by;
    expect(slow).toEqual({ 'a/slow': 'three', 'b/slow': 'three', 'c/slow': 'three' });
    expect(three!.text()).toMatch(/slow, try 2/);
    expect(outputs).toEqual((await alone(here, 'slow.ts')).outputs);
    // It goes on, finds that its job is another's, and changes nothing.
    const before = (await here.drive('slow.ts')).events.at(-1);
    two!.kill('SIGCONT');
    await sleep(LOCK_MS);
    expect((await here.drive('slow.ts')).events.at(-1)!['outputs']).toEqual(before!['outputs']);
  });

  test('a worker runs what was signed, and nothing that the folder keeps of it', async () => {
    const server = await queueServer('redis', onTestFinished);
    const here = farm(server, { 'quick.ts': SLOW.replace('1500', '0'), 'factor.ts': FILES['factor.ts'] });
    await here.worker('one');
    expect((await here.drive('quick.ts')).code).toBe(0);
    const notes = join(here.folder, 'cache/notes');
    const kept = readdirSync(notes).filter((name) => name.startsWith('module-'));
    expect(kept.map((name) => readFileSync(join(notes, name), 'utf8'))).toEqual([expect.not.stringContaining(join('.pipeline', 'queue'))]);
  });

  test('a server that is killed and comes back: workers and run go on', async () => {
    const server = await queueServer('redis', onTestFinished);
    const here = farm(server, FILES);
    const worker = await here.worker('one');
    const running = here.drive('slow.ts');
    await worker.says(/slow/);
    await server.kill();
    await sleep(500);
    await server.start();
    const { outputs, code } = await running;
    expect(code).toBe(0);
    expect(outputs).toEqual((await alone(here, 'slow.ts')).outputs);
  });

  test('a run that is killed goes on from what its workers did', async () => {
    const server = await queueServer('redis', onTestFinished);
    const here = farm(server, FILES);
    await here.worker('one');
    const killed = await here.drive('slow.ts', [], { onStdout: (text, kill) => void (/"stage-finished","stage":"a/.test(text) && kill('SIGKILL')) });
    expect(killed.signal).toBe('SIGKILL');
    const { outputs, events } = await here.drive('slow.ts');
    expect(events.filter(({ cached }) => cached).length).toBeGreaterThan(0);
    expect(outputs).toEqual((await alone(here, 'slow.ts')).outputs);
  });
});
