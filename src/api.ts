// The public names that every platform has. Nothing reached from here may use Node.
export { augment, type AugmentOptions } from './stages/augment/augment.ts';
export { binarize, type BinarizeOptions } from './stages/binarize.ts';
export { crossValidate, type CrossValidated, type CrossValidateOptions } from './stages/selection/crossValidate.ts';
export { learningCurve, type LearningCurve, type LearningCurveOptions } from './stages/selection/learningCurve.ts';
export { validationCurve, type ValidationCurve, type ValidationCurveOptions } from './stages/selection/validationCurve.ts';
export { crossValPredict, type CrossValPredictOptions } from './stages/selection/crossValPredict.ts';
export { fetch } from './stages/fetch.ts';
export { fit, type FittedWith } from './stages/fit.ts';
export { gridSearch, type GridSearchOptions } from './stages/search/gridSearch.ts';
export { halvingGridSearch, halvingRandomSearch, type HalvingGridSearchOptions, type HalvingRandomSearchOptions } from './stages/search/halvingSearch.ts';
export type { HalvingOptions, Resource } from './stages/search/resources.ts';
export { randomSearch, type RandomSearchOptions } from './stages/search/randomSearch.ts';
export type { Distribution, Distributions } from './stages/search/distributions.ts';
export type { Grid } from './stages/search/grid.ts';
export type { Search, Searched, SearchFitted } from './stages/search/search.ts';
export { multilabel, type MultilabelOptions } from './stages/multilabel.ts';
export { partialFit } from './stages/partialFit.ts';
export { predict, type PredictOptions } from './stages/predict.ts';
export { load, save } from './stages/save.ts';
export { scale, standardize, type ScaleOptions } from './stages/scale.ts';
export { score, type Scored, type ScoreOptions } from './stages/score.ts';
export { show, type ShowOptions } from './stages/show.ts';
export { shuffle, type ShuffleOptions } from './stages/shuffle.ts';
export { split, type GroupSplitOptions, type HeldBackOptions, type SplitChoice, type SplitOptions, type TimeSplitOptions } from './stages/split/split.ts';

export type { FoldingChoice, FoldingOptions, GroupFolds, PartitionOptions, ShuffleSplitFolds, TimeSeriesFolds } from './validation/folding.ts';
export type { Scoring, ScoringOf } from './metrics/scorers.ts';
export type { ScoringOptions } from './validation/heldOut.ts';

export { branch, compose, fanOut, type AddedBy } from './dsl/graph/compose.ts';
export { pipeline, type Pipeline } from './dsl/graph/pipeline.ts';
export { z } from './dsl/zodPublic.ts';
export type { StageInputs } from './dsl/stage/inputs.ts';
export { operator, stage, withPolicy, type OwnOperator, type OwnStage } from './dsl/stage/ownStage.ts';
export type { Policy, Stage } from './dsl/stage/stage.ts';
export { input, output, uniform, wgslStage, type WgslInput, type WgslLaunch, type WgslOutput, type WgslStage, type WgslUniform } from './dsl/wgsl/wgslStage.ts';
export type { Checkpoint, Checkpoints, RunContext, Start, StageContext } from './dsl/stage/context.ts';
export type { Classifier, CrossValPredicted, Estimator, Evaluation, Folds, Job, Multilabel, Prediction, Trained } from './dsl/estimator.ts';
export type { ScalingTransform, Transform } from './dsl/transform.ts';
export type { DatasetFact, Fact, Facts, GroupFact, ModelFact, ValueFact } from './dsl/graph/facts.ts';
export type { Fetched, Fitted, Split, SplitInThree } from './dsl/stage/state.ts';

