// What a user's own code throws: told with its causes, the line that threw it and one cure, whatever it is.
import { expect, test } from 'vitest';
import { jsonLines } from '../support/cli.ts';
import { expectTold, type Mistake } from '../support/mistakes.ts';
import { project } from '../support/project.ts';

/** A stage that does `code`, which marks the line to blame. */
const stageThat = (code: string): string => `
export default p.pipeline('wrong', p.stage({ id: 'own', needs: [], provides: [], run: async () => {
  ${code}
  return {};
} }));
`;
const E_STAGE = { code: 'E_STAGE', hint: /./ };

const MISTAKES: Readonly<Record<string, Mistake>> = {
  refused: {
    ...E_STAGE,
    text: stageThat("await globalThis.fetch('http://127.0.0.1:9'); // mistake: port 9 is blocked").replace(':9', ':59999'),
    message: /^Stage 'own' threw: fetch failed$/,
    causes: [/^connect ECONNREFUSED 127\.0\.0\.1:59999$/],
    hint: /server answers; withPolicy\(stage, \{ retries: 3 \}\) tries again/,
  },
  twoAddresses: {
    ...E_STAGE,
    text: stageThat(`const parts = [new Error('connect ECONNREFUSED ::1:80'), new Error('connect ECONNREFUSED 127.0.0.1:80')];
  throw new TypeError('fetch failed', { cause: Object.assign(new AggregateError(parts), { code: 'ECONNREFUSED' }) }); // mistake:`),
    message: /fetch failed/,
    causes: ['connect ECONNREFUSED ::1:80', 'connect ECONNREFUSED 127.0.0.1:80'],
    hint: /tries again/,
  },
  chain: {
    ...E_STAGE,
    text: stageThat("throw new Error('no prices', { cause: new Error('bad answer', { cause: 'row 7 is empty' }) }); // mistake:"),
    message: /^Stage 'own' threw: no prices$/,
    causes: ['bad answer', 'row 7 is empty'],
    hint: /Correct the code at that place/,
  },
  plainObject: {
    ...E_STAGE,
    text: stageThat("throw { status: 404, url: '/x' }; // no place").replace('p.stage', '/* mistake: */ p.stage'),
    message: /threw: \{"status":404,"url":"\/x"\}$/,
    hint: /Throw an Error/,
  },
  string: { ...E_STAGE, text: stageThat("throw 'just words';").replace('p.stage', '/* mistake: */ p.stage'), message: /threw: just words$/ },
  nothing: { ...E_STAGE, text: stageThat('return Promise.reject();').replace('p.stage', '/* mistake: */ p.stage'), message: /threw: undefined$/ },
  getters: {
    ...E_STAGE,
    text: stageThat("throw Object.defineProperty({}, 'message', { get() { throw new Error('no'); } });").replace('p.stage', '/* mistake: */ p.stage'),
    message: /cannot be read/,
  },
  noFile: {
    ...E_STAGE,
    text: stageThat("(await import('node:fs')).readFileSync('prices.csv'); // mistake:"),
    message: /ENOENT: no such file or directory, open 'prices\.csv'$/,
    hint: /^Check that 'prices\.csv' is there: a relative path starts from \/.*pipeline-mistakes-\w+\. new URL\(/,
  },
  folder: { ...E_STAGE, text: stageThat("(await import('node:fs')).readFileSync('.'); // mistake:"), message: /EISDIR/, hint: /^Name a file: / },
  noProgram: {
    ...E_STAGE,
    text: stageThat("(await import('node:child_process')).execFileSync('no-such-program'); // mistake:"),
    message: /ENOENT/,
    hint: /^Check that the program 'no-such-program' is installed, and on the PATH\.$/,
  },
  noUrl: {
    ...E_STAGE,
    text: stageThat("await globalThis.fetch('data.csv'); // mistake:"),
    message: /Failed to parse URL from data\.csv/,
    hint: /^Give a full URL/,
  },
  bug: { ...E_STAGE, text: stageThat('(undefined as never as Date).getTime(); // mistake:'), message: /Cannot read properties of undefined/, hint: /--debug/ },
  inAHelper: {
    ...E_STAGE,
    text: `import { help } from './help.ts';\n${stageThat('help();')}`,
    files: { 'help.ts': "export const help = () => {\n  throw new Error('boom'); // mistake:\n};\n" },
    file: 'help.ts',
    message: /boom/,
  },
};

test('what a stage throws is told with its causes, at the line that threw, with a cure', async () => {
  await expectTold('run', MISTAKES);
});

test('causes stand in the terminal, in the last line of --json and in the record, without --debug', async () => {
  const { write, run, records, folder } = project();
  write('wrong.ts', `import * as p from 'pipeline-gpu';\n${stageThat("throw new Error('no prices', { cause: new Error('bad answer') }); // mistake:")}`);
  const { code, stdout, stderr } = await run(['run', 'wrong.ts']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('wrong') });
  expect(stderr).toBe(
    `✖ E_STAGE Stage 'own' threw: no prices\n  at ${folder}/wrong.ts:4:9 (stage 'own' at ${folder}/wrong.ts:3:38)\n  because: bad answer\n` +
      '  try: Correct the code at that place, or what it was given; --debug prints the stack.\n',
  );
  expect(records()[0]!.error).toMatchObject({ message: "Stage 'own' threw: no prices", causes: ['bad answer'] });
  const json = await run(['run', 'wrong.ts', '--json']);
  expect(jsonLines(json.stdout).at(-1)).toMatchObject({ error: { code: 'E_STAGE', causes: ['bad answer'], stageAt: { line: 3 } } });
  expect((await run(['runs', 'show'])).stdout).toContain('because: bad answer');
});
