// Kinds of classifiers side by side, with few rows: each as often wrong as scikit-learn's.
import { expect, test } from 'vitest';
import figures from '../fixtures/mnistTable.json' with { type: 'json' };
import { cli, jsonLines } from '../support/cli.ts';

/** Of 1000 rows; the deviation of such a share is a hundredth, and models differ in few of them. Trees draw other features. */
const AWAY = 0.01;
const AWAY_OF_TREES = 0.02;

test('the errors of nine kinds of classifiers', { timeout: 300_000 }, async () => {
  const { rows, tests, components, errors } = figures;
  const asked = ['run', 'mnist-table', '--json', '--no-cache', '--rows', `${rows}`, '--tests', `${tests}`, '--components', `${components}`];
  const { code, stdout } = await cli(asked);
  expect(code).toBe(0);
  const { table } = (jsonLines(stdout).at(-1) as { outputs: { table: { testError: Record<string, number> } } }).outputs;
  expect(Object.keys(table.testError).toSorted()).toEqual(Object.keys(errors).toSorted());
  expect(Object.values(table.testError)).toEqual(Object.values(table.testError).toSorted((a, b) => a - b));
  for (const [name, theirs] of Object.entries(errors)) {
    const away = theirs.length > 1 ? AWAY_OF_TREES : AWAY;
    expect(table.testError[name], name).toBeGreaterThanOrEqual(Math.min(...theirs) - away);
    expect(table.testError[name], name).toBeLessThanOrEqual(Math.max(...theirs) + away);
  }
});
