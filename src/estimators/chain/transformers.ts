// Steps that come before an estimator: what each learns from rows, and what it makes of them.
import { labelsOf, type Dataset, type Rows, type TargetKind } from '../../core/data/dataset.ts';
import type { Labels } from '../../core/data/labels.ts';
import type { Features } from '../../core/data/features.ts';
import { matrix, type Matrix } from '../../core/data/matrix.ts';
import { encodeAs, registerType, type Encodable } from '../../core/encoding/encoding.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Json } from '../../core/events.ts';
import type { Device, Estimator, Job, RowsOf, Trained, Transformer } from '../../dsl/estimator.ts';
import type { DatasetFact } from '../../dsl/graph/facts.ts';
import { callerPlace } from '../../dsl/place.ts';
import { kindOf } from '../../dsl/stage/checkOwn.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { checkTakes } from '../../dsl/takes.ts';
import type { ScalingTransform, Transform } from '../../dsl/transform.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';
import { knownFloat64, type KnownFloat64 } from '../rows/float64Columns.ts';
import { isLarge, madeAsRead } from './asRead.ts';

export type Step = ScalingTransform | Estimator<Transformer, never, 'none'>;

/** What can come before an estimator: a scaling, or a transformer. */
export type ChainPart = Transform | Estimator<Transformer, never, 'none'>;

/** @param owner who takes it @throws E_USAGE for what is no transform */
export function stepOf(owner: string, part: unknown, i: number): Step {
  const { transform, spec, kind } = (part ?? {}) as Partial<Transform> & Partial<Estimator<Transformer>> & { readonly spec?: { readonly id: string } };
  if (transform) return transform;
  if (kind === 'transformer') return part as Estimator<Transformer>;
  const found = spec ? `the stage '${spec.id}'` : kindOf(part);
  throw new PipelineError('E_USAGE', `${owner}: part ${i + 1} is ${found}; a transform is needed before the estimator.`, {
    at: callerPlace(),
    hint: 'Transforms are such as standardize(), impute(), oneHot(), polynomial() and pca(); the estimator stands last.',
  });
}

/** Names and parameters, for records and keys. */
export function describedSteps(steps: readonly Step[]): readonly Json[] {
  return steps.map(({ name, params }): Json => ({ [name]: params }));
}

/** Files whose text decides what steps do; undefined where that is not known. */
export function codeOfSteps(steps: readonly Pick<Estimator, 'code'>[] | readonly Step[]): readonly string[] | undefined {
  const code = steps.map((step) => ('learn' in step ? [] : step.code));
  return code.every((files) => files !== undefined) ? [...new Set(code.flat())] : undefined;
}

/** What is known of rows after a step. @throws what it would refuse */
export function factsBehind(step: Step, rows: DatasetFact): DatasetFact {
  checkTakes(step, rows);
  if ('learn' in step) return rows;
  return step.remake?.(rows) ?? { ...rows, cols: undefined, columns: undefined, dtype: 'f64', categories: undefined };
}

/** What a step learns of some rows. @param job its name is shown in errors; of a step that makes features, with parameters of its own */
export async function learned(
  step: Step,
  rows: Dataset<'train', Features, 'none'>,
  job: { readonly name: string; readonly params?: object },
  context: StageContext,
): Promise<Transformer> {
  if ('learn' in step) {
    const { shift, factor } = (await step.learn(rows, undefined))(rows.scaling, undefined);
    return scalingModel({ shift, factor, ...(await knownFloat64(rows)), ...(rows.columns ? { columns: rows.columns } : {}) });
  }
  const [{ model }] = (await step.train(rows, [job as Job<never, Transformer>], {}, context)) as [Trained<Transformer>];
  return model;
}

/** Fewer features take no less room without their zeros. */
const LEAST_SPARSE = 64;

/** What transformers make of rows, one after another. Many rows that stay where they are stored go through them as they are read. */
export async function through<T extends TargetKind>(
  transformers: readonly Transformer[],
  data: Dataset<'train', Features, T>,
  context?: Device,
): Promise<Dataset<'train', Features, T>> {
  let rows = data;
  for (const one of transformers) {
    const make = (one.outputs >= LEAST_SPARSE && one.sparse) || one.transform;
    const x = isLarge(rows) ? await madeAsRead(rows, (some) => one.transform(some, context)) : await make(rows, context);
    rows = remade(rows, x, one.outputColumns);
  }
  return rows;
}

export interface ScalingFields extends KnownFloat64 {
  readonly shift: Float64Array;
  readonly factor: Float64Array;
  readonly columns?: readonly string[] | undefined;
}

/** A scaling as a transformer, for rows whose other columns go another way. */
function scalingModel(fields: ScalingFields): Transformer & Encodable {
  const { shift, factor, columns } = fields;
  const cols = shift.length;
  return {
    kind: 'transformer',
    summary: {},
    outputs: cols,
    ...(columns ? { columns, outputColumns: columns } : {}),
    async transform({ name, x, rows, columns: there }: RowsOf) {
      const out = new Float64Array(rows.length * cols);
      const data = { name, x, rows, scaling: { shift, factor }, ...(there ? { columns: there } : {}) };
      for await (const block of featureBlocks(data)) out.set(block.x, block.from * cols);
      return matrix(rows.length, cols, out);
    },
    [encodeAs]: { type: TYPE, fields },
  };
}

const TYPE = registerType('scalingModel', (fields: ScalingFields) => scalingModel(fields));

/** The same rows with other features: everything that is told by row id is told by position. */
export function remade<T extends TargetKind>(
  data: Dataset<'train', Features, T>,
  x: Features,
  columns: readonly string[] | undefined,
): Dataset<'train', Features, T> {
  const { rows: ids, weights, groups, scaling: _, picture: __, columns: ___, ...rest } = data;
  const { labels, values, indicators } = rest as Rows & { readonly labels?: Labels; readonly values?: Matrix<'f64'>; readonly indicators?: Matrix<'u8'> };
  const target = {
    ...(labels ? { labels: labelsOf({ labels, rows: ids }) } : {}),
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
