// A stage keeps its types under a policy, written in place too.
import { expectTypeOf, test } from 'vitest';
import type { DatasetSource } from '../../src/datasets/source.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage, withPolicy } from '../../src/dsl/stage/ownStage.ts';
import type { Stage } from '../../src/dsl/stage/stage.ts';
import { z } from '../../src/dsl/zodPublic.ts';
import { fetch } from '../../src/stages/fetch.ts';

declare const source: DatasetSource;
type X = { readonly x: number };

test('a stage written in place takes its types from its function', () => {
  const typed = withPolicy(stage({ id: 'a', needs: ['x'], provides: ['y'], run: ({ x }: X, context) => ({ y: x + context.stage.length }) }), { retries: 1 });
  expectTypeOf(typed).toEqualTypeOf<Stage<X, { y: number }>>();
  const waiting = withPolicy(stage({ id: 'a', needs: ['x'], provides: ['y'], run: async ({ x }: X, { signal }) => ({ y: signal.aborted ? 0 : x }) }), {});
  expectTypeOf(waiting).toEqualTypeOf<Stage<X, { y: number }>>();
  const set = withPolicy(
    stage({
      id: 'a',
      needs: ['x'],
      provides: ['y'],
      schema: z.strictObject({ by: z.number().default(2) }),
      run: ({ x }: X, _context, { by }) => ({ y: x * by }),
    }),
    { cache: false },
  );
  expectTypeOf(set).toEqualTypeOf<Stage<X, { y: number }>>();
  const whole = pipeline('whole', fetch(source), withPolicy(stage({ id: 'a', needs: [], provides: ['y'], run: () => ({ y: 1 }) }), { retries: 1 }));
  expectTypeOf<NonNullable<typeof whole.out>['y']>().toEqualTypeOf<number>();
});

test('mistakes in it are still found', () => {
  // @ts-expect-error a key that the function does not return
  withPolicy(stage({ id: 'a', needs: ['x'], provides: ['z'], run: ({ x }: X) => ({ y: x }) }), { retries: 1 });
  // @ts-expect-error no stage
  withPolicy(() => 1, { retries: 1 });
  // @ts-expect-error a misspelt policy
  withPolicy(fetch(source), { retry: 1 });
});
