// Public names that only Node has. Loading them loads what saved models are made of, and neither rxjs nor what runs pipelines.
import './standalone.ts';
import './estimators/all.ts';
import './estimators/onnx/onnxModel.ts';
import './estimators/threshold/models.ts';
import './stages/search/searchedModel.ts';
import { provideRunView } from './core/notebook.ts';

export { runPipeline, type RunPipelineOptions } from './runtime/node/runPipeline.ts';
export { exportModel } from './runtime/node/exportModel.ts';
export { fromOnnx, loadModel, saveModel, type FromOnnxOptions, type LoadModelOptions } from './runtime/node/modelFiles.ts';
export { storedMatrix, type StoredMatrixOptions } from './runtime/node/storedMatrix.ts';
export { bundlePipeline, type Bundle } from './runtime/node/code/bundle.ts';
export { display } from './report/notebook/display.ts';
export type { RunResult } from './runtime/run.ts';

provideRunView(async (kernel) => (await import('./report/notebook/runView.ts')).runView(kernel));
