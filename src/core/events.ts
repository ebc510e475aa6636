// Everything a run says, as data: the terminal, `--json`, the report and the tests all read this one stream.
// `EVENT_SCHEMA` goes up when a field changes its meaning; new fields and new types do not raise it.
import { isPipelineError, type ErrorCode, type SourcePlace } from './errors/errors.ts';
import { causesOf, reasonOf } from './errors/thrown.ts';
import type { WorkDone } from './progress.ts';

export const EVENT_SCHEMA = 1;

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonRecord = { readonly [key: string]: Json };

/** Where the numbers were computed. */
export interface AdapterSummary {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly driver: string;
  /** True when the "GPU" is a program on the CPU (lavapipe, SwiftShader). */
  readonly software: boolean;
  /** Where linear models are searched for, if not on the host. */
  readonly solver?: 'device' | undefined;
  /** What others compute on, where rows of fits are in shards and results are kept. */
  readonly shards?: string | undefined;
}

/** Bytes alive on the device behind a stage, and how long the stage waited for the device. */
export interface DeviceUse {
  readonly bytes: number;
  readonly computeMs: number;
}

export interface ErrorSummary {
  readonly code: ErrorCode | 'E_INTERNAL';
  readonly message: string;
  readonly hint?: string;
  readonly at?: SourcePlace;
  readonly stage?: string;
  /** Where the stage was written, where `at` is somewhere else. */
  readonly stageAt?: SourcePlace;
  /** What lies behind it, nearest first; absent where that is nothing more. */
  readonly causes?: readonly string[];
}

/**
 * A picture, `pixels[y * width + x]`. Ink: 0 (paper) to 255 (full ink). Grey: 0 (black) to 255 (white). Rgb: the same of red, green and
 * blue, `pixels[3 * (y * width + x) + channel]`. Signed: 128 is zero, 1 and 255 are the largest size below and above it, as for weights.
 */
export interface Picture {
  readonly kind: 'ink' | 'grey' | 'rgb' | 'signed';
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
  readonly caption: string;
  /** What full ink is in the rows that are shown or weighed, where it is not 255. */
  readonly full?: number | undefined;
}

