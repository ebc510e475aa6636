// Mistakes with what decides a result: what a stage reads, writes or draws and does not say. Each must be told with its
// place and a cure, before a stale value is given back.
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { nodeSurroundings } from '../../src/runtime/node/surroundings.ts';
import { jsonLines, ROOT } from '../support/cli.ts';
import { tempFolder } from '../support/files.ts';
import { project, type Project } from '../support/project.ts';

/** A project whose types can be checked, with one pipeline file. */
function mistaken(text: string): Project & { readonly file: string; readonly line: number } {
  const made = project();
  for (const name of ['typescript', '@types']) symlinkSync(join(ROOT, 'node_modules', name), join(made.folder, 'node_modules', name));
  made.write(
    'tsconfig.json',
    '{ "compilerOptions": { "module": "nodenext", "target": "es2023", "strict": true, "allowImportingTsExtensions": true, "noEmit": true, "types": ["node"] } }',
  );
  const file = made.write('mistake.ts', text);
  return { ...made, file, line: text.split('\n').findIndex((one) => one.includes('// mistake:')) + 1 };
}

interface Checked {
  readonly code: number | null;
  readonly notes: readonly string[];
  readonly problems: readonly Record<string, unknown>[];
}

async function check({ run }: Project): Promise<Checked> {
  const { code, stdout } = await run(['check', 'mistake.ts', '--json']);
  const lines = jsonLines(stdout);
  return {
    code,
    notes: lines.filter(({ type }) => type === 'note').map(({ message }) => String(message)),
    problems: lines.filter(({ type }) => type === 'problem'),
  };
}

interface Ran {
  readonly code: number | null;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly error: unknown;
  readonly notes: readonly unknown[];
  /** By stage: why it was not kept. */
  readonly uncached: Readonly<Record<string, unknown>>;
  readonly cached: readonly unknown[];
}

async function run(project: Project, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const { code, stdout } = await project.run(['run', 'mistake.ts', '--json'], { env });
  const lines = jsonLines(stdout);
  const finished = lines.filter(({ type }) => type === 'stage-finished');
  const { outputs, error } = lines.at(-1) as Pick<Ran, 'outputs' | 'error'>;
  const uncached = Object.fromEntries(finished.filter(({ uncached }) => uncached !== undefined).map(({ stage, uncached }) => [stage, uncached]));
  const notes = lines.filter(({ type }) => type === 'note').map(({ message }) => message);
  return { code, outputs, error, notes, uncached, cached: finished.filter(({ cached }) => cached).map(({ stage }) => stage) };
}

const one = (imports: string, body: string, more = ''): string => `${imports}
import { pipeline, stage } from 'pipeline-gpu';
export default pipeline('mistake', stage({ id: 'own', needs: [], provides: ['value'],${more}
  run: () => ({ value: ${body} }),
  output: ({ value }) => ({ value }) }));
`;

test('the environment, the clock and chance in a stage are named by check and explain; the result is kept', { timeout: 60_000 }, async () => {
  const made = mistaken(one('', `[process.env.MODE ?? '', Date.now() > 0, Math.random() < 2] // mistake: nothing says so\n  `));
  const place = `${made.file}:${made.line}`;
  const notes = [
    `own: its code reads process.env.MODE (${place}), which its key does not cover. Declare inputs: { env: ['MODE'] }, or make it a parameter.`,
    `own: its code reads the clock: Date.now (${place}), but its result is kept. Declare inputs: { validFor: '24h' }, or make the time a parameter.`,
    `own: its code uses randomness: Math.random (${place}), but its result is kept. Declare seeded: true and draw from context.seed().`,
  ];
  expect(await check(made)).toEqual({ code: 0, notes, problems: [] });
  expect((await run(made)).uncached).toEqual({});
  expect((await made.run(['explain', 'mistake.ts', 'own'])).stdout.split('\n')).toEqual([expect.stringMatching(/^own comes from the cache/), ...notes, '']);
  made.write('mistake.ts', one('', `[process.env.MODE ?? '', Date.now() > 0, Math.random() < 2]`, ' inputs: {},'));
  expect((await run(made)).notes).toEqual([]);
});

test.each([
  [
    'read relative to the current folder',
    "import { readFileSync } from 'node:fs';",
    "readFileSync('data/x.txt', 'utf8') // mistake: in no key\n  ",
    'readFileSync',
  ],
  [
    'read from a folder above',
    "import { readFileSync } from 'node:fs';\nconst here = new URL('.', import.meta.url); // mistake: any file may be read from there",
    "readFileSync(new URL('data/x.txt', here), 'utf8')",
    'the URL of the folder ',
  ],
  [
    'found by the place of the code',
    "import { readFileSync } from 'node:fs';\nimport { dirname } from 'node:path';\nconst { filename } = import.meta; // mistake: who knows which file that leads to",
    "readFileSync(`${dirname(filename)}/data/x.txt`, 'utf8')",
    "import.meta, which finds files by the code's own place",
  ],
  [
    'read by another program',
    "import { execFileSync } from 'node:child_process';\nconst cat = (name: string) => execFileSync('cat', [name], { encoding: 'utf8' }); // mistake: what that reads nobody sees",
    "cat('data/x.txt')",
    'node:child_process',
  ],
])('a file that is %s is read anew each time, which is said', { timeout: 60_000 }, async (_, imports, body, what) => {
  const made = mistaken(one(imports, body));
  made.write('data/x.txt', 'one');
  const why = expect.stringMatching(
    /^its code reads what its key does not cover: .* Declare inputs: \{ files: \['\.\.\.'\] \}, or \{\} if nothing it reads matters$/,
  );
  expect(await run(made)).toMatchObject({ code: 0, outputs: { own: { value: 'one' } }, uncached: { own: why } });
  made.write('data/x.txt', 'two');
  const second = await run(made);
  expect(second).toMatchObject({ code: 0, outputs: { own: { value: 'two' } }, uncached: { own: why } });
  expect(second.uncached['own']).toContain(`: ${what}`);
  expect(second.uncached['own']).toContain(` (${made.file}:${made.line})`);
  expect(second.notes).toEqual([`own: runs every time, since ${String(second.uncached['own'])}.`]);
  expect((await made.run(['explain', 'mistake.ts', 'own'])).stdout).toBe(`own runs: ${String(second.uncached['own'])}.\n`);
});

