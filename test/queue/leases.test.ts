// Fits whose rows are with workers of a queue, which are killed and leave: the outcome is that of one process, bit by bit.
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FILE, shardFarm } from '../support/leases.ts';
import { farm, hasServer, queueServer, toldIn } from '../support/queue.ts';

test.skipIf(!hasServer('redis'))('fits over workers that lend their devices, of which one dies and one is asked to leave', async () => {
  const server = await queueServer('redis', onTestFinished);
  const here = await shardFarm(server);
  const [one, two, three] = await Promise.all(['one', 'two', 'three'].map((name) => here.worker(name)));
  await here.shaken({ fit: () => one!.kill('SIGKILL'), 'cross-validate': () => two!.kill('SIGTERM') });
  for (const worker of [one, two, three]) expect(worker!.text()).toMatch(/^shards of fits, for 127\.0\.0\.1:\d+$/m);
  expect(two!.ended()).toBe(true);
});

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

test.skipIf(!hasServer('redis'))('workers on machines that do not reach the run', async () => {
  const server = await queueServer('redis', onTestFinished);
  const here = await shardFarm(server);
  const elsewhere = `import os from 'node:os'; import { syncBuiltinESMExports } from 'node:module'; os.hostname = () => 'elsewhere'; syncBuiltinESMExports();`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(elsewhere)}`;
  const [one] = await Promise.all([here.worker('one', { NODE_OPTIONS }), here.worker('two')]);
  // It dies, and the other one goes on.
  const [warning, ...more] = await here.shaken({ 'cross-validate': () => one!.killAll('SIGKILL') });
  expect({ warning, more }).toMatchObject({
    warning: {
      message: expect.stringMatching(/^A worker on elsewhere does not reach this run at 127\.0\.0\.1:\d+: /),
      hint: expect.stringContaining('--shards-host'),
    },
    more: [],
  });
});
