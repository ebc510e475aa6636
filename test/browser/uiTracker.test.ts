// The local page with much in it: two thousand runs, a search of 500 points, forty models; a fit as it goes; by keyboard, at the width of
// a phone and of a desk, and as axe sees it. The runs are files, as no quick pipeline leaves so many.
import type { ChildProcess } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonRecord } from '../../src/core/events.ts';
import type { RunRecord } from '../../src/core/runRecord.ts';
import { processMark } from '../../src/runtime/node/runs/processMark.ts';
import { seriousFaults } from '../support/axe.ts';
import { startChromium } from '../support/chromium.ts';
import { openView, startPage } from '../support/localPage.ts';

const RUNS = 2000;

let browser: Browser;
let folder: string;
let ui: ChildProcess;
let link: string;

const idOf = (at: number): string => `20260101-000000-${at.toString(16).padStart(4, '0')}`;

function writeRun(at: number, over: Partial<RunRecord>, events: readonly object[] = []): string {
  const id = idOf(at);
  const machine = { host: hostname(), cpu: 'c', node: '20.0.0', platform: 'linux-x64' };
  const started = new Date(Date.UTC(2026, 0, 1) + 60_000 * at).toISOString();
  const record = {
    schema: 1,
    id,
    nth: at + 1,
    pipeline: 'detector',
    file: '/p.ts',
    status: 'ok',
    started,
    ms: 1000 + at,
    version: '0.0.0',
    pid: process.pid,
    machine,
    stages: [],
    ...over,
  };
  mkdirSync(join(folder, id));
  writeFileSync(join(folder, id, 'run.json'), JSON.stringify(record));
  writeFileSync(join(folder, id, 'events.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return id;
}

const stage = (path: string, params: JsonRecord, output: JsonRecord): RunRecord['stages'][number] => ({ path, status: 'ran', params, output, ms: 5 });

/** Of one whose process lives: this one. */
const RUNNING: Partial<RunRecord> = {
  status: 'running',
  ms: undefined,
  process: processMark(process.pid),
  stages: [{ path: 'fit', status: 'unreached', params: {} }],
};
const started = (stages: readonly string[]): object => ({ type: 'run-started', schema: 1, pipeline: 'detector', stages, seed: 0 });
const finished = { type: 'run-finished', status: 'ok', ms: 5, outputs: {} };
const points = Array.from({ length: 500 }, (_, i) => ({
  params: { C: 2 ** (i / 10) },
  foldScores: [0.9 - i / 1e4, 0.91],
  meanScore: 0.905 - i / 2e4,
  nIter: [3, 4],
}));
const branches = Array.from({ length: 40 }, (_, i) =>
  stage(
    `m${i}/score`,
    {},
    {
      testAccuracy: i / 40,
      confusion: [
        [i, 1],
        [2, 3],
      ],
      classes: ['no', 'yes'],
    },
  ),
);
const SEARCH = RUNS - 1;
const FORTY = RUNS - 2;
const LIVE = RUNS - 3;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pipeline-ui-'));
  for (let at = 0; at < RUNS - 3; at++) {
    const pipeline = at % 4 === 0 ? 'forest' : 'detector';
    const status = at % 100 === 0 ? 'failed' : 'ok';
    writeRun(at, {
      pipeline,
      status,
      stages: [stage('fit', { tol: at / 1000 }, { nIter: at }), stage('score', {}, { testAccuracy: ((at * 7919) % 2000) / 2000 })],
    });
  }
  const search = stage('grid-search', {}, { points: points as never, bestParams: points[0]!.params, bestScore: 0.905, scoring: 'accuracy' });
  writeRun(SEARCH, { pipeline: 'search', stages: [search] }, [
    started(['grid-search']),
    { type: 'stage-finished', stage: 'grid-search', ms: 5, output: search.output },
    finished,
  ]);
  const history = {
    type: 'history',
    stage: 'm0/score',
    models: Array.from({ length: 40 }, (_, i) => ({ model: `model ${i}`, loss: [1, 0.5, 0.1 + i / 100] })),
  };
  const over = branches.map(({ path, output }) => ({ type: 'stage-finished', stage: path, ms: 5, output }));
  writeRun(FORTY, { pipeline: 'forty', stages: branches }, [started(branches.map(({ path }) => path)), history, ...over, finished]);
  writeRun(LIVE, RUNNING, [started(['fit']), { type: 'stage-started', stage: 'fit' }]);
  ({ ui, link } = await startPage({ PIPELINE_RUNS: folder, PIPELINE_CACHE: join(folder, 'cache') }));
  browser = await startChromium();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  ui?.kill();
  rmSync(folder, { recursive: true, force: true });
});

