// The report and the local page, in a real browser: read, by keyboard, in light and dark, at a phone's width; a run as it
// happens; a digit drawn and answered by the model in the page.
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunList } from '../../src/report/runs/list.ts';
import { seriousFaults } from '../support/axe.ts';
import { startChromium } from '../support/chromium.ts';
import { cli, ROOT } from '../support/cli.ts';
import { startPage } from '../support/localPage.ts';

let browser: Browser;
let folder: string;
let ui: ChildProcess;
/** The link that `pipeline ui` printed. */
let link: string;
const env = (): Record<string, string> => ({ PIPELINE_RUNS: join(folder, 'runs'), PIPELINE_CACHE: join(folder, 'cache') });
/** A hundred pictures of 28 x 28 in two classes: ink in the left half or in the right one; a last stage that waits for a file, on demand. */
const PIPELINE = `import { existsSync } from 'node:fs';
import * as p from 'pipeline-gpu';
const rows = 100;
const data = new Uint8Array(rows * 784);
let state = 7;
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
for (let row = 0; row < rows; row++) for (let i = 0; i < 784; i++) if (random() < ((i % 28 < 14) === (row % 2 === 0) ? 0.6 : 0.3)) data[row * 784 + i] = 250;
data.copyWithin(10 * 784, 11 * 784, 12 * 784); // row 10 looks like row 11, so one test row is wrong
const source = { name: 'halves', digest: 'halves-1', load: async () => ({ name: 'halves', role: 'all' as const, x: p.matrix(rows, 784, data),
  labels: Uint8Array.from({ length: rows }, (_, i) => i % 2), rows: Uint32Array.from({ length: rows }, (_, i) => i), classNames: ['<left>', 'right'], picture: { width: 28, height: 28 } }) };
const slow = p.stage({ id: 'slow', needs: ['model'], provides: [], inputs: {}, schema: p.z.strictObject({ until: p.z.string().default('') }),
  run: async (_: p.Fitted, _context, { until }) => { while (until && !existsSync(until)) await new Promise((resolve) => setTimeout(resolve, 20)); return {}; } });
export default p.pipeline('halves', p.fetch(source), p.show({ row: 3 }), p.split({ train: [20, 100], test: [0, 20] }),
  p.fit(p.logisticRegression({ tol: 1e-6 })), p.score({ on: 'test' }), p.crossValidate({ folds: 3 }), slow);
`;

beforeAll(async () => {
  folder = mkdtempSync(join(ROOT, 'test/fixtures/ui-'));
  writeFileSync(join(folder, 'halves.ts'), PIPELINE);
  const { code, stderr } = await cli(['run', join(folder, 'halves.ts'), '--report', join(folder, 'report.html')], { env: env() });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  ({ ui, link } = await startPage(env()));
  browser = await startChromium();
}, 300_000);

