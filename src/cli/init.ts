// `pipeline init`: a project to start from, copied from templates/init. It writes new files only.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { PipelineError } from '../core/errors.ts';
import { version } from './version.ts';
import { writeText } from './write.ts';

const TEMPLATE = fileURLToPath(new URL('../../templates/init', import.meta.url));

export function addInit(program: Command): void {
  program
    .command('init')
    .argument('[folder]', 'where to put it', '.')
    .summary('start a project')
    .description('Writes a small project: a dataset, a stage, a pipeline and a test. Existing files are never overwritten.')
    .addHelpText('after', '\nExample:\n  pipeline init my-project && cd my-project && npm install && npm start')
    .action((folder: string) => {
      const target = resolve(folder);
      const files = templateFiles(target);
      refuseExisting(files.map(({ to }) => to));
      const values: Readonly<Record<string, string>> = { name: packageName(basename(target)), version };
      for (const { from, to } of files) {
        const text = readFileSync(from, 'utf8').replace(/\$(name|version)\b/g, (_, key: string) => values[key]!);
        writeText(to, text);
        process.stdout.write(`${relative(process.cwd(), to)}\n`);
      }
      process.stdout.write(`\nNext: ${target === process.cwd() ? '' : `cd ${/\s/.test(folder) ? `'${folder}'` : folder} && `}npm install && npm start\n`);
    });
}

interface Copy {
  readonly from: string;
  readonly to: string;
}

/** npm never packs a .gitignore: it travels without its dot. */
function templateFiles(target: string): readonly Copy[] {
  return readdirSync(TEMPLATE, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .filter((name) => statSync(join(TEMPLATE, name)).isFile())
    .map((name) => ({ from: join(TEMPLATE, name), to: join(target, name === 'gitignore' ? '.gitignore' : name) }));
}

/** @throws E_USAGE naming every file that is there already */
function refuseExisting(files: readonly string[]): void {
  const there = files.filter((file) => existsSync(file)).map((file) => relative(process.cwd(), file));
  if (there.length === 0) return;
  throw new PipelineError('E_USAGE', `Nothing was written: ${there.join(', ')} exist${there.length === 1 ? 's' : ''} already.`, {
    hint: 'Name a new folder: pipeline init my-project.',
  });
}

/** A folder's name as npm takes it. */
function packageName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'my-pipelines' : name;
}
