// A classifier for each of several labels, each of which sees the labels before it: what is told of one label helps with the next.
// Source: sklearn/multioutput.py.
import { checkTarget } from '../../core/data/checkDataset.ts';
import type { Dataset } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import { RandomState } from '../../core/data/random.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Estimator, Job } from '../../dsl/estimator.ts';
import { seedParam, z, type ShapeOf } from '../../dsl/params.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { eachInTurn } from '../../dsl/stage/progress.ts';
import { foldsOf } from '../../validation/folding.ts';
import { settingKey } from '../chain/params.ts';
import { remade } from '../chain/transformers.ts';
import { combinationOf, type MemberParams } from '../combined/members.ts';
import { knownOf } from '../combined/models.ts';
import { trainFolds } from '../combined/parts.ts';
import { trainParts } from '../../validation/trainParts.ts';
import type { FittedClassifier } from '../define/models.ts';
import { beside, widened } from './beside.ts';
import { chainOfClassifiers, type ClassifierChainModel } from './model.ts';

export interface ClassifierChainOptions {
  /** Labels by number, each of them once, in the order in which they are learned, or `random`. Default as they stand. */
  readonly order?: readonly number[] | 'random' | undefined;
  /** Number of folds: models see what models of folds predict of rows held out. By default they see the true labels in training. */
  readonly folds?: number | undefined;
  /** What a random order is drawn from; by default the seed of the run. */
  readonly seed?: number | undefined;
}

const params = z.strictObject({
  order: z
    .union([z.literal('random'), z.array(z.int().min(0))])
    .optional()
    .describe('labels by number, in the order in which they are learned, or random'),
  folds: z.int().min(2).max(255).optional().describe('folds of which predictions take the place of true labels in training'),
  seed: seedParam,
} satisfies ShapeOf<ClassifierChainOptions>);

type Rows = Dataset<'train', Features, 'indicators'>;

/**
 * `ClassifierChain(estimator)`: a model for each label, fitted on the features and the labels before it. Asked of a row, each sees what
 * those before it predict.
 *
 * In a grid and in `--set`, parameters of the estimator are prefixed: `estimator.C`.
 *
 * @param estimator a classifier of two classes
 * @throws E_PARAMS for an order without each label once; when training, E_CLASS for a label that all rows have, or none
 * @example
 * pipeline('p', fetch(films), split({ train: [0, 300], test: [300, 400] }), fit(classifierChain(logisticRegression(), { order: 'random', seed: 1 })));
 */
export function classifierChain<M extends FittedClassifier, P>(
  estimator: Estimator<M, P>,
  options: ClassifierChainOptions = {},
): Estimator<ClassifierChainModel<M>, Required<ClassifierChainOptions> & MemberParams<{ readonly estimator: Estimator<M, P> }>, 'indicators'> {
  const name = 'classifierChain';
  const inner = estimator as Estimator<FittedClassifier, never>;
  const { estimator: described, told } = combinationOf({ name, kind: 'multilabel', schema: params, options }, inner, classifierChain);
  const chaining: Estimator<ClassifierChainModel<FittedClassifier>, never> = {
    ...(described as Estimator<ClassifierChainModel<FittedClassifier>, never>),
    async train(data, jobs, given, context) {
      checkTarget(name, data, 'indicators');
      return trainParts(data, jobs, given, context, async ({ rows: part, at }, context) => {
        const rows = part as Rows;
        const models: ClassifierChainModel<FittedClassifier>[] = [];
        const asked = at.map((i) => ({ name: jobs[i]!.name, ...told(jobs[i]!) }));
        // Where models see the true labels, those of all settings see the same rows.
        const keys = asked.map(({ own, ofMembers }) => settingKey([own, own.folds === undefined ? 0 : ofMembers]));
        for (const key of new Set(keys)) {
          const same = [...asked.keys()].filter((k) => keys[k] === key);
          const { own } = asked[same[0]!]!;
          const order = orderOf(own.order, rows.indicators.cols, () => own.seed ?? context.seed());
          const settings = same.map((k): Job<never> => ({ name: asked[k]!.name, params: asked[k]!.ofMembers['estimator'] as never }));
          const trained = await trainInTurn(inner, rows, settings, order, own.folds, context);
          same.forEach((k, i) => (models[k] = chainOfClassifiers({ ...knownOf(rows, described.takes), models: trained[i]!, order })));
        }
        return models;
      });
    },
  };
  return chaining as never;
}

