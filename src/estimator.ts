// What estimators of one's own are made with: `pipeline-gpu/estimator`. The same names on every platform.
export { defineEstimator, type Defined, type Known, type PlannedModel, type TrainingRows } from './estimators/define/define.ts';
export { featureBlocks, type FeatureBlock } from './estimators/rows/featureBlocks.ts';
export { rowsOnDevice, type DeviceBlock, type DeviceRows } from './estimators/rows/rowsOnDevice.ts';
export type { Compute, DeviceBuffer, Kernel, Launch, Variant } from './core/compute.ts';
export { tune, type Trial, type TuneOptions } from './core/tuning/tune.ts';
export type { Classes, Dataset, Indicators, Role, Rows, Scaling, TargetKind, Values } from './core/data/dataset.ts';
export { labelsOf, valuesOf } from './core/data/dataset.ts';
export { takeBlocks, takeRows, type Features } from './core/data/features.ts';
export { matrix, type Matrix } from './core/data/matrix.ts';
export { RandomState } from './core/data/random.ts';
export { contiguousFolds, stratifiedFolds } from './core/folds/folds.ts';
export { groupFolds, groupsOf } from './core/folds/groups.ts';
export { PipelineError } from './core/errors/errors.ts';
export { throwIfCancelled, type StageContext } from './dsl/stage/context.ts';
export type {
  AnyEvaluation,
  Classifier,
  Clusterer,
  Device,
  Estimator,
  Folds,
  Job,
  Kind,
  Model,
  Multilabel,
  OutlierDetector,
  Predictor,
  Regressor,
  RowsOf,
  Trained,
  Transformer,
} from './dsl/estimator.ts';
export { z } from './dsl/zodPublic.ts';
