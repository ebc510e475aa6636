// What a model says on average where a feature, or two, have a value. Source: sklearn/inspection/_partial_dependence.py, method brute.
import { categoriesOf } from '../../core/data/categories.ts';
import { weightsOf, type Rows } from '../../core/data/dataset.ts';
import { didYouMean } from '../../core/errors/didYouMean.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import { takeBlocks, type Features } from '../../core/data/features.ts';
import type { Device, Predictor, Regressor, RowsOf } from '../../dsl/estimator.ts';
import { throwIfCancelled, type StageContext } from '../../dsl/stage/context.ts';
import { letOthersIn } from '../../dsl/stage/turns.ts';
import { parseParams, z, type ShapeOf } from '../../dsl/params.ts';
import { aKind } from '../../dsl/kind.ts';
import { callerPlace } from '../../dsl/place.ts';
import { madeRows } from '../combined/madeRows.ts';
import type { FittedClassifier } from '../define/models.ts';

export interface PartialDependenceOptions {
  /** Values of each feature, evenly between the percentiles; a feature with fewer of its own has those. Default 100. */
  readonly gridResolution?: number | undefined;
  /** Shares of the rows below the first and the last value. Default 0.05 and 0.95. */
  readonly percentiles?: readonly [low: number, high: number] | undefined;
  /** What is averaged of a classifier: by default probabilities, where it has such, else decisions. */
  readonly responseMethod?: 'predictProba' | 'decisionFunction' | undefined;
}

const params = z.strictObject({
  gridResolution: z.int().min(2).default(100),
  percentiles: z
    .tuple([z.number().min(0).max(1), z.number().min(0).max(1)])
    .refine(([low, high]) => low < high, { error: 'the first must be below the second' })
    .default([0.05, 0.95]),
  responseMethod: z.enum(['predictProba', 'decisionFunction']).optional(),
} satisfies ShapeOf<PartialDependenceOptions>);

export interface PartialDependence {
  /** Values of each feature, ascending, one list a feature. */
  readonly gridValues: readonly Float64Array[];
  /** Of each output: one of two classes (the second) and of values; else one a class, or a value of several. Each `[values]`, or `[values of the first][values of the second]`. */
  readonly average: readonly Float64Array[];
}

/** Rows that a model is asked of at once. */
const MOST_ROWS = 2 ** 18;

/**
 * `partial_dependence(model, X, features, method='brute')`: what the model says of the rows on average once a feature, or a pair, has one
 * value in all of them, for values from its 5th to its 95th percentile. It tells how the model uses a feature that does not go along
 * with others; where it does, some of the rows asked of are such as there are none.
 *
 * @param data rows; their weights, where they have such, weigh the average
 * @param features one or two columns, by name or number
 * @throws E_PARAMS for a column that there is not, and for a model of clusters or several labels; E_DATA for a column with gaps, or whose
 *   percentiles are one value, and for weights that add up to 0; E_CANCELLED where the context is that of a stage that is to stop
 * @example
 * const shape = stage({
 *   id: 'shape', needs: ['test', 'model'], provides: ['shape'],
 *   run: async ({ test, model }: Pick<Split, 'test'> & { readonly model: LogisticModel }, context) => ({
 *     shape: await partialDependence(model, test, ['flavanoids', 'hue'], { gridResolution: 20 }, context), // { gridValues, average }
 *   }),
 * });
 */
export async function partialDependence(
  model: Predictor,
  data: Rows,
  features: string | number | readonly [string | number] | readonly [string | number, string | number],
  options: PartialDependenceOptions = {},
  context?: Device & Partial<Pick<StageContext, 'signal'>>,
): Promise<PartialDependence> {
  const { gridResolution, percentiles, responseMethod } = parseParams('partialDependence', params, options);
  const { says, outputs, second } = responseOf(model, responseMethod);
  const asked = typeof features === 'object' ? features : [features];
  if (asked.length === 0 || asked.length > 2)
    throw refused(`${asked.length} features arrived; one or two are needed.`, "Write partialDependence(model, rows, ['age', 'bmi']).");
  const columns = asked.map((one) => columnAt(data, one));
  const gridValues: Float64Array[] = [];
  for (const column of columns) gridValues.push(valuesOf(data, column, await columnOf(data, column), gridResolution, percentiles));
  const [first, other = Float64Array.of(0)] = gridValues as [Float64Array, Float64Array?];
  const points = first.length * other.length;
  const average = Array.from({ length: second ? 1 : outputs }, () => new Float64Array(points));
  const weights = weightsOf(data);
  const count = data.rows.length;
  const total = weights ? weights.reduce((sum, weight) => sum + weight, 0) : count;
  if (!(total > 0)) {
    throw new PipelineError('E_DATA', `partialDependence: the weights of ${data.name} add up to ${total}, and there is no average by such.`, {
      hint: 'Pass rows of which some have a weight, or rows without weights.',
    });
  }
  const most = Math.max(1, Math.floor(MOST_ROWS / count));
  for (let from = 0; from < points; from += most) {
    await letOthersIn();
    if (context?.signal) throwIfCancelled(context.signal);
    const some = Math.min(most, points - from);
    const said = await says(
      withValues(data, some, (row, into, at) => {
        const point = from + Math.floor(row / count);
        into[at + columns[0]!] = first[Math.floor(point / other.length)]!;
        if (columns.length === 2) into[at + columns[1]!] = other[point % other.length]!;
      }),
      context,
    );
    for (let row = 0; row < some * count; row++) {
      const weight = (weights ? weights[row % count]! : 1) / total;
      const point = from + Math.floor(row / count);
      if (second) average[0]![point]! += weight * said[row * outputs + outputs - 1]!;
      else for (let output = 0; output < outputs; output++) average[output]![point]! += weight * said[row * outputs + output]!;
    }
  }
  return { gridValues, average };
}

