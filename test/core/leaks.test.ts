// What tells a model more than new rows will: copies of rows, columns of the target, columns that number rows.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { csr } from '../../src/core/data/csr.ts';
import type { Dataset, Rows } from '../../src/core/data/dataset.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import { equalRows } from '../../src/core/leaks/equalRows.ts';
import { idColumns } from '../../src/core/leaks/idColumns.ts';
import { tellingColumns } from '../../src/core/leaks/tellingColumns.ts';
import { csv } from '../../src/formats/csv/csv.ts';
import { category, date, number } from '../../src/tables/columns.ts';
import { table } from '../../src/tables/table.ts';
import { valuedSet } from '../support/leastSquares.ts';
import { rawSet } from '../support/smallSets.ts';
import { fixture, penguins, trainOf } from '../tables/penguins.ts';

const random = new RandomState(1);
/** Numbers with many digits, labels of two classes. */
function measured(rows: number, cols = 3): Dataset<'train', Matrix> {
  const x = Float64Array.from({ length: rows * cols }, () => random.uint32() / 2 ** 32);
  return {
    name: 'measured',
    role: 'train',
    x: matrix(rows, cols, x),
    labels: Uint8Array.from({ length: rows }, (_, i) => i % 2),
    rows: Uint32Array.from({ length: rows }, (_, i) => i),
  };
}

function halves(data: Rows): [Rows, Rows] {
  const order = new RandomState(0).permutation(data.rows.length);
  const some = (from: number, to: number): Rows => ({ ...data, rows: order.slice(from, to).map((at) => data.rows[at]!) });
  const cut = Math.floor(order.length / 2);
  return [some(0, cut), some(cut, order.length)];
}

/** Rows, and some of them again under other ids. */
function withCopies(data: Dataset<'train', Matrix>, copied: readonly number[]): Dataset<'train', Matrix> {
  const { rows, cols, data: values } = data.x;
  const more = Float64Array.from([...values, ...copied.flatMap((row) => [...values.subarray(row * cols, (row + 1) * cols)])]);
  const all = rows + copied.length;
  return {
    ...data,
    x: matrix(all, cols, more),
    labels: Uint8Array.from([...data.labels, ...copied.map((row) => data.labels[row]!)]),
    rows: Uint32Array.from({ length: all }, (_, i) => i),
  };
}

function sparse({ rows, cols, data }: Matrix) {
  const kept = [...data.keys()].filter((at) => data[at] !== 0);
  const indptr = Uint32Array.from({ length: rows + 1 }, (_, row) => kept.filter((at) => at < row * cols).length);
  return csr(rows, cols, { indptr, indices: kept.map((at) => at % cols), data: Float64Array.from(kept, (at) => data[at]!) });
}

