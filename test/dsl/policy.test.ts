// Retries and timeouts of one stage.
import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/core/events.ts';
import type { StageContext } from '../../src/dsl/stage/context.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { stage, withPolicy } from '../../src/dsl/stage/ownStage.ts';
import type { Stage } from '../../src/dsl/stage/stage.ts';
import { runSmall } from '../support/smallData.ts';

type Has = { readonly a: number };

/** A stage that throws what `fail` makes at its first `times` tries. */
function flaky(times: number, fail: () => Error): { readonly flaky: Stage<Has, object>; readonly tries: () => number } {
  let tries = 0;
  const run = (_: Has): object => {
    if (tries++ < times) throw fail();
    return {};
  };
  return { flaky: stage({ id: 'flaky', needs: ['a'], provides: [], run }), tries: () => tries };
}

test('a retry runs the stage again and nothing that stands before it', async () => {
  let before = 0;
  const first = stage({ id: 'first', needs: [], provides: ['a'], run: () => ({ a: ++before }) });
  const { flaky: failing, tries } = flaky(2, () => new Error('busy'));
  const { status, events } = await runSmall(pipeline('retried', first, withPolicy(failing, { retries: 2 })));
  expect({ status, before, tries: tries() }).toEqual({ status: 'ok', before: 1, tries: 3 });
  expect(events.filter((event): event is Extract<RunEvent, { type: 'warning' }> => event.type === 'warning').map(({ message }) => message)).toEqual([
    'flaky failed and is retried (1 of 2): busy',
    'flaky failed and is retried (2 of 2): busy',
  ]);
});

test('retries end, and a mistake in code is not tried again', async () => {
  const first = stage({ id: 'first', needs: [], provides: ['a'], run: () => ({ a: 1 }) });
  const busy = flaky(9, () => new Error('busy'));
  expect((await runSmall(pipeline('ends', first, withPolicy(busy.flaky, { retries: 1 })))).error).toMatchObject({ code: 'E_STAGE' });
  expect(busy.tries()).toBe(2);
  for (const mistake of [new TypeError('x is not a function'), new ReferenceError('x is not defined'), new RangeError('length')]) {
    const wrong = flaky(9, () => mistake);
    expect((await runSmall(pipeline('wrong', first, withPolicy(wrong.flaky, { retries: 3 })))).error).toMatchObject({ cause: mistake });
    expect(wrong.tries()).toBe(1);
  }
});

test('a network that failed is tried again, in Node and in browsers; a request that never can work is not', async () => {
  const first = stage({ id: 'first', needs: [], provides: ['a'], run: () => ({ a: 1 }) });
  const coded = (code: string, message = code): Error => Object.assign(new Error(message), { code });
  const passing = [
    ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN', 'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT'].map(
      (code) => new TypeError('fetch failed', { cause: coded(code) }),
    ),
    new TypeError('fetch failed', { cause: Object.assign(new AggregateError([coded('ECONNREFUSED')]), { code: 'ECONNREFUSED' }) }),
    new TypeError('terminated', { cause: coded('UND_ERR_SOCKET', 'other side closed') }),
    new TypeError('Failed to fetch'),
    new TypeError('NetworkError when attempting to fetch resource.'),
    new TypeError('Load failed'),
  ];
  for (const failure of passing) {
    const { flaky: failing, tries } = flaky(1, () => failure);
    const { status, events } = await runSmall(pipeline('network', first, withPolicy(failing, { retries: 1 })));
    expect({ status, tries: tries() }, String(failure.cause ?? failure)).toEqual({ status: 'ok', tries: 2 });
    expect(events).toContainEqual(expect.objectContaining({ code: 'W_RETRY', message: expect.stringContaining(failure.message) }));
  }
  for (const mistake of [new TypeError('fetch failed', { cause: new Error('unknown scheme') }), new TypeError('Failed to parse URL from x')]) {
    const wrong = flaky(9, () => mistake);
    expect((await runSmall(pipeline('wrong', first, withPolicy(wrong.flaky, { retries: 3 })))).error).toMatchObject({ cause: mistake });
    expect(wrong.tries()).toBe(1);
  }
});

test('a timeout aborts the signal that the stage sees, and only that one', async () => {
  const seen: AbortSignal[] = [];
  const slow = stage({
    id: 'slow',
    needs: [],
    provides: [],
    run: (_: object, { signal }: StageContext) => (seen.push(signal), new Promise<object>(() => {})),
  });
  const outer = new AbortController();
  const { error, exitCode } = await runSmall(pipeline('slow', withPolicy(slow, { timeoutMs: 20, retries: 1 })), undefined, outer.signal);
  expect(error).toMatchObject({ code: 'E_TIMEOUT', message: "Stage 'slow' took longer than 20 ms.", stage: 'slow' });
  expect(exitCode).toBe(1);
  expect(seen.map(({ aborted }) => aborted)).toEqual([true, true]);
  expect(outer.signal.aborted).toBe(false);
});
