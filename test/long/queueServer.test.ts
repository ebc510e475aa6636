// A server that fails in the middle of a run, or leaves its place to another: the outcome is that of one that did not.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { tempFolder } from '../support/files.ts';
import { farm, freePort, hasServer, LOCK_MS, queueServer, twoStages } from '../support/queue.ts';

const SECOND = { m: Math.sin(1) / 3 };

test('a server that hangs for a while: run and worker say so, and go on', async () => {
  const server = await queueServer('redis', onTestFinished);
  const here = farm(server, { 'two.ts': twoStages(1000) });
  const worker = await here.worker('one');
  let told = '';
  const running = here.drive('two.ts', [], { onStdout: (text) => void (told = text) });
  await worker.says(/^first$/m);
  server.signal('SIGSTOP');
  await expect.poll(() => told, { timeout: 10_000 }).toMatch(/W_QUEUE.*does not answer/);
  await worker.says(/does not answer/);
  server.signal('SIGCONT');
  await worker.says(/The queue works again/);
  const { code, outputs, events } = await running;
  expect(code).toBe(0);
  expect(outputs['second']).toEqual(SECOND);
  expect(events.filter(({ type }) => type === 'warning').map(({ message }) => message)).toEqual([
    expect.stringContaining('does not answer'),
    'The queue works again; the run goes on.',
  ]);
});

test('a server without room for so long that locks expire: the stage is not done again', async () => {
  const server = await queueServer('redis', onTestFinished);
  const here = farm(server, { 'two.ts': twoStages(4 * LOCK_MS) });
  const worker = await here.worker('one');
  const client = new Redis(server.url);
  onTestFinished(() => client.disconnect());
  let told = '';
  const running = here.drive('two.ts', [], { onStdout: (text) => void (told = text) });
  await worker.says(/^first$/m);
  await client.config('SET', 'maxmemory', '1');
  const ran = (): string => readFileSync(join(here.folder, 'ran'), 'utf8');
  await expect.poll(ran, { timeout: 20_000 }).toBe('x');
  expect(told).toMatch(/W_QUEUE.*its memory is full/);
  await client.config('SET', 'maxmemory', '0');
  const { code, outputs } = await running;
  expect({ code, second: outputs['second'], ran: ran() }).toEqual({ code: 0, second: SECOND, ran: 'x' });
});

test.each(['redis', 'valkey'] as const)('%s with sentinels, whose first server is killed', async (kind) => {
  expect(hasServer(kind)).toBe(true);
  const [first, replica] = [await queueServer(kind, onTestFinished), await queueServer(kind, onTestFinished)];
  await replica.kill();
  await replica.start(['--replicaof', `127.0.0.1 ${first.port}`]);
  const port = await freePort();
  const settings = join(tempFolder(), 'sentinel.conf');
  writeFileSync(
    settings,
    `port ${port}
bind 127.0.0.1
sentinel monitor jobs 127.0.0.1 ${first.port} 1
sentinel down-after-milliseconds jobs 500
sentinel failover-timeout jobs 2000
`,
  );
  const sentinel = spawn(`${kind}-server`, [settings, '--sentinel'], { stdio: 'ignore' });
  onTestFinished(() => void sentinel.kill('SIGKILL'));
  const asked = new Redis(port, '127.0.0.1');
  asked.on('error', () => {}); // it may not have begun
  onTestFinished(() => asked.disconnect());
  await expect.poll(async () => ((await asked.call('SENTINEL', 'replicas', 'jobs').catch(() => [])) as unknown[]).length, { timeout: 20_000 }).toBe(1);
  const here = farm({ ...first, url: `redis-sentinel://127.0.0.1:1,127.0.0.1:${port}/jobs` }, { 'two.ts': twoStages(3000) });
  // A replica alone is none.
  const stranger = await here.run(['run', 'two.ts', '--json', '--queue', replica.url], { env: { PIPELINE_QUEUE_SECRET: 'a secret of the tests' } });
  expect(stranger.stdout).toMatch(/is a replica, which takes no jobs/);
  const worker = await here.worker('one');
  const running = here.drive('two.ts');
  await worker.says(/^first$/m);
  first.signal('SIGKILL');
  const { code, outputs, by } = await running;
  expect({ code, second: outputs['second'], by }).toEqual({ code: 0, second: SECOND, by: { first: 'one', second: 'one' } });
  expect(await asked.call('SENTINEL', 'get-master-addr-by-name', 'jobs')).toEqual(['127.0.0.1', String(replica.port)]);
});
