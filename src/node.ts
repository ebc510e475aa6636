// Public names that only Node has. Loading them loads what saved models are made of, and neither rxjs nor what runs pipelines.
import './standalone.ts';
import './estimators/all.ts';
import './estimators/onnx/onnxModel.ts';
import './estimators/threshold/models.ts';
import './stages/search/searchedModel.ts';
import { provideRunView } from './core/notebook.ts';
import type { ShardWorkerOptions } from './runtime/node/shards/open.ts';
import type { DriverAddress } from './runtime/node/shards/worker.ts';

export { runPipeline, type RunPipelineOptions } from './runtime/node/runPipeline.ts';
export { exportModel } from './runtime/node/exportModel.ts';
export { fromOnnx, loadModel, saveModel, type FromOnnxOptions, type LoadModelOptions } from './runtime/node/modelFiles.ts';
export type { ShardDriver } from './runtime/node/shards/driver.ts';
export { shardDriver, type ShardDriverOptions, type ShardWorkerOptions } from './runtime/node/shards/open.ts';
export type { DriverAddress } from './runtime/node/shards/worker.ts';
export { storedMatrix, type StoredMatrixOptions } from './runtime/node/storedMatrix.ts';
export { bundlePipeline, type Bundle } from './runtime/node/code/bundle.ts';
export { display } from './report/notebook/display.ts';
export type { RunResult } from './runtime/run.ts';

/**
 * Serves shards of fits to a driver, on the device of this process, until the driver leaves.
 *
 * @param address as its driver tells it
 * @throws E_DEVICE where the device fails; the driver makes the shards elsewhere
 * @example
 * await serveShards(JSON.parse(process.env['SHARD_DRIVER']!), { folder: '/mnt/shared/shards' });
 */
export async function serveShards(address: DriverAddress, options: ShardWorkerOptions): Promise<void> {
  const [{ openWorker }, { shardWorks }] = await Promise.all([import('./runtime/node/shards/open.ts'), import('./estimators/shardWorks.ts')]);
  return openWorker(address, options, shardWorks);
}

provideRunView(async (kernel) => (await import('./report/notebook/runView.ts')).runView(kernel));
