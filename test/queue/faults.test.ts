// What a run says when something is wrong with its stages, its workers or the queue: a code, a place and a cure, as without workers.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/runtime/node/queue/server/connect.ts';
import { workersOf } from '../../src/runtime/node/queue/server/roster.ts';
import { cli, ROOT } from '../support/cli.ts';
import { project } from '../support/project.ts';
import { farm, hasServer, queueServer, SECRET, toldIn } from '../support/queue.ts';

const SEARCH = `import { fetch, gridSearch, iris, logisticRegression, pipeline } from 'pipeline-gpu';
export default pipeline('search', fetch(iris()), gridSearch(logisticRegression(), { C: [0.1, 1] }, { folds: 2 }));
`;
const STAGE = (run: string): string => `import { pipeline, stage } from 'pipeline-gpu';
const bad = stage({ id: 'bad', needs: [], provides: ['made'], params: { size: 3 },
  run: async () => {
    ${run}
    return { made: 1 };
  } });
export default pipeline('bad', bad);
`;

test('what a stage does wrong, and what a worker refuses', async () => {
  hasServer('redis');
  const server = await queueServer('redis', onTestFinished);
  const here = farm(server, {
    'throws.ts': STAGE("throw new Error('no such rows');"),
    'stray.ts': STAGE("setTimeout(() => { throw new Error('behind its back'); }, 10); await new Promise((resolve) => setTimeout(resolve, 5000));"),
    'dies.ts': STAGE("process.kill(process.pid, 'SIGKILL'); await new Promise((resolve) => setTimeout(resolve, 5000));"),
    'fine.ts': STAGE(''),
  });
  const worker = await here.worker('one');
  const alone = async (file: string): Promise<unknown> =>
    toldIn((await here.run(['run', join(here.folder, file), '--json'], { env: { PIPELINE_CACHE: join(here.folder, 'alone') } })).stdout).error;
  // As without workers, with the place in the user's file; and not tried again.
  expect((await here.drive('throws.ts')).error).toEqual(await alone('throws.ts'));
  expect(worker.text().match(/^bad$/gm)).toHaveLength(1);
  expect((await here.drive('stray.ts')).error).toMatchObject({ code: 'E_STAGE', message: 'Uncaught error: behind its back', stage: 'bad' });
  // One failure, of the stage, and the worker lives on.
  const { error, code } = await here.drive('dies.ts');
  expect({ error, code }).toMatchObject({
    code: 1,
    error: { code: 'E_STAGE', stage: 'bad', message: expect.stringMatching(/'bad' ended the process of its worker, .* try 3: signal SIGKILL/) },
  });
  expect(worker.text()).toMatch(/bad, try 3/);
  // A job that somebody else made.
  const stranger = await here.drive('fine.ts', [], { env: { PIPELINE_QUEUE_SECRET: 'another secret, as long' } });
  expect(stranger.error).toMatchObject({
    code: 'E_QUEUE',
    message: expect.stringContaining('not signed with the secret'),
    hint: expect.stringContaining('PIPELINE_QUEUE_SECRET'),
  });
  // Code that somebody changed on its way is not loaded.
  const blobs = join(here.folder, 'cache/stages/blobs');
  for (const name of readdirSync(blobs, { recursive: true }) as string[]) {
    const path = join(blobs, name);
    if (/\w{64}$/.test(name) && readFileSync(path, 'utf8').includes("id: 'bad'")) writeFileSync(path, readFileSync(path, 'utf8').replace('made: 1', 'made: 2'));
  }
  rmSync(join(here.folder, '.pipeline/queue'), { recursive: true });
  const { outputs, by } = await here.drive('fine.ts');
  expect({ outputs, by }).toEqual({ outputs: { bad: {} }, by: { bad: 'one' } });
  const copies = readdirSync(join(here.folder, '.pipeline/queue'), { recursive: true }).map((name) => join(here.folder, '.pipeline/queue', String(name)));
  const loaded = copies.filter((path) => path.endsWith('fine.ts')).map((path) => readFileSync(path, 'utf8'));
  expect(loaded).toEqual([STAGE('')]);
});

