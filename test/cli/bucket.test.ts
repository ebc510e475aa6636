// The promises of the stage cache where results are in a bucket, at the command line and over a queue.
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { nodeCacheStore } from '../../src/runtime/node/cache/cacheStore.ts';
import { bucketStore } from '../../src/runtime/node/cache/bucketStore.ts';
import { memoryCacheStore } from '../../src/runtime/keys/cache.ts';
import { sha256 } from '../../src/core/encoding/digest.ts';
import { bucket, KEY, KEY_ID, type Bucket } from '../support/bucket.ts';
import { cachedProject } from '../support/cachedProject.ts';
import { farm, hasServer, queueServer } from '../support/queue.ts';

const SUM = `import { pipeline, stage } from 'pipeline-gpu';
import { numbers } from './numbers.ts';
const sum = stage({ id: 'sum', needs: ['numbers'], provides: ['sum'],
  run: ({ numbers }: { numbers: Float64Array }) => ({ sum: numbers.reduce((a, b) => a + b, 0) }), output: ({ sum }) => ({ sum }) });
export default pipeline('chain', numbers, sum);
`;
const FILES = {
  'chain.ts': SUM,
  'numbers.ts': `import { stage } from 'pipeline-gpu';
export const numbers = stage({ id: 'numbers', needs: [], provides: ['numbers'], run: () => ({ numbers: Float64Array.from({ length: 50000 }, (_, i) => i / 3) }) });
`,
};
const ALL = ['numbers', 'sum'];

/** A machine: with what it has in folders of its own. */
const machine = ({ env }: Bucket, folder: string, name: string) => ({ env: { ...env, XDG_CACHE_HOME: join(folder, name) } });

const blobs = ({ objects }: Bucket) => [...objects].filter(([name]) => name.startsWith('of/tests/blobs/'));
const largest = (own: Bucket) => blobs(own).toSorted(([, a], [, b]) => b.bytes.length - a.bytes.length)[0]!;

test('what one machine computed another finds, and what it read once it does not read again', async () => {
  const own = await bucket();
  const { run, folder, write } = cachedProject(FILES);
  const first = await run('chain.ts', [], machine(own, folder, 'one'));
  expect(first).toMatchObject({ code: 0, stderr: '', ran: ALL });
  expect(await run('chain.ts', [], machine(own, folder, 'one'))).toMatchObject({ code: 0, stderr: '', ran: [], cached: ALL, outputs: first.outputs });
  expect(await run('chain.ts', [], machine(own, folder, 'two'))).toMatchObject({ code: 0, stderr: '', ran: [], cached: ALL, outputs: first.outputs });
  // Another sum reads the numbers, on a machine that has none of them, and then has them.
  const [name] = largest(own);
  const reads = (): number => own.asked.filter((one) => one === `GET ${name}`).length;
  for (const more of [1, 2]) {
    write('chain.ts', SUM.replace('b, 0)', `b, ${more})`));
    expect(await run('chain.ts', [], machine(own, folder, 'two'))).toMatchObject({ code: 0, stderr: '', ran: ['sum'] });
    expect(reads()).toBe(1);
  }
});

test.each([true, false])('damaged bytes are computed again and heal; a server with checksums: %s', async (checksums) => {
  const own = await bucket();
  own.checksums = checksums;
  const { run, folder, write } = cachedProject(FILES);
  const { outputs } = await run('chain.ts', [], machine(own, folder, 'one'));
  const [name, object] = largest(own);
  const good = object.bytes;
  object.bytes = good.map((byte, i) => (i === 1000 ? byte ^ 1 : byte));
  write('chain.ts', SUM.replace("id: 'sum'", "id: 'total'"));
  const again = await run('chain.ts', [], machine(own, folder, 'two'));
  expect(again).toMatchObject({ code: 0, outputs: { total: outputs['sum'] } });
  expect(again.events.filter(({ type }) => type === 'warning')).toMatchObject([{ code: 'W_CACHE_CORRUPT' }]);
  expect(own.objects.has(name)).toBe(false);
  await run('chain.ts', [], machine(own, folder, 'three'));
  expect(own.objects.get(name)?.bytes).toEqual(good);
  for (const [key, entry] of own.objects) if (key.includes('/entries/')) entry.bytes = entry.bytes.map((byte, i) => (i === 80 ? byte ^ 1 : byte));
  expect(await run('chain.ts', [], machine(own, folder, 'four'))).toMatchObject({ code: 0, ran: ['numbers', 'total'], outputs: { total: outputs['sum'] } });
});

