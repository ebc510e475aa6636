// Folds of rows that stand in order of time: each is scored by a model that was fitted on rows before it, as scikit-learn 1.9's
// TimeSeriesSplit has them.
import { PipelineError } from '../errors/errors.ts';
import type { TrainTest } from './trainTest.ts';

export interface TimeSeriesOptions {
  /** Rows left out between those that are trained on and those that are held out. Default 0. */
  readonly gap?: number | undefined;
  /** Most rows to train on, the last ones before the gap. All of them by default. */
  readonly maxTrainSize?: number | undefined;
  /** Rows that each fold holds out. By default as many as `count + 1` parts of all rows have. */
  readonly testSize?: number | undefined;
}

/**
 * TimeSeriesSplit: the last fold holds out the last rows, the fold before it those before them.
 *
 * @returns positions of rows, by fold
 * @throws E_PARAMS where the first fold would have no row to train on
 * @example
 * timeSeriesFolds(6, 2); // trains on 0 1, holds out 2 3; trains on 0 1 2 3, holds out 4 5
 */
export function timeSeriesFolds(rows: number, count: number, options: TimeSeriesOptions = {}): readonly TrainTest[] {
  const { gap = 0, maxTrainSize = Infinity } = options;
  const size = timeSeriesSize(rows, count, options);
  const range = (from: number, to: number): Uint32Array => Uint32Array.from({ length: to - from }, (_, i) => from + i);
  return Array.from({ length: count }, (_, fold) => {
    const start = rows - (count - fold) * size;
    const end = start - gap;
    return { train: range(Math.max(0, end - maxTrainSize), end), test: range(start, start + size) };
  });
}

/** Rows that each fold holds out. @throws as {@link timeSeriesFolds} */
export function timeSeriesSize(rows: number, count: number, { gap = 0, testSize }: TimeSeriesOptions): number {
  const size = testSize ?? Math.floor(rows / (count + 1));
  if (count < rows && rows - gap - size * count > 0) return size;
  throw new PipelineError(
    'E_PARAMS',
    `folds is { timeSeries: ${count} }: ${count} folds of ${size} rows${gap > 0 ? `, with a gap of ${gap},` : ''} leave none of ${rows} rows to train the first one on.`,
    {
      hint: gap > 0 || testSize !== undefined ? 'Lower timeSeries, testSize or gap.' : 'Lower timeSeries.',
    },
  );
}
