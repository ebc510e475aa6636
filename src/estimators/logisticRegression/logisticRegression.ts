// Logistic regression with scikit-learn's objective, stopping rules and defaults, trained by L-BFGS-B over GPU passes.
import { labelsOf, type Dataset } from '../../core/dataset.ts';
import { PipelineError } from '../../core/errors.ts';
import type { ModelProgress } from '../../core/events.ts';
import { throwIfCancelled, type StageContext } from '../../dsl/context.ts';
import type { Estimator, Folds } from '../../dsl/estimator.ts';
import { parseParams, z } from '../../dsl/params.ts';
import { accuracy } from '../../metrics/confusion.ts';
import { NO_FOLD } from '../../kernels/lib/column.ts';
import { rowsOnDevice } from '../linear/deviceRows.ts';
import { LinearBatch, type Counts } from '../linear/linearBatch.ts';
import { lbfgsb, type LbfgsbResult } from '../solver/lbfgsb.ts';
import { solveTogether } from '../solver/together.ts';
import { logisticModel, type LogisticModel } from './model.ts';
import { logisticObjective } from './objective.ts';

const params = z.strictObject({
  C: z.number().positive({ error: 'C is the inverse of the penalty: a number above 0, or Infinity for no penalty' }).or(z.literal(Infinity)).default(1),
  tol: z.number().positive().default(1e-4),
  maxIter: z.int().min(0).default(100),
  fitIntercept: z.boolean().default(true),
});

/** One model of a batch: which fold it leaves out. */
interface Job {
  readonly name: string;
  readonly heldOut: number;
}

interface Fit {
  readonly result: LbfgsbResult;
  readonly counts: Counts;
}

/**
 * `sklearn.linear_model.LogisticRegression(solver='lbfgs')` for two classes.
 *
 * @param options.C inverse of the L2 penalty, default 1; Infinity for none
 * @param options.tol stop when no entry of the mean gradient is larger, default 1e-4
 * @param options.maxIter most iterations, default 100
 * @param options.fitIntercept default true
 * @example
 * fit(logisticRegression({ tol: 0.1 }));
 */
export function logisticRegression(options: z.input<typeof params> = {}): Estimator<LogisticModel> {
  const parsed = parseParams('logisticRegression', params, options);
  const { C, tol, maxIter, fitIntercept } = parsed;

  async function train(data: Dataset<'train'>, folds: Folds | undefined, jobs: readonly Job[], context: StageContext): Promise<readonly Fit[]> {
    const compute = await context.compute();
    const codes = codesOf(data);
    const { cols } = data.x;
    const rowsTrained = jobs.map(({ heldOut, name }) => checkClasses(codes.codes, folds, heldOut, name));
    const batch = new LinearBatch(
      compute,
      rowsOnDevice(compute, data),
      codes.codes,
      folds?.fold,
      jobs.map(({ heldOut }) => ({ positive: 1, heldOut })),
    );
    try {
      const progress: ModelProgress[] = jobs.map(({ name }) => ({ model: name, iteration: 0, loss: Math.LN2, gradient: NaN, done: false }));
      const solvers = jobs.map(({ name }, i) =>
        lbfgsb(new Float64Array(cols + (fitIntercept ? 1 : 0)), {
          gradientTolerance: tol,
          maxIter,
          onIteration: (iteration, loss, gradient) => (progress[i] = { model: name, iteration, loss, gradient, done: gradient <= tol || iteration >= maxIter }),
        }),
      );
      const objective = logisticObjective(
        batch,
        cols,
        fitIntercept,
        rowsTrained.map((rows) => ({ rows, C })),
      );
      const results = await solveTogether(solvers, objective, () => {
        throwIfCancelled(context.signal);
        context.emit({ type: 'fit-progress', stage: context.stage, models: [...progress], maxIter });
      });
      const counts = await batch.counts(jobs.map((_, i) => i));
      results.forEach((result, i) => warnIfNotConverged(result, jobs[i]!.name, context));
      return results.map((result, i) => ({ result, counts: counts[i]! }));
    } finally {
      batch.release();
    }
  }

  return {
    name: 'logisticRegression',
    params: { ...parsed, C: Number.isFinite(C) ? C : 'Infinity' },
    async fit(data, context) {
      const [{ result, counts }] = (await train(data, undefined, [{ name: 'fit', heldOut: NO_FOLD }], context)) as [Fit];
      const { classes } = codesOf(data);
      return logisticModel({
        coef: result.x.slice(0, data.x.cols),
        intercept: fitIntercept ? result.x[data.x.cols]! : 0,
        classes,
        binarized: data.positive !== undefined,
        summary: { ...summaryOf(result), trainAccuracy: accuracy(counts.trained), classes },
      });
    },
    async crossValidate(data, folds, context) {
      const jobs = Array.from({ length: folds.count }, (_, fold) => ({ name: `fold ${fold + 1}`, heldOut: fold }));
      const fits = await train(data, folds, jobs, context);
      return fits.map(({ result, counts }) => ({ confusion: counts.heldOut, summary: summaryOf(result) }));
    },
  };
}

function summaryOf({ iterations, value, largestGradient, status }: LbfgsbResult): {
  nIter: number;
  objective: number;
  largestGradient: number;
  status: string;
} {
  return { nIter: iterations, objective: value, largestGradient, status };
}

/** Sorted classes, and the class code of each row. @throws E_CLASS unless there are exactly two */
function codesOf(data: Dataset): { codes: Uint8Array; classes: readonly [number, number] } {
  const labels = labelsOf(data);
  const classes = [...new Set(labels)].toSorted((a, b) => a - b);
  if (classes.length !== 2) {
    throw new PipelineError(
      'E_CLASS',
      `logisticRegression needs two classes; the ${labels.length} training rows of ${data.name} have ${classes.length}: ${classes.join(', ')}.`,
      {
        hint: classes.length < 2 ? 'Train on rows of at least two classes.' : 'Put binarize({ positive }) before fit(...).',
      },
    );
  }
  return { codes: labels.map((label) => (label === classes[1] ? 1 : 0)), classes: classes as unknown as readonly [number, number] };
}

/** Rows a job is trained on. @throws E_CLASS naming the fold when they are of one class */
function checkClasses(codes: Uint8Array, folds: Folds | undefined, heldOut: number, name: string): number {
  const counts: [number, number] = [0, 0];
  codes.forEach((code, row) => {
    if (folds?.fold[row] !== heldOut) counts[code as 0 | 1]++;
  });
  if (counts[0] > 0 && counts[1] > 0) return counts[0] + counts[1];
  throw new PipelineError('E_CLASS', `${name}: the rows left to train on have no row of class ${counts[0] === 0 ? 0 : 1}.`, {
    hint: 'Use fewer folds, or more rows of that class.',
  });
}

function warnIfNotConverged({ status, iterations, largestGradient }: LbfgsbResult, name: string, { emit, stage }: StageContext): void {
  if (status === 'converged') return;
  emit({
    type: 'warning',
    stage,
    code: 'W_CONVERGENCE',
    message: `${name} stopped after ${iterations} iterations (${status}) with a largest gradient of ${largestGradient.toExponential(2)}.`,
    hint: 'Raise maxIter, raise tol, or scale the features.',
  });
}
