// Cells of typed columns at the limits of float64.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { clockCells, dayCells, decimalCells, halves, numberCells, timestampCells, wholeCells, type Cells } from '../../src/formats/columnar/cells.ts';
import { Damaged } from '../../src/formats/bytes/damaged.ts';
import type { Misfit } from '../../src/formats/format.ts';
import type { Cell } from './cells.ts';

/** Each cell, or why it does not fit. @param moments whether moments are wanted as such */
function read(cells: Cells, numeric: boolean, moments = false): readonly (Cell | Misfit)[] {
  return Array.from({ length: cells.length }, (_, at) => {
    let got: Cell = null;
    const put = (cell: Cell): undefined => void (got = cell);
    const misfit = cells.put(at, { numeric, number: put, text: put, missing: () => put(null), ...(moments ? { moment: put } : {}) });
    return misfit ?? got;
  });
}

const words = (...wholes: readonly bigint[]): Int32Array => new Int32Array(BigInt64Array.from(wholes).buffer);

test('whole numbers of 64 bits are exact, or texts', () => {
  const limit = 2n ** 53n;
  const wholes = [0n, -1n, limit, -limit, limit + 1n, -limit - 1n, limit + 2n, 2n ** 63n - 1n, -(2n ** 63n)];
  expect(read(wholeCells(words(...wholes), true, undefined), true)).toEqual(
    wholes.map((whole) => (BigInt(Number(whole)) === whole ? Number(whole) : String(whole))),
  );
  expect(read(wholeCells(words(-1n), false, undefined), true)).toEqual([String(2n ** 64n - 1n)]);
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (whole) => {
      expect(String(read(wholeCells(words(whole), true, undefined), false)[0])).toBe(String(whole));
    }),
  );
});

test('decimals are rounded once, as their texts are, and whole ones beyond 2^53 are texts', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }), fc.integer({ min: 0, max: 30 }), (unscaled, scale) => {
      const cells = decimalCells(1, undefined, scale, () => unscaled);
      const [text] = read(cells, false) as [string];
      const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
      const written = `${unscaled < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${scale > 0 ? `.${digits.slice(digits.length - scale)}` : ''}`;
      expect(Number(text)).toBe(Number(written));
      const whole = !text.includes('.');
      expect(read(cells, true)).toEqual([whole && BigInt(Number(text)) !== BigInt(text) ? text : Number(written)]);
    }),
  );
  expect(
    read(
      decimalCells(1, undefined, -3, () => 12n),
      true,
    ),
  ).toEqual([12_000]);
  expect(() => decimalCells(1, undefined, 2 ** 27, () => 1n)).toThrow(Damaged);
});

test('what is no number is a gap, what is not finite a text', () => {
  expect(read(numberCells(Float32Array.of(0.5, NaN, Infinity, -Infinity, 1), Uint8Array.of(1, 1, 1, 1, 0)), true)).toEqual([
    0.5,
    null,
    'Infinity',
    '-Infinity',
    null,
  ]);
});

test('half-precision floats are exact', () => {
  expect([...halves(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x8000, 0x7bff, 0x7c00, 0x7e00))]).toEqual([1, -2, 2 ** -24, -0, 65504, Infinity, NaN]);
});

test('moments to the last digit, before 1970 too, and none beyond all dates', () => {
  expect(read(timestampCells(words(-1n, 1n, 1_500_000_000_123_456_789n), 1e9, undefined), false)).toEqual([
    '1969-12-31T23:59:59.999999999',
    '1970-01-01T00:00:00.000000001',
    '2017-07-14T02:40:00.123456789',
  ]);
  for (const time of [1_577_836_800_123, -1_234_567_890_123]) expect(read(timestampCells(words(BigInt(time)), 1e3, undefined), false, true)).toEqual([time]);
  expect(read(timestampCells(words(90n), 1, undefined), false, true)).toEqual([90_000]);
  expect(read(timestampCells(words(2n ** 62n), 1, undefined), false, true)).toMatchObject([{ wrong: 'is a moment beyond all dates' }]);
  expect(read(dayCells(Int32Array.of(-1, 19_000, 2 ** 31 - 1), undefined), false)).toMatchObject([
    '1969-12-31',
    '2022-01-08',
    { wrong: 'is a moment beyond all dates' },
  ]);
});

test('times of a day, and what is none', () => {
  const times = [0n, 86_399_999n, 86_400_000n, -1n];
  const none = { wrong: 'is no time of day' };
  expect(
    read(
      clockCells(4, undefined, 1000, (at) => times[at]!),
      false,
    ),
  ).toMatchObject(['00:00:00', '23:59:59.999', none, none]);
});
