// What a `model.json` is: a fitted model as plain JSON, for programs that have neither this package nor a device.

/** A number; JSON has no word for some of them. */
export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity';

/** A column of rows as a model takes them. */
export interface ModelColumn {
  readonly name: string;
  readonly type: 'number' | 'string';
  /** What it may hold, where `unknown` is 'refused'; otherwise the names of the rows that the model was fitted on. */
  readonly levels?: readonly (string | number)[];
  /** Set where a value that is none of the levels is refused. */
  readonly unknown?: 'refused';
  /** Set where a value may be missing. */
  readonly gaps?: true;
}

export interface JsonTensor {
  readonly type: 'float' | 'double' | 'int64' | 'int32' | 'uint8' | 'bool' | 'string';
  readonly dims: readonly number[];
  readonly data: readonly JsonNumber[] | readonly string[];
}

/** One of them, as the operator asks. */
export interface JsonAttribute {
  readonly int?: number;
  readonly float?: JsonNumber;
  readonly string?: string;
  readonly ints?: readonly number[];
  readonly floats?: readonly JsonNumber[];
  readonly strings?: readonly string[];
  readonly tensor?: JsonTensor;
}

/** Operators of ONNX, each behind those that make its inputs. */
export interface JsonGraph {
  readonly inputs: readonly JsonValue[];
  readonly outputs: readonly JsonValue[];
  readonly nodes: readonly {
    readonly op: string;
    /** Absent for ONNX's own operators. */
    readonly domain?: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly attributes?: Readonly<Record<string, JsonAttribute>>;
  }[];
  /** Weights, thresholds, names. */
  readonly tensors: Readonly<Record<string, JsonTensor>>;
  /** Versions of the operators by domain, ONNX's own under ''. */
  readonly versions: Readonly<Record<string, number>>;
}

export interface JsonValue {
  readonly name: string;
  readonly type: JsonTensor['type'];
  /** null for a size that the caller chooses: the count of rows. */
  readonly dims: readonly (number | null)[];
}

/** A fitted model as JSON: what `modelToJson` and `pipeline export RUN model.json` write. */
export interface ModelJson {
  readonly format: 'pipeline-gpu';
  /** Goes up when a predictor of the version before could no longer read it. */
  readonly version: 1;
  readonly kind: 'classifier' | 'regressor' | 'multilabel' | 'clusterer' | 'outlierDetector' | 'transformer';
  /** In the order in which rows have them. */
  readonly columns: readonly ModelColumn[];
  /** Of a classifier: its classes, in the order of its probabilities. */
  readonly classes?: readonly (string | number | boolean)[];
  /** Where it comes from: dataset, rows, scores. */
  readonly about: Readonly<Record<string, unknown>>;
  /** What it computes. Its inputs are one `X`, `[rows, columns]`, or one for each column, under its name, where some hold names. */
  readonly graph: JsonGraph;
}
