// The target of rows is part of their type, from the source to what learns it. Run by `vitest --typecheck` and by `tsc`.
import { expectTypeOf, test } from 'vitest';
import type { Classes, Dataset, Values } from '../../src/core/data/dataset.ts';
import type { Features } from '../../src/core/data/features.ts';
import type { Labels } from '../../src/core/data/labels.ts';
import type { DatasetSource } from '../../src/datasets/source.ts';
import type { Classifier, Clusterer, Estimator, Regressor, Transformer } from '../../src/dsl/estimator.ts';
import { branch, compose } from '../../src/dsl/graph/compose.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { chain } from '../../src/estimators/chain/chain.ts';
import { crossValidate } from '../../src/stages/selection/crossValidate.ts';
import { crossValPredict } from '../../src/stages/selection/crossValPredict.ts';
import { kNeighborsMultilabel } from '../../src/estimators/neighbors/kNeighborsMultilabel.ts';
import { csv } from '../../src/formats/csv/csv.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { fit } from '../../src/stages/fit.ts';
import { gridSearch } from '../../src/stages/search/gridSearch.ts';
import { multilabel } from '../../src/stages/multilabel.ts';
import { scale, standardize } from '../../src/stages/scale.ts';
import { score } from '../../src/stages/score.ts';
import { shuffle } from '../../src/stages/shuffle.ts';
import { split } from '../../src/stages/split/split.ts';
import { number } from '../../src/tables/columns.ts';
import { table } from '../../src/tables/table.ts';

declare const classes: DatasetSource;
declare const values: DatasetSource<'values'>;
declare const bare: DatasetSource<'none'>;
declare const classifier: Estimator<Classifier, { C: number }>;
declare const regressor: Estimator<Regressor, { alpha: number }>;
declare const clusterer: Estimator<Clusterer>;
declare const transformer: Estimator<Transformer>;
const ranges = { train: [0, 2], test: [2, 3] } satisfies Parameters<typeof split>[0];

test('stages between keep the target', () => {
  const made = pipeline(
    'values',
    fetch(values),
    split(ranges),
    shuffle({ seed: 1 }),
    scale({ factor: 2 }),
    standardize(),
    fit(regressor),
    score({ on: 'test' }),
  );
  type State = NonNullable<typeof made.out>;
  expectTypeOf<State['train']>().toEqualTypeOf<Dataset<'train', Features, 'values'>>();
  expectTypeOf<State['test']>().toExtend<Values>();
  expectTypeOf<State['model']>().toEqualTypeOf<Regressor>();
  const other = pipeline('classes', fetch(classes), split(ranges), shuffle({ seed: 1 }));
  expectTypeOf<NonNullable<typeof other.out>['train']>().toExtend<Classes>();
});

test('a table without a target is a source of rows', () => {
  const rows = table(csv('rows.csv'), { a: number() });
  const made = pipeline('rows', fetch(rows), split(ranges), fit(clusterer));
  expectTypeOf<NonNullable<typeof made.out>['train']>().toEqualTypeOf<Dataset<'train', Features, 'none'>>();
  // @ts-expect-error nothing to learn
  pipeline('wrong', fetch(rows), split(ranges), fit(classifier));
});

test('an estimator takes the target that it learns, and no other', () => {
  // @ts-expect-error values are no classes
  pipeline('wrong', fetch(values), split(ranges), fit(classifier));
  // @ts-expect-error classes are no values
  pipeline('wrong', fetch(classes), split(ranges), shuffle({ seed: 1 }), fit(regressor));
  // @ts-expect-error nothing to learn
  pipeline('wrong', fetch(bare), split(ranges), gridSearch(classifier, { C: [1] }));
  // @ts-expect-error nor through a chain
  pipeline('wrong', fetch(classes), split(ranges), fit(chain(standardize(), transformer, regressor)));
  // @ts-expect-error a transformer predicts nothing
  fit(transformer);
  pipeline('right', fetch(values), split(ranges), gridSearch(chain(transformer, regressor), { alpha: [1] }), score({ on: 'test' }));
  pipeline('right', fetch(bare), split(ranges), fit(clusterer), score({ on: 'test' }), crossValidate());
  pipeline('right', fetch(values), split(ranges), fit(clusterer), score({ on: 'test' }));
});

