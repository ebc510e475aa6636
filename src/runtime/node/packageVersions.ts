// Versions of the packages that a user's code imports, with everything they depend on: an update deep below changes what
// the code does too. A linked package is no release, so all its files count.
import { createHash } from 'node:crypto';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';

const OWN = 'pipeline-gpu';

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Looks each package up once. */
export class PackageVersions {
  readonly #byFolder = new Map<string, Promise<string>>();

  /**
   * Version of a package and a digest of all it depends on; undefined for Node's own modules and for this package, whose code
   * counts by itself.
   *
   * @param importer the file that imports it
   * @throws when it is not installed
   */
  async of(name: string, importer: string): Promise<string | undefined> {
    if (name === OWN || name.startsWith('node:') || createRequire(importer).resolve.paths(name) === null) return undefined;
    const folder = await folderOf(name, dirname(importer));
    if (folder === undefined) throw new Error(`package '${name}' is not installed`);
    let pending = this.#byFolder.get(folder);
    if (!pending) this.#byFolder.set(folder, (pending = versionOf(folder)));
    return pending;
  }
}

async function versionOf(folder: string): Promise<string> {
  const seen = new Map<string, string>();
  await visit(folder, seen);
  const [own, ...others] = seen.values();
  return others.length === 0 ? own! : `${own} with ${createHash('sha256').update(others.toSorted().join('\n')).digest('hex')}`;
}

async function visit(folder: string, seen: Map<string, string>): Promise<void> {
  if (seen.has(folder)) return;
  const text = await readFile(join(folder, 'package.json'), 'utf8');
  const { version, dependencies, optionalDependencies, peerDependencies } = JSON.parse(text) as Manifest;
  const released = folder.includes(`${sep}node_modules${sep}`);
  seen.set(folder, released ? `${folder.split(`${sep}node_modules${sep}`).at(-1)} ${version}` : await filesDigest(folder));
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

async function filesDigest(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const entry of (await readdir(folder, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name === 'node_modules' || entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) hash.update(`${entry.name}/${await filesDigest(path)}`);
    else if (entry.isFile()) hash.update(entry.name).update(await readFile(path));
  }
  return hash.digest('hex');
}
