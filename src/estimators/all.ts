// Every estimator and transform that the package has. Each registers how its models are read from files as its module loads.
export { histGradientBoostingClassifier, type HistGradientBoostingClassifierOptions } from './boosting/histGradientBoostingClassifier.ts';
export { histGradientBoostingRegressor, type HistGradientBoostingRegressorOptions } from './boosting/histGradientBoostingRegressor.ts';
export { baggingClassifier, type BaggingClassifierModel } from './bagging/baggingClassifier.ts';
export { baggingRegressor, type BaggingRegressorModel } from './bagging/baggingRegressor.ts';
export type { BaggingOptions } from './bagging/bags.ts';
export { calibratedClassifier, type CalibratedClassifierOptions, type CalibratedModel } from './calibrated/calibratedClassifier.ts';
export { chain } from './chain/chain.ts';
export { classifierChain, type ClassifierChainOptions } from './classifierChain/classifierChain.ts';
export type { ClassifierChainModel } from './classifierChain/model.ts';
export { linearDiscriminantAnalysis, type LinearDiscriminantAnalysisOptions } from './discriminantAnalysis/linearDiscriminantAnalysis.ts';
export { quadraticDiscriminantAnalysis, type QuadraticDiscriminantAnalysisOptions } from './discriminantAnalysis/quadraticDiscriminantAnalysis.ts';
export { dummyClassifier, type DummyClassifierOptions } from './dummy/dummyClassifier.ts';
export { dummyRegressor, type DummyRegressorOptions } from './dummy/dummyRegressor.ts';
export { elasticNet, type ElasticNetOptions, type LassoOptions } from './elasticNet/elasticNet.ts';
export { lasso } from './elasticNet/lasso.ts';
export { kMeans, type KMeansOptions } from './kMeans/kMeans.ts';
export { linearRegression, type LinearRegressionOptions } from './linearRegression/linearRegression.ts';
export { linearSVC, type LinearSVCOptions } from './linearSVC/linearSVC.ts';
export { logisticRegression, type LogisticRegressionOptions } from './logisticRegression/logisticRegression.ts';
export type { LogisticModel } from './logisticRegression/model.ts';
export { miniBatchKMeans, type MiniBatchKMeansOptions } from './miniBatchKMeans/miniBatchKMeans.ts';
export { bernoulliNB, type BernoulliNBOptions } from './naiveBayes/bernoulliNB.ts';
export { gaussianNB, type GaussianNBOptions } from './naiveBayes/gaussianNB.ts';
export { multinomialNB, type MultinomialNBOptions } from './naiveBayes/multinomialNB.ts';
export { nearestCentroid, type NearestCentroidOptions } from './nearestCentroid/nearestCentroid.ts';
export { kNeighborsClassifier } from './neighbors/kNeighborsClassifier.ts';
export { kNeighborsMultilabel } from './neighbors/kNeighborsMultilabel.ts';
export { kNeighborsRegressor } from './neighbors/kNeighborsRegressor.ts';
export type { KNeighborsOptions } from './neighbors/params.ts';
export { oneVsOneClassifier, type OneVsOneModel } from './oneVsOne/oneVsOneClassifier.ts';
export { oneVsRest, type OneVsRestModel } from './oneVsRest/oneVsRest.ts';
export { pca, type PcaOptions } from './pca/pca.ts';
export { poissonRegressor, type PoissonRegressorOptions } from './poissonRegressor/poissonRegressor.ts';
export { ridge, type RidgeOptions } from './ridge/ridge.ts';
export { ridgeClassifier, type RidgeClassifierOptions } from './ridge/ridgeClassifier.ts';
export { sgdClassifier, type SgdClassifierOptions } from './sgd/sgdClassifier.ts';
export { sgdRegressor, type SgdRegressorOptions } from './sgd/sgdRegressor.ts';
export { stackingClassifier, type StackingClassifierOptions } from './stacking/stackingClassifier.ts';
export { stackingRegressor, type StackingRegressorOptions } from './stacking/stackingRegressor.ts';
export {
  fixedThresholdClassifier,
  tunedThresholdClassifier,
  type FixedThresholdClassifierOptions,
  type TunedThresholdClassifierOptions,
} from './threshold/classifiers.ts';
export type { ThresholdModel } from './threshold/models.ts';
export { pairDecisions, svc, type SvcModel, type SvcOptions } from './svc/svc.ts';
export { decisionTreeClassifier, type DecisionTreeClassifierOptions } from './trees/decisionTreeClassifier.ts';
export { extraTreesClassifier, type ExtraTreesClassifierOptions } from './trees/extraTreesClassifier.ts';
export { randomForestClassifier, type RandomForestClassifierOptions } from './trees/randomForestClassifier.ts';
export { decisionTreeRegressor, type DecisionTreeRegressorOptions } from './treeRegressors/decisionTreeRegressor.ts';
export { extraTreesRegressor, type ExtraTreesRegressorOptions } from './treeRegressors/extraTreesRegressor.ts';
export { randomForestRegressor, type RandomForestRegressorOptions } from './treeRegressors/randomForestRegressor.ts';
export { truncatedSVD, type TruncatedSVDOptions } from './truncatedSVD/truncatedSVD.ts';
export { votingClassifier, type VotingClassifierModel, type VotingClassifierOptions } from './voting/votingClassifier.ts';
export { votingRegressor, type VotingRegressorModel, type VotingRegressorOptions } from './voting/votingRegressor.ts';

export { aboveThreshold, type AboveThresholdOptions } from '../transforms/aboveThreshold/aboveThreshold.ts';
export { columns, type ColumnGroups, type ColumnSteps } from '../transforms/columns/columns.ts';
export { functionTransformer, type FunctionTransformerOptions } from '../transforms/functionTransformer/functionTransformer.ts';
export { hashing, type HashingOptions } from '../transforms/hashing/hashing.ts';
export { impute, type ImputeOptions } from '../transforms/impute/impute.ts';
export { kBins, type KBinsOptions } from '../transforms/kBins/kBins.ts';
export { log, type LogOptions } from '../transforms/log/log.ts';
export { normalize, type NormalizeOptions } from '../transforms/normalize/normalize.ts';
export { oneHot, type OneHotOptions } from '../transforms/oneHot/oneHot.ts';
export { ordinal, type OrdinalOptions } from '../transforms/ordinal/ordinal.ts';
export { polynomial, type PolynomialOptions } from '../transforms/polynomial/polynomial.ts';
export { power, type PowerOptions } from '../transforms/power/power.ts';
export { quantile, type QuantileOptions } from '../transforms/quantile/quantile.ts';
export { maxAbs } from '../transforms/scalers/maxAbs.ts';
export { minMax, type MinMaxOptions } from '../transforms/scalers/minMax.ts';
export { robust, type RobustOptions } from '../transforms/scalers/robust.ts';
export { selectColumns, type SelectColumnsOptions } from '../transforms/select/selectColumns.ts';
export { selectKBest, type SelectKBestOptions } from '../transforms/select/selectKBest.ts';
export { varianceThreshold, type VarianceThresholdOptions } from '../transforms/select/varianceThreshold.ts';
export { tfidf, type TfidfOptions } from '../transforms/tfidf/tfidf.ts';
