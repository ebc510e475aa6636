// Makes models from what they say about rows: predictions, evaluations and what a run records follow from scores and probabilities, so
// no estimator has to write them.
import { labelsOf, valuesOf, weightsOf, type ClassName, type Dataset, type Rows, type Scaling } from '../../core/data/dataset.ts';
import type { Features } from '../../core/data/features.ts';
import { categoriesOf } from '../../core/data/categories.ts';
import { matrix, type Categories, type FeatureArray } from '../../core/data/matrix.ts';
import { checkAsks, labelsFor } from '../../core/data/classNames.ts';
import { distinctLabels, labelArray, positionsIn, type Labels } from '../../core/data/labels.ts';
import type { Role } from '../../core/data/dataset.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { JsonRecord } from '../../core/events.ts';
import type {
  Classifier,
  Clusterer,
  ClustersEvaluation,
  Device,
  IndicatorsEvaluation,
  Multilabel,
  OutlierDetector,
  Regressor,
  RowsOf,
  Transformer,
  ValuesEvaluation,
} from '../../dsl/estimator.ts';
import { accuracy } from '../../metrics/confusion.ts';
import { evaluationOf, predictedCodes } from '../../metrics/evaluation.ts';
import { r2 } from '../../metrics/regression.ts';
import { silhouettes } from '../../metrics/silhouette.ts';
import { featureBlocks } from '../rows/featureBlocks.ts';

/** Most numbers that a classifier says at once: 1 GB of float64. */
const MOST_SAID = 2 ** 27;

/** @throws E_SHAPE for rows and classes of which there is no room for every decision */
function checkSaid({ name, rows }: RowsOf, classes: number): void {
  if (rows.length * classes <= MOST_SAID) return;
  const gigabytes = ((rows.length * classes * 8) / 2 ** 30).toFixed(1);
  throw new PipelineError('E_SHAPE', `${rows.length} rows of ${name} by ${classes} classes are ${gigabytes} GB of decision values; 1 GB at most are held.`, {
    hint: `Score ${Math.floor(MOST_SAID / classes)} rows at a time, or by a score that needs none: accuracy, balancedAccuracy.`,
  });
}

/** What a model says about rows, as a flat array: `[rows][columns]`. */
export type Says = (data: RowsOf, context?: Device) => Promise<Float64Array>;

/** What every model has beside what it says. */
interface Base {
  readonly summary: JsonRecord;
}

/** What a model has that predicts of a single row. */
interface Predicting extends Base {
  /** What codes of the row mean: what they meant in the rows that the model was fitted on. */
  readonly categories?: Categories | undefined;
}

/** A fitted classifier, with its outputs for many rows. */
export interface FittedClassifier extends Classifier {
  /** Two classes: `[rows]`, positive towards the second. More: `[rows][classes]`, the largest wins. */
  decisionFunction: Says;
  /** `[rows][classes]`; absent where the estimator has none. */
  readonly predictProba?: Says | undefined;
  /** Set where decisions are no distances to a boundary: what calibrates or pairs the model goes by its probabilities. */
  readonly response?: 'probabilities' | undefined;
  /** Labels, `[rows]`. */
  predict(data: RowsOf, context?: Device): Promise<Labels>;
  /** Share of rows predicted right. */
  score(data: Dataset, context?: Device): Promise<number>;
}

function oneRow(row: FeatureArray, categories?: Categories): RowsOf {
  return { x: { ...matrix(1, row.length, row), ...(categories ? { categories } : {}) }, rows: Uint32Array.of(0), name: 'The row' };
}

