import { firstValueFrom, of } from 'rxjs';
import { expect, test } from 'vitest';
import { branch, compose, fanOut } from '../../src/dsl/graph/compose.ts';
import { runContext } from '../../src/dsl/stage/context.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import type { AnyStage } from '../../src/dsl/stage/stage.ts';
import type { Fetched } from '../../src/dsl/stage/state.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { runSmall, smallSource } from '../support/smallData.ts';

const HERE = import.meta.filename;
const paths = (made: { readonly graph: { readonly nodes: readonly { readonly path: string }[] } }): readonly string[] =>
  made.graph.nodes.map(({ path }) => path);

const times = (factor: number) =>
  stage({ id: 'times', needs: ['data'], provides: ['product'], run: ({ data }: Fetched) => ({ product: data.x.rows * factor }), output: (added) => added });
const plusOne = stage({ id: 'plus-one', needs: ['product'], provides: ['sum'], run: ({ product }: { product: number }) => ({ sum: product + 1 }) });

test('branches start from the same state, and a join reads what each added', async () => {
  const join = stage({
    id: 'join',
    needs: ['twice', 'thrice'],
    provides: ['difference'],
    run: ({ twice, thrice }: { twice: { product: number; sum: number }; thrice: { product: number } }) => ({
      difference: thrice.product - twice.sum,
      keys: Object.keys(twice),
    }),
    output: (added) => added as never,
  });
  const made = pipeline('branches', fetch(smallSource()), branch({ twice: [times(2), plusOne], thrice: [times(3)] }), join);
  expect(paths(made)).toEqual(['fetch', 'twice/times', 'twice/plus-one', 'thrice/times', 'join']);
  const { status, outputs } = await runSmall(made);
  expect(status).toBe('ok');
  // A record holds what its branch added: not `data`, which it only passed on.
  expect(outputs['join']).toEqual({ difference: 60 - 41, keys: ['product', 'sum'] });
});

test('a fan-out adds a list in the order of its values, however they look', async () => {
  const sum = stage({
    id: 'list',
    needs: ['factors'],
    provides: ['products'],
    run: ({ factors }: { factors: readonly { product: number }[] }) => ({ products: factors.map(({ product }) => product) }),
    output: (added) => added,
  });
  const made = pipeline(
    'fan',
    fetch(smallSource()),
    fanOut('factors', [3, 1, 2], (factor) => [times(factor)]),
    sum,
  );
  expect(paths(made)).toEqual(['fetch', 'factors/=3/times', 'factors/=1/times', 'factors/=2/times', 'list']);
  expect((await runSmall(made)).outputs['list']).toEqual({ products: [60, 20, 40] });
  const none = () => fanOut('factors', [] as number[], (factor) => [times(factor)]);
  expect(none).toThrow(expect.objectContaining({ code: 'E_USAGE', at: expect.objectContaining({ file: HERE }) }));
  expect(() => fanOut('factors', [1, 1], (factor) => [times(factor)])).toThrow('2 with 1 labels');
});

test('control characters of values are spelt out in paths, so that two values stay apart', () => {
  const made = pipeline(
    'fan',
    fetch(smallSource()),
    fanOut('names', ['a\u001b[31m', 'a\u001b[32m', 'b\nc', '\u009bd'], () => [times(2)]),
  );
  expect(paths(made).slice(1)).toEqual(['names/=a\\u001b[31m/times', 'names/=a\\u001b[32m/times', 'names/=b\\u000ac/times', 'names/=\\u009bd/times']);
});

test('a row of stages is a stage, used as often as one likes', async () => {
  const both = compose('both', times(2), plusOne);
  const made = pipeline('composed', fetch(smallSource()), both, branch({ again: [both] }));
  expect(paths(made)).toEqual(['fetch', 'both/times', 'both/plus-one']);
  expect((await runSmall(made)).status).toBe('ok');
  const three = compose('three', times(3));
  expect(paths(pipeline('rows', fetch(smallSource()), both, three, both))).toEqual(['fetch', 'both/times', 'both/plus-one', 'three/times']);
});

test('a stage in two branches that reads the same there runs once', async () => {
  let loads = 0;
  const counted = { ...smallSource(), load: () => (loads++, smallSource().load(undefined as never, {})) };
  const source = fetch(counted);
  const made = pipeline('diamond', branch({ left: [source, times(2)], right: [source, times(3)] }));
  expect(paths(made)).toEqual(['left/fetch', 'left/times', 'right/times']);
  const { outputs } = await runSmall(made);
  expect(loads).toBe(1);
  expect(outputs['right/times']).toEqual({ product: 60 });
});

test('composed stages are rxjs operators too', async () => {
  const context = {
    files: { read: () => Promise.resolve([]) },
    signal: new AbortController().signal,
    emit: () => {},
    seed: 0,
    compute: () => Promise.reject(new Error('no device here')),
  };
  const state = await firstValueFrom(
    of({ [runContext]: context }).pipe(
      fetch(smallSource()),
      branch({ twice: [times(2), plusOne] }),
      fanOut('factors', [1, 2], (factor) => [times(factor)]),
    ),
  );
  expect(state.twice).toEqual({ product: 40, sum: 41 });
  expect(state.factors).toEqual([{ product: 20 }, { product: 40 }]);
});

test('what a branch lacks is an order error at the stage that needs it', () => {
  const untyped = pipeline as unknown as (name: string, ...stages: readonly AnyStage[]) => unknown;
  expect(() => untyped('wrong', fetch(smallSource()), (branch as never as (rows: object) => AnyStage)({ left: [plusOne] }))).toThrow(
    expect.objectContaining({ code: 'E_ORDER', message: "Stage 'left/plus-one' needs 'product', which no stage before it provides." }),
  );
  expect(() => pipeline('same', fetch(smallSource()), branch({ left: [times(1)] }), branch({ left: [times(2)] }))).toThrow(
    "Two stages are called 'left/times'",
  );
});