describe('equal rows in two parts', () => {
  const parts = (data: Dataset<'train', Matrix>, from: number): readonly [Dataset, Dataset] => [
    { ...data, rows: data.rows.slice(0, from) },
    { ...data, role: 'test' as never, rows: data.rows.slice(from) },
  ];

  test('are counted, whatever columns there are, dense as sparse', () => {
    const given = fc.record({ rows: fc.integer({ min: 20, max: 60 }), cols: fc.integer({ min: 2, max: 90 }), copies: fc.integer({ min: 2, max: 9 }) });
    fc.assert(
      fc.property(given, ({ rows, cols, copies }) => {
        const data = withCopies(
          measured(rows, cols),
          Array.from({ length: copies }, (_, i) => i),
        );
        const [one, other] = parts(data, rows);
        expect(equalRows(one, other)).toBe(copies);
        const x = sparse(data.x);
        expect(equalRows({ ...one, x }, { ...other, x })).toBe(copies);
      }),
      { numRuns: 30 },
    );
  });

  test('of another target, or with one feature that differs, are none', () => {
    const data = withCopies(measured(30), [0, 1, 2, 3]);
    const [one, other] = parts(data, 30);
    expect(equalRows(one, other)).toBe(4);
    const labels = data.labels.map((own, row) => (row >= 30 ? 1 - own : own));
    expect(equalRows({ ...one, labels } as Dataset, { ...other, labels } as Dataset)).toBe(0);
    for (let row = 30; row < 34; row++) data.x.data[row * 3 + 2]! += 1e-12;
    expect(equalRows(one, other)).toBe(0);
  });

  test('with the same id are told of elsewhere, one pair changes no score, and rows that stay in a file are not read', () => {
    const data = withCopies(measured(40), [0, 1]);
    const [one, other] = parts(data, 40);
    expect(equalRows(one, other)).toBe(2);
    expect(equalRows(one, { ...other, rows: Uint32Array.of(0, 1) })).toBe(0);
    expect(equalRows(one, { ...other, rows: Uint32Array.of(40, 20) })).toBe(0);
    const x = { rows: 42, cols: 3, dtype: 'f64' as const, readRows: () => Promise.reject(new Error('read')) };
    expect(equalRows({ ...one, x }, { ...other, x })).toBe(0);
  });

  test('that were repeated to balance the classes are found', () => {
    const rare = measured(200);
    const labels = Uint8Array.from(rare.labels, (_, row) => Number(row < 20));
    const copied = Array.from({ length: 160 }, (_, i) => i % 20);
    const [one, other] = halves(withCopies({ ...rare, labels }, copied));
    expect(equalRows(one, other)).toBeGreaterThan(50);
  });

  test('of a file that was read twice are found', () => {
    const [one, other] = halves(
      withCopies(
        measured(60, 2),
        Array.from({ length: 60 }, (_, i) => i),
      ),
    );
    expect(equalRows(one, other)).toBeGreaterThan(20);
  });

  test('of iris that was read twice are found, and its one pair of equal flowers is none', () => {
    const iris = rawSet('iris');
    const twice = withCopies(
      iris,
      Array.from({ length: 150 }, (_, i) => i),
    );
    expect(equalRows(...halves(twice))).toBeGreaterThan(50);
    for (const from of [0, 50, 100])
      expect(equalRows({ ...iris, rows: iris.rows.filter((i) => i % 2 === 0) }, { ...iris, rows: iris.rows.filter((i) => i % 2 === 1 && i >= from) })).toBe(0);
  });

  test('by chance, where rows hold little, are none', () => {
    const coins = {
      ...measured(200),
      x: matrix(
        200,
        3,
        Uint8Array.from({ length: 600 }, () => random.interval(1)),
      ),
    };
    expect(equalRows(...halves(coins))).toBe(0);
  });
});

describe('columns of the target', () => {
  const learned = { ...measured(30), labels: Uint8Array.from({ length: 30 }, (_, i) => i % 3) };
  const withColumn = (valueOf: (row: number) => number): Dataset<'train', Matrix> => {
    const x = matrix(
      30,
      2,
      Float64Array.from({ length: 60 }, (_, at) => (at % 2 === 0 ? valueOf(at >> 1) : learned.x.data[at]!)),
    );
    return { ...learned, x };
  };

  test.each<[string, (row: number) => number, object[]]>([
    ['equal', (row) => row % 3, [{ column: 0, how: 'equals the label' }]],
    ['in other numbers', (row) => [7.5, -1, 3][row % 3]!, [{ column: 0, how: 'has a value of its own for each label' }]],
    ['but for one row', (row) => (row === 17 ? 9 : row % 3), []],
    ['of two classes alike', (row) => [7, 7, 3][row % 3]!, []],
    ['with a gap', (row) => (row === 4 ? NaN : row % 3), []],
    ['constant', () => 1, []],
  ])('%s', (_, valueOf, found) => {
    expect(tellingColumns(withColumn(valueOf))).toEqual(found);
    // In any order of rows.
    expect(tellingColumns({ ...withColumn(valueOf), rows: learned.rows.toReversed() })).toEqual(found);
  });

  test('in few rows a column tells a label by chance', () => {
    expect(tellingColumns({ ...withColumn((row) => 2 * (row % 3)), rows: Uint32Array.of(0, 1, 2, 3, 4, 5) })).toEqual([]);
  });

  const values = matrix(
    30,
    1,
    Float64Array.from({ length: 30 }, (_, i) => Math.sin(i) * 40),
  );
  test.each<[string, (value: number, row: number) => number, number]>([
    ['the value', (value) => value, 1],
    ['in another unit', (value) => 1.8 * value + 32, 1],
    ['negated', (value) => -value, 1],
    ['nearly', (value, row) => value + 1e-6 * row, 0],
    ['its square', (value) => value * value, 0],
    ['a time that hardly varies', (_value, row) => 1.7e9 + 1e-6 * row, 0],
  ])('of values: %s', (_, valueOf, count) => {
    const { labels: _labels, ...bare } = learned;
    for (const dtype of [Float64Array, Float32Array]) {
      const column = Array.from({ length: 30 }, (_one, row) => valueOf(values.data[row]!, row));
      const x = matrix(30, 1, new dtype(column) as Float64Array);
      if (dtype === Float32Array && count === 0) continue;
      expect(tellingColumns({ ...bare, x, values })).toHaveLength(count);
    }
  });

  test('of several labels', () => {
    const { labels: _, ...bare } = learned;
    const indicators = matrix(
      30,
      2,
      Uint8Array.from({ length: 60 }, (_one, at) => Number(at % 3 === 0)),
    );
    const x = matrix(
      30,
      1,
      Float64Array.from({ length: 30 }, (_one, row) => 1 - indicators.data[row * 2 + 1]!),
    );
    expect(tellingColumns({ ...bare, x, indicators })).toEqual([{ column: 0, how: 'is label 1 that is to be learned, or that in another unit' }]);
  });
});

