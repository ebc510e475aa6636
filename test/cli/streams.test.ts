// The streams of a run: whoever closes one, or lets it fill up, gets neither another outcome nor the wrong culprit.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { jsonLines, ROOT } from '../support/cli.ts';
import { project, type Project } from '../support/project.ts';

const FILE = `import { pipeline, stage } from 'pipeline-gpu';
console.log('while loading');
process.stdout.write('and so\\n');
const talk = stage({ id: 'talk', needs: [], provides: ['x'], run: async () => {
  console.log('from a stage');
  console.table([{ a: 1 }]);
  process.stdout.write('half a line');
  for (let i = 0; i < 20; i++) { console.error('to stderr'); await new Promise((resolve) => setTimeout(resolve, 5)); }
  return { x: 1 };
} });
export default pipeline('p', talk);`;

/** Runs a line of shell in the project, `$PIPELINE` being the command. */
async function shell(made: Project, command: string): Promise<{ readonly stdout: string; readonly stderr: string; readonly code: string }> {
  const env = {
    ...process.env,
    PIPELINE: `${process.execPath} ${ROOT}/bin/pipeline.js`,
    PIPELINE_CACHE: join(made.folder, 'cache'),
    PIPELINE_RUNS: join(made.folder, '.pipeline/runs'),
  };
  const { stdout, stderr } = await promisify(execFile)('sh', ['-c', command], { cwd: made.folder, env });
  return { stdout, stderr, code: readFileSync(join(made.folder, 'code'), 'utf8').trim() };
}

test('each line of --json is JSON, whatever the file and its stages print', async () => {
  const made = project();
  made.write('talk.ts', FILE);
  const { code, stdout, stderr } = await made.run(['run', 'talk.ts', '--json']);
  expect(code).toBe(0);
  expect(jsonLines(stdout).map(({ type }) => type)).toEqual(['run-started', 'stage-started', 'stage-finished', 'run-finished']);
  for (const text of ['while loading', 'and so', 'from a stage', 'half a line', '(index)']) expect(stderr).toContain(text);
});

test('without --json a stage prints where it meant to', async () => {
  const made = project();
  made.write('talk.ts', FILE);
  const { stdout } = await made.run(['run', 'talk.ts']);
  for (const text of ['while loading', 'and so', 'from a stage', 'half a line']) expect(stdout).toContain(text);
});

test('a stderr that nobody reads does not fail a run', async () => {
  const made = project();
  made.write('talk.ts', FILE);
  const { code } = await shell(made, '($PIPELINE run talk.ts --json --no-check 2>&3 >out; echo $? >code) 3>&1 | true');
  expect(code).toBe('0');
  expect(jsonLines(readFileSync(join(made.folder, 'out'), 'utf8')).at(-1)).toMatchObject({ type: 'run-finished', status: 'ok' });
  expect(made.records()).toMatchObject([{ status: 'ok', exitCode: 0 }]);
});

test('a stdout that is full is told as that, and the run is recorded', async () => {
  const made = project();
  made.write('talk.ts', FILE);
  const { code, stderr } = await shell(made, '$PIPELINE run talk.ts --json --no-check >/dev/full; echo $? >code');
  expect(code).toBe('2');
  expect(stderr).toContain('E_USAGE');
  expect(stderr).toContain('Cannot write to stdout: ENOSPC');
  expect(stderr).not.toContain('talk.ts:');
  expect(made.records()).toMatchObject([{ status: 'ok' }]);
});
