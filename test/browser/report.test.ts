// The charts of a report in a real browser, of made-up runs: every label can be read, at every width, and nothing is a blank
// hole where no script runs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordedStage, RunRecord } from '../../src/core/runRecord.ts';
import { svgText } from '../../src/report/graph/svg.ts';
import type { Evidence } from '../../src/report/html/data.ts';
import { reportPage } from '../../src/report/html/page.ts';
import { startChromium } from '../support/chromium.ts';
import { unreadable } from '../support/chartLabels.ts';
import { ROOT } from '../support/cli.ts';

let browser: Browser;
beforeAll(async () => void (browser = await startChromium()), 120_000);
afterAll(() => browser?.close());

const stage = (path: string, output: RecordedStage['output'], more: Partial<RecordedStage> = {}): RecordedStage => ({
  path,
  status: 'ran',
  ms: 1200,
  params: {},
  output,
  ...more,
});
const search = (values: readonly number[]): RecordedStage['output'] => ({
  bestParams: { C: values[1]! },
  scoring: 'accuracy',
  bestScore: 0.97,
  points: values.map((C, i) => ({ params: { C }, foldScores: [0.96 - i / 100, 0.97, 0.955], meanScore: (2.885 - i / 100) / 3, nIter: [3, 4 + i, 5] })),
});
const STAGES = [
  stage('log/grid-search', search([1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000, 10_000])),
  stage('linear/grid-search', search([1, 1.5, 2, 2.5])),
  stage('cross-validate', { scoring: 'accuracy', foldScores: [0.9789, 0.9797, 0.9785], meanScore: 0.979, majorityBaseline: 0.9007 }),
  stage('far', { scoring: 'accuracy', foldScores: [0.5, 0.9, null, 0.52, 0.55], meanScore: null, majorityBaseline: 0.51 }),
];
const falling = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from / (1 + i));
const EVIDENCE: Evidence = {
  rows: [],
  weights: [],
  mistakes: [],
  figures: [],
  residuals: [],
  components: [],
  coefficients: [
    {
      type: 'coefficients',
      stage: 'fit',
      model: 'yes',
      features: 784,
      largest: [
        { feature: 12, weight: -2 },
        { feature: 7, weight: 1 },
      ],
    },
  ],
  histories: [
    { stage: 'fit', models: ['fit', 'fold 1', 'fold 2', 'fold 3'].map((model, i) => ({ model, loss: falling(0.69, 20 + i) })) },
    { stage: 'large', models: ['fit'].map((model) => ({ model, loss: falling(123_456, 80) })) },
  ],
  curves: ['score', 'a-rather-long-branch/score'].map((name) => ({
    type: 'curve' as const,
    stage: name,
    positives: 100,
    negatives: 900,
    points: Array.from({ length: 100 }, (_, i) => ({ threshold: 5 - i / 10, truePositives: i + 1, falsePositives: i < 50 ? 0 : (i - 49) ** 2 / 3 })),
  })),
};

function page(stages: readonly RecordedStage[], evidence: Evidence, drawn = true): string {
  const run = { id: '1', pipeline: 'p', status: 'ok', started: '2026-01-01T00:00:00Z', version: '0', machine: {}, stages } as unknown as RunRecord;
  const node = { path: 'fit', name: 'fit', frame: '', params: ['failed', 'C 1'], computes: true, failed: true };
  const read = (name: string): string => readFileSync(join(ROOT, 'dist/report/html', name), 'utf8');
  const graph = drawn ? svgText({ name: 'p', nodes: [node], edges: [], frames: [] }) : undefined;
  return reportPage({ run, evidence, graph, style: read('report.css'), script: read('report.js') });
}

async function open(html: string, { width = 1100, javaScriptEnabled = true, dark = false } = {}): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    javaScriptEnabled,
    colorScheme: dark ? 'dark' : 'light',
    acceptDownloads: true,
  });
  const opened = await context.newPage();
  opened.on('pageerror', (error) => expect.unreachable(error.message));
  await opened.setContent(html);
  return opened;
}