const open = (hash: string, width?: number) => openView({ browser, link }, hash, width);

const widthOf = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);
const idsIn = (page: Page): Promise<readonly string[]> => page.locator('tbody th').allTextContents();

test('two thousand runs: answered at once, a page at a time, filtered and sorted by any figure', { timeout: 120_000 }, async () => {
  const { page, problems } = await open('#/');
  await page.locator('tbody tr').first().waitFor();
  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    await (await page.request.get(new URL('/runs?sort=results%20score.testAccuracy', link).href)).json();
    times.push(performance.now() - start);
  }
  expect(Math.min(...times)).toBeLessThan(300);
  expect(await page.locator('tbody tr').count()).toBe(50);
  expect((await idsIn(page))[0]).toBe(idOf(SEARCH));
  expect(await page.getByText('2\u202f000 runs').isVisible()).toBe(true);
  await page.getByRole('button', { name: 'Last' }).click();
  await page.getByText('page 40 of 40').waitFor();
  expect((await idsIn(page)).at(-1)).toBe(idOf(0));

  await page.getByLabel('Pipeline').selectOption('forest');
  await page.getByText(/^500 of/).waitFor();
  await page.getByLabel('Sort by').selectOption('params fit.tol');
  const cells = page.locator('tbody tr td:last-child');
  await expect.poll(() => cells.first().textContent()).toBe('1.9960');
  await page.getByRole('button', { name: /^fit\.tol/ }).click();
  await expect.poll(() => cells.first().textContent()).toBe('0');
  expect(await page.locator('th[aria-sort=ascending]').textContent()).toMatch(/^fit\.tol/);
  await page.getByLabel('Status').selectOption('failed');
  await page.getByText(/^20 of/).waitFor();
  await page.getByLabel('Filter').fill('tol=0.1 -0064');
  await page.getByText(/^1 of/).waitFor();
  expect(await idsIn(page)).toEqual([idOf(100)]);
  // The address holds the question.
  await page.reload();
  await page.getByText(/^1 of/).waitFor();
  expect(await page.getByLabel('Filter').inputValue()).toBe('tol=0.1 -0064');
  expect(problems).toEqual([]);
});

test('runs of several pages are compared by keyboard, without scrolling', { timeout: 120_000 }, async () => {
  const { page, problems } = await open('#/?pipeline=detector');
  await page.locator('tbody tr').first().waitFor();
  await page.locator('tbody input').nth(40).focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Next' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('page 2 of').waitFor();
  // The focus is where it was.
  expect(await page.evaluate(() => document.activeElement!.textContent)).toBe('Next');
  await page.locator('tbody input').nth(49).focus();
  await page.keyboard.press('Space');
  const compare = page.getByRole('button', { name: 'Compare 2 runs' });
  expect(await compare.evaluate((button) => button.getBoundingClientRect().top)).toBeGreaterThanOrEqual(0);
  expect(await compare.evaluate((button) => button.getBoundingClientRect().bottom)).toBeLessThanOrEqual(900);
  await compare.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: '2 runs compared' }).waitFor();
  const rows = await page.getByRole('region', { name: 'Results that differ' }).locator('tbody th').allTextContents();
  expect(rows).toEqual(['score.testAccuracy', 'fit.nIter']);
  expect(problems).toEqual([]);
});

