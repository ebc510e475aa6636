// Flights of the examples of Vega, in columnar files, and a model that tells late ones from others.
import type { Dataset } from '../../src/core/data/dataset.ts';
import type { Matrix } from '../../src/core/data/matrix.ts';
import { chain } from '../../src/estimators/chain/chain.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { standardize } from '../../src/stages/scale.ts';
import { testCompute } from './compute.ts';
import { stageContext } from './smallSets.ts';

export const flights = (file: string): URL => new URL(`../../node_modules/vega-datasets/data/${file}`, import.meta.url);

/** Sums of the columns, `[cols]`. */
export function sumsOf(x: Matrix): readonly number[] {
  const sums = new Array<number>(x.cols).fill(0);
  for (let at = 0; at < x.data.length; at++) sums[at % x.cols]! += x.data[at]!;
  return sums;
}

/** Weights of standardized features, and the intercept. */
export async function lateness(data: Dataset<'train'>): Promise<readonly number[]> {
  const [trained] = await chain(standardize(), logisticRegression({ tol: 1e-6 })).train(data, [{ name: 'fit' }], {}, stageContext(await testCompute()));
  const { coef, intercept } = trained!.model;
  return [...coef[0]!, intercept[0]!];
}