test('a server that fails for a while is asked again; a line that is cut, too', async () => {
  const own = await bucket();
  const store = bucketStore(own.url, memoryCacheStore(), { AWS_ENDPOINT_URL: own.endpoint });
  keys();
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i);
  const digest = await sha256(bytes);
  own.failing = 3;
  await store.putBlob(digest, bytes);
  await store.putText('key', 'a\ntext\n');
  own.cutting = 2;
  expect(await store.getText('key')).toBe('a\ntext\n');
  expect(own).toMatchObject({ failing: 0, cutting: 0 });
  await store.save('point', bytes);
  expect(await store.load('point')).toEqual(bytes);
  await store.remove('point');
  expect(await store.load('point')).toBeUndefined();
  expect(await store.getBlob(digest)).toEqual(bytes);
  const puts = own.asked.length;
  await store.putBlob(digest, bytes);
  await store.putBlob(digest, bytes.slice(1)); // others than were digested
  expect(own.asked.slice(puts).filter((one) => one.startsWith('PUT'))).toEqual([]);
  // One that others do not find is none, though this machine has it.
  own.objects.clear();
  expect(await store.getBlob(digest)).toBeUndefined();
  expect(await store.hasBlob(digest)).toBe(false);
});

test('what a bucket holds is counted and cleared, page by page, and what else is in it stays', async () => {
  const own = await bucket();
  own.objects.set('of/tests-of-others', { bytes: new Uint8Array(1), checksum: undefined });
  keys();
  const store = bucketStore(own.url, memoryCacheStore(), { AWS_ENDPOINT_URL: own.endpoint });
  for (let i = 0; i < 5; i++) await store.putText(`key${i}`, 'text');
  expect(await store.size()).toEqual({ entries: 5, bytes: 5 * (64 + 1 + 4) });
  await store.clear();
  expect([...own.objects.keys()]).toEqual(['of/tests-of-others']);
});

test.each([
  ['a wrong key', { AWS_SECRET_ACCESS_KEY: 'wrong-secret-of-the-tests' }, /does not let this user in: SignatureDoesNotMatch/],
  ['a wrong user', { AWS_ACCESS_KEY_ID: 'AKIDOFOTHERS' }, /does not let this user in: InvalidAccessKeyId/],
  ['a bucket that is not there', { PIPELINE_CACHE: 's3://elsewhere/x' }, /The bucket elsewhere at http:\/\/127\.0\.0\.1:\d+\/ is not there/],
  [
    'no server',
    { AWS_ENDPOINT_URL: 'http://user:hidden-word@127.0.0.1:9', AWS_MAX_ATTEMPTS: '2' },
    /The bucket results at http:\/\/127\.0\.0\.1:9\/ cannot be used/,
  ],
  ['no bucket', { PIPELINE_CACHE: 's3://' }, /names no bucket/],
])('%s is one error, which names bucket and endpoint and no secret', async (_, env, message) => {
  const own = await bucket();
  const { run, folder } = cachedProject(FILES);
  const here = machine(own, folder, 'one');
  const { code, stderr, events } = await run('chain.ts', ['--debug'], { env: { ...here.env, AWS_SESSION_TOKEN: 'token-of-the-tests', ...env } });
  expect(code).not.toBe(0);
  expect(events).toMatchObject([{ type: 'run-finished', status: 'failed', error: { message: expect.stringMatching(message), hint: expect.any(String) } }]);
  expect(`${stderr}${JSON.stringify(events)}`).not.toMatch(/of-the-tests|AKIDOF|hidden-word/);
});

test.skipIf(!hasServer('redis'))('a run and a worker that share no folder: the outcome is that of one process, to the bit', async () => {
  const server = await queueServer('redis', onTestFinished);
  const own = await bucket();
  const here = farm(server, {
    'search.ts': `import { chain, digits, fetch, gridSearch, logisticRegression, pipeline, score, split, standardize } from 'pipeline-gpu';
export default pipeline('search', fetch(digits()), split({ test: 0.2 }),
  gridSearch(chain(standardize(), logisticRegression({ maxIter: 4 })), { tol: [0.1, 0.01] }, { folds: 2, scoring: 'negLogLoss' }), score({ on: 'test' }));
`,
  });
  const worker = await here.worker('one', machine(own, here.folder, 'one').env);
  expect(worker.text()).toContain('results go to s3://results/of/tests');
  const far = await here.drive('search.ts', [], machine(own, here.folder, 'two'));
  expect({ code: far.code, stderr: far.stderr }).toMatchObject({ code: 0 });
  expect(Object.values(far.by)).toEqual(['one', 'one']);
  const { code } = await here.run(['run', join(here.folder, 'search.ts'), '--json']);
  expect(code).toBe(0);
  const [one, other] = here.records().map(({ stages }) => stages.map(({ provides }) => provides));
  expect(one).toEqual(other);
  // The rows of a fit go through the bucket, too.
  const shards = await here.drive('search.ts', ['--shards', '2'], machine(own, here.folder, 'two'));
  expect({ code: shards.code, stderr: shards.stderr, error: shards.error }).toMatchObject({ code: 0 });
});

/** In this process, for as long as the test. */
function keys(): void {
  const before = { ...process.env };
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: KEY_ID, AWS_SECRET_ACCESS_KEY: KEY });
  onTestFinished(() => void (process.env = before));
}

test('a folder is a folder, wherever a bucket may be named', () => {
  expect(nodeCacheStore({ folder: '/tmp/s3' })).toMatchObject({ folder: '/tmp/s3' });
  expect(nodeCacheStore({ folder: 's3://results/x/' })).toMatchObject({ folder: 's3://results/x', capBytes: Infinity });
});
