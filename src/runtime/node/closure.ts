// Digests of the code that decides what a stage does. A user's file counts with everything it imports; types, comments and
// layout do not count, since esbuild prints every file anew without them.
import { createHash } from 'node:crypto';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform, type Metafile } from 'esbuild';
import type { CodeDigests, Parts } from '../identity.ts';
import { loadText } from './runtime.ts';

/** Folder of this package's code: `dist`, or `src` in a checkout. */
const OWN = fileURLToPath(new URL('../..', import.meta.url));

export function nodeCodeDigests(): CodeDigests {
  const closures = new Map<string, Promise<Parts>>();
  let own: ReturnType<CodeDigests['own']> | undefined;
  return {
    async closure(files) {
      if (files.length === 0) return {};
      const key = files.join('\n');
      let pending = closures.get(key);
      if (!pending) closures.set(key, (pending = closureOf(files)));
      return pending;
    },
    own: () => (own ??= ownDigests()),
    text: loadText,
  };
}

/** What esbuild finds when it follows the imports of files, packages left out; paths from `cwd`. */
async function importsOf(files: readonly string[], cwd: string): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [...files],
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outdir: 'unused',
    logLevel: 'silent',
    loader: { '.wgsl': 'text' },
    absWorkingDir: cwd,
    conditions: [],
  });
  return metafile;
}

/** A file, all that it imports, packages left out, and the shaders they name. @throws when one cannot be read or parsed */
export async function importClosure(file: string): Promise<readonly string[]> {
  const cwd = process.cwd();
  const paths = Object.keys((await importsOf([file], cwd)).inputs).map((input) => resolve(cwd, input));
  const shaders = await Promise.all(paths.map(async (path) => shadersIn(path, await readFile(path, 'utf8'))));
  return [...paths, ...shaders.flat()];
}

/** Files that code names as `new URL('./x.wgsl', import.meta.url)`: imports do not tell of them. */
function shadersIn(path: string, code: string): readonly string[] {
  return [...code.matchAll(/new URL\(\s*["'`]([^"'`]+\.wgsl)["'`]\s*,\s*import\.meta\.url/g)].map(([, name]) => resolve(dirname(path), name!));
}

/** @throws when a file or one that it imports cannot be read or parsed */
async function closureOf(files: readonly string[]): Promise<Parts> {
  const cwd = process.cwd();
  const metafile = await importsOf(files, cwd);
  const parts: Record<string, string> = {};
  const packages = new Map<string, string>();
  for (const [input, { imports }] of Object.entries(metafile.inputs)) {
    const path = resolve(cwd, input);
    const text = await readFile(path, 'utf8');
    const loader = /\.[cm]?tsx?$/.test(path) ? 'ts' : 'js';
    const { code } = /\.[cm]?[jt]sx?$/.test(path) ? await transform(text, { loader, minifyWhitespace: true, legalComments: 'none' }) : { code: text };
    parts[relative(cwd, path)] = createHash('sha256').update(code).digest('hex');
    for (const shader of shadersIn(path, code)) {
      parts[relative(cwd, shader)] = createHash('sha256')
        .update(await readFile(shader))
        .digest('hex');
    }
    for (const { external, path: name } of imports) if (external) packages.set(packageName(name), path);
  }
  for (const [name, importer] of packages) {
    const version = await versionOf(name, importer);
    if (version !== undefined) parts[`package ${name}`] = version;
  }
  return parts;
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Version of an installed package; undefined for Node's own modules and for this package, whose code counts by itself. */
async function versionOf(name: string, importer: string): Promise<string | undefined> {
  if (name.startsWith('node:') || name === 'pipeline-gpu' || createRequire(importer).resolve.paths(name) === null) return undefined;
  for (let folder = dirname(await realpath(importer)); ; folder = dirname(folder)) {
    try {
      return (JSON.parse(await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
    } catch {
      if (folder === dirname(folder)) throw new Error(`package '${name}' is not installed`);
    }
  }
}

async function ownDigests(): ReturnType<CodeDigests['own']> {
  const files = (await readdir(OWN, { recursive: true })).filter((file) => /\.(js|ts|wgsl)$/.test(file) && !file.endsWith('.d.ts')).toSorted();
  const code = createHash('sha256');
  const kernels = createHash('sha256');
  for (const file of files) {
    // The command line and the reports decide how results look, not what they are.
    if (/^(cli|report)[\\/]/.test(file)) continue;
    (file.endsWith('.wgsl') ? kernels : code).update(file).update(await readFile(join(OWN, file)));
  }
  return { code: code.digest('hex'), kernels: kernels.digest('hex') };
}
