// Every way a run can end, from outside: its code, its record, and nothing half written left behind.
import { expect, test } from 'vitest';
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
  expect(performance.now() - since!).toBeLessThan(5000);
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
