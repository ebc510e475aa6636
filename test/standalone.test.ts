// Stages are rxjs operators: no run, no command line.
import { firstValueFrom, of } from 'rxjs';
import { expect, test } from 'vitest';
import { fetch, fit, logisticRegression, score, split, stage } from '../src/index.ts';
import { smallSet } from './support/smallSets.ts';

test('unsubscribing from a plain pipe stops the stage that runs, and tells no later one', async () => {
  const heard: string[] = [];
  const slow = stage({
    id: 'slow',
    needs: [],
    provides: ['slow'],
    run: (_, { signal }) =>
      new Promise<{ slow: number }>((resolve) => {
        heard.push('started');
        signal.addEventListener('abort', () => heard.push('stopped'));
        setTimeout(() => resolve({ slow: 1 }), 50);
      }),
  });
  const quick = stage({
    id: 'quick',
    needs: ['slow'],
    provides: ['quick'],
    run: (_, { signal }) => {
      signal.addEventListener('abort', () => heard.push('stopped'));
      heard.push('quick');
      return { quick: 2 };
    },
  });
  const subscription = of({}).pipe(slow, quick).subscribe();
  await Promise.resolve();
  subscription.unsubscribe();
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(heard).toEqual(['started', 'stopped']);
  // Done is not stopped.
  heard.length = 0;
  expect(await firstValueFrom(of({}).pipe(slow, quick))).toMatchObject({ slow: 1, quick: 2 });
  expect(heard).toEqual(['started', 'quick']);
});

test('a plain pipe fits and scores', async () => {
  const digits = { ...smallSet('digits', 2), role: 'all' as const };
  const source = { name: 'digits', load: async () => digits };
  const state$ = of({}).pipe(fetch(source), split({ train: [0, 1200], test: [1200, 1797] }), fit(logisticRegression({ tol: 0.01 })), score({ on: 'test' }));
  const state = await firstValueFrom(state$);
  expect(state.score.testAccuracy).toBeGreaterThan(0.97);
  expect(state.train.role).toBe('train');
});
