// `--track mlflow=URL`, against a server that keeps to the REST interface that MLflow documents, its limits among them.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { cli, ROOT } from '../../support/cli.ts';
import type { RunRecord } from '../../../src/core/runRecord.ts';
import { pushToMlflow, savedModels, trackedAt } from '../../../src/cli/tracking/mlflow.ts';

interface Sent {
  readonly params?: readonly { readonly key: string; readonly value: unknown }[];
  readonly metrics?: readonly { readonly key: string; readonly value: unknown; readonly timestamp: unknown; readonly step: unknown }[];
}
interface Seen {
  run?: Record<string, unknown>;
  readonly params: Map<string, unknown>;
  readonly metrics: Map<string, unknown>;
  readonly files: Map<string, Buffer>;
  update?: Record<string, unknown>;
  authorization?: string | undefined;
}

/** Python's `\w` has letters of all alphabets. */
const KEY = /^[\p{L}\p{N}_./: -]+$/u;

let server: Server;
let url: string;
let seen: Seen;
/** Whether it takes no files. */
let refusing = false;
const experiments = new Map<string, string>();

/** What MLflow says to a request; a status other than 200 for what it refuses. */
function said(method: string, path: string, query: URLSearchParams, bytes: Buffer): readonly [number, unknown] {
  const invalid = (message: string): readonly [number, unknown] => [400, { error_code: 'INVALID_PARAMETER_VALUE', message }];
  const artifact = /^\/api\/2\.0\/mlflow-artifacts\/artifacts\/1\/abc\/artifacts\/([^/]+)$/.exec(path)?.[1];
  if (method === 'PUT' && artifact !== undefined) {
    if (refusing) return [500, {}];
    seen.files.set(decodeURIComponent(artifact), bytes);
    return [200, {}];
  }
  if (method === 'GET' && path === '/api/2.0/mlflow/experiments/get-by-name') {
    const id = experiments.get(query.get('experiment_name')!);
    return id === undefined ? [404, { error_code: 'RESOURCE_DOES_NOT_EXIST' }] : [200, { experiment: { experiment_id: id } }];
  }
  const body = JSON.parse(bytes.toString()) as Record<string, unknown> & Sent;
  switch (path) {
    case '/api/2.0/mlflow/experiments/create':
      experiments.set(String(body['name']), '1');
      return [200, { experiment_id: '1' }];
    case '/api/2.0/mlflow/runs/create':
      seen.run = body;
      return Number.isInteger(body['start_time'])
        ? [200, { run: { info: { run_id: 'abc', artifact_uri: 'mlflow-artifacts:/1/abc/artifacts' } } }]
        : invalid('start_time');
    case '/api/2.0/mlflow/runs/log-batch': {
      const { params = [], metrics = [] } = body;
      if (params.length > 100 || metrics.length > 1000) return invalid('too many');
      for (const { key, value } of params) {
        if (seen.params.has(key) || typeof value !== 'string' || value.length > 500 || key.length > 250 || !KEY.test(key)) return invalid(key);
        seen.params.set(key, value);
      }
      for (const { key, value, timestamp, step } of metrics) {
        if (typeof value !== 'number' || !Number.isInteger(timestamp) || !Number.isInteger(step) || !KEY.test(key)) return invalid(key);
        seen.metrics.set(key, value);
      }
      return [200, {}];
    }
    case '/api/2.0/mlflow/runs/update':
      seen.update = body;
      return [200, { run_info: {} }];
    default:
      return [404, { error_code: 'ENDPOINT_NOT_FOUND' }];
  }
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
      seen.authorization = request.headers.authorization;
      const [status, body] = said(request.method!, pathname, searchParams, Buffer.concat(pieces));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  seen = { params: new Map(), metrics: new Map(), files: new Map() };
});
afterAll(() => server.close());

const RUN = { id: '20260101-000000-abcd', pipeline: 'one', started: '2026-01-01T00:00:00.000Z', ms: 1, status: 'ok', version: '0' } as const;
const PIPELINE = `import { pipeline, stage } from 'pipeline-gpu';
export default pipeline('tracked', stage({
  id: 'one', needs: [], provides: ['x'], params: { text: 'a', list: [1, 2] }, run: () => ({ x: 1 }), output: () => ({ figure: 0.5, none: null, word: 'b', file: 'file://nas/m.safetensors' }),
}));`;

function project(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-tracked-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'tracked.js'), PIPELINE.replace("'pipeline-gpu'", JSON.stringify(`${ROOT}/dist/index.js`)));
  return folder;
}

test('a run is told of once it is over: parameters, figures, record and report', async () => {
  const cwd = project();
  const done = await cli(['run', 'tracked.js', '--no-check', '--seed', '7', '--track', `mlflow=${url}/`], { cwd });
  expect(done).toMatchObject({ code: 0 });
  expect(done.stderr).toContain(`tracked: ${url}, run abc`);
  expect(experiments.has('tracked')).toBe(true);
  expect(Object.fromEntries(seen.params)).toEqual({ 'one.text': 'a', 'one.list': '[1,2]', seed: '7' });
  expect(Object.fromEntries(seen.metrics)).toEqual({ 'one.figure': 0.5 });
  expect(seen.run).toMatchObject({ experiment_id: '1' });
  expect([...seen.files.keys()]).toEqual(['record.json', 'report.html']);
  const record = JSON.parse(seen.files.get('record.json')!.toString()) as RunRecord;
  expect(record).toMatchObject({ pipeline: 'tracked', status: 'ok', id: seen.run!['run_name'] });
  expect(seen.files.get('report.html')!.toString()).toContain('<!doctype html>');
  expect(seen.update).toMatchObject({ run_id: 'abc', status: 'FINISHED' });
});