test('a stage that writes a file and does not say so writes it every time', { timeout: 60_000 }, async () => {
  const made = mistaken(one("import { writeFileSync } from 'node:fs';", "writeFileSync('side.csv', '1') ?? 1 // mistake: in no outputs\n  "));
  const why = `its code writes files: writeFileSync (${made.file}:${made.line}). Declare outputs: ['...'], or [] if they need not be kept`;
  expect(await run(made)).toMatchObject({ code: 0, uncached: { own: why } });
  expect(await run(made)).toMatchObject({ code: 0, notes: [`own: runs every time, since ${why}.`], uncached: { own: why }, cached: [] });
});

test('a declared input that is not there', { timeout: 60_000 }, async () => {
  const made = mistaken(one('', '1', " inputs: { files: ['data/y.txt'] },").replace("stage({ id: 'own'", "stage({ // mistake: no such file\n id: 'own'"));
  const error = {
    code: 'E_DATA',
    message: `The declared input 'data/y.txt' is not there: no ${join(made.folder, 'data/y.txt')}.`,
    hint: "Correct the path, of a stage of your own in inputs.files: paths are relative to the file that names them, or new URL('./name', import.meta.url).",
    stage: 'own',
    at: { file: made.file, line: made.line },
  };
  expect(await check(made)).toMatchObject({ code: 2, problems: [error] });
  expect(await run(made)).toMatchObject({ code: 3, error });
});

test('a file of a reader that is not there is called by its name, with the nearest one beside it', async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'houses.csv'), 'a\n1\n');
  const asked = (name: string) => nodeSurroundings().inputs({ files: [pathToFileURL(join(folder, name))] }, undefined);
  await expect(asked('hauses.csv')).rejects.toMatchObject({
    code: 'E_DATA',
    message: `hauses.csv is not there: no ${join(folder, 'hauses.csv')}.`,
    hint: 'Did you mean houses.csv?',
  });
  await expect(asked('other.txt')).rejects.toMatchObject({ hint: expect.stringContaining('relative to the file that names them') });
});

test('a declared output that is not written', { timeout: 60_000 }, async () => {
  const made = mistaken(one('', '1', " outputs: ['side.csv'],").replace("stage({ id: 'own'", "stage({ // mistake: it writes no file\n id: 'own'"));
  const error = {
    code: 'E_STAGE',
    message: "Stage 'own' declares the output 'side.csv' and did not write it.",
    hint: `Write it to ${join(made.folder, 'side.csv')}, or leave it out of outputs.`,
    stage: 'own',
    at: { file: made.file, line: made.line },
  };
  expect(await run(made)).toMatchObject({ code: 1, error });
});

test('two stages of one id are an error with both places; one that stands twice is said', { timeout: 60_000 }, async () => {
  const text = `import { pipeline, stage } from 'pipeline-gpu';
const a = stage({ id: 'same', needs: [], provides: ['a'], run: () => ({ a: 1 }) });
const b = stage({ id: 'same', needs: [], provides: ['b'], run: () => ({ b: 2 }) }); // mistake: another stage is called so
export default pipeline('mistake', a, b);
`;
  const made = mistaken(text);
  const error = {
    code: 'E_USAGE',
    message: `Two stages have the id 'same'; the other one is at ${made.file}:2:11.`,
    hint: 'Give each an id of its own.',
    at: { file: made.file, line: made.line },
  };
  expect(await check(made)).toMatchObject({ code: 2, problems: [error] });
  expect((await made.run(['run', 'mistake.ts'])).stderr).toContain(error.message);
  made.write('mistake.ts', text.replace("('mistake', a, b)", "('mistake', a, a)"));
  expect(await run(made)).toMatchObject({
    code: 0,
    notes: [`same-2 is the name of another stage 'same' (${made.file}:2): ids that stand for several stages are numbered.`],
  });
});

test.each([
  ["inputs: { validFor: 'a day' } as never,", "Stage 'own': validFor is 'a day', which is not a duration.", "Write a number and s, m, h or d, such as '24h'."],
  ["inputs: { file: ['x.txt'] } as never,", "Stage 'own': inputs has no 'file'.", 'Its fields are files, env, validFor.'],
  ["inputs: { env: 'MODE' } as never,", "Stage 'own': inputs.env is not a list.", 'Write inputs.env: ["MODE"], one entry for each.'],
  [
    "inputs: { files: ['https://host/x.csv'] },",
    "Stage 'own': 'https://host/x.csv' is not a file on this machine.",
    /for what comes over the network, give validFor/,
  ],
])('a declaration %s', { timeout: 60_000 }, async (declared, message, hint) => {
  const made = mistaken(one('', '1', ` ${declared}`).replace("stage({ id: 'own'", "stage({ // mistake: a declaration that cannot be\n id: 'own'"));
  const { code, error } = await run(made);
  expect({ code, error }).toMatchObject({ code: 2, error: { code: 'E_USAGE', message, at: { file: made.file, line: made.line } } });
  expect((error as { readonly hint: string }).hint).toMatch(hint);
});
