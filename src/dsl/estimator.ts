// What the stages that fit and score ask of an estimator. An estimator is a value that holds its parameters; training
// returns new models and never changes the estimator.
import type { ClassName, Dataset, Rows, Scaling, TargetKind } from '../core/data/dataset.ts';
import type { Json, JsonRecord } from '../core/events.ts';
import type { CsrMatrix } from '../core/data/csr.ts';
import type { Features } from '../core/data/features.ts';
import type { Labels } from '../core/data/labels.ts';
import type { Categories, FeatureArray, Matrix } from '../core/data/matrix.ts';
import type { StageContext } from './stage/context.ts';
import type { DatasetFact, ModelFact } from './graph/facts.ts';
import type { Kind } from './kind.ts';
import type { Configurable, z } from './params.ts';

export type { Kind } from './kind.ts';

/** Which rows are held out when: `fold[i]` is the fold in which row i (in dataset order) is held out. */
export interface Folds {
  readonly count: number;
  readonly fold: Uint8Array;
}

/** What a scorer wants to see: counts of predictions, or every row's decision values and probabilities too. */
export type Need = 'counts' | 'decisions';

/** How many rows, by label: those that have it, those that it is predicted of, and those of both. */
export interface ClassCounts {
  readonly rows: readonly number[];
  readonly predicted: readonly number[];
  readonly right: readonly number[];
}

/** How a classifier did on some rows; `evaluationOf` of the metrics makes one. */
export interface Evaluation {
  readonly of?: 'classes' | undefined;
  /** Labels that the model tells apart, ascending. */
  readonly classes: readonly number[];
  /** What labels are called, `classNames[label]`, where they have names. */
  readonly classNames?: readonly ClassName[] | undefined;
  /** Where rows have labels that the model never saw: those and `classes`, ascending. Counts and codes go by these; absent, by `classes`. */
  readonly labels?: readonly number[] | undefined;
  readonly counts: ClassCounts;
  /** `[true label][predicted label]`; absent where there are so many labels that only {@link counts} has room. */
  readonly confusion?: readonly (readonly number[])[] | undefined;
  /** Code of each row's label, its position in `labels ?? classes`, `[rows]`; present when decisions were asked for. */
  readonly truth?: Labels | undefined;
  /** The same of the label that is predicted, `[rows]`. */
  readonly predicted?: Labels | undefined;
  /** Two classes: `[rows]`, positive towards the second. Otherwise `[rows][classes]`, not normalised. */
  readonly decisions?: Float64Array | undefined;
  /** `[rows][classes]`, as the model's `predictProba` has them. */
  readonly probabilities?: Float64Array | undefined;
  /** Why there is no evaluation: the model could not be trained. Its scores are NaN. */
  readonly failed?: string | undefined;
}

/** How a regressor did on some rows. */
export interface ValuesEvaluation {
  readonly of: 'values';
  readonly outputs: number;
  /** `[rows][outputs]`, the target's. */
  readonly truth: Float64Array;
  /** `[rows][outputs]`, the model's. */
  readonly predicted: Float64Array;
  /** `[rows]`; absent for 1 each. */
  readonly weights?: Float32Array | undefined;
  readonly failed?: string | undefined;
}

/** How a model of several labels did on some rows. */
export interface IndicatorsEvaluation {
  readonly of: 'indicators';
  readonly labels: number;
  /** `[rows][labels]`, 1 where a row has a label. */
  readonly truth: Uint8Array;
  /** `[rows][labels]`, 1 where the model says so. */
  readonly predicted: Uint8Array;
  /** `[rows][labels]`, above 0 for a label; present when decisions were asked for. */
  readonly decisions?: Float64Array | undefined;
  readonly failed?: string | undefined;
}

/** How a clustering fits some rows. */
export interface ClustersEvaluation {
  readonly of: 'clusters';
  /** Rows nearest to each cluster, `[clusters]`. */
  readonly sizes: readonly number[];
  /** Sum of squared distances to the nearest cluster. */
  readonly inertia: number;
  /** `[class][cluster]` counts, where rows have classes. */
  readonly contingency?: readonly (readonly number[])[] | undefined;
  /** How well some rows, evenly among all, sit in their clusters; present when decisions were asked for. */
  readonly silhouettes?: { readonly codes: Uint32Array; readonly values: Float64Array } | undefined;
  readonly failed?: string | undefined;
}

/** Which of some rows are unlike those that a model was fitted on. */
export interface OutliersEvaluation {
  readonly of: 'outliers';
  /** `[rows]`, above 0 for a row like the others. */
  readonly decisions: Float64Array;
  readonly failed?: string | undefined;
}

export type AnyEvaluation = Evaluation | ValuesEvaluation | IndicatorsEvaluation | ClustersEvaluation | OutliersEvaluation;

/** What computes for a model: a stage's context, or by default the device that a run would choose. */
export type Device = Pick<StageContext, 'compute' | 'progress'>;

