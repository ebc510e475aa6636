import { firstValueFrom, map, NEVER, EMPTY, of } from 'rxjs';
import { expect, test } from 'vitest';
import { PipelineError } from '../../src/core/errors/errors.ts';
import { runContext } from '../../src/dsl/stage/context.ts';
import { wrongOrderError } from '../../src/dsl/graph/order.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { operator, stage } from '../../src/dsl/stage/ownStage.ts';
import type { Fetched } from '../../src/dsl/stage/state.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { predict } from '../../src/stages/predict.ts';
import { split } from '../../src/stages/split/split.ts';
import { runSmall, smallSource } from '../support/smallData.ts';

const HERE = import.meta.filename;
const ranges = { train: [0, 10], test: [10, 20] } satisfies Parameters<typeof split>[0];
const count = stage({
  id: 'count',
  needs: ['data'],
  provides: ['rows'],
  run: ({ data }: Fetched) => ({ rows: data.x.rows }),
  output: ({ rows }) => ({ rows }),
});

/** What an untyped caller could write. */
const untyped = pipeline as unknown as (name: string, ...stages: readonly unknown[]) => ReturnType<typeof pipeline>;

test('a wrong order is refused when declared, with the place of the stage and the cure', () => {
  const lineAbove = Number(/:(\d+):\d+\)?$/m.exec(new Error().stack!.split('\n')[1]!)![1]);
  const declare = (): unknown => untyped('wrong', fetch(smallSource()), split(ranges), predict({ row: 1 }));
  expect(declare).toThrow(
    expect.objectContaining({
      code: 'E_ORDER',
      message: "Stage 'predict' needs 'model', which no stage before it provides.",
      hint: 'Put fit(...) before it.',
      at: expect.objectContaining({ file: HERE, line: lineAbove + 1 }),
    }),
  );
});

test('the same error comes at run time from stages in a plain pipe', async () => {
  const context = {
    files: { read: () => Promise.resolve([]) },
    signal: new AbortController().signal,
    emit: () => {},
    compute: () => Promise.reject(new Error()),
  };
  const state$ = of({ [runContext]: context }).pipe(fetch(smallSource()), predict({ row: 1 }) as never);
  await expect(firstValueFrom(state$)).rejects.toMatchObject({ code: 'E_ORDER', at: { file: HERE } });
});

test('a run emits its events in order and collects outputs by stage id; repeats are numbered', async () => {
  const { status, outputs, events } = await runSmall(pipeline('two', fetch(smallSource()), count, count));
  expect(status).toBe('ok');
  expect(outputs).toEqual({ fetch: { dataset: 'small', x: [20, 4], y: [20], dtype: 'u8' }, count: { rows: 20 }, 'count-2': { rows: 20 } });
  // What records keep of the data comes with them.
  const told = events.filter(({ type }) => type !== 'data' && type !== 'picture');
  expect(told.map((event) => ('stage' in event ? `${event.type} ${event.stage}` : event.type))).toEqual([
    'run-started',
    'stage-started fetch',
    'stage-finished fetch',
    'stage-started count',
    'stage-finished count',
    'stage-started count-2',
    'stage-finished count-2',
    'run-finished',
  ]);
});

test('what a stage throws ends the run with its place, its id and its cause', async () => {
  const boom = new RangeError('boom');
  const failing = stage({
    id: 'failing',
    needs: ['data'],
    provides: [],
    run: (_: Fetched): object => {
      throw boom;
    },
  });
  const { status, exitCode, error, events } = await runSmall(pipeline('fails', fetch(smallSource()), failing, count));
  expect({ status, exitCode }).toEqual({ status: 'failed', exitCode: 1 });
  expect(error).toMatchObject({ code: 'E_STAGE', message: "Stage 'failing' threw: boom", stage: 'failing', at: { file: HERE }, cause: boom });
  expect(events.at(-1)).toMatchObject({
    type: 'run-finished',
    status: 'failed',
    outputs: { fetch: { dataset: 'small' } },
    error: { code: 'E_STAGE', stage: 'failing' },
  });
  expect(events.some((event) => 'stage' in event && event.stage === 'count')).toBe(false);
});

test('an error of this package keeps its own code', async () => {
  const failing = stage({
    id: 'failing',
    needs: ['data'],
    provides: [],
    run: (_: Fetched): object => {
      throw new PipelineError('E_DATA', 'bad');
    },
  });
  expect((await runSmall(pipeline('fails', fetch(smallSource()), failing))).exitCode).toBe(3);
});

test('any rxjs operator is a stage; one that completes empty is an error with its name', async () => {
  const rows = operator({
    id: 'rows',
    needs: ['data'],
    provides: ['rows'],
    operator: map(({ data }: Fetched) => ({ rows: data.rows.length })),
    output: ({ rows }) => ({ rows }),
  });
  expect((await runSmall(pipeline('rx', fetch(smallSource()), rows))).outputs['rows']).toEqual({ rows: 20 });
  const empty = operator({
    id: 'empty',
    needs: ['data'],
    provides: [],
    operator: (_: import('rxjs').Observable<Fetched>) => EMPTY as import('rxjs').Observable<object>,
  });
  expect((await runSmall(pipeline('rx', fetch(smallSource()), empty))).error).toMatchObject({
    message: "Stage 'empty' completed without a value.",
    at: { file: HERE },
  });
});

test('cancelling stops before the next stage with code 130', async () => {
  const controller = new AbortController();
  const cancel = stage({ id: 'cancel', needs: ['data'], provides: [], run: (_: Fetched) => (controller.abort(), {}) });
  const { exitCode, events } = await runSmall(pipeline('cancelled', fetch(smallSource()), cancel, count), undefined, controller.signal);
  expect(exitCode).toBe(130);
  expect(events.some((event) => 'stage' in event && event.stage === 'count')).toBe(false);
});

test('cancelling ends a stage that never answers', async () => {
  const controller = new AbortController();
  const never = operator({
    id: 'never',
    needs: ['data'],
    provides: [],
    operator: (_: import('rxjs').Observable<Fetched>) => NEVER as import('rxjs').Observable<object>,
  });
  setTimeout(() => controller.abort(), 20);
  expect((await runSmall(pipeline('never', fetch(smallSource()), never), undefined, controller.signal)).exitCode).toBe(130);
});

test('a pipeline without stages is refused', () => {
  expect(() => untyped('none')).toThrow(expect.objectContaining({ code: 'E_USAGE', at: expect.objectContaining({ file: HERE }) }));
});

test('what a stage needs and nothing provides is one sentence, with each cure once', () => {
  const fit = 'put fit(...) before it';
  const needs = (key: string, cure = fit): string => `This stage needs '${key}': ${cure}.`;
  expect(wrongOrderError([needs('model')], undefined).message).toBe("This stage needs 'model'.");
  const several = wrongOrderError(["This stage needs 'rows' of another type than the stages before it provide.", needs('a'), needs('b'), needs('c', 'put split(...) before it')], undefined); // oxfmt-ignore
  expect(several.message).toBe("This stage needs 'a', 'b' and 'c'. This stage needs 'rows' of another type than the stages before it provide.");
  expect(several.hint).toContain('Put fit(...) before it. Put split(...) before it.');
});
