// Logistic regression with scikit-learn's objective and defaults, trained by L-BFGS-B with its stopping rules, or under an L1
// penalty by proximal steps, over GPU passes. All jobs of a call share each pass over the rows.
import type { JsonRecord } from '../../core/events.ts';
import type { Estimator } from '../../dsl/estimator.ts';
import { parseParams } from '../../dsl/params.ts';
import { checkTakes } from '../../dsl/takes.ts';
import { plannedBytes } from '../linear/batchSizes.ts';
import './model.ts'; // before training, which is loaded later: by then a cached model may have been read
import type { LogisticModel } from './model.ts';
import { logisticParams, type LogisticOptions, type LogisticParams } from './params.ts';
import { checkClasses } from './targets.ts';

export interface LogisticRegressionOptions extends LogisticOptions {
  /** Start from this model instead of zeros; it must have the same classes and columns. */
  readonly warmStart?: LogisticModel | undefined;
}

/** A batch shares whether it fits intercepts, so a job cannot set that. */
const jobParams = logisticParams.omit({ fitIntercept: true });
type JobParams = Omit<LogisticParams, 'fitIntercept'>;

/**
 * `sklearn.linear_model.LogisticRegression`: one weight vector for two classes, symmetric softmax for three or more. Searches are
 * those of `solver='lbfgs'`; with `l1Ratio` above 0 they end at the minimum that `solver='saga'` nears, in fewer passes.
 *
 * @throws E_PARAMS for parameters outside their range; when training, E_CLASS for rows of fewer than two classes, E_DATA for features that are not finite
 * @example
 * fit(logisticRegression({ tol: 0.1 }));
 * @example
 * gridSearch(logisticRegression({ l1Ratio: 1 }), { C: [0.01, 0.1, 1] }, { folds: 5 });
 */
export function logisticRegression(options: LogisticRegressionOptions = {}): Estimator<LogisticModel, JobParams> {
  const { warmStart, ...given } = options;
  const own = parseParams('logisticRegression', logisticParams, given);
  const settingsOf = (params: Partial<JobParams> | undefined): LogisticParams => parseParams('logisticRegression', logisticParams, { ...own, ...params });
  return {
    name: 'logisticRegression',
    params: jsonParams(own),
    captured: warmStart && { warmStart },
    code: [],
    configurable: { schema: logisticParams, rebuild: (overrides) => logisticRegression({ ...options, ...overrides }) },
    jobParams,
    scales: true,
    shards: true,
    plan(train, jobs) {
      checkTakes({ name: 'logisticRegression' }, train);
      for (const { params } of jobs) settingsOf(params);
      if (train.classes) checkClasses(train, train.classes);
      const classes = jobs.some(({ positive }) => positive !== undefined) ? [0, 1] : train.classes;
      const buffers = plannedBytes(train, jobs.length, classes && columnsOf(classes));
      return { type: 'model', estimator: 'logisticRegression', cols: train.cols, columns: train.columns, classes, models: jobs.length, buffers };
    },
    async train(data, jobs, trainOptions, context) {
      // Loaded when something trains: a run that finds all its results does not wait for it.
      const { trainJobs } = await import('./train.ts');
      return trainJobs(
        data,
        jobs.map(({ params, start, ...job }) => ({ ...job, settings: settingsOf(params), start: start ?? warmStart })),
        trainOptions,
        context,
      );
    },
  };
}

/** Weight columns a model. */
function columnsOf(classes: readonly number[]): number {
  return classes.length === 2 ? 1 : classes.length;
}

function jsonParams({ C, classWeight, ...rest }: LogisticParams): JsonRecord {
  return { ...rest, C: Number.isFinite(C) ? C : 'Infinity', ...(classWeight === undefined ? {} : { classWeight }) };
}
