// A model behind HTTP: what it answers, what it refuses and how, and how it ends.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { cli } from '../../support/cli.ts';
import { penguinModel, type Penguins } from '../../support/penguinModel.ts';
import type { JsonRecord } from '../../../src/core/events.ts';
import { exportModel } from '../../../src/node.ts';
import { askedModel, type Asked } from '../../../src/cli/models/asked.ts';
import { DEFAULTS, startServer, type ModelServer } from '../../../src/cli/models/serving/server.ts';

const file = join(mkdtempSync(join(tmpdir(), 'pipeline-serve-')), 'penguins.safetensors');
const failures: unknown[] = [];
let penguins: Penguins;
let asked: Asked;
let server: ModelServer;
let rows: readonly Record<string, unknown>[];
let species: readonly string[];

beforeAll(async () => {
  penguins = await penguinModel(file);
  asked = await askedModel(file, { adapter: 'host' });
  server = await startServer(asked, { ...DEFAULTS, port: 0, maxRows: 100, maxBytes: 100_000, requestMs: 400 }, (error) => failures.push(error));
  const { model, context, rows: all } = penguins;
  const { x, columns } = all;
  species = [...(await model.predict(all, context))].map((label) => String(model.classNames![model.classes.indexOf(label)]));
  rows = Array.from(all.rows, (row) =>
    Object.fromEntries(
      columns!.map((column, j) => {
        const value = x.data[row * x.cols + j]!;
        return [column, Number.isNaN(value) ? null : (x.categories?.[j]?.[value] ?? value)];
      }),
    ),
  );
});

afterAll(async () => {
  await server.close();
  expect(failures).toEqual([]);
});

async function post(
  body: unknown,
  { at = server, type = 'application/json' } = {},
): Promise<{ readonly status: number; readonly said: JsonRecord; readonly headers: Headers }> {
  const response = await fetch(`${at.url}/predict`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, said: (await response.json()) as JsonRecord, headers: response.headers };
}
const get = async (path: string): Promise<Response> => fetch(`${server.url}${path}`);

test('rows by name, and in columns of any order, get the predictions of the model', async () => {
  const names = Object.keys(rows[0]!).toReversed();
  expect(await post({ rows: rows.slice(0, 100) })).toMatchObject({ status: 200, said: { predictions: species.slice(0, 100) } });
  const data = rows.slice(100, 150).map((row) => [...names.map((name) => row[name]), 'more']);
  const { said } = await post({ columns: [...names, 'ring'], data, proba: true });
  expect(said['predictions']).toEqual(species.slice(100, 150));
  const shares = await penguins.model.predictProba!(penguins.rows, penguins.context);
  for (const [i, one] of (said['probabilities'] as readonly Record<string, number>[]).entries()) {
    expect(Object.keys(one)).toEqual(penguins.model.classNames!.map(String));
    Object.values(one).forEach((share, c) => expect(share).toBeCloseTo(shares[(100 + i) * 3 + c]!, 6));
  }
  expect(await post({ rows: [Object.values(rows[7]!)] })).toMatchObject({ status: 200, said: { predictions: [species[7]] } });
});

test('a model.json and an ONNX file are served, too', async () => {
  const json = file.replace('penguins.safetensors', 'model.json');
  await exportModel(json, penguins.model);
  const people = { age: 62, fare: 42.2, port: 'S', sex: 'f' };
  for (const [of, given, wanted] of [
    [json, rows.slice(0, 5), species.slice(0, 5)],
    ['test/fixtures/onnx/table-logistic.onnx', [people, { ...people, age: null, sex: 'm' }], [1, 0]],
  ] as const) {
    const at = await startServer(await askedModel(of, { adapter: 'host' }), { ...DEFAULTS, port: 0 }, (error) => failures.push(error));
    const { status, said } = await post({ rows: given, proba: true }, { at });
    expect(status).toBe(200);
    expect(said['predictions']).toEqual(wanted);
    (said['probabilities'] as readonly Record<string, number>[]).forEach((shares, i) =>
      expect(Object.entries(shares).reduce((a, b) => (a[1] > b[1] ? a : b))[0]).toBe(String(wanted[i])),
    );
    const refused = await post({ rows: [{ ...given[0], [of === json ? 'island' : 'age']: 'Atlantis' }] }, { at });
    expect(refused).toMatchObject({ status: 400, said: { error: { code: 'E_DATA', message: expect.stringContaining('Atlantis') } } });
    await at.close();
  }
});

