// Charts as SVG text: what they say, in which colours, and that none of it clashes with a page or another chart.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bars } from '../../src/report/charts/bars.ts';
import { fourDigits } from '../../src/report/charts/frame.ts';
import { heatMap } from '../../src/report/charts/heatMap.ts';
import { histogram } from '../../src/report/charts/histogram.ts';
import { lines } from '../../src/report/charts/lines.ts';
import { scatter } from '../../src/report/charts/scatter.ts';
import { meanAndSpread, spread } from '../../src/report/charts/spread.ts';
import { standAlone } from '../../src/report/charts/standAlone.ts';
import { ROOT } from '../support/cli.ts';

const title = 'a <b> & "c"';
const [x, y] = [{ name: 'C', scale: 'log' as const }, { name: 'score' }];
const CHARTS = {
  lines: lines({
    title,
    x,
    y,
    series: [
      {
        name: 'fit <i>',
        points: [
          [0.001, 0.5],
          [1, 0.75],
          [1000, null],
        ],
        band: [
          [0.001, 0.25, 0.75],
          [1, 0.7, 0.8],
        ],
      },
      {
        name: 'by chance',
        points: [
          [0.001, 0.1],
          [1000, 0.1],
        ],
        look: 'guide',
      },
    ],
  }),
  scatter: scatter({
    title,
    x: { name: 'predicted' },
    y,
    series: [
      {
        name: 'test',
        points: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
  }),
  bars: bars({
    title,
    value: 'weight',
    bars: [
      { name: 'age', value: -2, spread: 0.5 },
      { name: 'height', value: 1 },
    ],
  }),
  histogram: histogram({
    title,
    x: { name: 'decision' },
    edges: [0, 1, 2],
    series: [
      { name: 'no', counts: [3, 1] },
      { name: 'yes', counts: [0, 2] },
    ],
  }),
  heatMap: heatMap({
    title,
    rows: { name: 'true', names: ['no', 'yes'] },
    columns: { name: 'predicted', names: ['no', 'yes'] },
    values: [
      [9000, 1],
      [2, 3],
    ],
  }),
  spread: spread({ title, value: y, groups: [{ name: 'plain', values: [0.5, 0.7, null] }], guide: { name: 'majority class', value: 0.4 } }),
};

const textsOf = (svg: string): readonly string[] => [...svg.matchAll(/<text [^>]*>([^<]+)<\/text>/g)].map(([, text]) => text!);
const titlesOf = (svg: string): readonly string[] => [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map(([, text]) => text!);

describe.each(Object.entries(CHARTS))('%s', (_, { text }) => {
  test('is one picture with a name, of closed elements', () => {
    expect(text).toMatch(/^<svg class="chart" role="img" aria-label="a &lt;b&gt; &amp; &quot;c&quot;" /);
    const open: string[] = [];
    for (const [, end, tag, , closed] of text.matchAll(/<(\/?)([\w-]+)((?:\s+[\w:-]+="[^"<>]*")*)\s*(\/?)>/g)) {
      if (end) expect(open.pop()).toBe(tag);
      else if (!closed) open.push(tag!);
    }
    expect(open).toEqual([]);
  });

  test('has no ids, styles, scripts or addresses that could clash with anything', () => {
    expect(text.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/\bid=|<style|<script|url\(|http|class="(?!chart")|NaN|undefined|ecmeta/);
  });

  test('is drawn in variables, and as a file of its own in none', () => {
    const colours = [...text.matchAll(/(?:fill|stroke)[=:]"?([^;"]+)/g)].map(([, value]) => value!);
    expect(colours.filter((value) => !/^var\(--[\w-]+,#\w{6}\)$|^none$/.test(value))).toEqual([]);
    expect(colours.some((value) => value.startsWith('var('))).toBe(true);
    expect(standAlone(text)).not.toContain('var(');
    expect(standAlone(text)).toMatch(/^<svg [^>]+><rect width="100%" height="100%" fill="#ffffff"\/>/);
  });
});

test('texts and titles are those of the data', () => {
  expect(textsOf(CHARTS.lines.text)).toEqual(
    expect.arrayContaining(['C', 'score', '0.001', '1000'.replace('1000', '1\u202f000'), 'fit &lt;i&gt;', 'by chance']),
  );
  expect(titlesOf(CHARTS.lines.text)).toEqual(['fit &lt;i&gt;: C 0.001, score 0.5', 'fit &lt;i&gt;: C 1, score 0.75']);
  expect(titlesOf(CHARTS.scatter.text)).toEqual(['test: predicted 1, score 2', 'test: predicted 3, score 4']);
  expect(titlesOf(CHARTS.bars.text)).toEqual(expect.arrayContaining(['age: -2 ± 0.5', 'height: 1']));
  expect(titlesOf(CHARTS.histogram.text)).toContain('yes: 2 rows from 1 to 2');
  expect(titlesOf(CHARTS.heatMap.text)).toContain('true yes, predicted no: 2');
  expect(textsOf(CHARTS.heatMap.text)).toContain('9\u202f000');
  expect(titlesOf(CHARTS.spread.text)).toEqual(expect.arrayContaining(['plain, 1: 0.5', 'plain, 2: 0.7', 'mean 0.6 ± 0.1']));
});

test('a curve runs where its points are', () => {
  const { text } = lines({
    title,
    x: { name: 'x', min: 0, max: 10 },
    y: { name: 'y', min: 0, max: 1 },
    series: [
      {
        name: 'a',
        points: [
          [0, 0],
          [10, 1],
        ],
      },
    ],
  });
  const [, x0, y0, x1, y1] = /<path d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)" fill="none" stroke-width="2"/.exec(text)!.map(Number);
  expect(x1! - x0!).toBeGreaterThan(300);
  expect(y0! - y1!).toBeGreaterThan(150);
});

test.each([
  [0.97904123, '0.979'],
  [12_345.6, '12\u202f350'],
  [123_456, '123.5K'],
  [1.2e-9, '1.2e-9'],
  [-3, '-3'],
  [0, '0'],
  [4.4e20, '4.4e20'],
])('%s has four digits at most', (value, text) => expect(fourDigits(value)).toBe(text));

test('the spread of folds is the standard deviation of numpy', () => {
  expect(meanAndSpread([1, 2, 4])).toEqual({ mean: 7 / 3, spread: expect.closeTo(1.247219128924647, 14) });
  expect(meanAndSpread([1, null]).mean).toBeNaN();
});

/** WCAG's contrast with a background: 3 is what marks need. */
function contrast(a: string, b: string): number {
  const light = (hex: string): number => {
    const [red, green, blue] = [1, 3, 5]
      .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue! + 0.05;
  };
  const [one, other] = [light(a), light(b)];
  return Math.max(one, other) / Math.min(one, other);
}

test('each series stands out from paper, light and dark', () => {
  const css = readFileSync(join(ROOT, 'src/report/html/styles/screen.css'), 'utf8');
  const dark = [...css.matchAll(/--chart-\d: (#\w{6})/g)].map(([, hex]) => hex!);
  const many = lines({
    title,
    x: { name: 'x' },
    y,
    series: Array.from({ length: 6 }, (_, i) => ({
      name: `${i}`,
      points: [
        [0, i],
        [1, i],
      ] as const,
    })),
  });
  const light = [...new Set([...many.text.matchAll(/--chart-\d,(#\w{6})/g)].map(([, hex]) => hex!))];
  expect([dark.length, light.length]).toEqual([6, 6]);
  for (const hex of dark) expect(contrast(hex, '#14161a')).toBeGreaterThan(3);
  for (const hex of light) expect(contrast(hex, '#ffffff')).toBeGreaterThan(3);
});

/** Files that are loaded with one of the build, before it asks for any later. */
function loadedWith(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, next] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s?"(\.[^"]+)"/g)) loadedWith(join(dirname(file), next!), found);
  return found;
}

test('what draws is one file of the build, loaded for reports only', () => {
  const folder = join(ROOT, 'dist');
  const drawing = join(ROOT, 'dist/report/charts/echarts.js');
  const text = readFileSync(drawing, 'utf8');
  expect([...text.matchAll(/\bimport\b[^;]{0,80}|process\.env/g)].map(([found]) => found)).toEqual([]);
  const entries = readdirSync(folder).filter((name) => /^(main|index|node|testing|estimator|run)\.js$/.test(name));
  expect(entries.length).toBe(6);
  for (const entry of entries) expect([...loadedWith(join(folder, entry))]).not.toContain(drawing);
});
