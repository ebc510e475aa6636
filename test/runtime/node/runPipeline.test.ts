// A pipeline run from a program: results instead of reports, and no cache unless asked.
import { afterEach, expect, expectTypeOf, test, vi } from 'vitest';
import { branch } from '../../../src/dsl/graph/compose.ts';
import { pipeline } from '../../../src/dsl/graph/pipeline.ts';
import { stage } from '../../../src/dsl/stage/ownStage.ts';
import { z } from '../../../src/dsl/zodPublic.ts';
import type { Start } from '../../../src/dsl/stage/context.ts';
import { runPipeline } from '../../../src/runtime/node/runPipeline.ts';
import { tempFolder } from '../../support/files.ts';

afterEach(() => vi.unstubAllEnvs());

const count = (to: number) =>
  stage({
    id: 'count',
    needs: [],
    provides: ['count'],
    params: { to },
    // Its code is all of this file, which makes folders.
    inputs: {},
    outputs: [],
    run: (_: Start) => {
      if (to < 0) throw new RangeError('below zero');
      return { count: to };
    },
    output: (added) => added,
  });

test('outputs by stage, events in order, nothing kept', async () => {
  vi.stubEnv('PIPELINE_CACHE', tempFolder());
  const types: string[] = [];
  const counting = pipeline('counting', count(3));
  for (let i = 0; i < 2; i++) {
    expect(await runPipeline(counting, { onEvent: ({ type }) => types.push(type) })).toMatchObject({
      status: 'ok',
      exitCode: 0,
      outputs: { count: { count: 3 } },
      stages: [{ path: 'count', status: 'ran' }],
    });
  }
  expect(types.slice(0, 4)).toEqual(['run-started', 'stage-started', 'stage-finished', 'run-finished']);
});

test('an option that nothing would look at is refused', async () => {
  // @ts-expect-error no such option
  expect(await runPipeline(pipeline('counting', count(3)), { onEvents: () => {} })).toMatchObject({
    status: 'failed',
    error: {
      code: 'E_USAGE',
      message: "runPipeline has no option 'onEvents'.",
      hint: 'Did you mean onEvent?',
      at: { file: expect.stringContaining('runPipeline.test') },
    },
  });
});

test('with cache: true the second run takes the result of the first', async () => {
  vi.stubEnv('PIPELINE_CACHE', tempFolder());
  const counting = pipeline('counting', count(4));
  const statuses = async (): Promise<string> => (await runPipeline(counting, { cache: true })).stages[0]!.status;
  expect([await statuses(), await statuses()]).toEqual(['ran', 'cached']);
});

test('a failure is in the result, as thrown', async () => {
  const { status, exitCode, error, stages } = await runPipeline(pipeline('failing', count(-1)));
  expect({ status, exitCode }).toEqual({ status: 'failed', exitCode: 1 });
  expect(error).toMatchObject({ code: 'E_STAGE', message: "Stage 'count' threw: below zero", cause: expect.any(RangeError) });
  expect(stages).toMatchObject([{ path: 'count', status: 'failed' }]);
});

test('parameters and a seed are set as the command line sets them; wrong ones are the result', async () => {
  const drawn = stage({
    id: 'drawn',
    needs: [],
    provides: ['drawn'],
    seeded: true,
    run: (_: object, { seed }) => ({ drawn: seed() }),
    output: (added) => added,
  });
  const made = pipeline('set', { params: z.strictObject({ by: z.int().default(2) }) }, ({ by }) => [
    drawn,
    stage({
      id: 'times',
      needs: [],
      provides: ['times'],
      schema: z.strictObject({ to: z.int().default(3) }),
      run: (_: object, _context, { to }) => ({ times: to * by }),
      output: (added) => added,
    }),
  ]);
  const { outputs } = await runPipeline(made);
  expect(outputs['times']).toEqual({ times: 6 });
  const set = await runPipeline(made, { params: { by: 5 }, stages: { times: { to: 7 } }, seed: 1 });
  expect(set.outputs['times']).toEqual({ times: 35 });
  expect(set.outputs['drawn']).not.toEqual(outputs['drawn']);
  const types: string[] = [];
  const emit = ({ type }: { readonly type: string }): void => void types.push(type);
  const wrong = await runPipeline(made, { params: { bye: 5 }, onEvent: emit });
  expect(wrong).toMatchObject({ status: 'failed', exitCode: 2, stages: [], error: { code: 'E_PARAMS', message: expect.stringContaining('bye') } });
  expect(await runPipeline(made, { stages: { tims: { to: 1 } }, onEvent: emit })).toMatchObject({
    error: { code: 'E_USAGE', hint: expect.stringContaining('times') },
  });
  expect(await runPipeline(pipeline('none', count(1)), { params: { by: 1 }, onEvent: emit })).toMatchObject({
    error: { code: 'E_PARAMS', message: "Pipeline 'none' has no parameters of its own; by arrived.", at: { file: import.meta.filename } },
  });
  expect(types).toEqual(['run-finished', 'run-finished', 'run-finished']);
});

test('an adapter that is not there fails the stage that asks for a device', async () => {
  const device = stage({ id: 'device', needs: [], provides: [], run: async (_: Start, context) => (await context.compute(), {}) });
  expect((await runPipeline(pipeline('device', device), { adapter: 'none-of-this-name' })).error).toMatchObject({ code: 'E_NO_ADAPTER' });
});

test('values of the final state come back by name, kept or not', async () => {
  vi.stubEnv('PIPELINE_CACHE', tempFolder());
  const double = stage({
    id: 'double',
    needs: ['count'],
    provides: ['double'],
    inputs: {},
    outputs: [],
    run: ({ count: once }: { readonly count: number }) => ({ double: { of: once, is: 2 * once } }),
  });
  const counting = pipeline('counting', count(4), double, branch({ twice: [double] }));
  for (const cache of [false, true, true]) {
    const result = await runPipeline(counting, { cache, values: ['count', 'double', 'twice'] });
    expect(result).toMatchObject({ status: 'ok', values: { count: 4, double: { of: 4, is: 8 }, twice: { double: { is: 8 } } } });
    if (result.status === 'ok') expectTypeOf(result.values.double.is).toEqualTypeOf<number>();
  }
  // @ts-expect-error no such key
  expect(await runPipeline(counting, { values: ['couble'] })).toMatchObject({
    status: 'failed',
    values: {},
    error: { code: 'E_USAGE', message: "Pipeline 'counting' ends without a value 'couble'; it has count, double, twice.", hint: 'Did you mean double?' },
  });
  expect(await runPipeline(counting, { selection: { to: 'count' }, values: ['double'] })).toMatchObject({
    error: { code: 'E_USAGE', message: "'double' comes from 'double', which this run leaves out." },
  });
  expect(await runPipeline(counting, { selection: { to: 'count' }, values: ['count'] })).toMatchObject({ values: { count: 4 }, stages: [{ path: 'count' }] });
});
