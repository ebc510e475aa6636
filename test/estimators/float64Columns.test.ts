// Which columns models say they need in float64: those that float32 blurs, and none of an ordinary table.
import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/core/data/dataset.ts';
import { matrix, type Matrix } from '../../src/core/data/matrix.ts';
import { RandomState } from '../../src/core/data/random.ts';
import type { FileStore } from '../../src/core/files.ts';
import { knownFloat64 } from '../../src/estimators/rows/float64Columns.ts';
import { breastCancer, diabetes, penguins, wine } from '../../src/tables/carried/tables.ts';
import { rawSet, smallSet } from '../support/smallSets.ts';

const draw = new RandomState(1);
const ROWS = 200;

function needed(...makers: readonly ((row: number) => number)[]) {
  const x = matrix(
    ROWS,
    makers.length,
    Float64Array.from({ length: ROWS * makers.length }, (_, at) => makers[at % makers.length]!(Math.floor(at / makers.length))),
  );
  return knownFloat64({ x, rows: Uint32Array.from({ length: ROWS }, (_, i) => i) });
}

const CARRIED = await Promise.all(
  Object.entries({ penguins, wine, diabetes, breastCancer }).map(
    async ([name, table]) => [name, (await table().load({} as FileStore, {})) as Dataset<'all', Matrix>] as const,
  ),
);

describe('ordinary tables need none', () => {
  test.each([['iris', rawSet('iris')], ['iris standardised', smallSet('iris')], ['digits', rawSet('digits')], ...CARRIED] as const)(
    '%s',
    async (_, { x, rows }) => {
      expect(await knownFloat64({ x, rows })).toEqual({});
    },
  );

  test('pixels as shares, as MNIST has, and bytes', async () => {
    expect(
      await needed(
        () => draw.interval(255) / 255,
        () => draw.interval(255),
      ),
    ).toEqual({});
  });

  test.each([
    ['whole numbers that float32 holds', (row: number) => 2 ** 24 - ROWS + row],
    ['pressures in pascals', () => 101_325 + 600 * draw.double()],
    ['temperatures in kelvins', () => 290 + 2 * draw.double()],
    ['prices', () => 1e8 * draw.double()],
    ['a constant that float32 rounds', () => 1.7e9 + 1],
    ['gaps', () => NaN],
    ['times of years', () => 1.4e9 + Math.floor(3e8 * draw.double())],
  ])('%s', async (_, make) => {
    expect(await needed(make, () => draw.double())).toEqual({});
  });

  test('two thermometers side by side', async () => {
    let degrees = 0;
    expect(
      await needed(
        () => (degrees = 20 + 5 * draw.double()),
        () => degrees + draw.double() / 10,
      ),
    ).toEqual({});
  });
});

describe('columns that float32 blurs', () => {
  test.each([
    ['times of minutes', () => 1.7e9 + Math.floor(1000 * draw.double())],
    ['two times, a second apart', (row: number) => 1.7e9 + (row % 2)],
    ['two heaps', (row: number) => (row % 2) * 1.7e9 + Math.floor(1000 * draw.double())],
    ['numbers that float32 lacks', () => 1e300 * draw.double()],
  ])('%s', async (_, make) => {
    expect(await needed(() => draw.double(), make)).toEqual({ float64Columns: [1] });
  });

  test('starts and ends, whatever lies between them', async () => {
    let start = 0;
    const ofYears = () => (start = 1.4e9 + Math.floor(3e8 * draw.double()));
    expect(
      await needed(
        ofYears,
        () => draw.double(),
        () => start + Math.floor(7200 * draw.double()),
      ),
    ).toEqual({ float64Columns: [0, 2] });
  });
});
