// A chain with a step that makes other features: each fold learns its steps from its own training rows, and the estimator is
// trained on what they make of all rows. The model holds what was learned of each step.
import type { Dataset, Rows, TargetKind } from '../../core/data/dataset.ts';
import { takeRows, type Features } from '../../core/data/features.ts';
import { matrix, type FeatureArray, type Matrix } from '../../core/data/matrix.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding/encoding.ts';
import type { Device, Estimator, Job, Predictor, Trained, TrainOptions, Transformer } from '../../dsl/estimator.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import type { ScalingTransform } from '../../dsl/transform.ts';

export type Step = ScalingTransform | Estimator<Transformer, never, 'none'>;

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
        const [{ model }] = (await step.train(left, [{ name }], {}, context)) as [Trained<Transformer>];
        rows = remade(rows, await model.transform(rows, context), model.outputColumns);
        transformers.push(model);
      }
    }
    const own = members.map((i): Job<P, M> => {
      const { scaling: _, start, ...job } = jobs[i]!;
      // A model to start from is one of this chain: what it holds is to start from.
      return { ...job, ...(start ? { start: (start as Partial<ChainFields<M>>).model ?? start } : {}) };
    });
    const models = await estimator.train(rows, own, options, context);
    members.forEach((i, at) => (trained[i] = { ...models[at]!, model: chainModel({ transformers, model: models[at]!.model }) }));
  }
  return trained;
}

/** The same rows with other features: everything that is told by row id is told by position. */
function remade<T extends TargetKind>(data: Dataset<'train', Features, T>, x: Matrix, columns: readonly string[] | undefined): Dataset<'train', Features, T> {
  const { rows: ids, weights, groups, scaling: _, picture: __, columns: ___, ...rest } = data;
  const { labels, values, indicators } = rest as Rows & { readonly labels?: Uint8Array; readonly values?: Matrix<'f64'>; readonly indicators?: Matrix<'u8'> };
  const target = {
    ...(labels ? { labels: Uint8Array.from(ids, (id) => labels[id]!) } : {}),
    ...(values ? { values: picked(values, ids) } : {}),
    ...(indicators ? { indicators: picked(indicators, ids) } : {}),
    ...(groups ? { groups: Uint32Array.from(ids, (id) => groups[id]!) } : {}),
    ...(weights ? { weights: Float32Array.from(ids, (id) => weights[id]!) } : {}),
  };
  return { ...rest, ...target, x, ...(columns ? { columns } : {}), rows: Uint32Array.from(ids.keys()) } as never;
}

function picked({ data, cols }: Matrix, ids: Uint32Array): Matrix {
  const out = new (data.constructor as Float64ArrayConstructor)(ids.length * cols);
  ids.forEach((id, i) => out.set(data.subarray(id * cols, (id + 1) * cols), i * cols));
  return matrix(ids.length, cols, out);
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
  const through = async (data: Rows, context?: Device): Promise<Rows> => {
    let rows = { ...data, scaling: undefined } as never as Dataset<'train', Features, 'none'>;
    for (const one of transformers) rows = remade(rows, await one.transform(rows, context), one.outputColumns);
    return rows;
  };
  // Columns and weights of the model are those of what the transformers make.
  const { coef: _, intercept: __, columns: ___, ...inner } = model as M & Partial<Encodable> & { readonly intercept?: unknown };
  const columns = transformers[0]?.columns;
  const asked = METHODS.flatMap((name) => {
    const ask = (model as Readonly<Record<string, unknown>>)[name];
    if (typeof ask !== 'function') return [];
    return [[name, async (data: Rows, ...rest: unknown[]) => (ask as (...given: unknown[]) => unknown)(await through(data, rest.find(isDevice)), ...rest)]];
  });
  return {
    ...inner,
    ...(Object.fromEntries(asked) as object),
    ...(columns ? { columns } : {}),
    transformers,
    model,
    [encodeAs]: { type: 'chainModel', fields: { transformers, model } },
    async predictRow(row: FeatureArray, context?: Device) {
      const made = await through({ name: 'The row', role: 'all', x: matrix(1, row.length, row), rows: Uint32Array.of(0) }, context);
      return model.predictRow((await takeRows(made.x, Uint32Array.of(0))).data, context);
    },
  } as never;
}

registerType('chainModel', (fields: ChainFields<Predictor>) => chainModel(fields));
