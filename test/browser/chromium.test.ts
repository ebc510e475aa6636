// The same pipeline file in a real browser: bundled, served over HTTP, run on Chromium's WebGPU, compared with Node.
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunEvent } from '../../src/core/events.ts';
import { bundlePipeline } from '../../src/runtime/node/code/bundle.ts';
import { cli, jsonLines, ROOT } from '../support/cli.ts';
import { startChromium } from '../support/chromium.ts';
import { startPageServer, type PageServer } from '../support/pageServer.ts';

type Outputs = Record<string, Record<string, unknown>>;

interface PageRun {
  readonly status: string;
  readonly outputs: Outputs;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string; readonly stage: string } | undefined;
  readonly events: readonly RunEvent[];
}

let browser: Browser;
let server: PageServer;

beforeAll(async () => {
  server = await startPageServer((await bundlePipeline(join(ROOT, 'pipelines/mnist-2detector.ts'))).js);
  browser = await startChromium();
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

async function openPage(from: Browser = browser): Promise<Page> {
  const page = await from.newPage();
  await page.goto(server.url);
  return page;
}

/** Runs the bundled pipeline in the page, its data from the server's folder `base`. @param stopAt type of the event that cancels the run */
function runIn(page: Page, base: string, stopAt?: RunEvent['type'], solver?: 'device'): Promise<PageRun> {
  const work = (given: readonly [string, string | undefined, string | undefined]): Promise<PageRun> =>
    (globalThis as never as { runFrom(...given: readonly (string | undefined)[]): Promise<PageRun> }).runFrom(...given);
  return page.evaluate(work, [base, stopAt, solver] as const);
}

test('mnist-2detector in Chromium gives the figures of Node, from data over HTTP', { timeout: 240_000 }, async () => {
  const page = await openPage();
  const { status, outputs, error, events } = await runIn(page, '/datasets/');
  expect({ status, error }).toEqual({ status: 'ok', error: undefined });
  const files = ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'];
  expect(server.requests.filter((path) => path.startsWith('/datasets/'))).toEqual(files.map((name) => `/datasets/mnist-784/${name}`));
  const downloads = events.filter((event) => event.type === 'progress');
  expect(downloads.at(0)).toMatchObject({ stage: 'fetch', task: 'download', total: 47_040_016, unit: 'bytes' });
  expect(events.find(({ type }) => type === 'adapter-ready')).toMatchObject({ adapter: { name: 'google swiftshader', software: true } });

  const again = await runIn(page, '/nowhere/');
  expect(again.outputs).toEqual(outputs);
  const stages = again.events.filter((event) => event.type === 'stage-finished');
  expect(stages.filter(({ cached }) => !cached).map(({ stage }) => stage)).toEqual([]);

  const node = await cli(['run', 'mnist-2detector.ts', '--json']);
  expect({ code: node.code, stderr: node.stderr }).toEqual({ code: 0, stderr: '' });
  const expected = (jsonLines(node.stdout).at(-1) as { outputs: Outputs }).outputs;
  const oneOf = (rows: number): number => 1 / rows + 1e-9;
  expect(outputs['predict']).toMatchObject({ row: 36_001, label: 2, prediction: expected['predict']!['prediction'] });
  expect(Math.abs((outputs['score']!['testAccuracy'] as number) - (expected['score']!['testAccuracy'] as number))).toBeLessThanOrEqual(oneOf(10_000));
  const folds = (of: Outputs): number[] => of['cross-validate']!['foldScores'] as number[];
  expect(folds(outputs)).toHaveLength(3);
  folds(outputs).forEach((score, fold) => expect(Math.abs(score - folds(expected)[fold]!)).toBeLessThanOrEqual(oneOf(20_000)));
});

test('one wrong byte is refused', async () => {
  const { status, error } = await runIn(await openPage(), '/wrong/');
  expect(status).toBe('failed');
  expect(error).toMatchObject({ code: 'E_DIGEST', stage: 'fetch', hint: expect.stringContaining('browserFileStore({ base })') });
  expect(error!.message).toContain('train-images-idx3-ubyte: sha256 is');
  // The next sources were asked, and this browser reaches none of them.
  expect(error!.message).toContain('tried: OpenML mnist_784: no answer');
});

test('a page without WebGPU is told so', async () => {
  const page = await browser.newPage();
  await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'gpu'));
  await page.goto(server.url);
  const { status, error } = await runIn(page, '/datasets/');
  expect(status).toBe('failed');
  expect(error).toMatchObject({ code: 'E_NO_ADAPTER', stage: 'fit', message: 'This browser has no WebGPU: navigator.gpu is missing.' });
  expect(error!.hint).toContain('Use Chrome');
});

test('a run is cancelled while it trains', async () => {
  const { status, error, events } = await runIn(await openPage(), '/datasets/', 'fit-progress');
  expect(status).toBe('failed');
  expect(error).toMatchObject({ code: 'E_CANCELLED', stage: 'fit' });
  expect(events.filter(({ type }) => type === 'fit-progress').length).toBeLessThan(5);
});

test('a page may have its models searched for on the device', async () => {
  const { error, events } = await runIn(await openPage(), '/datasets/', 'fit-progress', 'device');
  expect(error).toMatchObject({ code: 'E_CANCELLED', stage: 'fit' });
  expect(events.find(({ type }) => type === 'adapter-ready')).toMatchObject({ adapter: { solver: 'device' } });
});
