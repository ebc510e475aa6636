// What the stages that fit and score ask of an estimator. An estimator is a value that holds its parameters; training
// returns new models and never changes the estimator.
import type { Dataset, Scaling } from '../core/data/dataset.ts';
import type { Json, JsonRecord } from '../core/events.ts';
import type { FeatureArray } from '../core/data/matrix.ts';
import type { StageContext } from './stage/context.ts';
import type { DatasetFact, ModelFact } from './graph/facts.ts';
import type { Configurable, z } from './params.ts';

/** Which rows are held out when: `fold[i]` is the fold in which row i (in dataset order) is held out. */
export interface Folds {
  readonly count: number;
  readonly fold: Uint8Array;
}

/** What a scorer wants to see: counts of predictions, or every row's decision values and probabilities too. */
export type Need = 'counts' | 'decisions';

/** How a model did on some rows; `evaluationOf` of the metrics makes one. */
export interface Evaluation {
  /** Labels that the model tells apart, ascending. */
  readonly classes: readonly number[];
  /** Where rows have labels that the model never saw: those and `classes`, ascending. Counts and codes go by these; absent, by `classes`. */
  readonly labels?: readonly number[] | undefined;
  /** `[true label][predicted label]` */
  readonly confusion: readonly (readonly number[])[];
  /** Code of each row's label, its position in `labels ?? classes`, `[rows]`; present when decisions were asked for. */
  readonly truth?: Uint8Array | undefined;
  /** Two classes: `[rows]`, positive towards the second. Otherwise `[rows][classes]`, not normalised. */
  readonly decisions?: Float64Array | undefined;
  /** `[rows][classes]`, as the model's `predictProba` has them. */
  readonly probabilities?: Float64Array | undefined;
  /** Why there is no evaluation: the model could not be trained. Its scores are NaN. */
  readonly failed?: string | undefined;
}

/** What computes for a model: a stage's context, or by default the device that a run would choose. */
export type Device = Pick<StageContext, 'compute'>;

export interface Prediction {
  readonly prediction: Json & (boolean | number);
  /** Signed distance to the boundary for two classes, positive towards the second; else the largest score. */
  readonly decision: number;
  /** Of the second class for two classes, else of the class predicted. */
  readonly probability: number;
}

/** A fitted classifier. */
export interface Classifier {
  readonly classes: readonly number[];
  /** One weight a feature, where the model has such: one row for two classes, else one a class. */
  readonly coef?: readonly Float64Array[] | undefined;
  /** What the run records about the fit. */
  readonly summary: JsonRecord;
  predictRow(row: FeatureArray, context: StageContext): Promise<Prediction>;
  evaluate(data: Dataset, need: Need, context: StageContext): Promise<Evaluation>;
}

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

export interface Trained<M> {
  readonly model: M;
  /** On the rows held out; absent when none were. */
  readonly heldOut?: Evaluation;
}

export interface TrainOptions {
  readonly folds?: Folds | undefined;
  /** What `heldOut` evaluations must hold; counts by default. */
  readonly need?: Need | undefined;
}

/** @typeParam P parameters that jobs may set */
export interface Estimator<M extends Classifier = Classifier, P = unknown> {
  readonly name: string;
  readonly params: JsonRecord;
  /** Files whose text decides what it does, beside this package's; empty for estimators of this package. Unknown when absent. */
  readonly code?: readonly string[] | undefined;
  /** What it was made with that is no parameter but decides what it does. */
  readonly holds?: Readonly<Record<string, unknown>> | undefined;
  /** How it is made anew with other parameters, for `--set`. */
  readonly configurable?: Configurable<Estimator<M, P>> | undefined;
  /** Schema of the parameters that jobs may set, for checks before anything runs. Unknown when absent. */
  readonly jobParams?: z.ZodObject | undefined;
  /** Whether each job may have a scaling of its own, so that folds with their own figures share a pass. */
  readonly scales?: true | undefined;
  /** What `train` would make of such rows. @throws what it would refuse, as far as facts tell */
  plan?(train: DatasetFact, jobs: readonly Pick<Job<P>, 'params' | 'positive'>[]): ModelFact;
  /** Trains every job in one go, in as few passes over the data as the estimator can. Results in job order. */
  train(train: Dataset<'train'>, jobs: readonly Job<P, M>[], options: TrainOptions, context: StageContext): Promise<readonly Trained<M>[]>;
}
