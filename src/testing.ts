// What tests of one's own estimators, kernels, stages and sources are made with, in Node: `pipeline-gpu/testing`. It knows no
// test framework: a check returns, or throws what is wrong.
import './standalone.ts';

export { ReferenceCompute, type ReferenceComputeOptions } from './runtime/host/referenceCompute.ts';
export { checkEstimator, checkTransformer, type EstimatorCheckOptions } from './testing/checkEstimator.ts';
export type { CheckOptions } from './testing/failing.ts';
export { checkDataset } from './testing/checkDataset.ts';
export { checkKernel, type KernelCheckOptions, type KernelLaunch } from './testing/checkKernel.ts';
export { checkStage } from './testing/checkStage.ts';
