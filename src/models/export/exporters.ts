// Which models can be written as a graph, by the type that they are saved as. Each family is loaded when a model of it comes.
import type { Exporter } from './said.ts';

type Load = () => Promise<Exporter>;

const bayes = () => import('./families/bayes.ts');
const boosting = () => import('./families/boosting.ts');
const centroids = () => import('./families/centroids.ts');
const chains = () => import('./families/chains.ts');
const dummy = () => import('./families/dummy.ts');
const encoders = () => import('./transforms/encoders.ts');
const ensembles = () => import('./families/ensembles.ts');
const kernels = () => import('./families/kernels.ts');
const linear = () => import('./families/linear.ts');
const neighbors = () => import('./families/neighbors.ts');
const networks = () => import('./families/networks.ts');
const pairs = () => import('./families/pairs.ts');
const projections = () => import('./transforms/projections.ts');
const trees = () => import('./families/trees.ts');
const values = () => import('./transforms/values.ts');

/** One exporter of a family. */
function one<N extends string>(family: () => Promise<{ readonly [K in N]: Exporter }>, name: N): Load {
  return async () => (await family())[name];
}

const treeClassifier = one(trees, 'treeClassifier');
const treeRegressor = one(trees, 'treeRegressor');
const linearRegressor = one(linear, 'linearRegressor');
const clusters = one(centroids, 'clusters');
const numbers = one(encoders, 'selectNumbers');

export const exporters: Readonly<Record<string, Load>> = {
  aboveThresholdModel: one(values, 'aboveThreshold'),
  adaBoostClassifierModel: one(ensembles, 'adaBoostClassifier'),
  adaBoostRegressorModel: one(ensembles, 'adaBoostRegressor'),
  baggingClassifierModel: one(ensembles, 'baggingClassifier'),
  baggingRegressorModel: one(ensembles, 'baggingRegressor'),
  bernoulliNBModel: one(bayes, 'bernoulliNB'),
  calibratedClassifierModel: one(ensembles, 'calibrated'),
  chainModel: one(chains, 'chain'),
  classifierChainModel: one(pairs, 'classifierChain'),
  columnsModel: one(chains, 'columns'),
  convolutionalClassifierModel: one(networks, 'convolutional'),
  decisionTreeClassifierModel: treeClassifier,
  decisionTreeRegressorModel: treeRegressor,
  dummyClassifierModel: one(dummy, 'dummyClassifier'),
  dummyRegressorModel: one(dummy, 'dummyRegressor'),
  elasticNetModel: linearRegressor,
  extraTreesClassifierModel: treeClassifier,
  extraTreesRegressorModel: treeRegressor,
  gaussianNBModel: one(bayes, 'gaussianNB'),
  histGradientBoostingClassifierModel: one(boosting, 'boostedClassifier'),
  histGradientBoostingRegressorModel: one(boosting, 'boostedRegressor'),
  imputeModel: one(encoders, 'impute'),
  kBinsModel: one(values, 'kBins'),
  kMeansModel: clusters,
  kNeighborsClassifierModel: one(neighbors, 'neighborsClassifier'),
  kNeighborsMultilabelModel: one(neighbors, 'neighborsMultilabel'),
  kNeighborsRegressorModel: one(neighbors, 'neighborsRegressor'),
  lassoModel: linearRegressor,
  linearDiscriminantAnalysisModel: one(linear, 'logistic'),
  linearRegressionModel: linearRegressor,
  linearSVCModel: one(linear, 'linearClassifier'),
  linearSVRModel: linearRegressor,
  logModel: one(values, 'log'),
  logisticModel: one(linear, 'logistic'),
  miniBatchKMeansModel: clusters,
  mlpClassifierModel: one(networks, 'networkClassifier'),
  mlpRegressorModel: one(networks, 'networkRegressor'),
  multinomialNBModel: one(bayes, 'multinomialNB'),
  nearestCentroidModel: one(centroids, 'nearestCentroid'),
  normalizeModel: one(values, 'normalize'),
  nystroemModel: one(kernels, 'nystroem'),
  oneClassSVMModel: one(kernels, 'oneClass'),
  oneHotModel: one(encoders, 'oneHot'),
  oneVsOneClassifierModel: one(pairs, 'oneVsOne'),
  oneVsRestModel: one(pairs, 'oneVsRest'),
  ordinalModel: one(encoders, 'ordinal'),
  pcaModel: one(projections, 'pca'),
  poissonRegressorModel: one(linear, 'poissonRegressor'),
  polynomialModel: one(values, 'polynomial'),
  powerModel: one(values, 'power'),
  quadraticDiscriminantAnalysisModel: one(bayes, 'quadratic'),
  quantileModel: one(values, 'quantile'),
  randomForestClassifierModel: treeClassifier,
  randomForestRegressorModel: treeRegressor,
  rbfSamplerModel: one(kernels, 'rbfSampler'),
  ridgeClassifierModel: one(linear, 'linearClassifier'),
  ridgeModel: linearRegressor,
  scalingModel: one(values, 'scaling'),
  searchedModel: one(chains, 'searched'),
  selectColumnsModel: one(encoders, 'select'),
  selectKBestModel: numbers,
  sgdClassifierModel: one(linear, 'sgdClassifier'),
  sgdRegressorModel: linearRegressor,
  stackModel: one(ensembles, 'stack'),
  svcModel: one(kernels, 'svc'),
  svrModel: one(kernels, 'svr'),
  thresholdClassifierModel: one(ensembles, 'threshold'),
  truncatedSVDModel: one(projections, 'truncatedSVD'),
  varianceThresholdModel: numbers,
  votingClassifierModel: one(ensembles, 'votingClassifier'),
  votingRegressorModel: one(ensembles, 'votingRegressor'),
};

/** Why models of a type cannot be written as a graph. */
export const REFUSED: Readonly<Record<string, string>> = {
  hashingModel: 'it hashes names, and no operator does it in its way: use oneHot() or ordinal()',
  tfidfModel: 'it cuts texts into words, and no operator does it in its way: export the model of what it makes',
};
