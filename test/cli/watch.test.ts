// `pipeline run --watch`, from outside: what a change of each file makes run, and how it ends.
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonLines } from '../support/cli.ts';
import { SUM, sumProject } from '../support/project.ts';

/** Calls each step when a run waits for a change, in turn. */
function inTurn(steps: readonly ((kill: (signal: NodeJS.Signals) => void) => void)[]): (text: string, kill: (signal: NodeJS.Signals) => void) => void {
  let next = 0;
  return (text, kill) => {
    if (text.includes('waiting for a change')) steps[next++]?.(kill);
  };
}

test('a change runs what depends on it; a broken file is told and waited for; Ctrl-C ends with 130', { timeout: 60_000 }, async () => {
  const { folder, write, run } = sumProject();
  write('params.json', '{}');
  let ended = 0;
  const { code, stdout, stderr } = await run(['run', 'sum.ts', '--watch', '--json', '--params', 'params.json'], {
    onStderr: inTurn([
      () => write('helper.ts', 'export const add = (a: number, b: number): number => a + 2 * b;\n'),
      () => write('helper.ts', 'export const add = ('),
      // As editors save: another file takes the place of the one that is watched.
      () => {
        write('.helper', SUM['helper.ts']);
        renameSync(join(folder, '.helper'), join(folder, 'helper.ts'));
      },
      () => write('four.ts', SUM['four.ts'].replace('(4)', '(5)')),
      () => write('params.json', '{ "seed": 7 }'),
      () => write('params.json', '{}'),
      (kill) => {
        ended = performance.now();
        kill('SIGINT');
      },
    ]),
  });
  expect(code).toBe(130);
  expect(performance.now() - ended).toBeLessThan(5000);
  expect(stderr).toMatch(
    /helper\.ts changed[\s\S]*E_USAGE .*does not load[\s\S]*four\.ts changed[\s\S]*params\.json changed[\s\S]*E_PARAMS .*no parameters of its own; seed arrived/,
  );
  const runs: string[][] = [];
  for (const event of jsonLines(stdout)) {
    if (event['type'] === 'run-started') runs.push([]);
    if (event['type'] === 'stage-finished') runs.at(-1)!.push(`${event['cached'] ? 'cached' : 'ran'} ${String(event['stage'])}`);
  }
  expect(runs).toEqual([
    ['ran numbers', 'ran sum', 'ran report'],
    ['cached numbers', 'ran sum', 'ran report'],
    ['cached numbers', 'cached sum', 'cached report'],
    ['ran numbers', 'ran sum', 'ran report'],
    ['cached numbers', 'cached sum', 'cached report'],
  ]);
});
