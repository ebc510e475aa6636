// The model that an ONNX file holds, by the code that is loaded for it: a page that reads no such files carries none of it.
import { makerOf } from '../../core/encoding/encoding.ts';
import { PipelineError } from '../../core/errors/errors.ts';

export type OnnxKind = 'classifier' | 'regressor' | 'transformer' | 'clusterer' | 'outlierDetector';

/** @throws E_DATA where nothing was loaded that makes models of ONNX files */
export function modelOfOnnx<M>(name: string, bytes: Uint8Array, kind?: OnnxKind): M {
  const make = makerOf('onnxModel');
  if (make) return make({ name, bytes, kind } as never) as M;
  throw new PipelineError('E_DATA', `${name} is an ONNX file, and nothing that runs such files is loaded.`, {
    hint: "Import modelFromOnnx of 'pipeline-gpu', and use it.",
  });
}

export const isOnnx = (name: string): boolean => /\.onnx$/i.test(name);