afterAll(async () => {
  await browser?.close();
  ui?.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function open(
  url: string,
  options: { readonly dark?: boolean; readonly width?: number } = {},
): Promise<{ readonly page: Page; readonly problems: string[] }> {
  const context = await browser.newContext({ colorScheme: options.dark ? 'dark' : 'light', viewport: { width: options.width ?? 1100, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(url);
  return { page, problems };
}

/** Newest first. */
async function idsOf(page: Page): Promise<readonly string[]> {
  const { runs } = (await (await page.request.get(new URL('/runs', link).href)).json()) as RunList;
  return runs.map(({ id }) => id);
}

const widthOf = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);

test('a report stands alone: every figure, charts, names of data as text, nothing fetched', async () => {
  const file = join(folder, 'report.html');
  expect(statSync(file).size).toBeLessThan(2e6);
  const { page, problems } = await open(`file://${file}`);
  const asked: string[] = [];
  page.on('request', (one) => asked.push(one.url()));
  await page.reload();
  expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([`file://${file}`]);
  expect(await page.textContent('h1')).toBe('halves');
  expect(await page.textContent('.status')).toBe('ok');
  expect(await page.textContent('.cards')).toMatch(/test accuracy.*0\.9500.*majority class 0\.5000/s);
  // The loss of the fit, the folds, two of the thresholds, ROC, precision and recall, the confusion as counts and as shares; the graph.
  expect(await page.locator('svg.chart').count()).toBeGreaterThanOrEqual(7);
  expect(await page.locator('.graph svg').count()).toBe(1);
  expect(await page.locator('.gallery img').evaluateAll((images) => images.map((image) => image.getAttribute('alt')))).toEqual([
    'row 10: <left>, predicted right (100 %)',
    expect.stringMatching(/^weights of right, largest/),
    'row 3, label right',
    ...Array.from({ length: 8 }, (_, i) => expect.stringMatching(new RegExp(`^row ${i}: (<left>|right)$`))),
  ]);
  expect(await page.locator('.keys code').count()).toBeGreaterThan(4);
  expect(problems).toEqual([]);
});

test('the threshold moves by keyboard, and what it would do is told', async () => {
  const { page } = await open(`file://${join(folder, 'report.html')}`);
  const told = async (): Promise<Readonly<Record<string, number>>> =>
    Object.fromEntries(
      [...(await page.locator('output').textContent())!.matchAll(/((?:true|false) \w+) (\d+)/g)].map(([, name, count]) => [name!, Number(count)]),
    );
  expect(await told()).toEqual({ 'true positives': 10, 'false positives': 1, 'false negatives': 0, 'true negatives': 9 });
  const slider = page.getByRole('slider');
  await slider.focus();
  await page.keyboard.press('End');
  const most = await told();
  expect(most['false positives']! + most['true positives']!).toBe(1);
  await page.keyboard.press('Home');
  expect(await told()).toEqual({ 'true positives': 10, 'false positives': 10, 'false negatives': 0, 'true negatives': 0 });
});

test('a report fits a phone, and is dark where the system is', async () => {
  const { page } = await open(`file://${join(folder, 'report.html')}`, { dark: true, width: 390 });
  expect(await widthOf(page)).toBeLessThanOrEqual(390);
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(20, 22, 26)');
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
});

test('the page answers to its own address and token alone, and only to GET', async () => {
  const { port, search } = new URL(link);
  const status = (options: { readonly path?: string; readonly host?: string; readonly method?: string; readonly cookie?: string }): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { host: options.host ?? `127.0.0.1:${port}`, ...(options.cookie === undefined ? {} : { cookie: options.cookie }) };
      request({ host: '127.0.0.1', port, path: options.path ?? '/', method: options.method ?? 'GET', headers }, (response) => {
        response.resume();
        resolve(response.statusCode!);
      })
        .on('error', reject)
        .end();
    });
  const token = new URLSearchParams(search).get('token')!;
  const given = await fetch(link, { redirect: 'manual' });
  expect(given.status).toBe(303);
  const cookie = /^[^;]+/.exec(given.headers.get('set-cookie')!)![0];
  expect(cookie.endsWith(`=${token}`)).toBe(true);
  expect(given.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/);
  expect(await status({ cookie })).toBe(200);
  expect(await status({ cookie, host: `localhost:${port}` })).toBe(200);
  expect(await status({})).toBe(401);
  expect(await status({ path: '/runs' })).toBe(401);
  expect(await status({ cookie: cookie.replace(token, 'guess') })).toBe(401);
  expect(await status({ path: '/?token=guess' })).toBe(401);
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', 'localhost.evil.example', '0.0.0.0', '[::]']) {
    expect({ host, status: await status({ cookie, host, path: `/${search}` }) }).toEqual({ host, status: 403 });
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) expect(await status({ cookie, method })).toBe(405);
  expect(await status({ cookie, path: '/runs/../../../etc/passwd/events' })).toBe(404);
  expect(await status({ cookie, path: '/runs/%2e%2e%2f%2e%2e/events' })).toBe(404);
});

test('a run is shown as it happens, next to those that were; two are compared', { timeout: 180_000 }, async () => {
  const { page, problems } = await open(link);
  expect(new URL(page.url()).search).toBe(''); // the token does not stay in the address
  await page.locator('tbody tr').first().waitFor();
  expect(await page.locator('tbody tr').count()).toBe(1);
  await page.getByRole('link', { name: /^\d{8}-/ }).click();
  // The last event changes the status.
  await page.getByText(/^ok after/).waitFor();
  expect(await page.locator('.stages li').allTextContents()).toEqual([
    expect.stringMatching(/^fetch/),
    expect.stringMatching(/^show/),
    expect.stringMatching(/^split/),
    expect.stringMatching(/^fit/),
    expect.stringMatching(/^score/),
    expect.stringMatching(/^cross-validate/),
    expect.stringMatching(/^slow/),
  ]);
  // What the report says stands on the page, the figures people came for on top.
  await page.locator('.sections .cards').waitFor();
  expect(await page.locator('.sections .cards').textContent()).toMatch(/test accuracy.*0\.9500/s);
  expect(await page.locator('.sections h2').allTextContents()).toEqual(expect.arrayContaining(['Confusion matrix', 'Graph', 'Stages', 'Provenance']));
  expect(await page.locator('.sections .gallery img').count()).toBeGreaterThanOrEqual(3);
  expect(await page.locator('.stages .ran').count()).toBe(7);
  expect(await page.getByRole('link', { name: 'draw a picture' }).isVisible()).toBe(true);

  const go = join(folder, 'go');
  const running = cli(['run', join(folder, 'halves.ts'), '--set', `slow.until=${go}`], { env: env() });
  await expect.poll(async () => (await idsOf(page)).length, { timeout: 60_000 }).toBe(2);
  const [second, first] = await idsOf(page);
  await page.goto(new URL(`/#/run/${second}`, link).href);
  await page.locator('.stages .running', { hasText: /^slow/ }).waitFor();
  expect(await page.locator('.stages .cached').count()).toBe(6);
  // Results of stages that are over are there while others run.
  await page.locator('.sections .cards').waitFor();
  expect(await page.locator('.sections tr', { hasText: 'slow' }).textContent()).toMatch(/unreached/);
  writeFileSync(go, '');
  expect((await running).code).toBe(0);
  await page.getByText(/^ok after/).waitFor();
  expect(await page.locator('.stages .ran').textContent()).toMatch(/^slow/);
  await expect.poll(() => page.locator('.sections tr', { hasText: 'slow' }).textContent()).toMatch(/slow\s*ran/);

  await page.goto(new URL(`/#/compare/${first}/${second}`, link).href);
  await page.getByRole('heading', { name: '2 runs compared' }).waitFor();
  const differing = page.getByRole('region', { name: 'Parameters that differ' });
  expect(await differing.locator('tbody tr').evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent!.trim())))).toEqual([
    ['slow.until', '""', go],
  ]);
  await page.goto(new URL('/#/run/none', link).href);
  await page.getByText(/No run 'none'/).waitFor();
  expect(problems.filter((text) => !text.includes('404'))).toEqual([]);
});

