// The charts of real runs in a real browser, without scripts: whatever the model and the data, every label can be read, on a phone and
// on a desk, light, dark and printed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  binarize,
  breastCancer,
  chain,
  crossValidate,
  diabetes,
  digits,
  fetch,
  fit,
  gridSearch,
  iris,
  kMeans,
  learningCurve,
  logisticRegression,
  pca,
  pipeline,
  randomForestClassifier,
  ridge,
  score,
  split,
  standardize,
} from '../../src/api.ts';
import type { RunRecord } from '../../src/core/runRecord.ts';
import { evidenceOf } from '../../src/report/html/data.ts';
import { reportPage } from '../../src/report/html/page.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';
import { unreadable } from '../support/chartLabels.ts';
import { startChromium } from '../support/chromium.ts';
import { ROOT } from '../support/cli.ts';
import { runSmall } from '../support/smallData.ts';
import { tooWide } from '../support/tooWide.ts';

let browser: Browser;
beforeAll(async () => void (browser = await startChromium()), 120_000);
afterAll(() => browser?.close());

const held = split({ test: 0.25, seed: 1 });
const C = Array.from({ length: 24 }, (_, i) => 10 ** (-4 + (8 * i) / 23));
const folds = { folds: 3, scoring: 'accuracy' } as const;

const RUNS = {
  detector: {
    made: pipeline(
      'detector',
      fetch(digits()),
      held,
      binarize({ positive: 2 }),
      fit(logisticRegression({ tol: 0.1 })),
      score({ on: 'test' }),
      crossValidate(folds),
    ),
    charts: [
      'ROC, positive class 2: ',
      'Precision by recall, positive class 2: ',
      'Precision, recall and',
      'Decision values',
      'Calibration',
      'Confusion',
      'Loss of fit',
      'accuracy of each fold',
    ],
  },
  'a grid of C': {
    made: pipeline('grid', fetch(digits()), held, binarize({ positive: 2 }), gridSearch(logisticRegression({ tol: 0.1 }), { C }, folds), score({ on: 'test' })),
    charts: ['accuracy of grid-search by C', 'ROC, positive class 2: '],
  },
  'a classifier of a table': {
    made: pipeline('flowers', fetch(iris()), held, fit(chain(standardize(), logisticRegression())), score({ on: 'test' }), learningCurve(logisticRegression())),
    charts: ['ROC of score, each class', 'Weights of fit for', 'Confusion of score', 'accuracy of learning-curve'],
  },
  'a classifier of a table, two classes, by components': {
    made: pipeline('cells', fetch(breastCancer()), held, fit(chain(standardize(), pca({ nComponents: 5 }), logisticRegression())), score({ on: 'test' })),
    charts: ['ROC, positive class benign: ', 'Share of the variance that components of fit explain', 'Calibration'],
  },
  'a regressor': {
    made: pipeline('sugar', fetch(diabetes()), held, standardize(), fit(ridge()), score({ on: 'test' }), crossValidate({ folds: 5, scoring: 'r2' })),
    charts: ['Residuals of score by', 'How residuals of score', 'r2 of each fold', 'Weights of fit'],
  },
  'a forest': {
    made: pipeline('forest', fetch(breastCancer()), held, fit(randomForestClassifier({ nEstimators: 10, seed: 1 })), score({ on: 'test' })),
    charts: ['Importance of features, fit, share of what splits gained: '],
  },
  'a clusterer': {
    made: pipeline('clusters', fetch(iris()), held, standardize(), fit(kMeans({ nClusters: 3, seed: 1 })), score({ on: 'test', scoring: 'negInertia' })),
    charts: ['Rows of each cluster, score', 'Silhouettes of score: mean 0.'],
  },
};

async function reportOf(made: (typeof RUNS)[keyof typeof RUNS]['made']): Promise<string> {
  const { events, error } = await runSmall(made, () => openNodeCompute());
  expect(error).toBeUndefined();
  const stages = events.flatMap((event) =>
    event.type === 'stage-finished' ? [{ path: event.stage, status: 'ran', ms: event.ms, params: {}, output: event.output }] : [],
  );
  const run = { id: '1', pipeline: 'p', status: 'ok', started: '2026-01-01T00:00:00Z', version: '0', machine: {}, stages } as unknown as RunRecord;
  const read = (name: string): string => readFileSync(join(ROOT, 'dist/report/html', name), 'utf8');
  return reportPage({ run, evidence: evidenceOf(events), style: read('report.css'), script: read('report.js') });
}

const LOOKS = [390, 1280].flatMap((width) => [
  { width, colorScheme: 'light', media: 'screen' } as const,
  { width, colorScheme: 'dark', media: 'screen' } as const,
  { width, colorScheme: 'dark', media: 'print' } as const,
]);

async function open(html: string): Promise<Page> {
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await page.setContent(html);
  return page;
}

describe.each(Object.entries(RUNS))('%s', (_, { made, charts }) => {
  test('has its charts, and all of their labels can be read', { timeout: 120_000 }, async () => {
    const page = await open(await reportOf(made as (typeof RUNS)['detector']['made']));
    const names = await page.locator('svg.chart').evaluateAll((found) => found.map((chart) => chart.getAttribute('aria-label')!));
    for (const chart of charts) expect(names).toContainEqual(expect.stringContaining(chart));
    expect(names.filter((name, i) => name.includes('NaN') || names.indexOf(name) !== i)).toEqual([]);
    // What it was made of is folded: the rest takes a few screens.
    await page.setViewportSize({ width: 1280, height: 900 });
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThan(4000);
    await page.evaluate(() => document.querySelectorAll('details').forEach((one) => void (one.open = true)));
    for (const { width, colorScheme, media } of LOOKS) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme, media });
      expect(await unreadable(page), `${width} ${colorScheme} ${media}`).toEqual([]);
      if (media === 'print') continue;
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
    expect(await tooWide(page)).toEqual([]);
    await page.context().close();
  });
});
