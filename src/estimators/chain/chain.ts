// Transforms and an estimator as one estimator: each model, and each fold of it, learns its transforms from its own training rows.
import type { Dataset, Scaling } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Json } from '../../core/events.ts';
import { checkEstimator, kindOf } from '../../dsl/stage/checkOwn.ts';
import type { Classifier, Estimator, Job, Trained } from '../../dsl/estimator.ts';
import { callerPlace } from '../../dsl/place.ts';
import type { Transform } from '../../dsl/transform.ts';

/**
 * `make_pipeline(StandardScaler(), LogisticRegression())`: rows go through the transforms before the estimator sees them, in
 * training, in scores and in predictions. Held-out rows say nothing of how they are scaled. Folds still share each pass over the
 * rows: a scaling is folded into the weights.
 *
 * @param parts transforms in order (`standardize()`, `scale(...)`), and an estimator last
 * @example
 * fit(chain(standardize(), logisticRegression({ C: 0.1 })));
 */
export function chain<M extends Classifier, P>(...parts: [...Transform[], Estimator<M, P>]): Estimator<M, P> {
  const estimator = parts.at(-1) as Estimator<M, P>;
  const transforms = parts.slice(0, -1).map((part, i) => transformOf(part, i));
  checkEstimator('chain', estimator);
  const { configurable, params } = estimator;
  const described = transforms.map(({ name, params }): Json => ({ [name]: params }));
  return {
    ...estimator,
    name: `chain(${[...transforms, estimator].map(({ name }) => name).join(', ')})`,
    params: { ...params, chain: [...described, ...((params['chain'] ?? []) as readonly Json[])] },
    configurable: configurable && {
      ...configurable,
      rebuild: (overrides) => chain<M, P>(...(parts.slice(0, -1) as Transform[]), configurable.rebuild(overrides)),
    },
    scales: true,
    async train(data, jobs, options, context) {
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
async function inTurns<M, P>(
  data: Dataset<'train'>,
  jobs: readonly Job<P, M>[],
  train: (data: Dataset<'train'>, jobs: readonly Job<P, M>[]) => Promise<readonly Trained<M>[]>,
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

function transformOf(part: unknown, i: number): Transform['transform'] {
  const { transform, spec } = (part ?? {}) as Partial<Transform> & { readonly spec?: { readonly id: string } };
  if (transform) return transform;
  const found = spec ? `the stage '${spec.id}'` : kindOf(part);
  throw new PipelineError('E_USAGE', `chain: part ${i + 1} is ${found}; a transform is needed before the estimator.`, {
    at: callerPlace(),
    hint: 'Transforms are standardize() and scale({ factor: 1 / 255 }); the estimator stands last.',
  });
}
