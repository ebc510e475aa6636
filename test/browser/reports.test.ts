// Reports of real runs in a real browser: a classifier of a table, a regressor, a clusterer, and a run that failed. Each says how good
// the model is, where it is wrong, what data it saw and what would make it again, to everybody: on a phone, and without scripts.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startChromium } from '../support/chromium.ts';
import { ROOT } from '../support/cli.ts';
import { project } from '../support/project.ts';

let browser: Browser;
beforeAll(async () => void (browser = await startChromium()), 120_000);
afterAll(() => browser?.close());

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Runs a pipeline of the fixtures and opens its report. */
async function reportOf(name: string, more: { readonly width?: number; readonly javaScriptEnabled?: boolean } = {}): Promise<Page> {
  const { folder, write, run } = project();
  write(`${name}.ts`, readFileSync(join(ROOT, `test/fixtures/reports/${name}.ts`), 'utf8'));
  await run(['run', `${name}.ts`, '--report', 'report.html']);
  const { width = 1100, javaScriptEnabled = true } = more;
  const context = await browser.newContext({ viewport: { width, height: 900 }, javaScriptEnabled, acceptDownloads: true });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.on('pageerror', (error) => expect.unreachable(error.message));
  await page.goto(pathToFileURL(join(folder, 'report.html')).href);
  const folded = page.locator('section > details > summary');
  for (const summary of await folded.all()) await summary.click();
  return page;
}

const headings = (page: Page): Promise<readonly string[]> => page.locator('h2').allTextContents();
/** Text of a section, its white space made single spaces. */
const textOf = async (page: Page, title: string): Promise<string> =>
  (await page.locator('section', { has: page.getByRole('heading', { name: title, exact: true, level: 2 }) }).innerText()).replaceAll(/\s+/g, ' ');

/** What axe finds that is serious; it needs scripts of its own, which the page's policy allows to who drives the browser. */
async function faults(page: Page): Promise<readonly string[]> {
  return page.evaluate(`${axe}; axe.run().then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html).join(' ')))`);
}

test('a classifier of a table: scores with spread and baseline, classes, mistaken rows, data, source', { timeout: 120_000 }, async () => {
  const page = await reportOf('penguins');
  expect(await headings(page)).toEqual(
    expect.arrayContaining([
      'Results',
      'Classes',
      'Confusion matrix',
      'Most confident mistakes',
      'Weights of features',
      'Data',
      'Graph',
      'Stages',
      'Provenance',
    ]),
  );
  expect((await headings(page))[0]).toBe('Results');
  expect(await textOf(page, 'Results')).toMatch(/mean score \(accuracy\) cross-validate 0\.9\d+ ± 0\.0\d+ between folds majority class 0\.4419/);
  const classes = await textOf(page, 'Classes');
  expect(classes).toMatch(/Gentoo [\d.]+ [\d.]+ [\d.]+ 31 .*macro average [\d.]+ [\d.]+ [\d.]+ 86 weighted average/);
  const mistakes = await textOf(page, 'Most confident mistakes');
  expect(mistakes).toMatch(/\d of 258 rows are wrong\. row true class predicted probability island bill_length .*\d+ (Adelie|Chinstrap|Gentoo) /);
  const data = await textOf(page, 'Data');
  expect(data).toContain('penguins: 344 rows, 6 columns.');
  expect(data).toContain('Adelie 152 44.2 %');
  expect(data).toMatch(/row island .* 0 Torgersen 39\.1 18\.7 181 3750 MALE Adelie/);
  expect(data).toMatch(/sex names 11 - - - FEMALE 165, MALE 168/);
  expect(await page.locator('.timeline li').count()).toBeGreaterThan(3);
  await page.getByText('penguins.ts, as it was').click();
  expect(await textOf(page, 'Provenance')).toMatch(/command pipeline run penguins\.ts .*oneHot\(\)/);
  // Each heading can be reached from the contents, and no level is left out.
  for (const link of await page.locator('.contents a').all()) expect(await page.locator((await link.getAttribute('href'))!).count()).toBe(1);
  const levels = await page.locator('h1, h2, h3, h4').evaluateAll((all) => all.map(({ tagName }) => Number(tagName[1])));
  levels.forEach((level, i) => expect(level - (levels[i - 1] ?? 0), `heading ${i}`).toBeLessThanOrEqual(1));
  expect(await faults(page)).toEqual([]);
  // A file without a network: the record, as it is on disk, and tables with all digits.
  const [record] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'The record of this run as JSON' }).click()]);
  expect(JSON.parse(readFileSync(await record.path(), 'utf8'))).toMatchObject({ pipeline: 'penguins', status: 'ok' });
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('section', { hasText: 'Support: the number' }).getByRole('link').first().click(),
  ]);
  expect(readFileSync(await file.path(), 'utf8')).toMatch(/^class,precision,recall,f1,support\r\nAdelie,/);
  // Words stay whole where a table is wider than its place.
  await page.setViewportSize({ width: 800, height: 900 });
  const typeCells = page.getByRole('region', { name: 'Columns of penguins' }).locator('td[data-label="type"]');
  expect(await typeCells.nth(1).evaluate((cell) => cell.getBoundingClientRect().height)).toBeLessThan(40);
  // On a phone the figures of classes are all in sight.
  await page.setViewportSize({ width: 390, height: 900 });
  const hidden = await page.getByRole('region', { name: /^Classes, / }).evaluateAll((all) => all.map((one) => one.scrollWidth - one.clientWidth));
  expect(Math.max(...hidden)).toBe(0);
});

