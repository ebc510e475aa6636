// Packages that a user's code imports: their versions, with those of everything they depend on, and a digest of the files
// that are loaded of them, since a patch may leave the version as it is. Files are found and digested anew where something
// wrote to one of them since; whether something did, the file system tells.
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { build, type Loader } from 'esbuild';
import type { NoteStore } from '../../gpu/notes.ts';
import { nodeNoteStore } from '../device/noteStore.ts';
import { sha256Of } from '../files/sha256.ts';

const OWN = 'pipeline-gpu';
const INSTALLED = `${sep}node_modules${sep}`;
/** What imports name beside code counts as it is. */
const LOADERS = Object.fromEntries(['.node', '.wasm', '.css', '.wgsl', '.html', '.txt', '.png', '.svg'].map((name): [string, Loader] => [name, 'empty']));

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** How one package is imported. */
export interface PackageImport {
  /** Links resolved. */
  readonly folder: string;
  /** A folder from which the specifiers mean this package. */
  readonly from: string;
  /** `zod`, `rxjs/operators` */
  readonly specifiers: readonly string[];
}

/** What was found of a package, and what must still be so for it to hold. */
interface Found {
  readonly about: string;
  readonly files: readonly (readonly [path: string, stamp: string])[];
  readonly version: string;
}

/** The folder of a package; undefined for Node's own modules and for this package, whose code counts by itself. @throws when it is not installed */
export async function packageFolder(name: string, importer: string): Promise<string | undefined> {
  if (name === OWN || name.startsWith('node:') || createRequire(importer).resolve.paths(name) === null) return undefined;
  const folder = await folderOf(name, dirname(importer));
  if (folder === undefined) throw new Error(`package '${name}' is not installed`);
  return folder;
}

/** Version of a package, and digests of what is loaded of it and of the versions of all it depends on. */
export async function packageVersion(used: PackageImport, notes: NoteStore = nodeNoteStore()): Promise<string> {
  const releases = new Map<string, string | undefined>();
  await visit(used.folder, releases);
  const about = sha256Of(JSON.stringify([used, [...releases]]));
  const note = `package-${sha256Of(JSON.stringify([used.folder, used.specifiers]))}`;
  const known = foundIn(await notes.get(note));
  // A linked package is no release: any file of it may be new.
  const linked = [...releases].filter(([, release]) => release === undefined).flatMap(([folder]) => allFiles(folder));
  if (
    known?.about === about &&
    linked.every((path) => known.files.some(([one]) => one === path)) &&
    known.files.every(([path, stamp]) => stampOf(path) === stamp)
  )
    return known.version;
  const manifests = [...releases.keys()].map((folder) => join(folder, 'package.json'));
  const loaded = await loadedFiles(used).catch(() => allFiles(used.folder));
  const files = [...new Set([...manifests, ...linked, ...loaded])].toSorted().map((path) => [path, stampOf(path)] as const);
  const digest = sha256Of(files.map(([path]) => `${relative(used.folder, path)} ${sha256Of(readFileSync(path))}`).join('\n')).slice(0, 16);
  const [own, ...others] = releases.values();
  const version = `${own === undefined ? 'linked' : own}, files ${digest}${others.length === 0 ? '' : `, with ${sha256Of(others.toSorted().join('\n')).slice(0, 16)}`}`;
  await notes.set(note, JSON.stringify({ about, files, version } satisfies Found));
  return version;
}

function foundIn(note: string | undefined): Found | undefined {
  try {
    const found = JSON.parse(note ?? 'null') as Found | null;
    return found && Array.isArray(found.files) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** The package and all it depends on: its folder, and name and version where it is installed, not linked. */
async function visit(folder: string, seen: Map<string, string | undefined>): Promise<void> {
  if (seen.has(folder)) return;
  const text = await readFile(join(folder, 'package.json'), 'utf8');
  const { version, dependencies, optionalDependencies, peerDependencies } = JSON.parse(text) as Manifest;
  seen.set(folder, folder.includes(INSTALLED) ? `${folder.split(INSTALLED).at(-1)} ${version}` : undefined);
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
    const inner = name === OWN ? undefined : await folderOf(name, folder);
    if (inner !== undefined) await visit(inner, seen); // an optional one may be missing
  }
}

/** The package's own folder as seen from `from`, links resolved. */
async function folderOf(name: string, from: string): Promise<string | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = await realpath(join(folder, 'node_modules', name)).catch(() => undefined);
    if (found !== undefined) return found;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Every file that the imports lead to, in this package and in others. @throws where one cannot be followed */
async function loadedFiles({ from, specifiers }: PackageImport): Promise<readonly string[]> {
  const names = specifiers.map((_, i) => `all${i}`);
  const { metafile } = await build({
    stdin: {
      contents: `${specifiers.map((name, i) => `import * as ${names[i]} from ${JSON.stringify(name)};`).join('\n')}\nconsole.log(${names.join()});`,
      resolveDir: from,
    },
    bundle: true,
    write: false,
    metafile: true,
    external: [OWN],
    platform: 'node',
    format: 'esm',
    outdir: 'unused',
    logLevel: 'silent',
    loader: LOADERS,
    absWorkingDir: from,
    conditions: [],
    tsconfigRaw: {},
    ignoreAnnotations: true,
  });
  return Object.keys(metafile.inputs)
    .map((input) => resolve(from, input))
    .filter((path) => stampOf(path) !== '');
}

/** Every file of a package; of the packages inside it each counts by itself. */
function allFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): readonly string[] => {
    if (entry.name === 'node_modules' || entry.name.startsWith('.')) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? allFiles(path) : entry.isFile() ? [path] : [];
  });
}

/** Changes whenever something writes to the file; empty where there is none. */
function stampOf(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? `${found.mtimeMs} ${found.ctimeMs} ${found.size} ${found.ino}` : '';
}
