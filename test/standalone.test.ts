// Stages are rxjs operators: no run, no command line.
import { firstValueFrom, of } from 'rxjs';
import { expect, test } from 'vitest';
import { fetch, fit, logisticRegression, score, split } from '../src/index.ts';
import { smallSet } from './support/smallSets.ts';

test('a plain pipe fits and scores', async () => {
  const digits = { ...smallSet('digits', 2), role: 'all' as const };
  const source = { name: 'digits', load: async () => digits };
  const state$ = of({}).pipe(fetch(source), split({ train: [0, 1200], test: [1200, 1797] }), fit(logisticRegression({ tol: 0.01 })), score({ on: 'test' }));
  const state = await firstValueFrom(state$);
  expect(state.score.testAccuracy).toBeGreaterThan(0.97);
  expect(state.train.role).toBe('train');
});