describe('columns that number rows', () => {
  const withColumn = (count: number, valueOf: (row: number) => number, more: Partial<Matrix> = {}): Rows => ({
    ...measured(count),
    x: {
      ...matrix(
        count,
        1,
        Float64Array.from({ length: count }, (_, row) => valueOf(row)),
      ),
      ...more,
    },
  });
  const order = new RandomState(5).permutation(100);

  test.each<[string, Rows, string | undefined]>([
    ['from 0', withColumn(100, (row) => row), 'numbers the rows'],
    ['from the last', withColumn(100, (row) => 500 - row), 'numbers the rows'],
    ['shuffled', withColumn(100, (row) => 1000 + order[row]!), 'numbers the rows'],
    ['with gaps, ascending', withColumn(100, (row) => 17 * row + (row % 5)), 'numbers the rows'],
    ['of other names each', withColumn(100, (row) => order[row]!, { categories: [Array.from(order, String)] }), 'has another name in each row'],
    ['one twice', withColumn(100, (row) => (row === 99 ? 0 : row)), undefined],
    ['in far fewer rows than numbers', withColumn(100, (row) => 300 * order[row]!), undefined],
    ['days in seconds', withColumn(100, (row) => 1.3e9 + 86_400 * row), undefined],
    ['not whole', withColumn(100, (row) => row + 0.5), undefined],
    ['few rows', withColumn(19, (row) => row), undefined],
    ['a name twice', withColumn(100, (row) => row % 99, { categories: [Array.from({ length: 99 }, String)] }), undefined],
  ])('%s', (_, data, how) => {
    expect(idColumns(data)).toEqual(how === undefined ? [] : [{ column: 0, how }]);
  });
});

describe('no false alarm', () => {
  const sets: (readonly [string, Rows])[] = [];
  beforeAll(async () => {
    const cars = table(csv(fixture('cars.csv')), {
      mpg: number(),
      cylinders: number(),
      displacement: number(),
      horsepower: number(),
      weight: number(),
      acceleration: number(),
      origin: category(),
    });
    const weather = table(csv(fixture('weather.csv')), {
      date: date(),
      precipitation: number(),
      temp_max: number(),
      temp_min: number(),
      wind: number(),
      weather: category(),
    });
    sets.push(['iris', rawSet('iris')], ['digits', rawSet('digits')], ['diabetes', valuedSet('diabetes')]);
    sets.push(['penguins', await trainOf(penguins.target('species'))], ['few columns', await trainOf(penguins.target('species').features('island', 'sex'))]);
    sets.push(['cars', await trainOf(cars.target('mpg', { missing: 'drop' }))], ['origins', await trainOf(cars.target('origin'))]);
    sets.push(['weather', await trainOf(weather.target('weather'))]);
  });

  test('on ordinary tables', () => {
    for (const [name, data] of sets) {
      expect([name, equalRows(...halves(data))]).toEqual([name, 0]);
      expect([name, tellingColumns(data), idColumns(data)]).toEqual([name, [], []]);
    }
  });
});