test('a queue that is not there, not safe, or served by nobody', async () => {
  const server = await queueServer('redis', onTestFinished);
  const here = farm(server, { 'fine.ts': STAGE('') });
  const drive = async (url: string, env: Readonly<Record<string, string>> = { PIPELINE_QUEUE_SECRET: SECRET }): Promise<unknown> =>
    toldIn((await here.run(['run', join(here.folder, 'fine.ts'), '--json', '--queue', url], { env })).stdout).error;
  // Nobody works: the run says so, waits, and can be ended; nothing of it stays in the queue.
  const waiting = await here.drive('fine.ts', [], { onStdout: (text, kill) => void (text.includes('W_QUEUE') && kill('SIGINT')) });
  expect(waiting.code).toBe(130);
  expect(waiting.events.find(({ type }) => type === 'warning')).toMatchObject({
    message: 'No worker is there; the run waits for one.',
    hint: expect.stringContaining(`pipeline worker --queue ${server.url}`),
  });
  expect(await drive('redis://127.0.0.1:1')).toMatchObject({
    code: 'E_QUEUE',
    message: expect.stringMatching(/127\.0\.0\.1:1 does not answer: .*ECONNREFUSED/),
  });
  expect(await drive(server.url, {})).toMatchObject({ code: 'E_USAGE', message: 'PIPELINE_QUEUE_SECRET is not set.' });
  const worker = await here.run(['worker', '--queue', server.url, '--adapter', 'nonsense'], { env: { PIPELINE_QUEUE_SECRET: SECRET } });
  expect(worker.stderr).toMatch(/E_NO_ADAPTER No adapter fits "nonsense"/);
  await server.kill();
  await server.start(['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru']);
  expect(await drive(server.url)).toMatchObject({ code: 'E_QUEUE', message: expect.stringContaining('maxmemory-policy is allkeys-lru') });
  await server.kill();
  await server.start(['--requirepass', 'right']);
  expect(await drive(server.url.replace('//', '//:wrong@'))).toMatchObject({
    code: 'E_QUEUE',
    message: expect.stringMatching(/^redis:\/\/127\.0\.0\.1:\d+ does not let this user in/),
  });
});

test('a worker whose packages differ', async () => {
  const server = await queueServer('redis', onTestFinished);
  const here = farm(server, {
    'uses.ts': STAGE('console.log(factor);').replace('import', "import { factor } from 'dep';\nimport").replace('needs: []', 'needs: [], inputs: {}'),
  });
  const there = project();
  for (const [write, version] of [
    [here.write, '1.0.0'],
    [there.write, '2.0.0'],
  ] as const) {
    write('node_modules/dep/package.json', JSON.stringify({ name: 'dep', version, type: 'module', exports: './index.js' }));
    write('node_modules/dep/index.js', `export const factor = '${version}';\n`);
  }
  const worker = await here.worker('other', {}, there.folder);
  const { error } = await here.drive('uses.ts');
  expect(error).toMatchObject({
    code: 'E_QUEUE',
    stage: 'bad',
    message: expect.stringMatching(/^A worker has another stage 'bad': '[^']*dep[^']*' is .*2\.0\.0.* there, and .*1\.0\.0.* here\.$/),
    hint: expect.stringContaining('npm ci'),
  });
  worker.kill('SIGKILL');
  await here.worker('same');
  expect((await here.drive('uses.ts')).by).toEqual({ bad: 'same' });
});

test('a user who may do no more than a queue needs', async () => {
  const server = await queueServer('redis', onTestFinished);
  const rules = /--user jobs (.*)/.exec(readFileSync(join(ROOT, 'docs/many-machines.md'), 'utf8'))![1]!;
  await server.kill();
  await server.start(['--user', 'default', 'off', '--user', 'jobs', ...rules.replace('...', 'its-password').split(' ')]);
  const url = server.url.replace('//', '//jobs:its-password@');
  const here = farm({ ...server, url }, { 'search.ts': SEARCH });
  await here.worker('one');
  expect(await here.drive('search.ts')).toMatchObject({ code: 0, by: { 'grid-search': 'one' } });
  const client = new Redis(url);
  onTestFinished(() => client.disconnect());
  await expect(client.set('another', '1')).rejects.toThrow('NOPERM');
  await expect(client.flushall()).rejects.toThrow('NOPERM');
});