test('of two addresses in a row the later one is shown, however late the earlier one is answered', { timeout: 180_000 }, async () => {
  const { page } = await open(link);
  const id = (await idsOf(page))[0]!;
  let answer!: () => void;
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route(`**/runs/${id}`, async (route) => {
    await held;
    await route.continue();
  });
  // The first view opens its stream of events before it is shown, and must close it.
  await page.evaluate(() => {
    const opened: EventSource[] = [];
    globalThis.EventSource = class extends EventSource {
      constructor(url: string | URL) {
        super(url);
        opened.push(this);
      }
    };
    Object.assign(globalThis, { opened });
  });
  const streams = (): Promise<readonly (readonly [string, number])[]> =>
    page.evaluate(() => (globalThis as never as { opened: EventSource[] }).opened.map(({ url, readyState }) => [new URL(url).pathname, readyState] as const));
  const goTo = (run: string): Promise<void> => page.evaluate((hash) => void (location.hash = hash), `#/run/${run}`);
  const asked = page.waitForRequest(`**/runs/${id}`);
  await goTo(id);
  await asked;
  await goTo('none');
  await page.getByText(/No run 'none'/).waitFor();
  answer();
  await expect.poll(streams, { timeout: 60_000 }).toContainEqual([`/runs/${id}/events`, 2]);
  expect(await page.locator('#view').textContent()).toMatch(/No run 'none'/);
});

