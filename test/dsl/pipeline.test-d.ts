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
import { crossValidate } from '../../src/stages/crossValidate.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { fit, type FittedWith } from '../../src/stages/fit.ts';
import { predict } from '../../src/stages/predict.ts';
import { standardize } from '../../src/stages/scale.ts';
import { score, type Scored } from '../../src/stages/score.ts';
import { show } from '../../src/stages/show.ts';
import { shuffle } from '../../src/stages/shuffle.ts';
import { split } from '../../src/stages/split.ts';

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
