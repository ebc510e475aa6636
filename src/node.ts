// Public names that only Node has.
export { runPipeline, type RunPipelineOptions } from './runtime/node/runPipeline.ts';
export { storedMatrix, type StoredMatrixOptions } from './runtime/node/storedMatrix.ts';
export { bundlePipeline, type Bundle } from './runtime/node/bundle.ts';
export type { RunResult } from './runtime/run.ts';
