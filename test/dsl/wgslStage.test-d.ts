// Names and element types of a wgslStage are known to the compiler, from one declaration.
import { expectTypeOf, test } from 'vitest';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import type { Stage } from '../../src/dsl/stage/stage.ts';
import type { Start } from '../../src/dsl/stage/context.ts';
import { input, output, uniform, wgslStage } from '../../src/dsl/wgsl/wgslStage.ts';

interface Levels {
  readonly levels: Float32Array;
}
declare const source: URL;
const bindings = { level: input('f32'), bright: output('f32'), count: output('u32') };
const uniforms = { rows: uniform('u32'), factor: uniform('f32', 1.5) };
const common = { id: 'brighter', needs: ['levels'], source, bindings, uniforms } as const;
const whole = (state: Levels) => ({
  inputs: { level: state.levels },
  lengths: { bright: 1, count: 1 },
  uniforms: { rows: 1 },
  grid: [1] as const,
});

test('it provides its outputs by name, as typed arrays', () => {
  const brighter = wgslStage({
    ...common,
    launch: whole,
    reference: ({ level }, { rows, factor }) => {
      expectTypeOf(level).toEqualTypeOf<Float32Array>();
      expectTypeOf(rows).toEqualTypeOf<number>();
      return { bright: (i) => level[i]! * factor, count: () => rows };
    },
    output: ({ count }) => ({ count: count[0]! }),
  });
  expectTypeOf(brighter).toExtend<Stage<Levels, { readonly bright: Float32Array; readonly count: Uint32Array }>>();
  const start = stage({ id: 'start', needs: [], provides: ['levels'], run: (_: Start) => ({ levels: new Float32Array(1) }) });
  const own = pipeline('own', start, brighter);
  expectTypeOf<NonNullable<typeof own.out>['count']>().toEqualTypeOf<Uint32Array>();
  // @ts-expect-error nobody provides 'levels'
  pipeline('none', brighter);
  const mistyped = stage({ id: 'start', needs: [], provides: ['levels'], run: (_: Start) => ({ levels: new Uint8Array(1) }) });
  // @ts-expect-error bytes where floats are needed
  pipeline('mistyped', mistyped, brighter);
});

test('without uniforms, none are asked for', () => {
  wgslStage({
    id: 'plain',
    needs: ['levels'],
    source,
    bindings: { level: input('f32'), bright: output('f32') },
    launch: ({ levels }: Levels) => ({ inputs: { level: levels }, lengths: { bright: levels.length }, grid: [1] }),
  });
});

test('a wrong name or element type does not compile', () => {
  // @ts-expect-error no binding is called 'levle'
  wgslStage({ ...common, launch: (state: Levels) => ({ ...whole(state), inputs: { levle: state.levels } }) });
  // @ts-expect-error integers where floats are bound
  wgslStage({ ...common, launch: (state: Levels) => ({ ...whole(state), inputs: { level: new Uint32Array(1) } }) });
  // @ts-expect-error 'count' has no length
  wgslStage({ ...common, launch: (state: Levels) => ({ ...whole(state), lengths: { bright: 1 } }) });
  // @ts-expect-error 'rows' has no value
  wgslStage({ ...common, launch: (state: Levels) => ({ ...whole(state), uniforms: {} }) });
  // @ts-expect-error the state has no 'nothing'
  wgslStage({ ...common, needs: ['nothing'], launch: whole });
  // @ts-expect-error the reference has no 'count'
  wgslStage({ ...common, launch: whole, reference: () => ({ bright: () => 1 }) });
  // @ts-expect-error the reference reads what is not bound
  wgslStage({ ...common, launch: whole, reference: ({ dark }) => ({ bright: () => dark, count: () => 1 }) });
  // @ts-expect-error the output is called 'bright'
  wgslStage({ ...common, launch: whole, output: ({ brigth }) => ({ brigth }) });
  // @ts-expect-error bytes can be read, not written
  output('u8');
  // @ts-expect-error nor are pairs of them
  output('u16');
});