test('requests that arrive while the model works are one call, and one that is refused costs the others nothing', async () => {
  let go = (): void => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  const { predict } = asked.model as unknown as { readonly predict: (rows: { readonly rows: Uint32Array }) => Promise<ArrayLike<number>> };
  const calls: number[] = [];
  const slow = {
    ...asked,
    model: { ...asked.model, predict: (given: { readonly rows: Uint32Array }) => (calls.push(given.rows.length), held.then(() => predict(given))) },
  };
  const at = await startServer(slow as never, { ...DEFAULTS, port: 0 }, (error) => failures.push(error));
  const odd = { ...rows[0], island: 'Atlantis' };
  const [first, ...others] = [rows[0], ...rows.slice(1, 40), odd, ...rows.slice(40, 60)].map((row) => post({ rows: [row] }, { at }));
  await vi.waitFor(async () => expect(await (await fetch(`${at.url}/metrics`)).text()).toContain('waiting 61'));
  go();
  const answers = await Promise.all([first!, ...others]);
  const refused = answers.filter(({ status }) => status !== 200);
  expect(answers.flatMap(({ said }) => (said['predictions'] as string[] | undefined) ?? [])).toEqual(species.slice(0, 60));
  expect(refused).toMatchObject([{ status: 400, said: { error: { message: expect.stringContaining('Atlantis') as string } } }]);
  expect(calls.length).toBeLessThan(10);
  expect(Math.max(...calls)).toBeGreaterThan(10);
  await at.close();
});

test('what does not fit is refused by what arrived and what was needed', async () => {
  const [first] = rows as [Record<string, unknown>];
  const number = Object.keys(first).find((name) => typeof first[name] === 'number')!;
  const { [number]: _, ...less } = first;
  const cases: readonly (readonly [unknown, number, string])[] = [
    ['{"rows": [', 400, 'The request is no JSON; needed: an object with rows.'],
    ['', 400, 'The request is empty; needed: an object with rows.'],
    ['[1]', 400, 'The request is a list; needed: an object with rows.'],
    [{}, 400, 'The request has no rows; needed: rows: [...], or columns: [...] and data: [[...], ...].'],
    [{ rows: 3 }, 400, 'rows is 3; needed: a list of rows.'],
    [{ rows: [] }, 400, 'rows is empty; needed: at least one row.'],
    [{ rows: [first], extra: 1 }, 400, "The request has a field 'extra'; needed: rows, or columns and data, and proba."],
    [{ rows: [first], proba: 'yes' }, 400, 'proba is "yes"; needed: true or false.'],
    [{ rows: [first], data: [[1]] }, 400, 'The request has rows and data; needed: rows, or columns and data.'],
    [{ columns: ['a', 'b', 'a'], data: [[1, 2, 3]] }, 400, "columns names 'a' twice; needed: each column once."],
    [{ rows: [first], ['x'.repeat(90_000)]: 1 }, 400, `The request has a field '${'x'.repeat(60)}...'; needed: rows, or columns and data, and proba.`],
    [{ rows: [null] }, 400, 'rows[0] is null; needed: an object with a value for each column, or a list.'],
    [{ rows: [first, less] }, 400, `rows[1] has no '${number}', a column of the model.`],
    [{ rows: [{ ...first, [number]: 'long' }] }, 400, `rows[0].${number} is "long"; needed: a number.`],
    [
      `{"rows": [${JSON.stringify(first).replace(`"${number}":${String(first[number])}`, `"${number}":1e999`)}]}`,
      400,
      `rows[0].${number} is too large; needed: a number.`,
    ],
    [{ rows: [[1, 2]] }, 400, `rows[0] has 2 values; needed: ${Object.keys(first).length}, one for each column.`],
    [{ columns: ['a'], data: [[1]] }, 400, `columns has no '${Object.keys(first)[0]}', a column of the model.`],
    [{ rows: Array.from({ length: 101 }, () => first) }, 400, 'rows has 101 rows; 100 at most are answered at once.'],
    [`{"rows": [${' '.repeat(100_000)}]}`, 413, 'The request has more than 100000 bytes.'],
  ];
  for (const [body, status, message] of cases) expect(await post(body)).toMatchObject({ status, said: { error: { message } } });
  expect(await post('a=1', { type: 'application/x-www-form-urlencoded' })).toMatchObject({ status: 415 });
  expect((await get('/predict')).status).toBe(405);
  expect((await get('/predict')).headers.get('allow')).toBe('POST');
  expect((await get('/../etc/passwd')).status).toBe(404);
});

/** What comes back of bytes on a connection of its own, once the server ends it. */
function raw(...sent: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => sent.forEach((text) => socket.write(text)));
    let text = '';
    socket.setEncoding('utf8').on('data', (piece) => (text += piece as unknown as string));
    socket.on('close', () => resolve(text)).on('error', reject);
  });
}

test('a server that was held up reads what has come before it says that nothing came', async () => {
  const body = JSON.stringify({ rows: rows.slice(0, 3) });
  const head = `POST /predict HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n`;
  for (const [first, rest] of [
    [head, `\r\n${body}`],
    [`${head}\r\n${body.slice(0, 9)}`, body.slice(9)],
  ] as const) {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(first));
    let text = '';
    socket.setEncoding('utf8').on('data', (piece) => (text += piece as unknown as string));
    await setTimeout(100);
    await setImmediate(); // timers are next, and only then what has come
    socket.write(rest);
    // Longer than a client has for its request.
    for (const until = performance.now() + 800; performance.now() < until;);
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(JSON.parse(text.split('\r\n\r\n')[1]!)).toEqual({ predictions: species.slice(0, 3) });
  }
});