interface Response {
  /** `[rows][outputs]` */
  readonly says: (rows: RowsOf, context?: Device) => Promise<Float64Array>;
  readonly outputs: number;
  /** Of two classes: the last output is that of the second, and the only one that counts. */
  readonly second: boolean;
}

function responseOf(model: Predictor, asked: PartialDependenceOptions['responseMethod']): Response {
  const { kind = 'classifier' } = model;
  if (kind === 'regressor') {
    if (asked) throw refused(`responseMethod is ${asked}; a regressor has predictions alone.`, 'Leave responseMethod out.');
    const { outputs, predict } = model as Regressor;
    return { says: predict, outputs, second: false };
  }
  if (kind !== 'classifier')
    throw refused(`the model is ${aKind(kind)}; a classifier or a regressor is needed.`, 'Pass a model that predicts one class or values of each row.');
  const { classes, predictProba, decisionFunction } = model as FittedClassifier;
  if (asked === 'predictProba' && !predictProba)
    throw refused('the model has no probabilities.', 'Leave responseMethod out, or calibrate it: calibratedClassifier(estimator).');
  const two = classes.length === 2;
  if (predictProba && asked !== 'decisionFunction') return { says: predictProba, outputs: classes.length, second: two };
  return { says: decisionFunction, outputs: two ? 1 : classes.length, second: two };
}

function refused(message: string, hint: string): PipelineError {
  return new PipelineError('E_PARAMS', `partialDependence: ${message}`, { at: callerPlace(), hint });
}

function columnAt({ name, x, columns }: Rows, feature: string | number): number {
  if (typeof feature === 'number') {
    if (Number.isInteger(feature) && feature >= 0 && feature < x.cols) return feature;
    throw refused(`${name} has no column ${feature}: it has ${x.cols}.`, 'Columns are counted from 0.');
  }
  const at = columns?.indexOf(feature) ?? -1;
  if (at >= 0) return at;
  throw columns
    ? refused(`${name} has no column '${feature}'.`, didYouMean(feature, columns, 'Columns'))
    : refused(`columns of ${name} have no names; '${feature}' arrived.`, 'Give the number of the column, from 0.');
}

async function columnOf({ x, rows }: Rows, column: number): Promise<Float64Array> {
  const values = new Float64Array(rows.length);
  for await (const { data, from, rows: count } of takeBlocks(x, rows)) for (let i = 0; i < count; i++) values[from + i] = data[i * x.cols + column]!;
  return values;
}

/** Its own values, of categories and where there are few; else evenly between percentiles. */
function valuesOf({ name, x, columns }: Rows, column: number, values: Float64Array, count: number, percentiles: readonly [number, number]): Float64Array {
  const called = columns?.[column] ?? `column ${column}`;
  const named = categoriesOf(x)?.[column];
  const sorted = values.filter((value) => !named || !Number.isNaN(value)).toSorted();
  if (Number.isNaN(sorted.at(-1) ?? NaN)) {
    const hint =
      sorted.length === 0 ? 'Pass rows with values.' : 'Fill them before: chain(impute(), estimator) does for the model alone; pass rows without gaps.';
    throw new PipelineError('E_DATA', `partialDependence: ${called} of ${name} has ${sorted.length === 0 ? 'no values' : 'gaps'}.`, { hint });
  }
  const own = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
  if (named || own.length < count) return own;
  const [low, high] = [quantile(sorted, percentiles[0]), quantile(sorted, percentiles[1])];
  if (Math.abs(low - high) <= 1e-8 + 1e-5 * Math.abs(high)) {
    throw new PipelineError('E_DATA', `partialDependence: the percentiles ${percentiles.join(' and ')} of ${called} of ${name} are both ${low}.`, {
      hint: 'Give percentiles that lie further apart: percentiles: [0, 1].',
    });
  }
  return Float64Array.from({ length: count }, (_, i) => (i === count - 1 ? high : low + i * ((high - low) / (count - 1))));
}

/** `mquantiles` of scipy */
function quantile(sorted: Float64Array, share: number): number {
  const n = sorted.length;
  const place = n * share + 0.4 + share * 0.2;
  const below = Math.floor(Math.min(n - 1, Math.max(1, place)));
  const part = Math.min(1, Math.max(0, place - below));
  return (1 - part) * sorted[below - 1]! + part * sorted[below]!;
}

/** The rows as often, with values put in place: `put` gets a row's number among all of them, and where its features begin. */
function withValues({ name, x, rows, columns, scaling }: Rows, times: number, put: (row: number, into: Float64Array, at: number) => void): RowsOf {
  const count = rows.length;
  const ids = Uint32Array.from({ length: count * times }, (_, row) => rows[row % count]!);
  const made: Features = {
    ...madeRows(x, ids, x.cols, categoriesOf(x), (from, positions, into) => {
      into.set(from as Float64Array);
      positions.forEach((row, i) => put(row, into as Float64Array, i * x.cols));
    }),
    dtype: 'f64', // values between those of bytes are none
  };
  return { name, x: made, rows: Uint32Array.from(ids.keys()), ...(columns ? { columns } : {}), ...(scaling ? { scaling } : {}) };
}
