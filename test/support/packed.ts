// The package as npm packs it, in an empty project, with the estimators of test/fixtures/own and what is done with them.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './cli.ts';

const exec = promisify(execFile);

/** The compiler of this repository. */
export const OWN_TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** @returns the project's folder; whoever asked removes it */
export async function packedProject(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-packed-'));
  const own = join(folder, 'node_modules/pipeline-gpu');
  mkdirSync(own, { recursive: true });
  const { stdout } = await exec('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: ROOT });
  await exec('tar', ['xzf', join(folder, stdout.trim()), '--strip-components=1', '-C', own]);
  // What npm would install with it.
  const ours = readdirSync(join(ROOT, 'node_modules')).filter((name) => !['pipeline-gpu', 'typescript', '.bin'].includes(name));
  for (const name of ours) symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  for (const name of ['own', 'packed']) cpSync(join(ROOT, 'test/fixtures', name), join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "empty", "type": "module" }');
  return folder;
}

/** Ways in which a project may find the package's types. */
export const SETTINGS = [
  { module: 'node16' },
  { module: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
  { module: 'esnext', moduleResolution: 'bundler', exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true },
] as const;

/** What a compiler prints for a project that leaves nothing unchecked. */
export async function compiled(folder: string, tsc: string, settings: object): Promise<string> {
  const compilerOptions = { target: 'es2023', strict: true, noEmit: true, skipLibCheck: false, types: [], allowImportingTsExtensions: true, ...settings };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, exclude: ['node_modules', 'tools'] }));
  const { stdout } = await exec(process.execPath, [tsc, '-p', folder], { cwd: folder }).catch((error: unknown) => error as { stdout: string });
  return stdout;
}
