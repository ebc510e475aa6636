// `pipeline init`: a project to start from, copied from templates/init. It writes new files only; what files that were there
// before lack, it prints.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { PipelineError } from '../../core/errors/errors.ts';
import { leftToDo } from './initMerge.ts';
import { version } from '../version.ts';
import { writeText } from '../write.ts';

const TEMPLATES = new URL('../../../templates/', import.meta.url);
/** What every project has. */
const COMMON = ['gitignore', 'package.json', 'tsconfig.json'];

export function addInit(program: Command): void {
  program
    .command('init')
    .argument('[folder]', 'where to put it', '.')
    .description(
      'Writes a small project: a dataset, a stage, a pipeline and a test; with --from, a pipeline that learns from a table of yours. Existing files are never overwritten: what they lack is printed, to be added by hand.',
    )
    .option('--from <file>', 'a CSV, JSON, JSON Lines, Parquet, Arrow or ARFF file to learn from; it is copied into data/')
    .option('--target <column>', 'the column of it to be learned; guessed if not given')
    .addHelpText(
      'after',
      '\nExamples:\n  pipeline init my-project && cd my-project && npm install && npm start\n  pipeline init my-project --from houses.csv --target price',
    )
    .action(async (folder: string, options: { readonly from?: string; readonly target?: string }) => {
      const target = resolve(folder);
      const own = options.from === undefined ? undefined : await tableOf(options.from, options.target, target);
      const values: Readonly<Record<string, string>> = { name: packageName(basename(target)), version, ...own?.values };
      const files: readonly Written[] = [
        ...templateFiles(target, own !== undefined).map(({ from, to }) => ({
          to,
          text: readFileSync(from, 'utf8').replace(/\$(name|version|table|target|estimator|stratify)\b/g, (whole, key: string) => values[key] ?? whole),
        })),
        ...(own ? [own.module, ...own.copies] : []),
      ];
      for (const { to } of files) refuseInTheWay(to);
      const [kept, missing] = [files.filter(({ to }) => existsSync(to)), files.filter(({ to }) => !existsSync(to))];
      for (const { to, text, from } of missing) {
        if (from === undefined) writeText(to, text);
        else {
          mkdirSync(dirname(to), { recursive: true });
          copyFileSync(from, to);
        }
        process.stdout.write(`${shown(to)}\n`);
      }
      if (own && options.target === undefined && missing.length > 0)
        process.stdout.write(`\nIt learns '${own.values['target']}', which is a guess; choose another column with --target.\n`);
      if (kept.length > 0)
        process.stdout.write(`${missing.length > 0 ? '\n' : ''}Already there and left alone: ${kept.map(({ to }) => shown(to)).join(', ')}\n`);
      const cd = target === process.cwd() ? [] : [`cd ${/\s/.test(folder) ? `'${folder}'` : folder}`];
      const steps = kept.flatMap(({ to, text, from }) => (from === undefined ? leftToDo(relative(target, to), readFileSync(to, 'utf8'), text) : []));
      if (steps.length > 0) process.stdout.write(`\nTo finish:\n${[...cd, ...steps, 'npx pipeline run first'].map((step) => `  ${step}\n`).join('')}`);
      else process.stdout.write(`\nNext: ${[...cd, 'npm install', 'npm start'].join(' && ')}\n`);
    });
}

interface Copy {
  readonly from: string;
  readonly to: string;
}

interface Written {
  readonly to: string;
  readonly text: string;
  /** A file to copy in place of the text. */
  readonly from?: string | undefined;
}

/** npm never packs a .gitignore: it travels without its dot. */
function templateFiles(target: string, ofTable: boolean): readonly Copy[] {
  const filesIn = (template: string): readonly (readonly [name: string, from: string])[] => {
    const folder = fileURLToPath(new URL(template, TEMPLATES));
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [name, join(folder, name)] as const);
  };
  const files = ofTable ? [...filesIn('init').filter(([name]) => COMMON.includes(name)), ...filesIn('table')] : filesIn('init');
  return files.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, from]) => ({ from, to: join(target, name === 'gitignore' ? '.gitignore' : name) }));
}

interface OwnTable {
  readonly values: Readonly<Record<string, string>>;
  /** The module with its schema. */
  readonly module: Written;
  /** The file, unless it is in the project already. */
  readonly copies: readonly Written[];
}

/** @throws what reading the file throws; E_USAGE for a target that it does not have, or where none can be guessed */
async function tableOf(from: string, asked: string | undefined, folder: string): Promise<OwnTable> {
  const [{ checkTarget, readTable }, { schemaText }] = await Promise.all([import('../tables/tableFile.ts'), import('../../tables/guess/schemaText.ts')]);
  const { summary, ...call } = await readTable(from, {});
  const target = asked ?? summary.target;
  if (target === undefined)
    throw new PipelineError('E_USAGE', `Nobody can guess which column of ${summary.name} is to be learned.`, { hint: 'Say it: --target price.' });
  checkTarget(target, summary);
  const column = summary.columns.find(({ name }) => name === target)!;
  const inside = !relative(folder, resolve(from)).startsWith('..');
  const there = inside ? resolve(from) : join(folder, 'data', basename(from));
  const text = schemaText(summary, relative(join(folder, 'data'), there).replaceAll('\\', '/'), { ...call, learned: target });
  const table = /^export const (\w+) =/m.exec(text)![1]!;
  const classes = column.classes || column.kind === 'text';
  return {
    values: { table, target: target.replaceAll(/\s+/g, ' '), estimator: classes ? 'logisticRegression' : 'ridge', stratify: String(classes) },
    module: { to: join(folder, 'data', `${table}.ts`), text },
    copies: inside ? [] : [{ to: there, text: '', from: resolve(from) }],
  };
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
