// Wrong orders do not compile, and the compiler says why. Run by `vitest --typecheck` and by `tsc`.
import { of } from 'rxjs';
import { expectTypeOf, test } from 'vitest';
import type { Dataset } from '../../src/core/data/dataset.ts';
import type { DatasetSource } from '../../src/datasets/source.ts';
import type { Start } from '../../src/dsl/stage/context.ts';
import type { Classifier, Estimator } from '../../src/dsl/estimator.ts';
import type { Checked, WrongOrder } from '../../src/dsl/graph/order.ts';
import { compose } from '../../src/dsl/graph/compose.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { operator, stage } from '../../src/dsl/stage/ownStage.ts';
import type { Stage } from '../../src/dsl/stage/stage.ts';
import type { Fetched, Fitted, Split, SplitInThree } from '../../src/dsl/stage/state.ts';
import { binarize } from '../../src/stages/binarize.ts';
import { crossValidate } from '../../src/stages/selection/crossValidate.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { fit, type FittedWith } from '../../src/stages/fit.ts';
import { predict } from '../../src/stages/predict.ts';
import { standardize } from '../../src/stages/scale.ts';
import { score, type Scored } from '../../src/stages/score.ts';
import { show } from '../../src/stages/show.ts';
import { shuffle } from '../../src/stages/shuffle.ts';
import { split } from '../../src/stages/split/split.ts';

declare const source: DatasetSource;
declare const estimator: Estimator;
const ranges = { train: [0, 2], test: [2, 3] } satisfies Parameters<typeof split>[0];

test('the walk-through compiles and its final state is typed', () => {
  const walk = pipeline(
    'walk',
    fetch(source),
    show({ row: 1 }),
    split(ranges),
    shuffle({ seed: 1 }),
    binarize({ positive: 2 }),
    fit(estimator),
    predict({ row: 1 }),
    score({ on: 'test' }),
    crossValidate({ folds: 3 }),
  );
  type State = NonNullable<typeof walk.out>;
  expectTypeOf<State['data']>().toEqualTypeOf<Dataset<'all'>>();
  expectTypeOf<State['train']>().toEqualTypeOf<Dataset<'train'>>();
  expectTypeOf<State['model']>().toEqualTypeOf<Classifier>();
  expectTypeOf<State['score']>().toEqualTypeOf<Scored>();
  expectTypeOf<State['crossValidation']['foldScores']>().toEqualTypeOf<readonly number[]>();
});

test('a stage before what it needs is an error at that stage, with the cure in its text', () => {
  // @ts-expect-error score needs a model
  pipeline('no fit', fetch(source), split(ranges), score({ on: 'test' }));
  // @ts-expect-error split needs data
  pipeline('no fetch', split(ranges));
  // @ts-expect-error fit needs a split
  pipeline('no split', fetch(source), fit(estimator));
  // @ts-expect-error predict stands before fit
  pipeline('swapped', fetch(source), split(ranges), predict({ row: 1 }), fit(estimator));
  // @ts-expect-error an operator that is not a stage
  pipeline('not a stage', fetch(source), (x: number) => x);

  type Scoring = Stage<Pick<Split, 'test'> & Fitted, { readonly score: Scored }>;
  type Fitting = Stage<Pick<Split, 'train'>, FittedWith<Classifier>>;
  type Fetching = Stage<unknown, Fetched>;
  type Splitting = Stage<Fetched, Split>;
  expectTypeOf<Checked<Start, readonly [Fetching, Splitting, Scoring]>[2]>().toEqualTypeOf<WrongOrder<"This stage needs 'model': put fit(...) before it.">>();
  expectTypeOf<Checked<Start, readonly [Splitting]>[0]>().toEqualTypeOf<WrongOrder<"This stage needs 'data': put fetch(...) before it.">>();
  expectTypeOf<Checked<Start, readonly [Fetching, Fitting]>[1]>().toEqualTypeOf<WrongOrder<"This stage needs 'train': put split(...) before it.">>();
});

test('fitting on test rows does not compile', () => {
  const leak = stage({ id: 'leak', needs: ['test'], provides: ['train'], run: ({ test }: Pick<Split, 'test'>) => ({ train: test }) });
  // @ts-expect-error test rows arrive where training rows are needed
  pipeline('leak', fetch(source), split(ranges), leak, fit(estimator));
  type Leaking = Stage<Pick<Split, 'test'>, { train: Dataset<'test'> }>;
  type Fitting = Stage<Pick<Split, 'train'>, FittedWith<Classifier>>;
  expectTypeOf<Checked<Split, readonly [Leaking, Fitting]>[1]>().toEqualTypeOf<
    WrongOrder<"This stage needs train rows as 'train', the stages before it provide test rows.">
  >();
  // @ts-expect-error training rows are no place to take a score on
  score({ on: 'train' });
});

