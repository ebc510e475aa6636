// The user's code on its way to workers: every file that a pipeline is made of goes into the shared cache under its digest, and so does
// the list of them, whose digest is signed with each job. A worker lays them out as they lay here, in a folder of its own project,
// so that packages are those that are installed there; what a stage depends on is then found out as it is here, and compared.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PipelineError } from '../../../core/errors/errors.ts';
import type { Graph } from '../../../dsl/graph/graph.ts';
import type { CacheStore } from '../../keys/cache.ts';
import { declaredFiles } from '../../keys/identity.ts';
import { importClosure } from '../code/codeFiles.ts';
import { projectOf, tsconfigOf } from '../project/project.ts';

/** A list of files: what goes into the cache. */
interface Shipment {
  /** The pipeline's file, from the folder that holds all. */
  readonly file: string;
  /** Digest by path. */
  readonly files: Readonly<Record<string, string>>;
  /** What the command line says of parameters. */
  readonly given: unknown;
}

export interface Packed {
  /** Of the list. */
  readonly digest: string;
  /** The folder that holds all files here. */
  readonly root: string;
}

export interface Unpacked {
  readonly root: string;
  readonly file: string;
  readonly given: unknown;
}

/** @param path of the pipeline's file, absolute */
export async function pack(path: string, graph: Graph, given: unknown, store: CacheStore): Promise<Packed> {
  const file = await realpath(path); // as the others are found
  const tsconfig = tsconfigOf(file);
  // What stages read and leave is data, and stays here.
  const apart = new Set(graph.nodes.flatMap(({ stage }) => declaredFiles(stage).map((url) => fileURLToPath(url))));
  const code = (await importClosure(file, { tsconfig: () => tsconfig })).filter((path) => !apart.has(path) && existsSync(path));
  const manifest = join(projectOf(file), 'package.json');
  const settings = tsconfig === undefined ? [] : await settingsFrom(tsconfig);
  const paths = [...new Set([...code, ...settings])];
  const root = commonFolder([...paths, manifest]);
  const named = (path: string): string => relative(root, path).split(sep).join('/');
  const files: Record<string, string> = {};
  const put = async (path: string, bytes: Uint8Array): Promise<void> => {
    files[named(path)] = digestOf(bytes);
    await store.putBlob(files[named(path)]!, bytes);
  };
  await Promise.all(paths.map(async (path) => put(path, await readFile(path))));
  await put(manifest, Buffer.from(JSON.stringify(await moduleSettings(manifest))));
  const list = Buffer.from(JSON.stringify({ file: named(file), files: sorted(files), given } satisfies Shipment));
  const digest = digestOf(list);
  await store.putBlob(digest, list);
  return { digest, root };
}

/**
 * @param folder of the worker's project
 * @throws E_QUEUE where some of it is not in the cache; its bytes are those of their digests, or it counts as not there
 */
export async function unpack(digest: string, store: CacheStore, folder: string): Promise<Unpacked> {
  const list = await store.getBlob(digest);
  if (!list) throw missing();
  const { file, files, given } = JSON.parse(new TextDecoder().decode(list)) as Shipment;
  const root = join(folder, '.pipeline', 'queue', digest.slice(0, 24));
  const inside = (name: string): string => {
    const path = resolve(root, name);
    if (!path.startsWith(root + sep)) throw new PipelineError('E_QUEUE', `A job names a file outside its folder: ${name}`);
    return path;
  };
  for (const [name, wanted] of Object.entries(files)) {
    const path = inside(name);
    const there = await readFile(path).catch(() => undefined);
    if (there && digestOf(there) === wanted) continue;
    const bytes = await store.getBlob(wanted);
    if (!bytes) throw missing();
    await mkdir(dirname(path), { recursive: true });
    // Several workers may share the folder.
    const own = `${path}.${randomUUID()}`;
    await writeFile(own, bytes);
    await rename(own, path).finally(() => rm(own, { force: true }));
  }
  return { root, file: inside(file), given };
}

function missing(): PipelineError {
  return new PipelineError('E_QUEUE', 'The code of the job is not in the cache of the worker.', {
    hint: 'Give run and all workers the same folder or bucket in PIPELINE_CACHE.',
  });
}

/** What of a package.json decides how code is loaded. */
async function moduleSettings(path: string): Promise<object> {
  const { type, imports } = JSON.parse(await readFile(path, 'utf8').catch(() => '{}')) as { readonly type?: unknown; readonly imports?: unknown };
  return { type, imports };
}

/** A tsconfig.json and those that it extends by a path. */
async function settingsFrom(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const [extended = ''] = /"extends"\s*:\s*(?:"[^"]*"|\[[^\]]*\])/.exec(text) ?? [];
  const next = [...extended.matchAll(/"(\.[^"]+)"/g)].map(([, one]) => resolve(dirname(path), one!.endsWith('.json') ? one! : `${one}.json`));
  return [path, ...(await Promise.all(next.map((one) => settingsFrom(one)))).flat()];
}

function commonFolder(paths: readonly string[]): string {
  const parts = paths.map((path) => dirname(path).split(sep));
  const [first = []] = parts;
  let length = 0;
  while (length < first.length && parts.every((one) => one[length] === first[length])) length++;
  return first.slice(0, length).join(sep) || sep;
}

function sorted(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
