// Jobs by the rows that they are trained on: for what makes other rows of them, such as folds of its own.
import { against } from '../core/data/labels.ts';
import type { Dataset, TargetKind } from '../core/data/dataset.ts';
import type { Features } from '../core/data/features.ts';
import type { EvaluationOf, Folds, Job, Predictor, Trained, TrainOptions } from '../dsl/estimator.ts';
import { throwIfCancelled, type StageContext } from '../dsl/stage/context.ts';
import { within } from '../dsl/stage/progress.ts';

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
  train: (part: Part<T>, context: StageContext) => Promise<readonly M[]>,
): Promise<readonly Trained<M>[]> {
  const trained: Trained<M>[] = [];
  let done = 0;
  for (const part of partsOf(data, jobs, folds)) {
    throwIfCancelled(context.signal);
    const here = part.at.length < jobs.length ? within(context, done, jobs.length, 'models') : context;
    const models = await train(part, here);
    for (const [k, i] of part.at.entries()) {
      const model = models[k]!;
      trained[i] = part.held ? { model, heldOut: (await model.evaluate(part.held, need, here)) as EvaluationOf<M> } : { model };
    }
    done += part.at.length;
    if (here !== context) context.progress?.(done, jobs.length, 'models');
  }
  return trained;
}
