// Reports of real runs in a real browser: a detector, a search, branches, a classifier of a table, a regressor, a clusterer, and a run
// that failed. Each says how good
// the model is, where it is wrong, what data it saw and what would make it again, to everybody: on a phone, and without scripts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { unreadable } from '../support/chartLabels.ts';
import { startChromium } from '../support/chromium.ts';
import { ROOT } from '../support/cli.ts';
import { project } from '../support/project.ts';
import { tooWide } from '../support/tooWide.ts';

let browser: Browser;
beforeAll(async () => void (browser = await startChromium()), 120_000);
afterAll(() => browser?.close());

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

/** Nothing is cut off on paper, every label can be read in light and dark, and axe finds nothing serious. */
async function looksRight(page: Page): Promise<void> {
  expect(await tooWide(page)).toEqual([]);
  expect(await seriousFaults(page)).toEqual([]);
  await page.evaluate(() => document.querySelectorAll('details').forEach((one) => void (one.open = true)));
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await unreadable(page), `${width} ${colorScheme}`).toEqual([]);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const cut = (boxes: readonly Element[]): readonly string[] =>
      boxes.filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.getAttribute('aria-label') ?? '');
    expect(await page.locator('.scroll, .source').evaluateAll(cut), String(width)).toEqual([]);
  }
}

test(
  'a detector: scores with spread and baseline, both kinds of mistakes, every threshold, what it weighs, what it says of a row',
  { timeout: 120_000 },
  async () => {
    const page = await reportOf('detector');
    const said = await headings(page);
    expect(said.slice(0, 6)).toEqual(['Results', 'Classes', 'Confusion matrix', 'ROC and precision/recall', 'Most confident mistakes', 'Cross-validation']);
    expect(said).toEqual(expect.arrayContaining(['Weights', 'Training', 'Rows shown', 'Data', 'Graph', 'Stages', 'Provenance']));
    const results = await textOf(page, 'Results');
    expect(results).toMatch(/test accuracy score 0\.9\d{3} majority class 0\.9\d{3}/);
    expect(results).toMatch(/roc auc score 0\.9\d{3} f1 score|f1 score 0\.\d{4} roc auc score 0\.9\d{3}/);
    expect(results).toMatch(/mean score \(accuracy\) cross-validate 0\.9\d{3} ± 0\.0\d{3} between folds majority class 0\.\d{4}/);
    expect(results).toMatch(/prediction of row 2 predict (not )?8 probability of 8 0\.\d{4} in fact 2/);
    expect(await textOf(page, 'Classes')).toMatch(/not 8 0\.9\d+ .* 8 0\.\d+ 0\.\d+ 0\.\d+ \d+ accuracy 0\.9\d+ 450 macro average/);
    const names = await page.locator('svg.chart').evaluateAll((charts) => charts.map((chart) => chart.getAttribute('aria-label')!));
    for (const chart of [
      /^Confusion of score in rows/,
      /^Confusion of score in percent of the true class; right: not 8 9[\d.]+, 8 [\d.]+$/,
      /^ROC, positive class 8: score, AUC 0\.9\d{3}$/,
      /^Precision by recall, positive class 8: score, AP 0\.\d{4}$/,
      /^Precision, recall and false positive rate of score by the threshold/,
      /^Decision values of score by true class/,
      /^Calibration of score: of \d+ rows at 0\.\d\d/,
      /^accuracy of each fold, .*fold 3: 0\.9\d+; mean 0\.9\d+ ± 0\.0\d+/,
      /^Loss of fit by iteration/,
    ])
      expect(names).toContainEqual(expect.stringMatching(chart));
    expect(await page.locator('output').innerText()).toMatch(/precision 0\.\d+, recall 0\.\d+, .* true positives \d+/);
    expect(await textOf(page, 'Most confident mistakes')).toMatch(
      /False positives row \d+: not 8, predicted 8 \(\d+ %\).*False negatives row [\d ]+: 8, predicted not 8 \(\d+ %\)/,
    );
    const data = await textOf(page, 'Data');
    expect(data).toMatch(/Classes by part, split class train test 0 \d+ \(\d+\.\d %\)/);
    expect(data).toMatch(/Classes by part, fit class fold 1 fold 2 fold 3 not 8 \d+ \(90\.\d %\) .* all 449 \(100\.0 %\)/);
    await looksRight(page);
  },
);

