// Who may join a driver of sharded fits, and how long a worker may be silent.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import type { Compute } from '../../src/core/compute.ts';
import type { Message } from '../../src/core/shards/shards.ts';
import { fetch, fit as fitStage, iris, logisticRegression, pipeline, split } from '../../src/api.ts';
import { runPipeline } from '../../src/node.ts';
import { ShardDriver } from '../../src/runtime/node/shards/driver.ts';
import { Fit, type Worker } from '../../src/runtime/node/shards/fit.ts';
import { bytesOf } from '../../src/runtime/node/shards/frames.ts';
import { serveShards } from '../../src/runtime/node/shards/worker.ts';

const blobs = { get: async () => undefined, has: async () => false, put: async () => 0 };
const NOTHING: Message = { json: {}, arrays: [] };
const closing: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.splice(0)) await close();
});

async function driverOf(options: Partial<Parameters<typeof ShardDriver.listen>[0]> = {}): Promise<ShardDriver> {
  const driver = await ShardDriver.listen({ count: 1, blobs, ...options });
  closing.push(() => driver.close());
  return driver;
}

test('a stranger is cut off before there is memory for what it announces', async () => {
  const { address } = await driverOf();
  const line = connect({ host: address.host, port: address.port });
  line.on('error', () => {});
  await once(line, 'connect');
  const [head] = bytesOf({ kind: 'hello', fit: 0, round: 0, shard: 0, message: { json: {}, arrays: [new Uint8Array(2 ** 20)] } });
  line.write(head!);
  await once(line, 'close');
});

test('a worker with another token, another version or no driver is told why it does not work', async () => {
  const driver = await driverOf({ code: 'new', patienceMs: 300 });
  const serve = (address = driver.address, code = 'new'): Promise<void> =>
    serveShards(address, { compute: {} as Compute, code, numerics: 'here', blobs, works: {} });
  await expect(serve({ ...driver.address, token: 'ab'.repeat(32) })).rejects.toMatchObject({
    code: 'E_DEVICE',
    message: expect.stringMatching(/token is another/),
  });
  await expect(serve(driver.address, 'old')).rejects.toMatchObject({ code: 'E_DEVICE', message: expect.stringMatching(/another version of this package/) });
  await expect(driver.spread('linear', [NOTHING])).rejects.toThrow(/another version of this package was sent away/);
  await expect(serve({ ...driver.address, host: '127.0.0.1', port: 1 })).rejects.toMatchObject({
    code: 'E_DEVICE',
    message: expect.stringMatching(/does not answer at/),
  });
});

test('a worker that takes a shard over late has all the time that the first one had', async () => {
  vi.useFakeTimers();
  const workers = new Set<Worker>();
  const worker = (): Worker => {
    const socket = { destroyed: false, cork() {}, uncork() {}, write() {}, destroy: () => (socket.destroyed = true) };
    const made = { socket: socket as unknown as Worker['socket'] };
    workers.add(made);
    return made;
  };
  const first = worker();
  const fit = new Fit(1, [NOTHING], workers, { patienceMs: 1000, signal: undefined, alone: () => new Error('alone') as never, ended: () => {} });
  const answers = fit.ask(() => NOTHING);
  await vi.advanceTimersByTimeAsync(900);
  const second = worker();
  workers.delete(first);
  fit.lost(first);
  await vi.advanceTimersByTimeAsync(900);
  expect(second.socket.destroyed).toBe(false);
  fit.take(second, { kind: 'answer', fit: 1, round: 1, shard: 0, message: NOTHING });
  expect(await answers).toEqual([NOTHING]);
  // Silent for longer, it is lost.
  fit.ask(() => NOTHING).catch(() => {});
  await vi.advanceTimersByTimeAsync(1200);
  expect(second.socket.destroyed).toBe(true);
  fit.fail(new Error('over'));
});

test('a driver that is closed ends its fits', async () => {
  const driver = await driverOf({ least: 0 });
  const fit = await driver.spread('linear', [NOTHING]);
  const asked = expect(fit.ask(() => NOTHING)).rejects.toMatchObject({ code: 'E_CANCELLED' });
  await driver.close();
  closing.length = 0;
  await asked;
});

test('what one machine kept is not what a sharded run finds', async () => {
  const detector = pipeline('detector', fetch(iris()), split({ test: 0.2 }), fitStage(logisticRegression()));
  const shards = await driverOf({ patienceMs: 50 });
  const cached = async (more: object): Promise<unknown> => {
    let found: unknown;
    await runPipeline(detector, {
      cache: true,
      ...more,
      onEvent: (event) => void (event.type === 'stage-finished' && event.stage === 'fit' && (found = event.cached ?? false)),
    });
    return found;
  };
  expect(await cached({})).toBe(false);
  expect(await cached({})).toBe(true);
  expect(await cached({ shards })).not.toBe(true);
});