/** @throws E_PARAMS for what is no order of the labels */
function orderOf(order: z.output<typeof params>['order'], labels: number, seed: () => number): readonly number[] {
  const all = Array.from({ length: labels }, (_, label) => label);
  if (order === undefined) return all;
  if (order === 'random') return [...new RandomState(seed()).permutation(labels)];
  if (order.toSorted((a, b) => a - b).join() === all.join()) return order;
  throw new PipelineError('E_PARAMS', `classifierChain: order is ${order.join(', ')}; the rows have labels 0 to ${labels - 1}, and each is needed once.`, {
    hint: `Write order: [${all.toReversed().join(', ')}], or leave it out.`,
  });
}

/** Of each setting a model for each label, in the order of the chain. */
async function trainInTurn(
  estimator: Estimator<FittedClassifier, never>,
  rows: Rows,
  settings: readonly Job<never>[],
  order: readonly number[],
  folds: number | undefined,
  context: StageContext,
): Promise<readonly FittedClassifier[][]> {
  const models: FittedClassifier[][] = settings.map(() => []);
  const seen: Uint8Array[] = [];
  await eachInTurn(order, 'labels', context, async (label, here, k) => {
    const called = rows.labelNames?.[label] ?? `label ${label}`;
    const data = await labelled(rows, label, seen, order.slice(0, k));
    const bits = data.labels as Uint8Array;
    if (bits.every((bit) => bit === bits[0])) throw alike(rows.name, called, bits[0] === 1 ? 'all of them have it' : 'none of them has it');
    const jobs = settings.map((job) => ({ ...job, name: `${job.name} ${called}` }));
    if (folds === undefined || k === order.length - 1) {
      const trained = await estimator.train(data, jobs as never, {}, here);
      trained.forEach(({ model }, i) => models[i]!.push(model));
      seen.push(bits);
    } else {
      const plan = foldsOf(data, { folds });
      const [trained] = await trainFolds(estimator, data, jobs, plan, true, here);
      models[0]!.push(trained!.whole!);
      const predicted = new Uint8Array(bits.length);
      for (const [fold, { model, heldOut }] of trained!.folds.entries()) {
        if (heldOut.failed !== undefined) throw alike(rows.name, called, heldOut.failed);
        const held = data.rows.filter((row) => plan.fold[row] === fold);
        (await model.predict({ ...data, rows: held }, context)).forEach((bit, i) => (predicted[held[i]!] = bit));
      }
      seen.push(predicted);
    }
  });
  return models;
}

function alike(rows: string, called: string, why: string): PipelineError {
  return new PipelineError('E_CLASS', `classifierChain: ${called} cannot be learned of the rows of ${rows}: ${why}.`, {
    hint: 'Leave the label out, or train on more rows, in each fold.',
  });
}

/** Rows with one label as two classes, and those before it beside the features. */
async function labelled(rows: Rows, label: number, seen: readonly Uint8Array[], before: readonly number[]): Promise<Dataset<'train'>> {
  const { indicators, labelNames, ...rest } = rows;
  const names = rows.columns && [...rows.columns, ...before.map((one) => labelNames?.[one] ?? `label ${one}`)];
  const columns = names && new Set(names).size === names.length ? names : undefined;
  const labels = Uint8Array.from(rows.rows, (id) => indicators.data[id * indicators.cols + label]!);
  const { columns: _, ...made } = remade(rest as Dataset<'train', Features, 'none'>, beside(rows, seen), undefined);
  return { ...made, labels, ...(columns ? { columns } : {}), scaling: widened(rows.scaling, seen.length) };
}