test('a search: which point won, by how much, and what the others had', { timeout: 120_000 }, async () => {
  const page = await reportOf('grid', { width: 1280 });
  expect((await headings(page)).slice(0, 2)).toEqual(['Results', 'Search']);
  const card = page.locator('.card', { hasText: 'best score' });
  expect((await card.innerText()).replaceAll(/\s+/g, ' ')).toMatch(
    /^best score \(accuracy\) grid-search 0\.9\d{3} with C=[\d.e-]+ ± 0\.0\d{3} between folds majority class 0\.\d{4}$/,
  );
  const winner = /with (C=\S+)/.exec(await card.innerText())![1]!;
  // In sight before anybody scrolls.
  expect((await card.boundingBox())!.y + (await card.boundingBox())!.height).toBeLessThan(600);
  const search = await textOf(page, 'Search');
  expect(search).toContain(`grid-search: best ${winner}, mean accuracy 0.9`);
  const points = page.getByRole('region', { name: 'Points of grid-search' }).locator('tbody tr');
  expect(await points.count()).toBe(9);
  expect(await points.first().locator('th').innerText()).toBe(winner);
  const means = (await points.locator('td:nth-child(2)').allInnerTexts()).map(Number);
  expect(means).toEqual(means.toSorted((a, b) => b - a));
  expect(await points.first().innerText()).toMatch(/0\.9\d{4}\s+0\.0\d{4}\s+0\.\d{4} 0\.\d{4} 0\.\d{4}\s+\d+ to \d+/);
  expect(await page.locator('svg.chart[aria-label^="accuracy of grid-search by C: "]').count()).toBe(1);
  expect(await textOf(page, 'Stages')).toMatch(/grid C \[1e-5|grid C \[/);
  expect(await textOf(page, 'Results')).toMatch(/test accuracy score 0\.9\d{3} majority class/);
  await looksRight(page);
});

test('branches: a row for each score of each, evidence under their names, and no two taken for one', { timeout: 120_000 }, async () => {
  const page = await reportOf('chapter', { width: 1280 });
  const results = await textOf(page, 'Results');
  for (const row of [
    /baseline\/cross-validate mean score \(accuracy\) 0\.\d+ 0\.0\d+ 0\.\d+/,
    /curves\/sgd\/cross-val-predict accuracy 0\.\d+ - 0\.\d+/,
    /curves\/forest\/cross-val-predict accuracy 0\.9\d+/,
    /raw\/cross-validate mean score \(accuracy\) 0\.\d+ 0\.0\d+ 0\.1\d+/,
    /neighbors\/score test accuracy 0\.9\d+ - 0\.1\d+/,
    /search\/grid-search best score \(accuracy\) 0\.9\d+ 0\.0\d+ 0\.1\d+ nNeighbors=\d weights=\w+/,
    /search\/score test accuracy 0\.9\d+/,
  ])
    expect(results).toMatch(row);
  const titles = (section: string): Promise<readonly string[]> =>
    page
      .locator('section', { has: page.getByRole('heading', { name: section, exact: true, level: 2 }) })
      .locator('h3')
      .allInnerTexts();
  const scored = ['curves/sgd/cross-val-predict', 'curves/forest/cross-val-predict', 'errors/cross-val-predict', 'neighbors/score', 'search/score'];
  expect(await titles('Classes')).toEqual(scored);
  expect(await titles('Most confident mistakes')).toEqual(scored);
  const names = await page.locator('svg.chart').evaluateAll((charts) => charts.map((chart) => chart.getAttribute('aria-label')!));
  // Branches that tell the same two classes apart lie over each other.
  expect(names).toContainEqual(
    expect.stringMatching(/^ROC, positive class 8: curves\/sgd\/cross-val-predict, AUC 0\.\d+; curves\/forest\/cross-val-predict, AUC 0\.9\d+$/),
  );
  expect(names).toContainEqual(expect.stringMatching(/^ROC of errors\/cross-val-predict, each class against all others: 0, AUC/));
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  await looksRight(page);
});

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
  expect(await seriousFaults(page)).toEqual([]);
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
  await looksRight(page);
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
  await looksRight(page);
});

test('a clusterer, without scripts: how well clusters match, what data they are of', { timeout: 120_000 }, async () => {
  const page = await reportOf('clusters', { javaScriptEnabled: false });
  expect(await textOf(page, 'Results')).toMatch(/inertia fit [\d.]+ .*adjusted rand score 0\.4970/);
  expect(await textOf(page, 'Data')).toContain('setosa 50 33.3 %');
  expect(await textOf(page, 'Stages')).toMatch(/score ran .*sizes \[14 12 12\]/);
  expect(await page.locator('.timeline li').first().isVisible()).toBe(true);
  expect(await textOf(page, 'Clusters')).toMatch(/Silhouettes, score: mean 0\.\d{4}\. .*Mean of cluster 0 -?0\.\d{4}, cluster 1/);
  expect(await textOf(page, 'Data')).toMatch(/Classes by part, split class train test setosa 3\d \(33\.\d %\)/);
});

test('the same with scripts: nothing serious for axe, nothing cut off, and every label can be read', { timeout: 120_000 }, async () => {
  await looksRight(await reportOf('clusters'));
});

test('a run that failed: why, where, what to try, and which stage it was; what came before it stands there', { timeout: 120_000 }, async () => {
  const page = await reportOf('fails');
  expect((await page.getByRole('alert').innerText()).replaceAll(/\s+/g, ' ')).toMatch(
    /^E_DATA The scale of the flowers is gone\. .*fails\.ts:13:\d+, stage weigh Try: Bring it back\.$/,
  );
  expect(await page.locator('.graph .failed text.name').textContent()).toBe('weigh');
  expect(await page.locator('.legend').innerText()).toContain('failed');
  expect(await headings(page)).toEqual(['E_DATA', 'Data', 'Graph', 'Stages', 'Provenance']);
  expect(await seriousFaults(page)).toEqual([]);
});
