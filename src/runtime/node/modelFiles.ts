// Models and files, outside any pipeline.
import { pathToFileURL } from 'node:url';
import type { Compute } from '../../core/compute.ts';
import { isPipelineError, PipelineError } from '../../core/errors/errors.ts';
import type { JsonRecord } from '../../core/events.ts';
import type { Classifier } from '../../dsl/estimator.ts';
import { modelOfOnnx, type OnnxModelOptions } from '../../models/onnx/asModel.ts';
import { modelFromBytes, modelToBytes, type ModelFile } from '../../models/modelFile.ts';
import { computedOn } from '../host/computedOn.ts';
import { ReferenceCompute } from '../host/referenceCompute.ts';
import { nodeSurroundings } from './surroundings.ts';

/**
 * Writes a model to a safetensors file; whoever reads it meanwhile sees the old file or the whole new one.
 *
 * @param file a path from where the process runs, or a `file:` URL
 * @param about what else the file says
 * @throws E_ENCODE for a model that is no data
 * @example
 * const { status, values } = await runPipeline(detector, { values: ['model'] });
 * if (status === 'ok') await saveModel('two.safetensors', values.model);
 */
export async function saveModel(file: string | URL, model: object, about: JsonRecord = {}): Promise<void> {
  await nodeSurroundings().write(urlOf(file), await modelToBytes(model, about));
}

export interface LoadModelOptions {
  /**
   * What its predictions are computed on, where they are given no context.
   *
   * - `host`: in float64 on the processor, without opening any device.
   * - `auto`: on the host while rows times bytes of the model's file are at most 200 million (25 000 rows of a linear model of 1000 columns,
   *   4 rows of a model that is 50 MB of training rows), which takes up to about half a second; beyond that on the adapter that a run
   *   would choose, or on the host where there is none.
   * - A name as `--adapter` of the command line takes it, such as `gpu`: always there.
   *
   * Both say the same within the precision of f32. Default: PIPELINE_ADAPTER, or `auto`.
   */
  readonly adapter?: string | undefined;
}

/**
 * The model that {@link saveModel} or the stage `save` wrote. Of a file that ends in `.onnx`, what {@link fromOnnx} makes of it.
 *
 * @throws E_DATA for a file that is no model, is cut off or of another version; E_DIGEST for one that was changed
 * @example
 * const model = await loadModel<LogisticModel>('two.safetensors');
 * const here = await loadModel<LogisticModel>('two.safetensors', { adapter: 'host' }); // needs no GPU and no driver
 */
export async function loadModel<M extends object = Classifier>(file: string | URL, options: LoadModelOptions = {}): Promise<M> {
  return (await loadModelFile<M>(file, options)).model;
}

/** The same, with what else the file says. */
export async function loadModelFile<M extends object>(file: string | URL, { adapter }: LoadModelOptions): Promise<ModelFile<M>> {
  const bytes = await bytesOf(file, 'Name a file that save or saveModel wrote.');
  const { model, about } = await modelFromBytes<M>(String(file), bytes);
  return { model: computedOn(model, adapterFor(bytes.length, adapter)), about };
}

export interface FromOnnxOptions extends LoadModelOptions, OnnxModelOptions {}

/**
 * The model of an ONNX file, such as skl2onnx writes of scikit-learn's models: it predicts and is evaluated as any other. Heavy
 * operators run on the device, where there is one and enough to do; all others on the host.
 *
 * @param file a path from where the process runs, a `file:` URL, or the bytes of the file
 * @throws E_DATA for a file that is no ONNX model or is cut off, and for one with an operator that is not run here
 * @example
 * const model = await fromOnnx('iris.onnx');
 * const named = await fromOnnx('iris.onnx', { classNames: ['setosa', 'versicolor', 'virginica'] });
 * const sizes = await fromOnnx<FittedRegressor>('sizes.onnx', { kind: 'regressor' });
 */
export async function fromOnnx<M extends object = Classifier>(file: string | URL | Uint8Array, { adapter, ...options }: FromOnnxOptions = {}): Promise<M> {
  const bytes = file instanceof Uint8Array ? file : await bytesOf(file, 'Name a file that skl2onnx or another exporter wrote.');
  const model = modelOfOnnx<M>(file instanceof Uint8Array ? 'The ONNX file' : String(file), bytes, options);
  return computedOn(model, adapterFor(bytes.length, adapter));
}

async function bytesOf(file: string | URL, hint: string): Promise<Uint8Array> {
  const bytes = await nodeSurroundings().read(urlOf(file));
  if (!bytes) throw new PipelineError('E_DATA', `${String(file)} is not there.`, { hint });
  return bytes;
}

/** Rows times bytes up to which no device is opened. */
const HOST_BYTES = 2e8;

let host: ReferenceCompute | undefined;
const opened = new Map<string, Promise<Compute>>();

/** @param bytes of the model @returns what computes for so many rows */
export function adapterFor(bytes: number, wish = process.env['PIPELINE_ADAPTER']?.trim() || 'auto'): (rows: number) => Promise<Compute> {
  const onHost = (): ReferenceCompute => (host ??= new ReferenceCompute({ loops: true }));
  const onDevice = (): Promise<Compute> => {
    const open =
      opened.get(wish) ?? import('./runtime.ts').then(async ({ openNodeCompute }) => (await openNodeCompute({ adapter: wish, quiet: true })).compute);
    opened.set(wish, open);
    return open;
  };
  if (wish === 'host') return async () => onHost();
  if (wish !== 'auto') return onDevice;
  return async (rows) => {
    if (rows * bytes <= HOST_BYTES) return onHost();
    return onDevice().catch((error: unknown) => {
      if (isPipelineError(error) && error.code === 'E_NO_ADAPTER') return onHost();
      throw error;
    });
  };
}

function urlOf(file: string | URL): URL {
  return file instanceof URL ? file : pathToFileURL(file);
}
