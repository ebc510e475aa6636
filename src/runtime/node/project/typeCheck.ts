// Checks the types of one pipeline file, with the user's own TypeScript and settings. tsc takes a project or files, not
// both, so a small config extends the user's with this one file; it is gone when the check is over.
import { execFile, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PipelineError, reasonOf } from '../../../core/errors/errors.ts';
import { nodeNoteStore } from '../device/noteStore.ts';
import { ABANDONED_MS } from '../files/cacheFolder.ts';
import { sha256Of } from '../files/sha256.ts';
import { tsconfigOf } from './project.ts';
import { errorsOf, filesOf } from './tscOutput.ts';

/** Only how code looks, or what is written out, is left to the user's own tsc. */
const OVERRIDES = {
  noEmit: true,
  skipLibCheck: true,
  noErrorTruncation: true,
  noUnusedLocals: false,
  noUnusedParameters: false,
  composite: false,
  incremental: false,
  declaration: false,
  declarationMap: false,
  emitDeclarationOnly: false,
  isolatedDeclarations: false,
  tsBuildInfoFile: null,
  rootDir: null,
};
const OWN_CONFIG = /^\.pipeline-check-[0-9a-f-]{36}\.json$/;
/** Where there is no tsconfig.json: what Node runs, checked strictly. */
const DEFAULTS = { target: 'es2023', module: 'nodenext', strict: true, allowImportingTsExtensions: true };

export interface TypeCheckOptions {
  /** Takes the answer of the last check where no file that it read has changed since; only success is remembered. */
  readonly remember?: boolean;
}

export interface TypeCheck {
  readonly errors: readonly PipelineError[];
  /** Why types could not be checked, where they could not. */
  readonly unchecked?: PipelineError;
}

/** What the compiler says of a TypeScript file; of others it says nothing. */
export async function checkTypes(file: string, { remember = false }: TypeCheckOptions = {}): Promise<TypeCheck> {
  // What is installed is not the user's to correct, nor to be held to the user's settings.
  if (!/\.[cm]?ts$/.test(file) || /[\\/]node_modules[\\/]/.test(file)) return { errors: [] };
  const compiler = compilerFor(file);
  if (!compiler) {
    return {
      errors: [],
      unchecked: new PipelineError('E_TYPES', `Types are not checked: no package 'typescript' is installed from ${dirname(file)} upwards.`, {
        hint: 'npm install --save-dev typescript',
      }),
    };
  }
  const config = tsconfigOf(file);
  const about = JSON.stringify([compiler, config && readFileSync(config, 'utf8'), OVERRIDES, DEFAULTS]);
  const notes = nodeNoteStore();
  const note = `types-${sha256Of(file)}`;
  if (remember && holds(await notes.get(note), about)) return { errors: [] };
  let output: string;
  try {
    output = await runCompiler(compiler.tsc, file, config, compiler.version);
  } catch (cause) {
    const message = `Types are not checked: TypeScript ${compiler.version} failed: ${reasonOf(cause)}`;
    const hint = `Check that \`npx tsc\` works, and that files can be made in ${tmpdir()}.`;
    return { errors: [], unchecked: new PipelineError('E_TYPES', message, { cause, hint }) };
  }
  const errors = errorsOf(output, dirname(config ?? file));
  if (errors.length === 0) {
    const files = filesOf(output);
    await notes.set(note, JSON.stringify({ files, digest: sha256Of(about + stamps(files)) }));
  }
  return { errors };
}

/** Whether a remembered success is still one. */
function holds(note: string | undefined, about: string): boolean {
  try {
    const { files, digest: known } = JSON.parse(note!) as { readonly files: readonly string[]; readonly digest: string };
    return known === sha256Of(about + stamps(files));
  } catch {
    return false; // none, or a file of it is gone
  }
}

/** Every file the compiler read, its own and packages' included, as it stands on disk. Hundreds wait longer for their turn than they take. */
function stamps(files: readonly string[]): string {
  const each = files.map((file) => [file, statSync(file)] as const);
  return each.map(([file, { mtimeMs, size }]) => `${file} ${mtimeMs} ${size}`).join('\n');
}

