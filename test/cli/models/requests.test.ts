// Rows of a request, cell by cell, and what of them is refused.
import { expect, test } from 'vitest';
import type { RowShape } from '../../../src/cli/models/asked.ts';
import { requestReader } from '../../../src/cli/models/serving/requests.ts';

const dated: RowShape = { columns: ['day_month', 'when', 'flag'], cols: 3, categories: undefined, gaps: false, dates: new Set(['when']) };
const read = (shape: RowShape, request: object): readonly number[] => [...requestReader(shape, 1000)(JSON.stringify(request)).data];

test('a date is a text, whole or as its part; a part under its own name and seconds are numbers', () => {
  const when = Date.UTC(2012, 0, 31) / 1000;
  expect(read(dated, { rows: [{ day: '2012-05-31', when: '2012-01-31', flag: true }] })).toEqual([5, when, 1]);
  expect(read(dated, { rows: [{ day: 'ignored', day_month: 5, when, flag: 0 }] })).toEqual([5, when, 0]);
  expect(read(dated, { columns: ['when', 'day', 'flag'], data: [[when, '2012-05-31', 1]] })).toEqual([5, when, 1]);
  expect(read(dated, { rows: [[5, when, false]] })).toEqual([5, when, 0]);
  const date = 'needed: a date such as 2012-01-31.';
  for (const [request, wrong] of [
    [{ rows: [{ day: 20120131, when, flag: 0 }] }, `rows[0].day is 20120131; ${date}`],
    [{ rows: [{ day: true, when, flag: 0 }] }, `rows[0].day is true; ${date}`],
    [{ rows: [{ day_month: 5, when: true, flag: 0 }] }, `rows[0].when is true; ${date}`],
    [{ columns: ['day', 'when', 'flag'], data: [[5, when, 0]] }, `data[0][0] (day_month) is 5; ${date}`],
    [{ rows: [{ day_month: '2012-05-31', when, flag: 0 }] }, 'rows[0].day_month is "2012-05-31"; needed: a number.'],
    [{ rows: [{ [`f${'x'.repeat(100_000)}`]: 1 }] }, "rows[0] has no 'day_month', a column of the model."],
  ] as const)
    expect(() => read(dated, request)).toThrow(wrong);
});

test('a model that does not say how many columns it takes gets as many as the first row has, and no memory beyond what was sent', () => {
  const open: RowShape = { columns: undefined, cols: undefined, categories: undefined, gaps: false, dates: new Set() };
  expect(
    read(open, {
      rows: [
        [1, 2],
        [3, 4],
      ],
    }),
  ).toEqual([1, 2, 3, 4]);
  for (const [rows, wrong] of [
    [[{ length: 20_000_000 }], 'rows[0] is an object; needed: a list of numbers.'],
    [[{ length: -1 }], 'rows[0] is an object; needed: a list of numbers.'],
    [[null], 'rows[0] is null; needed: a list of numbers.'],
    [[[]], 'rows[0] is empty; needed: a list of numbers.'],
    [[Array.from({ length: 1000 }, () => 1), ...Array.from({ length: 999 }, () => [])], 'rows[1] is empty; needed: a list of numbers.'],
    [[[1, 2], [1]], 'rows[1] has 1 values; needed: 2, as in the first row.'],
  ] as const)
    expect(() => read(open, { rows })).toThrow(wrong);
});
