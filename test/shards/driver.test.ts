// Who may join a driver of sharded fits, and how long a worker may be silent.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import type { Compute } from '../../src/core/compute.ts';
import type { Message, Shards, Spread } from '../../src/core/shards/shards.ts';
import { fetch, fit as fitStage, iris, kMeans, logisticRegression, pipeline, ridgeClassifier, split, type Pipeline } from '../../src/api.ts';
import { runPipeline } from '../../src/node.ts';
import { ShardDriver } from '../../src/runtime/node/shards/driver.ts';
import { Fit, type Worker } from '../../src/runtime/node/shards/fit.ts';
import { bytesOf } from '../../src/runtime/node/shards/frames.ts';
import { serveShards } from '../../src/runtime/node/shards/worker.ts';
import { testCompute } from '../support/compute.ts';
import { fleet } from '../support/shardedFits.ts';

const blobs = { get: async () => undefined, has: async () => false, put: async () => 0 };
const compute: Compute = { ...(await testCompute()), solver: 'host' };
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
  await expect(driver.spread('linear', [NOTHING])).rejects.toThrow(/another version of this package or of V8 was sent away/);
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

// Of them k-means asks for no device where it is driven from.
test.each([
  ['logisticRegression', logisticRegression({ tol: 0.0123 })],
  ['kMeans', kMeans({ nClusters: 3, tol: 0.0123, seed: 1 })],
])('what one machine or another kind of worker kept is not what a sharded run finds: %s', async (_, estimator) => {
  const { driver, close } = await fleet(compute, { count: 1 });
  closing.push(close);
  const detector = pipeline('detector', fetch(iris()), split({ test: 0.2 }), fitStage(estimator as never)) as Pipeline;
  const cached = async (shards?: Shards): Promise<unknown> => {
    let found: unknown;
    const { error } = await runPipeline(detector, {
      cache: true,
      shards,
      onEvent: (event) => void (event.type === 'stage-finished' && event.stage === 'fit' && (found = event.cached ?? false)),
    });
    return error ?? found;
  };
  const kind = (numerics: string): Shards => ({ count: 1, numerics: async () => numerics, spread: (...fit) => driver.spread(...fit) });
  expect([await cached(), await cached()]).toEqual([false, true]);
  expect([await cached(driver), await cached(driver), await cached(kind('here'))]).toEqual([false, true, true]);
  expect([await cached(kind('there')), await cached(kind('there'))]).toEqual([false, true]);
});

test('a run with a cache does not find what shards computed before it knows who computes', async () => {
  const detector = pipeline('detector', fetch(iris()), split({ test: 0.2 }), fitStage(logisticRegression()));
  const nobody = await driverOf({ patienceMs: 50 });
  expect(await runPipeline(detector, { cache: true, shards: nobody })).toMatchObject({ status: 'failed', error: { code: 'E_DEVICE' } });
});

test('a run that is cancelled ends its fit, and the driver serves the next one', async () => {
  const { driver, close } = await fleet(compute, { count: 1 });
  closing.push(close);
  const ends = new AbortController();
  const fit = await driver.spread('none', [NOTHING], ends.signal);
  const silent = new Fit(1, [NOTHING], new Set(), { patienceMs: 60_000, signal: ends.signal, alone: () => new Error('alone') as never, ended: () => {} });
  const asked = expect(silent.ask(() => NOTHING)).rejects.toMatchObject({ code: 'E_CANCELLED' });
  ends.abort();
  await asked;
  await expect(fit.ask(() => NOTHING)).rejects.toMatchObject({ code: 'E_CANCELLED' });
  const nobody = await driverOf({ least: 1 });
  await expect(nobody.spread('none', [NOTHING], ends.signal)).rejects.toMatchObject({ code: 'E_CANCELLED' });
  const detector = pipeline('detector', fetch(iris()), split({ test: 0.2 }), fitStage(ridgeClassifier()));
  expect(await runPipeline(detector, { shards: driver, signal: AbortSignal.abort() })).toMatchObject({ status: 'failed', error: { code: 'E_CANCELLED' } });
  // Cancelled at the first question of its fit.
  const midway = new AbortController();
  const cutShort: Spread[] = [];
  const spread: Shards['spread'] = async (...args) => {
    const own = await driver.spread(...args);
    cutShort.push(own);
    midway.abort();
    return own;
  };
  const cut = { count: 1, numerics: () => driver.numerics(midway.signal), spread };
  expect(await runPipeline(detector, { shards: cut, signal: midway.signal })).toMatchObject({ status: 'failed', error: { code: 'E_CANCELLED' } });
  expect(cutShort).toHaveLength(1);
  await expect(cutShort[0]!.ask(() => NOTHING)).rejects.toMatchObject({ code: 'E_CANCELLED' });
  expect(await runPipeline(detector, { shards: driver })).toMatchObject({ status: 'ok' });
});

test('a connection that never says who it is makes way, and a worker stays', async () => {
  const { driver, close } = await fleet(compute, { count: 1 });
  closing.push(close);
  await driver.numerics(new AbortController().signal);
  const lines = Array.from({ length: 300 }, () => connect({ host: driver.address.host, port: driver.address.port }));
  let shut = 0;
  for (const line of lines) line.on('error', () => {}).on('close', () => shut++);
  closing.push(() => lines.forEach((line) => line.destroy()));
  await vi.waitFor(() => expect(shut).toBe(300 - 256), 5000);
  expect(driver.workers).toBe(1);
});