/** The nearest `typescript` from the file upwards. */
function compilerFor(file: string): { readonly tsc: string; readonly version: string } | undefined {
  for (const modules of createRequire(file).resolve.paths('typescript') ?? []) {
    const folder = join(modules, 'typescript');
    if (!existsSync(join(folder, 'package.json'))) continue;
    const { bin, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly bin: { readonly tsc: string };
      readonly version: string;
    };
    return { tsc: join(folder, bin.tsc), version };
  }
  return undefined;
}

/** @returns what tsc printed: errors, then the files it read */
async function runCompiler(tsc: string, file: string, config: string | undefined, version: string): Promise<string> {
  // Up to TypeScript 5 every installed @types package is seen by default, later none is.
  const types = Number(version.split('.')[0]) < 6 ? {} : { types: ['*'] };
  const text = {
    ...(config ? { extends: config } : {}),
    compilerOptions: { ...(config ? {} : { ...DEFAULTS, ...types }), ...ownTypes(file, config), ...OVERRIDES },
    files: [file],
    include: [],
    references: [],
  };
  // In the config's own folder: it is where packages of types are looked for, and what `${configDir}` stands for.
  const folder = dirname(config ?? file);
  removeLeft(folder);
  let own = join(folder, `.pipeline-check-${randomUUID()}.json`);
  let elsewhere: string | undefined;
  let child: ChildProcess | undefined;
  const clean = (): void => {
    child?.kill();
    rmSync(own, { force: true });
    if (elsewhere !== undefined) rmSync(elsewhere, { recursive: true, force: true });
  };
  const onSignal = (signal: NodeJS.Signals): void => process.exit(signal === 'SIGINT' ? 130 : 143);
  // `run --watch` hangs up on a child that it no longer wants.
  const onHangUp = (): void => process.exit(130);
  process.once('exit', clean).once('SIGINT', onSignal).once('SIGTERM', onSignal).once('disconnect', onHangUp);
  try {
    try {
      writeFileSync(own, JSON.stringify(text));
    } catch {
      elsewhere = standIn(folder);
      own = join(elsewhere, basename(own));
      writeFileSync(own, JSON.stringify(text));
    }
    return await new Promise((done, fail) => {
      const args = [tsc, '-p', own, '--pretty', 'false', '--listFiles'];
      child = execFile(process.execPath, args, { cwd: folder, maxBuffer: 1e8 }, (error, stdout, stderr) => {
        if (error && !/error TS\d+/.test(stdout)) fail(new Error(stderr.trim() || error.message));
        else done(stdout);
      });
    });
  } finally {
    clean();
    process.off('exit', clean).off('SIGINT', onSignal).off('SIGTERM', onSignal).off('disconnect', onHangUp);
  }
}

/** Where to find this package for a file that has none installed, as it does when it is loaded. */
function ownTypes(file: string, config: string | undefined): { readonly paths?: Readonly<Record<string, readonly string[]>> } {
  const installed = createRequire(file)
    .resolve.paths('pipeline-gpu')
    ?.some((folder) => existsSync(join(folder, 'pipeline-gpu')));
  const root = fileURLToPath(new URL('../../../..', import.meta.url));
  if (installed || file.startsWith(root) || (config && readFileSync(config, 'utf8').includes('"paths"'))) return {};
  const place = (name: string): readonly string[] => [join(root, 'dist', `${name}.d.ts`)];
  return { paths: { 'pipeline-gpu': place('index'), 'pipeline-gpu/node': place('node'), 'pipeline-gpu/browser': place('browser') } };
}

/** A folder for the config of one that cannot be written to: the same packages are found from it. */
function standIn(folder: string): string {
  const made = mkdtempSync(join(tmpdir(), 'pipeline-check-'));
  for (let upper = folder; ; upper = dirname(upper)) {
    const packages = join(upper, 'node_modules');
    if (existsSync(packages)) {
      symlinkSync(packages, join(made, 'node_modules'), 'junction');
      return made;
    }
    if (upper === dirname(upper)) return made;
  }
}

/** Removes the configs of checks that could not do it themselves. */
function removeLeft(folder: string): void {
  try {
    for (const name of readdirSync(folder).filter((name) => OWN_CONFIG.test(name))) {
      const path = join(folder, name);
      if (Date.now() - statSync(path).mtimeMs > ABANDONED_MS) rmSync(path, { force: true });
    }
  } catch {
    // another check was quicker, or they are not ours to remove
  }
}
