// The local page on runs of all kinds: of rows that are no pictures, of a grid search, failed ones, runs of different stages,
// and a stage whose values were brought back from the cache.
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunRecord } from '../../src/core/runRecord.ts';
import { seriousFaults } from '../support/axe.ts';
import { startChromium } from '../support/chromium.ts';
import { cli, ROOT } from '../support/cli.ts';
import { openView, startPage } from '../support/localPage.ts';

/** Forty rows of four numbers in two classes, which overlap. */
const PIPELINES = {
  'grid.ts': `import * as p from 'pipeline-gpu';
const rows = 40;
const x = Float32Array.from({ length: rows * 4 }, (_, i) => Math.sin(i * 7.3) + (Math.floor(i / 4) % 2));
const source = { name: 'points', digest: 'points-1', load: async () => ({ name: 'points', role: 'all' as const, x: p.matrix(rows, 4, x),
  labels: Uint8Array.from({ length: rows }, (_, i) => i % 2), rows: Uint32Array.from({ length: rows }, (_, i) => i) }) };
export default p.pipeline('grid', p.fetch(source), p.split({ train: [0, 30], test: [30, 40] }),
  p.gridSearch(p.logisticRegression({ tol: 1e-3 }), { C: [0.01, 1, 100] }, { folds: 3, warmStart: true }), p.score({ on: 'test' }));
`,
  // Sizes, days and towns; what is large, late and in Rome is a yes.
  'dated.ts': `import * as p from 'pipeline-gpu';
const rows = 60;
const from = Date.UTC(2020, 0, 1) / 1000;
const x = Float64Array.from({ length: rows * 4 }, (_, i) => [(i >> 2) / 2, from + (i >> 2) * 86400, (i >> 2) % 2, from + (i >> 2) * 3600][i % 4]);
const source = { name: 'towns', digest: 'towns-1', load: async () => ({ name: 'towns', role: 'all' as const, columns: ['size', 'day', 'town', 'seen'],
  x: { ...p.matrix(rows, 4, x), dates: [1, 3], categories: [undefined, undefined, ['Paris', 'Rome'], undefined] },
  labels: Uint8Array.from({ length: rows }, (_, i) => Number(i > 30 && i % 2 === 1)), classNames: ['no', 'yes'], rows: Uint32Array.from({ length: rows }, (_, i) => i) }) };
export default p.pipeline('dated', p.fetch(source), p.split({ test: 0.2, seed: 1 }), p.fit(p.histGradientBoostingClassifier({ maxIter: 20, minSamplesLeaf: 4 })));
`,
  'fails.ts': `import * as p from 'pipeline-gpu';
export default p.pipeline('fails',
  p.stage({ id: 'numbers', needs: [], provides: ['numbers'], run: () => ({ numbers: 3 }) }),
  p.stage({ id: 'breaks', needs: ['numbers'], provides: [], run: () => { throw new Error('no luck'); } }));
`,
};

let browser: Browser;
let folder: string;
let ui: ChildProcess;
let link: string;
let ids: Readonly<Record<string, string>>;

