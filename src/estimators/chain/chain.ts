// Transforms and an estimator as one estimator: each model, and each fold of it, learns its transforms from its own training rows.
import type { Dataset, Scaling, TargetKind } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import type { Json } from '../../core/events.ts';
import { checkEstimator, checkPredictor } from '../../dsl/stage/checkOwn.ts';
import type { Estimator, Job, Predictor, TargetFor, Trained } from '../../dsl/estimator.ts';
import type { ScalingTransform } from '../../dsl/transform.ts';
import { throughSteps } from './steps.ts';
import { codeOfSteps, describedSteps, factsBehind, stepOf, type ChainPart } from './transformers.ts';

/**
 * `make_pipeline(StandardScaler(), LogisticRegression())`: rows go through the transforms before the estimator sees them, in
 * training, in scores and in predictions. Held-out rows say nothing of how they are scaled. Folds still share each pass over the
 * rows: a scaling is folded into the weights.
 *
 * @param parts transforms in order (`standardize()`, `columns(...)`, `pca(...)`), and an estimator last
 * @example
 * fit(chain(standardize(), logisticRegression({ C: 0.1 })));
 */
export function chain<M extends Predictor, P, T extends TargetKind = TargetFor<M>>(...parts: [...ChainPart[], Estimator<M, P, T>]): Estimator<M, P, T> {
  const estimator = parts.at(-1) as Estimator<M, P, T>;
  const steps = parts.slice(0, -1).map((part, i) => stepOf('chain', part, i));
  checkEstimator('chain', estimator);
  checkPredictor('chain', estimator);
  const { configurable, params } = estimator;
  const transforms = steps.filter((step): step is ScalingTransform => 'learn' in step);
  const first = steps.length === 0 ? estimator : steps[0]!;
  return {
    ...estimator,
    name: `chain(${[...steps, estimator].map(({ name }) => name).join(', ')})`,
    params: { ...params, chain: [...describedSteps(steps), ...((params['chain'] ?? []) as readonly Json[])] },
    code: codeOfSteps([estimator as never, ...steps]),
    takes: 'learn' in first ? undefined : first.takes,
    ...(estimator.plan
      ? {
          plan: (train, jobs) => {
            const behind = steps.reduce((rows, step) => factsBehind(step, rows), train);
            return { ...estimator.plan!(behind, jobs), cols: train.cols, columns: train.columns };
          },
        }
      : {}),
    configurable: configurable && {
      ...configurable,
      rebuild: (overrides) => chain<M, P, T>(...(parts.slice(0, -1) as ChainPart[]), configurable.rebuild(overrides)),
    },
    scales: true,
    async train(data, jobs, options, context) {
      if (transforms.length < steps.length) return throughSteps(steps, estimator, data, jobs, options, context);
      const learned = await Promise.all(
        transforms.map((one) => one.learn(data, jobs.some(({ heldOut }) => heldOut !== undefined) ? options.folds : undefined)),
      );
      // Jobs of one fold share one scaling, which is looked up by what it is.
      const known = new Map<Scaling | undefined, Map<number | undefined, Scaling | undefined>>();
      const scaled = jobs.map(({ scaling: before = data.scaling, ...job }): Job<P, M> => {
        const byFold = known.get(before) ?? new Map<number | undefined, Scaling | undefined>();
        known.set(before, byFold);
        if (!byFold.has(job.heldOut))
          byFold.set(
            job.heldOut,
            learned.reduce<Scaling | undefined>((scaling, by) => by(scaling, job.heldOut), before),
          );
        return { ...job, scaling: byFold.get(job.heldOut) };
      });
      if (estimator.scales) return estimator.train(data, scaled, options, context);
      return inTurns(data, scaled, (rows, own) => estimator.train(rows, own, options, context));
    },
  };
}

/** Of an estimator that knows but one scaling at a time: a training for each. */
async function inTurns<M extends Predictor, P, T extends TargetKind>(
  data: Dataset<'train', Features, T>,
  jobs: readonly Job<P, M>[],
  train: (data: Dataset<'train', Features, T>, jobs: readonly Job<P, M>[]) => Promise<readonly Trained<M>[]>,
): Promise<readonly Trained<M>[]> {
  const trained: Trained<M>[] = [];
  for (const scaling of new Set(jobs.map((job) => job.scaling))) {
    const members = [...jobs.keys()].filter((i) => jobs[i]!.scaling === scaling);
    const models = await train(
      { ...data, scaling },
      members.map((i) => {
        const { scaling: _, ...job } = jobs[i]!;
        return job;
      }),
    );
    members.forEach((i, at) => (trained[i] = models[at]!));
  }
  return trained;
}
