// Digests of users' code. A file counts with everything it imports, and with files that it names as
// `new URL('x.wgsl', import.meta.url)`; types, comments and layout do not count, since esbuild prints every file anew without
// them. Names are relative to the user's project, so that nothing depends on where a run is started.
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, extname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform, type BuildOptions, type Loader, type TsconfigRaw } from 'esbuild';
import type { CodeUse } from '../../keys/codeUses.ts';
import type { Parts } from '../../keys/identity.ts';
import { sha256Of } from '../files/sha256.ts';
import { projectOf, tsconfigOf } from '../project/project.ts';
import { markedCode } from './markedCode.ts';
import { packageFolder, packageVersion, type PackageImport } from './packageVersions.ts';
import { reachedUses } from './reachedLines.ts';

transform('').catch(() => {}); // starts the compiler; will fail again where it is used

/** Folder of this package's code: `dist`, or `src` in a checkout. */
const OWN = fileURLToPath(new URL('../../..', import.meta.url));
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
/** Prints differently by each setting that decides what code does once its types are erased. */
const PROBE = 'class A { a }\nclass B { @b c() {} }\nexport const d = <e><></></e>;';
/** Helpers of esbuild's own, which it lists as if they were a package. */
const RUNTIME = '<runtime>';
/** What one file says: its digest, and what else counts with it. */
interface Module {
  readonly digest: string;
  readonly files: readonly string[];
  /** Specifiers of packages. */
  readonly packages: readonly string[];
  readonly uses: readonly CodeUse[];
  /** Why more may count than is known. */
  readonly unknown?: string | undefined;
}

export interface CodeOptions {
  /** The tsconfig.json that decides what imports mean, where one file of settings holds for all; by default each file's own. */
  readonly tsconfig?: (() => string | undefined) | undefined;
}

/** Looks at each file and each package once. */
export class CodeFiles {
  readonly #modules: Modules;
  readonly #versions = new Map<string, Promise<string>>();
  readonly #closures = new Map<string, Promise<Parts>>();
  readonly #uses = new Map<string, Promise<readonly CodeUse[]>>();

  constructor(options: CodeOptions) {
    this.#modules = new Modules(options);
  }

  closure(files: readonly string[], declared: readonly URL[] = []): Promise<Parts> {
    const key = [...files, '', ...declared].join('\n');
    let pending = this.#closures.get(key);
    if (!pending) this.#closures.set(key, (pending = closureOf(files, declared, this.#modules, this.#versions)));
    return pending;
  }

  uses(files: readonly string[]): Promise<readonly CodeUse[]> {
    const key = files.join('\n');
    let pending = this.#uses.get(key);
    if (!pending) this.#uses.set(key, (pending = usesOf(files, this.#modules)));
    return pending;
  }
}

/** @throws when a file or one that it imports cannot be read or parsed, or imports files that cannot be known */
async function closureOf(files: readonly string[], declared: readonly URL[], modules: Modules, versions: Map<string, Promise<string>>): Promise<Parts> {
  const closure = await modules.reachedFrom(files);
  const root = projectOf(closure.keys().next().value!);
  const apart = new Set(await Promise.all(declared.map(async (url) => realpath(url).catch(() => fileURLToPath(url)))));
  const parts: Record<string, string> = {};
  const packages = new Map<string, PackageImport & { readonly name: string; readonly importer: string }>();
  for (const [file, { digest, packages: specifiers, unknown }] of closure) {
    // All of this package's code counts anyway.
    if (unknown !== undefined && !file.startsWith(OWN)) throw new Error(`${file} ${unknown}`);
    const importer = relative(root, file).replaceAll('\\', '/');
    if (!apart.has(file)) parts[importer] = digest;
    for (const specifier of specifiers) {
      const name = packageName(specifier);
      const folder = await packageFolder(name, file);
      if (folder === undefined) continue;
      const known = packages.get(folder) ?? { name, importer, folder, from: dirname(file), specifiers: [] };
      packages.set(folder, { ...known, specifiers: [...new Set([...known.specifiers, specifier])].toSorted() });
    }
  }
  for (const { name, importer, ...used } of packages.values()) {
    const key = JSON.stringify(used);
    let pending = versions.get(key);
    if (!pending) versions.set(key, (pending = packageVersion(used)));
    // Two projects may have two versions of one package.
    parts[`package ${name}` in parts ? `package ${name} of ${importer}` : `package ${name}`] = await pending;
  }
  return parts;
}

async function usesOf(files: readonly string[], modules: Modules): Promise<readonly CodeUse[]> {
  const closure = await modules.reachedFrom(files);
  const uses = [...closure].flatMap(([file, { uses }]) => (file.startsWith(OWN) ? [] : uses));
  return reachedUses(await Promise.all(files.map((file) => realpath(file))), uses, modules.settings());
}

/** A file and all that counts with it, packages left out. @throws when one cannot be read or parsed */
export async function importClosure(file: string, options: CodeOptions = {}): Promise<readonly string[]> {
  return [...(await new Modules(options).reachedFrom([file])).keys()];
}

/** What a tsconfig.json makes of code, so far as it is not what most make of it. */
interface Erasure {
  /** For esbuild. */
  readonly tsconfigRaw?: TsconfigRaw;
  /** How elements of JSX are printed. */
  readonly jsx?: string;
}

