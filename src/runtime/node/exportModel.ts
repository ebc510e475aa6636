// A model as a file for programs of other kinds, by the ending of its name.
import { pathToFileURL } from 'node:url';
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import type { OnnxOptions } from '../../models/export/export.ts';
import { nodeSurroundings } from './surroundings.ts';

const exporting = () => import('../../models/export/export.ts');

/** By ending; each is loaded when it is asked for. */
const WRITERS: Readonly<Record<string, (model: object, options: OnnxOptions) => Promise<Uint8Array>>> = {
  onnx: async (model, options) => (await exporting()).modelToOnnx(model, options),
  json: async (model, { about }) => new TextEncoder().encode(JSON.stringify(await (await exporting()).modelToJson(model, about))),
  safetensors: async (model, { about }) => (await import('../../models/modelFile.ts')).modelToBytes(model, about),
};

/**
 * Writes a fitted model to a file: `.onnx` for ONNX runtimes, `.json` for the predictor of pages, `.safetensors` as `saveModel` does.
 * A file that is there is replaced.
 *
 * @param file a path from where the process runs, or a `file:` URL
 * @returns bytes written
 * @throws E_USAGE for another ending, and for a model that cannot be written so
 * @example
 * const { status, values } = await runPipeline(detector, { values: ['model'] });
 * if (status === 'ok') await exportModel('two.onnx', values.model);
 */
export async function exportModel(file: string | URL, model: object, options: OnnxOptions = {}): Promise<number> {
  const ending = /\.(\w+)$/.exec(String(file))?.[1]?.toLowerCase() ?? '';
  if (!Object.hasOwn(WRITERS, ending)) {
    throw new PipelineError('E_USAGE', `${String(file)} does not say what to write.`, { hint: 'End its name in .onnx, .json or .safetensors.' });
  }
  if (options.numbers !== undefined && ending !== 'onnx') {
    throw new PipelineError('E_USAGE', `${String(file)} always holds numbers as float64.`, { hint: 'Leave --double, or numbers, to ONNX files.' });
  }
  const bytes = await WRITERS[ending]!(model, options);
  try {
    await nodeSurroundings().write(file instanceof URL ? file : pathToFileURL(file), bytes);
  } catch (cause) {
    throw new PipelineError('E_USAGE', `${String(file)} cannot be written: ${reasonOf(cause)}`, {
      hint: 'Name a file in a folder where you may write.',
      cause,
    });
  }
  return bytes.length;
}
