// Completions: what may stand at the end of a command line, and the scripts that shells ask it with.
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
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

test('the script for bash asks it, and takes parameters whole', { timeout: 60_000 }, async () => {
  const { folder, write, run } = project();
  write('pipelines/count.ts', FILE);
  const script = await run(['completion', 'bash']);
  chmodSync(write('bin/pipeline', `#!/bin/sh\nexec ${process.execPath} ${ROOT}/bin/pipeline.js "$@"\n`), 0o755);
  const asked = `${script.stdout}
COMP_LINE='pipeline run count --set sum.' COMP_POINT=29 COMP_WORDS=(pipeline run count --set sum.) COMP_CWORD=4
compopt() { :; }
_pipeline; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', asked], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}` },
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'sum.step=\n', stderr: '' });
  for (const shell of ['zsh', 'fish']) expect((await run(['completion', shell])).stdout).toContain('pipeline complete --');
});
