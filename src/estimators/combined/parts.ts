// Jobs of a combination that are trained once for all, and in folds of its own.
import type { Dataset, TargetKind } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import type { Estimator, Folds, Job, Predictor, Trained, TrainOptions } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { settingKey } from '../chain/params.ts';

type Training<T extends TargetKind> = Dataset<'train', Features, T>;

/** Jobs that are the same are trained once: those of a grid may differ in what is no parameter of this estimator. */
export async function trainDistinct<M extends Predictor, T extends TargetKind>(
  estimator: Estimator<M, never, T>,
  data: Training<T>,
  jobs: readonly Job<never, M>[],
  options: TrainOptions,
  context: StageContext,
): Promise<readonly Trained<M>[]> {
  const scalings = [...new Set(jobs.map(({ scaling }) => scaling))];
  const keys = jobs.map(({ heldOut, positive, scaling, params }) => settingKey([heldOut, positive, scalings.indexOf(scaling), params]));
  const distinct = [...new Set(keys)];
  const trained = await estimator.train(
    data,
    distinct.map((key) => jobs[keys.indexOf(key)]!),
    options,
    context,
  );
  return keys.map((key) => trained[distinct.indexOf(key)]!);
}

/** What was trained of one job: on all rows, and with each fold held out. */
export interface Folded<M> {
  /** Absent where it was not asked for. */
  readonly whole?: M;
  readonly folds: readonly Required<Trained<M>>[];
}

/** All settings and folds in one go. @param whole whether a model of all rows is needed too */
export async function trainFolds<M extends Predictor, T extends TargetKind>(
  estimator: Estimator<M, never, T>,
  rows: Training<T>,
  jobs: readonly Job<never>[],
  folds: Folds,
  whole: boolean,
  context: StageContext,
): Promise<readonly Folded<M>[]> {
  const asked = jobs.flatMap(({ name, params }): Job<never, M>[] => [
    ...(whole ? [{ name, params: params! }] : []),
    ...Array.from({ length: folds.count }, (_, fold) => ({ name: `${name} part ${fold + 1}`, heldOut: fold, params: params! })),
  ]);
  const trained = await trainDistinct(estimator, rows, asked, { folds, need: 'decisions' }, context);
  const each = trained.length / jobs.length;
  return jobs.map((_, i) => {
    const own = trained.slice(i * each, (i + 1) * each) as readonly Required<Trained<M>>[];
    return whole ? { whole: own[0]!.model, folds: own.slice(1) } : { folds: own };
  });
}

/** What models of folds said of the rows held out, `[held][columns]` each, as one for all rows in their order, `[rows][columns]`. */
export function inRowOrder(said: readonly Float64Array[], { fold }: Folds): Float64Array {
  const counts = said.map(() => 0);
  fold.forEach((own) => counts[own]!++);
  const width = said[0]!.length / counts[0]!;
  const out = new Float64Array(fold.length * width);
  const next = said.map(() => 0);
  fold.forEach((own, row) => {
    const at = next[own]!++ * width;
    out.set(said[own]!.subarray(at, at + width), row * width);
  });
  return out;
}