/** What a model says of one row. */
export interface RowPrediction {
  /** The class, the value or values, the labels, the cluster, or 1 for a row like the others and -1 for an outlier. */
  readonly prediction: Json;
  /** Of a classifier: see {@link Prediction}. Of a detector of outliers: above 0 for a row like the others. */
  readonly decision?: number;
  readonly probability?: number;
  /** Of a clusterer: how far the row is from its cluster. */
  readonly distance?: number;
}

export interface Prediction extends RowPrediction {
  readonly prediction: ClassName;
  /** Signed distance to the boundary for two classes, positive towards the second; else the largest score. */
  readonly decision: number;
  /** Of the second class for two classes, else of the class predicted; absent where the model has none. */
  readonly probability?: number;
}

/** What an estimator may take among features beside finite numbers: NaN where there is no value, and codes of names. */
export type Takes = 'gaps' | 'categories';

/** Something fitted: data, and what it says of rows. */
export interface Model {
  /** Absent for a classifier. */
  readonly kind?: Kind | undefined;
  /** Names of the columns that it was fitted on, where they had names. */
  readonly columns?: readonly string[] | undefined;
  /** What it takes beside finite numbers; absent for nothing. */
  readonly takes?: readonly Takes[] | undefined;
  /** Names that columns of names had in the fit; a code stands for its position there. */
  readonly categories?: Categories | undefined;
  /** What the run records about the fit. */
  readonly summary: JsonRecord;
}

/** A model that predicts something of a row. */
export interface Predictor extends Model {
  /** Of a chain: the model of what its transformers make, whose columns and weights are those of that. */
  readonly model?: Predictor | undefined;
  /** One weight a feature, where the model has such: one row for two classes, else one a class or output. */
  readonly coef?: readonly Float64Array[] | undefined;
  /** @param categories what codes of the row mean; by default what they meant in the fit */
  predictRow(row: FeatureArray, context?: Device, categories?: Categories): Promise<RowPrediction>;
  evaluate(data: Rows, need: Need, context?: Device): Promise<AnyEvaluation>;
  /** Of a model that was made in rounds: how it did after each of them, in turn. */
  stagedEvaluate?(data: Rows, need: Need, context?: Device): AsyncIterable<AnyEvaluation>;
}

/** A fitted classifier. */
export interface Classifier extends Predictor {
  readonly kind?: 'classifier' | undefined;
  /** Labels that it tells apart, ascending. */
  readonly classes: readonly number[];
  /** What they are called, in the same order, where the rows it was fitted on have names. */
  readonly classNames?: readonly ClassName[] | undefined;
  predictRow(row: FeatureArray, context?: Device, categories?: Categories): Promise<Prediction>;
  evaluate(data: Dataset, need: Need, context?: Device): Promise<Evaluation>;
}

/** A fitted regressor. */
export interface Regressor extends Predictor {
  readonly kind: 'regressor';
  /** Numbers that it predicts of a row. */
  readonly outputs: number;
  /** `[rows][outputs]` */
  predict(data: RowsOf, context?: Device): Promise<Float64Array>;
}

/** A fitted model of several labels. */
export interface Multilabel extends Predictor {
  readonly kind: 'multilabel';
  readonly labels: number;
  /** `[rows][labels]`, above 0 where a row has the label. */
  decisionFunction(data: RowsOf, context?: Device): Promise<Float64Array>;
  /** `[rows][labels]`, 1 where a row has the label. */
  predict(data: RowsOf, context?: Device): Promise<Uint8Array>;
}

/** A fitted clustering. */
export interface Clusterer extends Predictor {
  readonly kind: 'clusterer';
  readonly clusters: number;
  /** Distances to the clusters, `[rows][clusters]`. */
  transform(data: RowsOf, context?: Device): Promise<Float64Array>;
  /** The nearest cluster, `[rows]`. */
  predict(data: RowsOf, context?: Device): Promise<Uint32Array>;
}

/** A fitted detector of outliers: rows unlike those that it was fitted on. */
export interface OutlierDetector extends Predictor {
  readonly kind: 'outlierDetector';
  /** What is taken from `scoreSamples` for decisions. */
  readonly offset: number;
  /** `[rows]`, above 0 for a row like the others. */
  decisionFunction(data: RowsOf, context?: Device): Promise<Float64Array>;
  /** How much each row is like the others, `[rows]`. */
  scoreSamples(data: RowsOf, context?: Device): Promise<Float64Array>;
  /** 1 for a row like the others and -1 for an outlier, `[rows]`. */
  predict(data: RowsOf, context?: Device): Promise<Int8Array>;
}

/** A fitted transformer: it makes new features of a row. */
export interface Transformer extends Model {
  readonly kind: 'transformer';
  /** Features it makes. */
  readonly outputs: number;
  /** What they are called, `[outputs]`. */
  readonly outputColumns?: readonly string[] | undefined;
  /** `[rows, outputs]` */
  transform(data: RowsOf, context?: Device): Promise<Matrix<'f64'>>;
  /** The same without its zeros, where most features are 0: what a chain goes on with. */
  sparse?(data: RowsOf, context?: Device): Promise<CsrMatrix<'f64'>>;
}

