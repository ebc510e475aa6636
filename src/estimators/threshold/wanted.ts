// The threshold that gives a wanted precision or recall. Source: sklearn/metrics/_ranking.py, precision_recall_curve.
import { PipelineError } from '../../core/errors/errors.ts';
import { callerPlace } from '../../dsl/place.ts';
import { z } from '../../dsl/params.ts';
import { thresholds } from '../../metrics/ranking.ts';

/** What a threshold is to give: one of both. */
export type WantedScore =
  | {
      /** Precision to reach: the share of rows predicted as the second class that are of it. The lowest threshold that reaches it is taken. Above 0, up to 1. */
      readonly precision: number;
      readonly recall?: undefined;
    }
  | {
      readonly precision?: undefined;
      /** Recall to reach: the share of rows of the second class that are predicted as it. The highest threshold that reaches it is taken. Above 0, up to 1. */
      readonly recall: number;
    };

const share = z.number().gt(0).max(1).optional();
export const wantedParams = {
  precision: share.describe('least precision; the lowest threshold that has it'),
  recall: share.describe('least recall; the highest threshold that has it'),
};

/** A threshold, and what the rows that it was found on have by it. */
export interface FoundThreshold {
  /** Rows with a decision or probability of at least this are predicted as the second class. */
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
}

/** @throws E_PARAMS unless one of both is wanted */
export function checkWanted(owner: string, { precision, recall }: { readonly precision?: number | undefined; readonly recall?: number | undefined }): void {
  if ((precision === undefined) !== (recall === undefined)) return;
  throw new PipelineError(
    'E_PARAMS',
    `${owner}: ${precision === undefined ? 'neither precision nor recall is' : 'both precision and recall are'} given; one of them is needed.`,
    {
      at: callerPlace(),
      hint: `Write ${owner === 'threshold' ? 'threshold({ precision: 0.9 })' : `${owner}(estimator, { precision: 0.9 })`}.`,
    },
  );
}

/**
 * @param truth 1 for rows of the second class, `[rows]`
 * @param scores `[rows]`
 * @param called whose rows, for the errors
 * @throws E_CLASS for rows without the class; E_DATA where no threshold has the precision
 */
export function thresholdFor(
  owner: string,
  called: string,
  truth: ArrayLike<number>,
  scores: ArrayLike<number>,
  wanted: { readonly precision?: number | undefined; readonly recall?: number | undefined },
): FoundThreshold {
  const points = thresholds(truth, scores);
  const all = points.at(-1)?.positives ?? 0;
  if (all === 0) {
    throw new PipelineError(
      'E_CLASS',
      `${owner}: no row of ${called} is of the second class, so that no threshold has a ${wanted.recall === undefined ? 'precision' : 'recall'}.`,
      {
        hint: 'Give it rows of both classes.',
      },
    );
  }
  const curve = points.map(({ score, rows, positives }) => ({ threshold: score, precision: positives / rows, recall: positives / all }));
  // From the highest threshold down: the first that finds enough, or the last that is right often enough.
  const found = wanted.recall === undefined ? curve.findLast((one) => one.precision >= wanted.precision!) : curve.find((one) => one.recall >= wanted.recall!);
  if (found) return found;
  const best = curve.reduce((most, one) => (one.precision > most.precision ? one : most));
  throw new PipelineError(
    'E_DATA',
    `${owner}: no threshold has a precision of ${wanted.precision} on ${called}; the best has ${best.precision.toFixed(4)}, with a recall of ${best.recall.toFixed(4)}.`,
    {
      hint:
        best.precision < 0.01 ? 'Use a better model.' : `Want less: precision: ${(Math.floor(best.precision * 100) / 100).toFixed(2)}, or use a better model.`,
    },
  );
}