export type RunEvent =
  | {
      readonly type: 'run-started';
      readonly schema: number;
      readonly pipeline: string;
      readonly stages: readonly string[];
      readonly seed: number;
      /** As resolved: the pipeline's own, and each stage's by path. */
      readonly params?: { readonly pipeline: JsonRecord; readonly stages: { readonly [path: string]: JsonRecord } };
    }
  | { readonly type: 'adapter-ready'; readonly adapter: AdapterSummary }
  | { readonly type: 'stage-started'; readonly stage: string }
  | {
      readonly type: 'progress';
      readonly stage: string;
      /** Bytes that come and go, or the stage's own work. */
      readonly task: 'download' | 'read' | 'upload' | 'work';
      readonly done: number;
      readonly total: number | null;
      /** Bytes, or pieces of the work, in the plural: trees, rounds, epochs. */
      readonly unit: string;
      readonly note?: string;
      /** How far the piece is that comes next, the outermost level first: trees of the model of a fold. */
      readonly within?: readonly WorkDone[];
    }
  /** The whole course of a fit, sent at its end: the penalised objective after each iteration. */
  | { readonly type: 'history'; readonly stage: string; readonly models: readonly { readonly model: string; readonly loss: readonly number[] }[] }
  | { readonly type: 'fit-progress'; readonly stage: string; readonly models: readonly ModelProgress[]; readonly maxIter: number; readonly tol?: number }
  /** A fit goes on where an earlier run of it was interrupted: `iterations` of the model that is furthest are done. */
  | { readonly type: 'fit-resumed'; readonly stage: string; readonly iterations: number }
  /** What a source brought in. */
  | { readonly type: 'data'; readonly stage: string; readonly data: DataPreview }
  /** `of`: one of the first rows of a source, a row the user asked to see, the weights of a model, a row that it got wrong, or a figure that the stage made. */
  | {
      readonly type: 'picture';
      readonly stage: string;
      readonly of: 'data' | 'row' | 'weights' | 'mistake' | 'figure';
      readonly picture: Picture;
      readonly mistake?: MistakeKind;
    }
  /** Rows of a table that a model was not fitted on and got most wrong: of classes those that it was surest of, of values those furthest off. */
  | {
      readonly type: 'mistakes';
      readonly stage: string;
      /** Of how many `rows`, of classes; a value is seldom met exactly. */
      readonly wrong?: number;
      readonly rows: number;
      /** Columns of the rows, of which `columns` names the first. */
      readonly cols: number;
      readonly columns: readonly string[];
      readonly worst: readonly Mistake[];
    }
  /** A chart that the stage made, by its kind. */
  | { readonly type: 'figure'; readonly stage: string; readonly chart: JsonRecord }
  /** The largest weights of a model whose rows are no pictures, largest first; `features` is how many there are in all. */
  | {
      readonly type: 'coefficients';
      readonly stage: string;
      /** The class or the output that they speak for; absent where there is one output. */
      readonly model?: string;
      readonly features: number;
      readonly largest: readonly { readonly feature: number; readonly name?: string; readonly weight: number }[];
    }
  /** What features count for in a model, largest first; `features` is how many there are in all. */
  | {
      readonly type: 'importances';
      readonly stage: string;
      /** The score that falls by so much once values of a feature are mixed up; absent for shares of what the splits of trees gain. */
      readonly scoring?: string;
      readonly features: number;
      readonly largest: readonly { readonly feature: number; readonly name?: string; readonly importance: number; readonly spread?: number }[];
    }
  /** How many rows of each class are in the parts of a split, or are held out by folds: the first of `classes` and of `count` parts. */
  | {
      readonly type: 'balance';
      readonly stage: string;
      readonly classes: number;
      readonly names: readonly (string | number | boolean)[];
      readonly count: number;
      readonly parts: readonly { readonly name: string; readonly rows: number; readonly counts: readonly number[] }[];
    }
  /** How well `told` of `rows`, evenly among all, sit in their clusters: of each cluster from the best to the worst, some of many. */
  | {
      readonly type: 'silhouette';
      readonly stage: string;
      readonly rows: number;
      readonly told: number;
      readonly mean: number;
      readonly clusters: readonly { readonly cluster: number; readonly told: number; readonly mean: number; readonly values: readonly number[] }[];
    }
  /** How a two-class model does at every threshold, highest first. */
  | {
      readonly type: 'curve';
      readonly stage: string;
      readonly positives: number;
      readonly negatives: number;
      readonly points: readonly CurvePoint[];
      /** Of several classes: which one it tells from all others. */
      readonly positive?: string;
      /** Areas under the curves of all thresholds; the points may be some of them. */
      readonly rocAuc?: number;
      readonly averagePrecision?: number;
      /** Of two classes: how decision values of rows of each are spread. */
      readonly spread?: { readonly names: readonly [string, string]; readonly edges: readonly number[] } & Readonly<
        Record<'negatives' | 'positives', readonly number[]>
      >;
      /** Of two classes with probabilities: of rows that were given a probability of about `predicted`, the share that is positive. */
      readonly calibration?: readonly { readonly predicted: number; readonly share: number; readonly rows: number }[];
    }
  /** What a regressor said of some of `rows` that it was not fitted on, and how far it was off on all of them: what is true less what it said. */
  | {
      readonly type: 'residuals';
      readonly stage: string;
      readonly rows: number;
      readonly points: readonly (readonly [predicted: number, residual: number])[];
      readonly spread: Spread;
    }
  /** Which share of the variance each component of a transformer explains, the largest first; `components` is how many there are in all. */
  | { readonly type: 'components'; readonly stage: string; readonly components: number; readonly shares: readonly number[] }
  | { readonly type: 'warning'; readonly stage: string; readonly code: string; readonly message: string; readonly hint?: string }
  /** A value that a cached stage provides was needed, and brought back from where it is kept or computed again. */
  | { readonly type: 'stage-restored'; readonly stage: string; readonly key: string; readonly ms: number }
  | {
      readonly type: 'stage-finished';
      readonly stage: string;
      readonly ms: number;
      readonly output: JsonRecord;
      /** Absent for a stage that did not compute on a device. */
      readonly device?: DeviceUse;
      /** Set when nothing ran: the result of an earlier run with the same key. */
      readonly cached?: true;
      /** Why the result is not kept, where it is not. */
      readonly uncached?: string;
      /** Where a cached result, or that of a worker, was computed, when on a device. */
      readonly adapter?: AdapterSummary;
      /** How long it took then, or on the worker. */
      readonly computedMs?: number;
      /** The machine of a queue that computed it, or those that had shards of its rows. */
      readonly worker?: string;
      /** Which try of it that was, from 1. */
      readonly attempt?: number;
    }
  | {
      readonly type: 'run-finished';
      readonly status: 'ok' | 'failed';
      readonly ms: number;
      /** Most bytes in use at once: of the process, where the platform tells, and of buffers on the device. */
      readonly peak?: { readonly processBytes?: number; readonly deviceBytes: number };
      readonly outputs: { readonly [stage: string]: JsonRecord };
      readonly error?: ErrorSummary;
    };

