// A chain with a step that makes other features: each fold learns its steps from its own training rows, and the estimator is
// trained on what they make of all rows. The model holds what was learned of each step.
import { categoriesOf } from '../../core/data/categories.ts';
import type { Dataset, Rows, TargetKind } from '../../core/data/dataset.ts';
import { takeRows, type Features } from '../../core/data/features.ts';
import { against } from '../../core/data/labels.ts';
import { matrix, type FeatureArray } from '../../core/data/matrix.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding/encoding.ts';
import type { Device, Estimator, Job, Predictor, RowsOf, Trained, TrainOptions, Transformer } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { settingKey } from './params.ts';
import { learned, through, type Step } from './transformers.ts';

/** A job, and what it sets: of the estimator, and of each step. */
export interface AskedJob<P, M> {
  readonly job: Job<P, M>;
  readonly own: Readonly<Record<string, unknown>>;
  readonly ofSteps: readonly Readonly<Record<string, unknown>>[];
}

/** Rows after some of the steps, and what was learned on the way. */
interface Made<T extends TargetKind> {
  /** The fold and all settings that led here. */
  readonly key: string;
  readonly rows: Dataset<'train', Features, T>;
  readonly transformers: readonly Transformer[];
}

/** Trains jobs of each fold, and of each setting of the steps, on what those make of the rows. */
export async function throughSteps<M extends Predictor, P, T extends TargetKind>(
  steps: readonly Step[],
  estimator: Estimator<M, P, T>,
  data: Dataset<'train', Features, T>,
  asked: readonly AskedJob<P, M>[],
  options: TrainOptions,
  context: StageContext,
): Promise<readonly Trained<M>[]> {
  const trained: Trained<M>[] = [];
  // One label against all others is another target, to steps that learn from it.
  const supervised = steps.some((step) => 'train' in step && step.supervised);
  const forLabel = ({ positive }: Job<P, M>): number | undefined => (supervised ? positive : undefined);
  const keys = asked.map(({ job, ofSteps }) => settingKey([job.heldOut, forLabel(job), ...ofSteps]));
  // Fold by fold: settings that differ in a later step alone share what the steps before it made.
  const folds = [...new Set(asked.map(({ job }) => job.heldOut))];
  const ordered = folds.flatMap((fold) => [...new Set(keys.filter((_, i) => asked[i]!.job.heldOut === fold))]);
  let before: readonly Made<T>[] = [];
  for (const key of ordered) {
    const members = [...keys.keys()].filter((i) => keys[i] === key);
    const { job, ofSteps } = asked[members[0]!]!;
    const { heldOut, scaling = data.scaling, name } = job;
    const made: Made<T>[] = [{ key: '', rows: { ...data, scaling }, transformers: [] }];
    for (const [i, step] of steps.entries()) {
      const own = settingKey([heldOut, forLabel(job), ...ofSteps.slice(0, i + 1)]);
      const { rows, transformers } = made[i]!;
      const known = before[i + 1]?.key === own ? before[i + 1] : undefined;
      made.push(
        known ?? {
          key: own,
          ...(await stepped(step, { rows, transformers }, { name, heldOut, positive: forLabel(job), params: ofSteps[i]! }, options, context)),
        },
      );
    }
    before = made;
    const { rows, transformers } = made.at(-1)!;
    const own = members.map((i): Job<P, M> => {
      const { scaling: _, start, ...rest } = asked[i]!.job;
      return { ...rest, params: asked[i]!.own as Partial<P>, ...(start ? startIn(start, rows.x.cols) : {}) };
    });
    const models = await estimator.train(rows, own, options, context);
    members.forEach((i, at) => (trained[i] = { ...models[at]!, model: chainModel({ transformers, model: models[at]!.model }) }));
  }
  return trained;
}

