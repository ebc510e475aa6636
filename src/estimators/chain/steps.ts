// A chain with a step that makes other features: each fold learns its steps from its own training rows, and the estimator is
// trained on what they make of all rows. The model holds what was learned of each step.
import type { Dataset, Rows, TargetKind } from '../../core/data/dataset.ts';
import { takeRows, type Features } from '../../core/data/features.ts';
import { matrix, type FeatureArray } from '../../core/data/matrix.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding/encoding.ts';
import type { Device, Estimator, Job, Predictor, Trained, TrainOptions, Transformer } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { learned, through, type Step } from './transformers.ts';

/** Trains jobs of each fold on what the steps make of the rows. */
export async function throughSteps<M extends Predictor, P, T extends TargetKind>(
  steps: readonly Step[],
  estimator: Estimator<M, P, T>,
  data: Dataset<'train', Features, T>,
  jobs: readonly Job<P, M>[],
  options: TrainOptions,
  context: StageContext,
): Promise<readonly Trained<M>[]> {
  const trained: Trained<M>[] = [];
  for (const fold of new Set(jobs.map(({ heldOut }) => heldOut))) {
    const members = [...jobs.keys()].filter((i) => jobs[i]!.heldOut === fold);
    const { heldOut, scaling = data.scaling, name } = jobs[members[0]!]!;
    let rows: Dataset<'train', Features, T> = { ...data, scaling };
    const transformers: Transformer[] = [];
    for (const step of steps) {
      const left = heldOut === undefined ? rows : { ...rows, rows: rows.rows.filter((_, row) => options.folds!.fold[row] !== heldOut) };
      if ('learn' in step) rows = { ...rows, scaling: (await step.learn(left, undefined))(rows.scaling, undefined) };
      else {
        const model = await learned(step, left, name, context);
        rows = await through([model], rows, context);
        transformers.push(model);
      }
    }
    const own = members.map((i): Job<P, M> => {
      const { scaling: _, start, ...job } = jobs[i]!;
      // A model to start from is one of this chain: what it holds is to start from.
      return { ...job, ...(start ? { start: (start as unknown as Partial<ChainFields<M>>).model ?? start } : {}) };
    });
    const models = await estimator.train(rows, own, options, context);
    members.forEach((i, at) => (trained[i] = { ...models[at]!, model: chainModel({ transformers, model: models[at]!.model }) }));
  }
  return trained;
}

interface ChainFields<M> {
  readonly transformers: readonly Transformer[];
  readonly model: M;
}

/** What a model may be asked of many rows; the rows come first. */
const METHODS = ['decisionFunction', 'predictProba', 'predict', 'score', 'transform', 'evaluate'] as const;

function isDevice(given: unknown): given is Device {
  return typeof (given as Partial<Device> | undefined)?.compute === 'function';
}

/** The model, asked of what its transformers make of rows. */
function chainModel<M extends Predictor>({ transformers, model }: ChainFields<M>): M {
  const made = (data: Rows, context?: Device): Promise<Rows> =>
    through(transformers, { ...data, scaling: undefined } as Dataset<'train', Features, 'none'>, context);
  // Columns and weights of the model are those of what the transformers make.
  const { coef: _, intercept: __, columns: ___, ...inner } = model as M & Partial<Encodable> & { readonly intercept?: unknown };
  const columns = transformers[0]?.columns;
  const asked = METHODS.flatMap((name) => {
    const ask = (model as Readonly<Record<string, unknown>>)[name];
    if (typeof ask !== 'function') return [];
    return [[name, async (data: Rows, ...rest: unknown[]) => (ask as (...given: unknown[]) => unknown)(await made(data, rest.find(isDevice)), ...rest)]];
  });
  return {
    ...inner,
    ...(Object.fromEntries(asked) as object),
    ...(columns ? { columns } : {}),
    takes: transformers[0]?.takes,
    transformers,
    model,
    [encodeAs]: { type: 'chainModel', fields: { transformers, model } },
    async predictRow(row: FeatureArray, context?: Device) {
      // Codes of a row are those of the rows that the model was fitted on.
      const x = { ...matrix(1, row.length, row), categories: transformers[0]?.categories };
      const one = await made({ name: 'The row', role: 'all', x, rows: Uint32Array.of(0) }, context);
      return model.predictRow((await takeRows(one.x, Uint32Array.of(0))).data, context);
    },
  } as never;
}

registerType('chainModel', (fields: ChainFields<Predictor>) => chainModel(fields));
