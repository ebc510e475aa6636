// Jobs by the rows that they are trained on: for combinations that make other rows of them, such as folds of their own.
import { against } from '../../core/data/labels.ts';
import type { Dataset, TargetKind } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import type { Estimator, EvaluationOf, Folds, Job, Predictor, Trained, TrainOptions } from '../../dsl/estimator.ts';
import { throwIfCancelled, type StageContext } from '../../dsl/stage/context.ts';
import { settingKey } from '../chain/params.ts';

type Training<T extends TargetKind> = Dataset<'train', Features, T>;

/** Rows of some jobs. */
export interface Part<T extends TargetKind> {
  /** To train on. */
  readonly rows: Training<T>;
  /** Held out; absent where the jobs hold out none. */
  readonly held?: Training<T>;
  /** Positions of its jobs. */
  readonly at: readonly number[];
}

/** Jobs that hold out the same fold, learn the same label against all others and have the same scaling. */
export function partsOf<T extends TargetKind>(data: Training<T>, jobs: readonly Job<never>[], folds: Folds | undefined): readonly Part<T>[] {
  const same = (a: Job<never>, b: Job<never>): boolean => a.heldOut === b.heldOut && a.positive === b.positive && a.scaling === b.scaling;
  const firsts = jobs.filter((job, i) => jobs.findIndex((other) => same(job, other)) === i);
  return firsts.map((first) => {
    const { heldOut, positive, scaling = data.scaling } = first;
    const { labels } = data as Partial<Dataset>;
    const all = { ...data, scaling, ...(positive === undefined ? {} : { labels: against(labels!, positive), classNames: undefined }) };
    const at = [...jobs.keys()].filter((i) => same(jobs[i]!, first));
    if (heldOut === undefined) return { rows: all, at };
    const rowsWhere = (held: boolean): Training<T> => ({ ...all, rows: all.rows.filter((_, row) => (folds!.fold[row] === heldOut) === held) });
    return { rows: rowsWhere(false), held: rowsWhere(true), at };
  });
}

/** @param train one model for each of the part's jobs, in their order */
export async function trainParts<M extends Predictor, T extends TargetKind>(
  data: Training<T>,
  jobs: readonly Job<never>[],
  { folds, need = 'counts' }: TrainOptions,
  context: StageContext,
  train: (part: Part<T>) => Promise<readonly M[]>,
): Promise<readonly Trained<M>[]> {
  const trained: Trained<M>[] = [];
  for (const part of partsOf(data, jobs, folds)) {
    throwIfCancelled(context.signal);
    const models = await train(part);
    for (const [k, i] of part.at.entries()) {
      const model = models[k]!;
      trained[i] = part.held ? { model, heldOut: (await model.evaluate(part.held, need, context)) as EvaluationOf<M> } : { model };
    }
  }
  return trained;
}

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