export function classifierOf(
  base: Predicting & {
    readonly classes: readonly number[];
    /** What they are called, where they have names. */
    readonly classNames?: readonly ClassName[] | undefined;
    /** True when labels mean "this class or not", so predictions are booleans. */
    readonly binarized?: boolean | undefined;
    readonly response?: 'probabilities' | undefined;
    readonly decisionFunction: Says;
    /** Position among the classes of the one predicted, `[rows]`; absent where it is that of the largest decision. */
    readonly predictions?: ((data: RowsOf, context?: Device) => Promise<Labels>) | undefined;
    /** `[rows][classes]`, of rows and what `decisionFunction` says of them. */
    readonly probabilities?: ((decisions: Float64Array, data: RowsOf, context?: Device) => Float64Array | Promise<Float64Array>) | undefined;
  },
): FittedClassifier {
  const { classes, classNames, binarized = false, categories, response, decisionFunction, predictions, probabilities, summary } = base;
  /** A part of the rows after the other, where all of what is said of them at once is too much. */
  const codesOf = async (data: RowsOf, context?: Device): Promise<Labels> => {
    const codes = labelArray(data.rows.length, classes.length - 1);
    const most = Math.max(1, Math.floor(MOST_SAID / classes.length));
    for (let from = 0; from < codes.length; from += most) {
      const part = codes.length <= most ? data : { ...data, rows: data.rows.subarray(from, from + most) };
      codes.set(predictions ? await predictions(part, context) : predictedCodes(await decisionFunction(part, context), classes.length), from);
    }
    return codes;
  };
  const evaluate: FittedClassifier['evaluate'] = async (data, need, context) => {
    checkAsks({ classes, classNames, binarized }, data);
    const own = labelsFor({ classes, classNames }, data);
    if (need === 'counts') {
      const predicted = await codesOf(data, context);
      return evaluationOf(classes, own.labels, { decisions: new Float64Array(), predicted }, need, own.classNames);
    }
    checkSaid(data, classes.length);
    const decisions = await decisionFunction(data, context);
    const predicted = await predictions?.(data, context);
    const shares = await probabilities?.(decisions, data, context);
    return evaluationOf(classes, own.labels, { decisions, predicted, probabilities: shares }, need, own.classNames);
  };
  return {
    classes,
    ...(classNames ? { classNames } : {}),
    summary,
    ...(response ? { response } : {}),
    decisionFunction,
    ...(probabilities ? { predictProba: async (data, context) => probabilities(await decisionFunction(data, context), data, context) } : {}),
    async predict(data, context) {
      const codes = await codesOf(data, context);
      const labels = labelArray(codes.length, classes.at(-1)!);
      for (let row = 0; row < labels.length; row++) labels[row] = classes[codes[row]!]!;
      return labels;
    },
    evaluate,
    score: async (data, context) => accuracy((await evaluate(data, 'counts', context)).counts),
    async predictRow(row, context, meaning = categories) {
      const rows = oneRow(row, meaning); // the same one for all that is asked: it is brought to the device once
      const decisions = await decisionFunction(rows, context);
      const shares = await probabilities?.(decisions, rows, context);
      const code = (await predictions?.(rows, context))?.[0] ?? predictedCodes(decisions, classes.length)[0]!;
      const two = classes.length === 2;
      return {
        prediction: binarized ? code === 1 : (classNames?.[code] ?? classes[code]!),
        decision: two ? decisions[0]! : decisions[code]!,
        ...(shares ? { probability: two ? shares[1]! : shares[code]! } : {}),
      };
    },
  };
}

/** A fitted regressor, with its score on many rows. */
export interface FittedRegressor extends Regressor {
  /** R² of the predictions. */
  score(data: Dataset<Role, Features, 'values'>, context?: Device): Promise<number>;
}

/** Models by kind. */
export interface Models {
  readonly classifier: FittedClassifier;
  readonly regressor: FittedRegressor;
  readonly multilabel: Multilabel;
  readonly clusterer: Clusterer;
  readonly outlierDetector: OutlierDetector;
  readonly transformer: Transformer;
}

export function regressorOf({ summary, categories, outputs, predict }: Predicting & { readonly outputs: number; readonly predict: Says }): FittedRegressor {
  const evaluate: FittedRegressor['evaluate'] = async (data, _need, context) => {
    const rows = data as Dataset<Role, Features, 'values'>;
    const weights = weightsOf(data);
    return { of: 'values', outputs, truth: valuesOf(rows), predicted: await predict(rows, context), ...(weights ? { weights } : {}) };
  };
  return {
    kind: 'regressor',
    summary,
    outputs,
    predict,
    evaluate,
    score: async (data, context) => r2((await evaluate(data, 'counts', context)) as ValuesEvaluation),
    async predictRow(row, context, meaning = categories) {
      const values = [...(await predict(oneRow(row, meaning), context))];
      return { prediction: outputs === 1 ? values[0]! : values };
    },
  };
}

export function multilabelOf({
  summary,
  categories,
  labels,
  decisionFunction,
  predict = async (data, context) => Uint8Array.from(await decisionFunction(data, context), (score) => Number(score > 0)),
}: Predicting & {
  readonly labels: number;
  readonly decisionFunction: Says;
  /** Absent where a row has the labels of decisions above 0. */
  readonly predict?: Multilabel['predict'];
}): Multilabel {
  return {
    kind: 'multilabel',
    summary,
    labels,
    decisionFunction,
    predict,
    async evaluate(data, need, context): Promise<IndicatorsEvaluation> {
      const { indicators } = data as Dataset<Role, Features, 'indicators'>;
      const truth = new Uint8Array(data.rows.length * labels);
      data.rows.forEach((id, i) => truth.set(indicators.data.subarray(id * labels, (id + 1) * labels), i * labels));
      const decisions = need === 'decisions' ? { decisions: await decisionFunction(data, context) } : {};
      return { of: 'indicators', labels, truth, predicted: await predict(data, context), ...decisions };
    },
    predictRow: async (row, context, meaning = categories) => ({
      prediction: [...(await predict(oneRow(row, meaning), context))].flatMap((bit, label) => (bit ? [label] : [])),
    }),
  };
}

