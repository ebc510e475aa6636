// Digests of the code that decides what a stage does. A user's file counts with everything it imports, and with files that it
// names as `new URL('x.wgsl', import.meta.url)`; types, comments and layout do not count, since esbuild prints every file
// anew without them. Names are relative to the user's project, so that nothing depends on where a run is started.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, transform, type Loader } from 'esbuild';
import type { CodeDigests, Parts } from '../identity.ts';
import { PackageVersions } from './packageVersions.ts';
import { loadText } from './runtime.ts';

/** Folder of this package's code: `dist`, or `src` in a checkout. */
const OWN = fileURLToPath(new URL('../..', import.meta.url));
/** Of its folders these decide how results look, not what they are. */
const OWN_LOOKS = ['cli', 'report', 'ui'];
const LOADERS: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.jsx': 'jsx',
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
};
/** In code as esbuild prints it; a name with an escape in it counts as computed. */
const ASSET = /\bnew URL\((?:"([^"\\]*)"|'([^'\\]*)'|`((?:[^`\\$]|\$(?!\{))*)`),import\.meta\.url\)/g;
/** What makes it unknown which files count, looked for where no {@link ASSET} is. */
const UNKNOWN: readonly (readonly [RegExp, string])[] = [
  [/(?<![.\w$])(?:import|require)\((?!\s*["'`][^"'`$]*["'`]\s*[,)])/, 'imports a file whose name is computed'],
  [/\bcreateRequire\b/, 'imports files through createRequire'],
  [
    /\bimport\.meta\.(?:url|dirname|resolve)\b|\b__dirname\b/,
    "finds files by its own place in a way that cannot be followed (new URL('./name', import.meta.url) can)",
  ],
];

/** What one file says: its digest, and what else counts with it. */
interface Module {
  readonly digest: string;
  readonly files: readonly string[];
  /** Specifiers of packages. */
  readonly packages: readonly string[];
  /** Why more may count than is known. */
  readonly unknown?: string | undefined;
}

/** Made before the pipeline is loaded, it costs no time: its compiler starts beside. */
export function nodeCodeDigests(): CodeDigests {
  transform('').catch(() => {}); // will fail again where it is used
  const modules = new Map<string, Promise<Module>>();
  const versions = new PackageVersions();
  const closures = new Map<string, Promise<Parts>>();
  const texts = new Map<string, Promise<string>>();
  let own: ReturnType<CodeDigests['own']> | undefined;
  return {
    async closure(files) {
      if (files.length === 0) return {};
      const key = files.join('\n');
      let pending = closures.get(key);
      if (!pending) closures.set(key, (pending = closureOf(files, modules, versions)));
      return pending;
    },
    own: () => (own ??= ownDigests()),
    text(url) {
      let pending = texts.get(url.href);
      if (!pending) texts.set(url.href, (pending = loadText(url)));
      return pending;
    },
  };
}

/** @throws when a file or one that it imports cannot be read or parsed, or names files that cannot be known */
async function closureOf(files: readonly string[], modules: Map<string, Promise<Module>>, versions: PackageVersions): Promise<Parts> {
  const closure = await modulesOf(files, modules);
  const root = projectOf(closure.keys().next().value!);
  const parts: Record<string, string> = {};
  for (const [file, { digest, packages, unknown }] of closure) {
    // All of this package's code counts anyway.
    if (unknown !== undefined && !file.startsWith(OWN)) throw new Error(`${file} ${unknown}`);
    const named = relative(root, file).replaceAll('\\', '/');
    parts[named] = digest;
    for (const name of packages) {
      const version = await versions.of(name, file);
      if (version === undefined) continue;
      // Two projects may have two versions of one package.
      const part = `package ${name}`;
      parts[(parts[part] ?? version) === version ? part : `${part} of ${named}`] = version;
    }
  }
  return parts;
}

/** The files and all that counts with them, the files themselves first. */
async function modulesOf(files: readonly string[], modules: Map<string, Promise<Module>>): Promise<ReadonlyMap<string, Module>> {
  const entries = await Promise.all(files.map((file) => realpath(file)));
  const unknown = entries.filter((file) => !modules.has(file));
  if (unknown.length > 0) await addModules(unknown, modules);
  const found = new Map<string, Module>();
  const seen = new Set(entries);
  // The set grows while it is walked: every file is met once.
  for (const file of seen) {
    const module = await modules.get(file)!;
    found.set(file, module);
    for (const inner of module.files) seen.add(inner);
  }
  return found;
}

/** A file and all that counts with it, packages left out. @throws when one cannot be read or parsed */
export async function importClosure(file: string): Promise<readonly string[]> {
  return [...(await modulesOf([file], new Map())).keys()];
}

/** Reads the files and all that they import into `modules`, in one go. */
async function addModules(entries: readonly string[], modules: Map<string, Promise<Module>>): Promise<void> {
  const folder = dirname(entries[0]!);
  const { metafile } = await build({
    entryPoints: [...entries],
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outdir: 'unused',
    logLevel: 'silent',
    loader: { '.wgsl': 'text' },
    absWorkingDir: folder,
    conditions: [],
  });
  for (const [input, { imports }] of Object.entries(metafile.inputs)) {
    const path = resolve(folder, input);
    if (modules.has(path)) continue;
    const inner = imports.filter(({ external }) => !external).map((one) => resolve(folder, one.path));
    const packages = imports.filter(({ external }) => external).map((one) => packageName(one.path));
    const module = moduleOf(path, inner, packages, modules);
    module.catch(() => {}); // met when it is its turn
    modules.set(path, module);
  }
}

async function moduleOf(path: string, imported: readonly string[], packages: readonly string[], modules: Map<string, Promise<Module>>): Promise<Module> {
  const text = await readFile(path, 'utf8');
  const loader = LOADERS[extname(path)];
  if (!loader) return { digest: digestOf(text), files: imported, packages };
  const { code } = await transform(text, { loader, minifyWhitespace: true, legalComments: 'none', charset: 'utf8' });
  const urls = Array.from(
    code.matchAll(ASSET),
    ([, ...names]) =>
      new URL(
        names.find((name) => name !== undefined)!,
        pathToFileURL(path),
      ),
  );
  const assets = await Promise.all(urls.filter(({ protocol }) => protocol === 'file:').map((url) => addAsset(fileURLToPath(url), modules)));
  const rest = code.replaceAll(ASSET, '');
  const unknown = UNKNOWN.find(([pattern]) => pattern.test(rest))?.[1];
  return { digest: digestOf(code), files: [...imported, ...assets], packages, unknown };
}

/** A file that code names by its URL: one with code, such as a worker's, counts with all that it imports. @returns its real path */
async function addAsset(named: string, modules: Map<string, Promise<Module>>): Promise<string> {
  const path = await realpath(named).catch(() => named);
  if (modules.has(path)) return path;
  const isCode = extname(path) in LOADERS && (await stat(path).catch(() => undefined))?.isFile();
  if (isCode) await addModules([path], modules);
  else modules.set(path, assetOf(path));
  return path;
}

/** A file that code reads as it is; the URL of a folder, or of a file that is yet to be written, says nothing. */
async function assetOf(path: string): Promise<Module> {
  const bytes = await readFile(path).catch(() => new Uint8Array());
  return { digest: digestOf(bytes), files: [], packages: [] };
}

function digestOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The nearest folder upward that has a package.json, else the file's own. */
function projectOf(file: string): string {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) return dirname(file);
  }
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Read at once: a few hundred small files wait longer for their turn than they take. */
async function ownDigests(): ReturnType<CodeDigests['own']> {
  const code = createHash('sha256');
  const kernels = createHash('sha256');
  const add = (folder: string): void => {
    const found = readdirSync(`${OWN}${folder}`, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    for (const file of found) {
      const name = `${folder}${file.name}`;
      if (file.isDirectory()) {
        if (!OWN_LOOKS.includes(name)) add(`${name}/`);
      } else if (/\.(js|ts|wgsl)$/.test(name) && !name.endsWith('.d.ts')) {
        (name.endsWith('.wgsl') ? kernels : code).update(name).update(readFileSync(`${OWN}${name}`));
      }
    }
  };
  add('');
  return { code: code.digest('hex'), kernels: kernels.digest('hex') };
}
