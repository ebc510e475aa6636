// Figures of one's own: what they draw, and that a stage's figures reach the terminal, the record and the report.
import { decode } from 'fast-png';
import { expect, test, vi } from 'vitest';
import { fetch, figure, matrix, pipeline, stage, type FigureOptions } from '../../src/api.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { chartPng } from '../../src/report/figures/chartPng.ts';
import { evidenceOf } from '../../src/report/html/data.ts';
import { figures } from '../../src/report/html/sections/figures.ts';
import { jsonLine } from '../../src/report/json.ts';
import { runSmall, smallData } from '../support/smallData.ts';

const name = { name: 'n' };
const charts: readonly FigureOptions[] = [
  { kind: 'lines', title: 'Loss', x: name, y: name, series: [{ name: 'fit', points: [[0, 3], [1, 1], [2, null]] }] }, // prettier-ignore
  { kind: 'scatter', title: 'Points', x: name, y: name, series: [{ name: 'rows', points: [[0, 3], [1, 1]] }] }, // prettier-ignore
  { kind: 'histogram', title: 'Ink', x: name, series: [{ name: 'rows', values: Float64Array.of(1, 2, 2, 5) }], bins: 4 },
  { kind: 'heatMap', title: 'Confusion', rows: { name: 'true', names: ['a', 'b'] }, columns: { name: 'said', names: ['a', 'b'] }, values: [[3, 1], [0, 4]] }, // prettier-ignore
  { kind: 'bars', title: 'Weights', value: 'weight', bars: [{ name: 'a', value: 2 }, { name: 'b', value: -1 }] }, // prettier-ignore
  { kind: 'spread', title: 'Folds', value: name, groups: [{ name: 'a', values: [0.9, 0.8, null] }] },
];

test.each(charts)('$kind: as SVG and as text', async (options) => {
  const drawn = figure(options);
  expect(await drawn.svg()).toMatch(new RegExp(`^<svg [^>]*aria-label="${options.title}"[^]*</svg>$`));
  expect(drawn.text()).toMatchSnapshot();
});

test('a chart is a PNG file, too, twice as large by default; without sharp it is said what to do', async () => {
  for (const options of charts) {
    const drawn = figure(options);
    const [, wide, high] = /width="(\d+)" height="(\d+)"/.exec(await drawn.svg())!.map(Number) as [number, number, number];
    const { width, height, data, channels } = decode(await drawn.png());
    expect([width, height]).toEqual([2 * wide, 2 * high]);
    // On white paper, with something drawn.
    expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
    expect(data.filter((value, i) => i % channels === 1 && value < 200).length).toBeGreaterThan(500);
  }
  expect(decode(await figure(charts[0]!).png(1)).width).toBe(440);
  const absent = async (): Promise<never> => Promise.reject(new Error("Cannot find package 'sharp'"));
  await expect(chartPng('<svg/>', 1, absent)).rejects.toMatchObject({
    code: 'E_USAGE',
    message: "figure: a chart is drawn as PNG by the package sharp, in Node, which does not load here: Cannot find package 'sharp'",
    hint: 'npm install sharp',
  });
});

test('pictures are as imshow draws them: binary, nearest, from vmin to vmax', async () => {
  const x = matrix(3, 4, Float32Array.of(0, 1, 2, 4, 4, 4, 4, 4, 0, 0, 0, 0));
  const drawn = figure({ kind: 'images', title: 'Three', x, width: 2, height: 2, columns: 2 });
  const { width, height, data } = decode(await drawn.png(2));
  // Two pixels between pictures, and each pixel twice.
  expect([width, height]).toEqual([12, 12]);
  const red = (column: number, line: number) => data[(line * 12 + column) * 3];
  expect([red(0, 0), red(1, 1), red(2, 0), red(0, 2), red(2, 2)]).toEqual([255, 255, 191, 127, 0]);
  expect([red(4, 0), red(8, 0), red(0, 8), red(8, 8)]).toEqual([255, 0, 255, 255]);
  expect(await drawn.svg()).toContain('data:image/png;base64,');
  const cut = figure({ kind: 'images', title: 'Cut', x, width: 2, height: 2, vmin: 1, vmax: 2, cmap: 'gray' });
  expect([...decode(await cut.png(1)).data.subarray(0, 6)]).toEqual([0, 0, 0, 0, 0, 0]);
  const colours = figure({ kind: 'images', title: 'Colours', x: matrix(1, 3, Uint8Array.of(1, 2, 3)), width: 1, height: 1 });
  expect([...decode(await colours.png(1)).data]).toEqual([1, 2, 3]);
  expect(() => figure({ kind: 'images', title: 'Wrong', x, width: 3, height: 2 })).toThrow('12 numbers in rows of 4 are no pictures of 3 x 2');
});

