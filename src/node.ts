// Public names that only Node has.
import './index.ts'; // what models are made of is registered there

export { runPipeline, type RunPipelineOptions } from './runtime/node/runPipeline.ts';
export { loadModel, saveModel } from './runtime/node/modelFiles.ts';
export { storedMatrix, type StoredMatrixOptions } from './runtime/node/storedMatrix.ts';
export { bundlePipeline, type Bundle } from './runtime/node/code/bundle.ts';
export type { RunResult } from './runtime/run.ts';