test('a score is taken on a part that the split makes', () => {
  const three = { train: [0, 2], validation: [2, 3], test: [3, 4] } as const;
  const made = pipeline('three', fetch(source), split(three), binarize({ positive: 1 }), standardize(), fit(estimator), score({ on: 'validation' }));
  type State = NonNullable<typeof made.out>;
  expectTypeOf<State['validation']>().toEqualTypeOf<Dataset<'validation'>>();
  expectTypeOf<State['score']['validationAccuracy']>().toEqualTypeOf<number>();
  // @ts-expect-error a score on validation rows has no test accuracy
  expectTypeOf<State['score']['testAccuracy']>().toEqualTypeOf<number>();
  // @ts-expect-error split makes no validation part
  pipeline('two', fetch(source), split(ranges), standardize(), fit(estimator), score({ on: 'validation' }));
  // @ts-expect-error validation rows are no training rows
  pipeline('fitted', fetch(source), split(three), stage({ id: 'x', needs: ['validation'], provides: ['train'], run: (state: SplitInThree) => ({ train: state.validation }) }), fit(estimator)); // oxfmt-ignore
  // @ts-expect-error no part is called so
  split({ ...ranges, validaton: [3, 4] });
  type Scoring = Stage<Pick<SplitInThree, 'validation'> & Fitted, { readonly score: Scored<'validation'> }>;
  expectTypeOf<Checked<Split & Fitted, readonly [Scoring]>[0]>().toEqualTypeOf<
    WrongOrder<"This stage needs 'validation': put split({ train, validation, test }) before it.">
  >();
  // What a row of stages does to a part, it does where the part is there; it needs none.
  const prepared = compose('prepared', binarize({ positive: 1 }), standardize());
  pipeline('right', fetch(source), split(ranges), prepared, fit(estimator), score({ on: 'test' }));
  const inside = pipeline('right', fetch(source), split(three), prepared, fit(estimator), compose('scored', score({ on: 'validation' })));
  expectTypeOf<NonNullable<typeof inside.out>['validation']>().toEqualTypeOf<Dataset<'validation'>>();
  // @ts-expect-error the row scores on validation rows, which it needs
  pipeline('wrong', fetch(source), split(ranges), fit(estimator), compose('scored', score({ on: 'validation' })));
});

test('a split by shares makes a validation part where one is asked for', () => {
  const made = pipeline('three', fetch(source), split({ test: 0.2, validation: 0.1, stratify: true, seed: 1 }), fit(estimator), score({ on: 'validation' }));
  expectTypeOf<NonNullable<typeof made.out>['validation']>().toEqualTypeOf<Dataset<'validation'>>();
  pipeline('groups', fetch(source), split({ test: 0.2, validation: 0.1, groups: true, seed: 1 }), fit(estimator), score({ on: 'validation' }));
  pipeline('time', fetch(source), split({ test: 0.2, validation: 10, time: 'day' }), fit(estimator), score({ on: 'validation' }));
  // @ts-expect-error no validation share, no validation part
  pipeline('two', fetch(source), split({ test: 0.2, time: 'day' }), fit(estimator), score({ on: 'validation' }));
  // @ts-expect-error groups cannot be stratified
  split({ test: 0.2, groups: true, stratify: true });
  // @ts-expect-error time leaves nothing to chance
  split({ test: 0.2, time: 'day', seed: 1 });
  // @ts-expect-error a range beside a share
  split({ test: 0.2, train: [0, 1] });
  // @ts-expect-error a share beside ranges
  split({ ...ranges, validation: 0.1 });
});

test('folds of each kind take what has a meaning there', () => {
  crossValidate({ folds: 3, stratified: false, shuffleSeed: 1 });
  crossValidate({ folds: 3, repeats: 10, shuffleSeed: 1 });
  crossValidate({ folds: { groups: 3 }, stratified: true, shuffleSeed: 1 });
  crossValidate({ folds: { timeSeries: 3, gap: 1, maxTrainSize: 10, testSize: 2 } });
  crossValidate({ folds: { shuffleSplit: 3, test: 0.2, train: 0.5 }, shuffleSeed: 1, stratified: true });
  crossValidate({ folds: 'leaveOneOut', scoring: 'accuracy' });
  // @ts-expect-error what is drawn again and again needs a seed
  crossValidate({ folds: 3, repeats: 10 });
  // @ts-expect-error and so does what is drawn anew for each fold
  crossValidate({ folds: { shuffleSplit: 3 } });
  // @ts-expect-error a series is not shuffled
  crossValidate({ folds: { timeSeries: 3 }, shuffleSeed: 1 });
  // @ts-expect-error nor stratified
  crossValidate({ folds: { timeSeries: 3 }, stratified: true });
  // @ts-expect-error groups have no gap
  crossValidate({ folds: { groups: 3, gap: 1 } });
  // @ts-expect-error each row is left out once
  crossValidate({ folds: 'leaveOneOut', repeats: 2, shuffleSeed: 1 });
  // @ts-expect-error there are no such folds
  crossValidate({ folds: 'leaveTwoOut' });
});

