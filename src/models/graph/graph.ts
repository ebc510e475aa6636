// What a model computes, as a graph of operators: the same values whether the graph is written as ONNX, kept as JSON for a page, or
// read from a file that another library wrote. Operators mean what ONNX says (https://onnx.ai/onnx/operators).

/** What the elements of a tensor are, by ONNX's names. */
export type ElementType = 'float' | 'double' | 'int64' | 'int32' | 'uint8' | 'bool' | 'string';

/** Elements row by row. Numbers of an `int64` are whole and safe. */
export type Elements = Float32Array | Float64Array | Int32Array | Uint8Array | readonly string[];

export interface GraphTensor {
  readonly type: ElementType;
  /** Empty for a single element. */
  readonly dims: readonly number[];
  /** `float`: Float32Array; `double` and `int64`: Float64Array; `int32`: Int32Array; `uint8` and `bool`: Uint8Array. */
  readonly data: Elements;
}

/** One of them, as the operator asks. */
export interface Attribute {
  readonly int?: number;
  /** Kept in four bytes, as those of `floats`: give Math.fround of a number, or the two sides of a file differ. */
  readonly float?: number;
  readonly string?: string;
  readonly ints?: readonly number[];
  readonly floats?: readonly number[];
  readonly strings?: readonly string[];
  readonly tensor?: GraphTensor;
  readonly graph?: Graph;
}

export interface GraphNode {
  readonly op: string;
  /** Absent for ONNX's own operators; `ai.onnx.ml` for those of classic models. */
  readonly domain?: string | undefined;
  /** Names of values; an empty one for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>> | undefined;
}

/** A value that comes in or goes out. */
export interface GraphValue {
  readonly name: string;
  readonly type: ElementType;
  /** `undefined` for a size that the caller chooses, such as the count of rows. */
  readonly dims: readonly (number | undefined)[];
}

export interface Graph {
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** In an order in which each finds its inputs made. */
  readonly nodes: readonly GraphNode[];
  /** Values that are given: weights, thresholds, names. */
  readonly tensors: Readonly<Record<string, GraphTensor>>;
  /** Version of each domain's operators; ONNX's own under ''. */
  readonly versions: Readonly<Record<string, number>>;
}
