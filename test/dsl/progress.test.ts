// How far work has come, as a run is told: seldom, forward, work within work, and to its end.
import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/core/events.ts';
import { shareOf } from '../../src/core/progress.ts';
import type { Progress } from '../../src/dsl/stage/context.ts';
import { eachInTurn, progressTo, within } from '../../src/dsl/stage/progress.ts';

/** What is told of work of which each call takes so many ms. */
async function told(ms: number, work: (context: { progress: Progress; signal: AbortSignal }) => unknown): Promise<readonly string[]> {
  const events: RunEvent[] = [];
  let now = 0;
  const progress = progressTo(
    (event) => events.push(event),
    'fit',
    () => (now += ms),
  );
  await work({ progress, signal: new AbortController().signal });
  return events.map((event) => {
    if (event.type !== 'progress') throw new Error(event.type);
    expect(event).toMatchObject({ stage: 'fit', task: 'work' });
    return [event, ...(event.within ?? [])].map(({ done, total, unit }) => `${done}/${total} ${unit}`).join(', ');
  });
}

test('at most ten times a second, and the end always', async () => {
  const some = await told(1, ({ progress }) => {
    for (let i = 1; i <= 1000; i++) progress(i, 1000, 'trees');
  });
  expect(some).toHaveLength(11);
  expect(some[0]).toBe('1/1000 trees');
  expect(some.at(-1)).toBe('1000/1000 trees');
  // Of small works one behind the other not even all ends.
  const small = await told(1, ({ progress }) => {
    for (let i = 0; i < 1000; i++) progress(5, 5, 'rows');
  });
  expect(small).toHaveLength(10);
});

test('only forward, until it is over or something else is counted', async () => {
  expect(
    await told(100, ({ progress }) => {
      progress(3, 10, 'trees');
      progress(2, 10, 'trees');
      progress(3, 3, 'trees');
      progress(1, 10, 'trees');
      progress(1, 20, 'rows');
      progress(7, null, 'iterations');
      progress(6, null, 'iterations');
      progress(9, 9, 'iterations');
      progress(1, 1, 'rows');
    }),
  ).toEqual(['3/10 trees', '3/3 trees', '1/10 trees', '1/20 rows', '7/null iterations', '9/9 iterations']);
});

test('work within work, of which a single piece is no level', async () => {
  const nested = await told(100, (context) =>
    eachInTurn([0, 1], 'points', context, (_, point) =>
      eachInTurn([0], 'folds', point, (_, fold) => {
        fold.progress(1, 4, 'trees');
        fold.progress(4, 4, 'trees');
        within(fold, 1, 2, 'parts').progress(0, 3, 'rows');
      }),
    ),
  );
  expect(nested).toEqual(['0/2 points, 1/4 trees', '0/2 points, 4/4 trees', '1/2 points', '1/2 points, 1/4 trees', '1/2 points, 4/4 trees', '2/2 points']);
  expect(shareOf([{ done: 1, total: 4 }, { done: 1, total: 2 }, { done: 3, total: null }])).toBe(0.375); // oxfmt-ignore
});

test('work that is asked to stop ends before its next piece', async () => {
  const stop = new AbortController();
  const done: number[] = [];
  const work = eachInTurn([1, 2, 3], 'trees', { signal: stop.signal }, (i) => {
    done.push(i);
    if (i === 2) stop.abort();
  });
  await expect(work).rejects.toMatchObject({ code: 'E_CANCELLED' });
  expect(done).toEqual([1, 2]);
});
