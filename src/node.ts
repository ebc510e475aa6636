// Public names that only Node has.
export { storedMatrix, type StoredMatrixOptions } from './runtime/node/storedMatrix.ts';
export { bundlePipeline, type Bundle } from './runtime/node/bundle.ts';
