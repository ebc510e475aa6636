// `pipeline run --watch`, from outside: what a change of each file makes run, and how it ends.
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SUM, sumProject } from '../support/project.ts';

interface Step {
  readonly change: () => void;
  /** The sum that a run then gives, or the code of its error. */
  readonly gives: number | string;
  /** What was not cached. */
  readonly ran: readonly string[];
}

test('a change runs what depends on it; a broken file is told and waited for; Ctrl-C ends with 130', { timeout: 180_000 }, async () => {
  const { folder, write, run } = sumProject();
  // As editors save: another file takes the place of the one that is watched, and no run finds half of it.
  const replace = (name: string, text: string): void => {
    write('.saved', text);
    renameSync(join(folder, '.saved'), join(folder, name));
  };
  write('params.json', '{}');
  write('four.txt', '4');
  write('stages.ts', SUM['stages.ts'].replace("provides: ['sum'],", "provides: ['sum'], inputs: { files: ['four.txt'] },"));
  const all = ['numbers', 'sum', 'report'];
  const steps: readonly Step[] = [
    { change: () => {}, gives: 6, ran: all },
    { change: () => write('helper.ts', 'export const add = (a: number, b: number): number => a + 2 * b;\n'), gives: 12, ran: ['sum', 'report'] },
    { change: () => replace('helper.ts', 'export const add = ('), gives: 'E_USAGE', ran: [] },
    { change: () => replace('helper.ts', SUM['helper.ts']), gives: 6, ran: [] },
    { change: () => write('four.txt', 'four'), gives: 6, ran: ['sum'] },
    { change: () => replace('four.ts', SUM['four.ts'].replace('(4)', '(5)')), gives: 10, ran: all },
    { change: () => replace('params.json', '{ "seed": 7 }'), gives: 'E_PARAMS', ran: [] },
    { change: () => replace('params.json', '{}'), gives: 10, ran: [] },
  ];
  const reached: { readonly gives: unknown; readonly ran: readonly string[] }[] = [];
  let [stdout, stderr] = ['', ''];
  let ran = new Set<string>();
  let [lines, done] = [0, 0];
  let ended: number | undefined;
  /**
   * The next change, once a run gave what it should and the command waits. One save may be announced twice, and far apart:
   * a run that was cut short by the second, or that came on top, counts with the one that it belongs to.
   */
  const goOn = (kill: (signal: NodeJS.Signals) => void): void => {
    const whole = stdout.split('\n').slice(0, -1);
    for (const line of whole.slice(lines)) {
      const event = JSON.parse(line) as { type: string; stage: string; cached?: true; outputs: { sum?: { sum: number } }; error?: { code: string } };
      if (event.type === 'stage-finished' && !event.cached) ran.add(event.stage);
      if (event.type !== 'run-finished') continue;
      const gives = event.error?.code ?? event.outputs.sum?.sum;
      if (gives !== steps[reached.length]?.gives) continue;
      reached.push({ gives, ran: [...ran] });
      ran = new Set();
    }
    lines = whole.length;
    if (reached.length === done || !stderr.endsWith('waiting for changes; Ctrl-C stops\n')) return;
    done = reached.length;
    const next = steps[done];
    if (next) return void next.change();
    ended = performance.now();
    kill('SIGINT');
  };
  const { code } = await run(['run', 'sum.ts', '--watch', '--json', '--params', 'params.json'], {
    onStdout: (text, kill) => {
      stdout = text;
      goOn(kill);
    },
    onStderr: (text, kill) => {
      stderr = text;
      goOn(kill);
    },
  });
  expect(reached).toEqual(steps.map(({ gives, ran }) => ({ gives, ran })));
  expect(code).toBe(130);
  expect(performance.now() - ended!).toBeLessThan(20_000);
  expect(stderr).toMatch(
    /helper\.ts changed[\s\S]*E_USAGE .*does not load[\s\S]*four\.ts changed[\s\S]*params\.json changed[\s\S]*E_PARAMS .*no parameters of its own; seed arrived/,
  );
});
