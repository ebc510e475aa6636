// `pipeline init`: a project to start from, copied from templates/init. It writes new files only; what files that were there
// before lack, it prints.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { PipelineError } from '../../core/errors/errors.ts';
import { leftToDo } from './initMerge.ts';
import { version } from '../version.ts';
import { writeText } from '../write.ts';

const TEMPLATE = fileURLToPath(new URL('../../../templates/init', import.meta.url));

export function addInit(program: Command): void {
  program
    .command('init')
    .argument('[folder]', 'where to put it', '.')
    .summary('start a project')
    .description(
      'Writes a small project: a dataset, a stage, a pipeline and a test. Existing files are never overwritten: what they lack is printed, to be added by hand.',
    )
    .addHelpText('after', '\nExample:\n  pipeline init my-project && cd my-project && npm install && npm start')
    .action((folder: string) => {
      const target = resolve(folder);
      const values: Readonly<Record<string, string>> = { name: packageName(basename(target)), version };
      const files = templateFiles(target).map(({ from, to }) => ({
        to,
        text: readFileSync(from, 'utf8').replace(/\$(name|version)\b/g, (_, key: string) => values[key]!),
      }));
      for (const { to } of files) refuseInTheWay(to);
      const [kept, missing] = [files.filter(({ to }) => existsSync(to)), files.filter(({ to }) => !existsSync(to))];
      for (const { to, text } of missing) {
        writeText(to, text);
        process.stdout.write(`${shown(to)}\n`);
      }
      if (kept.length > 0) process.stdout.write(`\nAlready there and left alone: ${kept.map(({ to }) => shown(to)).join(', ')}\n`);
      const cd = target === process.cwd() ? [] : [`cd ${/\s/.test(folder) ? `'${folder}'` : folder}`];
      const steps = kept.flatMap(({ to, text }) => leftToDo(relative(target, to), readFileSync(to, 'utf8'), text));
      if (steps.length > 0) process.stdout.write(`\nTo finish:\n${[...cd, ...steps, 'npx pipeline run first'].map((step) => `  ${step}\n`).join('')}`);
      else process.stdout.write(`\nNext: ${[...cd, 'npm install', 'npm start'].join(' && ')}\n`);
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

/** @throws E_USAGE where a file stands in the place of a folder, or the other way round: before anything is written */
function refuseInTheWay(file: string): void {
  let there = file;
  while (!existsSync(there)) there = dirname(there);
  const isFolder = statSync(there).isDirectory();
  if (isFolder === (there !== file)) return;
  throw new PipelineError('E_USAGE', `${file} cannot be written: ${shown(there)} is a ${isFolder ? 'folder' : 'file'}. Nothing was written.`, {
    hint: 'Name a new folder: pipeline init my-project.',
  });
}

function shown(file: string): string {
  return relative(process.cwd(), file);
}

/** A folder's name as npm takes it. */
function packageName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'my-pipelines' : name;
}
