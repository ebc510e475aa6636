// The public names, in a browser: bundlers take this file for 'pipeline-gpu' (condition `browser` in package.json), so a
// pipeline file is the same here and in Node. Importing it runs nothing and opens no device.
//
// A page that bundles for itself (Vite, esbuild, webpack):
//
//   import { browserFileStore, runPipeline } from 'pipeline-gpu/browser';
//   import detector from './mnist-2detector.ts'; // imports its stages from 'pipeline-gpu'
//
//   const { status, outputs, error } = await runPipeline(detector, {
//     files: browserFileStore({ base: '/datasets/' }), // GET /datasets/mnist-784/train-images-idx3-ubyte, ...
//     onEvent: (event) => console.log(event.type),
//   });
//   if (status === 'ok') console.log(outputs['cross-validate'].meanScore); // 0.97902
//   else console.error(error.message, error.hint);
//
// Without a bundler, `bundlePipeline(file)` of 'pipeline-gpu/node' makes one module of a pipeline file and all it needs:
//
//   import detector, { browserFileStore, runPipeline } from './mnist-2detector.js';
//
// Workers may run pipelines too. Pages need https or localhost: browsers give WebGPU and SHA-256 to no others.
import { provideStandaloneContext } from './dsl/stage/context.ts';
import { openBrowserCompute } from './runtime/browser/compute.ts';
import { browserFileStore } from './runtime/browser/fileStore.ts';
import type { Compute } from './core/compute.ts';

export * from './api.ts';
export { browserFileStore, type BrowserFileStoreOptions } from './runtime/browser/fileStore.ts';
export { memoryCache } from './runtime/browser/memoryCache.ts';
export { runPipeline, type RunPipelineOptions } from './runtime/browser/runPipeline.ts';

// Stages in a plain rxjs pipe, outside any run: as in standalone.ts.
let compute: Promise<Compute> | undefined;

provideStandaloneContext(() => ({
  files: browserFileStore(),
  signal: new AbortController().signal,
  emit: () => {},
  seed: 0,
  compute: () => (compute ??= openBrowserCompute().then((opened) => opened.compute)),
}));