export { arrays, type ArraysOptions, type TargetOfArrays } from './datasets/arrays/arrays.ts';
export type { ArrayFile, NdArray } from './datasets/arrays/ndArray.ts';
export { npy } from './datasets/arrays/npy.ts';
export { npz } from './datasets/arrays/npz.ts';
export { idx, type IdxFiles } from './datasets/idxFiles.ts';
export type { DatasetSource, NamedSource } from './datasets/source.ts';
export { emnist, type EmnistSet } from './datasets/mnist/emnist.ts';
export { fashionMnist } from './datasets/mnist/fashionMnist.ts';
export type { MirrorOptions } from './datasets/mnist/idxSet.ts';
export { kmnist } from './datasets/mnist/kmnist.ts';
export { mnist784, type Mnist784Options } from './datasets/mnist/mnist784.ts';
export { pictures } from './datasets/pictures/pictures.ts';
export type { PictureColumns, PicturesOptions } from './datasets/pictures/options.ts';
export { arff } from './formats/arff/arff.ts';
export { arrow } from './formats/arrow/arrow.ts';
export type { ArrowTable, ArrowType } from './formats/arrow/tables.ts';
export { csv, type CsvOptions } from './formats/csv/csv.ts';
export { duckdb, type DuckdbOptions } from './formats/duckdb/duckdb.ts';
export { json } from './formats/json/json.ts';
export { jsonLines } from './formats/json/jsonLines.ts';
export { parquet } from './formats/parquet/parquet.ts';
export type { FileLike } from './formats/bytes/open.ts';
export type { CellSink, Misfit, RowSink, TableFile, TableNotes, TableReadOptions } from './formats/format.ts';
export { digits } from './tables/carried/digits.ts';
export { breastCancer, diabetes, iris, penguins, wine } from './tables/carried/tables.ts';
export { openml, type OpenmlOptions, type OpenmlSource, type TargetOfOpenml } from './tables/openml/openml.ts';
export { table, type FeaturesOf, type Table } from './tables/table.ts';
export { boolean, category, date, group, label, number, value, weight, type Column, type Schema } from './tables/columns.ts';
export type { FittedClassifier, FittedRegressor } from './estimators/define/models.ts';
export { modelFromOnnx, type OnnxKind, type OnnxModel, type OnnxModelOptions } from './estimators/onnx/onnxModel.ts';
export { modelFromBytes, modelToBytes, type ModelFile } from './models/modelFile.ts';
export { modelToJson, modelToOnnx, type OnnxOptions } from './models/export/export.ts';
export type { ModelJson } from './models/predictor/modelJson.ts';
export { evaluationOf, type Outputs } from './metrics/evaluation.ts';
export {
  accuracyScore,
  balancedAccuracyScore,
  classificationReport,
  cohenKappaScore,
  confusionMatrix,
  f1Score,
  hammingLoss,
  jaccardScore,
  matthewsCorrcoef,
  precisionScore,
  recallScore,
  type AveragedOptions,
  type ClassificationReport,
  type CohenKappaOptions,
} from './metrics/functions/classes.ts';
export { coverageError, labelRankingAveragePrecisionScore, labelRankingLoss } from './metrics/functions/labels.ts';
export {
  averagePrecisionScore,
  brierScoreLoss,
  logLoss,
  precisionRecallCurve,
  rocAucScore,
  rocCurve,
  topKAccuracyScore,
  type PrecisionRecallCurve,
  type RocAucOptions,
  type RocCurve,
} from './metrics/functions/rankings.ts';
export {
  explainedVarianceScore,
  maxError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanPinballLoss,
  meanSquaredError,
  medianAbsoluteError,
  r2Score,
  rootMeanSquaredError,
} from './metrics/functions/values.ts';
export { threshold, type ThresholdOptions } from './estimators/threshold/threshold.ts';
export { partialDependence, type PartialDependence, type PartialDependenceOptions } from './estimators/inspection/partialDependence.ts';
export { permutationImportance, type PermutationImportance, type PermutationImportanceOptions } from './estimators/inspection/permutationImportance.ts';
export { kNeighbors, type Neighbors, type NeighborsModel } from './estimators/neighbors/kNeighbors.ts';
export { kernelMatrix } from './estimators/supportVectors/kernelMatrix.ts';
export { pairDecisions } from './estimators/svc/svc.ts';
export { stagedScores, type StagedScoresOptions } from './estimators/inspection/stagedScores.ts';
export * from './estimators/all.ts';

export {
  countLabels,
  fetchedRow,
  labelsOf,
  type ClassName,
  type Dataset,
  type Role,
  type RowsFact,
  type Scaling,
  type ScoredRole,
} from './core/data/dataset.ts';
export { PipelineError, type ErrorCode } from './core/errors/errors.ts';
export type { Json, JsonRecord, RunEvent } from './core/events.ts';
export { csr, type CsrMatrix, type CsrParts } from './core/data/csr.ts';
export { defaultRng } from './core/generator.ts';
export { takeRows, type Features, type StoredMatrix } from './core/data/features.ts';
export { matrix, type Dtype, type Matrix } from './core/data/matrix.ts';
export { figure, type Figure, type FigureOptions } from './report/figures/figure.ts';
export type { BarsFigure, HeatMapFigure, HistogramFigure, ImagesFigure, LinesFigure, ScatterFigure, SpreadFigure } from './report/figures/kinds.ts';
