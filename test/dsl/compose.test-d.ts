// Branches, fan-outs and composed rows are typed inside and out. Run by `vitest --typecheck` and by `tsc`.
import { expectTypeOf, test } from 'vitest';
import type { DatasetSource } from '../../src/datasets/source.ts';
import { branch, compose, fanOut } from '../../src/dsl/graph/compose.ts';
import type { Classifier, Estimator } from '../../src/dsl/estimator.ts';
import type { Checked, WrongOrder } from '../../src/dsl/graph/order.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import type { Fetched, Split } from '../../src/dsl/stage/state.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { fit } from '../../src/stages/fit.ts';
import { predict } from '../../src/stages/predict.ts';
import { score, type Scored } from '../../src/stages/score.ts';
import { shuffle } from '../../src/stages/shuffle.ts';
import { split } from '../../src/stages/split/split.ts';

declare const source: DatasetSource;
declare const estimator: Estimator;
const ranges = { train: [0, 2], test: [2, 3] } satisfies Parameters<typeof split>[0];
const leak = stage({ id: 'leak', needs: ['test'], provides: ['train'], run: ({ test }: Pick<Split, 'test'>) => ({ train: test }) });
const scored = () => [fit(estimator), score({ on: 'test' })] as const;

test('a branch adds a record for each row, and what a row adds stays in its record', () => {
  const two = pipeline('two', fetch(source), split(ranges), branch({ a: scored(), b: [shuffle({ seed: 1 }), fit(estimator)] }));
  type State = NonNullable<typeof two.out>;
  expectTypeOf<State['a']['score']>().toEqualTypeOf<Scored>();
  expectTypeOf<State['b']['model']>().toEqualTypeOf<Classifier>();
  expectTypeOf<State['train']['role']>().toEqualTypeOf<'train'>();
  // @ts-expect-error row b takes no score
  expectTypeOf<State['b']['score']>().toEqualTypeOf<Scored>();
  // @ts-expect-error models stay in their rows
  pipeline('outside', fetch(source), split(ranges), branch({ a: scored() }), predict({ row: 1 }));
});

test('a mismatch inside a branch is an error there, and a need of a branch is a need of the pipeline', () => {
  // @ts-expect-error test rows arrive where training rows are needed
  branch({ good: scored(), bad: [leak, fit(estimator)] });
  // @ts-expect-error not a stage
  branch({ bad: [(x: number) => x] });
  // @ts-expect-error the rows need a split
  pipeline('unsplit', fetch(source), branch({ a: scored() }));
  // @ts-expect-error a row that scores without a model, and none stands before
  pipeline('no model', fetch(source), split(ranges), branch({ a: [score({ on: 'test' })] }));
  // A model from before the branch will do.
  pipeline('shared', fetch(source), split(ranges), fit(estimator), branch({ a: [score({ on: 'test' })] }));
  // @ts-expect-error rows leak before the branch
  pipeline('leaking', fetch(source), split(ranges), leak, branch({ a: scored() }));
});

test('a join reads the branches that are there', () => {
  interface Both {
    readonly a: { readonly score: Scored };
    readonly b: { readonly score: Scored };
  }
  const better = stage({
    id: 'better',
    needs: ['a', 'b'],
    provides: ['better'],
    run: ({ a, b }: Both) => ({ better: a.score.testAccuracy - b.score.testAccuracy }),
  });
  const whole = pipeline('whole', fetch(source), split(ranges), branch({ a: scored(), b: scored() }), better);
  expectTypeOf<NonNullable<typeof whole.out>['better']>().toEqualTypeOf<number>();
  // @ts-expect-error there is no branch b
  pipeline('missing', fetch(source), split(ranges), branch({ a: scored() }), better);
  type Joined = { readonly a: { readonly score: Scored }; readonly b: { readonly model: Classifier } };
  expectTypeOf<Checked<Joined, readonly [typeof better]>[0]>().toEqualTypeOf<
    WrongOrder<"This stage needs 'b' of another type than the stages before it provide.">
  >();
  // @ts-expect-error branch b has no score
  pipeline('unscored', fetch(source), split(ranges), branch({ a: scored(), b: [fit(estimator)] }), better);
});

test('a fan-out adds a list of what its rows add', () => {
  const seeds = fanOut('seeds', [1, 2, 3], (seed) => [shuffle({ seed }), fit(estimator), score({ on: 'test' })]);
  const spread = stage({
    id: 'spread',
    needs: ['seeds'],
    provides: ['spread'],
    run: ({ seeds }: { readonly seeds: readonly { readonly score: Scored }[] }) => ({ spread: seeds.length }),
  });
  const whole = pipeline('whole', fetch(source), split(ranges), seeds, spread);
  type State = NonNullable<typeof whole.out>;
  expectTypeOf<State['seeds']>().toExtend<readonly { readonly score: Scored; readonly model: Classifier }[]>();
  expectTypeOf<State['spread']>().toEqualTypeOf<number>();
  // @ts-expect-error values are numbers, the row takes texts
  fanOut('texts', [1, 2], (text: string) => [shuffle({ seed: Number(text) })]);
  // @ts-expect-error test rows arrive where training rows are needed
  fanOut('leaks', [1, 2], () => [leak, fit(estimator)]);
  // @ts-expect-error there is no fan-out before it
  pipeline('missing', fetch(source), split(ranges), spread);
});

test('a composed row is a stage: it needs what its stages lack, and may stand twice', () => {
  const detector = compose('detector', ...scored());
  const whole = pipeline('whole', fetch(source), split(ranges), detector, shuffle({ seed: 1 }), detector);
  expectTypeOf<NonNullable<typeof whole.out>['score']>().toEqualTypeOf<Scored>();
  // @ts-expect-error it needs a split
  pipeline('unsplit', fetch(source), detector);
  // @ts-expect-error test rows arrive where training rows are needed
  compose('leaking', leak, fit(estimator));
  // A row inside a row inside a branch.
  const nested = pipeline('nested', fetch(source), split(ranges), branch({ a: [compose('outer', shuffle({ seed: 1 }), detector)] }));
  expectTypeOf<NonNullable<typeof nested.out>['a']['score']>().toEqualTypeOf<Scored>();
});

test('24 stages in composed rows keep their types', () => {
  const step = <const K extends string>(key: K) =>
    stage<Fetched, { [key in K]: number }>({ id: key, needs: ['data'], provides: [], run: () => ({ [key]: 1 }) as { [key in K]: number } });
  const a = compose('a', step('a'), step('b'), step('c'), step('d'), step('e'), step('f'));
  const b = compose('b', step('g'), step('h'), step('i'), step('j'), step('k'), step('l'));
  const c = compose('c', step('m'), step('n'), step('o'), step('p'), step('q'), step('r'));
  const d = compose('d', step('s'), step('t'), step('u'), step('v'), step('w'), step('x'));
  const long = pipeline('long', fetch(source), compose('all', a, b, compose('rest', c, d)), split(ranges), compose('end', ...scored()));
  expectTypeOf<NonNullable<typeof long.out>['x']>().toEqualTypeOf<number>();
  expectTypeOf<NonNullable<typeof long.out>['score']>().toEqualTypeOf<Scored>();
  // @ts-expect-error the model is made behind it
  pipeline('long', fetch(source), compose('all', a, b, c, d), split(ranges), predict({ row: 1 }), fit(estimator));
});
