// What a record keeps of fetched rows, and of rows that a model got wrong: few, by the names that people know them by.
import { expect, test } from 'vitest';
import type { Dataset, Rows } from '../../src/core/data/dataset.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import type { DataPreview, RunEvent } from '../../src/core/events.ts';
import type { Evaluation } from '../../src/dsl/estimator.ts';
import { evaluationOf } from '../../src/metrics/evaluation.ts';
import { sendMistakes, sendResiduals } from '../../src/stages/shared/mistakes.ts';
import { sendPreview } from '../../src/stages/shared/preview.ts';
import { stageContext } from '../support/smallSets.ts';

const TABLE: Dataset<'all'> = {
  name: 'penguins',
  role: 'all',
  x: { ...matrix(4, 2, Float32Array.of(0.1, 0, NaN, 1, 3, 1, 5, NaN)), categories: [null, ['female', 'male']] },
  columns: ['mass', 'sex'],
  labels: Uint8Array.of(0, 2, 2, 2),
  classNames: ['Adelie', 'Chinstrap', 'Gentoo'],
  rows: Uint32Array.of(3, 0, 1, 2),
};

async function previewOf(data: Rows): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  await sendPreview(data, stageContext(undefined as never, events));
  return events;
}
const dataOf = (events: readonly RunEvent[]): DataPreview => events.find((event) => event.type === 'data')!.data;

test('of a table: its first rows by names, gaps, and how values, names and classes are spread', async () => {
  const preview = dataOf(await previewOf(TABLE));
  expect(preview).toMatchObject({ name: 'penguins', rows: 4, cols: 2, counted: 4 });
  // In float32, 0.1 has more digits, which are noise.
  expect(preview.first).toEqual([
    [5, null, 'Gentoo'],
    [0.1, 'female', 'Adelie'],
    [null, 'male', 'Gentoo'],
    [3, 'male', 'Gentoo'],
  ]);
  const [mass, sex] = preview.columns;
  expect(mass).toMatchObject({ name: 'mass', type: 'f32', gaps: 1, spread: { max: 5, mean: expect.closeTo(2.7, 5) } });
  expect(mass!.spread!.counts.reduce((a, b) => a + b)).toBe(3);
  expect([mass!.spread!.counts[0], mass!.spread!.counts.at(-1)]).toEqual([1, 1]);
  expect(sex).toEqual({
    name: 'sex',
    type: 'names',
    gaps: 1,
    names: 2,
    counts: [
      ['female', 1],
      ['male', 2],
    ],
  });
  expect(preview.target).toEqual([
    {
      name: 'class',
      type: 'classes',
      gaps: 0,
      names: 2,
      counts: [
        ['Adelie', 1],
        ['Gentoo', 3],
      ],
    },
  ]);
});

test('of many rows, some, evenly; of many columns and names the first', async () => {
  const rows = 200_000;
  const x = matrix(rows, 30, new Uint8Array(rows * 30));
  const data = {
    name: 'large',
    role: 'all',
    x,
    labels: Uint16Array.from({ length: rows }, (_, i) => i % 50),
    rows: Uint32Array.from({ length: rows }, (_, i) => i),
  };
  const events = await previewOf(data as Rows);
  const { counted, columns, target, first } = dataOf(events);
  expect(counted).toBe(66_667);
  expect([columns.length, first.length, first[0]!.length]).toEqual([20, 8, 21]);
  expect(target[0]).toMatchObject({ names: 50, counts: { length: 30 } });
  expect(JSON.stringify(events).length).toBeLessThan(10_000);
});

test('of pictures, the first of them, and all pixels together; of values their spread; of labels how many have each', async () => {
  const x = matrix(2, 4, Uint8Array.of(0, 0, 255, 255, 0, 0, 0, 255));
  const rows = Uint32Array.of(0, 1);
  const pictures = await previewOf({ name: 'p', role: 'all', x, rows, labels: Uint8Array.of(3, 5), picture: { width: 2, height: 2 } } as Rows);
  expect(dataOf(pictures)).toMatchObject({ columns: [{ name: '2 x 2 pixels', spread: { min: 0, max: 255, mean: 95.625 } }], first: [[3], [5]] });
  expect(pictures.filter(({ type }) => type === 'picture')).toMatchObject([
    { of: 'data', picture: { caption: 'row 0: 3', pixels: Uint8Array.of(0, 0, 255, 255) } },
    { of: 'data', picture: { caption: 'row 1: 5' } },
  ]);
  const values = await previewOf({ name: 'v', role: 'all', x, rows, values: matrix(2, 1, Float64Array.of(1.5, 2.5)) } as Rows);
  expect(dataOf(values).target).toMatchObject([{ name: 'value', type: 'f64', spread: { min: 1.5, mean: 2, max: 2.5 } }]);
  const labels = await previewOf({ name: 'l', role: 'all', x, rows, indicators: matrix(2, 1, Uint8Array.of(0, 1)), labelNames: ['odd'] } as Rows);
  expect(dataOf(labels)).toMatchObject({
    target: [
      {
        name: 'odd',
        type: 'label',
        counts: [
          ['no', 1],
          ['yes', 1],
        ],
      },
    ],
    first: [{ 4: 'no' }, { 4: 'yes' }],
  });
  expect(await previewOf({ name: 'none', role: 'all', x: matrix(0, 4, new Uint8Array()), rows: new Uint32Array() })).toEqual([]);
});