/** Rows to say something of, whatever their role and target. */
export type RowsOf = Pick<Rows, 'name' | 'x' | 'rows'> & Partial<Pick<Rows, 'columns' | 'scaling'>>;

/** The target that a model is fitted on. */
export type TargetFor<M> = M extends { readonly kind: 'regressor' }
  ? 'values'
  : M extends { readonly kind: 'multilabel' }
    ? 'indicators'
    : M extends { readonly kind: 'clusterer' | 'outlierDetector' | 'transformer' }
      ? 'none'
      : 'classes';

/** One model to train. */
export interface Job<P, M = unknown> {
  /** Shown in progress and in errors, for example `fold 2`. */
  readonly name: string;
  /** The fold whose rows are held out; absent to train on all rows. */
  readonly heldOut?: number;
  /** Train this label against all others, as two classes; every job of a call, or none. */
  readonly positive?: number | undefined;
  /** Parameters that differ from the estimator's. */
  readonly params?: Partial<P>;
  /** Scaling of the features for this job, in place of the dataset's; only for an estimator that {@link Estimator.scales}. */
  readonly scaling?: Scaling | undefined;
  /** Start from this model instead of the estimator's own start. */
  readonly start?: M;
}

/** The evaluation that a model gives. */
export type EvaluationOf<M> = M extends { evaluate(...given: never): Promise<infer E> } ? E : AnyEvaluation;

/** Models that predict of each row what its target is: clusters of several models have no names in common. */
export type TargetPredictor = Classifier | Regressor | Multilabel;

/** What is predicted of rows by models that were not fitted on them. */
export interface CrossValPredicted<M = TargetPredictor> {
  /** What predicted: the estimator of its models. */
  readonly estimator: { readonly name: string; readonly params: JsonRecord };
  /** In the order of the rows. Labels, `[rows]`; values, `[rows][outputs]`; or indicators, `[rows][labels]`. */
  readonly predictions: M extends Regressor ? Float64Array : M extends Multilabel ? Uint8Array : M extends Classifier ? Labels : Labels | Float64Array;
  /** Of all rows, in their order: targets, decisions, and probabilities where the models have such. */
  readonly evaluation: M extends Regressor
    ? ValuesEvaluation
    : M extends Multilabel
      ? IndicatorsEvaluation & { readonly decisions: Float64Array }
      : M extends Classifier
        ? Evaluation & { readonly truth: Labels; readonly predicted: Labels; readonly decisions: Float64Array }
        : AnyEvaluation;
}

export interface Trained<M> {
  readonly model: M;
  /** On the rows held out; absent when none were. */
  readonly heldOut?: EvaluationOf<M>;
}

export interface TrainOptions {
  readonly folds?: Folds | undefined;
  /** What `heldOut` evaluations must hold; counts by default. */
  readonly need?: Need | undefined;
}

/**
 * @typeParam P parameters that jobs may set
 * @typeParam T kind of the target that it learns
 */
export interface Estimator<M extends Model = Classifier, P = unknown, T extends TargetKind = TargetFor<M>> {
  readonly name: string;
  /** What its models are for; absent for classifiers. */
  readonly kind?: Kind | undefined;
  readonly params: JsonRecord;
  /** Files whose text decides what it does, beside this package's; empty for estimators of this package. Unknown when absent. */
  readonly code?: readonly string[] | undefined;
  /** What it was made with that is no parameter but decides what it does. */
  readonly captured?: Readonly<Record<string, unknown>> | undefined;
  /** How it is made anew with other parameters, for `--set`. */
  readonly configurable?: Configurable<Estimator<M, P, T>> | undefined;
  /** What it takes beside finite numbers; absent for nothing. */
  readonly takes?: readonly Takes[] | undefined;
  /** Of a transformer: it learns from the target too. */
  readonly supervised?: true | undefined;
  /** Of a transformer: facts of what it makes of such rows. @throws what it would refuse, as far as facts tell */
  remake?(rows: DatasetFact): DatasetFact;
  /** Schema of the parameters that jobs may set, for checks before anything runs. Unknown when absent. */
  readonly jobParams?: z.ZodObject | undefined;
  /** Whether each job may have a scaling of its own, so that folds with their own figures share a pass. */
  readonly scales?: true | undefined;
  /** Whether it trains on rows that are spread over shards. */
  readonly shards?: true | undefined;
  /** Whether it draws by chance and was given no seed: that of the run decides. */
  readonly seeded?: true | undefined;
  /** What `train` would make of such rows. @throws what it would refuse, as far as facts tell */
  plan?(train: DatasetFact, jobs: readonly Pick<Job<P>, 'params' | 'positive'>[]): ModelFact;
  /** Trains every job in one go, in as few passes over the data as the estimator can. Results in job order. */
  train(train: Dataset<'train', Features, T>, jobs: readonly Job<P, M>[], options: TrainOptions, context: StageContext): Promise<readonly Trained<M>[]>;
  /** Of an estimator whose models go on: a new model that has learned these rows too, in one pass. @throws for a model that is none of its own */
  partialFit?(model: Model, rows: Dataset<'train', Features, T>, context: StageContext): Promise<M>;
}
