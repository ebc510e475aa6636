// Pieces of work that are written behind the work: whoever asks for one that is being written waits for it.
import { expect, test } from 'vitest';
import { memoryCacheStore } from '../../src/runtime/keys/cache.ts';
import { StageKept } from '../../src/runtime/keys/kept.ts';

test('the first of two writes of one piece is done: the second is still waited for', async () => {
  const pending = new Map<string, Promise<void>>();
  const gates: (() => void)[] = [];
  const kept = new StageKept({
    store: memoryCacheStore(),
    parts: {},
    anew: false,
    adapter: () => undefined,
    open: async () => {},
    drop: async () => {},
    pending,
    behind: (write) => Promise.all([write, new Promise<void>((open) => gates.push(open))]).then(() => {}),
  });
  await kept.save('one', new Map<string, unknown>([['piece', 1]]));
  await kept.save('other', new Map<string, unknown>([['piece', 2]]));
  const [first, , second] = gates as [() => void, () => void, () => void]; // each is followed by what comes after it
  let loaded: unknown;
  const asked = kept.load('piece').then((value) => (loaded = value));
  first();
  await new Promise((done) => void setTimeout(done));
  expect([pending.size, loaded]).toEqual([1, undefined]);
  second();
  await asked;
  expect([pending.size, loaded]).toEqual([0, 2]);
});
