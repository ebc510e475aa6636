// What goes wrong at first contact: each mistake is told with its place, its cause and a cure.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonLines } from '../support/cli.ts';
import { loading } from '../support/loading.ts';
import { project } from '../support/project.ts';

const PLAIN = `import { pipeline, stage } from 'pipeline-gpu';
const one = stage({ id: 'one', needs: [], provides: ['a'], run: () => ({ a: 1 }), output: ({ a }) => ({ a }) });
`;

/** The place of the mistake in a file. */
function marked(file: string): { readonly file: string; readonly line: number } {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((text) => text.includes('// mistake:'));
  return { file, line: line + 1 };
}

test('a file that is no pipeline, or imports what is not there, is told with its line and a cure', async () => {
  const user = project();
  user.write('notes/a.ts', PLAIN);
  user.write('README.md', '# mine\n');
  const cases: Readonly<Record<string, readonly [text: string, message: RegExp, hint: RegExp]>> = {
    'named.ts': [
      `${PLAIN}export const mine = pipeline('mine', one); // mistake: no default export\n`,
      /named\.ts has no default export that is a pipeline, but exports one as 'mine'\.$/,
      /^Write `export default pipeline\(\.\.\.\)`/,
    ],
    'wrapped.ts': [
      `${PLAIN}export default () => pipeline('mine', one); // mistake: a function that makes one\n`,
      /; it exports a function by default\.$/,
      /^Write `export default pipeline\(\.\.\.\)`/,
    ],
    'late.ts': [
      `${PLAIN}export default Promise.resolve(pipeline('mine', one)); // mistake: a promise of one\n`,
      /; it exports a promise by default\.$/,
      /^Write `export default await/,
    ],
    'required.cjs': [
      `const { pipeline, stage } = require('pipeline-gpu');
const one = stage({ id: 'one', needs: [], provides: [], run: () => ({}) });
exports.mine = pipeline('mine', one); // mistake: a key of what is exported
`,
      /but exports one as 'mine'/,
      /in CommonJS `module\.exports = pipeline\(\.\.\.\)`/,
    ],
    'absent.ts': [
      `${PLAIN}import { map } from 'some-package-not-there'; // mistake: not installed
export default pipeline('mine', one, map);
`,
      /absent\.ts does not load: Cannot find package 'some-package-not-there'/,
      /^Install it where the file can find it: npm install some-package-not-there\.$/,
    ],
    'noFile.ts': [
      `${PLAIN}import { two } from './tow.ts'; // mistake: no such file
export default pipeline('mine', one, two);
`,
      /noFile\.ts does not load: Cannot find module '.*tow\.ts'/,
      /^Correct the name; a file is imported with its extension\.$/,
    ],
  };
  const files = Object.entries(cases).map(([name, [text]]) => user.write(name, text));
  const told = await loading(user.folder, [...files, 'README.md', 'notes', 'nothing.mts']);
  Object.entries(cases).forEach(([name, [, message, hint]], i) => {
    const at = marked(files[i]!);
    expect(told[i], name).toMatchObject({ code: 'E_USAGE', message: expect.stringMatching(message), hint: expect.stringMatching(hint), at });
  });
  expect(told.slice(files.length)).toMatchObject([
    { code: 'E_USAGE', message: 'README.md is not a TypeScript or JavaScript file.', hint: expect.stringContaining('default export is a pipeline') },
    { code: 'E_USAGE', message: 'notes is a folder; a pipeline file is needed.', hint: 'Name a file in it: notes/a.ts.' },
    {
      code: 'E_USAGE',
      message: expect.stringMatching(/^No pipeline file 'nothing\.mts'; looked at /),
      hint: expect.stringMatching(/^Known pipelines: mnist-/),
    },
  ]);
});

test('in a CommonJS project, what only a module may have is told with what makes it one', async () => {
  const user = project();
  user.write('package.json', '{ "name": "mine", "type": "commonjs" }');
  const file = user.write('waits.ts', `${PLAIN}await null; // mistake: CommonJS does not wait\nexport default pipeline('waits', one);\n`);
  const cure = 'The project is CommonJS: set "type": "module" in package.json, or name the file .mts.';
  const [told] = await loading(user.folder, [file]);
  expect(told).toMatchObject({ code: 'E_USAGE', message: expect.stringMatching(/Top-level await/), hint: cure, at: marked(file) });
});

test('a path that cannot be imported is refused', async () => {
  const user = project();
  const names = ['b\\c/plain.ts', 'what?/plain.ts'];
  for (const name of names) user.write(name, PLAIN); // mistake: the name of its folder
  for (const [i, told] of (await loading(user.folder, names)).entries()) {
    expect(told).toMatchObject({
      code: 'E_USAGE',
      message: `A file with '?' or '\\' in its path cannot be imported: ${join(user.folder, names[i]!)}`,
      hint: 'Rename that file or folder.',
    });
  }
});

test('a parameter named like an option of run is refused by check, at the pipeline; a misspelt flag by its nearest name', async () => {
  const user = project();
  const text = `import { pipeline, stage, z } from 'pipeline-gpu';
export default pipeline('taken', { params: z.strictObject({ NAME: z.number().default(1) }) }, ({ NAME }) => [ // mistake: 
  stage({ id: 'one', needs: [], provides: ['a'], run: () => ({ a: NAME }) }),
]);
`;
  const file = user.write('taken.ts', text.replaceAll('NAME', 'report'));
  const taken = await user.run(['check', 'taken.ts', '--json']);
  expect(taken.code).toBe(2);
  expect(jsonLines(taken.stdout)).toContainEqual(
    expect.objectContaining({
      type: 'problem',
      code: 'E_PARAMS',
      message: "Pipeline 'taken' has a parameter 'report', but --report is an option of run.",
      hint: 'Give the parameter another name.',
      at: expect.objectContaining(marked(file)),
    }),
  );
  user.write('free.ts', text.replaceAll('NAME', 'tolerance'));
  const misspelt = await user.run(['run', 'free.ts', '--json', '--tolerence', '3']);
  expect(misspelt.code).toBe(2);
  expect(jsonLines(misspelt.stdout).at(-1)).toMatchObject({
    type: 'run-finished',
    error: { code: 'E_USAGE', message: "Pipeline 'taken' has no flag --tolerence.", hint: 'Did you mean --tolerance?' },
  });
});