test('an estimator is cross-validated on the training rows, or on all rows', () => {
  const all = pipeline('all', fetch(source), crossValidate(estimator, { folds: 3 }));
  expectTypeOf<NonNullable<typeof all.out>['crossValidation']['meanScore']>().toEqualTypeOf<number>();
  pipeline('split', fetch(source), split(ranges), crossValidate(estimator, { folds: 'leaveOneOut' }));
  pipeline('row', fetch(source), compose('row', crossValidate(estimator)));
  // @ts-expect-error there are no rows
  pipeline('none', crossValidate(estimator));
  // @ts-expect-error nor are there any for the row
  pipeline('none', compose('row', crossValidate(estimator)));
  // @ts-expect-error a fit stands before a cross-validation that is given no estimator
  pipeline('no fit', fetch(source), crossValidate({ folds: 3 }));
  // @ts-expect-error the estimator learns classes, the rows have values
  pipeline('values', fetch({} as DatasetSource<'values'>), crossValidate(estimator));
  // @ts-expect-error groups have no gap
  crossValidate(estimator, { folds: { groups: 3, gap: 1 } });
  const validating = () => crossValidate(estimator);
  type Validating = ReturnType<typeof validating>;
  expectTypeOf<Checked<Start, readonly [Validating]>[0]>().toEqualTypeOf<
    WrongOrder<"This stage needs 'train': put split(...) before it." | "This stage needs 'data': put fetch(...) before it.">
  >();
  expectTypeOf<Checked<Fetched<'values'>, readonly [Validating]>[0]>().toEqualTypeOf<
    WrongOrder<"This stage needs 'data' with classes, the rows before it have values.">
  >();
});

test('a stage of your own takes its types from its function', () => {
  const count = stage({ id: 'count', needs: ['data'], provides: ['rows'], run: async ({ data }: Fetched) => ({ rows: data.x.rows }) });
  const text = operator({
    id: 'text',
    needs: ['rows'],
    provides: ['text'],
    operator: (state$) => state$ as never as import('rxjs').Observable<{ text: string }>,
  });
  expectTypeOf(count).toEqualTypeOf<Stage<Fetched, { rows: number }>>();
  const own = pipeline('own', fetch(source), count);
  expectTypeOf<NonNullable<typeof own.out>['rows']>().toEqualTypeOf<number>();
  expectTypeOf(text).toExtend<Stage<never, { text: string }>>();
  // @ts-expect-error 'rows' is a number, not a string
  pipeline('mistyped', fetch(source), count, stage({ id: 'x', needs: ['rows'], provides: [], run: ({ rows }: { rows: string }) => ({ rows }) }));
  type Reading = Stage<{ readonly rows: string }, {}>;
  expectTypeOf<Checked<{ rows: number }, readonly [Reading]>[0]>().toEqualTypeOf<
    WrongOrder<"This stage needs 'rows' of another type than the stages before it provide.">
  >();
  // @ts-expect-error a key that the state does not have
  stage({ id: 'x', needs: ['nothing'], provides: [], run: ({ data }: Fetched) => ({ data }) });
});

test('24 stages keep their types, and a wrong 24th is found', () => {
  const step = <const K extends string>(key: K) =>
    stage<Fetched, { [key in K]: number }>({ id: key, needs: ['data'], provides: [], run: () => ({ [key]: 1 }) as { [key in K]: number } });
  const row = [step('a'), step('b'), step('c'), step('d'), step('e'), step('f'), step('g'), step('h'), step('i'), step('j'), step('k')] as const;
  const long = pipeline('long', fetch(source), ...row, ...row, split(ranges));
  expectTypeOf<NonNullable<typeof long.out>['k']>().toEqualTypeOf<number>();
  expectTypeOf<NonNullable<typeof long.out>['test']>().toEqualTypeOf<Dataset<'test'>>();
  // @ts-expect-error the last of 24 stages needs a model
  pipeline('long', fetch(source), ...row, ...row, predict({ row: 1 }));
});

test('stages are operators of a plain rxjs pipe, typed alike', () => {
  const state$ = of({}).pipe(fetch(source), split(ranges), fit(estimator), score({ on: 'test' }));
  state$.subscribe((state) => expectTypeOf(state.score).toEqualTypeOf<Scored>());
  // @ts-expect-error fit needs a split here too
  of({}).pipe(fetch(source), fit(estimator));
});
