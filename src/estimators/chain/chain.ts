// Combines transforms and an estimator into one estimator: each model, and each fold of it, learns its transforms from its own training
// rows.
import type { Dataset, Scaling, TargetKind } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import type { Json } from '../../core/events.ts';
import { checkEstimator, checkPredictor } from '../../dsl/stage/checkOwn.ts';
import type { Estimator, Job, Predictor, TargetFor, Trained } from '../../dsl/estimator.ts';
import type { ScalingTransform } from '../../dsl/transform.ts';
import { chainSchema, settingKey, stepParams, toldApart, type ChainParams } from './params.ts';
import { throughSteps } from './steps.ts';
import { codeOfSteps, describedSteps, factsBehind, stepOf, type ChainPart, type Step } from './transformers.ts';

/**
 * `make_pipeline(StandardScaler(), LogisticRegression())`: rows go through the transforms before the estimator sees them, in training,
 * in scores and in predictions. Held-out rows have no influence on how they are scaled. Folds still share each pass over the rows: a
 * scaling is folded into the weights.
 *
 * In a grid and in `--set`, parameters of the estimator have their own names, and those of a transformer are prefixed with its name:
 * `pca.nComponents`. A transformer is fitted once for each fold and setting, however many parameters of the estimator share it.
 *
 * @param parts transforms in order (`standardize()`, `columns(...)`, `pca(...)`), then an estimator
 * @example
 * gridSearch(chain(standardize(), pca(), logisticRegression()), { 'pca.nComponents': [10, 20], C: [0.1, 1] });
 */
export function chain<Parts extends readonly ChainPart[], M extends Predictor, P, T extends TargetKind = TargetFor<M>>(
  ...parts: [...Parts, Estimator<M, P, T>]
): Estimator<M, ChainParams<Parts, P>, T> {
  const estimator = parts.at(-1) as Estimator<M, P, T>;
  const steps = parts.slice(0, -1).map((part, i) => stepOf('chain', part, i));
  checkEstimator('chain', estimator);
  checkPredictor('chain', estimator);
  return chainOf(steps, estimator) as Estimator<M, unknown, T> as Estimator<M, ChainParams<Parts, P>, T>;
}

function chainOf<M extends Predictor, P, T extends TargetKind>(steps: readonly Step[], estimator: Estimator<M, P, T>): Estimator<M, P, T> {
  // Models that go on would leave out the steps.
  const { partialFit: _, ...described } = estimator;
  const { configurable, params, jobParams } = described;
  const transforms = steps.filter((step): step is ScalingTransform => 'learn' in step);
  const first = steps.length === 0 ? estimator : steps[0]!;
  const named = stepParams(steps, estimator);
  const told = (job: Pick<Job<P>, 'params'>) => toldApart(job.params, named, steps.length);
  const stepsWith = (ofSteps: readonly Readonly<Record<string, unknown>>[]): readonly Step[] =>
    steps.map((step, i) => ('learn' in step || Object.keys(ofSteps[i]!).length === 0 ? step : step.configurable!.rebuild(ofSteps[i]!)));
  return {
    ...described,
    name: `chain(${[...steps, estimator].map(({ name }) => name).join(', ')})`,
    params: { ...params, chain: [...describedSteps(steps), ...((params['chain'] ?? []) as readonly Json[])] },
    code: codeOfSteps([estimator as never, ...steps]),
    takes: 'learn' in first ? undefined : first.takes,
    ...(estimator.plan
      ? {
          plan: (train, jobs) => {
            const asked = jobs.map((job) => ({ ...told(job), job }));
            // Jobs of other settings are trained on other features.
            const plans = [...new Set(asked.map(({ ofSteps }) => settingKey(ofSteps)))].map((key) => {
              const members = asked.filter(({ ofSteps }) => settingKey(ofSteps) === key);
              const behind = stepsWith(members[0]!.ofSteps).reduce((rows, step) => factsBehind(step, rows), train);
              return estimator.plan!(
                behind,
                members.map(({ job, own }) => ({ ...job, params: own as Partial<P> })),
              );
            });
            return { ...plans[0]!, cols: train.cols, columns: train.columns, ...(plans.length > 1 ? { models: jobs.length } : {}) };
          },
        }
      : {}),
    jobParams: jobParams && chainSchema(steps, estimator, jobParams),
    configurable: configurable && {
      schema: chainSchema(steps, estimator, configurable.schema),
      rebuild(overrides) {
        const { own, ofSteps } = toldApart(overrides, named, steps.length);
        return chainOf(stepsWith(ofSteps), configurable.rebuild(own));
      },
    },
    scales: true,
    shards: estimator.shards,
    seeded: estimator.seeded ?? (steps.some((step) => !('learn' in step) && step.seeded) ? true : undefined),
    async train(data, jobs, options, context) {
      if (transforms.length < steps.length) {
        const asked = jobs.map((job) => ({ ...told(job), job }));
        return throughSteps(steps, estimator, data, asked, options, context);
      }
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

/** For an estimator that takes only one scaling at a time: one training per scaling. */
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
