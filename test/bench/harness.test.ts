import { expect, test } from 'vitest';
import { measure, median, type Task } from '../../bench/harness.ts';
import { startSklearn } from '../../bench/sklearn.ts';

test('the median of an even number of values is between the two in the middle', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
});

test('tasks take turns, warm up uncounted, and relate to each other by medians', async () => {
  const ran: string[] = [];
  const task = (name: string, full: number, times: readonly number[], ratioTo?: string): Task => {
    let next = 0;
    return {
      name,
      group: name,
      title: name,
      engine: 'pipeline-gpu',
      repeats: { full, quick: 0 },
      ...(ratioTo === undefined ? {} : { ratioTo }),
      sample: async () => {
        ran.push(name);
        return { ms: times[next++]! };
      },
    };
  };
  const figures = await measure([task('a', 3, [100, 1, 2, 3]), task('b', 1, [100, 8], 'a')], false, () => {});
  expect(ran.join('')).toBe('abaaab');
  expect(figures.map(({ medianMs, samples }) => [medianMs, samples])).toEqual([
    [2, 3],
    [8, 1],
  ]);
  expect(figures[1]!.ratio).toEqual({ to: 'a', value: 4 });
  expect(await measure([task('a', 3, [])], true, () => {})).toEqual([]);
});

test('a missing Python is one sentence', async () => {
  expect(await startSklearn('/nowhere/python3')).toMatch(/^scikit-learn left out: \/nowhere\/python3: .*ENOENT/);
});
