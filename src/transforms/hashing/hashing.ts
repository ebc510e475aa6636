// Names as features whose number is fixed, however many names there are.
import { categoriesOf } from '../../core/data/categories.ts';
import { denseOf, type CsrMatrix } from '../../core/data/csr.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { z, type ShapeOf } from '../../dsl/params.ts';
import { defineEstimator } from '../../estimators/define/define.ts';
import { featureBlocks } from '../../estimators/rows/featureBlocks.ts';
import { inputColumns } from '../levels/columnValues.ts';
import { codeWithoutName } from '../levels/unknownLevel.ts';
import { checkFinite } from '../values/eachValue.ts';
import { murmur3 } from './murmur3.ts';

export interface HashingOptions {
  /** How many features come out. Default 1024 (scikit-learn's 2 ** 20 would not fit the device). */
  readonly nFeatures?: number | undefined;
  /** Whether half of the names count -1, so that names that share a feature cancel rather than add up. Default true. */
  readonly alternateSign?: boolean | undefined;
}

const params = z.strictObject({
  nFeatures: z
    .int()
    .min(1)
    .max(2 ** 20)
    .default(1024)
    .describe('features that come out'),
  alternateSign: z.boolean().default(true).describe('whether half of the names count -1'),
} satisfies ShapeOf<HashingOptions>);

export interface Fields {
  readonly nFeatures: number;
  readonly alternateSign: boolean;
  readonly cols: number;
  readonly columns?: readonly string[] | undefined;
}

/**
 * `sklearn.feature_extraction.FeatureHasher`: the hash of `city=Ulm` says which feature is 1 for this name, and the hash of `age` which
 * has the number of a column of numbers. For columns of very many names, such as ids: nothing is learned, a name that no training row has
 * is as good as any, and several names may share a feature. Where the names are few, {@link oneHot} keeps them apart.
 *
 * Rows `[rows, cols]` become `[rows, nFeatures]`, without their zeros (`csr`).
 *
 * @throws E_DATA for a gap
 * @example
 * chain(columns({ user: hashing({ nFeatures: 256 }), numbers: standardize() }), logisticRegression());
 */
export const hashing = defineEstimator<HashingOptions>()({
  name: 'hashing',
  kind: 'transformer',
  takes: ['categories'],
  texts: true,
  params,
  async train(rows, { nFeatures, alternateSign }): Promise<Fields> {
    await checkFinite(rows);
    return { nFeatures, alternateSign, cols: rows.x.cols };
  },
  outputs: ({ nFeatures }) => nFeatures,
  scores: async (model, rows) => denseOf(await hashed(model, rows)),
  sparse: hashed,
});

interface Place {
  readonly feature: number;
  readonly sign: number;
}

async function hashed({ nFeatures, alternateSign, cols, columns }: Fields, rows: RowsOf): Promise<CsrMatrix<'f64'>> {
  const placeOf = (text: string): Place => {
    const hash = murmur3(text);
    // The least of 32 bits has no size of its own there.
    return { feature: (hash === -(2 ** 31) ? 2 ** 31 - nFeatures : Math.abs(hash)) % nFeatures, sign: alternateSign && hash < 0 ? -1 : 1 };
  };
  const there = categoriesOf(rows.x);
  const places = inputColumns({ cols, columns }).map((column, j) => {
    const own = placeOf(column);
    const names = there?.[j]?.map((name) => placeOf(`${column}=${name}`));
    return (value: number): Place => {
      const place = names ? names[value] : own;
      if (!place) throw codeWithoutName('hashing', rows, value, j, columns);
      return place;
    };
  });
  const indptr = new Uint32Array(rows.rows.length + 1);
  const [indices, values]: [number[], number[]] = [[], []];
  for await (const { from, rows: here, x } of featureBlocks(rows)) {
    for (let row = 0; row < here; row++) {
      const sums = new Map<number, number>();
      for (let j = 0; j < cols; j++) {
        const value = x[row * cols + j]!;
        const { feature, sign } = places[j]!(value);
        sums.set(feature, (sums.get(feature) ?? 0) + sign * (there?.[j] ? 1 : value));
      }
      for (const [feature, sum] of [...sums].sort(([a], [b]) => a - b)) {
        if (sum === 0) continue;
        indices.push(feature);
        values.push(sum);
      }
      indptr[from + row + 1] = indices.length;
    }
  }
  return { rows: rows.rows.length, cols: nFeatures, dtype: 'f64', indptr, indices: Uint32Array.from(indices), values: Float64Array.from(values) };
}
