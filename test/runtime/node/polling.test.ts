import { afterEach, beforeAll, expect, it } from 'vitest';
import { openAdapter } from '../../../src/runtime/node/adapters.ts';
import { openDevice } from '../../../src/runtime/node/gpu.ts';
import { throttlePolling } from '../../../src/runtime/node/polling.ts';
import { kernelOf } from './fixtures/work.ts';

const original = globalThis.setImmediate;
const software = { name: '', vendor: '', architecture: '', driver: '', software: true };
let submit: () => Promise<void>;

beforeAll(async () => {
  // Software on every machine, so that the loop is long enough to be counted.
  const opened = await openAdapter({ adapter: 'swiftshader' });
  submit = await kernelOf(60, await openDevice(opened));
});

afterEach(() => {
  globalThis.setImmediate = original;
});

/** Counts who asks for an immediate until the test ends. */
function countImmediates(): () => number {
  let count = 0;
  const counting = (callback: () => void, ...args: []) => {
    count++;
    return original(callback, ...args);
  };
  globalThis.setImmediate = Object.assign(counting, { __promisify__: original.__promisify__ });
  return () => count;
}

it("asks a pending map once a millisecond, after a short grace, instead of in Dawn's loop", async () => {
  const count = countImmediates();
  const before = globalThis.setImmediate;
  // Several, since a busy machine gives the loop few turns in any one of them.
  for (let i = 0; i < 5; i++) await submit();
  const hot = count();
  for (let i = 0; i < 5; i++) {
    const waiting = throttlePolling(software)(submit());
    expect(globalThis.setImmediate).not.toBe(before);
    await waiting;
    expect(globalThis.setImmediate).toBe(before);
  }
  // Hot for less than half a millisecond, then calm: a small part of what the loop asks for in the 60 ms of the kernel.
  expect(count() - hot).toBeLessThan(hot / 4);
  expect(hot).toBeGreaterThan(200);
});

it('does not delay the immediates of others', async () => {
  const waiting = throttlePolling(software)(submit());
  const state = { pending: true };
  void waiting.then(() => (state.pending = false));
  let rounds = 0;
  const arguments_: string[] = [];
  setImmediate((text: string) => arguments_.push(text), 'passed on');
  while (state.pending) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    rounds++;
  }
  expect(rounds).toBeGreaterThan(500);
  expect(arguments_).toEqual(['passed on']);
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
  countImmediates();
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