interface Clustering extends Base {
  readonly clusters: number;
  /** Of the features that distances are between. */
  readonly scaling: Scaling | undefined;
  readonly transform: Says;
}

export function clustererOf({ summary, clusters, scaling, transform }: Clustering): Clusterer {
  const nearest = (distances: Float64Array): Uint32Array =>
    Uint32Array.from({ length: distances.length / clusters }, (_, row) => {
      let best = row * clusters;
      for (let at = best + 1; at < (row + 1) * clusters; at++) if (distances[at]! < distances[best]!) best = at;
      return best - row * clusters;
    });
  return {
    kind: 'clusterer',
    summary,
    clusters,
    transform,
    predict: async (data, context) => nearest(await transform(data, context)),
    async evaluate(data, need, context) {
      const distances = await transform(data, context);
      const codes = nearest(distances);
      const looks = need === 'decisions' ? { silhouettes: await silhouettesOf({ ...data, scaling }, codes) } : {};
      const sizes = Array.from({ length: clusters }, () => 0);
      let inertia = 0;
      codes.forEach((code, row) => {
        sizes[code]!++;
        inertia += distances[row * clusters + code]! ** 2;
      });
      return { of: 'clusters', sizes, inertia, ...looks, ...('labels' in data ? { contingency: countsOf(labelsOf(data as Dataset), codes, clusters) } : {}) };
    },
    async predictRow(row, context) {
      const distances = await transform(oneRow(row), context);
      const [code] = nearest(distances);
      return { prediction: code!, distance: distances[code!]! };
    },
  };
}

/** Each row is compared with each other: of many, some say as much. */
const MOST_ROWS = 2000;
const MOST_DIFFERENCES = 2e8;

async function silhouettesOf(data: RowsOf, codes: Uint32Array): Promise<ClustersEvaluation['silhouettes']> {
  const most = Math.min(MOST_ROWS, Math.floor(Math.sqrt(MOST_DIFFERENCES / Math.max(1, data.x.cols))));
  const step = Math.max(1, Math.ceil(data.rows.length / most));
  const isTaken = (_: number, position: number): boolean => position % step === 0;
  const [rows, own] = [data.rows.filter(isTaken), codes.filter(isTaken)];
  const x = new Float64Array(rows.length * data.x.cols);
  for await (const block of featureBlocks({ ...data, rows })) x.set(block.x, block.from * block.cols);
  return { codes: own, values: silhouettes(x, data.x.cols, own) };
}

function countsOf(labels: Labels, codes: Uint32Array, clusters: number): number[][] {
  const classes = distinctLabels(labels);
  const counts = classes.map(() => new Array<number>(clusters).fill(0));
  positionsIn(classes, labels).forEach((code, row) => counts[code]![codes[row]!]!++);
  return counts;
}

export function outlierDetectorOf({
  summary,
  categories,
  offset,
  decisionFunction,
}: Predicting & { readonly offset: number; readonly decisionFunction: Says }): OutlierDetector {
  const side = (decision: number): 1 | -1 => (decision > 0 ? 1 : -1);
  return {
    kind: 'outlierDetector',
    summary,
    offset,
    decisionFunction,
    scoreSamples: async (data, context) => (await decisionFunction(data, context)).map((decision) => decision + offset),
    predict: async (data, context) => Int8Array.from(await decisionFunction(data, context), side),
    evaluate: async (data, _need, context) => ({ of: 'outliers', decisions: await decisionFunction(data, context) }),
    async predictRow(row, context, meaning = categories) {
      const [decision] = await decisionFunction(oneRow(row, meaning), context);
      return { prediction: side(decision!), decision: decision! };
    },
  };
}

export function transformerOf({
  summary,
  outputs,
  outputColumns,
  categories,
  transform,
  sparse,
}: Base & {
  readonly outputs: number;
  readonly outputColumns: readonly string[];
  /** Of the features, from those of the rows. */
  readonly categories?: ((there: Categories | undefined) => Categories | undefined) | undefined;
  readonly transform: Says;
  readonly sparse?: Transformer['sparse'];
}): Transformer {
  return {
    kind: 'transformer',
    summary,
    outputs,
    outputColumns,
    async transform(data: Rows | RowsOf, context) {
      const made = matrix(data.rows.length, outputs, await transform(data, context));
      const names = categories?.(categoriesOf(data.x));
      return names ? { ...made, categories: names } : made;
    },
    ...(sparse ? { sparse } : {}),
  };
}

/** Coefficients that a model has a list of for each class or output. */
export function coefficientsOf(fields: object): object {
  const { coef, intercept } = fields as { readonly coef?: unknown; readonly intercept?: unknown };
  if (!Array.isArray(coef) || !coef.every((one) => one instanceof Float64Array)) return {};
  return { coef, ...(intercept === undefined ? {} : { intercept }) };
}
