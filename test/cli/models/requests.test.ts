// Rows of a request, cell by cell, and what of them is refused.
import { expect, test } from 'vitest';
import type { RowShape } from '../../../src/cli/models/asked.ts';
import type { Matrix } from '../../../src/core/data/matrix.ts';
import { RowBlocks } from '../../../src/cli/models/rows.ts';
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

test('cells of files and of requests are the same numbers, and refused alike', () => {
  const shape: RowShape = {
    columns: ['size', 'port', 'when', 'day_month'],
    cols: 4,
    categories: [null, ['A', 'true', '7'], null, null],
    gaps: false,
    dates: new Set(['when']),
  };
  type Cell = string | number | null;
  const fromFile = (given: RowShape, cells: readonly Cell[]): readonly number[] | string => {
    let found: readonly number[] = [];
    const blocks = new RowBlocks('rows.csv', ['size', 'port', 'when', 'day'], given, {
      most: 1,
      ready: ({ rows }) => (found = [...(rows.x as Matrix<'f64'>).data]),
    });
    for (const [at, cell] of cells.entries()) {
      const sink = blocks.cells[at]!;
      const wrong = cell === null ? sink.missing() : typeof cell === 'number' ? sink.number(cell) : sink.text(cell);
      if (wrong) return `cell ${at}`;
    }
    blocks.endRow();
    return found;
  };
  const fromRequest = (given: RowShape, cells: readonly Cell[]): readonly number[] | string => {
    try {
      return read(given, { columns: ['size', 'port', 'when', 'day'], data: [cells] });
    } catch (error) {
      return `cell ${/data\[0\]\[(\d)\]/.exec((error as Error).message)?.[1]}`;
    }
  };
  const good: readonly Cell[] = [1.5, 'A', '2012-01-31', '2012-05-31'];
  const odd: readonly Cell[] = ['', 'true', 'TRUE', 'B', '7', 7, 0, null, '2012-01-31', 'x', ' false ', 'NA', '-'];
  const outcomes = new Set<string>();
  const knowing = { ...shape, categories: [null, ['', 'A', 'NA', 'true', '7'], null, null], missing: new Set(['NA', '-']), gaps: true };
  for (const given of [shape, { ...shape, gaps: true }, { ...shape, missing: new Set(['', 'NA', '-']) }, knowing]) {
    for (const at of good.keys()) {
      for (const cell of odd) {
        const cells = good.with(at, cell);
        const file = fromFile(given, cells);
        expect(fromRequest(given, cells), `${JSON.stringify(cell)} in column ${at}`).toEqual(file);
        outcomes.add(typeof file === 'string' ? file : String(file[at]));
      }
    }
  }
  expect(outcomes.size).toBeGreaterThan(8);
  for (const [column, cell, means] of [
    [0, 'NA', NaN],
    [0, '', NaN],
    [1, '', 0],
    [1, 'NA', NaN],
    [1, '-', NaN],
    [2, '-', NaN],
    [3, 'NA', NaN],
  ] as const)
    expect((fromRequest(knowing, good.with(column, cell)) as readonly number[])[column], `${cell} in column ${column}`).toBe(means);
  expect(fromRequest(shape, good)).toEqual([1.5, 0, Date.UTC(2012, 0, 31) / 1000, 5]);
});

test('a name that JSON may have rounded to another is refused', () => {
  const shape: RowShape = { columns: ['id'], cols: 1, categories: [['9007199254740992', '7']], gaps: false, dates: new Set() };
  expect(read(shape, { rows: [{ id: 7 }] })).toEqual([1]);
  expect(read(shape, { rows: [{ id: '9007199254740992' }] })).toEqual([0]);
  expect(() => requestReader(shape, 1)('{ "rows": [{ "id": 9007199254740993 }] }')).toThrow(
    'rows[0].id is a whole number beyond 2^53, which may have been rounded; needed: the name between quotes.',
  );
  const numbers: RowShape = { columns: ['size'], cols: 1, categories: undefined, gaps: false, dates: new Set() };
  expect(read(numbers, { rows: [[2 ** 53 - 1]] })).toEqual([2 ** 53 - 1]);
  for (const row of ['{ "size": 12345678901234567890 }', '[-9007199254740993]'])
    expect(() => requestReader(numbers, 1)(`{ "rows": [${row}] }`)).toThrow('is a whole number beyond 2^53, which may have been rounded; needed: a measure');
});

test('a column of names that a part of its dates stands before has names of its own', () => {
  const shape: RowShape = { columns: ['when_month', 'when'], cols: 2, categories: [null, ['2012-01-31']], gaps: false, dates: new Set() };
  let found: readonly number[] = [];
  const blocks = new RowBlocks('rows.csv', ['when'], shape, { most: 1, ready: ({ rows }) => (found = [...(rows.x as Matrix<'f64'>).data]) });
  expect(blocks.cells[0]!.text('2012-01-31')).toBeUndefined();
  blocks.endRow();
  expect(found).toEqual([1, 0]);
});