describe('charts', () => {
  test.each([1280, 700, 390])('at a width of %i pixels every label can be read, and no text of the graph changes', async (width) => {
    const opened = await open(page(STAGES, EVIDENCE), { width });
    // Searches, losses, folds, ROC and precision/recall, thresholds of two branches, weights.
    expect(await opened.locator('svg.chart').count()).toBe(2 + 2 + 1 + 2 + 2 + 1);
    expect(await unreadable(opened)).toEqual([]);
    // The graph's own style stays its own.
    expect(
      await opened
        .locator('svg.chart text')
        .first()
        .evaluate((text) => getComputedStyle(text).fontSize),
    ).toBe('12px');
    expect(await opened.locator('.graph text.name').evaluate((text) => getComputedStyle(text).textAnchor)).toBe('middle');
    expect(await opened.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });

  test('what cannot be read is found: an overlap, a turned one, a cut, a faint one', async () => {
    const opened = await open(page(STAGES, EVIDENCE));
    const draw = (inner: string): Promise<void> =>
      opened.evaluate((text) => void (document.querySelector('main')!.innerHTML = `<svg class="chart" width="300" height="100">${text}</svg>`), inner);
    await draw('<text x="10" y="30">first</text><text x="100" y="30">second</text><text transform="translate(200 90) rotate(-45)">third</text>');
    expect(await unreadable(opened)).toEqual([]);
    await draw('<text x="10" y="30">first</text><text x="25" y="34">second</text>');
    expect(await unreadable(opened)).toEqual(["'first' and 'second' overlap"]);
    await draw('<text transform="translate(200 90) rotate(-45)">third</text><text x="225" y="75">fourth</text>');
    expect(await unreadable(opened)).toEqual(["'third' and 'fourth' overlap"]);
    await draw('<text x="280" y="30">fifth</text>');
    expect(await unreadable(opened)).toEqual(["'fifth' is cut off"]);
    await draw('<text x="10" y="30" fill="#ddd">sixth</text>');
    expect(await unreadable(opened)).toEqual(["'sixth' is faint"]);
  });

  test('of a page without charts, there is no script', async () => {
    const none: Evidence = { ...EVIDENCE, curves: [], histories: [], coefficients: [] };
    expect(page([stage('score', { testAccuracy: 0.9 })], none, false)).not.toContain('<script');
    expect(page([stage('score', { testAccuracy: 0.9 })], EVIDENCE)).toContain('<script');
  });

  test('need no script, and what they show stands there as numbers, too', async () => {
    const opened = await open(page(STAGES, EVIDENCE), { javaScriptEnabled: false });
    const heights = await opened.locator('svg.chart').evaluateAll((charts) => charts.map((chart) => chart.getBoundingClientRect().height));
    expect(Math.min(...heights)).toBeGreaterThan(80);
    expect(await opened.locator('input[type=range]').first().isVisible()).toBe(false);
    for (const text of ['fold 1: 0.9789, fold 2: 0.9797', 'C=10000', 'decision on score at least', 'fold 2: 0.0314 after 21 iterations']) {
      expect(await opened.locator('main').textContent()).toContain(text);
    }
  });

  test('the threshold grows to the right', async () => {
    const opened = await open(page(STAGES, EVIDENCE));
    const output = opened.locator('output').first();
    await opened.getByRole('slider').first().focus();
    await opened.keyboard.press('End');
    expect(await output.textContent()).toMatch(/^decision ≥ 5\.000: precision 1\.0000, recall 0\.0100/);
    await opened.keyboard.press('ArrowLeft');
    expect(await output.textContent()).toMatch(/^decision ≥ 4\.900: .*recall 0\.0200/);
    await opened.keyboard.press('Home');
    expect(await output.textContent()).toMatch(/^decision ≥ -4\.900: .*recall 1\.0000/);
  });

  test('a stage that failed is marked in the graph', async () => {
    const opened = await open(page(STAGES, EVIDENCE));
    expect(await opened.locator('.graph .failed rect').evaluate((rect) => getComputedStyle(rect).stroke)).toBe('rgb(178, 24, 43)');
  });
});

test('a search like mnist-c-grid takes less than 4 000 pixels of a desk, and names its best point first', async () => {
  const picture = (caption: string, mistake?: 'false positive' | 'false negative') =>
    ({ kind: 'ink', width: 28, height: 28, pixels: new Uint8Array(784).fill(90), caption, stage: 'score', mistake }) as const;
  const of = (count: number, kind: 'false positive' | 'false negative', text: string) =>
    Array.from({ length: count }, (_, i) => picture(`row 60 00${i}: ${text}`, kind));
  const evidence: Evidence = {
    ...EVIDENCE,
    coefficients: [],
    histories: EVIDENCE.histories.slice(0, 1),
    curves: EVIDENCE.curves.slice(0, 1),
    weights: [picture('weights of 2, largest 2.1')],
    mistakes: [...of(12, 'false positive', 'not 2, predicted 2 (100 %)'), ...of(12, 'false negative', '2, predicted not 2 (100 %)')],
  };
  const grid = stage('grid-search', { ...search([1, 0.316, 3.16, 10, 0.1, 0.0316, 0.01, 0.003_16, 0.001]), majorityBaseline: 0.9007 });
  const scored = { testAccuracy: 0.9804, majorityBaseline: 0.8968, rocAuc: 0.9797, f1: 0.8997, classes: ['not 2', '2'], confusion: [[8925, 43], [153, 879]] }; // prettier-ignore
  const opened = await open(page([grid, stage('score', scored)], evidence), { width: 1280 });
  expect(await opened.locator('.gallery img').count()).toBe(25);
  const height = await opened.evaluate(() => document.documentElement.scrollHeight);
  expect(height).toBeGreaterThan(3000);
  expect(height).toBeLessThan(4000);
  const best = opened.getByText('with C=0.316').first();
  expect((await best.boundingBox())!.y).toBeLessThan(600);
});

describe('files', () => {
  const saved = async (opened: Page, click: () => Promise<void>): Promise<{ readonly name: string; readonly bytes: Buffer }> => {
    const [file] = await Promise.all([opened.waitForEvent('download'), click()]);
    return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
  };

  test('each chart and the graph is a file, as SVG and as PNG, dark on white even where the page is dark', async () => {
    const opened = await open(page(STAGES, EVIDENCE), { dark: true });
    await opened.evaluate(() => document.querySelectorAll('details').forEach((one) => void (one.open = true)));
    const charts = await opened.locator('svg.chart').count();
    expect(await opened.getByRole('button', { name: /^SVG file: / }).count()).toBe(charts + 1);
    expect(await opened.getByRole('button', { name: /^PNG file: / }).count()).toBe(charts + 1);
    for (const what of ['log/grid-search: best C=', 'Loss of large', 'ROC', 'Graph']) {
      const button = (kind: string) => opened.getByRole('button', { name: `${kind} file: ${what}` }).first();
      const svg = await saved(opened, () => button('SVG').click());
      expect(svg.name).toMatch(/^[\w.-]+\.svg$/);
      const text = svg.bytes.toString();
      expect(text).not.toMatch(/var\(--(text|quiet|chart)/);
      const [, wide, high] = /width="(\d+)" height="(\d+)"/.exec(text)!.map(Number) as [number, number, number];
      // It is XML, which pages are not.
      expect(await opened.evaluate((xml) => new DOMParser().parseFromString(xml, 'image/svg+xml').querySelectorAll('parsererror').length, text)).toBe(0);
      const png = await saved(opened, () => button('PNG').click());
      expect(png.name).toBe(svg.name.replace(/svg$/, 'png'));
      const { width, height, data, channels } = decode(png.bytes);
      expect([width, height]).toEqual([2 * wide, 2 * high]);
      expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
      expect(data.filter((value, i) => i % channels === 1 && value < 160).length).toBeGreaterThan(300);
    }
  });

  test('each table is a file with all of its rows and digits, and so are the results', async () => {
    const many = Array.from({ length: 500 }, (_, i) => ({ params: { C: i + 1 / 3 }, foldScores: [0.5, i / 1000], meanScore: 0.25 + i / 2000, nIter: [3, 4] }));
    const confusion = [[5, 1, 0], [0, 7, 2], [1, 0, 4]]; // prettier-ignore
    const stages = [...STAGES, stage('forest/grid-search', { bestParams: { C: 499 + 1 / 3 }, points: many, bestScore: 0.4995, scoring: 'accuracy' })];
    const opened = await open(page([...stages, stage('score', { testAccuracy: 16 / 20, classes: ['a', 'b', 'c'], confusion })], EVIDENCE));
    await opened.evaluate(() => document.querySelectorAll('details').forEach((one) => void (one.open = true)));
    const without = await opened.locator('main table').evaluateAll((tables) =>
      tables.flatMap((table) => {
        const region = table.parentElement!;
        return region.nextElementSibling?.querySelector('a[download$=".csv"]') ? [] : [region.getAttribute('aria-label')];
      }),
    );
    expect(without).toEqual(['Further points of forest/grid-search']);
    const file = (name: string) => saved(opened, () => opened.locator(`a[download="${name}"]`).click());
    const points = (await file('Points-of-forest-grid-search.csv')).bytes.toString().trim().split('\r\n');
    expect(points).toHaveLength(501);
    expect(points[0]).toBe('point,C,mean,spread,fold 1,fold 2,iterations');
    expect(points[1]).toMatch(/^C=499,499\.3333333333333,0\.4995,0\.0005\d*,0\.5,0\.499,3 4$/);
    expect((await file('Confusion-of-score.csv')).bytes.toString()).toBe('true,a,b,c\r\na,5,1,0\r\nb,0,7,2\r\nc,1,0,4\r\n');
    expect((await file('Thresholds-of-score.csv')).bytes.toString().trim().split('\r\n')).toHaveLength(101);
    const results = JSON.parse((await file('results.json')).bytes.toString()) as readonly object[];
    expect(results).toContainEqual({ stage: 'forest/grid-search', score: 'bestScore', scoring: 'accuracy', value: 0.4995, spread: expect.closeTo(0.0005, 9), bestParams: { C: 499 + 1 / 3 } }); // prettier-ignore
    expect(results).toContainEqual({ stage: 'score', score: 'testAccuracy', value: 0.8 });
    expect(results).toContainEqual({ stage: 'far', score: 'meanScore', scoring: 'accuracy', value: null, majorityBaseline: 0.51 });
  });

  test('without scripts no button is there, and tables are files still', async () => {
    const opened = await open(page(STAGES, EVIDENCE), { javaScriptEnabled: false });
    expect(await opened.getByRole('button').count()).toBe(0);
    expect(await opened.locator('a[download$=".csv"]').count()).toBeGreaterThan(4);
  });
});
