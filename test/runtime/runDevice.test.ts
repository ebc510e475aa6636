// A device that is lost in the middle of a run: with retries the stage goes on with another one, to the same bits.
import { beforeAll, expect, test } from 'vitest';
import { encode } from '../../src/core/encoding/encoding.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage, withPolicy } from '../../src/dsl/stage/ownStage.ts';
import type { LogisticModel } from '../../src/estimators/logisticRegression/model.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { memoryCacheStore } from '../../src/runtime/keys/cache.ts';
import { openNodeCompute } from '../../src/runtime/node/runtime.ts';
import { run, type OpenedCompute, type RunResult } from '../../src/runtime/run.ts';
import { fit } from '../../src/stages/fit.ts';
import { smallSet } from '../support/smallSets.ts';

interface Ended extends RunResult {
  readonly events: readonly RunEvent[];
  readonly devices: readonly OpenedCompute[];
  readonly digest: string | undefined;
}

/** Fits the digits; after `lostAt` iterations the device is gone. */
async function fitted({ retries = 0, lostAt = Infinity, cached = false }: { retries?: number; lostAt?: number; cached?: boolean } = {}): Promise<Ended> {
  const events: RunEvent[] = [];
  const devices: OpenedCompute[] = [];
  let digest: string | undefined;
  const data = smallSet('digits', 2);
  const result = await run(
    pipeline(
      'lost',
      stage({ id: 'rows', needs: [], provides: ['train'], run: () => ({ train: data }) }),
      withPolicy(fit(logisticRegression({ tol: 1e-9, maxIter: 40 })), { retries }),
      stage({
        id: 'digest',
        needs: ['model'],
        provides: [],
        run: async ({ model }: { model: LogisticModel }) => ((digest = (await encode(model)).digest), {}),
      }),
    ),
    {
      files: { read: () => Promise.reject(new Error('no files')) },
      openCompute: async () => {
        const opened = await openNodeCompute();
        devices.push(opened);
        return opened;
      },
      emit: (event) => {
        events.push(event);
        if (event.type === 'fit-progress' && devices.length === 1 && event.models[0]!.iteration >= lostAt) devices[0]!.compute.destroy();
      },
      signal: new AbortController().signal,
      cache: cached
        ? {
            store: memoryCacheStore(),
            code: { closure: async () => ({}), packageDigests: async () => ({ code: '', kernels: '' }), text: async () => '' },
            checkpointMs: 0.1,
          }
        : undefined,
    },
  );
  return { ...result, events, devices, digest };
}

const resumedFrom = ({ events }: Ended): number | undefined => events.find((event) => event.type === 'fit-resumed')?.iterations;

// The first fit on an adapter tries which shapes are fast, in buffers of its own.
beforeAll(() => fitted());

test('a lost device fails the run, or with retries another one is opened, and every device is closed', async () => {
  const whole = await fitted();
  expect(whole).toMatchObject({ status: 'ok', digest: expect.stringMatching(/^[0-9a-f]{64}$/) });

  const failed = await fitted({ lostAt: 10 });
  expect(failed).toMatchObject({ status: 'failed', exitCode: 4, error: { code: 'E_DEVICE', stage: 'fit' }, digest: undefined });
  expect(failed.devices).toHaveLength(1);

  const again = await fitted({ retries: 1, lostAt: 10 });
  expect(again).toMatchObject({ status: 'ok', digest: whole.digest });
  expect(again.events.filter(({ type }) => type === 'adapter-ready')).toHaveLength(2);
  expect(resumedFrom(again)).toBeUndefined();

  let resumed: Ended;
  // On a busy machine only the start itself may be written by then: then once more.
  do {
    resumed = await fitted({ retries: 1, lostAt: 20, cached: true });
    expect(resumed).toMatchObject({ status: 'ok', digest: whole.digest });
    expect(resumedFrom(resumed)).toBeGreaterThanOrEqual(0);
  } while (resumedFrom(resumed) === 0);

  for (const { devices } of [whole, failed, again, resumed]) expect(devices.map(({ compute }) => compute.failed())).toEqual(devices.map(() => true));
  const finished = again.events.at(-1) as Extract<RunEvent, { type: 'run-finished' }>;
  expect(finished.peak!.deviceBytes).toBe((whole.events.at(-1) as typeof finished).peak!.deviceBytes);
});

test('a machine without a device is asked again at the next try', async () => {
  let asked = 0;
  const wants = stage({ id: 'wants', needs: [], provides: [], run: async (_: object, { compute }) => ((await compute()).limits, {}) });
  const twice = pipeline(
    'twice',
    stage({ id: 'first', needs: [], provides: [], run: async (_: object, { compute }) => (await compute().catch(() => 0), {}) }),
    wants,
  );
  const { status } = await run(twice, {
    files: { read: () => Promise.reject(new Error('no files')) },
    openCompute: () => (++asked === 1 ? Promise.reject(new Error('busy')) : openNodeCompute()),
    emit: () => {},
    signal: new AbortController().signal,
  });
  expect({ status, asked }).toEqual({ status: 'ok', asked: 2 });
});