/** One more step, learned from the rows that are not held out. */
async function stepped<T extends TargetKind>(
  step: Step,
  { rows, transformers }: Omit<Made<T>, 'key'>,
  { name, heldOut, positive, params }: Pick<Job<never>, 'name' | 'positive'> & { readonly heldOut: number | undefined; readonly params: object },
  { folds }: TrainOptions,
  context: StageContext,
): Promise<Omit<Made<T>, 'key'>> {
  const left = heldOut === undefined ? rows : { ...rows, rows: rows.rows.filter((_, row) => folds!.fold[row] !== heldOut) };
  if ('learn' in step) return { rows: { ...rows, scaling: (await step.learn(left, undefined))(rows.scaling, undefined) }, transformers };
  const target = positive === undefined ? left : { ...left, labels: against((left as Dataset as Dataset<'train'>).labels, positive) };
  const model = await learned(step, target, { name, params }, context);
  return { rows: await through([model], rows, context), transformers: [...transformers, model] };
}

/** A model to start from is one of this chain: what it holds is to start from, unless that is of as many features as another setting makes. */
function startIn<M>(start: M, cols: number): { readonly start?: M } {
  const { transformers, model } = start as unknown as Partial<ChainFields<M>>;
  if (!model) return { start };
  return (transformers?.at(-1)?.outputs ?? cols) === cols ? { start: model } : {};
}

export interface ChainFields<M> {
  readonly transformers: readonly Transformer[];
  readonly model: M;
}

/** What a model may be asked of many rows; the rows come first. */
const METHODS = ['decisionFunction', 'predictProba', 'predict', 'score', 'transform', 'evaluate'] as const;

function isDevice(given: unknown): given is Device {
  return typeof (given as Partial<Device> | undefined)?.compute === 'function';
}

/** The model, asked of what its transformers make of rows. */
export function chainModel<M extends Predictor>({ transformers, model }: ChainFields<M>): M {
  const made = (data: Rows, context?: Device): Promise<Rows> => behind(transformers, data, context);
  // Columns and weights of the model are those of what the transformers make.
  const { coef: _, intercept: __, columns: ___, ...inner } = model as M & Partial<Encodable> & { readonly intercept?: unknown };
  const columns = transformers[0]?.columns;
  const asked = METHODS.flatMap((name) => {
    const ask = (model as Readonly<Record<string, unknown>>)[name];
    if (typeof ask !== 'function') return [];
    return [[name, async (data: Rows, ...rest: unknown[]) => (ask as (...given: unknown[]) => unknown)(await made(data, rest.find(isDevice)), ...rest)]];
  });
  const staged: Predictor['stagedEvaluate'] =
    model.stagedEvaluate &&
    async function* (data, need, context) {
      yield* model.stagedEvaluate!(await made(data, context), need, context);
    };
  return {
    ...inner,
    ...(Object.fromEntries(asked) as object),
    ...(staged ? { stagedEvaluate: staged } : {}),
    ...(columns ? { columns } : {}),
    categories: transformers[0]?.categories,
    takes: transformers[0]?.takes,
    transformers,
    model,
    [encodeAs]: { type: TYPE, fields: { transformers, model } },
    async predictRow(row: FeatureArray, context?: Device, categories = transformers[0]?.categories) {
      const x = { ...matrix(1, row.length, row), categories };
      const one = await made({ name: 'The row', role: 'all', x, rows: Uint32Array.of(0) }, context);
      return model.predictRow((await takeRows(one.x, Uint32Array.of(0))).data, context, categoriesOf(one.x));
    },
  } as never;
}

/** Transformers know how what they get is scaled. */
function behind<R extends RowsOf>(transformers: readonly Transformer[], data: R, context?: Device): Promise<R> {
  return through(transformers, { ...data, scaling: undefined } as never, context) as Promise<never>;
}

/**
 * The model that a chain ends in, and rows as that model sees them; of other models the two as they are. What reads `fields` of a model
 * asks this first: a chain's are those of the model that it ends in.
 */
export async function seenBy<M extends object>(model: M, rows: RowsOf, context: Device): Promise<{ readonly model: M; readonly rows: RowsOf }> {
  const { transformers, model: last } = model as Partial<ChainFields<M>>;
  return transformers && last ? seenBy(last, await behind(transformers, rows, context), context) : { model, rows };
}

const TYPE = registerType('chainModel', (fields: ChainFields<Predictor>) => chainModel(fields));
