// Mistakes that users make, each in a small pipeline file of its own, with `// mistake:` on the line to blame; and what
// `check` or `run` tells of them.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { ErrorSummary } from '../../src/core/events.ts';
import { ROOT } from './cli.ts';

export interface Mistake {
  /** The pipeline file, behind `import * as p from 'pipeline-gpu'` on its first line. */
  readonly text: string;
  /** Other files; `*` in a name and in the text stands for the name of the mistake. */
  readonly files?: Readonly<Record<string, string>>;
  readonly code: string;
  readonly message: RegExp;
  readonly hint: RegExp;
  readonly causes?: readonly (string | RegExp)[];
  /** Where the line to blame is, if not in the pipeline file. */
  readonly file?: string;
  /** 'nowhere' for a mistake that has no line. */
  readonly place?: 'nowhere';
}

/** Holds what the files tell against what they should, all of them in one process; `types`: a check with the compiler, too. */
export async function expectTold(
  how: 'types' | 'check' | 'run',
  mistakes: Readonly<Record<string, Mistake>>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-mistakes-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/pipeline-gpu'));
  if (how === 'types') {
    for (const name of ['typescript', '@types', '@webgpu', 'undici-types']) symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const names = Object.keys(mistakes);
  for (const name of names) {
    const { text, files = {} } = mistakes[name]!;
    for (const [file, content] of Object.entries({ ...files, '*.ts': `import * as p from 'pipeline-gpu'; ${text}` })) {
      const path = join(folder, file.replaceAll('*', name));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, file === '*.ts' ? content.replaceAll("'./*.", `'./${name}.`) : content);
    }
  }
  const told = await toldOf(
    how,
    folder,
    names.map((name) => `${name}.ts`),
    env,
  );
  for (const name of names) {
    const { text, files = {}, code, message, hint, causes, file = '*.ts', place } = mistakes[name]!;
    const line = (files[file] ?? text).split('\n').findIndex((one) => one.includes('mistake:')) + 1;
    const problems = told[`${name}.ts`]!;
    expect(problems.length, `${name}: ${JSON.stringify(problems)}`).toBe(1);
    expect(problems[0], name).toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
      ...(place === 'nowhere' ? {} : { at: { file: join(folder, file.replaceAll('*', name)), line } }),
      ...(causes ? { causes: causes.map((cause) => (typeof cause === 'string' ? cause : expect.stringMatching(cause))) } : {}),
    });
  }
}

type Told = Readonly<Record<string, readonly ErrorSummary[]>>;

function toldOf(how: string, folder: string, names: readonly string[], env: Readonly<Record<string, string>>): Promise<Told> {
  const loader = join(ROOT, 'node_modules/tsx/dist/loader.mjs');
  const args = ['--conditions=pipeline-gpu-source', '--import', loader, join(ROOT, 'test/support/mistakesChild.ts'), how, ...names];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: folder,
      env: { ...process.env, PIPELINE_CACHE: join(folder, 'cache'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('close', () => {
      const told = /^TOLD (.*)$/m.exec(output)?.[1];
      if (told === undefined) reject(new Error(output));
      else resolve(JSON.parse(told) as Told);
    });
  });
}
