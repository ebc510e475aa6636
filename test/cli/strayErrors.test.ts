// What goes wrong behind a stage's back ends the run as any failure does, and not as a crash.
import { expect, test } from 'vitest';
import { jsonLines } from '../support/cli.ts';
import { project } from '../support/project.ts';

test.each([
  ['a timer', "setTimeout(() => { throw new Error('boom'); });", 'boom'],
  ['a promise that nobody awaits', "void Promise.reject(new Error('boom'));", 'boom'],
  ['something that is no error', 'setTimeout(() => { throw 7; });', '7'],
])('%s', async (_, code, reason) => {
  const { write, run, records } = project();
  write(
    'stray.ts',
    `import { pipeline, stage } from 'pipeline-gpu';
export default pipeline('stray', stage({ id: 'slow', needs: [], provides: [], run: async () => {
  ${code}
  return new Promise((resolve) => setTimeout(resolve, 60_000, {}));
} }));`,
  );
  const { code: exitCode, stdout, stderr } = await run(['run', 'stray.ts', '--json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
  const last = jsonLines(stdout).at(-1);
  expect(last).toMatchObject({
    type: 'run-finished',
    status: 'failed',
    error: { code: 'E_STAGE', message: `Uncaught error: ${reason}`, stage: 'slow' },
  });
  const { at } = last!['error'] as { readonly at: { readonly file: string; readonly line: number } };
  // A number has no stack: the stage's own line then.
  expect(at).toMatchObject({ file: expect.stringMatching(/stray\.ts$/), line: reason === 'boom' ? 3 : 2 });
  expect(records()[0]).toMatchObject({ status: 'failed', exitCode: 1, error: { code: 'E_STAGE' } });
});

test('behind the last stage it is told, too', async () => {
  const { write, run } = project();
  write(
    'stray.ts',
    `import { pipeline, stage } from 'pipeline-gpu';
export default pipeline('stray', stage({ id: 'quick', needs: [], provides: [], run: () => {
  queueMicrotask(() => queueMicrotask(() => process.nextTick(() => { throw new Error('boom'); })));
  return {};
} }));`,
  );
  const { code, stderr } = await run(['run', 'stray.ts', '--json']);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('Uncaught error: boom') });
});