test('inside rows too', () => {
  const prepared = compose('prepared', shuffle({ seed: 1 }), standardize());
  pipeline('right', fetch(values), split(ranges), prepared, fit(regressor));
  // @ts-expect-error values are no classes
  pipeline('wrong', fetch(values), split(ranges), prepared, fit(classifier));
  const both = pipeline('both', fetch(values), split(ranges), branch({ a: [shuffle({ seed: 1 }), fit(regressor)], b: [fit(clusterer)] }));
  type State = NonNullable<typeof both.out>;
  expectTypeOf<State['a']['train']>().toEqualTypeOf<Dataset<'train', Features, 'values'>>();
  expectTypeOf<State['b']['model']>().toEqualTypeOf<Clusterer>();
});

test('what held-out rows are predicted as is typed by the model, with and without a fit', () => {
  const { crossValPrediction: ofClasses } = {} as NonNullable<ReturnType<typeof predictedClasses>['out']>;
  expectTypeOf(ofClasses.predictions).toEqualTypeOf<Labels>();
  expectTypeOf(ofClasses.evaluation.decisions).toEqualTypeOf<Float64Array>();
  const { crossValPrediction: ofValues } = {} as NonNullable<ReturnType<typeof predictedValues>['out']>;
  expectTypeOf(ofValues.predictions).toEqualTypeOf<Float64Array>();
  // @ts-expect-error values have no decisions
  void ofValues.evaluation.decisions;
  // @ts-expect-error values are no classes
  pipeline('wrong', fetch(values), split(ranges), crossValPredict(classifier));
  // @ts-expect-error nothing was fitted
  pipeline('wrong', fetch(values), split(ranges), crossValPredict());
  // @ts-expect-error the first rows are never held out
  crossValPredict({ folds: { timeSeries: 3 } });
  // @ts-expect-error a misspelt option
  crossValPredict(classifier, { fold: 3 });
  // @ts-expect-error clusters of several models have no names in common
  crossValPredict(clusterer);
});

const predictedClasses = () => pipeline('classes', fetch(classes), split(ranges), crossValPredict(classifier, { folds: 3 }));
const predictedValues = () => pipeline('values', fetch(values), split(ranges), fit(regressor), crossValPredict({ folds: { groups: 3 } }));

test('a scorer is one of the models that are scored', () => {
  crossValidate(classifier, { scoring: ['accuracy', 'f1Macro', 'negBrierScore'] });
  crossValidate(regressor, { scoring: 'negMedianAbsoluteError' });
  gridSearch(regressor, { alpha: [1] }, { scoring: ['r2', 'explainedVariance'] });
  // @ts-expect-error a score of values
  crossValidate(classifier, { scoring: 'r2' });
  // @ts-expect-error a score of several labels
  crossValidate(classifier, { scoring: ['accuracy', 'f1Samples'] });
  // @ts-expect-error a misspelt score
  crossValidate(classifier, { scoring: 'f1macro' });
  // @ts-expect-error a score of classes
  gridSearch(regressor, { alpha: [1] }, { scoring: 'accuracy' });
  // @ts-expect-error a score of classes
  gridSearch(chain(standardize(), regressor), { alpha: [1] }, { scoring: 'rocAuc' });
});

test('and of the model that was fitted', () => {
  const fitted = [fetch(values), split(ranges), fit(regressor)] as const;
  pipeline('right', ...fitted, score({ on: 'test', scoring: ['r2', 'negMaxError'] }), crossValidate({ scoring: 'negMeanAbsoluteError' }));
  pipeline('right', ...fitted, score({ on: 'test' }), crossValidate({ folds: 3 }));
  // @ts-expect-error a score of classes
  pipeline('wrong', ...fitted, score({ on: 'test', scoring: 'accuracy' }));
  // @ts-expect-error a score of classes
  pipeline('wrong', ...fitted, crossValidate({ scoring: ['r2', 'f1Macro'] }));
  // @ts-expect-error a score of values
  pipeline('wrong', fetch(classes), split(ranges), fit(classifier), score({ on: 'test', scoring: 'r2' }));
});

test('several labels are learned of rows of classes, in a branch too', () => {
  const several = multilabel({ labels: { odd: [1, 3] } });
  const learning = kNeighborsMultilabel();
  pipeline('right', fetch(classes), split(ranges), several, fit(learning), crossValidate({ folds: 3, scoring: 'f1Macro' }));
  pipeline('right', fetch(classes), split(ranges), branch({ labels: [several, crossValPredict(learning)], classes: [crossValPredict(classifier)] }));
  // @ts-expect-error rows of classes
  pipeline('wrong', fetch(classes), split(ranges), fit(learning));
  // @ts-expect-error no classes
  pipeline('wrong', fetch(values), split(ranges), several);
  // @ts-expect-error rows of values, in one branch
  pipeline('wrong', fetch(values), split(ranges), branch({ labels: [crossValPredict(learning)], values: [crossValPredict(regressor)] }));
});
