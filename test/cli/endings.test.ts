// Every way a run can end, from outside: its code, its record, and nothing half written left behind.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { jsonLines, ROOT } from '../support/cli.ts';
import { project } from '../support/project.ts';

const FILE = `import { pipeline, stage } from 'pipeline-gpu';
const first = stage({ id: 'first', needs: [], provides: ['first'], run: () => ({ first: new Float32Array(1000) }) });
const last = (run: (state: { first: Float32Array }, context: any) => any) => stage({ id: 'last', needs: ['first'], provides: [], run });
`;

/** Says when what ends the run happens: what came before, as opening a device, may take long. */
const NOW = "console.error('NOW');";

const ENDINGS = {
  success: { run: `() => { ${NOW} return {}; }`, code: 0, status: 'ok', stages: ['ran', 'ran'] },
  'a stage that throws': { run: `() => { ${NOW} throw new Error('boom'); }`, code: 1, status: 'failed', stages: ['ran', 'failed'], error: 'E_STAGE' },
  'a device that is lost': {
    run: `async (_, context) => { const compute = await context.compute(); const buffer = compute.create('b', 64); ${NOW} compute.destroy(); await compute.read(buffer); }`,
    code: 4,
    status: 'failed',
    stages: ['ran', 'failed'],
    error: 'E_DEVICE',
  },
  'a stage that never completes': {
    run: `() => { ${NOW} return new Promise(() => {}); }`,
    code: 1,
    status: 'failed',
    stages: ['ran', 'failed'],
    error: 'E_STAGE',
  },
  'Ctrl-C': {
    run: `() => { ${NOW} return new Promise((resolve) => setTimeout(resolve, 60_000, {})); }`,
    code: 130,
    status: 'cancelled',
    stages: ['ran', 'failed'],
    error: 'E_CANCELLED',
  },
};

test.each(Object.entries(ENDINGS))('%s', async (name, { run: body, code: expected, status, stages, ...rest }) => {
  const { write, run, records, kept } = project();
  write('end.ts', `${FILE}export default pipeline('end', first, last(${body}));`);
  let since: number | undefined;
  const { code } = await run(['run', 'end.ts', '--json'], {
    onStderr: (text, kill) => {
      if (since !== undefined || !text.includes('NOW')) return;
      since = performance.now();
      if (name === 'Ctrl-C') kill('SIGINT');
    },
  });
  expect(code).toBe(expected);
  expect(performance.now() - since!).toBeLessThan(20_000);
  const [record] = records();
  expect(record).toMatchObject({ status, exitCode: expected, ...('error' in rest ? { error: { code: rest.error, stage: 'last' } } : {}) });
  expect(record!.stages.map((stage) => stage.status)).toEqual(stages);
  expect(kept().filter((file) => file.endsWith('.tmp') || /(^|\/)tmp\/./.test(file))).toEqual([]);
});

test('a killed run keeps the events it had, and counts as interrupted', async () => {
  const { write, run } = project();
  write('end.ts', `${FILE}export default pipeline('end', first, last(() => new Promise((resolve) => setTimeout(resolve, 60_000, {}))));`);
  const { signal } = await run(['run', 'end.ts', '--json'], { onStdout: (text, kill) => void (text.includes('"stage":"last"') && kill('SIGKILL')) });
  expect(signal).toBe('SIGKILL');
  expect((await run(['runs', 'show'])).stdout).toMatch(/^\S+ {2}end {2}interrupted\n/);
});

test('a second Ctrl-C ends at once what the first one waits for', async () => {
  const { write, run, records } = project();
  // A piece of work that is begun: a stop waits for its last checkpoint, which never comes.
  const body = `(_, context) => { context.checkpoints.next(); context.signal.addEventListener('abort', () => TWICE); process.kill(process.pid, 'SIGINT'); return new Promise((resolve) => setTimeout(resolve, 60_000, {})); }`;
  const end = async (name: string, twice: string): Promise<{ code: number | null; last: unknown }> => {
    write(name, `${FILE}export default pipeline('end', first, last(${body.replace('TWICE', twice)}));`);
    const { code, stdout } = await run(['run', name, '--json']);
    return { code, last: jsonLines(stdout).at(-1)!['type'] };
  };
  expect(await end('once.ts', '{}')).toEqual({ code: 130, last: 'run-finished' });
  expect(await end('twice.ts', "process.kill(process.pid, 'SIGINT')")).toEqual({ code: 130, last: 'stage-started' });
  expect(records().map(({ status }) => status)).toEqual(['cancelled', 'running']);
});

test('whoever reads the first line alone does not fail the run', async () => {
  const { folder, write, records } = project();
  write(
    'end.ts',
    `import { existsSync } from 'node:fs';\n${FILE}export default pipeline('end', first, last(async () => { while (!existsSync('read')) await new Promise((resolve) => setTimeout(resolve, 10)); return {}; }));`,
  );
  const command = `("$0" "$1/bin/pipeline.js" run end.ts --json --no-check; echo $? >code) | (head -1; touch read)`;
  const env = { ...process.env, PIPELINE_CACHE: join(folder, 'cache'), PIPELINE_RUNS: join(folder, '.pipeline/runs') };
  const { stdout, stderr } = await promisify(execFile)('sh', ['-c', command, process.execPath, ROOT], { cwd: folder, env });
  expect(jsonLines(stdout)).toMatchObject([{ type: 'note', message: expect.stringMatching(/existsSync/) }]);
  expect({ stderr, code: readFileSync(join(folder, 'code'), 'utf8') }).toEqual({ stderr: '', code: '0\n' });
  expect(records()).toMatchObject([{ status: 'ok', exitCode: 0 }]);
});

test('--offline with nothing in the cache asks nobody, and names what is missing and where to put it', async () => {
  const { folder, write, run } = project();
  const file = { name: 'digits', sizeBytes: 3, sha256: createHash('sha256').update('abc').digest('hex') };
  write(
    'far.ts',
    `import { fetch, matrix, pipeline } from 'pipeline-gpu';
const set = { name: 'far', files: [${JSON.stringify(file)}], sources: [
  { kind: 'package' as const, package: 'no-such-package', pathOf: () => 'digits' },
  { kind: 'http' as const, title: 'mirror', urlOf: () => 'http://127.0.0.1:9/digits', encoding: 'identity' as const }] };
export default pipeline('far', fetch({ name: 'far', load: async (files, options) => {
  const [x] = await files.read(set, options);
  return { name: 'far', role: 'all' as const, x: matrix(3, 1, x!), labels: new Uint8Array(3), rows: Uint32Array.of(0, 1, 2) };
} }));
`,
  );
  const { code, stderr } = await run(['run', 'far.ts', '--offline']);
  expect(code).toBe(3);
  expect(stderr).toContain('E_FETCH');
  expect(stderr).toContain(file.sha256);
  expect(stderr).toContain('package no-such-package: not installed');
  expect(stderr).toContain('mirror: skipped, downloads are turned off');
  expect(stderr).toContain(`put the unpacked files into ${join(folder, 'cache/datasets/far')}`);
  expect(existsSync(join(folder, 'cache/datasets'))).toBe(false);
});