test('a server that is not there is told of, and fails nothing', async () => {
  const cwd = project();
  const done = await cli(['run', 'tracked.js', '--no-check', '--track', 'mlflow=http://127.0.0.1:9'], { cwd, env: { PIPELINE_RUNS: 'runs' } });
  expect(done.code).toBe(0);
  expect(done.stderr).toContain('is not tracked. http://127.0.0.1:9 does not answer: ');
  expect(existsSync(join(cwd, 'runs'))).toBe(true);
  expect((await cli(['run', 'tracked.js', '--track', 'wandb'], { cwd })).code).toBe(2);
});

test('many parameters go in parts, odd names are made to fit, failures are told as such, and a token goes along', async () => {
  const params = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`p${i}`, i]));
  const output = { ok: 1, nan: NaN, 'a\u00e4(b)': 2, 'a\u00fc(b)': 3, 'a(': 4, 'a)': 5, deep: { x: 3 } };
  const run = {
    id: '20260101-000000-abcd',
    pipeline: 'many',
    started: '2026-01-01T00:00:00.000Z',
    ms: 12.5,
    status: 'failed',
    version: '0',
    params: { long: 'x'.repeat(1000), ['k'.repeat(300)]: 1, [`${'k'.repeat(300)}2`]: 2 },
    stages: [{ path: 'fit', status: 'ran', params, output }],
  } as never as RunRecord;
  expect(await pushToMlflow(url, run, [{ name: 'a b.bin', bytes: Uint8Array.of(1, 2) }], { MLFLOW_TRACKING_TOKEN: 'secret' })).toBe('abc');
  expect(seen.params.size).toBe(253);
  expect(String(seen.params.get('long')).length).toBe(500);
  expect(Object.fromEntries(seen.metrics)).toEqual({ 'fit.ok': 1, 'fit.a\u00e4_b_': 2, 'fit.a\u00fc_b_': 3, 'fit.a_': 4, 'fit.a__2': 5, 'fit.deep.x': 3 });
  expect([...seen.files.get('a b.bin')!]).toEqual([1, 2]);
  expect(seen.update).toEqual({ run_id: 'abc', status: 'FAILED', end_time: Date.parse(run.started) + 13 });
  expect(seen.authorization).toBe('Bearer secret');
  expect(() => trackedAt('mlflow=ftp://a')).toThrow("--track is 'mlflow=ftp://a'");
});

test('a run whose files are not taken is over there, too, and only files of save are sent', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-tracked-'));
  for (const name of ['saved', 'other']) writeFileSync(join(folder, `${name}.safetensors`), name);
  const stage = (path: string, name: string): object => ({ path, status: 'ran', params: { file: name }, output: { file: name, bytes: 5 } });
  const stages = [stage('save', 'saved.safetensors'), stage('mine', 'other.safetensors'), stage('a/save-2', 'gone.safetensors')];
  const run = { ...RUN, file: join(folder, 'tracked.js'), stages } as never as RunRecord;
  const files = await savedModels(run);
  expect(files.map(({ name, bytes }) => [name, String(bytes)])).toEqual([['saved.safetensors', 'saved']]);
  refusing = true;
  await expect(pushToMlflow(url, run, files, {})).rejects.toThrow('says 500: ');
  refusing = false;
  expect(seen.update).toMatchObject({ run_id: 'abc', status: 'FINISHED' });
});

test('who asks is sent as a header, and never shown', async () => {
  const cwd = project();
  const runs = join(cwd, 'runs');
  const at = url.replace('//', '//user:s3cret@');
  const done = await cli(['run', 'tracked.js', '--no-check', '--track', `mlflow=${at}`], { cwd, env: { PIPELINE_RUNS: runs } });
  expect(done).toMatchObject({ code: 0 });
  expect(done.stderr).toContain(`tracked: ${url}, run abc`);
  expect(seen.authorization).toBe(`Basic ${Buffer.from('user:s3cret').toString('base64')}`);
  const kept = readdirSync(runs, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  expect(kept.length).toBeGreaterThan(0);
  const written = kept.map((name) => readFileSync(join(runs, name), 'utf8'));
  for (const text of [done.stdout, done.stderr, ...written, JSON.stringify(seen.run), ...[...seen.files.values()].map(String)])
    expect(text).not.toContain('s3cret');
  expect(() => trackedAt('mlflow=ftp://user:s3/cret@a')).toThrow("--track is 'mlflow=ftp://a'");
  const run = { ...RUN, stages: [] } as never as RunRecord;
  await expect(pushToMlflow(url, run, [], { MLFLOW_TRACKING_TOKEN: 's3\ncret' })).rejects.toThrow('MLFLOW_TRACKING_TOKEN has characters that cannot be sent.');
  await pushToMlflow(url, run, [], { MLFLOW_TRACKING_TOKEN: '' });
  expect(seen.authorization).toBeUndefined();
});
