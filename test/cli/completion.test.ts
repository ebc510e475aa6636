// Completions: what may stand at the end of a command line, and the scripts that shells ask it with.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/cli.ts';
import { project } from '../support/project.ts';

const FILE = `import { pipeline, stage, z } from 'pipeline-gpu';
const params = z.strictObject({ start: z.int().default(1).describe('where to begin') });
export default pipeline('count', { params }, ({ start }) => [
  stage({ id: 'sum', needs: [], provides: ['sum'], schema: z.strictObject({ step: z.int().default(2).describe('how far') }),
    run: (_state, _context, { step }) => ({ sum: start + step }), output: ({ sum }) => ({ sum }) }),
]);
`;

test('commands, pipelines, options, stages, parameters, figures and ids of runs', { timeout: 120_000 }, async () => {
  const { write, run, records } = project();
  write('pipelines/count.ts', FILE);
  expect((await run(['run', 'count'])).code).toBe(0);
  const { id } = records()[0]!;
  const complete = async (...words: readonly string[]): Promise<readonly string[]> => {
    const { code, stdout, stderr } = await run(['complete', '--', ...words]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout.split('\n').slice(0, -1);
  };
  const found = await Promise.all([
    complete('rep'),
    complete('run', 'cou'),
    complete('run', 'count', '--fo'),
    complete('run', 'count', '--sta'),
    complete('run', 'count', '--to', ''),
    complete('run', 'count', '--set', 'sum.'),
    complete('run', 'count', '--fail-if', ''),
    complete('explain', 'count', ''),
    complete('runs', 'sh'),
    complete('look', 'last'),
    complete('runs', 'diff', 'last', id.slice(0, 8)),
    complete('completion', ''),
    complete('run', 'missing', '--to', ''),
    complete('nothing', ''),
  ]);
  expect(found).toEqual([
    ['reproduce\trun a recorded run again and compare', 'report\twrite a report of a run'],
    ['count\tpipeline'],
    ['--force\trun this stage even if it is cached; may be repeated'],
    ['--start\twhere to begin'],
    ['sum\tstage'],
    ['sum.step=\thow far, now 2'],
    ['sum.sum\tfigure'],
    ['sum\tstage'],
    ['show\tshow one run'],
    ['last\tcount, ok'],
    [`${id}\tcount, ok`],
    ['bash\t', 'zsh\t', 'fish\t'],
    [],
    [],
  ]);
});

/** Started as people have them, but for their own settings. */
const SHELLS: Readonly<Record<string, string>> = { bash: 'bash --norc -i', zsh: 'zsh -f -i', fish: 'fish --no-config -i' };
const isHere = (shell: string): boolean => spawnSync(shell, ['-c', 'exit']).status === 0;
/** bash is everywhere; CI installs the others, and tells where it cannot. */
const tried = Object.keys(SHELLS).filter((shell) => shell === 'bash' || process.env['ALL_SHELLS'] === 'true' || isHere(shell));

test.each(tried)('what is typed in %s, with its tabs, is what runs', { timeout: 60_000 }, async (shell) => {
  const { folder, write, run } = project();
  write('pipelines/count.ts', FILE);
  write('completions', (await run(['completion', shell])).stdout);
  // Completes as the command line does, and writes down what it is told to run.
  const stands = `#!/bin/sh\n[ "$1" = complete ] && exec ${process.execPath} ${ROOT}/bin/pipeline.js "$@" 2>> errors\nprintf '%s\\n' "$*" >> ran\n`;
  chmodSync(write('bin/pipeline', stands), 0o755);
  const typed = [
    ['run cou\t', 'run count'],
    ['run count --set sum.\t7', 'run count --set sum.step=7'],
    ['run count --sta\t5', 'run count --start 5'],
    ['explain count \t', 'explain count sum'],
    ['run ./pipelines/co\t', 'run ./pipelines/count.ts'],
  ] as const;
  // `script` gives it a terminal.
  const { stderr } = spawnSync('script', ['-qc', SHELLS[shell]!, '/dev/null'], {
    cwd: folder,
    encoding: 'utf8',
    input: ['source completions', ...typed.map(([keys]) => `pipeline ${keys}`), 'exit', ''].join('\n'),
    env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, HOME: folder, TERM: 'xterm', PIPELINE_RUNS: join(folder, 'runs') },
    timeout: 50_000,
  });
  const failed = join(folder, 'errors');
  expect([stderr, existsSync(failed) ? readFileSync(failed, 'utf8') : '']).toEqual(['', '']);
  expect(readFileSync(join(folder, 'ran'), 'utf8').trimEnd().split('\n')).toEqual(typed.map(([, ran]) => ran));
});
