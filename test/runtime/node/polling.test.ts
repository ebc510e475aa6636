// How a wait for Dawn polls. That Dawn's own callback is told apart is tried with a real device; how often it is asked, with
// a clock in the hands of the test, since a software adapter may leave the event loop few turns.
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { openAdapter } from '../../../src/runtime/node/device/adapters.ts';
import { openDevice } from '../../../src/runtime/node/device/openDevice.ts';
import { throttlePolling } from '../../../src/runtime/node/device/polling.ts';
import { kernelOf } from './fixtures/work.ts';

const original = globalThis.setImmediate;
const software = { name: '', vendor: '', architecture: '', driver: '', software: true };
let submit: () => Promise<void>;

beforeAll(async () => {
  // Software on every machine, so that the kernel is long enough to be waited for.
  const opened = await openAdapter({ adapter: 'swiftshader' });
  submit = await kernelOf(60, await openDevice(opened));
});

afterEach(() => {
  vi.restoreAllMocks();
  globalThis.setImmediate = original;
});

/** Keeps what is asked of setImmediate until the test ends. */
function keepImmediates(): unknown[][] {
  const asked: unknown[][] = [];
  const cache = (callback: () => void, ...args: []) => {
    asked.push([callback, ...args]);
    return original(callback, ...args);
  };
  globalThis.setImmediate = Object.assign(cache, { __promisify__: original.__promisify__ });
  return asked;
}

it("asks Dawn's pending map once a millisecond, after a short grace, instead of in its loop", async () => {
  keepImmediates();
  const before = globalThis.setImmediate;
  const later = vi.spyOn(globalThis, 'setTimeout');
  // Where the machine is busy the loop may get no turn before the kernel ends: then the next wait tells.
  while (later.mock.calls.length === 0) {
    const waiting = throttlePolling(software)(submit());
    expect(globalThis.setImmediate).not.toBe(before);
    await waiting;
    expect(globalThis.setImmediate).toBe(before);
  }
  for (const [callback, ms] of later.mock.calls) expect([typeof callback, ms]).toEqual(['function', 1]);
});

it('polls hot within the grace and calmly behind it, and does not delay the immediates of others', async () => {
  const hot = keepImmediates();
  const later = vi.spyOn(globalThis, 'setTimeout').mockReturnValue(0 as never);
  const clock = vi.spyOn(performance, 'now').mockReturnValue(1000);
  const wait = throttlePolling(software);
  // To JavaScript this looks as Dawn's callback does: nameless, native, with a prototype.
  const poll = new Proxy(function () {}, {}) as () => void;
  const other = (): void => {};
  const during = async (work: () => void, ms: number): Promise<void> => {
    let finish!: () => void;
    const waiting = wait(new Promise<void>((resolve) => (finish = resolve)));
    work();
    clock.mockReturnValue(clock() + ms);
    finish();
    await waiting;
  };
  const pollAfter = (ms: number): void => {
    const began = clock();
    clock.mockReturnValue(began + ms);
    setImmediate(poll);
    clock.mockReturnValue(began);
  };
  await during(() => {}, 60); // large work, so the next wait is soon calm
  await during(() => {
    pollAfter(0.1);
    expect([hot, later.mock.calls]).toEqual([[[poll]], []]);
    pollAfter(0.3);
    expect([hot, later.mock.calls]).toEqual([[[poll]], [[poll, 1]]]);
    clock.mockReturnValue(clock() + 1);
    setImmediate(other);
    setImmediate((_text: string) => {}, 'passed on');
    expect(hot.slice(1)).toEqual([[other], [expect.any(Function), 'passed on']]);
    expect(later).toHaveBeenCalledTimes(1);
  }, 0.5);
  hot.length = 0;
  await during(() => {
    pollAfter(1.9); // what came before was small, and so may this be
    pollAfter(2.1);
    expect([hot, later.mock.calls.slice(1)]).toEqual([[[poll]], [[poll, 1]]]);
  }, 60);
});

it('overlaps, survives a rejected wait, and restores with the last one', async () => {
  const wait = throttlePolling(software);
  let finish!: () => void;
  const long = wait(new Promise<void>((resolve) => (finish = resolve)));
  const replaced = globalThis.setImmediate;
  await expect(wait(Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  await wait(submit());
  expect(globalThis.setImmediate).toBe(replaced);
  finish();
  await long;
  expect(globalThis.setImmediate).toBe(original);
});

it('leaves a replacement by someone else alone', async () => {
  let finish!: () => void;
  const waiting = throttlePolling(software)(new Promise<void>((resolve) => (finish = resolve)));
  keepImmediates();
  const theirs = globalThis.setImmediate;
  finish();
  await waiting;
  expect(globalThis.setImmediate).toBe(theirs);
});

it('touches nothing on a GPU', async () => {
  const pending = Promise.resolve(1);
  expect(throttlePolling({ ...software, software: false })(pending)).toBe(pending);
  expect(globalThis.setImmediate).toBe(original);
});
