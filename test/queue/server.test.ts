// A server that is full, or does not answer: nothing of a run is lost, and the user is told why it waits.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { farm, queueServer, twoStages } from '../support/queue.ts';

test('a server that is full in the middle of a run', async () => {
  const server = await queueServer('redis', onTestFinished);
  const here = farm(server, { 'two.ts': twoStages(500), 'other.ts': twoStages(1) });
  const worker = await here.worker('one');
  const client = new Redis(server.url);
  onTestFinished(() => client.disconnect());
  let told = '';
  const running = here.drive('two.ts', [], { onStdout: (text) => void (told = text) });
  await worker.says(/^first$/m);
  await client.config('SET', 'maxmemory', '1');
  await expect.poll(() => told, { timeout: 10_000 }).toMatch(/W_QUEUE.*takes no more jobs: its memory is full.*maxmemory/);
  await worker.says(/its memory is full\. Raise maxmemory/);
  const ran = (): string => readFileSync(join(here.folder, 'ran'), 'utf8');
  await expect.poll(ran, { timeout: 10_000 }).toBe('x');
  // Whoever begins now is told at once.
  const stranger = await here.drive('other.ts');
  expect(stranger).toMatchObject({ code: 4, error: { code: 'E_QUEUE', message: expect.stringContaining('its memory is full'), hint: expect.any(String) } });
  expect(told).not.toContain('run-finished');
  // Workers do not ask for jobs all the time.
  expect(Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))![1])).toBeLessThan(200);
  await client.config('SET', 'maxmemory', '0');
  const { code, outputs } = await running;
  expect(code).toBe(0);
  expect(ran()).toBe('x');
  expect(outputs['second']).toEqual({ m: Math.sin(1) / 3 });
});

test('a server that goes away: the run says that it waits, and ends at once if asked to', async () => {
  const server = await queueServer('redis', onTestFinished);
  const here = farm(server, { 'two.ts': twoStages(1000) });
  const worker = await here.worker('one');
  let at = Infinity;
  const onStdout = (text: string, kill: (signal: NodeJS.Signals) => void): void => {
    if (at < Infinity || !/W_QUEUE.*does not answer/.test(text)) return;
    at = Date.now();
    kill('SIGINT');
  };
  const waiting = here.drive('two.ts', [], { onStdout });
  await worker.says(/^first$/m);
  await server.kill();
  expect(await waiting).toMatchObject({ code: 130, signal: null });
  expect(Date.now() - at).toBeLessThan(4000);
});