test('a regressor: scores, spread, and the rows that it missed by most', { timeout: 120_000 }, async () => {
  const page = await reportOf('diabetes', { width: 390 });
  expect(await textOf(page, 'Results')).toMatch(/r2 score 0\.4\d+ .*mean score \(r2\) cross-validate 0\.4\d+ ± 0\.1\d+ between folds/);
  expect(await textOf(page, 'Largest errors')).toMatch(/The 12 furthest off of 111 rows\./);
  expect(await textOf(page, 'Data')).toContain('diabetes: 442 rows, 10 columns.');
  // On a phone no cell is out of sight, and the graph is as large as it was drawn.
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  const hidden = await page.locator('.stacked td:not(:empty)').evaluateAll((cells) => cells.filter((cell) => cell.getBoundingClientRect().right > 390).length);
  expect(hidden).toBe(0);
  expect(
    await page
      .locator('.graph text.name')
      .first()
      .evaluate((text) => text.getBoundingClientRect().height),
  ).toBeGreaterThan(12);
  expect(await faults(page)).toEqual([]);
});

test('a clusterer, without scripts: how well clusters match, what data they are of', { timeout: 120_000 }, async () => {
  const page = await reportOf('clusters', { javaScriptEnabled: false });
  expect(await textOf(page, 'Results')).toMatch(/inertia fit [\d.]+ .*adjusted rand score 0\.4970/);
  expect(await textOf(page, 'Data')).toContain('setosa 50 33.3 %');
  expect(await textOf(page, 'Stages')).toMatch(/score ran .*sizes \[14 12 12\]/);
  expect(await page.locator('.timeline li').first().isVisible()).toBe(true);
});

test('a run that failed: why, where, what to try, and which stage it was; what came before it stands there', { timeout: 120_000 }, async () => {
  const page = await reportOf('fails');
  expect((await page.getByRole('alert').innerText()).replaceAll(/\s+/g, ' ')).toMatch(
    /^E_DATA The scale of the flowers is gone\. .*fails\.ts:13:\d+, stage weigh Try: Bring it back\.$/,
  );
  expect(await page.locator('.graph .failed text.name').textContent()).toBe('weigh');
  expect(await page.locator('.legend').innerText()).toContain('failed');
  expect(await headings(page)).toEqual(['E_DATA', 'Data', 'Graph', 'Stages', 'Provenance']);
  expect(await faults(page)).toEqual([]);
});
