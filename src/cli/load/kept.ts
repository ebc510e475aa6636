// JavaScript of pipeline files, kept in the cache folder. What erases types while files are loaded needs a thread of its own, and a
// fifth of the time of a run that finds all its results; here it is done once for each text. That is for ordinary files: modules of
// TypeScript that import modules of TypeScript by their whole names, this package, and what Node brings. Others load as ever.
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { nodeNoteStore } from '../../runtime/node/device/noteStore.ts';
import { cacheDirectory } from '../../runtime/node/directories.ts';
import { writeWholeNow } from '../../runtime/node/files/cacheFolder.ts';
import { sha256Of } from '../../runtime/node/files/sha256.ts';
import { projectOf } from '../../runtime/node/project/project.ts';
import { version } from '../version.ts';

/** This package, which is found from everywhere, installed beside a file or not. */
export const OWN_NAME = /^pipeline-gpu(?:\/|$)/;

const OWN_FOLDER = realpathSync(fileURLToPath(new URL('../../..', import.meta.url)));
/** What nobody wrote for so long is of another text, or is made again. */
const OLD_MS = 7 * 24 * 3_600_000;
const BY_NAME = /^\.\.?\/[^?#%\\]*(?<!\.d)\.m?ts$/;
/** Options of Node's with which imports mean something else, or somebody else sees what is loaded. */
const OTHER_LOADERS = /--(?:import|require|loader|experimental-loader|preserve-symlinks)|-r\b/;
/** Settings of which there is more elsewhere, or with which imports mean something else. */
const OTHER_SETTINGS = /"(?:extends|paths|baseUrl|rootDirs)"/;
/** By these classes become others, but only in files that the settings are for. */
const OTHER_CLASSES = /"(?:useDefineForClassFields|experimentalDecorators)"|"target"\s*:\s*"es(?:3|5|6|20(?:1\d|2[01]))"/i;
const OF_SOME_FILES = /"(?:include|exclude|files)"/;
/** With these code may load more while it runs, or asks where it is in other ways than by its URL. */
const LOADS_MORE = /\bimport\s*\(|\bimport\.meta\b|\b(?:eval|Function)\s*\(|\brequire\b|\bcreateRequire\b|\bgetBuiltinModule\b/;
const LOADERS = /^(?:node:)?(?:module|vm|worker_threads|child_process|cluster|repl)$/;
/** Each import and export of another module as esbuild prints it, at the start of a line. */
const IMPORT = /^(import|(?:import|export) [^"'`;=()]+? from) "([^"\\\n]*)"/gm;

interface Kept {
  /** Of what else the JavaScript depends: versions and settings. */
  readonly about: string;
  readonly files: readonly {
    readonly path: string;
    readonly digest: string;
    /** Of its JavaScript; absent where one of the files is not ordinary. */
    readonly js?: string;
  }[];
  /** What each import means: the path of a file, a URL, or a module of Node's. */
  readonly imports: readonly (readonly [importer: string, specifier: string, meaning: string])[];
}

/** The JavaScript of a pipeline file, by its URL; undefined where it is to be imported as it is, with what erases types. */
export async function keptModule(file: string, tsconfig: string | undefined): Promise<string | undefined> {
  try {
    return await moduleOf(file, tsconfig);
  } catch {
    return undefined; // the file loads as ever, or says what is wrong
  }
}

async function moduleOf(file: string, tsconfig: string | undefined): Promise<string | undefined> {
  const folder = join(cacheDirectory(), 'modules');
  const settings = tsconfig === undefined ? '{}' : readFileSync(tsconfig, 'utf8');
  const isOther = OTHER_SETTINGS.test(settings) || (OTHER_CLASSES.test(settings) && OF_SOME_FILES.test(settings));
  if (!import.meta.url.endsWith('.js') || !isTypeScriptModule(file) || isOther || hasOtherLoaders() || /[?#%\\]/.test(folder)) return undefined;
  const entry = realpathSync(file);
  const about = JSON.stringify([version, process.version, esbuildVersion(), OWN_FOLDER, settings]);
  const notes = nodeNoteStore();
  const note = `module-${sha256Of(entry)}`;
  const known = keptIn(await notes.get(note));
  if (known && known.about === about && holds(known, folder)) return urlOf(known, folder);
  const made = await keep(entry, about, settings, folder);
  await notes.set(note, JSON.stringify(made));
  // Where nothing can be written there is nothing to import.
  return holds(made, folder) ? urlOf(made, folder) : undefined;
}

function hasOtherLoaders(): boolean {
  const { NODE_OPTIONS = '', NODE_V8_COVERAGE = '' } = process.env;
  return NODE_V8_COVERAGE !== '' || [...process.execArgv, NODE_OPTIONS].some((option) => OTHER_LOADERS.test(option));
}

function isTypeScriptModule(file: string): boolean {
  if (file.endsWith('.mts')) return true;
  if (!file.endsWith('.ts')) return false;
  try {
    return (JSON.parse(readFileSync(join(projectOf(file), 'package.json'), 'utf8')) as { readonly type?: string }).type === 'module';
  } catch {
    return false;
  }
}

function esbuildVersion(): string {
  const { version } = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('esbuild/package.json'), 'utf8')) as { readonly version: string };
  return version;
}

function keptIn(note: string | undefined): Kept | undefined {
  try {
    const found = JSON.parse(note ?? 'null') as Kept | null;
    return found && Array.isArray(found.files) && Array.isArray(found.imports) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Whether every text, what it imports and its JavaScript are still the same. */
function holds(kept: Kept, folder: string): boolean {
  try {
    return (
      kept.files.every(({ path, digest }) => sha256Of(readFileSync(path)) === digest) &&
      kept.imports.every(([importer, specifier, meaning]) => meaningOf(specifier, importer) === meaning) &&
      kept.files.every(({ js }, i) => js === undefined || sha256Of(readFileSync(join(folder, nameOf(kept, i)))) === js)
    );
  } catch {
    return false; // one of them is gone
  }
}

function urlOf(kept: Kept, folder: string): string | undefined {
  return kept.files.some(({ js }) => js === undefined) ? undefined : pathToFileURL(join(folder, nameOf(kept, 0))).href;
}

/** By all that decides what is in it: another text has another name, so a module in the memory of a process is never an old one. */
function nameOf({ about, files, imports }: Kept, i: number): string {
  return `${sha256Of(JSON.stringify([about, files.map(({ path, digest }) => [path, digest]), imports])).slice(0, 32)}-${i}.mjs`;
}

/** What an ordinary import means, as Node finds it, links resolved; undefined for others. @throws for a file that is not there */
function meaningOf(specifier: string, importer: string): string | undefined {
  if (isBuiltin(specifier)) return LOADERS.test(specifier) ? undefined : specifier;
  if (OWN_NAME.test(specifier)) return findsThisPackage(importer) ? import.meta.resolve(specifier) : undefined;
  const path = BY_NAME.test(specifier) ? realpathSync(join(dirname(importer), specifier)) : undefined;
  return path !== undefined && isTypeScriptModule(path) ? path : undefined;
}

function findsThisPackage(importer: string): boolean {
  try {
    return dirname(createRequire(importer).resolve('pipeline-gpu/package.json')) === OWN_FOLDER;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND';
  }
}

interface Erased {
  readonly path: string;
  readonly digest: string;
  readonly code: string;
  readonly map: string;
}

/** Writes the JavaScript of a file and of all that it imports. */
async function keep(entry: string, about: string, settings: string, folder: string): Promise<Kept> {
  const read: { readonly path: string; readonly digest: string }[] = [];
  const erased: Erased[] = [];
  const imports: (readonly [string, string, string])[] = [];
  // The list grows while it is walked: every file is met once.
  const paths = [entry];
  for (const path of paths) {
    const text = readFileSync(path, 'utf8');
    const digest = sha256Of(text);
    read.push({ path, digest });
    const found = await erase(path, text, settings);
    const meanings = found?.specifiers.map((specifier) => meaningOf(specifier, path));
    if (!found || meanings!.includes(undefined)) return { about, files: read, imports: [] };
    erased.push({ path, digest, ...found });
    for (const [i, specifier] of found.specifiers.entries()) {
      const meaning = meanings![i]!;
      imports.push([path, specifier, meaning]);
      if (specifier.startsWith('.') && !paths.includes(meaning)) paths.push(meaning);
    }
  }
  const names = { about, files: read, imports };
  const of = new Map(imports.map(([importer, specifier, meaning]) => [`${importer}\n${specifier}`, meaning]));
  const files = erased.map(({ path, digest, code, map }, i) => {
    const linked = code.replaceAll(IMPORT, (_, head: string, specifier: string) => {
      const meaning = of.get(`${path}\n${specifier}`)!;
      return `${head} ${JSON.stringify(specifier.startsWith('.') ? `./${nameOf(names, paths.indexOf(meaning))}` : meaning)}`;
    });
    const source = pathToFileURL(path).href;
    const inline = Buffer.from(JSON.stringify({ ...(JSON.parse(map) as object), sources: [source] })).toString('base64');
    const js = `${linked}//# sourceURL=${source}\n//# sourceMappingURL=data:application/json;base64,${inline}\n`;
    try {
      writeWholeNow(folder, nameOf(names, i), js);
    } catch {
      // found out when it is looked for
    }
    return { path, digest, js: sha256Of(js) };
  });
  sweepOld(folder);
  // What Node compiled of old texts nobody else takes away.
  const compiled = join(cacheDirectory(), 'compiled');
  if (existsSync(compiled)) for (const name of readdirSync(compiled)) sweepOld(join(compiled, name));
  return { about, files, imports };
}

/** One module without its types, as tsx makes it; undefined where it is not ordinary, or does not parse. */
async function erase(
  path: string,
  text: string,
  settings: string,
): Promise<(Pick<Erased, 'code' | 'map'> & { readonly specifiers: readonly string[] }) | undefined> {
  const { build } = await import('esbuild');
  const define = { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) };
  try {
    const { outputFiles, metafile } = await build({
      stdin: { contents: text, loader: 'ts', sourcefile: path },
      write: false,
      metafile: true,
      outfile: 'unused.js',
      platform: 'node',
      format: 'esm',
      target: `node${process.versions.node}`,
      sourcemap: 'external',
      sourcesContent: false,
      keepNames: true,
      charset: 'utf8',
      tsconfigRaw: settings,
      define: Object.fromEntries(Object.entries(define).map(([field, value]) => [`import.meta.${field}`, JSON.stringify(value)])),
      logLevel: 'silent',
    });
    const [code, map] = ['.js', '.js.map'].map((end) => outputFiles.find((file) => file.path.endsWith(end))!.text);
    const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports);
    const specifiers = Array.from(code!.matchAll(IMPORT), ([, , specifier]) => specifier!);
    const isOrdinary = !LOADS_MORE.test(code!) && imported.every(({ path, kind }, i) => kind === 'import-statement' && path === specifiers[i]);
    return isOrdinary && imported.length === specifiers.length ? { code: code!, map: map!, specifiers } : undefined;
  } catch {
    return undefined;
  }
}

function sweepOld(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (Date.now() - statSync(path).mtimeMs > OLD_MS) rmSync(path, { force: true });
    }
  } catch {
    // another run was quicker
  }
}
