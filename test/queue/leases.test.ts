// Fits whose rows are with workers of a queue, which are killed and stopped: the outcome is that of one process, bit by bit.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { farm, hasServer, queueServer, toldIn, type Driven, type Farm } from '../support/queue.ts';

/** Four spans of rows, in steps that an L-BFGS search takes some time over. */
const FILE = `import { crossValidate, fetch, fit, logisticRegression, matrix, pipeline, score, split } from 'pipeline-gpu';
const [rows, cols] = [16_000, 40];
const labels = Uint8Array.from({ length: rows }, (_, i) => ((i * 7919) % 101 < 37 ? 1 : 0));
const x = Uint8Array.from({ length: rows * cols }, (_, at) => ((at * 2_654_435_761) >>> 9) % 90 + ((at % cols) % 2 === labels[Math.floor(at / cols)] ? 9 : 0));
const source = { name: 'made', load: async () => ({ name: 'made', role: 'all' as const, x: matrix(rows, cols, x), labels, rows: Uint32Array.from(labels, (_, i) => i) }) };
export default pipeline('made', fetch(source as never), split({ test: 0.2 }),
  fit(logisticRegression({ tol: 1e-9, maxIter: 150 })), score({ on: 'test' }), crossValidate(logisticRegression({ tol: 1e-8, maxIter: 150 })));
`;

async function alone({ run, folder }: Farm): Promise<ReturnType<typeof toldIn>> {
  const env = { PIPELINE_CACHE: join(folder, 'cache-alone'), PIPELINE_SOLVER: 'host' };
  return toldIn((await run(['run', join(folder, 'made.ts'), '--json'], { env })).stdout);
}

interface Shaken extends Driven {
  readonly ms: number;
}

/** A run in which something happens at the first words of some stages' fits. */
async function shaken(here: Farm, blows: Readonly<Record<string, (kill: (signal: NodeJS.Signals) => void) => void>>): Promise<Shaken> {
  const left = { ...blows };
  const started = performance.now();
  const driven = await here.drive('made.ts', ['--shards', '3', '--force', 'fit', '--force', 'cross-validate'], {
    onStdout: (text, kill) => {
      for (const [stage, blow] of Object.entries(left)) {
        if (!new RegExp(`"type":"fit-progress","stage":"${stage}"`).test(text)) continue;
        delete left[stage];
        blow(kill);
      }
    },
  });
  expect(left).toEqual({});
  return { ...driven, ms: performance.now() - started };
}

test.skipIf(!hasServer('redis'))(
  'fits over workers that lend their devices',
  async () => {
    const server = await queueServer('redis', onTestFinished);
    const here = farm(server, { 'made.ts': FILE });
    const expected = await alone(here);
    expect(expected.error).toBeUndefined();
    const check = ({ code, stderr, error, outputs, ms }: Shaken): void => {
      expect({ code, stderr, error }).toMatchObject({ code: 0 });
      expect(outputs).toEqual(expected.outputs);
      expect(ms).toBeLessThan(60_000);
    };
    const [one, two] = await Promise.all([here.worker('one'), here.worker('two')]);
    check(await shaken(here, {}));
    for (const worker of [one, two]) expect(worker!.text()).toMatch(/^shards of fits, for 127\.0\.0\.1:\d+$/m);
    // One dies, another one comes.
    let coming: Promise<unknown> | undefined;
    check(
      await shaken(here, {
        fit: () => one!.kill('SIGKILL'),
        'cross-validate': () => (coming = here.worker('three')),
      }),
    );
    await coming;
    // One stops with all that it is at, and is still connected.
    await here.worker('four');
    check(await shaken(here, { fit: () => two!.killAll('SIGSTOP') }));
    two!.killAll('SIGCONT');
    // One is asked to leave, which it does although the fit goes on.
    check(await shaken(here, { fit: () => two!.kill('SIGTERM') }));
    expect(two!.ended()).toBe(true);
    // The server goes away and comes back.
    check(
      await shaken(here, {
        fit: () =>
          void server
            .kill()
            .then(() => sleep(500))
            .then(() => server.start()),
      }),
    );
    // The run itself dies: its workers are free for others.
    await shaken(here, { fit: (kill) => kill('SIGKILL') });
    const after = await here.drive('made.ts');
    expect(Object.keys(after.by)).toContain('fit');
    expect(after.outputs).toEqual(expected.outputs);
  },
  300_000,
);

test.skipIf(!hasServer('redis'))('shards without a queue, without a number, and for workers that do not trust the run', async () => {
  const server = await queueServer('redis', onTestFinished);
  const here = farm(server, { 'made.ts': FILE });
  const { error } = toldIn((await here.run(['run', join(here.folder, 'made.ts'), '--shards', '3', '--json'])).stdout);
  expect(error).toMatchObject({ code: 'E_USAGE', hint: expect.stringContaining('--queue redis://') });
  expect((await here.drive('made.ts', ['--shards', 'many'])).error).toMatchObject({ code: 'E_USAGE', message: expect.stringContaining('--shards many') });
  const nowhere = await here.drive('made.ts', ['--shards', '2', '--shards-host', '203.0.113.7']);
  expect(nowhere.error).toMatchObject({ code: 'E_USAGE', message: expect.stringContaining('203.0.113.7'), hint: expect.stringContaining('--shards-host') });
  await here.worker('one');
  const stranger = await here.drive('made.ts', ['--shards', '2'], { env: { PIPELINE_QUEUE_SECRET: 'another secret, as long' } });
  expect(stranger.error).toMatchObject({ code: 'E_QUEUE', message: expect.stringContaining('not signed with the secret') });
});
