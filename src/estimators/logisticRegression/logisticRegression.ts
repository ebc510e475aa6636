// Logistic regression with scikit-learn's objective, stopping rules and defaults, trained by L-BFGS-B over GPU passes. All
// jobs of a call share each pass over the rows.
import { labelsOf } from '../../core/dataset.ts';
import type { JsonRecord, ModelProgress } from '../../core/events.ts';
import { throwIfCancelled, type StageContext } from '../../dsl/context.ts';
import type { Estimator, Trained } from '../../dsl/estimator.ts';
import { parseParams } from '../../dsl/params.ts';
import { accuracy, majorityBaseline } from '../../metrics/confusion.ts';
import { evaluationOf } from '../../metrics/evaluation.ts';
import { probabilities } from '../../metrics/probability.ts';
import { rowsOnDevice } from '../linear/deviceRows.ts';
import { plannedBytes } from '../linear/layout.ts';
import { LinearBatch } from '../linear/linearBatch.ts';
import { lbfgsb, type LbfgsbResult } from '../solver/lbfgsb.ts';
import { solveTogether } from '../solver/together.ts';
import { isFinished, isFitState, type FinishedFit, type FitState } from './checkpoint.ts';
import { logisticModel, type LogisticModel } from './model.ts';
import { logisticObjective } from './objective.ts';
import { logisticParams, type LogisticOptions, type LogisticParams } from './params.ts';
import { checkClasses, checkStart, codesOf, targetOf } from './targets.ts';

export interface LogisticRegressionOptions extends LogisticOptions {
  /** Start from this model instead of zeros; it must have the same classes and columns. */
  readonly warmStart?: LogisticModel | undefined;
}

/** A batch shares whether it fits intercepts, so a job cannot set that. */
const jobParams = logisticParams.omit({ fitIntercept: true });
type JobParams = Omit<LogisticParams, 'fitIntercept'>;

/**
 * `sklearn.linear_model.LogisticRegression(solver='lbfgs')`: one weight vector for two classes, symmetric softmax for more.
 *
 * @param options.C inverse of the L2 penalty, default 1; Infinity for none
 * @param options.tol stop when no entry of the mean gradient is larger, default 1e-4
 * @param options.maxIter most iterations, default 100
 * @param options.fitIntercept default true
 * @param options.classWeight weight by label or class name, or 'balanced' for inverse class frequencies; default 1 each
 * @param options.warmStart a model to start from
 * @example
 * fit(logisticRegression({ tol: 0.1 }));
 */