test('a search of 500 points and forty models are told in a page of a bearable length', { timeout: 120_000 }, async () => {
  const { page, problems } = await open(`#/run/${idOf(SEARCH)}`);
  await page.getByRole('region', { name: 'Points of grid-search' }).waitFor();
  expect(await page.locator('.sections tbody th', { hasText: 'C=1' }).count()).toBeGreaterThan(1);
  await page.goto(new URL(`/#/run/${idOf(FORTY)}`, link).href);
  await expect.poll(() => page.locator('#part-results tbody tr').count(), { timeout: 30_000 }).toBe(40);
  await page.goto(new URL(`/#/compare/${idOf(FORTY)}/${idOf(SEARCH)}/${idOf(1)}`, link).href);
  await page.getByRole('heading', { name: '3 runs compared' }).waitFor();
  expect(await page.getByRole('img', { name: /^Loss by iteration: A m0\/score$/ }).count()).toBe(1);
  // Points and cells of confusion matrices are no rows of a comparison.
  expect(await page.locator('.compared tbody tr:visible').count()).toBeLessThan(60);
  expect(await page.getByText(/in some of the runs only/).count()).toBeGreaterThan(0);
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThan(3000);
  expect(problems).toEqual([]);
});

test('the losses of a fit grow as it goes, those of earlier points of a grid stay, and make way for the report', { timeout: 120_000 }, async () => {
  const { page, problems } = await open(`#/run/${idOf(LIVE)}`);
  const say = (event: object): void => appendFileSync(join(folder, idOf(LIVE), 'events.jsonl'), `${JSON.stringify(event)}\n`);
  const step = (model: string, iteration: number, loss: number): void =>
    say({ type: 'fit-progress', stage: 'fit', maxIter: 100, models: [{ model, iteration, loss, gradient: 1, done: false }] });
  await page.locator('.stages .running').waitFor();
  for (const [i, loss] of [0.7, 0.5, 0.4].entries()) step('point 1', i, loss);
  await page.getByText('Loss of fit: one model, from 0.7000 down to 0.4000 in 2 iterations').waitFor();
  step('point 2', 0, 0.6);
  step('point 2', 1, 0.3);
  await page.getByText('Loss of fit: 2 models, from 0.7000 down to 0.3000 in 2 iterations').waitFor();
  const lines = await page.locator('.losses polyline').evaluateAll((all) => all.map((line) => line.getAttribute('points')!.split(' ').length));
  expect(lines).toEqual([3, 2]);
  say({ type: 'stage-finished', stage: 'fit', ms: 9, output: { testAccuracy: 0.75 } });
  await expect.poll(() => page.locator('.sections .card').textContent()).toMatch(/test accuracy.*0\.7500/s);
  expect(await page.locator('.losses').count()).toBe(0);
  expect(problems).toEqual([]);
});

test('nothing is wider than a phone or a desk, and axe finds nothing serious', { timeout: 120_000 }, async () => {
  const views = [
    ['#/', 'tbody tr'],
    [`#/run/${idOf(FORTY)}`, '#part-results'],
    [`#/compare/${idOf(1)}/${idOf(2)}/${idOf(SEARCH)}`, '.compared'],
    ['#/run/none', '[role=alert]'],
  ] as const;
  for (const [hash, shown] of views) {
    const { page } = await open(hash, 1280);
    await page.locator(shown).first().waitFor();
    expect(await widthOf(page)).toBeLessThanOrEqual(1280);
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await widthOf(page)).toBeLessThanOrEqual(390);
    expect({ hash, faults: await seriousFaults(page) }).toEqual({ hash, faults: [] });
    await page.context().close();
  }
});