/** A run as its files have it, for what no quick pipeline does. */
function writeRun(id: string, like: RunRecord, events: readonly object[]): void {
  const own = join(folder, 'runs', id);
  mkdirSync(own);
  writeFileSync(join(own, 'run.json'), JSON.stringify({ ...like, id, pipeline: 'restored', stages: [{ path: 'fetch', status: 'cached', params: {} }] }));
  writeFileSync(join(own, 'events.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}

beforeAll(async () => {
  folder = mkdtempSync(join(ROOT, 'test/fixtures/ui-'));
  const env = { PIPELINE_RUNS: join(folder, 'runs'), PIPELINE_CACHE: join(folder, 'cache') };
  for (const [name, text] of Object.entries(PIPELINES)) writeFileSync(join(folder, name), text);
  const grid = await cli(['run', join(folder, 'grid.ts'), '--no-check'], { env });
  expect(grid).toMatchObject({ code: 0, stderr: '' });
  expect(await cli(['run', join(folder, 'dated.ts'), '--no-check'], { env })).toMatchObject({ code: 0, stderr: '' });
  expect((await cli(['run', join(folder, 'fails.ts'), '--no-check'], { env })).code).toBe(1);
  const records = readdirSync(env.PIPELINE_RUNS)
    .filter((name) => name !== 'last-number')
    .map((id) => JSON.parse(readFileSync(join(env.PIPELINE_RUNS, id, 'run.json'), 'utf8')) as RunRecord);
  const bytes = { task: 'read', total: 100, unit: 'bytes' };
  writeRun(
    '20200101-000000-0001',
    records.find(({ pipeline }) => pipeline === 'grid')!,
    [
      { type: 'run-started', schema: 1, pipeline: 'restored', stages: ['fetch', 'fit'], seed: 0 },
      { type: 'stage-finished', stage: 'fetch', ms: 0, output: {}, cached: true },
      { type: 'stage-started', stage: 'fit' },
      { type: 'progress', stage: 'fetch', done: 100, ...bytes },
      { type: 'stage-restored', stage: 'fetch', key: 'data', ms: 9 },
      { type: 'stage-finished', stage: 'fit', ms: 9, output: {} },
      { type: 'run-finished', status: 'ok', ms: 20, outputs: {} },
    ],
  );
  const started = { type: 'run-started', schema: 1, pipeline: 'works', stages: ['search', 'fit'], seed: 0 };
  const points = { type: 'progress', stage: 'search', task: 'work', done: 5, total: 24, unit: 'points' };
  writeRun(
    '20200101-000000-0002',
    records.find(({ pipeline }) => pipeline === 'grid')!,
    [
      started,
      { type: 'stage-started', stage: 'search' },
      { ...points, within: [{ done: 37, total: 100, unit: 'trees' }] },
      { type: 'stage-started', stage: 'fit' },
      { type: 'progress', stage: 'fit', task: 'work', done: 1, total: 3, unit: 'pairs' },
      { type: 'fit-progress', stage: 'fit', maxIter: 100, models: [{ model: 'fit', iteration: 7, loss: 1, gradient: 1, done: false }] },
    ],
  );
  ids = { restored: '20200101-000000-0001', works: '20200101-000000-0002', ...Object.fromEntries(records.map(({ pipeline, id }) => [pipeline, id])) };
  ({ ui, link } = await startPage(env));
  browser = await startChromium();
}, 300_000);

afterAll(async () => {
  await browser?.close();
  ui?.kill();
  rmSync(folder, { recursive: true, force: true });
});

const open = (hash: string) => openView({ browser, link }, hash);

test('a grid search: its points best first, and no drawing of what is no picture', async () => {
  const { page, problems } = await open(`#/run/${ids['grid']}`);
  await page.getByText(/^ok after/).waitFor();
  const points = page.getByRole('region', { name: 'Points of grid-search' });
  await points.waitFor(); // what the report says comes a moment after the last event
  expect((await points.locator('tbody th').allTextContents()).toSorted()).toEqual(['C=0.01', 'C=1', 'C=100']);
  const means = (await points.locator('tbody tr td:nth-child(2)').allTextContents()).map(Number);
  expect(means).toEqual(means.toSorted((a, b) => b - a));
  expect(await page.locator('.sections tr', { hasText: /best params C=/ }).count()).toBe(1);
  expect(await page.getByText('draw a picture').isVisible()).toBe(false);
  expect(await page.getByText('predict a row').isVisible()).toBe(true);
  expect(await page.locator('.gallery').count()).toBe(0);
  expect(problems).toEqual([]);
});

test('what a run brings back from the cache is cached still, however far it was read', async () => {
  const { page } = await open(`#/run/${ids['restored']}`);
  await page.getByText(/^ok after/).waitFor();
  expect(await page.locator('.stages li').evaluateAll((items) => items.map((item) => `${item.className} ${item.textContent}`))).toEqual([
    'cached fetchcached',
    'ran fit9 ms',
  ]);
});

test('work that is under way is told in its own units', async () => {
  const { page, problems } = await open(`#/run/${ids['works']}`);
  await page.getByText('interrupted').waitFor();
  expect(await page.locator('.stages li').allTextContents()).toEqual(['search5/24 points, 37/100 trees', 'fit1/3 pairs, iteration 7']);
  expect(problems).toEqual([]);
});

test('runs of different stages are compared: what only some have is folded away, and nothing is null', async () => {
  const { page, problems } = await open(`#/compare/${ids['grid']}/${ids['fails']}/${ids['restored']}`);
  await page.getByRole('heading', { name: '3 runs compared' }).waitFor();
  expect(await page.locator('.legend li').allInnerTexts()).toEqual([
    expect.stringMatching(/^A .* grid ok/),
    expect.stringMatching(/^B .* fails failed E_STAGE in breaks/),
    expect.stringMatching(/^C .* restored ok/),
  ]);
  expect(await page.getByText(/\d+ in some of the runs only/).count()).toBeGreaterThan(1);
  expect(await page.locator('.compared').allTextContents()).not.toContainEqual(expect.stringMatching(/null|NaN|undefined/));
  expect(problems).toEqual([]);
});

test('a row of a table is predicted by a form of its columns', async () => {
  const { page, problems } = await open(`#/ask/${ids['grid']}`);
  const fields = page.locator('.columns input');
  await fields.first().waitFor();
  expect(await page.locator('.columns label').allTextContents()).toEqual(['column 0', 'column 1', 'column 2', 'column 3']);
  for (let i = 0; i < 4; i++) await fields.nth(i).fill('2.5');
  await fields.last().press('Enter');
  await page.locator('.shares li').first().waitFor();
  const shares = await page.locator('.shares li').allTextContents();
  expect(shares.map((text) => text.slice(0, 3))).toEqual(['0: ', '1: ']);
  expect(shares.reduce((sum, text) => sum + Number(text.slice(3)), 0)).toBeCloseTo(1, 2);
  expect(await page.locator('.answer').textContent()).toBe('1'); // rows of class 1 lie higher
  expect(await seriousFaults(page)).toEqual([]);
  await fields.first().fill('');
  expect(await page.locator('.shares li').count()).toBe(0);
  expect(problems).toEqual([]);
});

test('a form asks for numbers, dates and names as what they are, with the range of the data, and is filled in by keys alone', async () => {
  const { page, problems } = await open(`#/ask/${ids['dated']}`);
  await page.getByLabel('size').waitFor();
  const fields = page.locator('.columns input, .columns select');
  expect(await fields.evaluateAll((all) => all.map((one) => (one as HTMLInputElement).type))).toEqual(['number', 'date', 'select-one', 'datetime-local']);
  const hint = (label: string) =>
    page.getByLabel(label).evaluate((field) => document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent);
  expect([await hint('size'), await hint('day'), await hint('town'), await hint('seen')]).toEqual([
    '0 to 29.5',
    '2020-01-01 to 2020-02-29',
    undefined,
    '2020-01-01 to 2020-01-03T11:00:00',
  ]);
  expect(await page.getByLabel('town').locator('option').allTextContents()).toEqual(['', 'Paris', 'Rome']); // the model takes gaps
  await page.getByLabel('size').focus();
  await page.keyboard.type('29');
  await page.keyboard.press('Tab');
  await page.keyboard.type('02282020'); // month, day, year
  await page.keyboard.press('Tab');
  // What browsers put behind a date may be reached by the keyboard, too.
  for (let i = 0; i < 5 && !(await page.getByLabel('town').evaluate((field) => field === document.activeElement)); i++) await page.keyboard.press('Tab');
  await page.keyboard.type('Rome');
  await page.keyboard.press('Enter');
  const asked = page.waitForRequest(/predict/);
  await page.getByRole('button', { name: 'Predict' }).focus();
  await page.keyboard.press('Enter');
  expect(JSON.parse(new URL((await asked).url()).searchParams.get('row')!)).toEqual([29, Date.UTC(2020, 1, 28) / 1000, 'Rome', null]);
  await page.getByText('yes', { exact: true }).waitFor();
  await page.getByLabel('seen').fill('2020-01-02T10:30');
  const again = page.waitForRequest(/predict/);
  await page.getByRole('button', { name: 'Predict' }).click();
  expect(JSON.parse(new URL((await again).url()).searchParams.get('row')!)[3]).toBe(Date.UTC(2020, 0, 2, 10, 30) / 1000);
  await page.getByRole('button', { name: 'Clear' }).click();
  expect(await page.getByLabel('size').inputValue()).toBe('');
  expect(problems).toEqual([]);
});

test('a failure says what, where and what to try', async () => {
  const { page } = await open(`#/run/${ids['fails']}`);
  await page.getByText(/^failed after/).waitFor();
  const line = PIPELINES['fails.ts'].split('\n').findIndex((text) => text.includes("'breaks'")) + 1;
  expect(await page.locator('.sections .failure').textContent()).toMatch(new RegExp(`E_STAGE.*no luck.*fails\\.ts:${line}:\\d+`, 's'));
  expect(await page.locator('.stages .failed').textContent()).toBe('breaksE_STAGE');
  expect(await seriousFaults(page)).toEqual([]);
});

test('a wait is said; a view that cannot be shown has a heading', async () => {
  const { page } = await open('#/');
  await page.locator('tbody tr').first().waitFor();
  let answer!: () => void;
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/runs/none', async (route) => {
    await held;
    await route.continue();
  });
  await page.evaluate(() => void (location.hash = '#/run/none'));
  await page.getByRole('status').getByText('Loading…').waitFor();
  expect(await page.locator('main').getAttribute('aria-busy')).toBe('true');
  answer();
  await page.getByRole('heading', { level: 1, name: 'This cannot be shown' }).waitFor();
  expect(await page.locator('main').getAttribute('aria-busy')).toBe(null);
  expect(await page.getByRole('alert').textContent()).toMatch(/No run 'none'/);
});
