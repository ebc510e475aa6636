// Models and files, outside any pipeline.
import { pathToFileURL } from 'node:url';
import { PipelineError } from '../../core/errors/errors.ts';
import type { JsonRecord } from '../../core/events.ts';
import type { Classifier } from '../../dsl/estimator.ts';
import { modelFromBytes, modelToBytes } from '../../models/modelFile.ts';
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

/**
 * The model that {@link saveModel} or the stage `save` wrote.
 *
 * @throws E_DATA for a file that is no model, is cut off or of another version; E_DIGEST for one that was changed
 * @example
 * const model = await loadModel<LogisticModel>('two.safetensors');
 */
export async function loadModel<M = Classifier>(file: string | URL): Promise<M> {
  const bytes = await nodeSurroundings().read(urlOf(file));
  if (!bytes) throw new PipelineError('E_DATA', `${String(file)} is not there.`, { hint: 'Name a file that save or saveModel wrote.' });
  return (await modelFromBytes<M>(String(file), bytes)).model;
}

function urlOf(file: string | URL): URL {
  return file instanceof URL ? file : pathToFileURL(file);
}