export function logisticRegression(options: LogisticRegressionOptions = {}): Estimator<LogisticModel, JobParams> {
  const { warmStart, ...given } = options;
  const own = parseParams('logisticRegression', logisticParams, given);
  const settingsOf = (params: Partial<JobParams> | undefined): LogisticParams => parseParams('logisticRegression', logisticParams, { ...own, ...params });
  return {
    name: 'logisticRegression',
    params: jsonParams(own),
    holds: warmStart && { warmStart },
    code: [],
    configurable: { schema: logisticParams, rebuild: (overrides) => logisticRegression({ ...options, ...overrides }) },
    jobParams,
    plan(train, jobs) {
      for (const { params } of jobs) settingsOf(params);
      if (train.classes) checkClasses(train.name, train.rows, train.classes);
      const classes = jobs.some(({ positive }) => positive !== undefined) ? [0, 1] : train.classes;
      const buffers = plannedBytes(train, jobs.length, classes && columnsOf(classes));
      return { type: 'model', estimator: 'logisticRegression', cols: train.cols, classes, models: jobs.length, buffers };
    },
    async train(data, jobs, { folds, need = 'counts' }, context) {
      const checkpoint = context.checkpoints?.next();
      const { fitIntercept } = own;
      const coded = codesOf(data);
      const oneLabel = jobs.some(({ positive }) => positive !== undefined);
      const classes = oneLabel ? [0, 1] : coded.classes;
      const columns = columnsOf(classes);
      const { cols } = data.x;
      const compute = await context.compute();
      const saved = await checkpoint?.load();
      const resumed = (iterations: readonly number[]): void => context.emit({ type: 'fit-resumed', stage: context.stage, iterations: Math.max(...iterations) });
      const finish = ({ trained, history }: FinishedFit): readonly Trained<LogisticModel>[] => {
        context.emit({ type: 'history', stage: context.stage, models: jobs.map(({ name }, i) => ({ model: name, loss: history[i]! })) });
        trained.forEach(({ model }, i) => warnIfNotConverged(model.summary, jobs[i]!.name, context));
        checkpoint?.finish({ trained, history });
        return trained;
      };
      if (isFinished(saved, jobs.length)) {
        resumed(saved.trained.map(({ model }) => model.nIter));
        return finish(saved);
      }
      const planned = jobs.map(({ name, heldOut, positive, params, start }) => {
        const settings = settingsOf(params);
        checkStart(start ?? warmStart, data, classes);
        return {
          name,
          heldOut,
          settings,
          start: startOf(start ?? warmStart, columns, cols, fitIntercept),
          ...targetOf(coded, folds, { name, heldOut, positive, classWeight: settings.classWeight }),
          positive,
        };
      });
      const rows = { data: await rowsOnDevice(compute, data), codes: coded.codes, folds: folds?.fold, weights: coded.weights };
      const batch = new LinearBatch(
        compute,
        rows,
        planned.map(({ target }) => target),
      );
      const all = jobs.map((_, i) => i);
      const { scaling } = data;
      try {
        const stood = isFitState(saved, batch, jobs.length, columns * (cols + (fitIntercept ? 1 : 0))) ? saved : undefined;
        if (stood) {
          batch.restore(stood.batch);
          resumed(stood.solvers.map(({ iterations }) => iterations));
        }
        const progress = jobs.map(({ name }, i): ModelProgress => {
          const solver = stood?.solvers[i];
          const { iterations, value } = solver ?? { iterations: 0, value: Math.log(classes.length) };
          return { model: name, iteration: iterations, loss: value, gradient: NaN, done: solver !== undefined && 'status' in solver };
        });
        const history = progress.map(({ loss }, i) => [...(stood?.history[i] ?? [loss])]);
        const solvers = planned.map(({ name, start, settings: { tol, maxIter } }, i) =>
          lbfgsb(stood?.solvers[i] ?? start, {
            gradientTolerance: tol,
            maxIter,
            onIteration: (iteration, loss, gradient) => {
              history[i]!.push(loss);
              progress[i] = { model: name, iteration, loss, gradient, done: gradient <= tol || iteration >= maxIter };
            },
          }),
        );
        const objective = logisticObjective(
          batch,
          { cols, columns, fitIntercept, scaling },
          planned.map(({ weightSum, settings: { C } }) => ({ weightSum, C })),
          stood?.losses,
        );
        const results = await solveTogether(solvers, objective, async (standing) => {
          const states = checkpoint?.due() ? standing() : undefined;
          if (states) checkpoint!.save({ solvers: states, losses: objective.losses(), history, batch: await batch.state() } satisfies FitState);
          throwIfCancelled(context.signal);
          context.emit({ type: 'fit-progress', stage: context.stage, models: [...progress], maxIter: own.maxIter, tol: own.tol });
        });
        const decided = await batch.decisions(all);
        const labels = labelsOf(data);
        const trained = results.map((result, i): Trained<LogisticModel> => {
          const { heldOut, positive } = planned[i]!;
          const truth = positive === undefined ? labels : labels.map((label) => (label === positive ? 1 : 0));
          const decisions = new Float64Array(decided[i]!);
          const isHeld = (row: number): boolean => heldOut !== undefined && folds!.fold[row] === heldOut;
          const { confusion: seen } = evaluationOf(classes, truth, { decisions }, 'counts', (row) => !isHeld(row));
          const summary = { ...summaryOf(result), trainAccuracy: accuracy(seen), trainMajorityBaseline: majorityBaseline(seen), classes };
          const model = logisticModel({
            ...splitParameters(result.x, columns, cols, fitIntercept),
            classes,
            nIter: result.iterations,
            scaling,
            binarized: oneLabel || data.positive !== undefined,
            summary,
          });
          if (heldOut === undefined) return { model };
          const shares = need === 'decisions' ? probabilities(decisions, classes.length) : undefined;
          return { model, heldOut: evaluationOf(classes, truth, { decisions, probabilities: shares }, need, isHeld) };
        });
        return finish({ trained, history });
      } finally {
        batch.release();
      }
    },
  };
}

/** Weight columns a model. */
function columnsOf(classes: readonly number[]): number {
  return classes.length === 2 ? 1 : classes.length;
}

/** The parameter vector a solver starts from. */
function startOf(model: LogisticModel | undefined, columns: number, cols: number, fitIntercept: boolean): Float64Array {
  const width = cols + (fitIntercept ? 1 : 0);
  const start = new Float64Array(columns * width);
  model?.coef.forEach((row, c) => {
    start.set(row, c * width);
    if (fitIntercept) start[c * width + cols] = model.intercept[c]!;
  });
  return start;
}

function splitParameters(x: Float64Array, columns: number, cols: number, fitIntercept: boolean): { coef: Float64Array[]; intercept: number[] } {
  const width = cols + (fitIntercept ? 1 : 0);
  const each = Array.from({ length: columns }, (_, c) => x.subarray(c * width, (c + 1) * width));
  return { coef: each.map((column) => column.slice(0, cols)), intercept: each.map((column) => (fitIntercept ? column[cols]! : 0)) };
}

function summaryOf({ iterations, value, largestGradient, status }: LbfgsbResult): JsonRecord {
  return { nIter: iterations, objective: value, largestGradient, status };
}

function jsonParams({ C, classWeight, ...rest }: LogisticParams): JsonRecord {
  return { ...rest, C: Number.isFinite(C) ? C : 'Infinity', ...(classWeight === undefined ? {} : { classWeight }) };
}

function warnIfNotConverged({ status, nIter, largestGradient }: JsonRecord, name: string, { emit, stage }: StageContext): void {
  if (status === 'converged') return;
  emit({
    type: 'warning',
    stage,
    code: 'W_CONVERGENCE',
    message: `${name} stopped after ${String(nIter)} iterations (${String(status)}) with a largest gradient of ${Number(largestGradient).toExponential(2)}.`,
    hint: 'Raise maxIter, raise tol, or scale the features.',
  });
}