/** Looks at each file once. */
class Modules {
  readonly #options: CodeOptions;
  readonly #byPath = new Map<string, Promise<Module>>();
  readonly #erasures = new Map<string | undefined, Promise<Erasure>>();

  constructor(options: CodeOptions) {
    this.#options = options;
  }

  /** The files and all that counts with them, the files themselves first. */
  async reachedFrom(files: readonly string[]): Promise<ReadonlyMap<string, Module>> {
    const entries = await Promise.all(files.map((file) => realpath(file)));
    const unknown = entries.filter((file) => !this.#byPath.has(file));
    if (unknown.length > 0) await this.#add(unknown);
    const found = new Map<string, Module>();
    const seen = new Set(entries);
    // The set grows while it is walked: every file is met once.
    for (const file of seen) {
      const module = await this.#byPath.get(file)!;
      found.set(file, module);
      for (const inner of module.files) seen.add(inner);
    }
    return found;
  }

  /** How imports are found. */
  settings() {
    const { tsconfig } = this.#options;
    const settings = tsconfig?.();
    return {
      packages: 'external',
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
      loader: { '.wgsl': 'text' },
      conditions: [],
      ...(settings !== undefined ? { tsconfig: settings } : tsconfig ? { tsconfigRaw: {} } : {}),
    } satisfies BuildOptions;
  }

  /** Reads the files and all that they import, in one go. */
  async #add(entries: readonly string[]): Promise<void> {
    const folder = dirname(entries[0]!);
    const { metafile } = await build({
      ...this.settings(),
      entryPoints: [...entries],
      bundle: true,
      write: false,
      metafile: true,
      outdir: 'unused',
      absWorkingDir: folder,
    });
    for (const [input, { imports }] of Object.entries(metafile.inputs)) {
      const path = resolve(folder, input);
      if (this.#byPath.has(path)) continue;
      const inner = imports.filter(({ external }) => !external).map((one) => resolve(folder, one.path));
      const packages = imports.filter(({ external, path }) => external && path !== RUNTIME).map((one) => one.path);
      const module = this.#module(path, inner, packages);
      module.catch(() => {}); // met when it is its turn
      this.#byPath.set(path, module);
    }
  }

  async #module(path: string, imported: readonly string[], packages: readonly string[]): Promise<Module> {
    const text = await readFile(path, 'utf8');
    const loader = LOADERS[extname(path)];
    if (!loader) return { digest: sha256Of(text), files: imported, packages, uses: [] };
    const { tsconfigRaw, jsx } = path.startsWith(OWN) ? {} : await this.#erasureOf(path);
    const { code, assets, uses, unknown } = await markedCode(path, text, loader, tsconfigRaw);
    const files = await Promise.all(assets.map((url) => this.#addAsset(fileURLToPath(url))));
    return { digest: sha256Of(jsx !== undefined && loader.endsWith('x') ? code + jsx : code), files: [...imported, ...files], packages, uses, unknown };
  }

  #erasureOf(path: string): Promise<Erasure> {
    const { tsconfig: given } = this.#options;
    const tsconfig = given ? given() : tsconfigOf(path);
    let pending = this.#erasures.get(tsconfig);
    if (!pending) this.#erasures.set(tsconfig, (pending = erasureBy(tsconfig)));
    return pending;
  }

  /** A file that code names by its URL: one with code, such as a worker's, counts with all that it imports. @returns its real path */
  async #addAsset(named: string): Promise<string> {
    const path = await realpath(named).catch(() => named);
    if (this.#byPath.has(path)) return path;
    const isCode = extname(path) in LOADERS && (await stat(path).catch(() => undefined))?.isFile();
    if (isCode) await this.#add([path]);
    else this.#byPath.set(path, assetOf(path));
    return path;
  }
}

/** Asked of esbuild, which finds what a tsconfig.json extends. */
async function erasureBy(tsconfig: string | undefined): Promise<Erasure> {
  if (tsconfig === undefined) return {};
  const [own, usual] = await Promise.all([{ tsconfig }, { tsconfigRaw: {} }].map(probed));
  if (own === usual) return {};
  const compilerOptions = { useDefineForClassFields: /\ba;/.test(own!), experimentalDecorators: own!.includes('__decorate') };
  const [jsx, usualJsx] = [own!, usual!].map((text) => text.slice(text.lastIndexOf('const d =')));
  return {
    ...(compilerOptions.useDefineForClassFields && !compilerOptions.experimentalDecorators ? {} : { tsconfigRaw: { compilerOptions } }),
    ...(jsx === usualJsx ? {} : { jsx: jsx! }),
  };
}

async function probed(settings: Pick<BuildOptions, 'tsconfig' | 'tsconfigRaw'>): Promise<string> {
  const { outputFiles } = await build({ ...settings, stdin: { contents: PROBE, loader: 'tsx' }, write: false, logLevel: 'silent' });
  return outputFiles[0]!.text;
}

/** A file that code reads as it is; the URL of a file that is yet to be written says nothing. */
async function assetOf(path: string): Promise<Module> {
  const bytes = await readFile(path).catch(() => new Uint8Array());
  return { digest: sha256Of(bytes), files: [], packages: [], uses: [] };
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
