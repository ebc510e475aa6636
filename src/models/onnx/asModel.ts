// The model that an ONNX file holds, by the code that is loaded for it: a page that reads no such files carries none of it.
import type { ClassName } from '../../core/data/dataset.ts';
import { makerOf } from '../../core/encoding/encoding.ts';
import { PipelineError } from '../../core/errors/errors.ts';

export type OnnxKind = 'classifier' | 'regressor' | 'transformer' | 'clusterer' | 'outlierDetector';

export interface OnnxModelOptions {
  /** What the model is, where its file leaves that open or says otherwise: with 'transformer' its scores or values are features. Default: what its outputs say. */
  readonly kind?: OnnxKind | undefined;
  /** What the classes are called, in the order of the file's labels, as rows by these names need it: `['setosa', 'versicolor']` for the labels 0 and 1. Default: as the file says. */
  readonly classNames?: readonly ClassName[] | undefined;
}

/** @throws E_DATA where nothing was loaded that makes models of ONNX files */
export function modelOfOnnx<M>(name: string, bytes: Uint8Array, options: OnnxModelOptions = {}): M {
  const make = makerOf('onnxModel');
  if (make) return make({ ...options, name, bytes } as never) as M;
  throw new PipelineError('E_DATA', `${name} is an ONNX file, and nothing that runs such files is loaded.`, {
    hint: "Import modelFromOnnx of 'pipeline-gpu', and use it.",
  });
}

export const isOnnx = (name: string): boolean => /\.onnx$/i.test(name);
