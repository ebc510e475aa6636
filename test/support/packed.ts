// The package as npm packs it, in an empty project, with the estimators of test/fixtures/own and what is done with them.
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './cli.ts';

const exec = promisify(execFile);

/** The compiler of this repository. */
export const OWN_TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** @returns the project's folder, where npm installed the package and all it depends on; whoever asked removes it */
export async function packedProject(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-packed-'));
  const { stdout } = await exec('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: ROOT });
  writeLock(folder, `file:${stdout.trim()}`);
  await exec('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: folder });
  for (const name of ['own', 'packed']) cpSync(join(ROOT, 'test/fixtures', name), join(folder, name), { recursive: true });
  return folder;
}

/** A project that depends on the package alone. It takes the versions of our own lock file, so that npm has them in its cache. */
function writeLock(folder: string, resolved: string): void {
  const project = { name: 'empty', type: 'module', dependencies: { 'pipeline-gpu': resolved } };
  const ours = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, { dev?: boolean }> };
  const { '': root, ...others } = ours.packages;
  const { devDependencies: _, ...own } = root as { devDependencies: unknown };
  const needed = Object.entries(others).filter(([, { dev }]) => dev !== true);
  const packages = { '': project, 'node_modules/pipeline-gpu': { ...own, resolved }, ...Object.fromEntries(needed) };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...ours, packages }));
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