/** Of two classes, of which the second is the positive one. */
export type MistakeKind = 'false positive' | 'false negative';

export interface Mistake {
  /** Id of the row, as fetched. */
  readonly row: number;
  readonly truth: string | number | boolean;
  readonly predicted: string | number | boolean;
  /** Of what was predicted, where the model says. */
  readonly probability?: number;
  readonly mistake?: MistakeKind;
  /** Of the first columns; null for a gap. */
  readonly values: readonly CellValue[];
}

export type CellValue = string | number | boolean | null;

export interface DataPreview {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  /** How many rows, evenly among all, `columns` tells of. */
  readonly counted: number;
  /** The first columns; of pictures one, of all their pixels. */
  readonly columns: readonly ColumnPreview[];
  readonly target: readonly ColumnPreview[];
  /** Of the first rows, values of `columns` and then of `target`; of pictures of `target` alone. */
  readonly first: readonly (readonly CellValue[])[];
}

/** How the values of one column are spread. */
export interface ColumnPreview {
  readonly name: string;
  readonly type: 'u8' | 'u16' | 'f32' | 'f64' | 'names' | 'dates' | 'classes' | 'label';
  readonly gaps: number;
  /** Numbers beyond what a float64 holds, where there are any. */
  readonly infinite?: number;
  /** Of the other numbers, and of dates in seconds since 1970: rows in equal parts of the range. */
  readonly spread?: { readonly min: number; readonly mean: number; readonly max: number; readonly counts: readonly number[] };
  /** Of names: how often the first of them are there, in their order; `names` is how many there are in all. */
  readonly counts?: readonly (readonly [name: string | number | boolean, count: number])[];
  readonly names?: number;
}

/** How many values lie in which range; there is one more of `edges`. */
export interface Spread {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Rows with a decision value of at least `threshold`, by their true class. */
export interface CurvePoint {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
}

/** One model of a fit at one iteration; `loss` is the penalised objective, `gradient` its largest absolute entry. */
export interface ModelProgress {
  readonly model: string;
  readonly iteration: number;
  readonly loss: number;
  readonly gradient: number;
  readonly done: boolean;
}

export type Emit = (event: RunEvent) => void;

const INTERNAL = 'This is a bug in pipeline-gpu: report it, with the stack that --debug prints.';

/** The part of an error that events and reports carry. */
export function errorSummary(error: unknown): ErrorSummary {
  const causes = causesOf(error);
  const more = causes.length === 0 ? {} : { causes };
  if (!isPipelineError(error)) return { code: 'E_INTERNAL', message: reasonOf(error), hint: INTERNAL, ...more };
  const { code, message, hint, at, stage, stageAt } = error;
  return {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(at === undefined ? {} : { at }),
    ...(stage === undefined ? {} : { stage }),
    ...(stageAt === undefined ? {} : { stageAt }),
    ...more,
  };
}
