// The rows of scikit-learn's figures of logistic regression, and the data and options that they were made of.
import type { LogisticRegressionOptions } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import fixture from '../fixtures/logistic.json' with { type: 'json' };
import { smallSet, type SetName } from './smallSets.ts';

export interface FitRow {
  readonly data: SetName;
  readonly target: string;
  readonly label: string;
  readonly params: {
    readonly C?: number;
    readonly tol?: number;
    readonly max_iter?: number;
    readonly fit_intercept?: boolean;
    readonly class_weight?: 'balanced';
  };
  readonly weighted: boolean;
  readonly coef: number[][];
  readonly intercept: number[];
  readonly n_iter: number[];
  readonly train_accuracy: number;
  readonly proba_first5: number[][];
  readonly log_loss: number;
}

export const fits = fixture.rows.filter((row) => 'coef' in row) as unknown as FitRow[];
export function dataOf({ data, target, weighted }: Pick<FitRow, 'data' | 'target' | 'weighted'>) {
  const set = smallSet(data, target === 'multiclass' ? undefined : data === 'digits' ? 2 : 1);
  return weighted ? { ...set, weights: Float32Array.from(set.labels, (_, i) => 0.25 + (i % 5) / 2) } : set;
}

export function optionsOf({ C, tol, max_iter, fit_intercept, class_weight }: FitRow['params']): LogisticRegressionOptions {
  return {
    ...(C === undefined ? {} : { C }),
    ...(tol === undefined ? {} : { tol }),
    ...(max_iter === undefined ? {} : { maxIter: max_iter }),
    ...(fit_intercept === undefined ? {} : { fitIntercept: fit_intercept }),
    ...(class_weight === undefined ? {} : { classWeight: class_weight }),
  };
}

/** Each row several times, and as much less by weight: the same problem, and too many values to be trained in float64. */
export function largeOf({ data, target, weighted }: Pick<FitRow, 'data' | 'target' | 'weighted'>) {
  const two = target !== 'multiclass';
  const set = smallSet(data, two ? (data === 'digits' ? 2 : 1) : undefined);
  const times = data === 'digits' ? (two ? 2 : 1) : two ? 340 : 112;
  const rows = Uint32Array.from({ length: set.rows.length * times }, (_, i) => set.rows[i % set.rows.length]!);
  return { ...set, rows, weights: Float32Array.from(set.labels, (_, i) => (weighted ? 0.25 + (i % 5) / 2 : 1) / times) };
}