test('slow clients, long heads, other hosts and what is no HTTP are refused, in JSON', async () => {
  const [slowHead, slowBody, long, other, none] = await Promise.all([
    raw('POST /predict HTTP/1.1\r\nhost: localhost\r\n'),
    raw('POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"rows"'),
    raw(`GET /health HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`),
    raw('GET /metadata HTTP/1.1\r\nhost: elsewhere.example\r\nconnection: close\r\n\r\n'),
    raw('hello\r\n\r\n'),
  ]);
  for (const [answer, status] of [
    [slowHead, 408],
    [slowBody, 408],
    [long, 431],
    [other, 403],
    [none, 400],
  ] as const) {
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ error: { message: expect.any(String) as string } });
  }
});

test('it says what the model is', async () => {
  const metadata = (await (await get('/metadata')).json()) as JsonRecord;
  expect(metadata).toMatchObject({
    name: 'penguins.safetensors',
    kind: 'classifier',
    gaps: true,
    classes: ['Adelie', 'Chinstrap', 'Gentoo'],
    probabilities: true,
  });
  expect(JSON.stringify(metadata)).not.toContain(tmpdir());
  expect(await (await get('/health')).json()).toEqual({ status: 'ok' });
  expect(await (await get('/ready')).json()).toEqual({ status: 'ready' });
  const api = (await (await get('/openapi.json')).json()) as JsonRecord;
  expect(api).toMatchObject({ openapi: '3.1.0' });
  expect(Object.keys(api['paths'] as object)).toEqual(['/predict', '/health', '/ready', '/metadata', '/metrics', '/openapi.json']);
  for (const column of penguins.rows.columns!) expect(JSON.stringify(api['paths'])).toContain(`"${column}"`);
});

test('more requests than may wait are told to come again, and a model that fails tells no client why', async () => {
  let go = (): void => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  const slow: Asked = {
    ...asked,
    model: { ...asked.model, predict: () => held.then(() => Promise.reject(new Error('/home/someone/secret'))) } as never,
  };
  const failed: unknown[] = [];
  const small = await startServer(slow, { ...DEFAULTS, port: 0, maxWaiting: 2 }, (error) => failed.push(error));
  const [a, b] = [post({ rows: [rows[0]] }, { at: small }), post({ rows: [rows[0]] }, { at: small })];
  await vi.waitFor(async () => expect(await (await fetch(`${small.url}/metrics`)).text()).toContain('waiting 2'));
  const third = await post({ rows: [rows[0]] }, { at: small });
  expect(third.status).toBe(503);
  expect(third.headers.get('retry-after')).toBe('1');
  const closing = small.close();
  go();
  for (const one of await Promise.all([a, b])) {
    expect(one.status).toBe(500);
    expect(JSON.stringify(one.said)).not.toContain('secret');
  }
  await closing;
  expect(failed.length).toBe(2);
});

test('clients that read no answers, and connections on which nothing is asked, keep nobody out', async () => {
  const at = await startServer(asked, { ...DEFAULTS, port: 0, maxWaiting: 2, requestMs: 1000 }, (error) => failures.push(error));
  const open = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket: Socket = connect(Number(new URL(at.url).port), '127.0.0.1', () => resolve(socket)).on('error', reject);
    });
  const deaf = await Promise.all([open(), open(), open()]);
  const ended = deaf.map((socket) => new Promise((resolve) => socket.on('close', resolve).on('error', () => {})));
  for (const socket of deaf) socket.pause().write('GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(8000));
  await setTimeout(300);
  expect(await post({ rows: [rows[0]] }, { at })).toMatchObject({ status: 200 });
  await setTimeout(2500);
  for (const socket of deaf) socket.resume();
  await Promise.all(ended);
  const idle = await Promise.all(
    Array.from({ length: 1024 }, async () => {
      const socket = await open();
      socket.write('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n');
      await new Promise((resolve) => socket.once('data', resolve).once('close', resolve));
      return socket;
    }),
  );
  expect(await post({ rows: [rows[0]] }, { at })).toMatchObject({ status: 200 });
  for (const socket of idle) socket.destroy();
  await at.close();
});

test('the command answers until SIGTERM, and then ends with 0', async () => {
  let answered: Promise<Response> | undefined;
  const done = await cli(['serve', file, '--port', '0', '--adapter', 'host'], {
    onStdout: (text, kill) => {
      if (!text.includes('\n') || answered) return;
      answered = fetch(`${text.trim()}/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ rows: rows.slice(0, 3) }),
      });
      void answered.then(() => kill('SIGTERM'));
    },
  });
  expect(done).toMatchObject({ code: 0, stderr: '' });
  expect(await (await answered!).json()).toEqual({ predictions: species.slice(0, 3) });
});