test('Ctrl-C takes back jobs that nobody began', async () => {
  const server = await queueServer('redis', onTestFinished);
  const here = farm(server, {
    'many.ts': `import { branch, pipeline, stage } from 'pipeline-gpu';
const wait = (n: number) => stage({ id: 'wait', needs: [], provides: ['n'], params: { n }, run: async () => { await new Promise((resolve) => setTimeout(resolve, 2000)); return { n }; } });
export default pipeline('many', branch({ a: [wait(1)], b: [wait(2)], c: [wait(3)], d: [wait(4)] }));
`,
  });
  const worker = await here.worker('one');
  const running = here.drive('many.ts', [], {
    onStdout: (text, kill) => void (/stage-started.*stage-started/s.test(text) && setTimeout(() => kill('SIGINT'), 700)),
  });
  await worker.says(/wait/);
  expect((await running).code).toBe(130);
  const { client } = await connect(server.url);
  const [about] = await workersOf(client);
  const left = new Queue(about!.queue, { connection: client, prefix: 'pipeline-gpu' });
  onTestFinished(async () => {
    await left.close();
    client.disconnect();
  });
  expect(await left.getWaitingCount()).toBe(0);
  await sleep(2500); // what was begun is done
  expect(await left.getJobCounts()).toMatchObject({ waiting: 0, active: 0, delayed: 0, failed: 0, completed: 0 });
  expect(worker.text().match(/^\S*wait$/gm)!.length).toBeLessThan(4);
});

test('what computes ends with its worker, in the middle of a loop that lets nothing else run', async () => {
  const server = await queueServer('redis', onTestFinished);
  const here = farm(server, {
    'loops.ts': STAGE(
      "const { writeFileSync } = await import('node:fs'); for (const end = Date.now() + 60_000; Date.now() < end; ) writeFileSync('beat', `${Date.now()}`);",
    ).replace('needs: []', 'needs: [], inputs: {}'),
  });
  const worker = await here.worker('one');
  const beat = join(here.folder, 'beat');
  const lives = (): boolean => existsSync(beat) && Date.now() - statSync(beat).mtimeMs < 500;
  void here.drive('loops.ts');
  await expect.poll(lives, { timeout: 20_000 }).toBe(true);
  worker.kill('SIGKILL');
  await sleep(600);
  await expect.poll(lives, { timeout: 5000 }).toBe(false);
});

test('Ctrl-C ends a worker after its stage, a second one at once', async () => {
  const server = await queueServer('redis', onTestFinished);
  const here = farm(server, { 'long.ts': STAGE('await new Promise((resolve) => setTimeout(resolve, 120_000));') });
  const worker = await here.worker('one');
  let stop = (): void => {};
  const running = here.drive('long.ts', [], { onStdout: (_, kill) => void (stop = () => kill('SIGINT')) });
  await worker.says(/^bad$/m);
  worker.kill('SIGINT');
  await sleep(500);
  expect(worker.ended()).toBe(false);
  worker.kill('SIGINT');
  await expect.poll(() => worker.ended(), { timeout: 5000 }).toBe(true);
  stop();
  expect((await running).code).toBe(130);
});

test('without --queue neither package is loaded', async () => {
  const here = farm({ url: '', port: 0, start: async () => {}, kill: async () => {}, signal: () => {} }, { 'fine.ts': STAGE('') });
  const hooks = here.write(
    'hooks.mjs',
    `import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent("export const resolve = (name, context, next) => { if (/bullmq|ioredis/.test(name)) process._rawDebug('LOADS ' + name); return next(name, context); }"));
`,
  );
  const env = { NODE_OPTIONS: `--import=${hooks}`, PIPELINE_CACHE: join(here.folder, 'cache') };
  const { code, stderr } = await here.run(['run', join(here.folder, 'fine.ts')], { env });
  expect({ code, loads: stderr.includes('LOADS') }).toEqual({ code: 0, loads: false });
  // The hook sees them where they are asked for.
  const asked = await cli(['run', join(here.folder, 'fine.ts'), '--no-check', '--queue', 'redis://127.0.0.1:1'], {
    cwd: here.folder,
    env: { ...env, PIPELINE_QUEUE_SECRET: SECRET },
  });
  expect(asked.stderr).toContain('LOADS bullmq');
});