test('a histogram counts as numpy does, with both ends of the last range', () => {
  const events: RunEvent[] = [];
  const counts = (values: readonly number[], bins: number) => {
    figure({ kind: 'histogram', title: 't', x: name, series: [{ name: 's', values }], bins }).show({ stage: 's', emit: (event) => void events.push(event) });
    const { edges, series } = (events.at(-1) as Extract<RunEvent, { type: 'figure' }>).chart as unknown as { edges: number[]; series: { counts: number[] }[] };
    return [edges, series[0]!.counts];
  };
  // numpy.histogram([1, 2, 2, 5], 4), and of [7, 7] with 2.
  expect(counts([1, 2, 2, 5], 4)).toEqual([[1, 2, 3, 4, 5], [1, 2, 0, 1]]); // prettier-ignore
  expect(counts([7, 7], 2)).toEqual([[6.5, 7, 7.5], [0, 2]]); // prettier-ignore
  expect(() => counts([1, NaN], 2)).toThrow('has no values, or one that is not finite');
  expect(() => counts([], 2)).toThrow('has no values');
});

test('a stage shows its figures in the run and in its report, a program on the console', async () => {
  const images: FigureOptions = { kind: 'images', title: 'A <picture>', x: Uint8Array.of(0, 255, 255, 0), width: 2, height: 2 };
  const draws = stage({
    id: 'draws',
    needs: ['data'],
    provides: [],
    run: (_, context) => ([...charts, images].forEach((one) => figure(one).show(context)), {}),
  });
  const { events, error } = await runSmall(pipeline('figures', fetch({ name: 'small', load: async () => smallData() }), draws));
  expect(error).toBeUndefined();
  // As a record keeps them.
  const evidence = evidenceOf(
    events.map((event) => ({ ...(JSON.parse(jsonLine(event)) as RunEvent), ...(event.type === 'picture' ? { picture: event.picture } : {}) })) as RunEvent[],
  );
  const { text } = figures(evidence) as { readonly text: string };
  expect(text).toContain('<h3>draws</h3>');
  expect(text.match(/<svg /g)).toHaveLength(charts.length);
  expect(text).toContain('A &lt;picture&gt;');
  expect(figures(evidenceOf([]))).toBe(false);
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  figure(images).show();
  expect(log.mock.calls).toEqual([[expect.stringMatching(/^A <picture>\n/)]]);
  const { isTTY, columns } = process.stdout;
  const { NO_COLOR, FORCE_COLOR, COLORTERM, TERM } = process.env;
  for (const name of ['NO_COLOR', 'FORCE_COLOR', 'TERM']) delete process.env[name];
  try {
    Object.assign(process.stdout, { isTTY: true, columns: 40 });
    Object.assign(process.env, { COLORTERM: 'truecolor' });
    figure(images).show();
    expect(log.mock.lastCall![0]).toMatch(/^A <picture>\n.\[38;2;[\d;]+48;2;[\d;]+m▀/);
    Object.assign(process.env, { COLORTERM: '' });
    figure(images).show();
    expect(log.mock.lastCall![0]).toMatch(/\[38;5;\d+;48;5;\d+m▀/);
    Object.assign(process.env, { NO_COLOR: '1' });
    figure(images).show();
    expect(log.mock.lastCall![0]).not.toContain('\u001b');
  } finally {
    Object.assign(process.stdout, { isTTY, columns });
    for (const [name, value] of Object.entries({ NO_COLOR, FORCE_COLOR, COLORTERM, TERM })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    log.mockRestore();
  }
  expect(() => figure({ ...charts[0], series: [{ name: 'fit', points: [[0, NaN]] }] } as FigureOptions)).toThrow("a number of 'Loss' is NaN");
});

test('a spread of numbers that are no folds says so, dashes what it is compared with, and has values in each group', async () => {
  const options = { kind: 'spread', title: 'Times', value: { name: 'seconds' }, guide: { name: 'limit', value: 2 } } as const;
  const svg = await figure({ ...options, groups: [{ name: 'a', values: [1, 3] }] }).svg();
  expect(svg).toContain('>one value<');
  expect(svg).not.toMatch(/one fold|NaN/);
  for (const values of [[], [null]]) {
    const empty = [
      { name: 'a', values: [1] },
      { name: 'none', values },
    ];
    expect(() => figure({ ...options, groups: empty })).toThrow(
      expect.objectContaining({ code: 'E_DATA', message: "figure: group 'none' of 'Times' has no values." }),
    );
  }
});