async function mistakesOf(evaluation: Evaluation, data: Dataset): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  await sendMistakes(evaluation, data, stageContext(undefined as never, events));
  return events;
}

test('mistakes of a table have the true class, how sure the model was, and the values, the surest first', async () => {
  const labels = Uint8Array.of(2, 0, 2, 2); // in the order of the rows
  const decisions = Float64Array.of(0, 0.5, 0.5, 0, 0.6, 0.4, 0, 0.9, 0.1, 0, 0, 1);
  const evaluation = evaluationOf([0, 1, 2], labels, { decisions, probabilities: decisions }, 'decisions', TABLE.classNames);
  expect(await mistakesOf(evaluation, TABLE)).toEqual([
    {
      type: 'mistakes',
      stage: 'test',
      wrong: 3,
      rows: 4,
      cols: 2,
      columns: ['mass', 'sex'],
      worst: [
        { row: 1, truth: 'Gentoo', predicted: 'Chinstrap', probability: 0.9, values: [null, 'male'] },
        { row: 0, truth: 'Adelie', predicted: 'Chinstrap', probability: 0.6, values: [0.1, 'female'] },
        { row: 3, truth: 'Gentoo', predicted: 'Chinstrap', probability: 0.5, values: [5, null] },
      ],
    },
  ]);
  expect(await mistakesOf(evaluationOf([0, 1, 2], labels, { decisions, predicted: Uint8Array.of(2, 0, 2, 2) }), TABLE)).toEqual([]);
});

test('mistakes go by the probability that is shown, not by how far the true class is behind', async () => {
  const labels = Uint8Array.of(0, 0);
  const probabilities = Float64Array.of(0.4, 0.6, 0, 0.25, 0.7, 0.05);
  const decisions = Float64Array.of(0, 9, 0, 1, 2, 0);
  const three = { ...TABLE, labels, rows: Uint32Array.of(0, 1) };
  const [event] = await mistakesOf(evaluationOf([0, 1, 2], labels, { decisions, probabilities }), three);
  expect(event).toMatchObject({
    worst: [
      { row: 1, probability: 0.7 },
      { row: 0, probability: 0.6 },
    ],
  });
});

test('of two classes, false positives and false negatives apart, a dozen of each at most', async () => {
  const rows = 40;
  const labels = Uint8Array.from({ length: rows }, (_, i) => (i < 30 ? 0 : 1));
  // 20 false positives, surer and surer, and one false negative.
  const decisions = Float64Array.from({ length: rows }, (_, i) => (i < 20 ? 1 + i : i < 30 ? -1 : i === 35 ? -0.5 : 1));
  const data: Dataset = { name: 'd', role: 'test', x: matrix(rows, 1, new Uint8Array(rows)), labels, rows: Uint32Array.from(labels.keys()) };
  const [event] = await mistakesOf(evaluationOf([0, 1], labels, { decisions }), data);
  const worst = event?.type === 'mistakes' ? event.worst : [];
  expect(worst.map(({ row }) => row)).toEqual([19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 35]);
  expect(worst.map(({ mistake }) => mistake)).toEqual([...new Array<string>(12).fill('false positive'), 'false negative']);
  const pictures = await mistakesOf(evaluationOf([0, 1], labels, { decisions }), { ...data, picture: { width: 1, height: 1 } });
  expect(pictures).toHaveLength(13);
  expect(pictures[12]).toMatchObject({ type: 'picture', of: 'mistake', mistake: 'false negative', picture: { caption: 'row 35: 1, predicted 0' } });
});

test('of values, the rows that were missed by most', async () => {
  const events: RunEvent[] = [];
  const evaluation = { of: 'values', outputs: 1, truth: Float64Array.of(1, 2, 3, 4), predicted: Float64Array.of(1, 0, 3.5, 4) } as const;
  await sendResiduals(evaluation, TABLE, stageContext(undefined as never, events));
  expect(events).toMatchObject([{ type: 'mistakes', rows: 4, worst: [{ row: 0, truth: 2, predicted: 0 }, { row: 1 }, { row: 3 }, { row: 2 }] }]);
  expect(events[0]).not.toHaveProperty('wrong');
});

test('long texts are cut, and no number is lost, however large', async () => {
  const text = 'a'.repeat(20_000);
  const x = { ...matrix(4, 2, Float64Array.of(0, 0, -1e308, 1, 1e308, 1, Infinity, 0)), categories: [null, [text, 'b']] };
  const events = await previewOf({ name: 'odd', role: 'all', x, rows: Uint32Array.of(0, 1, 2, 3) } as Rows);
  expect(JSON.stringify(events).length).toBeLessThan(3000);
  const [numbers] = dataOf(events).columns;
  expect(numbers).toMatchObject({ gaps: 0, infinite: 1, spread: { min: -1e308, max: 1e308 } });
  expect(numbers!.spread!.counts.reduce((a, b) => a + b)).toBe(3);
  expect([numbers!.spread!.counts[0], numbers!.spread!.counts.at(-1)]).toEqual([1, 1]);
});