test('a drawing is answered by the saved model, by pointer and by keyboard, beside what the model sees', { timeout: 180_000 }, async () => {
  const { page, problems } = await open(link, { width: 390 });
  const id = (await idsOf(page)).at(-1)!;
  await page.goto(new URL(`/#/ask/${id}`, link).href);
  const paper = page.getByRole('application');
  const { x, y, width, height } = (await paper.boundingBox())!;
  const inkSeen = (): Promise<number> =>
    page.getByRole('img', { name: /^What the model sees: 28 x 28/ }).evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((value, i) => i % 4 === 0 && value > 0).length;
    });
  expect(await page.locator('.answer').textContent()).toBe('Nothing drawn yet');
  expect(await inkSeen()).toBe(0);
  await page.mouse.move(x + 0.2 * width, y + 0.2 * height);
  await page.mouse.down();
  await page.mouse.move(x + 0.2 * width, y + 0.8 * height);
  await page.mouse.up();
  await page
    .getByText(/: \d\.\d{3}/)
    .first()
    .waitFor();
  expect(await page.locator('.shares li').allTextContents()).toEqual([expect.stringMatching(/^<left>: /), expect.stringMatching(/^right: /)]);
  expect(['<left>', 'right']).toContain(await page.locator('.answer').textContent());
  expect(await inkSeen()).toBeGreaterThan(20);
  expect(await seriousFaults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Clear' }).click();
  expect(await page.locator('.answer').textContent()).toBe('Nothing drawn yet');
  expect(await page.locator('.shares li').count()).toBe(0);

  // By keyboard: Shift moves the pen without ink.
  await paper.focus();
  await page.keyboard.press('Shift+ArrowLeft');
  expect(await inkSeen()).toBe(0);
  await page.keyboard.press('ArrowDown');
  await page.locator('.shares li').first().waitFor();
  expect(await inkSeen()).toBeGreaterThan(0);
  await page.keyboard.press('Delete');
  expect(await page.locator('.answer').textContent()).toBe('Nothing drawn yet');

  // An answer that is on its way when the paper is cleared stays away.
  let go!: () => void;
  const held = new Promise<void>((resolve) => (go = resolve));
  await page.route('**/predict?*', async (route) => {
    await held;
    await route.continue();
  });
  const answered = page.waitForResponse('**/predict?*');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Delete');
  go();
  await (await answered).finished();
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  expect(await page.locator('.answer').textContent()).toBe('Nothing drawn yet');
  expect(await widthOf(page)).toBeLessThanOrEqual(390);
  expect(problems).toEqual([]);
});

test('look shows a run in plain text, and writes its pictures as PNG', async () => {
  const { stdout, code } = await cli(['look', 'last'], { env: env() });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^fit +█[▁-█]+ \S+ after \d+ iterations$/m);
  expect(stdout).toMatch(/^ *true +<left> +right +right$/m);
  expect(stdout).not.toContain('\u001b');
  const out = mkdtempSync(join(tmpdir(), 'pipeline-look-'));
  const { stdout: files } = await cli(['look', '--png', out], { env: env() });
  expect(
    files
      .trim()
      .split('\n')
      .map((line) => /([\w-]+)\.png/.exec(line)![1]),
  ).toEqual(['row-1', 'weights-1', 'mistake-1', 'mistakes-1', 'loss-1', 'confusion-1']);
  expect(readFileSync(join(out, 'weights-1.png')).subarray(1, 4).toString()).toBe('PNG');
  rmSync(out, { recursive: true });
});
