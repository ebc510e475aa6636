// Lines through the queue's server, for workers that do not reach the run.
import { Redis } from 'ioredis';
import { once } from 'node:events';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { PREFIX } from '../../src/runtime/node/queue/server/connect.ts';
import { QueueLine } from '../../src/runtime/node/queue/leases/queueLine.ts';
import { hasServer, queueServer } from '../support/queue.ts';

const closing: (() => unknown)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function lines(seat: string): Promise<{ readonly run: QueueLine; readonly worker: QueueLine; readonly client: Redis }> {
  const server = await queueServer('redis', onTestFinished);
  const client = new Redis(server.url, { maxRetriesPerRequest: null });
  client.on('error', () => {});
  const [run, worker] = (['run', 'worker'] as const).map((side) => new QueueLine(client, seat, 'a secret of the tests', side)) as [QueueLine, QueueLine];
  for (const line of [run, worker]) line.on('error', () => {});
  closing.push(
    () => run.destroy(),
    () => worker.destroy(),
    () => client.disconnect(),
  );
  return { run, worker, client };
}

test.skipIf(!hasServer('redis'))('bytes arrive once, in order, and the end does', async () => {
  const { run, worker, client } = await lines('one');
  const got: Buffer[] = [];
  worker.on('data', (bytes: Buffer) => got.push(bytes));
  const sent = Array.from({ length: 300 }, (_, i) => Buffer.alloc(1 + ((i * 7919) % 5000), i));
  for (const bytes of sent) run.write(bytes);
  worker.write('back');
  expect(String((await once(run, 'data'))[0])).toBe('back');
  run.end(() => run.destroy());
  await closed(worker);
  expect(Buffer.concat(got).equals(Buffer.concat(sent))).toBe(true);
  expect(await client.pttl(`${PREFIX}:lines:one:run`)).toBeGreaterThan(0);
});

test.skipIf(!hasServer('redis'))('what another one adds, or adds again, ends the line', async () => {
  for (const kind of ['made up', 'again'] as const) {
    const { run, worker, client } = await lines(kind);
    const got: string[] = [];
    worker.on('data', (bytes: Buffer) => got.push(String(bytes)));
    run.write('mine');
    await once(worker, 'data');
    const name = `${PREFIX}:lines:${kind}:run`;
    const [[, fields]] = (await client.xrevrange(name, '+', '-', 'COUNT', 1)) as [[string, string[]]];
    const before = await client.xrevrangeBuffer(name, '+', '-', 'COUNT', 1);
    expect(fields).toContain('mine');
    const signature = (before[0]![1] as readonly Buffer[])[3]!;
    await client.xadd(name, '*', 'bytes', kind === 'again' ? 'mine' : 'other', 'signature', signature);
    await closed(worker);
    expect(got).toEqual(['mine']);
  }
});

test.skipIf(!hasServer('redis'))(
  'a line whose other side never comes is left',
  async () => {
    const server = await queueServer('redis', onTestFinished);
    const client = new Redis(server.url, { maxRetriesPerRequest: null });
    closing.push(() => client.disconnect());
    await closed(new QueueLine(client, 'alone', 'a secret of the tests', 'worker'));
  },
  40_000,
);

test.skipIf(!hasServer('redis'))('a server that restarts ends lines, since entries may be lost', async () => {
  const server = await queueServer('redis', onTestFinished);
  const client = new Redis(server.url, { maxRetriesPerRequest: null });
  client.on('error', () => {});
  closing.push(() => client.disconnect());
  const line = new QueueLine(client, 'one', 'a secret of the tests', 'worker');
  line.on('error', () => {});
  line.write('before');
  await new Promise((resolve) => setTimeout(resolve, 300));
  const ended = closed(line);
  await server.kill();
  await server.start();
  await ended;
});

function closed(line: QueueLine): Promise<void> {
  return new Promise((resolve) => line.once('close', resolve));
}
