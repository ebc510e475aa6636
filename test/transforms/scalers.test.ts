// minMax and robust by their figures, after another scaling, and inside folds.
import { describe, expect, test } from 'vitest';
import type { Dataset, Scaling } from '../../src/core/data/dataset.ts';
import { matrix } from '../../src/core/data/matrix.ts';
import { scale, standardize } from '../../src/stages/scale.ts';
import { maxAbs } from '../../src/transforms/scalers/maxAbs.ts';
import { minMax } from '../../src/transforms/scalers/minMax.ts';
import { robust } from '../../src/transforms/scalers/robust.ts';
import type { Transform } from '../../src/dsl/transform.ts';

const VALUES = [4, 8, 15, 16, 23, 42, 3, 3];
const rows = {
  name: 'numbers',
  role: 'train',
  x: matrix(8, 2, Float64Array.from(VALUES.flatMap((value) => [value, 7]))),
  rows: Uint32Array.from({ length: 8 }, (_, row) => row),
} as unknown as Dataset<'train'>;
const folds = { count: 2, fold: Uint8Array.of(0, 1, 0, 1, 0, 1, 0, 1) };

const scaled = async ({ transform }: Transform, before?: Scaling, heldOut?: number): Promise<number[][]> => {
  const { shift, factor } = (await transform.learn(rows, heldOut === undefined ? undefined : folds))(before, heldOut);
  return [0, 1].map((j) => VALUES.map((value) => ((j === 0 ? value : 7) - shift[j]!) * factor[j]!));
};
const close = (found: readonly number[], expected: readonly number[]): void => found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 12));

/** numpy.percentile of the values, by hand. */
const [LOW, MIDDLE, HIGH] = [3.75, 11.5, 17.75];

describe('minMax', () => {
  test('the least becomes 0, the most 1; a constant column the least', async () => {
    const [a, b] = await scaled(minMax());
    close(
      a!,
      VALUES.map((value) => (value - 3) / 39),
    );
    expect(b).toEqual(VALUES.map(() => 0));
    const [c, d] = await scaled(minMax({ featureRange: [-1, 1] }));
    close(
      c!,
      VALUES.map((value) => ((value - 3) / 39) * 2 - 1),
    );
    close(
      d!,
      VALUES.map(() => -1),
    );
  });

  test('after a scaling that turns values round', async () => {
    const [a] = await scaled(minMax({ featureRange: [2, 3] }), { shift: Float64Array.of(10, 0), factor: Float64Array.of(-0.5, 1) });
    close(
      a!,
      VALUES.map((value) => (42 - value) / 39 + 2),
    );
  });

  test('a fold says nothing of itself', async () => {
    const [a] = await scaled(minMax(), undefined, 1);
    close(
      a!,
      VALUES.map((value) => (value - 3) / 20),
    );
  });

  test('a range that is none', () => {
    expect(() => minMax({ featureRange: [1, 1] })).toThrow(/featureRange: needs \[least, most\]/);
  });
});

describe('robust', () => {
  test('around the median, in quartile ranges; a constant column keeps its unit', async () => {
    const [a, b] = await scaled(robust());
    close(
      a!,
      VALUES.map((value) => (value - MIDDLE) / (HIGH - LOW)),
    );
    expect(b).toEqual(VALUES.map(() => 0));
  });

  test('without center, without scale, of other quantiles', async () => {
    close(
      (await scaled(robust({ withCentering: false })))[0]!,
      VALUES.map((value) => value / (HIGH - LOW)),
    );
    close(
      (await scaled(robust({ withScaling: false })))[0]!,
      VALUES.map((value) => value - MIDDLE),
    );
    close(
      (await scaled(robust({ quantileRange: [0, 100] })))[0]!,
      VALUES.map((value) => (value - MIDDLE) / 39),
    );
  });

  test('after another scaling', async () => {
    const before = { shift: Float64Array.of(10, 0), factor: Float64Array.of(-2, 1) };
    close(
      (await scaled(robust(), before))[0]!,
      VALUES.map((value) => -(value - MIDDLE) / (HIGH - LOW)),
    );
    close(
      (await scaled(robust({ withCentering: false }), before))[0]!,
      VALUES.map((value) => -(value - 10) / (HIGH - LOW)),
    );
    close(
      (await scaled(robust({ withScaling: false }), before))[0]!,
      VALUES.map((value) => -2 * (value - MIDDLE)),
    );
  });

  test('a fold says nothing of itself', async () => {
    // 3, 4, 15 and 23 are left.
    close(
      (await scaled(robust(), undefined, 1))[0]!,
      VALUES.map((value) => (value - 9.5) / (17 - 3.75)),
    );
  });
});

test.each([maxAbs(), minMax(), robust(), standardize(), scale({ factor: 2 })].map(({ transform }) => [transform.name, transform] as const))(
  '%s takes no codes of names for numbers',
  async (name, { learn }) => {
    const named = { ...rows, columns: ['age', 'sex'], x: { ...rows.x, categories: [null, [...'abcdefgh']] } } as Dataset<'train'>;
    await expect(learn(named, undefined)).rejects.toMatchObject({
      code: 'E_DATA',
      message: `${name} takes numbers; column 1 (sex) of numbers holds names.`,
      hint: expect.stringContaining('oneHot()'),
    });
  },
);
